"""What general OCR engines read of labelled numbers, and whether they or we are ahead.

    python benchmarks/rivals.py LABELS.csv [--model compact] [--views 1 3] [--shape SHAPE]

LABELS.csv is `file,number,left,top,right,bottom`. Everyone gets the number's box, and a crop to
their taste: ours the one that the net wants, or --shape and --margin, once and in several views
that are averaged, and of a box far higher than wide the digits one under another, too; the engines
the box and a margin in its own proportions, cut off at the picture's edges; a picture without a box
is cut already, with a margin of 30 %. PP-OCRv6 small is the
recogniser that comes with rapidocr (`pip install 'svhn_lib[rivals]'`), without its detector, which
would only lose numbers that are cut out already; 'digits' allows it blanks and digits only, 'free'
takes the digits out of all that it says. Tesseract is that of the system (`apt install
tesseract-ocr`), told to expect one word of digits.

Printed are whole-number accuracy with Wilson's interval, the difference from ours with its paired
bootstrap interval and McNemar's exact test, milliseconds of processor time per picture, read one by
one on one thread, and the size of the weights. With --whole the numbers are found and read, see
`rivals_whole`; photos without a number count where none is seen, and a column 'kind' of the
labels gives a table of each. An engine is shown in several settings: its best one
is chosen on these very numbers, in its favour.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple, get_args

import cv2
import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from pandas import DataFrame

from svhn_lib.analysis.compare import compare
from svhn_lib.data.cutting.crops import CropSettings, Shape, crop_window, cut
from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.tables.numbers import load_numbers
from svhn_lib.metrics import wilson_interval
from svhn_lib.reading.framings import framings
from svhn_lib.reading.reader import Reader

GIVEN = 0.3  # the margin of pictures that are cut already
MARGINS = (0.1, 0.3)
Crop = NDArray[np.uint8]  # (H, W, 3) RGB
Box = tuple[float, float, float, float]


class Entry(NamedTuple):
    """What one reader made of all numbers: its answers, processor seconds, megabytes of weights."""

    name: str
    numbers: list[str]
    seconds: float
    megabytes: float


class Labelled(NamedTuple):
    """A picture and its number's box, which is None where the picture is cut already."""

    picture: Crop
    box: Box | None

    def inner(self) -> Box:
        """The number's box, or where it must be in a picture that is cut already."""
        if self.box is not None:
            return self.box
        (height, width), edge = self.picture.shape[:2], (1 - 1 / (1 + GIVEN)) / 2
        return width * edge, height * edge, width * (1 - edge), height * (1 - edge)

    def clipped(self, margin: float) -> Crop:
        """The number with a margin, as `CropSettings` counts it, in its own proportions."""
        settings = CropSettings(shape="clipped", margin=margin)
        window = crop_window(self.inner(), self.picture.shape[:2], settings)
        left, top, right, bottom = map(int, window)
        return self.picture[top:bottom, left:right]


