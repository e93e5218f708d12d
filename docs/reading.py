"""Draws docs/reading.png, the README's picture: rendered numbers and what is read in them.

    python docs/reading.py

The numbers are the first ones of a rendered set of its own seed, none chosen by hand.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from svhn_lib import Reader
from svhn_lib.data.prepare import load_crops
from svhn_lib.data.street import RenderSettings, render_split

ROWS, COLUMNS = 3, 9

with tempfile.TemporaryDirectory() as folder:
    street = render_split(
        Path(folder) / "street",
        ROWS * COLUMNS,
        seed=2014,
        settings=RenderSettings(bundled_fonts=True),
    )
    numbers = load_crops(street)
answers = Reader().read_crops(numbers.pictures)
figure, axes = plt.subplots(
    ROWS, COLUMNS, figsize=(COLUMNS * 1.05, ROWS * 1.5), dpi=110, layout="constrained"
)
for axis, crop, true, answer in zip(
    axes.flat, numbers.pictures, numbers.numbers, answers, strict=True
):
    axis.imshow(crop.permute(1, 2, 0))
    axis.set_axis_off()
    wrong = "" if answer.number == true else f"  (is {true})"
    axis.set_title(
        f"{answer.number}{wrong}\n{answer.probability:.0%}",
        fontsize=9,
        color="black" if not wrong else "#a40e26",
    )
figure.savefig(Path(__file__).with_name("reading.png"))
