// The answer that is open in ErrorBrowser: large, explained, and marked.

/** What is known of the answer that is open. Parts stay in place when the next one comes, so that
 *  the focus does, too. */
function panel(model, line, pictures, marks) {
  const large = pictureUrls("image/png");
  const near = pictureUrls("image/png");
  const close = () => {
    line.set({ opened: -1 });
    pictures.focus();
  };
  const title = make("strong", {});
  const bar = make(
    "div",
    { class: "svhn-title" },
    title,
    button("← Previous", () => pictures.step(-1)),
    button("Next →", () => pictures.step(1)),
    button("✕ Close", close),
  );
  const image = make("img", {});
  const canvas = make("canvas", { "aria-hidden": "true" });
  const stage = make("div", { class: "svhn-stage" }, image, canvas);
  const digits = make("div", { class: "svhn-digits", role: "group" });
  const facts = make("dl", {});
  const candidates = make("table", {});
  const second = make("p", { class: "svhn-second" });
  const marking = markBox(model, line, marks, () => element.focus({ preventScroll: true }));
  const neighbours = make("div", { class: "svhn-neighbours" });
  const problem = make("p", { class: "svhn-problem", role: "alert" });
  const element = make(
    "section",
    { class: "svhn-panel", tabindex: "-1" },
    bar,
    make(
      "div",
      { class: "svhn-columns" },
      make("div", {}, stage, digits),
      make("div", {}, marking.element, facts, make("div", {}, candidates, second)),
    ),
    problem,
    neighbours,
  );
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (takesKeys(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "ArrowRight") pictures.step(1);
    else if (event.key === "ArrowLeft") pictures.step(-1);
    else return;
    event.preventDefault();
  });

  let place = -1;
  let digit = -1; // whose saliency is shown
  function overlay(detail) {
    const map = detail.overlays[digit];
    canvas.hidden = !map;
    if (map) paint(canvas, map);
    [...digits.querySelectorAll("button")].forEach((one, index) =>
      one.setAttribute("aria-pressed", String(index - 1 === digit)),
    );
  }

  function showDigits(detail) {
    const label = detail.overlays.length
      ? "Digits read, with probability; press to see what each was read from"
      : "Digits read, with probability";
    digits.setAttribute("aria-label", label);
    digits.replaceChildren(...detail.digits.map((one, index) => digitOf(one, detail, index)));
    if (!detail.overlays.length) return;
    const plain = make("button", { type: "button", text: "picture", onclick: () => choose(-1) });
    digits.prepend(plain);
  }

  function digitOf({ digit: text, probability }, detail, index) {
    const share = make("meter", { min: 0, max: 1, value: probability ?? 0, "aria-hidden": "true" });
    const parts = [make("b", { text }), share, make("small", { text: probabilityText(probability) })];
    const onclick = () => choose(index);
    return detail.overlays.length
      ? make("button", { type: "button", onclick }, ...parts)
      : make("span", {}, ...parts);
  }

  function choose(index) {
    digit = index;
    overlay(model.get("detail"));
  }

  let waited = false;
  /** All of it in view, or its beginning where it is larger than the window. */
  function bringIntoView() {
    const tall = element.offsetHeight > 0.95 * window.innerHeight;
    element.scrollIntoView({ block: tall ? "start" : "nearest" });
  }

  line.on(["detail"], () => {
    const detail = model.get("detail");
    element.hidden = !("place" in detail);
    if (element.hidden) {
      place = -1;
      return;
    }
    const fresh = detail.place !== place;
    place = detail.place;
    if (fresh) {
      digit = -1;
      element.setAttribute("aria-label", detail.title);
      title.textContent = detail.title;
      image.src = large.replace([detail.picture])[0];
      image.alt = detail.title;
      const [height, width] = detail.size;
      stage.style.aspectRatio = `${width} / ${height}`;
      stage.style.maxWidth = `min(100%, ${(560 * width) / height}px)`; // a column fits the screen, too
      fillFacts(facts, detail.facts);
      fillCandidates(candidates, detail);
      fillSecond(second, detail.other);
      bringIntoView();
      if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
    }
    showDigits(detail);
    overlay(detail);
    element.setAttribute("aria-busy", String(detail.waits));
    problem.textContent = detail.problem ? `No explanation: ${detail.problem}` : "";
    fillNeighbours(neighbours, detail, near);
    if (waited && !detail.waits) bringIntoView(); // the explanation has come
    waited = detail.waits;
  });

  const release = () => [large, near].forEach((urls) => urls.replace([]));
  const type = () => !element.hidden && marking.type();
  return { element, release, type };
}

/** Where a digit was read from: places that did not matter are darker, those that did are tinted. */
function paint(canvas, { size, strength }) {
  const [height, width] = size;
  Object.assign(canvas, { height, width });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const share = strength.getUint8(i) / 127.5 - 1; // -1 for nothing, 1 for the most
    const [colour, most] = share < 0 ? [[0, 0, 0], 150] : [[230, 159, 0], 110];
    image.data.set([...colour, most * Math.abs(share)], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

/** Names and values; what a value means stands behind it. */
function fillFacts(list, facts) {
  const items = facts.flatMap(([name, text, meaning]) => {
    const value = make("dd", {}, make("span", { text }));
    if (meaning) value.append(" ", make("small", { text: meaning }));
    return [make("dt", { text: name }), value];
  });
  list.replaceChildren(...items);
}

/** The candidates, the most probable first; the true number among them is told in words, too. */
function fillCandidates(table, { candidates, number }) {
  const rows = candidates.map(([text, probability]) => {
    const name = make("td", {}, text);
    const row = make("tr", {}, name, make("td", { text: probabilityText(probability) }));
    if (text === number) {
      row.className = "svhn-true";
      name.append(make("span", { class: "svhn-mark", text: "as labelled" }));
    }
    return row;
  });
  if (!candidates.some(([text]) => text === number) && candidates.length) {
    const cell = make("td", { colspan: 2, text: `${number}, as labelled, is none of them` });
    rows.push(make("tr", {}, cell));
  }
  table.replaceChildren(make("caption", { text: "Candidates" }), ...rows);
  table.hidden = !candidates.length;
}

/** What the second model read. */
function fillSecond(line, other) {
  line.hidden = !other;
  if (!other) return;
  const [first, second] = other.names;
  const read = make("b", { class: other.right ? "" : "svhn-wrong", text: other.predicted || "nothing" });
  const digits = other.digit_probabilities.map((one) => probabilityText(one, 2)).join(", ");
  line.replaceChildren(
    `Read by ${second}: `,
    read,
    `, confidence ${probabilityText(other.confidence)}${digits ? `, by digit ${digits}` : ""}. `,
    `All else here is of ${first}.`,
  );
}

function fillNeighbours(box, { neighbours, waits }, urls) {
  const sources = urls.replace(neighbours.map((one) => one.picture));
  const figures = neighbours.map(({ number, distance }, index) => {
    const words = `${number}, distance ${distance.toFixed(2)}`;
    const image = make("img", { src: sources[index], alt: `labelled ${words}` });
    const below = make("figcaption", {}, make("b", { text: number }), make("br"), distance.toFixed(2));
    return make("figure", {}, image, below);
  });
  const heading = waits ? "Looking for what made the answer …" : "Nearest numbers in training, and their distance";
  box.replaceChildren(make("p", { text: heading }), ...figures);
  box.hidden = !waits && !neighbours.length;
}
