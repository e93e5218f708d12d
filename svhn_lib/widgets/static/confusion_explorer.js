// The live half of ConfusionExplorer: a table of counts, and the pictures behind one of them.

/** The matrix as a grid: one cell has the place in the order of Tab, arrows move it. */
function grid(model, listen, turn) {
  const { rows, columns, counts, shares } = model.get("matrix");
  let asShares = false;
  let here = [rows.indexOf(model.get("cell")[0]), columns.indexOf(model.get("cell")[1])];

  const empty = (row, column) => row === rows.length - 1 && column === columns.length - 1;
  const choose = () => set(model, { cell: [rows[here[0]], columns[here[1]]] });
  const cells = rows.map((_, row) =>
    columns.map((_, column) => {
      const cell = make("td", { role: "gridcell", tabindex: "-1" });
      if (empty(row, column)) return make("td", {}); // neither true nor read
      cell.addEventListener("click", () => {
        go([row, column]);
        choose();
      });
      return cell;
    }),
  );

  function write() {
    cells.forEach((line, row) =>
      line.forEach((cell, column) => {
        const count = counts[row][column];
        const share = shares[row][column];
        const percent = share === null ? "" : `${(100 * share).toFixed(1)} %`;
        cell.textContent = count ? (asShares ? percent || count : count) : "";
        const read = column === columns.length - 1 ? "missing" : `read as ${columns[column]}`;
        const what = row === rows.length - 1 ? `extra ${columns[column]}` : `${rows[row]} ${read}`;
        if (!empty(row, column)) cell.setAttribute("aria-label", `${what}: ${count}, ${percent}`);
        shade(cell, row === column ? 0 : share === null ? 0 : share / darkest);
      }),
    );
  }

  const others = shares.map((line, row) => line.map((share, column) => (row === column ? 0 : share)));
  const darkest = Math.max(1e-9, ...others.flat().map(Number));

  function go([row, column]) {
    if (row < 0 || column < 0 || row >= rows.length || column >= columns.length) return;
    if (empty(row, column)) return;
    cells[here[0]][here[1]].tabIndex = -1;
    here = [row, column];
    cells[row][column].tabIndex = 0;
    cells[row][column].focus();
  }

  const keys = {
    ArrowRight: () => go([here[0], here[1] + 1]),
    ArrowLeft: () => go([here[0], here[1] - 1]),
    ArrowDown: () => go([here[0] + 1, here[1]]),
    ArrowUp: () => go([here[0] - 1, here[1]]),
    Home: () => go([here[0], 0]),
    End: () => go([here[0], columns.length - (here[0] === rows.length - 1 ? 2 : 1)]),
    PageDown: () => turn(1),
    PageUp: () => turn(-1),
    Enter: choose,
    " ": choose,
  };
  const table = make("table", { role: "grid", class: "svhn-matrix", "aria-label": "Confusion matrix" });
  table.append(
    make("caption", { text: "Rows: true digits; columns: digits read" }),
    make("tr", {}, make("td"), ...columns.map((text) => make("th", { scope: "col", text }))),
    ...rows.map((text, row) => make("tr", {}, make("th", { scope: "row", text }), ...cells[row])),
  );
  table.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });

  const toggle = make("button", { type: "button", text: "Shares of the true digit", "aria-pressed": "false" });
  toggle.addEventListener("click", () => {
    asShares = !asShares;
    toggle.setAttribute("aria-pressed", String(asShares));
    write();
  });
  write();
  cells[here[0]][here[1]].tabIndex = 0;
  listen.on(["cell"], () => {
    const chosen = model.get("cell");
    cells.forEach((line, row) =>
      line.forEach((cell, column) => {
        const on = rows[row] === chosen[0] && columns[column] === chosen[1];
        cell.setAttribute("aria-selected", String(on));
      }),
    );
  });
  return make("div", {}, table, toggle);
}

/** Darker for a larger share, with text that can be read on it. */
function shade(cell, strength) {
  cell.style.setProperty("--svhn-strength", `${Math.round(100 * strength)}%`);
  cell.classList.toggle("svhn-dark", strength > 0.55);
}

function render({ model, el }) {
  const listen = listener(model);
  const urls = pictureUrls("image/jpeg");
  const turn = (step) => set(model, { page: model.get("content").page + step });
  const turner = pager(turn);
  const list = make("div", { class: "svhn-gallery", role: "list", "aria-label": "Pictures" });
  listen.on(["content"], () => {
    const view = model.get("content");
    turner.show(view);
    const sources = urls.replace(view.entries.map((entry) => entry.picture));
    const figures = view.entries.map((entry, index) => {
      const image = make("img", { src: sources[index], alt: entry.words });
      return make("figure", { role: "listitem" }, image, captionOf(entry));
    });
    list.replaceChildren(...figures);
  });
  const pictures = make("div", { class: "svhn-behind" }, turner.element, list);
  const both = make("div", { class: "svhn-columns" }, grid(model, listen, turn), pictures);
  el.append(root("Confusion explorer", both));
  return () => {
    listen.stop();
    urls.replace([]);
  };
}

export default { render };
