// Pictures made smaller and larger, and seen through a homography, as OpenCV does it: to the same
// bytes, or one of 255 beside them. A picture is { data, height, width }, bytes of R, G and B.
// Bytes are kept in Uint8ClampedArray, which rounds ties to even, as OpenCV does.

function blank(height, width, value = 0) {
  return { data: new Uint8ClampedArray(3 * height * width).fill(value), height, width };
}

/** The part of a picture from (left, top) up to (right, bottom), whole pixels inside it. */
function part(picture, left, top, right, bottom) {
  const result = blank(bottom - top, right - left);
  for (let row = 0; row < result.height; row++) {
    const first = 3 * ((top + row) * picture.width + left);
    result.data.set(picture.data.subarray(first, first + 3 * result.width), 3 * row * result.width);
  }
  return result;
}

function paste(onto, picture, left, top) {
  for (let row = 0; row < picture.height; row++) {
    const line = picture.data.subarray(3 * row * picture.width, 3 * (row + 1) * picture.width);
    onto.data.set(line, 3 * ((top + row) * onto.width + left));
  }
}

/** Area average where it shrinks, bicubic where it grows. */
function resized(picture, height, width) {
  if (picture.height === height && picture.width === width) return picture;
  if (picture.height < height !== picture.width < width)
    // Each side by itself: first what shrinks.
    picture = areaAverage(picture, Math.min(picture.height, height), Math.min(picture.width, width));
  const grows = picture.height < height || picture.width < width;
  return (grows ? bicubic : areaAverage)(picture, height, width);
}

/** For each of `to` cells the first pixel below it, of `from`, and the share of each one. */
function shares(from, to) {
  const scale = from / to;
  return Array.from({ length: to }, (_, cell) => {
    const [begin, end] = [cell * scale, (cell + 1) * scale];
    const width = Math.min(scale, from - begin);
    const last = Math.min(Math.floor(end), from - 1);
    const whole = Math.min(Math.ceil(begin), last);
    const weights = [];
    if (whole - begin > 1e-3) weights.push((whole - begin) / width);
    const first = whole - weights.length;
    for (let place = whole; place < last; place++) weights.push(1 / width);
    if (end - last > 1e-3) weights.push(Math.min(Math.min(end - last, 1), width) / width);
    return { first, weights };
  });
}

function areaAverage(picture, height, width) {
  if (picture.height === height && picture.width === width) return picture;
  const result = blank(height, width);
  const half = picture.height === 2 * height && picture.width === 2 * width;
  const across = shares(picture.width, width);
  const total = new Float32Array(3 * width);
  const line = new Float32Array(3 * width);
  let known = -1; // the row of the picture that `line` holds
  shares(picture.height, height).forEach(({ first, weights }, row) => {
    total.fill(half ? 0.01 : 0); // of squares of four pixels, OpenCV rounds ties up
    weights.forEach((weight, place) => {
      if (known !== first + place) averageRow(picture, (known = first + place), across, line);
      for (let at = 0; at < total.length; at++) total[at] += weight * line[at];
    });
    result.data.set(total, row * total.length);
  });
  return result;
}

function averageRow({ data, width }, row, across, line) {
  const start = 3 * row * width;
  for (let cell = 0; cell < across.length; cell++) {
    const { first, weights } = across[cell];
    let [red, green, blue] = [0, 0, 0];
    for (let place = 0, at = start + 3 * first; place < weights.length; place++, at += 3) {
      red += weights[place] * data[at];
      green += weights[place] * data[at + 1];
      blue += weights[place] * data[at + 2];
    }
    line[3 * cell] = red;
    line[3 * cell + 1] = green;
    line[3 * cell + 2] = blue;
  }
}

/** The weights of four pixels for a place that lies `x`, 0 to 1, behind the second. */
function cubic(x) {
  const a = -0.75;
  const far = ((a * (x + 1) - 5 * a) * (x + 1) + 8 * a) * (x + 1) - 4 * a;
  const before = ((a + 2) * x - (a + 3)) * x * x + 1;
  const after = ((a + 2) * (1 - x) - (a + 3)) * (1 - x) * (1 - x) + 1;
  return [far, before, after, 1 - far - before - after];
}

function bicubic(picture, height, width) {
  const result = blank(height, width);
  const [across, down] = [taps(picture.width, width), taps(picture.height, height)];
  const lines = new Map(); // rows of the picture at their new width
  for (let row = 0; row < height; row++) {
    const { places, weights } = down[row];
    const four = places.map((place) => {
      if (!lines.has(place)) lines.set(place, cubicRow(picture, place, across));
      return lines.get(place);
    });
    for (const place of lines.keys()) if (place < places[0]) lines.delete(place);
    for (let at = 0; at < 3 * width; at++) {
      let value = 0;
      for (let tap = 0; tap < 4; tap++) value += weights[tap] * four[tap][at];
      result.data[row * 3 * width + at] = value;
    }
  }
  return result;
}

/** For each of `to` cells the four pixels, of `from`, that it is made of, and their weights. */
function taps(from, to) {
  return Array.from({ length: to }, (_, cell) => {
    const place = ((cell + 0.5) * from) / to - 0.5;
    const first = Math.floor(place);
    return {
      places: [-1, 0, 1, 2].map((step) => clamp(first + step, 0, from - 1)),
      weights: cubic(Math.fround(place - first)).map((one) => roundEven(one * 2048) / 2048),
    };
  });
}

function cubicRow({ data, width }, row, across) {
  const line = new Float32Array(3 * across.length);
  for (let cell = 0; cell < across.length; cell++) {
    const { places, weights } = across[cell];
    for (let colour = 0; colour < 3; colour++) {
      let value = 0;
      for (let tap = 0; tap < 4; tap++)
        value += weights[tap] * data[3 * (row * width + places[tap]) + colour];
      line[3 * cell + colour] = value;
    }
  }
  return line;
}

/** A picture of so many rows and columns, each pixel taken from where the matrix maps it to. Outside
 *  lies the edge repeated, or black. */
function warped(picture, matrix, height, width, edge) {
  const result = blank(height, width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = mapped(matrix, [x, y]);
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const colours = sampled(picture, left - 1, top - 1, cubic(u - left), cubic(v - top), edge);
      result.data.set(colours, 3 * (y * width + x));
    }
  return result;
}

function sampled({ data, height, width }, left, top, across, down, edge) {
  const colours = [0, 0, 0];
  for (let j = 0; j < 4; j++)
    for (let i = 0; i < 4; i++) {
      const [x, y] = [clamp(left + i, 0, width - 1), clamp(top + j, 0, height - 1)];
      if (!edge && (x !== left + i || y !== top + j)) continue;
      const weight = across[i] * down[j];
      for (let colour = 0; colour < 3; colour++)
        colours[colour] += weight * data[3 * (y * width + x) + colour];
    }
  return colours;
}
