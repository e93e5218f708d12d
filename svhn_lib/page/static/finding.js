// From a net's maps to places: svhn_lib/detection/decoding.py and localiser.py. A map is
// { data, channels, height, width }, as the net gives it for one canvas.

/** The cells of a view that may lie in a number, the best ones of them. */
function cellsOf(maps, view) {
  const { MOST_CELLS } = RULES.decoding;
  const { STRIDE } = RULES.maps;
  const { height, width, data } = maps.score;
  const first = Math.floor(view.top / STRIDE);
  const begin = Math.floor(view.left / STRIDE);
  const last = Math.min(Math.ceil((view.top + view.height) / STRIDE), height);
  const end = Math.min(Math.ceil((view.left + view.width) / STRIDE), width);
  let chosen = [];
  for (let row = first; row < last; row++)
    for (let column = begin; column < end; column++)
      if (data[row * width + column] >= RULES.localiser.LEAST_LOGIT)
        chosen.push([row * width + column, row - first, column - begin]);
  if (chosen.length > MOST_CELLS)
    chosen = chosen.sort((a, b) => data[b[0]] - data[a[0]]).slice(0, MOST_CELLS);
  return chosen.map(([at, row, column]) => cell(maps, at, row, column, view.scale));
}

/** What one cell says; pixels are those of the photo. */
function cell(maps, at, row, column, scale) {
  const of = ({ data, channels, height, width }) =>
    Array.from({ length: channels }, (_, channel) => data[channel * height * width + at]);
  const [above, right, below, before] = of(maps.sides);
  const up = of(maps.up);
  const upward = times(up, 1 / Math.max(Math.hypot(...up), 1e-9));
  const along = [-upward[1], upward[0]];
  const middle = [column + 0.5, row + 0.5].map((one) => one * RULES.maps.STRIDE);
  const corner = (high, wide) => plus(middle, plus(times(upward, high), times(along, wide)));
  const inPhoto = ([x, y]) => [x / scale[0], y / scale[1]];
  const corners = [
    corner(above, -before), corner(above, right), corner(-below, right), corner(-below, -before),
  ].map(inPhoto);
  const digits = of(maps.digits);
  return {
    logit: maps.score.data[at],
    middle: inPhoto(middle),
    corners,
    box: boxOf(corners),
    direction: direction(corners),
    stacked: sigmoid(maps.stacked.data[at]),
    digit: 1 - Math.exp(digits[RULES.maps.BLANK] - logSumExp(digits)),
  };
}

/** The numbers that cells of one photo speak of, best first: { corners, confidence, stacked }. */
function merged(cells, temperature, bias, limit = 10) {
  const { ALIKE, DIGITS, MOST_PLACES, OTHER, SAME, WITHIN } = RULES.decoding;
  const found = [];
  for (const one of cells) one.free = true;
  for (const best of [...cells].sort((a, b) => b.logit - a.logit)) {
    if (found.length === MOST_PLACES) break;
    if (!best.free) continue;
    const chosen = [];
    const used = [];
    for (const other of cells) {
      const { overlap, within } = overlaps(best.box, other.box);
      const alike = best.direction[0] * other.direction[0] + best.direction[1] * other.direction[1];
      if (other === best || (other.free && overlap >= SAME && alike >= ALIKE)) chosen.push(other);
      if (overlap >= OTHER || within >= WITHIN) used.push(other);
    }
    for (const other of used) other.free = false;
    const weights = chosen.map((other) => sigmoid(other.logit));
    const upright = sum(chosen.map((other, place) => weights[place] * other.stacked)) / sum(weights);
    const stacked = upright > 0.5;
    const corners = withRim(levelled(meanCorners(chosen, weights)), stacked);
    const odds = logSumExp(chosen.map((other) => other.logit)) + DIGITS * digitEvidence(chosen);
    found.push({ corners, confidence: sigmoid(odds / temperature + bias), stacked });
  }
  return found.sort((a, b) => b.confidence - a.confidence).slice(0, limit);
}

/** The logit of a digit in the middle of which a cell lies, mean of the five surest. */
function digitEvidence(cells) {
  const surest = cells.map((one) => one.digit).sort((a, b) => b - a).slice(0, 5);
  const share = clamp(sum(surest) / surest.length, 1e-4, 1 - 1e-4);
  return Math.log(share / (1 - share));
}

