// The answer that is open in ErrorBrowser: large, explained, and marked.

/** What is known of the answer that is open. Parts stay in place when the next one comes, so that
 *  the focus does, too. */
function panel(model, listen, pictures) {
  const large = pictureUrls("image/png");
  const near = pictureUrls("image/png");
  const close = () => {
    set(model, { opened: -1 });
    pictures.focus();
  };
  const button = (text, onclick) => make("button", { type: "button", text, onclick });
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
  const marking = marks(model, listen);
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
      make("div", {}, facts, candidates, marking),
    ),
    problem,
    neighbours,
  );
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.target.tagName === "INPUT") return;
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
    const share = make("meter", { min: 0, max: 1, value: probability, "aria-hidden": "true" });
    const parts = [make("b", { text }), share, make("small", { text: probability.toFixed(3) })];
    const onclick = () => choose(index);
    return detail.overlays.length
      ? make("button", { type: "button", onclick }, ...parts)
      : make("span", {}, ...parts);
  }

  function choose(index) {
    digit = index;
    overlay(model.get("detail"));
  }

  listen.on(["detail"], () => {
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
      stage.style.aspectRatio = `${detail.size[1]} / ${detail.size[0]}`;
      fillFacts(facts, detail.facts);
      fillCandidates(candidates, detail.candidates);
      element.scrollIntoView({ block: "nearest" });
      if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
    }
    showDigits(detail);
    overlay(detail);
    element.setAttribute("aria-busy", String(detail.waits));
    problem.textContent = detail.problem ? `No explanation: ${detail.problem}` : "";
    fillNeighbours(neighbours, detail, near);
  });

  const release = () => [large, near].forEach((urls) => urls.replace([]));
  return { element, release };
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

function fillFacts(list, facts) {
  const items = facts.flatMap(([name, text]) => [make("dt", { text: name }), make("dd", { text })]);
  list.replaceChildren(...items);
}

function fillCandidates(table, candidates) {
  const rows = candidates.map(([text, probability]) =>
    make("tr", {}, make("td", { text }), make("td", { text: probability.toFixed(3) })),
  );
  table.replaceChildren(make("caption", { text: "Candidates" }), ...rows);
  table.hidden = !candidates.length;
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

/** The mark of the open answer and a note, sent to the kernel as soon as either changes. */
function marks(model, listen) {
  const box = make("fieldset", {}, make("legend", { text: "Mark" }));
  const names = model.get("choices").marked.filter((name) => !["any", "marked", "unmarked"].includes(name));
  box.hidden = !names.length;
  const group = `svhn-mark-${Math.random().toString(36).slice(2)}`;
  const send = () => {
    const mark = box.querySelector("input:checked").value;
    said.textContent = "saving …";
    model.send({ place: model.get("detail").place, mark, note: mark ? note.value : "" });
  };
  const radios = ["", ...names].map((value) => {
    const radio = make("input", { type: "radio", name: group, value, onchange: send });
    box.append(make("label", {}, radio, value || "none"));
    return radio;
  });
  const note = make("input", { type: "text", "aria-label": "Note", placeholder: "note", onchange: send });
  const said = make("span", { role: "status" });
  const failed = make("p", { class: "svhn-problem", role: "alert" });
  box.append(note, said, failed);
  let place = -1;
  listen.on(["detail"], () => {
    const { marked, saved, unsaved, ...detail } = model.get("detail");
    if (!marked) return;
    for (const radio of radios) radio.checked = radio.value === (marked.mark || "");
    note.disabled = !marked.mark;
    if (detail.place !== place || document.activeElement !== note) note.value = marked.note || "";
    place = detail.place;
    said.textContent = saved || "";
    failed.textContent = unsaved || "";
  });
  return box;
}
