// The numbers of a photo: every place is cut out, read and weighed. svhn_lib/reading/places.py
// and weighing.py.

/** Finds and reads the numbers of a photo { pixels, height, width }, the size that of the whole one.
 *  `nets` are { find, read }, as in nets.js; `tell` is given the share that is done, 0 to 1. */
async function readPhoto(photo, nets, tell = () => {}) {
  const { LEAST_CONFIDENCE, LEAST_CONTRAST } = RULES.localiser;
  const found = (await findPlaces(photo.pixels, nets.find, tell)).filter(
    (place) =>
      place.confidence >= LEAST_CONFIDENCE && contrast(photo.pixels, place) >= LEAST_CONTRAST,
  );
  const weighed = [];
  for (const place of found) {
    if (place.confidence < RULES.places.LEAST_FOUND) continue;
    const read = await readPlace(photo, place, nets.read);
    if (read) weighed.push(inPhoto(read, place, photo));
  }
  return bestAndOthers(weighed, Math.max(0, ...found.map((one) => one.confidence)));
}

async function findPlaces(picture, find, tell) {
  const cells = [];
  const canvases = [...pyramid(picture)];
  const whole = sum(canvases.map(({ pixels }) => pixels.height * pixels.width));
  let done = 0;
  for (const { pixels, views } of canvases) {
    const size = pixels.height * pixels.width;
    const maps = await find(pixels, (share) => tell((done + share * size) / whole));
    done += size;
    for (const view of views) cells.push(...cellsOf(maps, view));
  }
  return merged(cells, RULES.localiser.temperature, RULES.localiser.bias);
}

/** The candidates of a place, read as the column that it may be; null where nothing of it lies in the
 *  photo. */
async function readPlace({ pixels }, place, read) {
  const logits = await logitsAt(pixels, place.corners, read);
  if (!logits) return null;
  const isColumn = place.stacked && isTall(place.corners) &&
    atPlace(place, pixels.height) >= RULES.places.LEAST_COLUMN;
  const { crop, maxDigits } = RULES.reader;
  const cells = isColumn ? columnViews(pixels, place.corners, crop, maxDigits) : null;
  return candidatesOf(cells ? columnLogits(logits, await read(cells)) : logits);
}

async function logitsAt(picture, corners, read) {
  const cutOut = (by) => rectified(picture, grown(corners, by), RULES.reader.crop);
  const views = RULES.places.GROWTH.map(cutOut);
  return views.includes(null) ? null : meanLogits(await read(views));
}

const candidatesOf = (logits) => candidates(logits, RULES.reader.CANDIDATES, RULES.reader.temperature);

/** Corners moved outwards by a share of the number's height; a column's height is its width. */
function grown(quad, by) {
  const [along, down] = sidesOf(quad);
  const [across, high] = [along, down].map((side) => Math.max(Math.hypot(...side), 1e-9));
  const step = by * Math.min(across, high);
  return movedOut(quad, times(along, step / across), times(down, step / high));
}

/** What was read of a place as an answer with its weight: the log-odds that a number is there and
 *  half of those of what it says. */
function inPhoto(read, place, photo) {
  const { GIVEN_ODDS, LEAST_CERTAINTY } = RULES.places;
  let found = atPlace(place, photo.pixels.height);
  const texts = read.filter(([text]) => text !== null); // they come best first
  let [number, says] = texts[0] ?? [null, 0];
  const weight = logOdds(found) + logOdds(says) / 2;
  const given = number !== null && weight >= 0 && certainty(number, says) >= LEAST_CERTAINTY;
  if (given) found = (GIVEN_ODDS * found) / (1 + (GIVEN_ODDS - 1) * found);
  const none = read.find(([text]) => text === null)?.[1] ?? 0;
  const numbers = texts.map(([text, p]) => [text, found * p]);
  let listed = [...numbers, [null, 1 - found + found * none]].sort((a, b) => b[1] - a[1]);
  if (given) listed = [numbers[0], ...listed.filter(([text]) => text !== number)];
  else number = null;
  const probability = listed[0][1];
  const scale = [photo.width / photo.pixels.width, photo.height / photo.pixels.height];
  const corners = place.corners.map(([x, y]) => [x * scale[0], y * scale[1]]);
  const box = boxAround({ ...place, corners })
    .map((side, axis) => clamp(side, 0, axis % 2 ? photo.height : photo.width));
  return { weight, answer: { number, confidence: probability, candidates: listed, box, corners } };
}

/** The answer of the best odds, with the further numbers in `others`; places that overlap are one. */
function bestAndOthers(weighed, most) {
  const kept = [];
  const missing = ({ answer }) => Number(answer.number === null);
  weighed.sort((a, b) => missing(a) - missing(b) || b.weight - a.weight);
  for (const { answer } of weighed)
    if (kept.every((other) => overlaps(answer.box, other.box).within < RULES.places.SAME))
      kept.push(answer);
  if (!kept.length) {
    const confidence = 1 - (most || RULES.localiser.LEAST_CONFIDENCE);
    return { number: null, confidence, candidates: [[null, confidence]], box: null, corners: null, others: [] };
  }
  return { ...kept[0], others: kept.slice(1).filter(({ number }) => number !== null) };
}

/** The probability that a number is at a place of a photo that is so many pixels high. */
function atPlace(place, height) {
  const [, top, , bottom] = boxAround(place);
  return there(place.confidence, Math.max(bottom - top, 1) / height);
}

/** The probability that a number is at a place whose height is so much of the photo's. */
function there(confidence, share) {
  const capped = Math.min(confidence, 1 - 1e-6);
  const odds = ((capped / (1 - capped)) * Math.min(share, 1)) / RULES.places.USUAL_SHARE;
  return odds / (1 + odds);
}

/** The geometric mean of the probabilities of a number's length and of each digit. */
function certainty(number, probability) {
  return probability ** (1 / ((number ?? "").length + 1));
}
