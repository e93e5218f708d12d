"""Where a net goes wrong and why: the error table and its views.

`examine` or `error_table` make the table; whole sets are measured in `metrics`, and drawing is left
to `plots` and `widgets`.
"""

from svhn_lib.analysis.edits import EXTRA, MISSING, Edit, Kind, align, confusion, edits
from svhn_lib.analysis.explain import Explainer, Explanation, Neighbour, saliency
from svhn_lib.analysis.features import Nearest, embed, feature_maps, first_filters, nearest
from svhn_lib.analysis.pictures import Conditions, conditions
from svhn_lib.analysis.table import edit_table, error_table, examine

__all__ = [
    "EXTRA",
    "MISSING",
    "Conditions",
    "Edit",
    "Explainer",
    "Explanation",
    "Kind",
    "Nearest",
    "Neighbour",
    "align",
    "conditions",
    "confusion",
    "edit_table",
    "edits",
    "embed",
    "error_table",
    "examine",
    "feature_maps",
    "first_filters",
    "nearest",
    "saliency",
]
