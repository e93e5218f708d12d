// A file or a camera's frame to pixels, the way a viewer shows it: svhn_lib/reading/inputs.py and
// svhn_lib/data/cutting/rgb.py. The browser decodes, and turns a photo by its EXIF orientation.

const NO_PICTURE =
  "no picture that this browser can read, or a damaged one: save it anew as JPEG or PNG";
const NO_FILE =
  "a folder, or a file that was moved or changed meanwhile: choose the photos themselves";
const STRIP = 1 << 22; // pixels that are drawn at once

/** A photo for `readPhoto`. Raises an Error that says what is wrong. */
async function photoOf(source) {
  const { MAX_PIXELS, MOST_PIXELS } = RULES.pictures;
  const bitmap = await decoded(source);
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS)
    throw new Error(`${width} x ${height} pixels are more than can be read: make it smaller`);
  const picture = pixelsOf(bitmap);
  bitmap.close();
  const factor = Math.max(1, Math.ceil(Math.sqrt((width * height) / MOST_PIXELS)));
  const [down, across] = [height, width].map((side) => Math.max(1, Math.floor(side / factor)));
  return { pixels: areaAverage(picture, down, across), height, width };
}

async function decoded(source) {
  if (source instanceof ImageBitmap) return source;
  if (!source.size) throw new Error("the file is empty or gone");
  try {
    return await createImageBitmap(source, {
      imageOrientation: "from-image",
      colorSpaceConversion: "none",
    });
  } catch {
    const there = await source.slice(0, 1).arrayBuffer().catch(() => null);
    throw new Error(there ? NO_PICTURE : NO_FILE);
  }
}

/** RGB of a bitmap; what is transparent shows the backdrop. Drawn in strips, since large canvases
 *  are not to be had in every browser. */
function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  const rows = Math.min(height, Math.max(1, Math.floor(STRIP / width)));
  const canvas = new OffscreenCanvas(width, rows);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const picture = blank(height, width);
  let at = 0;
  for (let top = 0; top < height; top += rows) {
    context.fillStyle = `rgb(${RULES.pictures.BACKDROP.join(" ")})`;
    context.fillRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, -top);
    const { data } = context.getImageData(0, 0, width, Math.min(rows, height - top));
    for (let place = 0; place < data.length; place += 4, at += 3) {
      picture.data[at] = data[place];
      picture.data[at + 1] = data[place + 1];
      picture.data[at + 2] = data[place + 2];
    }
  }
  return picture;
}
