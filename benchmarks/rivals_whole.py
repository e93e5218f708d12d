"""Whole photos for `rivals.py --whole`: finding and reading, ours beside PP-OCR's pipeline.

PP-OCR's pipeline (rapidocr: detector, direction, recogniser) gives lines of text; out of a line's
text the digits are taken, and the photo's number is that of the line with one to five digits that
is the best by its score, or by its score times its height. Its detector is asked with and without
enlarging small pictures, at a threshold that loses less; where no line has digits, its recogniser
may read the whole picture. Of all settings the best one is chosen on these very photos, in its
favour.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pandas import DataFrame
from rapidocr import RapidOCR

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.tables.numbers import load_numbers
from svhn_lib.labels import MAX_DIGITS
from svhn_lib.reading.reader import Reader

SIDES = (320, 736)  # that the shorter side of a picture has at least: a tuned one, the default


class Line(NamedTuple):
    """One line of text that the pipeline found: its digits, score and height in the photo."""

    digits: str
    score: float
    height: float


class Read(NamedTuple):
    """What one reader made of N photos: numbers, processor seconds, megabytes of weights."""

    name: str
    numbers: list[str]
    seconds: float
    megabytes: float


def labelled_photos(labels: Path) -> DataFrame:
    """The labelled photos, one row each: those with several numbers are left out."""
    table, _ = load_numbers(labels, whole=True)
    if "sure" in table:
        table = table[~table["sure"].str.startswith("no")]
    table = table[~table["file"].duplicated(keep=False)].reset_index(drop=True)
    return table if "kind" in table else table.assign(kind="photos")


def ours(model: str, views: int, files: Sequence[str]) -> Read:
    reader = Reader(model, "cpu", views)
    reader.read(np.zeros((64, 64, 3), np.uint8))
    began = time.process_time()
    numbers = [reader.read(file).number or "" for file in files]
    seconds = time.process_time() - began
    nets = [reader.net, reader.localiser.net]
    weights = sum(v.numel() * v.element_size() for net in nets for v in net.state_dict().values())
    name = f"svhn_lib, {model}" + (f", {views} views" if views > 1 else "")
    return Read(name, numbers, seconds, weights / 1e6)


def pipelines(files: Sequence[str], sides: Sequence[int]) -> Iterator[Read]:
    """Every setting of PP-OCR's pipeline."""
    for side in sides:
        engine = RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.text_score": 0.0,
                "Det.limit_side_len": side,
                "Det.limit_type": "min",
                "Det.box_thresh": 0.3,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        began = time.process_time()
        found = [lines(engine, read_picture(file)) for file in files]
        seconds = time.process_time() - began
        whole = [whole_picture(engine, read_picture(file)) for file in files]
        extra = time.process_time() - began - seconds
        for way, rank in RANKS.items():
            for least in (0.0, 0.5):
                name = f"PP-OCRv6 small pipeline, side {side}, {way}, score {least}"
                numbers = [best(some, rank, least) for some in found]
                yield Read(name, numbers, seconds, MEGABYTES)
                filled = [n or w for n, w in zip(numbers, whole, strict=True)]
                yield Read(f"{name}, else the whole", filled, seconds + extra, MEGABYTES)


RANKS: dict[str, Callable[[Line], float]] = {
    "best score": lambda line: line.score,
    "score x height": lambda line: line.score * line.height,
}
MEGABYTES = 31.7  # detector 9.9, direction 0.6, recogniser 21.2


def best(found: Sequence[Line], rank: Callable[[Line], float], least: float) -> str:
    """The number of the best line, '' where no line has one to five digits."""
    fits = [line for line in found if 1 <= len(line.digits) <= MAX_DIGITS and line.score >= least]
    return max(fits, key=rank).digits if fits else ""


def lines(engine: RapidOCR, picture: NDArray[np.uint8]) -> list[Line]:
    out = engine(np.ascontiguousarray(picture[..., ::-1]))
    if getattr(out, "boxes", None) is None:
        return []
    heights = [np.ptp(np.asarray(box)[:, 1]) for box in out.boxes]
    return [
        Line(digits_of(text), float(score), float(height))
        for text, score, height in zip(out.txts, out.scores, heights, strict=True)
    ]


def whole_picture(engine: RapidOCR, picture: NDArray[np.uint8]) -> str:
    """What the recogniser alone makes of the whole picture."""
    shrink = min(1.0, 320 / max(picture.shape[:2]))
    small = cv2.resize(picture[..., ::-1], None, fx=shrink, fy=shrink) if shrink < 1 else picture
    out = engine(np.ascontiguousarray(small), use_det=False, use_cls=False, use_rec=True)
    digits = digits_of((out.txts or ("",))[0])
    return digits if len(digits) <= MAX_DIGITS and (out.scores or (0,))[0] >= 0.5 else ""


def digits_of(text: str) -> str:
    return "".join(character for character in text if character in "0123456789")