/** The mean of each corner, in which a cell weighs the more the nearer it is to that corner. */
function meanCorners(cells, weights) {
  const high = Math.max(median(cells.map(({ corners }) => distance(corners[3], corners[0]))), 1e-9);
  return [0, 1, 2, 3].map((corner) => {
    const nearness = cells.map(({ corners, middle }, place) =>
      weights[place] / (1 + (distance(corners[corner], middle) / high) ** 2));
    const total = sum(nearness);
    return [0, 1].map((axis) =>
      sum(cells.map(({ corners }, place) => nearness[place] * corners[corner][axis])) / total);
  });
}

/** Corners, those of an upright box where they are turned by `LEVEL` degrees or less. */
function levelled(quad) {
  if (-direction(quad)[1] < Math.cos((RULES.decoding.LEVEL * Math.PI) / 180)) return quad;
  const mean = (a, b, axis) => (quad[a][axis] + quad[b][axis]) / 2;
  const [left, right] = [mean(0, 3, 0), mean(1, 2, 0)];
  const [top, bottom] = [mean(0, 1, 1), mean(2, 3, 1)];
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

/** Corners moved outwards, to where people draw a box about the digits. */
function withRim(quad, stacked) {
  const [along, down] = sidesOf(quad);
  const [wide, high] = [along, down].map((side) => Math.max(Math.hypot(...side), 1e-9));
  const rim = RULES.decoding.RIM * (stacked ? RULES.decoding.SLENDER * wide : high);
  return movedOut(quad, times(along, rim / wide), times(down, rim / high));
}

/** The upright box around the digits of a place, each taken for an ellipse: left, top, right, bottom. */
function boxAround({ corners, stacked }) {
  const [along, down] = sidesOf(corners).map((side) => times(side, 0.5));
  const [wide, high] = [along, down].map((side) => Math.max(Math.hypot(...side), 1e-9));
  const { SLENDER } = RULES.decoding;
  const across = stacked ? 1 : Math.min(high / SLENDER / wide, 1);
  const tall = stacked ? Math.min((SLENDER * wide) / high, 1) : 1;
  const middle = [0, 1].map((axis) => sum(corners.map((one) => one[axis])) / 4);
  const reach = [0, 1].map((axis) =>
    Math.abs((1 - across) * along[axis]) + Math.abs((1 - tall) * down[axis]) +
    Math.hypot(across * along[axis], tall * down[axis]));
  return [...minus(middle, reach), ...plus(middle, reach)];
}

function movedOut(quad, along, down) {
  const steps = [[-1, -1], [1, -1], [1, 1], [-1, 1]];
  return quad.map((one, place) => {
    const [x, y] = steps[place];
    return plus(one, plus(times(along, x), times(down, y)));
  });
}

/** The unit vector in which a box stands. */
function direction([a, b, c, d]) {
  const up = minus(plus(a, b), plus(c, d));
  return times(up, 1 / Math.max(Math.hypot(...up), 1e-9));
}

/** IoU of two boxes, and what they share as a part of the smaller. */
function overlaps(a, b) {
  const across = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
  const down = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
  const [one, other] = [a, b].map(([left, top, right, bottom]) => (right - left) * (bottom - top));
  const common = across * down;
  return {
    overlap: common / Math.max(one + other - common, 1e-9),
    within: common / Math.max(Math.min(one, other), 1e-9),
  };
}

/** The standard deviation of the pixels in a place's box, of the colour that has the most. */
function contrast({ data, height, width }, place) {
  const [left, top, right, bottom] = boxAround(place).map((side, axis) =>
    Math.trunc(clamp(side, 0, axis % 2 ? height : width)));
  const [down, across] = [bottom - top, right - left].map((side) => Math.max(1, side >> 6));
  const deviations = [0, 1, 2].map((colour) => {
    let [count, total, squares] = [0, 0, 0];
    for (let y = top; y <= Math.min(bottom, height - 1); y += down)
      for (let x = left; x <= Math.min(right, width - 1); x += across) {
        const value = data[3 * (y * width + x) + colour];
        count += 1;
        total += value;
        squares += value * value;
      }
    return count ? Math.sqrt(Math.max(0, squares / count - (total / count) ** 2)) : 0;
  });
  return Math.max(...deviations);
}
