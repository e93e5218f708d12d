// The live half of PhotoReader: photos come in, are chosen, corrected and saved.

const PART = 1 << 20; // bytes of a message; Jupyter refuses those over 10 MiB
const KEYS = [
  ["Photos", "↑ ↓ choose · drop, paste or choose more"],
  ["Box", "arrows move (Shift: by ten) · + − resize · , . turn · R direction of reading · Delete"],
  ["Corner", "arrows (Control: it alone)"],
  ["Number", "type digits · Enter goes on, at the last one to Save"],
  ["Everywhere", "U undoes, where no digits are typed"],
];

/** A place for photos to come in; each is sent in parts, the next one when the kernel has read it. */
function intake(model, line, say) {
  const input = make("input", { type: "file", multiple: true, accept: "image/*,.heic,.heif", hidden: true });
  const choose = make("button", { type: "button", text: "Choose photos …", onclick: () => input.click() });
  const hint = make("span", { text: "or drop them here, or paste one" });
  const element = make("div", { class: "svhn-intake", tabindex: "0", role: "group" }, choose, hint, input);
  element.setAttribute("aria-label", "Add photos: choose files, or paste a photo here");
  const queue = [];
  let sending = false;
  let count = 0;

  /** Sends a photo; gives what was wrong, "" where nothing was. */
  async function send(file, open) {
    const limit = model.get("largest");
    if (file.size > limit) return `${file.name}: over ${limit / 1e6} MB; shrink it first`;
    const upload = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const parts = Math.max(1, Math.ceil(file.size / PART));
    for (let part = 0; part < parts; part++) {
      const bytes = await file.slice(part * PART, (part + 1) * PART).arrayBuffer().catch(() => null);
      if (!bytes) return `${file.name}: a folder, or a file that was moved or changed meanwhile; choose the photos`;
      const last = part === parts - 1;
      const wish = { do: "upload", upload, file: file.name, last, open };
      const { problem } = await line.request(wish, { buffers: [bytes] });
      if (problem) return problem;
    }
    return "";
  }

  async function take(files, pasted = false) {
    for (const file of files) {
      const end = (file.type.split("/")[1] || "png").replace("jpeg", "jpg").replace(/[^a-z0-9].*/, "");
      queue.push(pasted ? new File([file], `pasted-${++count}.${end}`, { type: file.type }) : file);
    }
    if (sending) return;
    sending = true;
    const problems = [];
    let open = true;
    let read = 0;
    while (queue.length) {
      const file = queue.shift();
      say(`reading ${file.name}${queue.length ? `, ${queue.length} more to come` : ""} …`);
      const problem = await send(file, open);
      if (problem) problems.push(problem);
      else read += 1;
      open &&= Boolean(problem);
    }
    sending = false;
    say(read === 1 ? "1 photo added" : `${read} photos added`);
    if (problems.length) line.tell(problems.join(" "));
  }

  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  return { element, take };
}

/** The photos by name, with what was read in them. */
function photoList(model, line, go) {
  const list = make("div", { class: "svhn-photos", role: "listbox", "aria-label": "Photos" });
  list.setAttribute("aria-description", "Up and down choose a photo.");
  function option(index) {
    const element = make("div", { role: "option", onclick: () => go(index) });
    element.append(make("span", {}), make("b", {}), make("small", {}));
    return element;
  }
  function mark() {
    [...list.children].forEach((one, index) => {
      const on = index === model.get("chosen");
      one.setAttribute("aria-selected", String(on));
      one.tabIndex = on ? 0 : -1;
    });
  }
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const to = step ? model.get("chosen") + step : { Home: 0, End: list.children.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (to < 0 || to >= list.children.length) return;
    go(to);
    list.children[to].focus();
  });
  line.on(["photos"], () => {
    const photos = model.get("photos");
    while (list.children.length < photos.length) list.append(option(list.children.length));
    while (list.children.length > photos.length) list.lastChild.remove();
    photos.forEach(({ name, words, saved }, index) => {
      const [first, second, third] = list.children[index].children;
      first.textContent = name;
      second.textContent = words;
      third.textContent = saved ? "saved" : "";
    });
    list.hidden = !photos.length;
    mark();
  });
  line.on(["chosen"], mark);
  return list;
}

