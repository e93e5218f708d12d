// The live half of ErrorBrowser, put together; its parts are in the files before this one.

const KEYS = [
  ["← → ↑ ↓", "select a picture; in an open answer ← → go to the next"],
  ["Page Up, Page Down", "turn pages"],
  ["Home, End", "first and last picture of the page"],
  ["Enter, Space", "open"],
  ["Escape", "let go of what is picked; close"],
  ["1 2 3", "label wrong, unreadable, model wrong; and go on"],
  ["0", "no mark; and go on"],
  ["C", "type the right number"],
  ["U", "undo the last change of a mark"],
  ["X", "pick, or let go; with the mouse: Ctrl-click"],
  ["Shift + ← → ↑ ↓", "pick all between; with the mouse: Shift-click"],
  ["A", "pick all that pass"],
  ["/", "search"],
  ["?", "show or hide this list"],
];

/** The list of keys, and the button that shows it. */
function keyList(marked) {
  const known = KEYS.filter(([key]) => marked || !/^([1-9 ]+|0|C|U|X|A|Shift.*)$/.test(key));
  const rows = known.map(([key, text]) =>
    make("tr", {}, make("th", { scope: "row" }, make("kbd", { text: key })), make("td", { text })),
  );
  const list = make("table", { class: "svhn-keys" }, make("caption", { text: "Keys" }), ...rows);
  list.hidden = true;
  const show = button("? Keys", () => toggle());
  function toggle() {
    list.hidden = !list.hidden;
    show.setAttribute("aria-expanded", String(!list.hidden));
  }
  show.setAttribute("aria-expanded", "false");
  const hint = marked ? "1 2 3 0 mark and go on, U undoes, Enter opens" : "arrows select, Enter opens";
  return { list, bar: make("span", { class: "svhn-hint" }, show, hint), toggle };
}

async function render({ model, el }) {
  await told(model);
  const line = connection(model);
  const filtering = filters(model, line);
  const side = beside(model, line);
  const pictures = gallery(model, line, filtering.reset);
  const marks = marker(model, line, pictures);
  const keys = keyList(marks.names.length > 0);
  const open = panel(model, line, pictures, marks);
  const top = make("div", { class: "svhn-top" }, side.bar, keys.bar);
  const page = make("div", { class: "svhn-page" }, pager(model, line, pictures.turn), pictures.element);
  const view = line.frame(
    model.get("title"),
    top,
    keys.list,
    filtering.element,
    comparison(model, line),
    judged(model, line, marks),
    make("div", { class: "svhn-columns" }, side.element, page),
    open.element,
  );
  view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return;
    const key = event.key.toLowerCase();
    const others = { "?": keys.toggle, "/": () => filtering.search.focus(), c: open.type };
    const call = marks.key(key) || others[key];
    if (!call) return;
    event.preventDefault();
    call();
  });
  el.append(view);
  return () => {
    line.stop();
    side.stop();
    pictures.release();
    open.release();
  };
}

export default { render };
