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

/** A column cut into as many equal cells as it may hold digits, set side by side, in every way;
 *  null where a cell of it lies outside the picture. */
function columnViews(picture, quad, { height, width }, most) {
  const toPicture = homography([[0, 0], [1, 0], [1, 1], [0, 1]], quad);
  const views = [];
  for (const [count, lean] of ways(most)) {
    const edges = Array.from({ length: count + 1 }, (_, place) => roundEven((place * width) / count));
    const view = blank(height, width);
    for (let row = 0; row < count; row++) {
      const corners = cellOf(row, count, lean).map((one) => mapped(toPicture, one));
      const way = { height, width: edges[row + 1] - edges[row], margin: 0 };
      const digit = rectified(picture, corners, way);
      if (!digit) return null;
      paste(view, digit, edges[row], 0);
    }
    views.push(view);
  }
  return views;
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
  const standing = logSoftmax(upright.length);
  const lengths = standing.map((one) => 1.5 * one);
  const most = upright.digits.length;
  const tried = ways(most);
  const lines = views.map((one) => logSoftmax(one.length));
  const sureness = views.map(({ digits }) => {
    let total = 0;
    return digits.map((one) => (total += Math.max(...logSoftmax(one))));
  });
  let [digits, mostProbable] = [upright.digits, -Infinity];
  for (let count = 1; count <= most; count++) {
    let [chosen, sure] = [upright.digits, Math.max(...logSoftmax(upright.digits[0]))];
    if (count > 1) {
      const score = (row) => lines[row][count] + sureness[row][count - 1];
      const rows = tried.flatMap(([digitsIn], row) => (digitsIn === count ? [row] : []));
      const row = rows.reduce((best, one) => (score(one) > score(best) ? one : best));
      lengths[count] = lines[row][count] + standing[count] / 2;
      [chosen, sure] = [views[row].digits, sureness[row][count - 1]];
    }
    if (sure + lengths[count] > mostProbable) {
      mostProbable = sure + lengths[count];
      digits = chosen;
    }
  }
  return { length: lengths, digits };
}
