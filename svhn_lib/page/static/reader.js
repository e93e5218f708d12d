// The worker that reads, as the page sees it. Its parts come by plain scripts, which a page may load
// wherever it lies, and it is started from its own text: no file is fetched.

const PARTS = ["parts/reader.js", "parts/runtime.js", "parts/nets.js"];
const TOO_OLD =
  "This browser is too old to read photos by itself: use Chrome or Edge 102, Firefox 114, Safari 16.4 or newer.";

function loadScript(source) {
  return new Promise((done, fail) => {
    const script = make("script", { src: source });
    script.addEventListener("load", done);
    script.addEventListener("error", () =>
      fail(new Error(`${source} is missing or was refused: keep the folder of this page whole.`)));
    document.head.append(script);
  });
}

/** Starts the reader; `tell` is given what happens, and the share that is done. Returns
 *  `read(picture, tell)`, which gives { answer, size, seconds } or raises an Error. */
async function startReader(tell) {
  if (!self.Worker || !self.WebAssembly || !self.OffscreenCanvas || !self.DecompressionStream)
    throw new Error(TOO_OLD);
  self.svhnParts = {};
  for (const [place, source] of PARTS.entries()) {
    tell("Loading the reader …", place / (PARTS.length + 1));
    await loadScript(source);
  }
  tell("Starting the reader …", PARTS.length / (PARTS.length + 1));
  const { reader, ...parts } = self.svhnParts;
  delete self.svhnParts;
  const text = [parts.runtime.script, `const RULES = ${JSON.stringify(parts.nets.rules)};`, reader];
  const url = URL.createObjectURL(new Blob([text.join("\n")], { type: "text/javascript" }));
  const worker = new Worker(url);
  const waiting = new Map();
  let asked = 0;
  const ready = new Promise((done, fail) => {
    worker.addEventListener("message", ({ data }) => {
      if (data.ready) return done();
      if (data.failed) return fail(new Error(`The reader does not start (${data.failed}). ${WHY}`));
      const one = waiting.get(data.id);
      if (data.share !== undefined) return one.tell(data.share);
      waiting.delete(data.id);
      if (data.problem) one.fail(new Error(data.problem));
      else one.done(data);
    });
    worker.addEventListener("error", (event) =>
      fail(new Error(`The reader does not start (${event.message || "its worker was refused"}). ${WHY}`)));
  });
  worker.postMessage({ start: parts });
  await ready;
  URL.revokeObjectURL(url);
  return (picture, share) =>
    new Promise((done, fail) => {
      waiting.set(++asked, { done, fail, tell: share });
      worker.postMessage({ id: asked, picture });
    });
}

const WHY =
  "It runs as WebAssembly in a worker. Some browsers refuse that to a page that was opened as a file, and " +
  "some sites forbid it: try another browser, or put the folder on a web server.";
