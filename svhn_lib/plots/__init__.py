"""Figures for notebooks: each function returns a matplotlib Figure and computes no statistic.

A figure is one that pyplot has already let go of, so that a notebook shows it once, as the value of
its cell. Call `style` first. The functions are loaded when they are first used: what needs only
`as_picture`, such as a widget, does not wait for seaborn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from svhn_lib._lazy import lazy
from svhn_lib.plots.pictures import as_picture, draw_boxes, picture_grid, show_picture
from svhn_lib.plots.theme import (
    BLACK,
    BLUE,
    DASHES,
    GREEN,
    MARKERS,
    ORANGE,
    PALETTE,
    PERCENT,
    PINK,
    RED,
    SKY,
    SOFT,
    SPLIT_COLOURS,
    SPLIT_HATCHES,
    SPLIT_LINES,
    YELLOW,
    as_percent,
    look,
    panels,
    style,
)

if TYPE_CHECKING:
    from svhn_lib.plots.bars import (
        durations,
        gain_bars,
        grouped_bars,
        ratio_bars,
        share_bars,
        speeds,
    )
    from svhn_lib.plots.boxes import box_gallery, edge_votes, heat_maps, joint_curves
    from svhn_lib.plots.confidence import (
        cost_curves,
        coverage_curve,
        precision_of_first,
        reliability_diagrams,
        search_curves,
    )
    from svhn_lib.plots.curves import degradation_curves, line_panels, size_curves
    from svhn_lib.plots.diagrams import attention_maps, beam_steps, beam_tree, unrolled_decoder
    from svhn_lib.plots.drawings import (
        asked_positions,
        network_heads,
        residual_block,
        shrunk_lines,
    )
    from svhn_lib.plots.explanations import (
        degradation_strips,
        explanation_rows,
        feature_rows,
        filters,
        templates,
    )
    from svhn_lib.plots.galleries import (
        answers,
        canvas_rows,
        column_pictures,
        level_maps,
        picture_table,
    )
    from svhn_lib.plots.histograms import (
        confidence_histogram,
        distributions,
        quantile_boxes,
        value_histograms,
    )
    from svhn_lib.plots.intervals import (
        accuracy_by_condition,
        accuracy_by_digit,
        accuracy_by_group,
        draw_intervals,
        paired_bootstrap,
    )
    from svhn_lib.plots.matrices import confusion_matrix, similarities
    from svhn_lib.plots.photos import at_one_scale, colour_cloud, overlay_grid, windows_on
    from svhn_lib.plots.runs import ablation_curves, learning_curves, seed_curves
    from svhn_lib.plots.steps import epoch_curves, logged_scalars, loss_by_step
    from svhn_lib.plots.wiring import attention_step, column_labels, unrolled_gru

_HOMES = {
    "ablation_curves": "runs",
    "accuracy_by_condition": "intervals",
    "accuracy_by_digit": "intervals",
    "accuracy_by_group": "intervals",
    "answers": "galleries",
    "asked_positions": "drawings",
    "at_one_scale": "photos",
    "attention_maps": "diagrams",
    "attention_step": "wiring",
    "beam_steps": "diagrams",
    "beam_tree": "diagrams",
    "box_gallery": "boxes",
    "canvas_rows": "galleries",
    "colour_cloud": "photos",
    "column_labels": "wiring",
    "column_pictures": "galleries",
    "confidence_histogram": "histograms",
    "confusion_matrix": "matrices",
    "cost_curves": "confidence",
    "coverage_curve": "confidence",
    "degradation_curves": "curves",
    "degradation_strips": "explanations",
    "distributions": "histograms",
    "draw_intervals": "intervals",
    "durations": "bars",
    "edge_votes": "boxes",
    "epoch_curves": "steps",
    "explanation_rows": "explanations",
    "feature_rows": "explanations",
    "filters": "explanations",
    "gain_bars": "bars",
    "grouped_bars": "bars",
    "heat_maps": "boxes",
    "joint_curves": "boxes",
    "learning_curves": "runs",
    "level_maps": "galleries",
    "line_panels": "curves",
    "logged_scalars": "steps",
    "loss_by_step": "steps",
    "network_heads": "drawings",
    "overlay_grid": "photos",
    "paired_bootstrap": "intervals",
    "picture_table": "galleries",
    "precision_of_first": "confidence",
    "quantile_boxes": "histograms",
    "ratio_bars": "bars",
    "reliability_diagrams": "confidence",
    "residual_block": "drawings",
    "search_curves": "confidence",
    "seed_curves": "runs",
    "share_bars": "bars",
    "shrunk_lines": "drawings",
    "similarities": "matrices",
    "size_curves": "curves",
    "speeds": "bars",
    "templates": "explanations",
    "unrolled_decoder": "diagrams",
    "unrolled_gru": "wiring",
    "value_histograms": "histograms",
    "windows_on": "photos",
}
__all__ = [
    "BLACK",
    "BLUE",
    "DASHES",
    "GREEN",
    "MARKERS",
    "ORANGE",
    "PALETTE",
    "PERCENT",
    "PINK",
    "RED",
    "SKY",
    "SOFT",
    "SPLIT_COLOURS",
    "SPLIT_HATCHES",
    "SPLIT_LINES",
    "YELLOW",
    "ablation_curves",
    "accuracy_by_condition",
    "accuracy_by_digit",
    "accuracy_by_group",
    "answers",
    "as_percent",
    "as_picture",
    "asked_positions",
    "at_one_scale",
    "attention_maps",
    "attention_step",
    "beam_steps",
    "beam_tree",
    "box_gallery",
    "canvas_rows",
    "colour_cloud",
    "column_labels",
    "column_pictures",
    "confidence_histogram",
    "confusion_matrix",
    "cost_curves",
    "coverage_curve",
    "degradation_curves",
    "degradation_strips",
    "distributions",
    "draw_boxes",
    "draw_intervals",
    "durations",
    "edge_votes",
    "epoch_curves",
    "explanation_rows",
    "feature_rows",
    "filters",
    "gain_bars",
    "grouped_bars",
    "heat_maps",
    "joint_curves",
    "learning_curves",
    "level_maps",
    "line_panels",
    "logged_scalars",
    "look",
    "loss_by_step",
    "network_heads",
    "overlay_grid",
    "paired_bootstrap",
    "panels",
    "picture_grid",
    "picture_table",
    "precision_of_first",
    "quantile_boxes",
    "ratio_bars",
    "reliability_diagrams",
    "residual_block",
    "search_curves",
    "seed_curves",
    "share_bars",
    "show_picture",
    "shrunk_lines",
    "similarities",
    "size_curves",
    "speeds",
    "style",
    "templates",
    "unrolled_decoder",
    "unrolled_gru",
    "value_histograms",
    "windows_on",
]
__getattr__ = lazy(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
