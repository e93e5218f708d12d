// Wishes with bytes, or whose answer tells more than that they were granted; see connection.js.

const SILENT = `The kernel has not answered for ${PATIENCE} seconds. If it does not come back, run this cell again.`;
const LOST = "The kernel is gone: run this cell again. What was not saved before is lost.";

/** The line from one view to its kernel, with `frame` around what is dead without it. */
function asking(model) {
  const waiting = new Map();
  const mine = Math.random().toString(36).slice(2); // another view of the model has its own answers
  const silence = make("p", { class: "svhn-problem", role: "alert" });
  const body = make("div", { class: "svhn-body" });
  const kernel = model.widget_manager?.kernel;
  let count = 0;
  let timer = 0;
  let gone = false;

  function say(text) {
    silence.textContent = text;
    body.classList.toggle("svhn-silent", Boolean(text));
    body.inert = gone;
  }
  function watch() {
    clearTimeout(timer);
    if (gone) return;
    say("");
    if (waiting.size) timer = setTimeout(() => say(SILENT), 1000 * PATIENCE);
  }
  function end() {
    if (gone) return;
    gone = true;
    clearTimeout(timer);
    say(LOST);
    for (const one of waiting.values()) one.fail(new Error(""));
    waiting.clear();
  }
  const heard = (message) => {
    const one = waiting.get(message.done);
    if (!one) return;
    waiting.delete(message.done);
    watch();
    if (message.problem) one.fail(new Error(message.problem));
    else one.done(message);
  };
  const status = (_, now) => GONE.includes(now) && end();
  model.on("msg:custom", heard);
  kernel?.statusChanged?.connect(status);
  kernel?.disposed?.connect(end);

  return {
    /** Resolves to the answer; fails with what the kernel says is wrong, "" where it is gone. */
    ask(wish, buffers = []) {
      if (gone) return Promise.reject(new Error(""));
      const id = `${mine}-${++count}`;
      return new Promise((done, fail) => {
        waiting.set(id, { done, fail });
        try {
          model.send({ id, do: wish }, undefined, buffers);
          if (waiting.size === 1) watch();
        } catch {
          end();
        }
      });
    },
    /** The view, with what is wrong above it. */
    frame(label, ...children) {
      body.append(...children);
      return root(label, silence, body);
    },
    stop() {
      clearTimeout(timer);
      model.off("msg:custom", heard);
      kernel?.statusChanged?.disconnect(status);
      kernel?.disposed?.disconnect(end);
    },
  };
}
