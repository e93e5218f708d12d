"""One notebook at a time, executed in a fresh kernel of this Python.

The whole course and its pages are `runner`'s work; what a committed notebook must satisfy is in
`checks`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import nbformat
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets import default

from svhn_lib import settings
from svhn_lib.course.checks import read_notebook
from svhn_lib.files import refuse_another_kind, written


class NotebookError(RuntimeError):
    """A notebook did not run to its end; the text is one line: the cell and its error.

    Example:
        >>> str(NotebookError("code cell 3: the kernel died"))
        'code cell 3: the kernel died'
    """


class _ThisPython(KernelSpecManager):
    """Whatever kernel a notebook names, and whatever is installed for the user: this Python."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(**get_kernel_dict())


class _Kernel(AsyncKernelManager):
    @default("kernel_spec_manager")
    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return _ThisPython()


async def execute(
    notebook: NotebookNode,
    folder: Path,
    environment: Mapping[str, str],
    at_cell: Callable[[int, int], None] = lambda number, total: None,
) -> None:
    """Run all cells in a fresh kernel of this Python and store their outputs in the notebook.

    Outputs of an earlier run are dropped first: after a failure the cells below the failing one are
    empty. Several notebooks can run at a time, each in a task of its own.

    Args:
        notebook: is changed in place.
        folder: in which the kernel works.
        environment: what the kernel sees on top of this process's own variables, of which those
            that name folders mean the folder of this process.
        at_cell: is called before each cell of code with its number, from 1, and how many there are.

    Raises:
        NotebookError: a cell fails, or the kernel dies.
        ValueError: a variable has no sensible value.

    Example:
        >>> from nbformat.v4 import new_code_cell, new_notebook
        >>> notebook = new_notebook(cells=[new_code_cell("6 * 7")])
        >>> asyncio.run(execute(notebook, Path("."), {"SVHN_PROFILE": "quick"}))  # doctest: +SKIP
        >>> notebook.cells[0].outputs[0]["data"]["text/plain"]  # doctest: +SKIP
        '42'
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    notebook.metadata.pop("widgets", None)  # without a kernel it is dead weight
    client = NotebookClient(
        notebook,
        kernel_manager_class=_Kernel,
        extra_arguments=["--log-level=CRITICAL"],  # or each warns of plain TCP, and of Ctrl-C
        timeout=None,
        record_timing=False,
        store_widget_state=False,
    )
    with tempfile.TemporaryDirectory() as scratch:
        own = {
            "IPYTHONDIR": scratch,  # no start-up files of the user's own
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            **settings.folders(),
        }
        try:
            async with _kernel(client, cwd=str(folder), env={**os.environ, **own, **environment}):
                await _run_cells(client, at_cell)
        except NotebookError:
            raise
        except RuntimeError as error:
            raise NotebookError(f"its kernel did not start ({error})") from error


@asynccontextmanager
async def _kernel(client: NotebookClient, **how: object) -> AsyncIterator[None]:
    """Start a kernel, and end it whatever happens.

    `client.async_setup_kernel` does the same, but takes signals, so that Ctrl-C is a dead kernel.
    """
    client.km = client.create_kernel_manager()
    try:
        await client.async_start_new_kernel(**how)
        await client.async_start_new_kernel_client()
        yield
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
        if isinstance(client.km, AsyncKernelManager) and client.km.has_kernel:
            await client.km.shutdown_kernel(now=True)


async def _run_cells(client: NotebookClient, at_cell: Callable[[int, int], None]) -> None:
    cells = [
        (index, cell)
        for index, cell in enumerate(client.nb.cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]
    for number, (index, cell) in enumerate(cells, start=1):
        at_cell(number, len(cells))
        try:
            await client.async_execute_cell(cell, index, execution_count=number)
        except CellExecutionError as error:
            message = " ".join(f"{error.ename}: {error.evalue}".split())
            cell.execution_count = number
            raise NotebookError(f"code cell {number}: {message}") from error
        except RuntimeError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # which nbclient takes for a dead kernel
                raise asyncio.CancelledError from error
            raise NotebookError(f"code cell {number}: the kernel died") from error


def execute_file(path: Path, profile: str) -> None:
    """Run a notebook in its own folder and store its outputs in the file.

    A run that fails leaves the file as it was.

    Args:
        path: of the notebook.
        profile: 'quick' or 'full', which reaches the notebook as SVHN_PROFILE.

    Raises:
        NotebookError: a cell fails, or the kernel dies; the text begins with the path.
        ValueError: the file is no notebook.
        OSError: it cannot be read or written.
        RuntimeError: an event loop runs already, as in a notebook: there, use the command.

    Example:
        >>> execute_file(Path("notebooks/01_exploration.ipynb"), "quick")  # doctest: +SKIP
    """
    notebook = read_notebook(path)
    refuse_another_kind(path)  # before it runs
    try:
        asyncio.run(execute(notebook, path.parent.resolve(), {"SVHN_PROFILE": profile}))
    except NotebookError as error:
        raise NotebookError(f"{path}: {error}") from error
    with written(path) as scratch:
        nbformat.write(notebook, scratch)
