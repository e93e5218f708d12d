// The live half of CameraReader: one frame at a time goes to the kernel, those between are dropped.

const REFUSALS = {
  NotAllowedError:
    "The browser was not allowed to use the camera: allow it for this page, beside the address, and start again.",
  NotFoundError: "The browser finds no camera: connect one and start again.",
  OverconstrainedError: "That camera is gone: choose another one.",
  NotReadableError: "The camera cannot be read: another program may be using it. Close that and start again.",
};
const NOWHERE =
  "The browser gives its camera only to pages of this machine or over HTTPS: open Jupyter at localhost or over HTTPS.";
const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 } };

function svgOf(tag, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** Calls back when the next frame of a video is shown. */
function atNextFrame(video, call) {
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(call);
  else requestAnimationFrame(call); // in browsers that do not tell
}

/** Boxes and numbers over the live picture. */
function overlay() {
  const element = svgOf("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
  function show(numbers, [height, width]) {
    element.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const size = width / Math.max(1, element.clientWidth);
    element.replaceChildren(
      ...numbers.flatMap(({ number, confidence, corners }, place) => {
        const points = corners.map((one) => one.join(",")).join(" ");
        const left = Math.max(2 * size, Math.min(...corners.map((one) => one[0])));
        const high = Math.min(...corners.map((one) => one[1])) - 6 * size;
        const low = Math.max(...corners.map((one) => one[1])) + 22 * size;
        const text = svgOf("text", { x: left, y: high > 20 * size ? high : low });
        text.style.fontSize = `${20 * size}px`;
        text.style.strokeWidth = `${5 * size}px`;
        text.textContent = `${number || "?"}  ${confidence.toFixed(2)}`;
        const box = svgOf("polygon", { class: "svhn-box", points });
        if (place) box.style.strokeDasharray = "6 4"; // the most probable one is whole
        return [svgOf("polygon", { class: "svhn-under", points }), box, text];
      }),
    );
  }
  return { element, show, clear: () => element.replaceChildren() };
}

function render({ model, el }) {
  const line = connection(model, { end: () => stop() });
  const video = make("video", { playsinline: true, "aria-label": "The camera's picture" });
  video.muted = true;
  const boxes = overlay();
  const live = make("div", { class: "svhn-live", hidden: true }, video, boxes.element);
  const read = make("strong", { class: "svhn-read", role: "status" });
  const rates = make("small", {});
  const canvas = make("canvas", {});
  let stream = null;
  let waiting = false; // for the kernel to read a frame
  let shown = [0, 0, 0]; // frames that were shown, read and dropped
  let recent = []; // when frames were shown and read: [time, read]

  function rate() {
    const now = performance.now();
    recent = recent.filter(([time]) => now - time < 3000);
    const span = Math.max(1, Math.min(3000, now - started)) / 1000;
    const per = (done) => (recent.filter(([, one]) => one === done).length / span).toFixed(1);
    rates.textContent =
      `${per(true)} of ${per(false)} frames per second read; ` +
      `${shown[1]} read, ${shown[2]} dropped`;
    rates.dataset.shown = shown.join(" ");
  }

  async function send() {
    const scale = Math.min(1, model.get("side") / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.max(1, Math.round(scale * video.videoWidth));
    canvas.height = Math.max(1, Math.round(scale * video.videoHeight));
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return line.request({ do: "frame" }, { buffers: [await blob.arrayBuffer()] });
  }

  /** What becomes of a frame that is shown: it is sent where none is on its way, else dropped. */
  async function next(from) {
    if (stream !== from) return;
    atNextFrame(video, () => next(from));
    recent.push([performance.now(), false]);
    shown[0] += 1;
    if (waiting) {
      shown[2] += 1;
      return;
    }
    waiting = true;
    const { problem, numbers, size } = await send();
    waiting = false;
    if (stream === from && !problem) {
      shown[1] += 1;
      recent.push([performance.now(), true]);
      boxes.show(numbers, size);
      const text = numbers.map((one) => one.number || "?").join(", ") || "no number";
      if (text !== read.textContent) read.textContent = text; // said aloud when it changes
    }
    rate();
  }

  let started = 0;
  let asked = 0; // how often the camera was started or stopped: it may come when it is wanted no more
  async function start(device) {
    stop();
    const here = asked;
    line.tell("");
    if (!navigator.mediaDevices?.getUserMedia) return line.tell(NOWHERE);
    const wanted = device ? { deviceId: { exact: device } } : { facingMode: "environment" };
    let mine;
    try {
      mine = await navigator.mediaDevices.getUserMedia({ video: { ...CAMERA, ...wanted } });
    } catch (error) {
      if (here !== asked) return;
      return line.tell(REFUSALS[error.name] || `The camera does not start: ${error.message}`);
    }
    if (here !== asked) return end(mine);
    stream = mine;
    for (const track of mine.getTracks())
      track.addEventListener("ended", () => {
        if (stream !== mine) return;
        stop();
        line.tell("The camera has stopped: start it again.");
      });
    live.hidden = false;
    video.srcObject = mine;
    await video.play().catch(() => {}); // stopped meanwhile
    if (stream !== mine) return;
    live.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
    [shown, recent, started] = [[0, 0, 0], [], performance.now()];
    buttons();
    atNextFrame(video, () => next(mine));
    await cameras(mine);
  }

  async function cameras(mine) {
    const all = await navigator.mediaDevices.enumerateDevices();
    const inputs = all.filter((one) => one.kind === "videoinput");
    const here = mine.getVideoTracks()[0].getSettings().deviceId;
    which.hidden = inputs.length < 2;
    which.replaceChildren(
      ...inputs.map((one, place) =>
        make("option", { value: one.deviceId, text: one.label || `camera ${place + 1}`, selected: one.deviceId === here }),
      ),
    );
  }

  const end = (one) => one?.getTracks().forEach((track) => track.stop());
  function stop() {
    asked += 1;
    end(stream);
    stream = null;
    video.srcObject = null;
    boxes.clear();
    live.hidden = true;
    read.textContent = "";
    buttons();
  }

  const toggle = button("Start the camera", () => (stream ? stop() : start()));
  const said = make("span", { role: "status" });
  const keep = button("Keep this frame", async () => {
    const { problem, kept } = await line.request({ do: "keep" });
    if (!problem) said.textContent = `${kept} kept, for PhotoReader(camera.kept)`;
  });
  const which = make("select", { "aria-label": "camera", hidden: true, onchange: () => start(which.value) });
  function buttons() {
    toggle.textContent = stream ? "Stop the camera" : "Start the camera";
    keep.hidden = !stream;
    rates.hidden = !stream;
    if (!stream) which.hidden = true;
  }
  const bar = make("div", { class: "svhn-pager" }, toggle, which, keep, said);
  el.append(line.frame("Camera reader", bar, live, make("div", { class: "svhn-line" }, read, rates)));
  buttons();
  return () => {
    stop();
    line.stop();
  };
}

export default { render };
