// The open photo with the boxes of its numbers, to be dragged or moved by keys.

const CORNERS = ["top left", "top right", "bottom right", "bottom left"];
const BOX_KEYS =
  "Arrows move the box, with Shift by ten; plus and minus resize it; comma and full stop turn it; " +
  "R turns the direction of reading; Delete removes it; Enter goes to its number.";
const CORNER_KEYS = "Arrows move the corner, with Shift by ten, with Control it alone.";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The photo. `work` has what a change is told to, and which number is selected. */
function photoStage(model, line, work) {
  const urls = pictureUrls("image/jpeg");
  const image = svg("image", { preserveAspectRatio: "none" });
  const boxes = svg("g");
  const fresh = svg("polygon", { class: "svhn-box svhn-fresh" });
  const canvas = svg("svg", { role: "group" }, image, boxes, fresh);
  const element = make("div", { class: "svhn-photo" }, canvas);
  let local = null; // a box on its way to the kernel: its number and corners
  let timer = 0;
  let drawing = false; // whether the next drag makes a box
  let told = null; // hears when that is over

  const numbers = () => model.get("content").numbers || [];
  const cornersOf = (index) => (local?.index === index ? local.corners : numbers()[index].corners);
  const window = () => model.get("picture").window;
  const unit = () => (window()[2] - window()[0]) / Math.max(1, canvas.clientWidth); // photo pixels
  const at = (event) => {
    const frame = canvas.getBoundingClientRect();
    const [left, top] = window();
    return [left + (event.clientX - frame.left) * unit(), top + (event.clientY - frame.top) * unit()];
  };

  function send() {
    clearTimeout(timer);
    timer = 0;
    if (!local) return Promise.resolve();
    const sent = local;
    if (sent.state) return Promise.resolve();
    sent.state = "sent";
    return work.ask({ do: "correct", index: sent.index, corners: sent.corners }).then((done) => {
      sent.state = "known"; // the corners that are known come with the next content
      if (!done && local === sent) local = null;
      draw();
    });
  }

  /** Shows a box where it is now; the kernel hears of it when it has come to rest. */
  function put(index, corners, wait) {
    if (!isBox(corners)) return;
    local = { index, corners };
    draw();
    clearTimeout(timer);
    if (wait) timer = setTimeout(send, wait);
  }

  function dragged(event, change, done) {
    if (event.button) return;
    event.preventDefault();
    const target = event.currentTarget;
    const start = at(event);
    target.setPointerCapture(event.pointerId);
    const move = (moving) => change(at(moving), start, moving);
    const end = (last) => {
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", end);
      target.removeEventListener("pointercancel", end);
      done(at(last), start);
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", end);
    target.addEventListener("pointercancel", end);
  }

  function handle(index, corner) {
    const circle = svg("circle", { class: "svhn-handle", tabindex: "0", role: "button" });
    circle.setAttribute("aria-description", CORNER_KEYS);
    circle.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      const before = cornersOf(index);
      const change = (to, _, moving) =>
        put(index, cornered(before, corner, to, moving.ctrlKey || moving.metaKey));
      circle.focus({ preventScroll: true });
      dragged(event, change, send);
    });
    circle.addEventListener("keydown", (event) => {
      if (!(event.key in ARROWS)) return;
      event.preventDefault();
      event.stopPropagation();
      const step = Math.max(1, Math.round(unit())) * (event.shiftKey ? 10 : 1);
      const corners = cornersOf(index);
      const to = corners[corner].map((value, axis) => value + step * ARROWS[event.key][axis]);
      put(index, cornered(corners, corner, to, event.ctrlKey || event.metaKey), 400);
    });
    return circle;
  }

  function turner(index) {
    const circle = svg("circle", { class: "svhn-handle svhn-turn", "aria-hidden": "true" });
    circle.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      const before = cornersOf(index);
      const centre = middle(before);
      const angle = (one) => (Math.atan2(one[1] - centre[1], one[0] - centre[0]) * 180) / Math.PI;
      dragged(event, (to, start) => put(index, turned(before, angle(to) - angle(start))), send);
    });
    return circle;
  }

  function keyed(event, index) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const corners = cornersOf(index);
    const far = event.shiftKey ? 10 : 1;
    const step = Math.max(1, Math.round(unit())) * far;
    if (event.key in ARROWS) put(index, moved(corners, ARROWS[event.key].map((one) => step * one)), 400);
    else if (event.key === "+" || event.key === "=") put(index, grown(corners, 1.05), 400);
    else if (event.key === "-") put(index, grown(corners, 1 / 1.05), 400);
    else if (event.key === "," || event.key === ".")
      put(index, turned(corners, event.key === "," ? -2 : 2), 400);
    else if (event.key === "r" || event.key === "R") put(index, readOtherwise(corners), 400);
    else if (event.key === "Delete" || event.key === "Backspace") work.remove(index);
    else if (event.key === "Enter") work.type(index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function made(index) {
    const area = svg("polygon", { class: "svhn-box", tabindex: "0", role: "button" });
    area.setAttribute("aria-description", BOX_KEYS);
    const top = svg("line", { class: "svhn-top" });
    const label = svg("text", { "aria-hidden": "true" });
    const parts = [turner(index), ...CORNERS.map((_, corner) => handle(index, corner))];
    const group = svg("g", {}, svg("polygon", { class: "svhn-under" }), area, top, label, ...parts);
    area.addEventListener("focus", () => work.select(index));
    area.addEventListener("keydown", (event) => keyed(event, index));
    area.addEventListener("pointerdown", (event) => {
      if (drawing) return; // a box within a box
      event.stopPropagation();
      work.select(index);
      area.focus({ preventScroll: true });
      const before = cornersOf(index);
      const change = (to, start) => put(index, moved(before, [to[0] - start[0], to[1] - start[1]]));
      dragged(event, change, () => send());
    });
    return group;
  }

  function draw() {
    const there = "window" in model.get("picture");
    element.hidden = !there;
    if (!there) return;
    const all = numbers();
    while (boxes.children.length < all.length) boxes.append(made(boxes.children.length));
    while (boxes.children.length > all.length) boxes.lastChild.remove();
    const size = unit();
    all.forEach((one, index) => {
      const corners = cornersOf(index);
      const [under, area, top, label, turning, ...handles] = boxes.children[index].children;
      const on = work.selected === index;
      const text = corners.map((corner) => corner.join(",")).join(" ");
      for (const shape of [under, area]) shape.setAttribute("points", text);
      const what = `Box ${index + 1} of ${all.length}: ${one.number || "no digits yet"}`;
      area.setAttribute("aria-label", what);
      area.setAttribute("aria-pressed", String(on));
      const [from, to] = corners;
      Object.entries({ x1: from[0], y1: from[1], x2: to[0], y2: to[1] }).forEach(([key, value]) =>
        top.setAttribute(key, value),
      );
      const high = Math.min(...corners.map((corner) => corner[1]));
      const left = Math.min(...corners.map((corner) => corner[0]));
      const above = high - 6 * size > window()[1] + 14 * size;
      const low = Math.max(...corners.map((corner) => corner[1]));
      label.textContent = one.number || "?";
      label.style.fontSize = `${16 * size}px`;
      label.style.strokeWidth = `${4 * size}px`;
      label.setAttribute("x", Math.max(left, window()[0] + 2 * size));
      label.setAttribute("y", above ? high - 6 * size : low + 18 * size);
      handles.forEach((circle, corner) => {
        circle.setAttribute("cx", corners[corner][0]);
        circle.setAttribute("cy", corners[corner][1]);
        circle.setAttribute("r", 6 * size);
        const [x, y] = corners[corner].map(Math.round);
        circle.setAttribute("aria-label", `Box ${index + 1}, ${CORNERS[corner]} corner, x ${x}, y ${y}`);
        circle.style.display = on ? "" : "none";
      });
      const [, b, c, d] = corners; // the handle that turns stands below, out of the label's way
      const tall = Math.max(1e-9, Math.hypot(c[0] - b[0], c[1] - b[1]));
      const down = [c[0] - b[0], c[1] - b[1]].map((value) => (22 * size * value) / tall);
      turning.setAttribute("cx", (c[0] + d[0]) / 2 + down[0]);
      turning.setAttribute("cy", (c[1] + d[1]) / 2 + down[1]);
      turning.setAttribute("r", 6 * size);
      turning.style.display = on ? "" : "none";
    });
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (!drawing) return;
    const change = (to, start) => {
      fresh.setAttribute("points", upright(start, to).map((one) => one.join(",")).join(" "));
    };
    dragged(event, change, (to, start) => {
      fresh.setAttribute("points", "");
      const corners = upright(start, to);
      if (!isBox(corners, Math.max(2, 4 * unit()))) return;
      draws(false);
      work.insert(corners);
    });
  });

  function draws(on) {
    drawing = on;
    canvas.classList.toggle("svhn-drawing", on);
    told?.(on);
  }

  line.on(["picture"], () => {
    const { data, window: shown } = model.get("picture");
    if (!data) return draw();
    const [left, top, right, bottom] = shown;
    const [width, height] = [right - left, bottom - top];
    image.setAttribute("href", urls.replace([data])[0]);
    Object.entries({ x: left, y: top, width, height }).forEach(([key, value]) => image.setAttribute(key, value));
    canvas.setAttribute("viewBox", [left, top, width, height].join(" "));
    element.style.aspectRatio = `${width} / ${height}`;
    element.style.maxWidth = `${(560 * width) / height}px`;
    draw();
  });
  line.on(["content"], () => {
    if (local?.state) local = null;
    canvas.setAttribute("aria-label", `Photo ${model.get("content").name || ""}`);
    draw();
  });
  const watch = new ResizeObserver(draw);
  watch.observe(canvas);

  return {
    element,
    draw,
    send,
    /** A change from outside, such as of a button: `call` makes other corners of these. */
    change: (index, call) => put(index, call(cornersOf(index)), 1),
    /** The next drag makes a box; `heard` is called when that begins and ends. */
    draws,
    onDraws: (heard) => (told = heard),
    isDrawing: () => drawing,
    /** A box in the middle of what is shown, for those who do not drag. */
    middle() {
      const [left, top, right, bottom] = window();
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      const [w, h] = [(right - left) / 8, (bottom - top) / 10];
      return upright([x - w, y - h], [x + w, y + h]);
    },
    /** Half or twice of what is shown, about the selected number; 0 for the whole photo. */
    zoom(factor) {
      const [height, width] = model.get("picture").size;
      const [left, top, right, bottom] = window();
      const here = numbers()[work.selected];
      const [x, y] = here ? middle(cornersOf(work.selected)) : [(left + right) / 2, (top + bottom) / 2];
      const [w, h] = [(right - left) / factor, (bottom - top) / factor];
      if (!factor || w >= width || h >= height) return work.look([]);
      if (Math.min(w, h) < 16) return;
      const low = [Math.min(Math.max(0, x - w / 2), width - w), Math.min(Math.max(0, y - h / 2), height - h)];
      work.look([low[0], low[1], low[0] + w, low[1] + h]);
    },
    release() {
      clearTimeout(timer);
      watch.disconnect();
      urls.replace([]);
    },
  };
}
