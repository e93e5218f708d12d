// Two ends of one long number, taken together: svhn_lib/reading/parts.py.

/** The first part, the last part and the place of the whole; null where two places are not of one
 *  line, or do not meet, or one holds the other. */
function joined(one, other) {
  const { ALIKE, HEIGHTS, ASIDE, GAP, AHEAD } = RULES.parts;
  const [along, too] = [one, other].map(lineOf);
  if (one.stacked !== other.stacked || dot(along, too) < ALIKE) return null;
  const down = [-along[1], along[0]];
  const spans = [one, other].map(({ corners }) => ({
    on: endsOf(corners.map((corner) => dot(corner, along))),
    across: endsOf(corners.map((corner) => dot(corner, down))),
  }));
  const heights = spans.map(({ across }) => across[1] - across[0]);
  const high = sum(heights) / 2;
  const aside = Math.abs(sum(spans[0].across) - sum(spans[1].across)) / 2;
  if (Math.max(...heights) > HEIGHTS * Math.min(...heights) || aside > ASIDE * high) return null;
  const turned = spans[1].on[0] < spans[0].on[0];
  const [first, last] = turned ? [spans[1], spans[0]] : spans;
  const ahead = Math.min(last.on[0] - first.on[0], last.on[1] - first.on[1]);
  if (ahead < AHEAD * high || last.on[0] - first.on[1] > GAP * high) return null;
  const [top, bottom] = [0, 1].map((end) => sum(spans.map(({ across }) => across[end])) / 2);
  const at = (on, across) => plus(times(along, on), times(down, across));
  const [a, b, c, d] = [
    at(first.on[0], top), at(last.on[1], top), at(last.on[1], bottom), at(first.on[0], bottom),
  ];
  const corners = one.stacked ? [d, a, b, c] : [a, b, c, d];
  const confidence = 1 - (1 - one.confidence) * (1 - other.confidence);
  const whole = { corners, confidence, stacked: one.stacked };
  return turned ? [other, one, whole] : [one, other, whole];
}

/** Whether a number begins with one part, ends with the other, and holds no more. Where a part ends
 *  amid the number it may cut a digit, so the digit there is not asked. */
function isWhole(text, first, last) {
  const longer = Math.max(first.length, last.length) < text.length;
  if (!longer || text.length > first.length + last.length) return false;
  return text.startsWith(first.slice(0, -1) || first) && text.endsWith(last.slice(1) || last);
}


/** The unit vector along which the digits of a place follow. */
function lineOf({ corners, stacked }) {
  const side = sidesOf(corners)[stacked ? 1 : 0];
  return times(side, 1 / Math.max(Math.hypot(...side), 1e-9));
}

/** The means of the two smaller and of the two larger of four values. */
function endsOf(values) {
  const [a, b, c, d] = [...values].sort((x, y) => x - y);
  return [(a + b) / 2, (c + d) / 2];
}
