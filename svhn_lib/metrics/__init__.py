"""How well numbers are found and read: boxes, accuracies, coverage, calibration, intervals.

Every mean is over examples, never over batches.
"""

from svhn_lib.metrics.accuracies import (
    Score,
    accuracy_given_length,
    all_slots_accuracy,
    score,
    slot_accuracy,
)
from svhn_lib.metrics.boxes import (
    BoxScore,
    accuracy_given_box,
    average_precision,
    box_score,
    iou,
    match,
)
from svhn_lib.metrics.calibration import (
    coverage_at,
    coverage_curve,
    expected_calibration_error,
    reliability,
)
from svhn_lib.metrics.intervals import bootstrap_difference, wilson_interval
from svhn_lib.metrics.photos import Judged, PhotoScore, judge, photo_score

__all__ = [
    "BoxScore",
    "Judged",
    "PhotoScore",
    "Score",
    "accuracy_given_box",
    "accuracy_given_length",
    "all_slots_accuracy",
    "average_precision",
    "bootstrap_difference",
    "box_score",
    "coverage_at",
    "coverage_curve",
    "expected_calibration_error",
    "iou",
    "judge",
    "match",
    "photo_score",
    "reliability",
    "score",
    "slot_accuracy",
    "wilson_interval",
]