class PaddleRecogniser:
    """PP-OCRv6 small, as rapidocr's wheel holds it: a line of text to blanks and characters."""

    HEIGHT, WIDTH = 48, 320  # shorter lines are padded to this width, as rapidocr does

    def __init__(self) -> None:
        path = Path(str(files("rapidocr") / "models" / "PP-OCRv6_rec_small.onnx"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.megabytes = path.stat().st_size / 1e6
        self.session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        characters = self.session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self.characters = ["", *characters, " "]  # the blank comes first
        self.digits = [0, *(self.characters.index(str(digit)) for digit in range(10))]

    def scores(self, crop: Crop) -> NDArray[np.float32]:
        """The probability of each character in each of T columns, (T, characters)."""
        across = max(1, round(crop.shape[1] * self.HEIGHT / crop.shape[0]))
        line = cv2.resize(crop[..., ::-1], (across, self.HEIGHT))
        values = line.astype(np.float32).transpose(2, 0, 1) / 127.5 - 1
        padded = np.zeros((1, 3, self.HEIGHT, max(across, self.WIDTH)), np.float32)
        padded[0, :, :, :across] = values
        return self.session.run(None, {self.session.get_inputs()[0].name: padded})[0][0]

    def read(self, crop: Crop, allowed: list[int] | None) -> str:
        """The text of the likeliest character of each column: repeats are one, blanks are none."""
        scores = self.scores(crop)
        allowed = allowed or list(range(scores.shape[1]))
        best = scores[:, allowed].argmax(axis=1)
        new = np.append(True, best[1:] != best[:-1])
        return "".join(self.characters[allowed[place]] for place in best[new])


def ours(
    model: str, labelled: list[Labelled], shape: Shape | None, margin: float | None, views: int
) -> Entry:
    reader = Reader(model, "cpu", views, backend="torch")
    cutting = reader.net.crop
    if shape is not None:
        cutting = replace(cutting, shape=shape)
    if margin is not None:
        cutting = replace(cutting, margin=margin)
    reader.framings = framings(cutting, views)

    def read(number: Labelled) -> str:
        if number.box is not None:
            return reader.read_boxed(number.picture, number.box).number or ""
        crops = np.stack([cut(number.picture, None, way) for way in reader.framings])
        return reader.read_crops(crops.transpose(0, 3, 1, 2)[None])[0].number or ""

    state = reader.net.state_dict()
    weights = sum(value.numel() * value.element_size() for value in state.values())
    name = f"{Path(model).stem}, {cutting.shape}, margin {cutting.margin}"
    name = name if views == 1 else f"{Path(model).stem}, {views} views"
    return timed(name, weights / 1e6, read, labelled)


def paddle(labelled: list[Labelled]) -> Iterator[Entry]:
    engine = PaddleRecogniser()
    for margin in MARGINS:
        for way, allowed in (("free", None), ("digits", engine.digits)):

            def read(
                number: Labelled, margin: float = margin, allowed: list[int] | None = allowed
            ) -> str:
                return digits_of(engine.read(number.clipped(margin), allowed))

            name = f"PP-OCRv6 small, {way}, margin {margin}"
            yield timed(name, engine.megabytes, read, labelled)


def timed(
    name: str, megabytes: float, read: Callable[[Labelled], str], labelled: list[Labelled]
) -> Entry:
    read(labelled[0])
    began = time.process_time()
    numbers = [read(number) for number in labelled]
    return Entry(name, numbers, time.process_time() - began, megabytes)


def tesseract(labelled: list[Labelled]) -> Iterator[Entry]:
    """All crops in one process, so that its start does not count; at no margin it reads best."""
    command = shutil.which("tesseract")
    if command is None:
        print("tesseract is not installed: it is left out")
        return
    listed = subprocess.run([command, "--list-langs"], capture_output=True, text=True, check=True)
    folder = re.search(r'"(.+)"', listed.stdout)
    trained = Path(folder[1]) / "eng.traineddata" if folder else None
    megabytes = trained.stat().st_size / 1e6 if trained and trained.exists() else float("nan")
    for margin in (0.0, *MARGINS):
        with tempfile.TemporaryDirectory() as scratch:
            paths = [str(Path(scratch) / f"{place}.png") for place in range(len(labelled))]
            for path, number in zip(paths, labelled, strict=True):
                cv2.imwrite(path, number.clipped(margin)[..., ::-1])
            names = Path(scratch) / "names.txt"
            names.write_text("\n".join(paths))
            options = ["--psm", "8", "-c", "tessedit_char_whitelist=0123456789"]
            began = processor_seconds_of_children()
            done = subprocess.run(
                [command, str(names), "-", *options], capture_output=True, text=True, check=True,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            )  # fmt: skip
            seconds = processor_seconds_of_children() - began
        pages = done.stdout.split("\f")[: len(labelled)]
        yield Entry(
            f"Tesseract, digits, margin {margin}", [*map(digits_of, pages)], seconds, megabytes
        )


def processor_seconds_of_children() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


def digits_of(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")


def table(labels: DataFrame, numbers: list[str]) -> DataFrame:
    """The columns of an error table that a comparison needs."""
    return labels[["file", "number"]].assign(predicted=numbers, right=labels["number"] == numbers)


def against(labels: DataFrame, numbers: list[str], first: list[str], alone: bool) -> str:
    """Accuracy with its interval, and the paired difference from the first reader's."""
    compared = compare(table(labels, numbers), table(labels, first), seed=0)
    low, high = wilson_interval(round(compared.accuracy_a * compared.n), compared.n)
    line = f"{compared.accuracy_a:.3f} ({low:.3f} to {high:.3f})"
    if alone:
        return line
    return (
        f"{line}  {compared.accuracy_a - compared.accuracy_b:+.3f} ({compared.low:+.3f} to "
        f"{compared.high:+.3f}), {compared.only_a} : {compared.only_b}, p {compared.p_value:.3f}"
    )


def compare_whole(arguments: argparse.Namespace) -> None:
    """Print a table of each kind of photo: ours, and every setting of the best pipeline."""
    import rivals_whole

    photos = rivals_whole.labelled_photos(arguments.labels)
    if arguments.kinds:
        photos = photos[photos["kind"].isin(arguments.kinds)]
    if arguments.most:
        photos = photos.groupby("kind", sort=False).head(arguments.most)
    photos = photos.reset_index(drop=True)
    files = photos["file"].tolist()
    mine = [rivals_whole.ours(arguments.model, views, files) for views in arguments.views]
    first, sides = mine[0], arguments.sides or rivals_whole.SIDES
    entries = [*mine, *rivals_whole.pipelines(files, sides)]
    for kind, rows in photos.groupby("kind", sort=False).indices.items():
        print(f"{kind}: {len(rows):,} photos; difference from {first.name} with 95 % intervals")
        labels = photos.iloc[rows].reset_index(drop=True)
        read = [[entry.numbers[row] for row in rows] for entry in entries]
        for entry, numbers in zip(entries, read, strict=True):
            print(f"{entry.name:<76}{against(labels, numbers, read[0], entry is first)}")
    for entry in entries:
        cost = f"{1e3 * entry.seconds / len(files):.1f} ms, {entry.megabytes:.1f} MB"
        print(f"{entry.name:<76}{cost}")
    if arguments.predictions:
        answers = {entry.name: entry.numbers for entry in entries}
        photos[["file", "number"]].assign(**answers).to_csv(arguments.predictions, index=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("labels", type=Path, metavar="LABELS.csv")
    parser.add_argument("--model", default="compact", metavar="NAME_OR_FILE")
    parser.add_argument(
        "--shape", choices=get_args(Shape), help="of our crop, if not the net's own"
    )
    parser.add_argument("--margin", type=float, help="likewise")
    parser.add_argument("--views", type=int, nargs="+", default=[1, 3], help="of ours")
    parser.add_argument("--predictions", type=Path, metavar="OUT.csv")
    parser.add_argument("--whole", action="store_true", help="find and read, in whole photos")
    parser.add_argument("--kinds", nargs="+", help="rows of LABELS.csv's column 'kind'")
    parser.add_argument("--most", type=int, help="photos of each kind, the first ones")
    parser.add_argument("--sides", type=int, nargs="+", help="least sides for PP-OCR's detector")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    print(
        f"{platform.machine()}, torch {torch.__version__}, onnxruntime {onnxruntime.__version__}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    if arguments.whole:
        compare_whole(arguments)
        return
    labels, _ = load_numbers(arguments.labels)
    labelled = [
        Labelled(read_picture(row.file), None if np.isnan(row.left) else tuple(row[1:]))
        for row in labels[["file", "left", "top", "right", "bottom"]].itertuples(index=False)
    ]
    mine = [
        ours(arguments.model, labelled, arguments.shape, arguments.margin, views)
        for views in arguments.views
    ]
    first = mine[0]
    entries = [*mine, *paddle(labelled), *tesseract(labelled)]
    print(f"{len(labels):,} numbers; difference from {first.name} with 95 % intervals")
    for entry in entries:
        line = against(labels, entry.numbers, first.numbers, entry is first)
        cost = f"{1e3 * entry.seconds / len(labels):.1f} ms, {entry.megabytes:.1f} MB"
        print(f"{entry.name:<36}{line}  {cost}")
    if arguments.predictions:
        answers = {entry.name: entry.numbers for entry in entries}
        labels[["file", "number"]].assign(**answers).to_csv(arguments.predictions, index=False)


if __name__ == "__main__":
    main()
