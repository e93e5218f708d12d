"""What several test files share: the repository, the real samples, and calm on two cores."""

import os
import signal
from pathlib import Path

import hypothesis
import pytest

# Threads of several processes get in each other's way: tests of tiny networks take many times as
# long. PyTorch and the kernels of the notebooks read this when they start, so it is set before.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parents[1]

# A shell that starts a command in the background has it ignore Ctrl-C, which some tests send.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no failure.
hypothesis.settings.register_profile("no_deadline", deadline=None)
hypothesis.settings.load_profile("no_deadline")


@pytest.hookimpl(trylast=True)  # when it is known which are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each of two processes begin with what takes longest, so that both end at the same time.

    `--dist worksteal` gives the first half to one process and the second half to the other; who is
    done first takes over half of what the other has left.
    """
    folders: dict[str, list[pytest.Item]] = {"notebooks": [], "browser": [], "tests": []}
    for item in items:
        folders[item.path.parent.name].append(item)
    chapters, half = folders["notebooks"], len(items) // 2
    first = [*chapters[::2], *folders["tests"]]
    items[:] = [*first[:half], *chapters[1::2], *folders["browser"], *first[half:]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real samples: SVHN_SAMPLES, else ../shared/data beside the checkout."""
    folder = Path(os.environ.get("SVHN_SAMPLES", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real samples: {folder} is not there (SVHN_SAMPLES names the folder)")
    return folder


@pytest.fixture(scope="session")
def data_root(tmp_path_factory, worker_id) -> Path:
    """One data folder for all notebooks and test processes: what one renders the others find."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "course-data"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    """Weights that read 25 in every picture, with a probability of 0.9."""
    from small_cli import says

    from svhn_lib.models import zoo

    path = tmp_path_factory.mktemp("weights") / "says25.safetensors"
    zoo.save_model(says("25", 0.9), path)
    return path


@pytest.fixture
def own(tmp_path) -> Path:
    """A small table of labels with its pictures, in a folder of its own."""
    from small_cli import own_labels

    return own_labels(tmp_path)
