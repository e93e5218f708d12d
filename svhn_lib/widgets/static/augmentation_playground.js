// The live half of AugmentationPlayground: sliders, and a picture with its random draws.

/** The sliders of one kind of augmentation, under a box that turns it on. */
function group(model, line, move, name, title) {
  const on = make("input", { type: "checkbox" });
  on.addEventListener("change", () => line.set({ [name]: on.checked }));
  const legend = make("legend", {}, make("label", {}, on, title));
  const box = make("div", { class: "svhn-sliders" });
  const controls = [];
  for (const one of model.get("sliders").filter((each) => each.group === name)) {
    const limits = { min: one.low, max: one.high, step: one.step };
    const change = (value) => move(one.name, value);
    const kind = Array.isArray(one.start) ? range : slider;
    const control = kind(one.label, limits, change);
    line.control(["values"], () => control.show(model.get("values")[one.name]));
    controls.push(...(control.inputs || [control.input]));
    box.append(control.element);
  }
  line.control([name], () => {
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

async function render({ model, el }) {
  await told(model);
  const line = connection(model);
  let wanted = null; // values that are on their way
  line.control(["values"], () => (wanted = null));
  function move(name, value) {
    wanted = { ...(wanted || model.get("values")), [name]: value };
    line.set({ values: wanted });
  }
  const urls = pictureUrls("image/png");
  const shown = make("div", { class: "svhn-draws", role: "group", "aria-label": "Draws" });
  const code = make("code", {});
  const names = model.get("names");
  const which = choice("picture", names, (name) => line.set({ picture: names.indexOf(name) }));
  line.control(["picture"], () => (which.select.value = names[model.get("picture")]));
  const again = button("Another draw", () => line.set({ draw: model.get("draw") + 1 }));
  const start = Object.fromEntries(model.get("sliders").map((one) => [one.name, one.start]));
  const reset = button("Reset", () => line.set({ values: start, views: true, colours: false }));
  const frames = make("input", { type: "checkbox", checked: true });
  frames.addEventListener("change", () => shown.classList.toggle("svhn-unframed", !frames.checked));
  const framing = make("label", {}, frames, "digit boxes");

  line.on(["content"], () => {
    const { original, draws, sizes, code: text } = model.get("content");
    const all = [original, ...draws];
    const sources = urls.replace(all.map((one) => one.picture));
    const figures = all.map((one, index) => {
      const caption = index ? "" : "as it is";
      return framed(one, sources[index], sizes[index ? 1 : 0], caption || `draw ${index}`, caption);
    });
    shown.replaceChildren(...figures);
    framing.hidden = !all.some((one) => one.boxes.length);
    code.textContent = text || "# nothing is on: all draws are the picture as it is";
  });

  const bar = make("div", { class: "svhn-filters" });
  bar.append(...(names.length > 1 ? [which.element] : []), again, reset, framing);
  el.append(
    line.frame(
      "Augmentation playground",
      bar,
      shown,
      make(
        "div",
        { class: "svhn-columns" },
        group(model, line, move, "views", "random views"),
        group(model, line, move, "colours", "light and colour"),
      ),
      make("pre", { "aria-label": "The settings as Python" }, code),
    ),
  );
  return () => {
    line.stop();
    urls.replace([]);
  };
}

export default { render };
