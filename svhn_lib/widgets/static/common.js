// What the widgets share. Python joins this text with that of one widget into one module.

/** An element. Keys of `options` that begin with "on" are listeners, "text" is its text; others are
 *  attributes, left out where they are null or false. */
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The root of a widget. Plain keys pressed inside belong to the widget, not to JupyterLab, whose
 *  shortcuts would move the selected cell; those with Control, Alt or Command, such as the one that
 *  saves, go through. */
function root(label, ...children) {
  const options = { class: "svhn", role: "group", "aria-label": label };
  const element = make("div", { ...options, "data-lm-suppress-shortcuts": "true" }, ...children);
  const through = (event) => event.ctrlKey || event.metaKey || event.altKey;
  element.addEventListener(
    "keydown",
    (event) => {
      if (through(event)) element.removeAttribute("data-lm-suppress-shortcuts");
      else element.setAttribute("data-lm-suppress-shortcuts", "true");
    },
    true,
  );
  element.addEventListener("keydown", (event) => through(event) || event.stopPropagation());
  return element;
}

/** Pictures of one part of a view as URLs of their bytes; each set lets go of the one before. */
function pictureUrls(type) {
  let urls = [];
  return {
    replace(pictures) {
      const old = urls;
      urls = pictures.map((bytes) => URL.createObjectURL(new Blob([bytes], { type })));
      // The elements get their new sources first.
      queueMicrotask(() => old.forEach((url) => URL.revokeObjectURL(url)));
      return urls;
    },
  };
}

/** A labelled choice of one of several texts; `texts` has what is shown for some of them. */
function choice(name, options, change, texts = {}) {
  const select = make("select", { "aria-label": name, onchange: () => change(select.value) });
  select.append(...options.map((value) => make("option", { value, text: texts[value] || value })));
  return { element: make("label", {}, make("span", { text: name }), select), select };
}

/** A labelled slider that shows its value; `change` hears of every step. */
function slider(name, { min, max, step, label = null }, change) {
  const input = make("input", { type: "range", min, max, step, "aria-label": label || name });
  const value = make("span", { class: "svhn-value" }); // a screen reader has it from the slider
  const digits = step < 0.01 ? 3 : step < 1 ? 2 : 0;
  const show = (number) => {
    input.value = number;
    value.textContent = Number(number).toFixed(digits);
  };
  input.addEventListener("input", () => {
    show(input.value);
    change(Number(input.value));
  });
  const text = name ? make("span", { text: name }) : null;
  const element = make("label", { class: "svhn-slider" }, text, input, value);
  return { element, input, show };
}

/** Two sliders for the ends of a range; the one that is moved takes the other along. */
function range(name, limits, change) {
  let ends = [limits.min, limits.max];
  const show = (values) => {
    ends = [...values];
    sliders.forEach((one, index) => one.show(ends[index]));
  };
  const moved = (index) => (value) => {
    ends[index] = value;
    ends[1 - index] = index === 0 ? Math.max(value, ends[1]) : Math.min(value, ends[0]);
    show(ends);
    change([...ends]);
  };
  const sliders = ["lowest", "highest"].map((end, index) =>
    slider("", { ...limits, label: `${name}, ${end}` }, moved(index)),
  );
  const parts = sliders.map((one) => one.element);
  const options = { class: "svhn-range", role: "group", "aria-label": name };
  const element = make("div", options, make("span", { text: name }), ...parts);
  return { element, inputs: sliders.map((one) => one.input), show };
}

/** A button, which says by a title what else it does. */
function button(text, onclick, title = null) {
  return make("button", { type: "button", text, onclick, title });
}

/** Whether keys that are typed on an element are meant for it. */
function takesKeys(element) {
  return element.matches("input:not([type=checkbox]):not([type=range]), select, textarea");
}

/** A probability in digits; null is one that is not known. */
function probabilityText(probability, digits = 3) {
  return probability === null ? "unknown" : probability.toFixed(digits);
}

/** What stands below a picture: the true number, the one read where it is another, the mark. */
function captionOf(entry) {
  const caption = make("div", { class: "svhn-caption" }, make("b", { text: entry.number }));
  if (!entry.right)
    caption.append(" read ", make("b", { class: "svhn-wrong", text: entry.predicted || "nothing" }));
  caption.append(make("br"), probabilityText(entry.confidence));
  if (entry.other) {
    const { name, predicted, right, confidence } = entry.other;
    const read = make("b", { class: right ? "" : "svhn-wrong", text: predicted || "nothing" });
    caption.append(make("br"), `${name}: `, read, ` ${probabilityText(confidence)}`);
  }
  if (entry.mark) caption.append(make("span", { class: "svhn-mark", text: entry.mark }));
  return caption;
}
