"""A net that finds numbers, measured on rendered photos, calibrated, and saved where it is best."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from svhn_lib.data.cutting.pictures import read_picture
from svhn_lib.data.scenes import SceneNumber
from svhn_lib.detection.localiser import Localiser
from svhn_lib.losses.places import digit_height
from svhn_lib.metrics import average_precision, iou, match
from svhn_lib.models.net import PlaceNet
from svhn_lib.models.zoo import save_model
from svhn_lib.training.place_windows import Photo
from svhn_lib.training.run_folder import BEST

LEAST_HEIGHT = 8.0
"""Numbers with lower digits, in pixels of the photo, are not asked for."""


class PlaceValidator:
    """The photos that a run is measured on, and the place of its best weights.

    Args:
        photos: rendered ones, at least one with a number of `LEAST_HEIGHT`.
        out: folder of the run.
        notes: JSON-able entries of the figures that are saved with the weights.

    Raises:
        ValueError: no photo has a number that is asked for.
    """

    def __init__(self, photos: list[Photo], out: Path, notes: dict[str, Any]) -> None:
        """Keep the photos; see the class."""
        if not any(_is_tall(number) for photo in photos for number in photo.numbers):
            raise ValueError(
                "no validation photo has a number with digits of at least "
                f"{LEAST_HEIGHT:g} pixels: render more"
            )
        self._photos, self._out, self._notes = photos, out, notes
        self._calibration = (1.0, 0.0)

    def measured(self, net: PlaceNet) -> dict[str, float]:
        """Return average precision, shares of numbers found and of photos with a false alarm.

        A place is right where it meets a number with an IoU above 0.5; places of numbers that are
        too low are neither right nor wrong for the average precision. For the shares and the mean
        IoU a place counts where its calibrated confidence is 0.5 or more; temperature and bias are
        fitted to the same photos first.
        """
        net.figures = {"temperature": 4.0, "bias": 3.0}  # no place is too improbable then
        localiser, rows = Localiser(net), []
        for photo in self._photos:
            places = localiser.find(read_picture(photo.file))
            tall = np.array([_is_tall(number) for number in photo.numbers], dtype=bool)
            true = np.array([number.box for number in photo.numbers]).reshape(-1, 4)
            boxes = np.array([place.box for place in places]).reshape(-1, 4)
            odds = 4 * (_logit(np.array([place.confidence for place in places])) - 3)
            asked = match(boxes, true[tall]) >= 0
            low = (iou(boxes[:, None], true[None, ~tall]) > 0.5).any(axis=1)
            judged = np.stack([asked, asked | ~low])
            rows.append((odds, match(boxes, true) >= 0, boxes, true[tall], judged))
        odds, right = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
        self._calibration = fitted_calibration(odds, right)
        temperature, bias = self._calibration
        overlaps, alarms = [], 0
        for logits, good, boxes, asked, _ in rows:
            given = logits / temperature + bias >= 0
            alarms += bool((given & ~good).any())
            if len(asked):
                shares = iou(asked[:, None], boxes[given][None])
                overlaps += shares.max(axis=1, initial=0).tolist()
        asked, counts = np.concatenate([row[-1] for row in rows], axis=1)
        return {
            "average_precision": average_precision(asked[counts], odds[counts], len(overlaps)),
            "found": float(np.mean(np.array(overlaps) > 0.5)),
            "mean_iou": float(np.mean(overlaps)),
            "alarms": alarms / len(rows),
        }

    def save(self, net: PlaceNet, row: dict[str, float]) -> None:
        """Write weights in half precision, with what is known of them and their calibration."""
        figures = {
            "temperature": self._calibration[0],
            "bias": self._calibration[1],
            "validation_average_precision": row["average_precision"],
            "validation_found": row["found"],
            "validation_photos": len(self._photos),
            **{name: row[name] for name in ("step", "examples", "seconds")},
            **self._notes,
        }
        save_model(copy.deepcopy(net).half(), self._out / BEST, figures)


def _is_tall(number: SceneNumber) -> bool:
    return digit_height(number) >= LEAST_HEIGHT


def fitted_calibration(odds: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """Return temperature and bias that make logits of places probabilities (Platt 1999).

    Args:
        odds: (n,), logits as the net gives them.
        right: (n,), whether a number was there; with n = 0, or all alike, the logits are kept.

    Example:
        >>> logits = np.array([-2.0, 0, 0, 2, 2, 4])
        >>> temperature, bias = fitted_calibration(logits, np.array([0, 0, 1, 0, 1, 1]) > 0)
        >>> bool(temperature > 0)
        True
    """
    if len(odds) == 0 or right.all() or not right.any():
        return 1.0, 0.0
    x = torch.from_numpy(np.clip(odds, -20, 20))
    y = torch.from_numpy((right * len(right) + 0.5) / (len(right) + 1))  # never quite sure
    line = torch.zeros(2, dtype=torch.float64, requires_grad=True)  # log of the slope, bias
    optimiser = torch.optim.LBFGS([line], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(x * line[0].exp() + line[1], y)
        value.backward()
        return value

    optimiser.step(loss)
    log_slope, bias = line.detach().tolist()
    return float(np.clip(np.exp(-log_slope), 0.01, 100)), float(bias)


def _logit(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.clip(shares, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(shares / (1 - shares)))
