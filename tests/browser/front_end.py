"""A Jupyter server on the loopback, and Chromium to look at its pages with.

The server shows JupyterLab and Notebook 7; nothing else can be reached from the pages, and what
they try to reach is noted.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

PATIENCE = 240  # seconds for whatever a busy machine takes long to do
expect.set_options(timeout=1000 * PATIENCE)
TOKEN = "svhn"
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


def find_chromium() -> str | None:
    """The system's Chromium, which Debian calls so and others chromium-browser."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextlib.contextmanager
def serve(folder: Path, scratch: Path, **environment: str) -> Iterator[str]:
    """A server of the files in `folder`; gives its address. All it writes lies in `scratch`."""
    settings = scratch / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(QUIET))
    own = {
        name: str(scratch / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        f"--notebook-dir={folder}", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0",
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True",
        f"--LabApp.user_settings_dir={scratch / 'settings'}",
        f"--LabApp.workspaces_dir={scratch / 'workspaces'}",
        # Where nobody is left to end it, it ends by itself.
        "--MappingKernelManager.cull_idle_timeout=600",
        "--ServerApp.shutdown_no_activity_timeout=600",
    ]  # fmt: skip
    log = (scratch / "server.log").open("w")
    server = subprocess.Popen(
        command, env={**os.environ, **own, **environment}, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        yield _address(server, Path(own["JUPYTER_RUNTIME_DIR"]), scratch / "server.log")
    finally:
        server.terminate()  # it ends its kernels first
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()  # the kernels see that it is gone
            server.wait()
        log.close()


def _address(server: subprocess.Popen, runtime: Path, log: Path) -> str:
    """Wait until the server has written down where it listens."""
    for _ in range(10 * PATIENCE):
        for file in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(json.JSONDecodeError):  # half written
                return f"http://127.0.0.1:{json.loads(file.read_text())['port']}"
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"the Jupyter server did not start:\n{log.read_text()}")


@contextlib.contextmanager
def chromium(path: str, *options: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        args = ["--no-sandbox", *options]
        browser = playwright.chromium.launch(executable_path=path, args=args)
        try:
            yield browser
        finally:
            browser.close()


def expect_painted(picture: Locator, wider_than: int = 0) -> None:
    """Wait until a picture has been loaded and has more than so many pixels in a row."""
    picture.evaluate("(image) => image.decode()")
    width = picture.evaluate("(image) => image.naturalWidth")
    assert width > wider_than, f"{width} pixels"


class Visitor:
    """A page of the browser with what went wrong on it.

    Attributes:
        page: of Playwright.
        errors: exceptions that no script caught.
        outside: addresses outside the server that were asked for; they were not reached.
    """

    def __init__(self, browser: Browser, address: str | None) -> None:
        self.address, self.errors, self.outside = address, [], []
        viewport = {"width": 1200, "height": 1000}
        self.context = browser.new_context(viewport=viewport)
        self.context.route("**/*", self._pass_or_stop)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _pass_or_stop(self, route) -> None:
        parts = urlsplit(route.request.url)
        if parts.scheme in ("blob", "data", "file") or parts.hostname == "127.0.0.1":
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def open(self, kind: str, notebook: str) -> None:
        """Open a notebook in "lab" or in "notebook" and wait for its kernel to be idle."""
        places = {"lab": "lab/tree", "notebook": "notebooks"}
        reset = "&reset" if kind == "lab" else ""
        self.page.goto(f"{self.address}/{places[kind]}/{notebook}?token={TOKEN}{reset}")
        self.wait_until_ready()

    def reload(self) -> None:
        self.page.reload()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until the notebook is there and its kernel is idle."""
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session"
            "?.kernel?.status === 'idle'"
        )

    def command(self, name: str, timeout: float = PATIENCE) -> None:
        """Run a command of the front end to its end; a promise that is returned would hang."""
        self.page.evaluate(
            """(name) => {
                window.done = false;
                jupyterapp.commands.execute(name).finally(() => { window.done = true; });
            }""",
            name,
        )
        self.page.wait_for_function("() => window.done", timeout=1000 * timeout)

    def settle(self) -> None:
        """Wait until the kernel has done, and told, what the page has asked of it so far."""
        for _ in range(2):  # a view holds back what was asked last until it has an answer
            self.page.evaluate(
                """async () => {
                    const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
                    await kernel.requestExecute({ code: "", silent: true }).done;
                }"""
            )

    def run_cell(self, index: int) -> str:
        """Run one cell; gives the text that it printed."""
        self.page.evaluate(
            "(index) => { jupyterapp.shell.currentWidget.content.activeCellIndex = index; }", index
        )
        self.command("notebook:run-cell")
        outputs = self.cells()[index]["outputs"]
        return "".join("".join(one.get("text", "")) for one in outputs)

    def cells(self) -> list[dict]:
        """The cells as they are in the front end now, in the form of the notebook's file."""
        return self.page.evaluate(
            "() => jupyterapp.shell.currentWidget.content.widgets.map((one) => one.model.toJSON())"
        )

    def scroll_to(self, index: int) -> None:
        """Bring a cell into view: JupyterLab draws no other ones."""
        self.page.evaluate(
            """(index) => {
                const { content } = jupyterapp.shell.currentWidget;
                content.activeCellIndex = index;
                content.scrollToItem(index, "start");
            }""",
            index,
        )

    def close(self) -> None:
        self.context.close()
