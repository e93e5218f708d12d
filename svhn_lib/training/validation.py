"""A model measured on the validation numbers, and saved where it is the best so far."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from svhn_lib.data.sets.number_set import NumberSet
from svhn_lib.losses import box_targets
from svhn_lib.metrics import box_score, score
from svhn_lib.models.boxes import box_edges
from svhn_lib.models.net import NumberNet
from svhn_lib.models.zoo import save_model
from svhn_lib.reading.answers import answer, fitted_temperature, read_and_locate
from svhn_lib.training.options import TrainSettings
from svhn_lib.training.run_folder import BEST
from svhn_lib.training.views import reading_crop, validation_views


class Validator:
    """The numbers that a run is measured on, and the place of its best weights.

    Args:
        numbers: at least one.
        settings: of the run.
        out: its folder.
        notes: JSON-able entries of the figures that are saved with the weights.

    Raises:
        ValueError: there is no number.
    """

    def __init__(
        self, numbers: NumberSet, settings: TrainSettings, out: Path, notes: dict[str, Any]
    ) -> None:
        """Cut the views that the net is shown; see the class."""
        if len(numbers) == 0:
            raise ValueError("training and validation both need at least one number")
        self._boxes = box_edges(box_targets(numbers.boxes))
        self._numbers, self._pictures = numbers, validation_views(numbers, settings)
        self._crop = reading_crop(numbers.settings, settings.augment)
        self._out, self._notes = out, notes

    def accuracies(self, model: NumberNet) -> dict[str, float]:
        """Return the accuracies of sequences, characters and lengths, and how well boxes agree."""
        boxes: dict[str, float] = {}
        if model.config.box is None:
            answers = answer(model, self._pictures, temperature=1.0)
        else:
            answers, found = read_and_locate(model, self._pictures, temperature=1.0)
            if self._boxes.isfinite().any():
                agreed = box_score(found, self._boxes)
                boxes = {"box_iou": agreed.mean_iou, "box_squared_error": agreed.squared_error}
        result = score(self._numbers.numbers, [one.number for one in answers])
        return {
            "sequence_accuracy": result.sequence_accuracy,
            "character_accuracy": result.character_accuracy,
            "length_accuracy": result.length_accuracy,
            **boxes,
        }

    def save(self, model: NumberNet, row: dict[str, float]) -> None:
        """Write weights with what is known of them; their temperature is fitted here."""
        labels = self._numbers.lengths, self._numbers.digits
        figures = {
            "validation_sequence_accuracy": row["sequence_accuracy"],
            "validation_numbers": len(self._numbers),
            "crop": self._crop,
            "temperature": fitted_temperature(model, self._pictures, *labels),
            **{name: row[name] for name in ("step", "examples", "seconds")},
            **self._notes,
        }
        save_model(model, self._out / BEST, figures)
