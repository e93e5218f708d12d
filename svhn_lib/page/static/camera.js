// The camera: its picture on the page, and single frames of it for the reader.

const REFUSALS = {
  NotAllowedError: "The browser was not allowed to use the camera: allow it for this page, and try again.",
  NotFoundError: "The browser finds no camera: connect one and try again.",
  NotReadableError: "The camera cannot be read: another program may be using it. Close that and try again.",
};
const NO_CAMERA =
  "The camera is not available here: browsers give it only to pages over HTTPS, of this computer " +
  "(localhost) or, in some browsers, opened as a file. Choose photos instead.";

/** Returns { start, stop, frame }. `start` raises an Error that says why there is no picture; `ended`
 *  is called when the camera goes away by itself. */
function cameraOf(video, ended) {
  let stream = null;

  function stop() {
    for (const track of stream?.getTracks() || []) track.stop();
    stream = null;
    video.srcObject = null;
  }

  async function start() {
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(NO_CAMERA);
    const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    } catch (error) {
      throw new Error(REFUSALS[error.name] || `The camera does not start: ${error.message}`);
    }
    for (const track of stream.getTracks()) track.addEventListener("ended", ended);
    video.srcObject = stream;
    await video.play();
  }

  /** The picture of this moment as a PNG file. */
  async function frame(name) {
    const canvas = make("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    return new File([blob], name, { type: "image/png" });
  }

  return { start, stop, frame };
}
