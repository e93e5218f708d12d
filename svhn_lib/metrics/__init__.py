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
from svhn_lib.metrics.boxes import BoxScore, box_score, iou, match
from svhn_lib.metrics.calibration import (
    coverage_at,
    coverage_curve,
    expected_calibration_error,
    reliability,
)
from svhn_lib.metrics.intervals import bootstrap_difference, wilson_interval

__all__ = [
    "BoxScore",
    "Score",
    "accuracy_given_length",
    "all_slots_accuracy",
    "bootstrap_difference",
    "box_score",
    "coverage_at",
    "coverage_curve",
    "expected_calibration_error",
    "iou",
    "match",
    "reliability",
    "score",
    "slot_accuracy",
    "wilson_interval",
]