function render({ model, el }) {
  const line = connection(model, { lost: "What was not saved before is lost." });
  const said = make("span", { role: "status" });
  const say = (text) => {
    said.textContent = text;
    line.tell("");
  };
  /** Whether the open photo could be changed. */
  async function change(wish) {
    const problem = await line.ask({ ...wish, place: model.get("content").place });
    if (problem) said.textContent = "";
    return !problem;
  }

  const count = () => (model.get("content").numbers || []).length;
  let awaited = null; // the number that gets the focus when it is there: of a photo, by its index
  const work = {
    selected: 0,
    ask: change,
    look: (window) => line.set({ window }),
    select(index) {
      if (work.selected === index) return;
      work.selected = index;
      stage.draw();
      numbers.draw();
    },
    type(index) {
      if (!numbers.focus(index)) (save.hidden ? add : save).focus();
    },
    async remove(index) {
      await stage.send();
      awaited = { place: work.place, index: Math.max(0, Math.min(index, count() - 2)), count: count() - 1 };
      await change({ do: "remove", index });
    },
    async insert(corners) {
      await stage.send();
      awaited = { place: work.place, index: count(), count: count() + 1 };
      await change({ do: "insert", corners });
    },
    turn: (index) => stage.change(index, readOtherwise),
  };
  const stage = photoStage(model, line, work);
  const numbers = photoNumbers(model, line, work);

  const go = (place) => {
    if (place === model.get("chosen")) return;
    stage.send().then(() => line.set({ chosen: place }));
  };
  const photos = photoList(model, line, go);
  const photoIn = intake(model, line, say);

  const add = make("button", { type: "button", text: "Add a number", "aria-pressed": "false" });
  add.addEventListener("click", (event) => {
    if (event.detail) stage.draws(!stage.isDrawing());
    else work.insert(stage.middle()); // by keyboard
  });
  stage.onDraws((on) => {
    add.setAttribute("aria-pressed", String(on));
    say(on ? "Drag around the number." : "");
  });
  const undoing = () => stage.send().then(() => change({ do: "undo" }));
  const undo = button("Undo (U)", undoing);
  const save = button("Save and next", async () => {
    const here = model.get("chosen");
    await stage.send();
    if (!(await numbers.taken()) || !(await change({ do: "save" }))) return;
    say(`saved in ${model.get("folder")}/labels.csv`);
    const waits = (one, index) => index > here && one.readable && !one.saved;
    const next = model.get("photos").findIndex(waits);
    if (next < 0) return;
    awaited = { place: next, index: 0 };
    await line.set({ chosen: next });
  });
  const zooms = [
    button("Zoom in", () => stage.zoom(2)),
    button("Zoom out", () => stage.zoom(0.5)),
    button("Whole photo", () => stage.zoom(0)),
  ];
  const bar = make("div", { class: "svhn-pager" }, add, undo, save, ...zooms, said);
  const noFolder = make("p", { class: "svhn-note" });
  noFolder.append("To save corrections, name a folder: ", make("code", { text: 'PhotoReader(folder="mine")' }));
  const title = make("strong", {});
  const broken = make("p", { class: "svhn-problem", role: "alert" });
  const keys = make("details", {}, make("summary", { text: "Keys" }), make("dl", {}));
  keys.lastChild.append(
    ...KEYS.flatMap(([name, text]) => [make("dt", { text: name }), make("dd", { text })]),
  );
  const open = make(
    "section",
    { class: "svhn-open-photo", "aria-label": "The open photo" },
    title,
    broken,
    make("div", { class: "svhn-columns" }, stage.element, numbers.element),
    bar,
  );

  line.on(["folder"], () => {
    save.hidden = !model.get("folder");
    noFolder.hidden = Boolean(model.get("folder"));
  });
  line.on(["photos", "content"], () => {
    const content = model.get("content");
    if (!("place" in content)) return;
    title.textContent = `${content.name}, ${content.place + 1} of ${model.get("photos").length}`;
  });
  line.on(["content"], () => {
    const content = model.get("content");
    const there = "place" in content;
    open.hidden = !there;
    if (!there) return;
    if (content.place !== work.place) work.selected = 0;
    work.place = content.place;
    undo.disabled = !content.undo;
    broken.textContent = content.problem;
    const read = !content.problem;
    for (const one of [add, save, ...zooms]) one.disabled = !read;
    stage.draw();
    numbers.draw();
    if (awaited?.place !== content.place || (awaited.count ?? count()) !== count()) return;
    const { index } = awaited;
    awaited = null;
    work.selected = index;
    stage.draw();
    if (!numbers.focus(index)) (save.hidden ? add : save).focus();
  });

  const element = line.frame("Photo reader", photoIn.element, photos, open, noFolder, keys);
  element.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "u" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input[type=text]")) return;
    event.preventDefault();
    undoing();
  });
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    event.stopPropagation();
    element.classList.add("svhn-over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("svhn-over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    element.classList.remove("svhn-over");
    photoIn.take([...event.dataTransfer.files]);
  });
  element.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    event.stopPropagation();
    photoIn.take(files, true);
  });
  el.append(element);
  return () => {
    line.stop();
    stage.release();
    numbers.release();
  };
}

export default { render };
