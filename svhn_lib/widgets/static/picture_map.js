// The map of ErrorBrowser: a dot for each picture; a lasso around some shows these alone.

const FEW = 1000; // pictures, whose dots are larger
const NEAR = 10; // pixels from a click to its dot
const COLOURS = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#7f7f7f"];
const ALONE = {
  "right or wrong": ["#d55e00", "#0072b2"],
  "which model is right": ["#0072b2", "#009e73", "#cc79a7", "#d55e00"],
};
const COLD = [100, 80, 210];
const WARM = [253, 180, 37]; // confidence 0 and 1

function pictureMap(model, line) {
  const { points: bytes, colours } = model.get("map");
  const points = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const count = points.length / 2;
  const dots = make("canvas", { class: "svhn-dots", tabindex: "0", role: "application" });
  dots.setAttribute("aria-label", "Map of the pictures");
  dots.setAttribute("aria-description", "Arrows step from dot to dot, Enter opens one.");
  const over = make("canvas", { class: "svhn-over", "aria-hidden": "true" });
  const stage = make("div", { class: "svhn-map" }, dots, over);
  const legend = make("div", { class: "svhn-legend" });
  const said = make("span", { role: "status" });
  let by = Object.keys(colours)[0];
  const which = choice("colour by", Object.keys(colours), (name) => {
    by = name;
    draw();
  });
  const lift = button("Lift the lasso", () => {
    path = [];
    trace();
    line.ask({ do: "within", places: null });
  });
  const hint = "Draw around dots with the mouse or a finger to see these alone; click one to open it.";
  const element = make(
    "div",
    { class: "svhn-mapping" },
    make("div", { class: "svhn-filters" }, which.element, lift),
    stage,
    legend,
    make("p", { class: "svhn-note" }, `${hint} `, said),
  );
  let side = 0; // of the canvas, in pixels of the page
  let path = []; // of the lasso, on the map
  let cursor = -1;

  const radius = count < FEW ? 3 : 2;
  const axes = [0, 1].map((axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = axis; i < points.length; i += 2) [low, high] = [Math.min(low, points[i]), Math.max(high, points[i])];
    return { middle: (low + high) / 2, wide: high - low };
  });
  const wide = Math.max(axes[0].wide, axes[1].wide) || 1;
  /** From the centre, as a share of the side. */
  const share = (place, axis) => (0.95 * (points[2 * place + axis] - axes[axis].middle)) / wide;
  const toPage = (place) => [(0.5 + share(place, 0)) * side, (0.5 - share(place, 1)) * side];
  const passes = () => {
    const mask = model.get("passing");
    return (place) => !mask?.byteLength || mask.getUint8(place) > 0;
  };

  function colourOf() {
    const { kinds, codes } = colours[by];
    const palette = ALONE[by] || COLOURS;
    const mix = (share) => COLD.map((low, i) => Math.round(low + share * (WARM[i] - low))).join(",");
    return kinds.length
      ? (place) => palette[codes.getUint8(place)]
      : (place) => `rgb(${mix(codes.getUint8(place) / 255)})`;
  }

  function scaled(canvas) {
    const scale = window.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.max(1, Math.round(side * scale));
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    return context;
  }

  function draw() {
    side = stage.clientWidth;
    if (!side) return;
    const context = scaled(dots);
    const passing = passes();
    const colour = colourOf();
    const groups = new Map(); // dots of one colour are drawn together
    for (let place = 0; place < count; place++) {
      const name = passing(place) ? colour(place) : "";
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(place);
    }
    const soft = getComputedStyle(stage).getPropertyValue("--svhn-line");
    const order = [...groups].sort(([a], [b]) => (a === "" ? -1 : b === "" ? 1 : 0));
    for (const [name, places] of order) {
      context.fillStyle = name || soft;
      context.globalAlpha = name ? 0.85 : 0.5;
      const half = name ? radius : radius - 0.5;
      for (const place of places) {
        const [x, y] = toPage(place);
        context.fillRect(x - half, y - half, 2 * half, 2 * half);
      }
    }
    explain();
    trace();
  }

  /** The legend: what each colour stands for. */
  function explain() {
    const { kinds } = colours[by];
    const palette = ALONE[by] || COLOURS;
    const ends = [`rgb(${COLD})`, `rgb(${WARM})`];
    const items = kinds.length ? kinds.map((text, i) => [palette[i], text]) : [[ends[0], "0"], [ends[1], "1"]];
    legend.replaceChildren(
      ...items.map(([colour, text]) => {
        const swatch = make("i", {});
        swatch.style.background = colour;
        return make("span", {}, swatch, text);
      }),
    );
    if (model.get("content").passing < count) {
      const rest = make("span", {}, make("i", { class: "svhn-rest" }), "does not pass");
      legend.append(rest);
    }
  }

  /** The lasso, and rings around the dot that is open and the one that the keyboard is at. */
  function trace() {
    const context = scaled(over);
    const text = getComputedStyle(stage).color;
    context.strokeStyle = text;
    if (path.length > 1) {
      context.setLineDash([5, 4]);
      context.beginPath();
      path.forEach(([x, y], i) => context[i ? "lineTo" : "moveTo"](x * side, y * side));
      context.closePath();
      context.stroke();
      context.setLineDash([]);
    }
    context.lineWidth = 2;
    for (const place of new Set([model.get("opened"), cursor])) {
      if (place < 0) continue;
      context.beginPath();
      context.arc(...toPage(place), 7, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  function nearest(x, y, within = Infinity, allowed = () => true) {
    const passing = passes();
    let best = -1;
    let least = within;
    for (let place = 0; place < count; place++) {
      if (!passing(place)) continue;
      const [px, py] = toPage(place);
      const distance = Math.hypot(px - x, py - y);
      if (distance < least && allowed(px - x, py - y, place)) [best, least] = [place, distance];
    }
    return best;
  }

  function inside() {
    const shape = new Path2D();
    path.forEach(([x, y], i) => shape[i ? "lineTo" : "moveTo"](x, y));
    shape.closePath();
    const context = make("canvas").getContext("2d");
    const places = [];
    for (let place = 0; place < count; place++) {
      const [x, y] = toPage(place);
      if (context.isPointInPath(shape, x / side, y / side, "evenodd")) places.push(place);
    }
    return places;
  }

  let start = null;
  const at = (event) => {
    const box = dots.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  dots.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    dots.setPointerCapture(event.pointerId);
    start = at(event);
    path = [start];
  });
  dots.addEventListener("pointermove", (event) => {
    if (!start) return;
    path.push(at(event));
    trace();
  });
  dots.addEventListener("pointerup", async (event) => {
    if (!start) return;
    const [x, y] = at(event);
    const far = Math.max(...path.map(([a, b]) => Math.hypot(a - start[0], b - start[1]))) * side;
    start = null;
    if (far < 5) {
      path = [];
      const place = nearest(x * side, y * side, NEAR);
      if (place >= 0) open(place);
      return trace();
    }
    const places = inside();
    said.textContent = places.length ? "" : "There is no dot in there.";
    if (places.length) return line.ask({ do: "within", places });
    path = [];
    trace();
  });
  dots.addEventListener("pointercancel", () => {
    start = null;
    path = [];
    trace();
  });

  function open(place) {
    cursor = place;
    line.set({ opened: place });
  }
  const ways = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  dots.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = ways[event.key];
    if (way) {
      const [x, y] = cursor < 0 ? [side / 2, side / 2] : toPage(cursor);
      const ahead = (dx, dy, place) => {
        const along = dx * way[0] + dy * way[1];
        return place !== cursor && along > 0 && along >= Math.abs(dx * way[1] + dy * way[0]);
      };
      const next = nearest(x, y, Infinity, ahead);
      if (next >= 0) cursor = next;
      trace();
    } else if ((event.key === "Enter" || event.key === " ") && cursor >= 0) open(cursor);
    else return;
    event.preventDefault();
  });

  line.on(["passing"], draw);
  line.on(["content"], () => {
    lift.disabled = !model.get("content").within;
    if (!model.get("content").within && !start) path = [];
    trace();
  });
  line.on(["opened"], () => {
    cursor = model.get("opened") >= 0 ? model.get("opened") : cursor;
    trace();
  });
  const watch = new ResizeObserver(() => stage.clientWidth !== side && draw());
  watch.observe(stage);
  return { element, draw, stop: () => watch.disconnect() };
}
