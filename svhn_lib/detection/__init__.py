"""Detection: where the numbers of a whole photo are, how they stand, and their crops made level.

Names are loaded when they are first used, so that the package itself costs no PyTorch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy

if TYPE_CHECKING:
    from svhn_lib.detection.localiser import Localiser
    from svhn_lib.detection.record import Found
    from svhn_lib.detection.rectify import rectified

__all__ = ["Found", "Localiser", "rectified"]
_HOMES = {"Found": "record", "Localiser": "localiser", "rectified": "rectify"}
__getattr__ = lazy(__name__, _HOMES)
