// Wishes that the kernel answers one by one: none is lost unseen.

const PATIENCE = 15; // seconds
const SILENT = "The kernel does not answer: it is busy, or gone. After a restart, run this cell again.";

/** Sends wishes. `silent` is called with true when the kernel has not answered for a while, and with
 *  false when it does again. */
function asking(model, silent) {
  const waiting = new Map();
  const mine = Math.random().toString(36).slice(2); // another view of the model has its own answers
  let count = 0;
  let timer = 0;
  let late = false;
  function watch() {
    clearTimeout(timer);
    if (late) silent(false);
    late = false;
    if (waiting.size)
      timer = setTimeout(() => {
        late = true;
        silent(true);
      }, 1000 * PATIENCE);
  }
  const heard = (message) => {
    const one = waiting.get(message.done);
    if (!one) return;
    waiting.delete(message.done);
    watch();
    if (message.problem) one.fail(new Error(message.problem));
    else one.done(message);
  };
  model.on("msg:custom", heard);
  return {
    /** Resolves to the answer; fails with what the kernel says is wrong. */
    ask(wish, buffers = []) {
      const id = `${mine}-${++count}`;
      return new Promise((done, fail) => {
        waiting.set(id, { done, fail });
        if (waiting.size === 1) watch();
        try {
          model.send({ id, do: wish }, undefined, buffers);
        } catch {
          waiting.delete(id);
          fail(new Error(SILENT));
        }
      });
    },
    stop() {
      clearTimeout(timer);
      model.off("msg:custom", heard);
    },
  };
}
