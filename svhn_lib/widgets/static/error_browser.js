// The live half of ErrorBrowser: filters, and a page of pictures. The one that is open is in
// error_panel.js.

/** The filters, one control for each trait. */
function filters(model, listen) {
  const bar = make("div", { class: "svhn-filters", role: "group", "aria-label": "Filters" });
  const names = model.get("names");
  for (const [trait, options] of Object.entries(model.get("choices"))) {
    if (options.length < 2) continue;
    const { element, select } = choice(names[trait], options, (text) => set(model, { [trait]: text }));
    listen.on([trait], () => (select.value = model.get(trait)));
    bar.append(element);
  }
  const order = make("button", { type: "button" });
  order.addEventListener("click", () => set(model, { descending: !model.get("descending") }));
  listen.on(["descending"], () => {
    order.textContent = model.get("descending") ? "↓ highest first" : "↑ lowest first";
  });
  const limits = { min: 0, max: 1, step: 0.01 };
  const sure = range("confidence", limits, (ends) => set(model, { confidence: ends }));
  listen.on(["confidence"], () => sure.show(model.get("confidence")));
  const all = { answers: "wrong", sort: "confidence", descending: true, confidence: [0, 1] };
  for (const trait of ["true_digit", "read_digit", "length", "source", "marked"]) all[trait] = "any";
  const reset = make("button", { type: "button", text: "Reset", onclick: () => set(model, all) });
  bar.append(order, sure.element, reset);
  return bar;
}

/** The page of pictures: one of them is selected, and has the place in the order of Tab. */
function gallery(model, listen) {
  const urls = pictureUrls("image/jpeg");
  const list = make("div", { class: "svhn-gallery", role: "listbox", "aria-label": "Pictures" });
  const hint = "Arrows select, Page Up and Down turn, Enter opens, Escape closes.";
  list.setAttribute("aria-description", hint);
  let entries = [];
  let selected = 0;
  let after = null; // what to select on the page that was asked for
  let opening = false; // whether to open it, too

  function select(index, focus = true) {
    selected = Math.max(0, Math.min(index, entries.length - 1));
    [...list.children].forEach((option, i) => {
      option.tabIndex = i === selected ? 0 : -1;
      option.setAttribute("aria-selected", String(i === selected));
    });
    if (focus && list.children[selected]) list.children[selected].focus();
  }

  /** Turns pages; false where there is none in that direction. */
  function turn(step, then) {
    const page = model.get("content").page + step;
    if (page < 0 || page >= model.get("content").pages) return false;
    after = then;
    set(model, { page });
    return true;
  }

  function columns() {
    const tops = [...list.children].map((option) => option.offsetTop);
    return Math.max(1, tops.filter((top) => top === tops[0]).length);
  }

  function move(step) {
    const target = selected + step;
    const last = entries.length - 1;
    const width = Math.abs(step);
    if (target >= 0 && target <= last) select(target);
    else if (target < 0) turn(-1, Infinity);
    else if (Math.floor(selected / width) < Math.floor(last / width)) select(last);
    else turn(1, selected % width);
  }

  const open = () => entries[selected] && set(model, { opened: entries[selected].place });
  const keys = {
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    ArrowDown: () => move(columns()),
    ArrowUp: () => move(-columns()),
    PageDown: () => turn(1, selected),
    PageUp: () => turn(-1, selected),
    Home: () => select(0),
    End: () => select(entries.length - 1),
    Enter: open,
    " ": open,
    Escape: () => set(model, { opened: -1 }),
  };
  list.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });

  function option(index) {
    const choose = () => {
      select(index);
      open();
    };
    return make("figure", { role: "option", onclick: choose }, make("img", { alt: "" }));
  }

  listen.on(Object.keys(model.get("names")), () => (after = 0)); // other filters, another list
  listen.on(["content"], () => {
    entries = model.get("content").entries;
    const focused = list.contains(document.activeElement);
    while (list.children.length < entries.length) list.append(option(list.children.length));
    while (list.children.length > entries.length) list.lastChild.remove();
    const sources = urls.replace(entries.map((entry) => entry.picture));
    [...list.children].forEach((figure, index) => {
      figure.replaceChildren(figure.firstChild, captionOf(entries[index]));
      figure.firstChild.src = sources[index];
      const marked = entries[index].mark ? `, marked ${entries[index].mark}` : "";
      figure.setAttribute("aria-label", entries[index].words + marked);
    });
    select(after === null ? selected : after, focused);
    if (opening) open();
    after = null;
    opening = false;
  });
  listen.on(["opened"], () => {
    for (const [index, figure] of [...list.children].entries())
      figure.classList.toggle("svhn-open", entries[index]?.place === model.get("opened"));
  });

  return {
    element: list,
    turn: (step) => turn(step, 0),
    focus: () => select(selected),
    /** Opens the answer before or behind the one that is open. */
    step(by) {
      const here = entries[selected]?.place === model.get("opened");
      const target = here ? selected + by : selected; // a marked one may have left the list
      if (target < 0 || target >= entries.length) opening = turn(by, by > 0 ? 0 : Infinity);
      else {
        select(target, false);
        open();
      }
    },
    release: () => urls.replace([]),
  };
}

function render({ model, el }) {
  const listen = listener(model);
  const pictures = gallery(model, listen);
  const turner = pager(pictures.turn);
  listen.on(["content"], () => turner.show(model.get("content")));
  const open = panel(model, listen, pictures);
  el.append(
    root("Error browser", filters(model, listen), turner.element, pictures.element, open.element),
  );
  return () => {
    listen.stop();
    pictures.release();
    open.release();
  };
}

export default { render };
