// From a number's corners to a level crop for the net: svhn_lib/detection/rectify.py and
// svhn_lib/data/cutting/crops.py, for crops that are clipped at the picture's edges. A way to cut is
// { height, width, margin }.

/** Cuts a number out of a picture, sets it level and resizes it; null where nothing of it is there. */
function rectified(picture, quad, way) {
  const [left, top, right, bottom] = boxOf(quad);
  if (!goesRound(quad)) return null;
  if (!(left < picture.width && top < picture.height && right > 0 && bottom > 0)) return null;
  const upright = [[left, top], [right, top], [right, bottom], [left, bottom]];
  const off = Math.max(...quad.flatMap((one, place) => minus(one, upright[place]).map(Math.abs)));
  if (off <= RULES.rectify.LEVEL) return cut(picture, [left, top, right, bottom], way);
  return straightened(picture, windowOf(quad, way.margin), way);
}

/** Whether corners go round a convex area, clockwise as they are seen. */
function goesRound(quad) {
  return quad.every((one, place) => {
    const [next, after] = [quad[(place + 1) % 4], quad[(place + 2) % 4]];
    const [a, b] = [minus(next, one), minus(after, next)];
    return a[0] * b[1] - a[1] * b[0] > 0;
  });
}

/** Cuts a level box with its margin, as far as the picture reaches. */
function cut(picture, box, { height, width, margin }) {
  const [left, right] = [Math.max(box[0], 0), Math.min(box[2], picture.width)];
  const [top, bottom] = [Math.max(box[1], 0), Math.min(box[3], picture.height)];
  const [x, across] = span((left + right) / 2, (right - left) * (1 + margin));
  const [y, down] = span((top + bottom) / 2, (bottom - top) * (1 + margin));
  const inside = part(
    picture, Math.max(x, 0), Math.max(y, 0),
    Math.min(x + across, picture.width), Math.min(y + down, picture.height),
  );
  return resized(inside, height, width);
}

/** Start and length of the whole pixels nearest to a stretch about a centre. */
function span(centre, extent) {
  const length = Math.max(1, Math.floor(extent + 0.5));
  return [Math.floor(centre - length / 2 + 0.5), length];
}

/** The four corners, in the picture, of what the crop shows of a number's quad. */
function windowOf(quad, margin) {
  const side = (place) => distance(quad[place], quad[(place + 1) % 4]);
  const [across, down] = [(side(0) + side(2)) / 2, (side(1) + side(3)) / 2];
  const flat = [[0, 0], [across, 0], [across, down], [0, down]];
  const [wide, high] = [(across * (1 + margin)) / 2, (down * (1 + margin)) / 2];
  const window = movedOut(Array(4).fill([across / 2, down / 2]), [wide, 0], [0, high]);
  let toPicture = homography(flat, quad);
  const depths = window.map(([x, y]) => toPicture[6] * x + toPicture[7] * y + 1);
  // So oblique that the margin would reach behind the horizon?
  if (Math.min(...depths) <= 0.1) toPicture = affinity(flat, quad);
  return window.map((one) => mapped(toPicture, one));
}

/** The picture's part in a window's four corners as a crop. */
function straightened(picture, window, { height, width }) {
  [picture, window] = near(picture, window);
  const side = (place) => distance(window[place], window[(place + 1) % 4]);
  const coarse = Math.max(
    1, Math.min(Math.max(side(0), side(2)) / width, Math.max(side(1), side(3)) / height),
  );
  if (coarse > RULES.rectify.SHARPEST) {
    // Sampling would skip pixels: average them first.
    const [across, down] = [picture.width, picture.height].map((one) =>
      Math.max(1, roundEven(one / coarse)));
    window = window.map(([x, y]) => [(x * across) / picture.width, (y * down) / picture.height]);
    picture = areaAverage(picture, down, across);
  }
  // Pixels are counted from their middle, boxes from the edge of the first one.
  const inner = (points) => points.map((one) => minus(one, [0.5, 0.5]));
  const target = inner([[0, 0], [width, 0], [width, height], [0, height]]);
  return warped(picture, homography(target, inner(window)), height, width, true);
}

/** The part of the picture around the window, and the window's corners in it. */
function near(picture, window) {
  const [low, top, high, bottom] = boxOf(window);
  const [left, right] = bounds(low, high, picture.width);
  const [above, below] = bounds(top, bottom, picture.height);
  return [part(picture, left, above, right, below), window.map((one) => minus(one, [left, above]))];
}

/** The whole pixels from `low` to `high` and two more on each side, at least one. */
function bounds(low, high, extent) {
  const first = Math.min(Math.max(Math.floor(low) - 2, 0), extent - 1);
  return [first, Math.max(Math.min(Math.ceil(high) + 2, extent), first + 1)];
}
