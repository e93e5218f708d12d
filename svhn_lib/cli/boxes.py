"""How well the boxes of a net that finds and reads agree with those of a store, for evaluation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from svhn_lib.cli.whole import percent

if TYPE_CHECKING:
    from svhn_lib.data.sets.store import NumberSet
    from svhn_lib.reading.reader import Reader


def box_figures(reader: Reader, numbers: NumberSet, right: list[bool]) -> dict[str, Any]:
    """Return how well the net's boxes agree with those of a store, where it has any."""
    from svhn_lib.losses import box_targets
    from svhn_lib.metrics import accuracy_given_box, box_score
    from svhn_lib.models.boxes import box_edges
    from svhn_lib.models.net import NumberNet
    from svhn_lib.reading import read_and_locate

    true = box_edges(box_targets(numbers.boxes))
    if not true.isfinite().any():
        return {}
    assert isinstance(reader.net, NumberNet)  # `evaluate` asks PyTorch for those with boxes
    _, found = read_and_locate(reader.net, numbers.pictures)
    agreed = box_score(found, true)
    given = accuracy_given_box(right, found, true)
    return {
        "n": agreed.n,
        "mean_iou": agreed.mean_iou,
        "above_50": agreed.above_half,
        "above_70": agreed.above_70,
        "squared_error": agreed.squared_error,
        "sequence_accuracy_given_box": None if math.isnan(given) else given,
    }


def box_lines(boxes: dict[str, Any]) -> list[str]:
    """Return them as lines of a table; none where there are none."""
    if not boxes:
        return []
    return [
        "",
        f"boxes              mean IoU {boxes['mean_iou']:.3f}, squared error "
        f"{boxes['squared_error']:.2f} pixels x pixels",
        f"IoU above 0.5      {percent(boxes['above_50'])}",
        f"IoU above 0.7      {percent(boxes['above_70'])}",
        f"whole number given IoU above 0.5  {percent(boxes['sequence_accuracy_given_box'])}",
    ]
