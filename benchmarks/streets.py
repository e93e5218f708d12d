"""The fixed rendered set of the training benchmarks: the same pictures on every machine.

30,000 numbers to train (20,000 as long as SVHN's, 10,000 of even lengths), 2,000 to test, as long
as SVHN's, and 500 more of five digits, in the fonts that come with matplotlib. Rendered once.
"""

from pathlib import Path

from svhn_lib.data.cutting.crops import CropSettings
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.sets.number_set import NumberSet, join
from svhn_lib.data.street import EVEN_LENGTHS, SVHN_LENGTHS, RenderSettings, render_split

WIDE = CropSettings((80, 80), margin=0.625)  # crops that `compact` draws its windows from
PUBLISHED = CropSettings((64, 64))  # square, with 30 % margin

# name: (numbers, seed, weights of lengths)
_PARTS = {
    "train": (20_000, 11, SVHN_LENGTHS),
    "extra": (10_000, 13, EVEN_LENGTHS),
    "test": (2_000, 16, SVHN_LENGTHS),
    "five": (500, 14, (0, 0, 0, 0, 1)),
    "tuning": (2_000, 15, SVHN_LENGTHS),  # settings are chosen on these, never on the test
}


def numbers(out: Path, cut: CropSettings, *names: str) -> NumberSet:
    """Crops of the named parts, rendered under `out` where they are not there yet."""
    parts = []
    for name in names:
        count, seed, lengths = _PARTS[name]
        folder = out / f"{name}-{count}-{seed}"
        if not folder.exists():
            render_split(
                folder, count, seed, RenderSettings(lengths, bundled_fonts=True, ingredients=())
            )
        parts.append(load_crops(folder, cut))
    return join(parts)
