"""What a run depends on beside its data: profile, device, seed, folders. Read once, here alone.

No other module of the library looks at environment variables. PyTorch is loaded only where a
device is asked for.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
PROFILES = ("quick", "full")
_DEVICE = re.compile(r"auto|(cpu|cuda|mps|xpu)(:\d{1,3})?")
_CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """The surroundings of a run.

    Attributes:
        profile: 'quick' (minutes on two cores) or 'full' (what published figures come from).
        device_name: where networks run: 'auto', 'cpu', 'cuda', 'cuda:1', 'mps'.
        seed: of everything random in the notebooks.
        data_root: where downloads, rendered sets and stores lie.
        samples: a folder with real material to measure on, or None.

    Example:
        >>> Settings("quick", "cpu", 0, Path("data"), None).device
        device(type='cpu')
    """

    profile: str
    device_name: str
    seed: int
    data_root: Path
    samples: Path | None

    @property
    def device(self) -> torch.device:
        """Where networks run; ValueError where this machine or this PyTorch has no such device."""
        return checked_device(self.device_name, f"SVHN_DEVICE={self.device_name}")

    @property
    def reading_device(self) -> str | torch.device:
        """Where readers read; 'auto' and 'cpu' by name, so that no PyTorch is loaded.

        Raises:
            ValueError: this machine or this PyTorch has no such device.
        """
        by_name = self.device_name in ("auto", "cpu")
        return self.device_name if by_name else self.device

    def pick(self, quick: T, full: T) -> T:
        """Return the value for this profile."""
        return quick if self.profile == "quick" else full


def read() -> Settings:
    """Return settings from SVHN_PROFILE, SVHN_DEVICE, SVHN_SEED, SVHN_DATA and SVHN_SAMPLES.

    Defaults: quick; a GPU where there is one; 0; `data/` of the checkout, or of the current folder
    where the library is installed without one; none.

    Raises:
        ValueError: a variable has no sensible value.

    Example:
        >>> from svhn_lib import settings
        >>> settings.read().pick(quick=100, full=10_000) in (100, 10_000)
        True
    """
    profile = os.environ.get("SVHN_PROFILE", "quick")
    if profile not in PROFILES:
        raise ValueError(f"SVHN_PROFILE is {profile!r}: set it to one of {', '.join(PROFILES)}")
    seed = os.environ.get("SVHN_SEED", "0")
    if not seed.isdecimal():
        raise ValueError(f"SVHN_SEED is {seed!r}: set it to a whole number")
    device = os.environ.get("SVHN_DEVICE", "auto")
    if not _DEVICE.fullmatch(device):
        raise ValueError(f"SVHN_DEVICE is {device!r}: set it to cpu, cuda or cuda:1")
    samples = os.environ.get("SVHN_SAMPLES")
    return Settings(
        profile=profile,
        device_name=device,
        seed=int(seed),
        data_root=Path(os.environ.get("SVHN_DATA", _default_data_root())),
        samples=Path(samples) if samples else None,
    )


def folders() -> dict[str, str]:
    """Return the variables that name folders as whole paths, for a process that works elsewhere.

    Raises:
        ValueError: as `read`.

    Example:
        >>> Path(folders()["SVHN_DATA"]).is_absolute()
        True
    """
    now = read()
    known = {"SVHN_DATA": now.data_root, "SVHN_SAMPLES": now.samples}
    return {name: str(folder.absolute()) for name, folder in known.items() if folder is not None}


def checked_device(
    device: str | torch.device | None = None, asked: str | None = None
) -> torch.device:
    """Return a device that is there; 'auto' and None give a GPU where there is one, else the CPU.

    Args:
        device: as PyTorch names it: 'cpu', 'cuda', 'cuda:1', 'mps', 'xpu'.
        asked: how the error names what was asked for; by default as a `device` argument.

    Raises:
        ValueError: there is no such device on this machine, or in this build of PyTorch.

    Example:
        >>> checked_device("cpu")
        device(type='cpu')
    """
    import torch

    name = "auto" if device is None else str(device)
    asked = asked or f"device {name!r}"
    if not _DEVICE.fullmatch(name):
        raise ValueError(f"{asked}: no such device; use cpu, cuda, cuda:1 or mps")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    found = torch.device(name)
    if reason := _missing(found):
        raise ValueError(f"{asked}: {reason}; use cpu")
    return found


def threads() -> int:
    """Return how many threads a net may use at most, by OMP_NUM_THREADS; 0 where it does not say.

    PyTorch reads that variable by itself, ONNX Runtime does not. Ray and SLURM set it, so that
    many processes share a machine.

    Example:
        >>> threads() >= 0
        True
    """
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(first) if first.isdecimal() else 0


def _missing(device: torch.device) -> str:
    """Say why a device is not there; the empty text where it is."""
    import torch

    if device.type == "cpu":
        return "" if not device.index else "there is only one CPU device"
    backend = torch.backends.mps if device.type == "mps" else getattr(torch, device.type)
    if not backend.is_available():
        built = torch.version.cuda or torch.version.hip if device.type == "cuda" else False
        return "no GPU is found" if built else f"this PyTorch has no {device.type.upper()}"
    count = 1 if device.type == "mps" else backend.device_count()
    if (device.index or 0) >= count:
        return f"there are {count}, the last is {device.type}:{count - 1}"
    return ""


def _default_data_root() -> Path:
    in_checkout = (_CHECKOUT / "pyproject.toml").is_file()
    return _CHECKOUT / "data" if in_checkout else Path("data")
