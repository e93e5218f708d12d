"""Two hundred made-up answers for the notebooks of the browser tests; every sixth is wrong."""

import cv2
import numpy as np
import torch

from svhn_lib.analysis import error_table
from svhn_lib.analysis.explain import Explanation, Neighbour
from svhn_lib.reading.record import Answer

COUNT = 200
# What becomes of a wrong one, in turn: read otherwise, the first digit lost, a digit made up.
ERRORS = (lambda text: text[:-1] + "7", lambda text: text[1:], lambda text: text + "4")


def _answer(place: int) -> tuple[str, str]:
    true = str(10 + 37 * place % 890)
    true = true.replace("7", "1")  # so that every 7 that is read is wrong
    return true, ERRORS[place // 6 % 3](true) if place % 6 == 0 else true


def _draw(text: str, shade: int) -> np.ndarray:
    picture = np.full((64, 64, 3), shade, np.uint8)
    return cv2.putText(picture, text, (6, 42), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (250, 250, 250), 2)


def explain(place: int) -> Explanation:
    """Each digit's own column of the picture; no explanation for one place."""
    read = table["predicted"].iloc[place] or ""
    if place == 6:
        raise RuntimeError("this one cannot be explained")
    maps = np.zeros((len(read), 64, 64), np.float32)
    for number in range(len(read)):
        maps[number, 20:44, 6 + 18 * number : 24 + 18 * number] = 1
    near = [Neighbour(pictures[other], numbers[other][0], other / 100, other) for other in range(4)]
    return Explanation(maps, near)


numbers = [_answer(place) for place in range(COUNT)]
sure = [0.005 * (COUNT - place) for place in range(COUNT)]  # the first is the surest
table = error_table(
    [true for true, _ in numbers],
    [
        Answer(read or None, p, (p,) * len(read), ((read or None, p), (true, (1 - p) / 2)))
        for (true, read), p in zip(numbers, sure, strict=True)
    ],
    [f"{place}.png" for place in range(COUNT)],
).assign(
    source=["east" if place % 2 else "west" for place in range(COUNT)],
    sharpness=np.linspace(1, 9, COUNT),
)  # fmt: skip
pictures = np.stack([_draw(true, place) for place, (true, _) in enumerate(numbers)])
crops = torch.from_numpy(pictures[:2]).permute(0, 3, 1, 2)
boxes = torch.tensor([[[6.0, 20, 24, 44], [24, 20, 42, 44]]]).expand(2, -1, -1)
