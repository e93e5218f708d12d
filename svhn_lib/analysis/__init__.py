"""Where a net goes wrong and why: the error table and its views.

`examine` or `error_table` make the table; whole sets are measured in `metrics`, and drawing is left
to `plots` and `widgets`.
"""

from svhn_lib.analysis.compare import OUTCOMES, Comparison, compare, who_is_right
from svhn_lib.analysis.corrections import Corrected, correct_labels, write_labels
from svhn_lib.analysis.degrade import (
    BLUR,
    DEGRADATIONS,
    FADE,
    SHIFT,
    Degradation,
    degrade,
)
from svhn_lib.analysis.edits import EXTRA, MISSING, Edit, Kind, align, confusion, edits
from svhn_lib.analysis.explain import Explainer, Explanation, Neighbour
from svhn_lib.analysis.features import Nearest, embed, feature_maps, first_filters, nearest
from svhn_lib.analysis.files import read_error_table, write_error_table
from svhn_lib.analysis.gains import gains
from svhn_lib.analysis.groups import (
    accuracy_by,
    accuracy_by_bins,
    accuracy_by_confidence,
    accuracy_by_position,
    common_confusions,
    confusion_shares,
)
from svhn_lib.analysis.maps import picture_map
from svhn_lib.analysis.marks import Mark, Marks
from svhn_lib.analysis.occlusion import saliency
from svhn_lib.analysis.pictures import Conditions, conditions
from svhn_lib.analysis.suspects import Planted, label_quality, plant_errors, slot_probabilities
from svhn_lib.analysis.table import edit_table, error_table, examine

__all__ = [
    "BLUR",
    "DEGRADATIONS",
    "EXTRA",
    "FADE",
    "MISSING",
    "OUTCOMES",
    "SHIFT",
    "Comparison",
    "Conditions",
    "Corrected",
    "Degradation",
    "Edit",
    "Explainer",
    "Explanation",
    "Kind",
    "Mark",
    "Marks",
    "Nearest",
    "Neighbour",
    "Planted",
    "accuracy_by",
    "accuracy_by_bins",
    "accuracy_by_confidence",
    "accuracy_by_position",
    "align",
    "common_confusions",
    "compare",
    "conditions",
    "confusion",
    "confusion_shares",
    "correct_labels",
    "degrade",
    "edit_table",
    "edits",
    "embed",
    "error_table",
    "examine",
    "feature_maps",
    "first_filters",
    "gains",
    "label_quality",
    "nearest",
    "picture_map",
    "plant_errors",
    "read_error_table",
    "saliency",
    "slot_probabilities",
    "who_is_right",
    "write_error_table",
    "write_labels",
]
