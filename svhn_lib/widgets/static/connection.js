// What a view asks its kernel for. Every wish is answered; where nobody answers, the view says so.

const PATIENCE = 5; // seconds
const GONE = ["restarting", "autorestarting", "dead", "terminating"];
const GONE_ANSWER = { problem: "the kernel is gone" };

/** Waits until the kernel has told all that is drawn: a slow front end may draw before. */
function told(model) {
  return new Promise((done) => {
    const look = () => {
      if (!model.get("ready")) return;
      model.off("change:ready", look);
      done();
    };
    model.on("change:ready", look);
    look();
  });
}

/** The line from one view to its kernel. What is shown in the view is always what the kernel has;
 *  controls that a person moved go back to it when a wish could not be granted. `end` is called when
 *  the kernel is gone, and `lost` says what goes with it. */
function connection(model, { lost: goes = "", end: ended = () => {} } = {}) {
  const mine = Math.random().toString(36).slice(2); // another view of the model has its own answers
  const waiting = new Map(); // what each wish that is on its way would save, by its number
  const controls = [];
  const stops = [];
  const silence = make("p", { class: "svhn-problem", role: "alert" });
  const problem = make("p", { class: "svhn-problem", role: "alert" });
  const body = make("div", { class: "svhn-body" });
  let count = 0;
  let timer = 0;
  let gone = false;
  let lost = []; // what could not be saved when the kernel went
  let owed = null; // values to be set when those on the way have arrived
  let setting = false;

  const kernel = model.widget_manager?.kernel;

  /** What is on its way and would be lost. */
  const unsaved = () => [...lost, ...[...waiting.values()].map((one) => one.what).filter(Boolean)];

  function say(text) {
    const names = unsaved();
    const which = names.length ? ` Not saved: ${names.join("; ")}.` : "";
    silence.textContent = text && text + which;
    body.classList.toggle("svhn-silent", Boolean(text));
    body.inert = gone;
  }

  function listenForAnswers() {
    clearTimeout(timer);
    if (gone) return;
    say("");
    if (!waiting.size) return;
    timer = setTimeout(() => {
      const busy = kernel?.status === "busy" ? "is busy and" : "";
      say(`The kernel ${busy} has not answered for ${PATIENCE} seconds. If it does not come back, run this cell again.`);
    }, 1000 * PATIENCE);
  }

  function end() {
    if (gone) return;
    gone = true;
    clearTimeout(timer);
    lost = unsaved();
    const all = [...waiting.values()];
    waiting.clear();
    owed = null;
    say(`The kernel is gone: run this cell again.${goes && ` ${goes}`}`);
    for (const one of all) one.done(GONE_ANSWER);
    refresh();
    ended();
  }

  /** Sends a wish, with bytes where it has some; gives the answer. `what` would be saved. */
  function request(wish, { what = "", buffers = [] } = {}) {
    if (gone) return Promise.resolve(GONE_ANSWER);
    if (wish.do !== "set" && owed) setOwed(); // wishes are granted in the order of their making
    const id = `${mine}-${++count}`;
    const answered = new Promise((done) => waiting.set(id, { done, what }));
    try {
      model.send({ ...wish, id }, undefined, buffers);
      if (waiting.size === 1) listenForAnswers();
    } catch {
      end();
    }
    return answered.then((answer) => {
      const text = gone ? "" : answer.problem;
      tell(text && `${what ? `Not saved: ${what}. ` : ""}${text}`);
      return answer;
    });
  }

  /** Sends a wish; gives what was wrong with it, "" where nothing was. */
  const ask = async (wish, what = "") => (await request(wish, { what })).problem;

  /** Says what is wrong, until the next answer; "" for nothing. */
  function tell(text) {
    problem.textContent = text;
  }

  function heard(message) {
    const one = waiting.get(message.answer);
    if (!one) return;
    waiting.delete(message.answer);
    listenForAnswers();
    setTimeout(() => one.done(message)); // the values that it changed come first
  }

  function setOwed() {
    const values = owed;
    owed = null;
    return ask({ do: "set", values });
  }

  /** Changes values of the model, those asked for last where many are asked for quickly. */
  async function set(values) {
    owed = { ...owed, ...values };
    if (setting) return;
    setting = true;
    while (owed && !gone) await setOwed();
    setting = false;
    refresh();
  }

  const refresh = () => controls.forEach((show) => show());

  function on(name, call) {
    model.on(name, call);
    stops.push(() => model.off(name, call));
  }

  on("msg:custom", heard);
  on("comm_live_update", () => ask({ do: "answer" })); // this fails where the line is cut
  const status = (_, now) => GONE.includes(now) && end();
  kernel?.statusChanged?.connect(status);
  kernel?.disposed?.connect(end);
  stops.push(() => kernel?.statusChanged?.disconnect(status), () => kernel?.disposed?.disconnect(end));

  return {
    request,
    ask,
    tell,
    set,
    /** Calls `show` now and whenever one of the values changes. */
    on(names, show) {
      for (const name of names) on(`change:${name}`, show);
      show();
    },
    /** The same for a control that a person moves, which is not moved back meanwhile. */
    control(names, show) {
      controls.push(show);
      for (const name of names) on(`change:${name}`, () => setting || show());
      show();
    },
    /** The view, with what is wrong above it. */
    frame(label, ...children) {
      body.append(...children);
      return root(label, silence, problem, body);
    },
    stop() {
      clearTimeout(timer);
      stops.forEach((stop) => stop());
    },
  };
}
