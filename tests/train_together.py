"""What each process of a run of many does; started by torchrun from test_processes.

train_together.py RUN [STEP MARKER]    the last process kills itself at STEP, once
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
from small_runs import SMALL, bars, small_model

from svhn_lib.training import train
from svhn_lib.training.processes import place_of, process_group

SETTINGS = replace(SMALL, epochs=5, evaluate_every=2, average=0.9)


def main(out: Path, step: int, marker: Path | None) -> None:
    with process_group(torch.device("cpu")) as device:
        # Norms would see half a batch in each of two processes, and differ from one process's.
        model = small_model(norm=False).to(device)
        place = place_of(model)

        def kill(done: int, total: int) -> None:
            if marker and place.rank == place.ranks - 1 and done == step and not marker.exists():
                marker.touch()
                os.kill(os.getpid(), signal.SIGKILL)

        train(model, bars(64, 0), bars(32, 1), out, SETTINGS, resume=True, progress=kill)


if __name__ == "__main__":
    folder, *rest = sys.argv[1:]
    main(Path(folder), int(rest[0]) if rest else 0, Path(rest[1]) if rest else None)
