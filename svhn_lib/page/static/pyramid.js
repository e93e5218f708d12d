// A photo at several sizes, small ones side by side on a canvas: svhn_lib/detection/pyramid.py.

/** The views of a photo, each half as large as the one before, then those between them:
 *  { pixels, views }, where a view is { left, top, height, width, scale: [across, down] } on its
 *  canvas. Large ones have a canvas of their own, which comes first. */
function* pyramid(picture) {
  const { BETWEEN, MOST_PIXELS, SMALL } = RULES.pyramid;
  const pixels = picture.height * picture.width;
  const largest = pixels <= SMALL ? 2 : Math.min(1, Math.sqrt(MOST_PIXELS / pixels));
  for (const scale of [largest, largest * BETWEEN]) yield* halvings(picture, scale);
}

function* halvings(picture, largest) {
  const { ALONE, GREY } = RULES.pyramid;
  const sizes = viewSizes(picture.height, picture.width, largest);
  const alone = sizes.filter(([height, width]) => height * width > ALONE);
  let seen = picture;
  for (const group of [...alone.map((size) => [size]), sizes.slice(alone.length)]) {
    const { places, height, width } = laid(group);
    const pixels = blank(height, width, GREY);
    const views = group.map(([high, wide], index) => {
      const [left, top] = places[index];
      seen = scaled(seen, high, wide);
      paste(pixels, seen, left, top);
      const scale = [wide / picture.width, high / picture.height];
      return { left, top, height: high, width: wide, scale };
    });
    yield { pixels, views };
  }
}

/** Heights and widths of the views, largest first. */
function viewSizes(height, width, largest) {
  const sizes = [];
  let scale = largest;
  while (!sizes.length || scale * Math.max(height, width) >= RULES.pyramid.LEAST) {
    sizes.push([height, width].map((side) => Math.max(1, Math.floor(side * scale))));
    scale /= 2;
  }
  return sizes;
}

/** Left and top of each view and the canvas' size. The second view stands at the right of the first,
 *  all others in a row below the second. */
function laid(sizes) {
  const { UNIT } = RULES.pyramid;
  const slots = sizes.map((size) => size.map((side) => UNIT * (Math.ceil(side / UNIT) + 1)));
  const right = slots[0][1];
  const below = slots.length > 1 ? slots[1][0] : 0;
  const places = [[0, 0], [right, 0]].slice(0, slots.length);
  let left = right;
  for (const [, wide] of slots.slice(2)) {
    places.push([left, below]);
    left += wide;
  }
  const lowest = Math.max(0, ...slots.slice(2).map(([high]) => high));
  const height = Math.max(slots[0][0], below + lowest) - UNIT; // no gap at the end
  const width = Math.max(left, right + (slots.length > 1 ? slots[1][1] : 0)) - UNIT;
  return { places, height, width };
}

function scaled(picture, height, width) {
  if (picture.height === height && picture.width === width) return picture;
  return (height < picture.height ? areaAverage : bicubic)(picture, height, width);
}
