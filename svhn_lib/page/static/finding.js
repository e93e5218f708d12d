// From a net's maps to places: svhn_lib/detection/cells.py, decoding.py, columns.py and localiser.py. A map is
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
    const alike = cells.filter((other) => dot(best.direction, other.direction) >= ALIKE);
    const chosen = alike.filter((other) =>
      other === best || (other.free && overlaps(best.box, other.box).overlap >= SAME));
    const weights = chosen.map((other) => sigmoid(other.logit));
    const upright = sum(chosen.map((other, place) => weights[place] * other.stacked)) / sum(weights);
    const stacked = upright > 0.5;
    let corners = meanCorners(chosen, weights);
    if (stacked) corners = withEnds(corners, alike);
    const box = stacked ? boxOf(corners) : best.box;
    for (const other of cells) {
      const { overlap, within } = overlaps(box, other.box);
      if (overlap >= OTHER || within >= WITHIN) other.free = false;
    }
    corners = withRim(levelled(corners), stacked);
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

/** A column's corners, with its top and its bottom where the cells near them see them. */
function withEnds(corners, cells) {
  const { DIGIT, SAME, STACKED } = RULES.columns;
  const [across, down] = [minus(corners[1], corners[0]), minus(corners[3], corners[0])].map((side) =>
    times(side, 1 / Math.max(Math.hypot(...side), 1e-9)));
  const [left, right] = extent(corners, across);
  const [top, bottom] = extent(corners, down);
  const line = cells.filter((one) => {
    const [begins, ends] = extent(one.corners, across);
    const shared = Math.min(ends, right) - Math.max(begins, left);
    const either = Math.max(ends, right) - Math.min(begins, left);
    const beside = dot(one.middle, across);
    return beside > left && beside < right && shared >= SAME * either &&
      one.digit >= DIGIT && one.stacked >= STACKED;
  });
  const seen = (way, end) => columnEnd(end, right - left, line.map((one) =>
    [way * dot(one.middle, down), Math.max(...extent(one.corners, down).map((side) => way * side)),
      sigmoid(one.logit)]));
  const lower = times(down, seen(1, bottom) - bottom);
  const higher = times(down, -top - seen(-1, -top));
  return corners.map((one, place) => plus(one, place < 2 ? higher : lower));
}

/** An end of a column, further on along its line as long as the cells near it say so; a cell is where
 *  it lies, where it sees the end, and its weight. */
function columnEnd(end, wide, cells) {
  for (let round = 0; round < RULES.columns.ROUNDS; round++) {
    const near = cells.filter(([place]) => Math.abs(place - end) < wide);
    if (!near.length) break;
    const weights = near.map(([place, sees, weight]) => weight / (1 + ((sees - place) / wide) ** 2));
    const mean = sum(near.map(([, sees], at) => weights[at] * sees)) / sum(weights);
    const step = mean - end;
    end += Math.max(step, 0);
    if (step < RULES.columns.STEP * wide) break;
  }
  return end;
}

/** Where points begin and end along an axis. */
function extent(points, axis) {
  const along = points.map((point) => dot(point, axis));
  return [Math.min(...along), Math.max(...along)];
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
