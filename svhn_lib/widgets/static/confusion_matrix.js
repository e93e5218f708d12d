// The confusion matrix of ErrorBrowser: a cell shows the answers that it counts.

/** The matrix as a grid: one cell has the place in the order of Tab, arrows move it. */
function confusionMatrix(model, line) {
  const { rows, columns, counts, shares } = model.get("matrix");
  const none = { row: rows.length - 1, column: columns.length - 1 };
  let asShares = false;
  let here = [0, 0];

  const empty = (row, column) => row === none.row && column === none.column;
  const choose = () => line.ask({ do: "cell", cell: [rows[here[0]], columns[here[1]]] });
  const cells = rows.map((_, row) =>
    columns.map((_, column) => {
      if (empty(row, column)) return make("td", {}); // neither true nor read
      const cell = make("td", { role: "gridcell", tabindex: "-1" });
      cell.addEventListener("click", () => {
        go([row, column]);
        choose();
      });
      return cell;
    }),
  );
  const legend = make("div", { class: "svhn-scale" });

  /** The largest value off the diagonal, which would outshine all others. */
  function most(values) {
    const others = values.map((one, row) => one.map((value, column) => (row === column ? 0 : value)));
    return Math.max(...others.flat().map(Number)) || 1; // 1 where nothing was confused
  }

  function write() {
    const shown = asShares ? shares : counts;
    const darkest = most(shown);
    const inWords = (value) => (asShares ? `${(100 * value).toFixed(1)} %` : String(value));
    cells.forEach((one, row) =>
      one.forEach((cell, column) => {
        if (empty(row, column)) return;
        const count = counts[row][column];
        const share = shares[row][column];
        const percent = share === null ? "" : `, ${(100 * share).toFixed(1)} %`;
        const value = shown[row][column];
        cell.textContent = count ? (value === null ? "·" : inWords(value)) : "";
        const read = column === none.column ? "missing" : `read as ${columns[column]}`;
        const what = row === none.row ? `extra ${columns[column]}` : `${rows[row]} ${read}`;
        cell.setAttribute("aria-label", `${what}: ${count}${percent}`);
        shade(cell, row === column || value === null ? 0 : value / darkest);
      }),
    );
    const unit = asShares ? "share of the true digit" : "count";
    legend.replaceChildren(`${unit}: 0 `, make("i", {}), ` ${inWords(darkest)}; right ones are not coloured`);
  }

  function go([row, column]) {
    if (row < 0 || column < 0 || row >= rows.length || column >= columns.length) return;
    if (empty(row, column)) return;
    at([row, column]);
    cells[row][column].focus();
  }
  function at(place) {
    cells[here[0]][here[1]].tabIndex = -1;
    here = place;
    cells[here[0]][here[1]].tabIndex = 0;
  }

  const keys = {
    ArrowRight: () => go([here[0], here[1] + 1]),
    ArrowLeft: () => go([here[0], here[1] - 1]),
    ArrowDown: () => go([here[0] + 1, here[1]]),
    ArrowUp: () => go([here[0] - 1, here[1]]),
    Home: () => go([here[0], 0]),
    End: () => go([here[0], columns.length - (here[0] === none.row ? 2 : 1)]),
    Enter: choose,
    " ": choose,
  };
  const head = columns.map((text) => make("th", { scope: "col", role: "columnheader", text }));
  const lines = rows.map((text, row) => {
    const name = make("th", { scope: "row", role: "rowheader", text });
    return make("tr", { role: "row" }, name, ...cells[row]);
  });
  const table = make(
    "table",
    { role: "grid", class: "svhn-matrix", "aria-label": "Confusion matrix" },
    make("caption", { text: "Rows: true digits; columns: digits read. A cell shows its answers." }),
    make("tr", { role: "row" }, make("td", { role: "gridcell", "aria-label": "true, read" }), ...head),
    ...lines,
  );
  table.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });

  const toggle = button("Shares of the true digit", () => {
    asShares = !asShares;
    toggle.setAttribute("aria-pressed", String(asShares));
    write();
  });
  toggle.setAttribute("aria-pressed", "false");
  write();
  line.control(["true_digit", "read_digit"], () => {
    const [true_, read] = ["true_digit", "read_digit"].map((name) => model.get(name));
    const chosen = [true_ === "none" ? "extra" : true_, read === "none" ? "missing" : read];
    const place = [rows.indexOf(chosen[0]), columns.indexOf(chosen[1])];
    cells.forEach((one, row) =>
      one.forEach((cell, column) => {
        const on = row === place[0] && column === place[1];
        if (!empty(row, column)) cell.setAttribute("aria-selected", String(on));
      }),
    );
    if (place.every((one) => one >= 0) && !empty(...place)) at(place);
  });
  at(here);
  return { element: make("div", { class: "svhn-confusions" }, table, legend, toggle) };
}

/** Darker for a larger share, with text that can be read on it. */
function shade(cell, strength) {
  cell.style.setProperty("--svhn-strength", `${Math.round(100 * strength)}%`);
  cell.classList.toggle("svhn-dark", strength > 0.55);
}
