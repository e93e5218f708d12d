// The geometry of boxes: four corners in the number's own order, x and y in pixels of the photo.

const middle = (corners) => [0, 1].map((axis) => corners.reduce((sum, one) => sum + one[axis], 0) / 4);

const moved = (corners, by) => corners.map(([x, y]) => [x + by[0], y + by[1]]);

const grown = (corners, factor) => {
  const centre = middle(corners);
  return corners.map((one) => one.map((value, axis) => centre[axis] + factor * (value - centre[axis])));
};

const turned = (corners, degrees) => {
  const [cx, cy] = middle(corners);
  const [cos, sin] = [Math.cos, Math.sin].map((call) => call((degrees * Math.PI) / 180));
  return corners.map(([x, y]) => [
    cx + cos * (x - cx) - sin * (y - cy),
    cy + sin * (x - cx) + cos * (y - cy),
  ]);
};

/** The same box, read in a direction that is a quarter further. */
const readOtherwise = (corners) => [corners[3], corners[0], corners[1], corners[2]];

/** One corner elsewhere. The sides stay parallel where they were, unless it moves `alone`. */
function cornered(corners, index, to, alone) {
  const result = corners.map((one) => [...one]);
  const [next, across, before] = [1, 2, 3].map((step) => (index + step) % 4);
  const [a, b, c, d] = [corners[index], corners[next], corners[across], corners[before]];
  const skew = [0, 1].map((axis) => a[axis] + c[axis] - b[axis] - d[axis]);
  const [u, v] = [b, d].map((one) => [one[0] - c[0], one[1] - c[1]]);
  const area = u[0] * v[1] - u[1] * v[0];
  result[index] = [...to];
  if (alone || Math.hypot(...skew) > 0.02 * Math.hypot(u[0] + v[0], u[1] + v[1]) || !area) return result;
  const [dx, dy] = [to[0] - c[0], to[1] - c[1]];
  const [s, t] = [(dx * v[1] - dy * v[0]) / area, (u[0] * dy - u[1] * dx) / area];
  result[next] = [c[0] + s * u[0], c[1] + s * u[1]];
  result[before] = [c[0] + t * v[0], c[1] + t * v[1]];
  return result;
}

/** Whether corners go around an area, which a kernel takes. */
function isBox(corners, least = 2) {
  return corners.every((one, index) => {
    const [next, after] = [corners[(index + 1) % 4], corners[(index + 2) % 4]];
    const [a, b] = [next[0] - one[0], next[1] - one[1]];
    return Math.hypot(a, b) >= least && a * (after[1] - next[1]) - b * (after[0] - next[0]) > 0;
  });
}

const upright = ([x0, y0], [x1, y1]) => {
  const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
  const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
};
