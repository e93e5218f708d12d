// The camera: its picture on the page, and single frames of it for the reader.

const REFUSALS = {
  NotAllowedError: "The browser was not allowed to use the camera: allow it for this page, and try again.",
  NotFoundError: "The browser finds no camera: connect one and try again.",
  NotReadableError: "The camera cannot be read: another program may be using it. Close that and try again.",
};
const NO_CAMERA =
  "The camera is not available here: browsers give it only to pages over HTTPS, of this computer " +
  "(localhost) or, in some browsers, opened as a file. Choose photos instead.";

/** Returns { start, stop, frame }. `start` gives whether it is still wanted when it has come, or raises
 *  an Error that says why there is no picture; `ended` is called when the camera goes away by itself. */
function cameraOf(video, ended) {
  let stream = null;
  let asked = 0; // how often it was started or stopped: it may come when it is wanted no more

  const end = (one) => one?.getTracks().forEach((track) => track.stop());

  function stop() {
    asked += 1;
    end(stream);
    stream = null;
    video.srcObject = null;
  }

  async function start() {
    stop();
    const here = asked;
    if (!navigator.mediaDevices?.getUserMedia) throw new Error(NO_CAMERA);
    const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
    let mine;
    try {
      mine = await navigator.mediaDevices.getUserMedia({ video: wanted });
    } catch (error) {
      if (here !== asked) return false;
      throw new Error(REFUSALS[error.name] || `The camera does not start: ${error.message}`);
    }
    if (here !== asked) {
      end(mine);
      return false;
    }
    stream = mine;
    for (const track of stream.getTracks()) track.addEventListener("ended", ended);
    video.srcObject = stream;
    await video.play().catch((error) => {
      if (here === asked) throw error;
    });
    return here === asked;
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
