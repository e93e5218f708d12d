// The live half of AugmentationPlayground: sliders, and a picture with its random draws.

/** The sliders of one kind of augmentation, under a box that turns it on. */
function group(model, listen, name, title) {
  const on = make("input", { type: "checkbox" });
  on.addEventListener("change", () => set(model, { [name]: on.checked }));
  const legend = make("legend", {}, make("label", {}, on, title));
  const box = make("div", { class: "svhn-sliders" });
  const controls = [];
  for (const one of model.get("sliders").filter((each) => each.group === name)) {
    const limits = { min: one.low, max: one.high, step: one.step };
    const change = (value) => set(model, { values: { ...model.get("values"), [one.name]: value } });
    const kind = Array.isArray(one.start) ? range : slider;
    const control = kind(one.label, limits, change);
    listen.on(["values"], () => control.show(model.get("values")[one.name]));
    controls.push(...(control.inputs || [control.input]));
    box.append(control.element);
  }
  listen.on([name], () => {
    on.checked = model.get(name);
    for (const input of controls) input.disabled = !on.checked;
  });
  return make("fieldset", {}, legend, box);
}

/** A picture with its digit boxes. */
function framed({ boxes }, source, [height, width], alt, caption) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  for (const [left, top, right, bottom] of boxes) {
    const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const sides = { x: left, y: top, width: right - left, height: bottom - top };
    for (const [name, value] of Object.entries(sides)) box.setAttribute(name, value);
    svg.append(box);
  }
  const frame = make("div", { class: "svhn-frame" }, make("img", { src: source, alt }), svg);
  frame.style.aspectRatio = `${width} / ${height}`;
  return make("figure", {}, frame, make("figcaption", { text: caption }));
}

function render({ model, el }) {
  const listen = listener(model);
  const urls = pictureUrls("image/png");
  const shown = make("div", { class: "svhn-draws", role: "group", "aria-label": "Draws" });
  const code = make("code", {});
  const names = model.get("names");
  const which = choice("picture", names, (name) => set(model, { picture: names.indexOf(name) }));
  listen.on(["picture"], () => (which.select.value = names[model.get("picture")]));
  const again = make("button", { type: "button", text: "Another draw" });
  again.addEventListener("click", () => set(model, { draw: model.get("draw") + 1 }));
  const start = Object.fromEntries(model.get("sliders").map((one) => [one.name, one.start]));
  const reset = make("button", { type: "button", text: "Reset the sliders" });
  reset.addEventListener("click", () => set(model, { values: start }));
  const frames = make("input", { type: "checkbox", checked: true });
  frames.addEventListener("change", () => shown.classList.toggle("svhn-unframed", !frames.checked));
  const framing = make("label", {}, frames, "digit boxes");

  listen.on(["content"], () => {
    const { original, draws, sizes, code: text } = model.get("content");
    const all = [original, ...draws];
    const sources = urls.replace(all.map((one) => one.picture));
    const figures = all.map((one, index) => {
      const caption = index ? "" : "as it is";
      return framed(one, sources[index], sizes[index ? 1 : 0], caption || `draw ${index}`, caption);
    });
    shown.replaceChildren(...figures);
    framing.hidden = !all.some((one) => one.boxes.length);
    code.textContent = text;
  });

  const bar = make("div", { class: "svhn-filters" });
  bar.append(...(names.length > 1 ? [which.element] : []), again, reset, framing);
  el.append(
    root(
      "Augmentation playground",
      bar,
      shown,
      make(
        "div",
        { class: "svhn-columns" },
        group(model, listen, "views", "random views"),
        group(model, listen, "colours", "light and colour"),
      ),
      make("pre", { "aria-label": "The settings as Python" }, code),
    ),
  );
  return () => {
    listen.stop();
    urls.replace([]);
  };
}

export default { render };
