// What the page asks of the worker: to start, then to read pictures, one after another.
// In: { start: parts } or { id, picture }. Out: { ready } or { failed }, { id, share },
// { id, answer, size, seconds } or { id, problem }.

let started = null;
let last = Promise.resolve();

async function answerTo({ id, picture }) {
  const begun = performance.now();
  try {
    const photo = await photoOf(picture);
    const answer = await readPhoto(photo, await started, (share) => postMessage({ id, share }));
    const seconds = (performance.now() - begun) / 1000;
    postMessage({ id, answer, size: [photo.width, photo.height], seconds });
  } catch (error) {
    postMessage({ id, problem: error.message || String(error) });
  }
}

onmessage = ({ data }) => {
  if (!data.start) {
    last = last.then(() => answerTo(data));
    return;
  }
  started = startNets(data.start);
  started.then(
    () => postMessage({ ready: true }),
    (error) => postMessage({ failed: error.message || String(error) }),
  );
};
