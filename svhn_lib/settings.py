"""What a run depends on beside its data: profile, device, seed, folders. Read once, here alone.

No other module of the library looks at environment variables.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch

T = TypeVar("T")
PROFILES = ("quick", "full")
_CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """The surroundings of a run.

    Attributes:
        profile: 'quick' (minutes on two cores) or 'full' (what published figures come from).
        device: where networks run.
        seed: of everything random in the notebooks.
        data_root: where downloads, rendered sets and stores lie.
        samples: a folder with real material to measure on, or None.
    """

    profile: str
    device: torch.device
    seed: int
    data_root: Path
    samples: Path | None

    def pick(self, quick: T, full: T) -> T:
        """The value for this profile."""
        return quick if self.profile == "quick" else full


def read() -> Settings:
    """Settings from SVHN_PROFILE, SVHN_DEVICE, SVHN_SEED, SVHN_DATA and SVHN_SAMPLES.

    Defaults: quick; a GPU where there is one; 0; `data/` of the checkout, or of the current folder
    where the library is installed without one; none.

    Raises:
        ValueError: a variable has no sensible value.
    """
    profile = os.environ.get("SVHN_PROFILE", "quick")
    if profile not in PROFILES:
        raise ValueError(f"SVHN_PROFILE is {profile!r}: set it to one of {', '.join(PROFILES)}")
    seed = os.environ.get("SVHN_SEED", "0")
    if not seed.isdecimal():
        raise ValueError(f"SVHN_SEED is {seed!r}: set it to a whole number")
    samples = os.environ.get("SVHN_SAMPLES")
    return Settings(
        profile=profile,
        device=_device(os.environ.get("SVHN_DEVICE", "auto")),
        seed=int(seed),
        data_root=Path(os.environ.get("SVHN_DATA", _default_data_root())),
        samples=Path(samples) if samples else None,
    )


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"SVHN_DEVICE is {name!r}: set it to cpu, cuda or cuda:1") from error


def _default_data_root() -> Path:
    in_checkout = (_CHECKOUT / "pyproject.toml").is_file()
    return _CHECKOUT / "data" if in_checkout else Path("data")
