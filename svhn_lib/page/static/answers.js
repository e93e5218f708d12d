// How answers are shown and kept: a card per photo, words for those who hear the page, CSV and JSON.

const SVG = "http://www.w3.org/2000/svg";

/** An element with its attributes and children; "text" is its text. */
function make(tag, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const percent = (probability) => `${Math.min(99, Math.round(100 * probability))} %`;

/** Every number of an answer, best first. */
const numbersOf = (answer) => [answer, ...answer.others].filter(({ number }) => number !== null);

/** What was read in a photo, in words. */
function inWords({ name, answer, problem }) {
  if (problem) return `${name}: ${problem}`;
  const numbers = numbersOf(answer).map((one) => `${one.number} (${percent(one.confidence)})`);
  return `${name}: ${numbers.join(", ") || "no number found"}`;
}

/** A card for a photo that waits; `show` fills in what has become of it. */
function card(photo) {
  const picture = make("div", { class: "picture" });
  const rest = make("p", { class: "waiting", text: "waiting" });
  const element = make("li", {}, picture, make("h3", { text: photo.name }), rest);
  const image = make("img", { src: photo.url, alt: photo.name });
  image.addEventListener("error", () => picture.remove());
  image.addEventListener("load", () => { // what is very high fits the screen, too
    picture.style.maxWidth = `${(560 * image.naturalWidth) / image.naturalHeight}px`;
  });
  picture.append(image);
  photo.show = () => {
    image.alt = inWords(photo);
    rest.replaceWith(summary(photo));
    if (photo.answer) picture.append(...drawing(photo));
  };
  photo.tell = (text) => (rest.textContent = text);
  return element;
}

function summary({ name, answer, problem }) {
  if (problem) return make("p", { class: "problem", text: `${name} could not be read: ${problem}.` });
  const numbers = numbersOf(answer);
  if (!numbers.length) return make("p", { class: "none", text: "No number found" });
  const lines = numbers.map((one) =>
    make("li", {}, make("strong", { text: one.number }), make("span", { text: percent(one.confidence) })));
  return make("ul", { class: "numbers" }, ...lines);
}

/** Boxes around the numbers of a photo, and their labels. */
function drawing({ answer, size: [width, height] }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true");
  const labels = numbersOf(answer).map(({ number, corners, box: [left, top, , bottom] }) => {
    for (const kind of ["under", "over"]) {
      const shape = document.createElementNS(SVG, "polygon");
      shape.setAttribute("class", kind);
      shape.setAttribute("points", corners.map((one) => one.join(",")).join(" "));
      svg.append(shape);
    }
    const below = top < 0.15 * height; // no room above
    const label = make("span", { class: below ? "label below" : "label", text: number, "aria-hidden": "true" });
    const share = Math.min((100 * left) / width, 80);
    label.style.left = `${share}%`;
    label.style.top = `${(100 * (below ? Math.min(bottom, 0.85 * height) : top)) / height}%`;
    return label;
  });
  return [svg, ...labels];
}

const round = (value, places) => Number(value.toFixed(places));

/** The answers as `svhn read --all --json` gives them: one object per photo. */
function asJson(photos) {
  const record = ({ number, confidence, candidates, box }) => ({
    number,
    confidence: round(confidence, 4),
    candidates: candidates.map(([text, p]) => [text, round(p, 4)]),
    box: box && box.map((side) => round(side, 1)),
  });
  return JSON.stringify(
    photos.map(({ name, answer, problem }) =>
      problem ? { file: name, error: problem } : { file: name, ...record(answer), others: answer.others.map(record) }),
    null, 1,
  ) + "\n";
}

/** The answers as a table: a row per number, or one per photo without any. */
function asCsv(photos) {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = photos.flatMap(({ name, answer, problem }) => {
    if (problem) return [[name, "", "", "", "", "", "", problem]];
    const numbers = numbersOf(answer);
    if (!numbers.length) return [[name, "", round(answer.confidence, 4), "", "", "", "", ""]];
    return numbers.map(({ number, confidence, box }) =>
      [name, number, round(confidence, 4), ...box.map((side) => round(side, 1)), ""]);
  });
  const head = ["file", "number", "confidence", "left", "top", "right", "bottom", "error"];
  return [head, ...rows].map((row) => row.map((one) => quoted(String(one))).join(",")).join("\r\n") + "\r\n";
}

function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
