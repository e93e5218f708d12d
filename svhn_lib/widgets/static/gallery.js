// The pages of ErrorBrowser: pictures of which one is selected and several can be picked.

/** Buttons to turn pages, a page to jump to, pictures per page, and what is shown. */
function pager(model, line, turn) {
  const previous = button("← Previous", () => turn(-1));
  const next = button("Next →", () => turn(1));
  const page = make("input", { type: "number", min: 1, "aria-label": "Page" });
  page.addEventListener("change", () => line.set({ page: Math.max(1, Number(page.value) || 1) - 1 }));
  const pages = make("span", {});
  const given = model.get("page_size");
  const sizes = [...new Set([12, 24, 48, 96, given])].sort((a, b) => a - b).map(String);
  const size = make("select", { "aria-label": "Pictures per page" });
  size.append(...sizes.map((text) => make("option", { value: text, text })));
  size.addEventListener("change", () => line.set({ page_size: Number(size.value) }));
  const place = make("span", { class: "svhn-place", role: "status" });
  line.control(["content"], () => {
    const view = model.get("content");
    const last = view.first + view.entries.length;
    const range = last > view.first ? `${view.first + 1}–${last} of ` : "";
    place.textContent = range + view.headline;
    previous.disabled = view.page === 0;
    next.disabled = view.page + 1 >= view.pages;
    page.value = view.page + 1;
    page.max = view.pages;
    pages.textContent = `of ${view.pages.toLocaleString("en")}`;
  });
  line.control(["page_size"], () => (size.value = String(model.get("page_size"))));
  const jump = make("label", {}, "page ", page, " ", pages);
  const many = make("label", {}, size, " per page");
  return make("div", { class: "svhn-pager" }, previous, next, jump, many, place);
}

/** The page of pictures: one of them is selected, and has the place in the order of Tab. */
function gallery(model, line, resetFilters) {
  const urls = pictureUrls("image/jpeg");
  const options = { class: "svhn-gallery", role: "listbox", "aria-label": "Pictures" };
  const list = make("div", { ...options, "aria-multiselectable": "true" });
  const empty = make("p", { class: "svhn-empty" }, "Nothing passes these filters. ");
  empty.append(button("Reset the filters", resetFilters));
  const element = make("div", {}, list, empty);
  let entries = [];
  let selected = 0;
  let anchor = null; // the place that Shift picks from
  let moved = null; // which of the kernel's moves was followed last
  let after = null; // what to select on the page that was asked for
  let owed = 0; // steps of the open answer that are still to be asked for
  let stepping = false;

  function select(index, focus = true) {
    selected = Math.max(0, Math.min(index, entries.length - 1));
    [...list.children].forEach((option, i) => {
      option.tabIndex = i === selected ? 0 : -1;
      option.classList.toggle("svhn-selected", i === selected);
    });
    if (focus && list.children[selected]) list.children[selected].focus();
  }

  function turn(step, then = 0) {
    const { page, pages } = model.get("content");
    if (page + step < 0 || page + step >= pages) return;
    after = then;
    line.set({ page: page + step });
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

  const here = () => entries[selected]?.place;
  const pick = (places, how) => line.ask({ do: "pick", places, how });
  const pickTo = () => pick([anchor ?? here(), here()], "between");
  const toggle = () => {
    anchor = here();
    if (anchor !== undefined) pick([anchor], "toggle");
  };
  const open = () => here() !== undefined && line.set({ opened: here() });
  const moves = {
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    ArrowDown: () => move(columns()),
    ArrowUp: () => move(-columns()),
    PageDown: () => turn(1, selected),
    PageUp: () => turn(-1, selected),
    Home: () => select(0),
    End: () => select(entries.length - 1),
  };
  const keys = {
    Enter: open,
    " ": open,
    x: toggle,
    a: () => pick([], "all"),
    Escape: () => line.ask({ do: "back" }), // the kernel knows what earlier keys have done
  };
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) {
      if (event.shiftKey) anchor = anchor ?? here();
      else anchor = null;
      moves[event.key]();
      if (event.shiftKey && after === null) pickTo();
    } else if (event.key in keys) keys[event.key]();
    else return;
    event.preventDefault();
  });

  // Keys act on what has the focus, however it came there: a screen reader moves it, too.
  list.addEventListener("focusin", (event) => {
    const index = [...list.children].indexOf(event.target.closest(".svhn-tile"));
    if (index >= 0 && index !== selected) select(index, false);
  });

  function option(index) {
    const tick = make("span", { class: "svhn-tick", "aria-hidden": "true", title: "pick (X)" });
    const choose = (event) => {
      const from = here();
      select(index);
      if (event.shiftKey) {
        anchor = anchor ?? from;
        pickTo();
      } else if (event.ctrlKey || event.metaKey || event.target === tick) toggle();
      else {
        anchor = here();
        open();
      }
    };
    // Shift would mark text otherwise.
    const still = (event) => event.shiftKey && event.preventDefault();
    const options = { class: "svhn-tile", role: "option", onclick: choose, onmousedown: still };
    return make("div", options, make("img", { alt: "" }), tick);
  }

  function ring() {
    for (const [index, tile] of [...list.children].entries())
      tile.classList.toggle("svhn-open", entries[index]?.place === model.get("opened"));
  }

  line.on(["content"], () => {
    const before = here();
    const { cursor, entries: fresh, passing } = model.get("content");
    entries = fresh;
    const focused = list.contains(document.activeElement);
    while (list.children.length < entries.length) list.append(option(list.children.length));
    while (list.children.length > entries.length) list.lastChild.remove();
    const sources = urls.replace(entries.map((entry) => entry.picture));
    [...list.children].forEach((tile, index) => {
      const entry = entries[index];
      tile.replaceChildren(tile.children[0], tile.children[1], captionOf(entry));
      tile.firstChild.src = sources[index];
      const marked = entry.mark ? `, marked ${entry.mark}` : "";
      tile.setAttribute("aria-label", entry.words + marked);
      tile.setAttribute("aria-selected", String(entry.picked));
    });
    const told = cursor[0] === moved ? before : cursor[1]; // where the kernel went, or as before
    moved = cursor[0];
    const found = entries.findIndex((entry) => entry.place === told);
    select(after ?? (found < 0 ? selected : found), focused);
    after = null;
    list.hidden = !passing;
    empty.hidden = Boolean(passing);
    ring();
  });
  line.on(["opened"], ring);

  return {
    element,
    turn,
    here: () => entries[selected],
    focus: () => select(selected),
    focused: () => list.contains(document.activeElement),
    /** Opens the answer before or behind the one that is open. */
    async step(by) {
      owed += by;
      if (stepping) return;
      stepping = true;
      while (owed) {
        const now = owed;
        owed = 0;
        await line.ask({ do: "step", by: now });
      }
      stepping = false;
    },
    release: () => urls.replace([]),
  };
}
