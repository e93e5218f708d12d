// The filters of ErrorBrowser, and what stands beside its pictures.

/** The filters, one control for each trait. */
function filters(model, line) {
  const bar = make("div", { class: "svhn-filters", role: "group", "aria-label": "Filters" });
  const names = model.get("names");
  for (const [trait, options] of Object.entries(model.get("choices"))) {
    if (options.length < 2 || trait === "models") continue;
    const { element, select } = choice(names[trait], options, (text) => line.set({ [trait]: text }));
    line.control([trait], () => (select.value = model.get(trait)));
    bar.append(element);
  }
  const order = button("", () => line.set({ descending: !model.get("descending") }));
  line.control(["descending"], () => {
    order.textContent = model.get("descending") ? "↓ highest first" : "↑ lowest first";
  });
  const limits = { min: 0, max: 1, step: 0.01 };
  const sure = range("confidence", limits, (ends) => line.set({ confidence: ends }));
  line.control(["confidence"], () => sure.show(model.get("confidence")));
  const search = make("input", { type: "search", "aria-label": "search", placeholder: "file or number" });
  let pause = 0;
  search.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => line.set({ search: search.value }), 200);
  });
  line.control(["search"], () => {
    if (document.activeElement !== search) search.value = model.get("search");
  });
  bar.append(order, sure.element, make("label", {}, make("span", { text: "search" }), search));
  bar.append(button("Reset", () => reset(model, line, search)));
  return { element: bar, search, reset: () => reset(model, line, search) };
}

/** All filters as they were at first, without a lasso. */
function reset(model, line, search) {
  search.value = "";
  if (model.get("content").within) line.ask({ do: "within", places: null });
  line.set({ ...model.get("start") });
}

/** Who is right where two models were compared: a button for each case, with its count. */
function comparison(model, line) {
  const { counts, texts } = model.get("pairing");
  const bar = make("div", { class: "svhn-pairs", role: "group", "aria-label": "Models" });
  bar.hidden = !counts;
  if (bar.hidden) return bar;
  const choose = (value) => () => {
    line.set({ answers: "all", models: model.get("models") === value ? "any" : value });
  };
  const buttons = Object.entries(counts).map(([value, number]) => [
    value,
    button(`${texts[value]}: ${number.toLocaleString("en")}`, choose(value)),
  ]);
  line.control(["models"], () => {
    for (const [value, one] of buttons)
      one.setAttribute("aria-pressed", String(model.get("models") === value));
  });
  bar.append(...buttons.map(([, one]) => one));
  return bar;
}

/** What stands beside the pictures: nothing, their map, or the confusion matrix. */
function beside(model, line) {
  const space = make("div", { class: "svhn-beside" });
  const bar = make("div", { class: "svhn-switch", role: "group", "aria-label": "Beside the pictures" });
  const made = {};
  const makers = { map: pictureMap, confusions: confusionMatrix };
  const names = { nothing: "Pictures only", map: "With map", confusions: "With confusions" };
  if (!model.get("map").points) delete names.map;
  const buttons = Object.entries(names).map(([value, text]) => {
    const one = button(text, () => line.set({ beside: value }));
    bar.append(one);
    return [value, one];
  });
  line.control(["beside", "matrix"], () => {
    const now = model.get("beside");
    for (const [value, one] of buttons) one.setAttribute("aria-pressed", String(value === now));
    space.hidden = now === "nothing" || (now === "confusions" && !model.get("matrix").rows);
    if (space.hidden) return;
    made[now] = made[now] || makers[now](model, line);
    space.replaceChildren(made[now].element);
    made[now].draw?.();
  });
  return { element: space, bar, stop: () => Object.values(made).forEach((one) => one.stop?.()) };
}
