// Marks in ErrorBrowser: what is judged, buttons to mark with, and their keys.

/** What marking needs everywhere: marks of the open answer, of the selected one or of all picked. */
function marker(model, line, pictures) {
  const names = model.get("marking").names || [];
  let chain = Promise.resolve(); // keys that are pressed quickly wait for one another

  const name = (entry) => `${entry.number}, picture ${entry.place}`;
  function wish(mark, more, several) {
    const { picked } = model.get("content");
    const inGallery = model.get("opened") < 0 || pictures.focused();
    const place = inGallery ? pictures.here()?.place : model.get("opened");
    if (place === undefined && !(picked && several)) return Promise.resolve("");
    const detail = model.get("detail");
    const one = detail.place === place ? detail : pictures.here();
    const what = `${mark || "no mark"} for ${picked && several ? `${picked} pictures` : name(one)}`;
    const opened = model.get("opened") === place;
    return line.ask({ do: "mark", place: place ?? 0, mark, several, opened, ...more }, what);
  }
  const queue = (call) => (chain = chain.then(call));
  return {
    names,
    /** Marks one answer, or all that are picked where `several`; the values in `more` go along. */
    mark: (mark, more = {}, several = true) => queue(() => wish(mark, more, several)),
    undo: () => queue(() => model.get("marking").undo && line.ask({ do: "undo" })),
    /** What a key does, or undefined. */
    key(key) {
      if (!names.length) return undefined;
      if (key === "u") return () => this.undo();
      const index = ["0", "1", "2", "3"].indexOf(key);
      return index < 0 ? undefined : () => this.mark(index ? names[index - 1] : "", { go_on: true });
    },
  };
}

/** Above the pictures: how many are judged, what was saved where, undo, and what is picked. */
function judged(model, line, marks) {
  const bar = make("div", { class: "svhn-judged" });
  bar.hidden = !marks.names.length;
  if (bar.hidden) return bar;
  const share = make("progress", { "aria-label": "judged" });
  const counts = make("span", {});
  const undo = button("Undo (U)", () => marks.undo());
  const labels = button("Write corrected labels", () => line.ask({ do: "labels" }, "corrected labels"));
  const said = make("span", { class: "svhn-said", role: "status" });
  const file = make("div", { class: "svhn-note" });
  const picked = make("span", {});
  const buttons = marks.names.map((name, index) => button(`${index + 1} ${name}`, () => marks.mark(name)));
  const all = button("", () => line.ask({ do: "pick", places: [], how: "all" }));
  const none = button("Let go", () => line.ask({ do: "pick", places: [], how: "none" }), "Escape");
  const together = make("div", { class: "svhn-picked", role: "group", "aria-label": "Picked" });
  together.append(picked, ...buttons, button("0 no mark", () => marks.mark("")), none);
  bar.append(share, counts, undo, all, labels, said);
  line.on(["content"], () => {
    const { judged, of, picked: many, passing } = model.get("content");
    share.max = Math.max(1, of);
    share.value = judged;
    counts.textContent = `judged ${judged.toLocaleString("en")} of ${of.toLocaleString("en")}`;
    all.textContent = `Pick all ${passing.toLocaleString("en")} (A)`;
    all.disabled = !passing;
    picked.textContent = `${many.toLocaleString("en")} picked:`;
    together.hidden = !many;
  });
  line.on(["marking"], () => {
    const { file: path, said: text, undo: last, labels: can } = model.get("marking");
    file.textContent = `Marks are kept in ${path}`;
    said.textContent = text;
    undo.disabled = !last;
    undo.title = last ? `undo: ${last}` : "nothing to undo";
    labels.hidden = !can;
  });
  return make("div", {}, bar, file, together);
}

/** In the open answer: buttons of which the one that is on disk is pressed, the right number, a note. */
function markBox(model, line, marks, done) {
  const box = make("fieldset", { class: "svhn-marks" }, make("legend", { text: "Mark" }));
  box.hidden = !marks.names.length;
  const alone = (mark, more) => marks.mark(mark, more, false);
  const press = (name) => async () => {
    const now = model.get("detail").marked?.mark;
    waits(name);
    await alone(now === name ? "" : name);
    show();
  };
  const buttons = marks.names.map((name, index) => [name, button(`${index + 1} ${name}`, press(name))]);
  buttons.push(["", button("0 none", press(""))]);
  const candidates = make("span", { class: "svhn-candidates" });
  const typed = make("input", { type: "text", inputmode: "numeric", size: 6, maxlength: 5 });
  typed.setAttribute("aria-label", "The right number");
  typed.placeholder = "digits";
  const right = make("div", { class: "svhn-right" }, "Label wrong, it is ", candidates, typed);
  const note = make("input", { type: "text", "aria-label": "Note", class: "svhn-note-field" });
  const correct = (number, more = {}) => alone(marks.names[0], { correct: number, ...more });
  typed.addEventListener("keydown", async (event) => {
    if (event.key !== "Enter" || !typed.value.trim()) return;
    event.preventDefault();
    if (!(await correct(typed.value.trim(), { go_on: true }))) done();
  });
  note.addEventListener("change", () => {
    const { mark } = model.get("detail").marked || {};
    if (mark) alone(mark, { note: note.value });
  });
  note.addEventListener("keydown", (event) => event.key === "Enter" && done());
  box.append(make("div", { class: "svhn-toggles" }, ...buttons.map(([, one]) => one)), right, note);

  /** Shows a mark as being saved; it is pressed when it is. */
  function waits(name) {
    for (const [value, one] of buttons) one.classList.toggle("svhn-saving", value === name);
  }

  let place = -1;
  function show() {
    const detail = model.get("detail");
    const { marked } = detail;
    if (!marked) return;
    for (const [value, one] of buttons) {
      one.classList.remove("svhn-saving");
      one.setAttribute("aria-pressed", String(value === (marked.mark || "")));
    }
    const others = detail.candidates.map(([text]) => text);
    const known = [...new Set([...others, detail.other?.predicted])].filter(
      (text) => /^[0-9]+$/.test(text || "") && text !== detail.number,
    );
    candidates.replaceChildren(
      ...known.map((text) => {
        const one = button(text, () => correct(marked.correct === text ? "" : text));
        one.setAttribute("aria-pressed", String(marked.correct === text));
        return one;
      }),
    );
    const other = marked.correct && !known.includes(marked.correct);
    if (document.activeElement !== typed || detail.place !== place)
      typed.value = other ? marked.correct : "";
    note.disabled = !marked.mark;
    note.placeholder = marked.mark ? "note" : "note: mark it first";
    if (document.activeElement !== note || detail.place !== place) note.value = marked.note || "";
    place = detail.place;
  }
  line.control(["detail"], show);
  return { element: box, type: () => typed.focus() };
}
