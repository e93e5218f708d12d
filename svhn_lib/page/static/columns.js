// Digits one under another, set side by side: svhn_lib/reading/stacks.py.

/** Whether a place is so much higher than wide that it may be a column. */
function isTall(quad) {
  const [along, down] = sidesOf(quad);
  return Math.hypot(...down) > RULES.stacks.TALL * Math.hypot(...along);
}

/** The counts of digits, 2 to `most`, each with every lean, in the order of the views. */
function ways(most) {
  return Array.from({ length: most - 1 }, (_, place) =>
    RULES.stacks.LEANS.map((lean) => [place + 2, lean])).flat();
}

/** A column cut into as many equal cells as it may hold digits, in every way: set side by side, then
 *  each cell by itself, then neighbours in pairs; null where a cell of it lies outside the picture. */
function columnViews(picture, quad, { height, width }, most) {
  const toPicture = homography([[0, 0], [1, 0], [1, 1], [0, 1]], quad);
  const cutCell = (row, count, lean, across) => {
    const corners = cellOf(row, count, lean).map((one) => mapped(toPicture, one));
    return rectified(picture, corners, { height, width: across, margin: 0 });
  };
  const beside = (first, several, count, lean = 0) => {
    const edges = Array.from({ length: several + 1 }, (_, place) =>
      roundEven((place * width) / several));
    const view = blank(height, width);
    for (let place = 0; place < several; place++) {
      const digit = cutCell(first + place, count, lean, edges[place + 1] - edges[place]);
      if (!digit) return null;
      paste(view, digit, edges[place], 0);
    }
    return view;
  };
  const views = ways(most).map(([count, lean]) => beside(0, count, count, lean));
  for (const several of [1, 2])
    for (let count = several + 1; count <= most; count++)
      for (let row = 0; row <= count - several; row++) views.push(beside(row, several, count));
  return views.includes(null) ? null : views;
}

/** The corners of a digit's cell in a column from (0, 0) to (1, 1). */
function cellOf(row, count, lean) {
  const { BESIDE, OVER } = RULES.stacks;
  const middle = 0.5 + lean * (row / (count - 1) - 0.5);
  const reach = (1 - Math.abs(lean)) * (0.5 + BESIDE);
  const [top, bottom] = [(row - OVER) / count, (row + 1 + OVER) / count];
  const [left, right] = [middle - reach, middle + reach];
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

/** What a net says of a column, as if it had read it along a line: logits as in decoding.js. */
function columnLogits(upright, views) {
  const { SEEN, LONGER } = RULES.stacks;
  const standing = logSoftmax(upright.length);
  const lengths = standing.map((one) => (1 + SEEN) * one);
  const most = upright.digits.length;
  const digits = [null, digitScores(upright)]; // by how many there are
  for (let count = 2; count <= most; count++) {
    const [line, said] = asLine(views, count, most);
    lengths[count] = line + SEEN * standing[count] + LONGER * (count - 2);
    digits.push(said);
  }
  const scores = digits.map((said, count) => said && lengths[count] + sureness(said, count));
  const best = scores.indexOf(Math.max(...scores.slice(1)));
  for (let count = 1; count <= most; count++)
    lengths[count] = scores[count] - sureness(digits[best], count);
  return { length: lengths, digits: digits[best] };
}

/** The score of a length and the digits that views of `count` cells say. */
function asLine(views, count, most) {
  const tried = ways(most);
  const said = views.map(digitScores);
  const seen = views.map((one) => logSoftmax(one.length));
  const score = (row) => seen[row][count] + sureness(said[row], count);
  const rows = tried.flatMap(([cells], row) => (cells === count ? [row] : []));
  const row = rows.reduce((best, one) => (score(one) > score(best) ? one : best));
  const first = tried.length + (count * (count - 1)) / 2 - 1;
  const several = [said[row].slice(0, count), said.slice(first, first + count).map(([one]) => one)];
  if (count > 2) { // two digits side by side are a pair already
    const start = tried.length + (most * (most + 1)) / 2 - 1 + (count * (count - 3)) / 2;
    several.push(ofPairs(said.slice(start, start + count - 1)));
  }
  const digits = said[row].map((one, place) => place >= count ? one : logSoftmax(
    one.map((_, digit) => sum(several.map((way) => way[place][digit])) / several.length)));
  const single = sum(seen.slice(first, first + count).map((one) => one[1])) / count;
  return [seen[row][count] + RULES.stacks.SINGLE * single, digits];
}

/** The digits, as pairs of neighbours say. */
function ofPairs(pairs) {
  const inner = pairs.slice(1).map(([one], place) =>
    one.map((value, digit) => (value + pairs[place][1][digit]) / 2));
  return [pairs[0][0], ...inner, pairs[pairs.length - 1][1]];
}

const digitScores = ({ digits }) => digits.map((one) => logSoftmax(one.slice(0, RULES.maps.BLANK)));

/** The log-probability of the most probable digits at the first positions. */
const sureness = (digits, count) =>
  sum(digits.slice(0, count).map((one) => Math.max(...one)));
