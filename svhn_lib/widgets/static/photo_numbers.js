// The numbers of the open photo: what each was read from, its digits to type, the candidates.

function photoNumbers(model, line, work) {
  const urls = pictureUrls("image/jpeg");
  const list = make("ol", { class: "svhn-numbers", "aria-label": "Numbers" });
  const none = make("p", { text: "No number was found." });
  const element = make("div", {}, none, list);
  const numbers = () => model.get("content").numbers || [];

  function know(input, number) {
    input.value = number;
    input.removeAttribute("aria-invalid");
  }

  let answered = Promise.resolve(); // to the digits that were typed last

  function commit(index, input) {
    const text = input.value.trim();
    if (!text) know(input, numbers()[index]?.number ?? "");
    if (text === input.dataset.known || !text) return;
    input.dataset.known = text;
    answered = work.ask({ do: "correct", index, number: text }).then((done) => {
      if (done) return input.removeAttribute("aria-invalid");
      input.setAttribute("aria-invalid", "true");
      input.dataset.known = "";
      input.focus();
      input.select();
    });
  }

  function made(index) {
    const image = make("img", { alt: "" });
    const input = make("input", { type: "text", inputmode: "numeric", maxlength: "5", autocomplete: "off" });
    const sure = make("span", { class: "svhn-value" });
    const stacked = make("input", { type: "checkbox" });
    const candidates = make("div", { class: "svhn-candidates", role: "group" });
    const turn = button("⟳ 90°", () => work.turn(index), "Turn the direction of reading");
    const remove = button("✕", () => work.remove(index), "Remove");
    input.addEventListener("focus", () => work.select(index));
    input.addEventListener("change", () => commit(index, input));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      commit(index, input);
      work.type(index + 1);
    });
    stacked.addEventListener("change", () =>
      work.ask({ do: "correct", index, stacked: stacked.checked }),
    );
    const row = make("div", { class: "svhn-line" }, input, sure, turn, remove);
    const column = make("label", {}, stacked, "one digit under another");
    const item = make("li", {}, image, make("div", {}, row, candidates, column));
    item.addEventListener("pointerdown", () => work.select(index));
    item.parts = { image, input, sure, stacked, candidates, turn, remove };
    return item;
  }

  function fill(item, one, index, count, source) {
    const { image, input, sure, stacked, candidates, turn, remove } = item.parts;
    const which = `number ${index + 1} of ${count}`;
    image.src = source;
    image.alt = `${which}, close`;
    input.setAttribute("aria-label", which);
    if (document.activeElement !== input || input.dataset.known === one.number || !input.value)
      know(input, one.number);
    input.dataset.known = one.number;
    sure.textContent = one.confidence === null ? "yours" : one.confidence.toFixed(2);
    sure.title = one.confidence === null ? "as a person left it" : "confidence of place and number together";
    stacked.checked = one.stacked;
    for (const [each, what] of [[turn, "Turn the direction of reading of"], [remove, "Remove"]])
      each.setAttribute("aria-label", `${what} ${which}`);
    candidates.setAttribute("aria-label", `Candidates for ${which}`);
    const buttons = one.candidates.map(([text, share]) => {
      const take = make("button", { type: "button", "aria-pressed": String(text === one.number) });
      take.append(make("b", { text: text || "nothing" }), ` ${share.toFixed(2)}`);
      take.disabled = !text;
      take.addEventListener("click", () => work.ask({ do: "correct", index, number: text }));
      return take;
    });
    const held = [...candidates.children].indexOf(document.activeElement);
    candidates.replaceChildren(...buttons);
    if (held >= 0) candidates.children[held]?.focus();
  }

  function draw() {
    [...list.children].forEach((item, index) =>
      item.classList.toggle("svhn-selected", index === work.selected),
    );
  }

  line.on(["content"], () => {
    const all = numbers();
    const { problem } = model.get("content");
    none.hidden = Boolean(all.length || problem || !("place" in model.get("content")));
    while (list.children.length < all.length) list.append(made(list.children.length));
    while (list.children.length > all.length) list.lastChild.remove();
    const sources = urls.replace(all.map((one) => one.close));
    all.forEach((one, index) => fill(list.children[index], one, index, all.length, sources[index]));
    draw();
  });

  return {
    element,
    draw,
    /** Gives the focus to the digits of one number; false where there is no such number. */
    focus(index) {
      const item = list.children[index];
      item?.parts.input.focus();
      item?.parts.input.select();
      return Boolean(item);
    },
    /** Whether all digits that were typed have been taken. */
    async taken() {
      await answered;
      return !list.querySelector("[aria-invalid=true]");
    },
    release: () => urls.replace([]),
  };
}
