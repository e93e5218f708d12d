"use strict";
// Without this script everything can be read; with it figures open large, the list of sections
// says where the reader is, and solutions are printed.

for (const figure of document.querySelectorAll("figure.plot")) {
  const image = figure.querySelector("img");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "enlarge";
  button.textContent = "Enlarge";
  button.setAttribute("aria-label", `Enlarge: ${image.alt.split(". ")[0]}`);
  figure.append(button);
  for (const one of [image, button]) one.addEventListener("click", () => enlarge(figure, button));
}

function enlarge(figure, button) {
  const dialog = document.createElement("dialog");
  dialog.className = figure.className;
  dialog.setAttribute("aria-label", button.getAttribute("aria-label"));
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  const box = document.createElement("div");
  box.tabIndex = 0;
  const image = figure.querySelector("img").cloneNode();
  image.removeAttribute("height");
  image.width = Math.max(image.naturalWidth || 0, image.width, 900);
  box.append(image);
  dialog.append(close, box);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { dialog.remove(); button.focus({ preventScroll: true }); });
  document.body.append(dialog);
  dialog.showModal();
}

// What scrolls sideways can be reached and scrolled by keyboard; what does not is no stop.
function reach() {
  for (const box of document.querySelectorAll("pre, .wide, .output_subarea")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
reach();
window.addEventListener("resize", reach);
for (const details of document.querySelectorAll("details")) details.addEventListener("toggle", reach);

const map = document.querySelector(".map");
if (map) {
  const narrow = window.matchMedia("(max-width: 74.99rem)");
  const fold = () => { map.querySelector("details").open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
  const links = [...map.querySelectorAll("details a")];
  const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const here = () => {
    const reached = headings.filter((one) => one && one.getBoundingClientRect().top < innerHeight / 3);
    links.forEach((link, place) => {
      if (place === reached.length - 1) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  };
  document.addEventListener("scroll", here, { passive: true });
  here();
}

const folded = [];
window.addEventListener("beforeprint", () => {
  folded.push(...document.querySelectorAll("main details:not([open])"));
  for (const details of folded) details.open = true;
});
window.addEventListener("afterprint", () => {
  for (const details of folded.splice(0)) details.open = false;
});
