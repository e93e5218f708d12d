"""Single handwritten digits written again, a little otherwise: turned, slanted, larger or moved.

Numbers are not known here: canvases lay such digits side by side afterwards.
"""

import torch

from svhn_lib.augment.views import AugmentSettings, random_views
from svhn_lib.data.handwriting import DigitSet

_HANDS = AugmentSettings(
    margin=(-0.05, 0.15), clipped=0.0, shift=0.03, turn=8.0, shear=0.15,
    contrast=(1.0, 1.0), brightness=0.0, tint=0.0, grey=0.0,
)  # fmt: skip
_PART = 5000  # digits at once, so that their float copies stay small


def vary_digits(digits: DigitSet, copies: int, generator: torch.Generator) -> DigitSet:
    """Return the digits themselves, then `copies` of each as another hand might have written it.

    Raises:
        ValueError: the number of copies is negative.

    Example:
        >>> pictures = torch.zeros(2, 1, 28, 28, dtype=torch.uint8)
        >>> digits = DigitSet(pictures, torch.tensor([3, 7]), source="")
        >>> len(vary_digits(digits, 2, torch.Generator()).labels)
        6
    """
    if copies < 0:
        raise ValueError(f"{copies} copies of every digit; ask for 0 or more")
    size = (digits.pictures.shape[2], digits.pictures.shape[3])
    whole = torch.tensor([0.0, 0.0, size[1], size[0]])
    parts = [digits.pictures]
    for _ in range(copies):
        for part in digits.pictures.split(_PART):
            boxes = whole.expand(len(part), 1, 4)
            views, _ = random_views(part, boxes, size, generator, _HANDS)
            parts.append(views.round().to(torch.uint8))
    pictures = torch.cat(parts).contiguous(memory_format=torch.channels_last)
    return DigitSet(pictures, digits.labels.repeat(copies + 1), digits.source)
