// The two nets in onnxruntime-web, on one thread, made from bytes: nothing is fetched, so that all
// works in a page that was opened as a file. `ort` is its script, which stands before this one.

const MOST_AT_ONCE = 1 << 21; // pixels of a band, for which a telephone has the memory

/** Bytes from base64 of a gzip file. */
async function unpacked(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Starts the runtime and both nets: { find, read } as `readPhoto` wants them. */
async function startNets({ runtime, nets }) {
  const module = new Blob([runtime.module], { type: "text/javascript" });
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(module) };
  ort.env.wasm.wasmBinary = await unpacked(runtime.binary);
  const start = async (net) =>
    ort.InferenceSession.create(await unpacked(net), { executionProviders: ["wasm"] });
  const [localiser, reader] = [await start(nets.localiser), await start(nets.reader)];
  return {
    find: (canvas, tell) => lookedAt(localiser, canvas, tell),
    read: (crops) => logitsOf(reader, crops),
  };
}

/** Pictures of one size as a tensor, one colour after another: uint8 (N, 3, H, W). */
function tensorOf(pictures) {
  const [{ height, width }] = pictures;
  const area = height * width;
  const bytes = new Uint8Array(3 * area * pictures.length);
  pictures.forEach(({ data }, place) => {
    const start = 3 * area * place;
    for (let pixel = 0, at = 0; pixel < area; pixel++)
      for (let colour = 0; colour < 3; colour++) bytes[start + colour * area + pixel] = data[at++];
  });
  return new ort.Tensor("uint8", bytes, [pictures.length, 3, height, width]);
}

async function run(net, pictures) {
  return net.run({ [net.inputNames[0]]: tensorOf(pictures) });
}

/** The maps of a canvas. A large one is looked at in bands that overlap as far as a cell can see. */
async function lookedAt(net, canvas, tell) {
  const { REACH } = RULES.looking;
  const { STRIDE } = RULES.maps;
  const { height, width } = canvas;
  const deep = Math.max(16, 16 * Math.floor(MOST_AT_ONCE / width / 16));
  const maps = {};
  for (let top = 0; top < height; top += deep) {
    const first = Math.max(0, top - REACH);
    const end = Math.min(height, top + deep);
    const band = part(canvas, 0, first, width, Math.min(height, end + REACH));
    const seen = await run(net, [band]);
    for (const [name, { data, dims }] of Object.entries(seen)) {
      const channels = dims.length === 4 ? dims[1] : 1;
      const [rows, columns] = dims.slice(-2);
      maps[name] ??= {
        data: new Float32Array((channels * height * width) / STRIDE ** 2),
        channels, height: height / STRIDE, width: columns,
      };
      const [skipped, count] = [(top - first) / STRIDE, (end - top) / STRIDE];
      for (let channel = 0; channel < channels; channel++) {
        const from = (channel * rows + skipped) * columns;
        const to = (channel * maps[name].height + top / STRIDE) * columns;
        maps[name].data.set(data.subarray(from, from + count * columns), to);
      }
    }
    tell(end / height);
  }
  return maps;
}

/** The logits of each crop, as decoding.js takes them. */
async function logitsOf(net, crops) {
  const { length, digits } = await run(net, crops);
  const [lengths] = length.dims.slice(-1);
  const [heads, classes] = digits.dims.slice(-2);
  return crops.map((_, place) => ({
    length: length.data.slice(place * lengths, (place + 1) * lengths),
    digits: Array.from({ length: heads }, (_, head) => {
      const start = (place * heads + head) * classes;
      return digits.data.slice(start, start + classes);
    }),
  }));
}
