// The page: photos come in by dropping, choosing, pasting or the camera, and leave as answers.

const $ = (id) => document.getElementById(id);
const photos = [];
let reading = null; // the promise of the reader, once a photo or the pointer has asked for it

function complain(text) {
  $("problem").textContent = text;
  $("problem").hidden = !text;
}

function tell(text, share) {
  if ($("status").textContent !== text) $("status").textContent = text; // said aloud when it changes
  $("progress").hidden = share === undefined;
  if (share !== undefined) $("progress").value = share;
}

function theReader() {
  reading ??= startReader(tell).then(
    (read) => {
      if (!photos.length) tell("The reader is ready.");
      return read;
    },
    (error) => {
      tell("");
      complain(error.message);
      throw error;
    },
  );
  return reading;
}

let line = Promise.resolve(); // photos are read one after another

function take(files) {
  const taken = [...files].map((file) => ({ file, name: file.name, url: URL.createObjectURL(file) }));
  if (!taken.length) return;
  complain("");
  photos.push(...taken);
  $("list").prepend(...taken.map(card));
  $("answers").hidden = false;
  for (const photo of taken) line = line.then(() => readOne(photo));
}

async function readOne(photo) {
  const cleared = () => !photos.includes(photo); // by then another photo may have been given
  const share = (done) => {
    if (cleared()) return;
    photo.tell(`reading, ${Math.round(100 * done)} %`);
    tell(`Reading ${photo.name}`, (settled().length + done) / photos.length);
  };
  if (cleared()) return;
  try {
    const read = await theReader();
    share(0);
    Object.assign(photo, await read(photo.file, share));
  } catch (error) {
    photo.problem = error.message;
  }
  if (cleared()) return;
  photo.show();
  const done = settled().length;
  const more = done < photos.length ? done / photos.length : undefined;
  tell(`${inWords(photo)}. ${done} of ${photos.length} read.`, more);
}

const settled = () => photos.filter(({ answer, problem }) => answer || problem);

function clear() {
  for (const { url } of photos.splice(0)) URL.revokeObjectURL(url);
  $("list").replaceChildren();
  $("answers").hidden = true;
  tell("");
  complain("");
  $("choose").focus();
}

const camera = cameraOf(document.querySelector("#live video"), () => {
  stopCamera();
  complain("The camera has stopped: start it again.");
});

async function startCamera() {
  complain("");
  try {
    if (!(await camera.start())) return; // started again or stopped meanwhile
    $("live").hidden = false;
    $("shoot").focus();
  } catch (error) {
    stopCamera();
    complain(error.message);
  }
}

function stopCamera() {
  camera.stop();
  $("live").hidden = true;
}

let shots = 0;
$("choose").addEventListener("click", () => $("files").click());
$("files").addEventListener("change", () => {
  take($("files").files);
  $("files").value = ""; // the same file may be chosen again
});
$("camera").addEventListener("click", startCamera);
$("stop").addEventListener("click", () => {
  stopCamera();
  $("camera").focus();
});
$("shoot").addEventListener("click", async () => take([await camera.frame(`camera ${++shots}`)]));
$("clear").addEventListener("click", clear);
$("csv").addEventListener("click", () => download("numbers.csv", asCsv(settled()), "text/csv"));
$("json").addEventListener("click", () => download("numbers.json", asJson(settled()), "application/json"));
// Anywhere on the page: a photo beside the zone must not open in its place.
for (const kind of ["dragenter", "dragover"])
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    $("drop").classList.add("over");
  });
for (const kind of ["dragleave", "drop"])
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    if (kind === "drop" || !event.relatedTarget) $("drop").classList.remove("over");
  });
document.addEventListener("drop", ({ dataTransfer: { files } }) => {
  if (files.length) take(files);
  else complain("That was no file, as with pictures of other pages: save the picture, and drop its file.");
});
document.addEventListener("paste", (event) => take(event.clipboardData.files));
theReader().catch(() => {}); // so that it is ready when the first photo comes
