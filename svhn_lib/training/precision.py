"""Whether convolutions are computed in bfloat16 on a device."""

from __future__ import annotations

import time
from functools import cache

import torch


def use_bfloat16(precision: str, device: torch.device) -> bool:
    """Say whether convolutions run under bf16 autocast.

    'auto' takes it on a GPU that has it in hardware, and on a CPU where a trial finds it faster:
    some CPUs have the instructions and are slower with them.

    Args:
        precision: one of `options.PRECISIONS`.
        device: where the model trains.
    """
    if precision != "auto":
        return precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and _has_bfloat16() and bfloat16_gain() > 1.1


def _has_bfloat16() -> bool:
    """Whether this CPU has the instructions; where PyTorch does not tell, the trial alone decides.

    PyTorch has no public name for it, so that a version may lack this one.
    """
    told = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return told is None or bool(told())


@cache
def bfloat16_gain() -> float:
    """Measure how many times as fast this CPU trains a convolution in bfloat16 as in float32.

    Processor time, the best of three trials of each, a tenth of a second in all.
    """
    with torch.random.fork_rng():
        layer = torch.nn.Conv2d(64, 64, 3, padding=1).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        maps = torch.randn(32, 64, 16, 16).contiguous(memory_format=torch.channels_last)

    def seconds(bfloat16: bool) -> float:
        began = time.process_time()
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            layer(maps).float().sum().backward()
        return time.process_time() - began

    trials = [(seconds(False), seconds(True)) for _ in range(4)][1:]  # the first one compiles
    return min(single for single, _ in trials) / min(reduced for _, reduced in trials)
