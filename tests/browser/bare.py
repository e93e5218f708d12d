"""A widget on a bare page of Chromium: its own script and its own Python half, no Jupyter between.

Quick, for whatever does not depend on a front end. What the page asks for is done in this process,
and all that the widget sends meanwhile goes back with the answer.
"""

import base64
import json

from playwright.sync_api import Page

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A widget</title>
<meta name="viewport" content="width=device-width">
<style>{css}</style><style>body {{ margin: 8px; {theme} }}</style></head>
<body><main id="place"></main></body></html>"""
DARK = (
    "--jp-ui-font-color1: #ffffff; --jp-ui-font-color2: #bdbdbd; --jp-border-color1: #616161;"
    "--jp-layout-color1: #111111; --jp-layout-color2: #303030; --jp-brand-color1: #64b5f6;"
    "--jp-error-color1: #ef9a9a; background: #111111; color-scheme: dark;"
)  # as JupyterLab's dark theme has them
MODEL = """async ({ script, messages }) => {
    const state = {};
    const listeners = {};
    const tell = (name, value) => (listeners[name] || []).forEach((call) => call(value));
    const code = (letter) => letter.charCodeAt(0);
    const coded = (bytes) => new Promise((done) => {
        const reader = new FileReader();
        reader.onload = () => done(reader.result.split(",")[1] || "");
        reader.readAsDataURL(new Blob([bytes]));
    });
    const bytes = (text) => new DataView(Uint8Array.from(atob(text), code).buffer);
    function hear({ data, buffers }) {
        if (data.method === "custom") return tell("msg:custom", data.content);
        (data.buffer_paths || []).forEach((path, index) => {
            const last = path.pop();
            path.reduce((at, name) => at[name], data.state)[last] = bytes(buffers[index]);
        });
        Object.assign(state, data.state);
        for (const name of Object.keys(data.state)) tell(`change:${name}`, state[name]);
    }
    const model = {
        get: (name) => state[name],
        send: async (content, _, buffers = []) => {
            const sent = await Promise.all(buffers.map(coded));
            (await window.toKernel(JSON.stringify(content), sent)).forEach(hear);
        },
        on: (name, call) => (listeners[name] ||= []).push(call),
        off: (name, call) => (listeners[name] = listeners[name].filter((one) => one !== call)),
    };
    messages.forEach(hear);
    window.hear = (messages) => messages.forEach(hear);
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const { default: widget } = await import(url);
    window.drawn = widget.render({ model, el: document.getElementById("place") });
}"""


class Bare:
    """A widget on a page.

    Attributes:
        view: the widget.
        page: of Playwright.
        answers: whether its kernel does; a page that asks meanwhile hears nothing.
        asked: what the page asked for, in order.
    """

    def __init__(self, page: Page, view, dark: bool = False, address: str = "about:blank") -> None:
        self.view, self.page, self.answers, self.asked = view, page, True, []
        self._sent: list[dict] = []
        view.comm.send = self._note
        page.expose_function("toKernel", self._do)
        page.goto(address)
        page.set_content(PAGE.format(css=view._css, theme=DARK if dark else ""))
        view.send_state()
        script = view._esm
        page.evaluate(MODEL, {"script": str(script), "messages": self._take()})

    def _note(self, data=None, metadata=None, buffers=None) -> None:
        coded = [base64.b64encode(one).decode() for one in buffers or ()]
        self._sent.append({"data": json.loads(json.dumps(data)), "buffers": coded})

    def _take(self) -> list[dict]:
        sent, self._sent = self._sent, []
        return sent

    def _do(self, text: str, buffers: list[str]) -> list[dict]:
        wish = json.loads(text)
        self.asked.append(wish)
        if self.answers:
            parts = [memoryview(base64.b64decode(one)) for one in buffers]
            self.view._handle_custom_msg(wish, parts)
        return self._take()

    def push(self) -> None:
        """Bring to the page what was changed in Python."""
        self.page.evaluate("(messages) => window.hear(messages)", self._take())
