"""The pool of worker processes, as cutting and rendering use it: any program, a clean end."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from svhn_lib.data.prepare import prepare
from svhn_lib.data.street import RenderSettings, render_split
from svhn_lib.data.workers import map_in_order

PLAIN = RenderSettings(bundled_fonts=True, ingredients=())
COUNT = 300


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A CSV of 300 numbers, three in each of 100 pictures."""
    folder = tmp_path_factory.mktemp("source")
    generator = np.random.default_rng(0)
    rows = []
    for index in range(100):
        pixels = generator.integers(0, 256, (12, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
        rows += [(f"{index}.png", number, 8 * number, 2, 8 * number + 9, 11) for number in range(3)]
    columns = ["file", "number", "left", "top", "right", "bottom"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "labels.csv", index=False)
    return folder / "labels.csv"


@pytest.fixture
def processes(monkeypatch):
    """The worker processes that are started."""
    started = []

    class Remembered(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Remembered)
    return started


def test_order_is_kept_and_errors_come_through():
    for count in (1, 3):
        with closing(map_in_order(int, list("31415"), count, str)) as results:
            assert list(results) == [3, 1, 4, 1, 5]
        with pytest.raises(ValueError, match="invalid literal"):
            list(map_in_order(int, ["1", "one", "2"], count, str))


# Scripts without a main guard. `sys.argv[-1]` says how many pictures are awaited, or 'wait'.
RENDER = """
import sys, time
from svhn_lib import render_split
from svhn_lib.data.street import RenderSettings

def progress(done, total):
    print("begun", flush=True)
    if sys.argv[-1] == "wait":
        time.sleep(60)

plain = RenderSettings(bundled_fonts=True, ingredients=())
folder = render_split(sys.argv[2], 300, 7, plain, workers=2, progress=progress)
print(len(list(folder.glob("*.png"))))
"""
CUT = """
import sys, time
from svhn_lib.data.prepare import prepare

def progress(done, total):
    print("begun", flush=True)
    if sys.argv[-1] == "wait":
        time.sleep(60)

print(prepare(sys.argv[1], sys.argv[2], workers=2, progress=progress).numbers)
"""


@pytest.mark.parametrize("script", [RENDER, CUT], ids=["render", "cut"])
@pytest.mark.parametrize("way", ["piped", "script without a main guard"])
def test_workers_start_from_any_kind_of_program(source, tmp_path, script, way):
    (tmp_path / "script.py").write_text(script)
    # It would be imported in place of the standard library's, did workers look at this folder.
    (tmp_path / "pickle.py").write_text("1 / 0")
    program, piped = ("-", script) if way == "piped" else (str(tmp_path / "script.py"), None)
    done = subprocess.run(
        [sys.executable, "-P", program, str(source), str(tmp_path / "out")],
        input=piped, capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.stdout.split()[-1:] == [str(COUNT)], done.stderr
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("script", [RENDER, CUT], ids=["render", "cut"])
def test_control_c_in_a_terminal(source, tmp_path, script):
    program = subprocess.Popen(
        [sys.executable, "-c", script, str(source), str(tmp_path / "out"), "wait"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        # A shell that runs these tests in the background hands on that Ctrl-C is to be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert program.stdout.readline() == "begun\n"
    os.killpg(program.pid, signal.SIGINT)  # as a terminal does
    _, errors = program.communicate(timeout=30)
    assert program.returncode != 0
    assert errors.count("Traceback") == 1
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert list(tmp_path.iterdir()) == []


def _run(source, out, **options):
    if out.suffix:
        prepare(source, out, workers=2, **options)
    else:
        render_split(out, 1300, 7, PLAIN, workers=2, **options)


@pytest.mark.parametrize("out", ["out", "out.h5"])
def test_interrupt_leaves_no_file_and_no_process(source, tmp_path, processes, out):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(source, tmp_path / out, progress=interrupt)
    assert list(tmp_path.iterdir()) == []
    assert len(processes) == 2
    assert all(worker.poll() is not None for worker in processes)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups of POSIX")
def test_control_c_cannot_reach_a_worker_that_is_still_starting(processes):
    with closing(map_in_order(int, ["1", "2"], 2, str)) as results:
        next(results)
        groups = [os.getpgid(worker.pid) for worker in processes]
    assert groups == [worker.pid for worker in processes]
    assert os.getpgid(0) not in groups


@pytest.mark.parametrize(
    ("out", "place"), [("out", r"pictures \d+ to \d+"), ("out.h5", r"the pictures from .*\.png to")]
)
def test_a_dying_worker_is_an_error_not_a_hang(source, tmp_path, processes, out, place):
    def kill(done, total):
        os.kill(processes[0].pid, signal.SIGKILL)
        time.sleep(0.2)

    many = tmp_path / "many.csv"
    lines = source.read_text().splitlines()[1:]
    # Five boxes of each number, a little higher each: rows that repeat would be left out.
    rows = [f"{source.parent}/{line}.{digit}" for digit in range(5) for line in lines]
    many.write_text("\n".join(["file,number,left,top,right,bottom", *rows]))
    with pytest.raises(ChildProcessError, match=f"a worker process died at {place}"):
        _run(many, tmp_path / out, progress=kill)
    assert list(tmp_path.iterdir()) == [many]


@pytest.mark.parametrize("module", ["cutting.workers", "street.batch"])
def test_workers_do_not_load_pytorch_or_pandas(module):
    code = f"import sys, svhn_lib.data.{module}; print({{'torch', 'pandas'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
