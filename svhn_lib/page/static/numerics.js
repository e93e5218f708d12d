// Small sums that the other scripts share. All scripts but page.js and its helpers run in a worker,
// joined into one; RULES are the constants of the Python library, under the names they have there.

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

const sum = (values) => values.reduce((total, one) => total + one, 0);

const sigmoid = (logit) => 1 / (1 + Math.exp(-clamp(logit, -500, 500)));

const logOdds = (probability) => {
  const p = clamp(probability, 1e-6, 1 - 1e-6);
  return Math.log(p / (1 - p));
};

/** Ties go to the even number, as Python and NumPy round. */
function roundEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

function logSumExp(values) {
  const most = Math.max(...values);
  return most + Math.log(sum(Array.from(values, (one) => Math.exp(one - most))));
}

function logSoftmax(values) {
  const total = logSumExp(values);
  return Array.from(values, (one) => one - total);
}

function argmax(values) {
  return values.reduce((best, one, place) => (one > values[best] ? place : best), 0);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// Points are [x, y]; a quad is a number's own top left, top right, bottom right and bottom left.

const plus = (a, b) => [a[0] + b[0], a[1] + b[1]];

const minus = (a, b) => [a[0] - b[0], a[1] - b[1]];

const times = (a, factor) => [a[0] * factor, a[1] * factor];

const dot = (a, b) => a[0] * b[0] + a[1] * b[1];

const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** How far a quad reaches along its digits and down them: two vectors, means of opposite sides. */
function sidesOf(quad) {
  const [a, b, c, d] = quad;
  return [
    times(plus(minus(b, a), minus(c, d)), 0.5),
    times(plus(minus(d, a), minus(c, b)), 0.5),
  ];
}

/** The upright box around points: left, top, right, bottom. */
function boxOf(points) {
  const [xs, ys] = [0, 1].map((axis) => points.map((one) => one[axis]));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Solves a system of linear equations, rows of [...coefficients, value], by elimination. */
function solve(rows) {
  const count = rows.length;
  for (let column = 0; column < count; column++) {
    let pivot = column;
    for (let row = column + 1; row < count; row++)
      if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot], rows[column]];
    for (let row = 0; row < count; row++) {
      if (row === column) continue;
      const factor = rows[row][column] / rows[column][column];
      for (let place = column; place <= count; place++)
        rows[row][place] -= factor * rows[column][place];
    }
  }
  return rows.map((row, place) => row[count] / row[place]);
}

/** The homography that maps four points to four others, nine numbers by rows. Like OpenCV's it takes
 *  the points as single precision. */
function homography(from, to) {
  const rows = from.flatMap((one, place) => {
    const [x, y] = one.map(Math.fround);
    const [u, v] = to[place].map(Math.fround);
    return [
      [x, y, 1, 0, 0, 0, -x * u, -y * u, u],
      [0, 0, 0, x, y, 1, -x * v, -y * v, v],
    ];
  });
  return [...solve(rows), 1];
}

/** The affine map that comes nearest to mapping four points to four others, as a homography. */
function affinity(from, to) {
  const row = (axis) => {
    const terms = from.map(([x, y], place) => [x, y, 1, to[place][axis]]);
    return solve([0, 1, 2].map((a) => [0, 1, 2, 3].map((b) => sum(terms.map((t) => t[a] * t[b])))));
  };
  return [...row(0), ...row(1), 0, 0, 1];
}

function mapped(matrix, [x, y]) {
  const [a, b, c, d, e, f, g, h, i] = matrix;
  const depth = g * x + h * y + i;
  return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth];
}
