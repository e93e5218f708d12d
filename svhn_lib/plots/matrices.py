"""Matrices as heat maps: which digit is read as which, and how alike tokens are.

They draw tables that `analysis` or a notebook has counted.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure
from pandas import DataFrame

from svhn_lib.plots.theme import PERCENT, SOFT, panels


def confusion_matrix(counts: DataFrame, shares: DataFrame, title: str = "") -> Figure:
    """Draw counts of digits true (rows) and read (columns), coloured by their share of the row.

    The right digits on the diagonal are left uncoloured, for beside them no error would be seen;
    so are shares that are NaN.

    Args:
        counts: square; of single digits (10, 10), or as from `analysis.confusion` (11, 11), whose
            last row and column, extra and missing digits, are set apart by lines.
        shares: of the counts in their rows, as from `analysis.confusion_shares`.
        title: of the figure.

    Example:
        >>> from svhn_lib.analysis import confusion, confusion_shares
        >>> counts = confusion(["257", "16"], ["251", "1"])
        >>> figure = confusion_matrix(counts, confusion_shares(counts))
        >>> sum(text.get_text() == "1" for text in figure.axes[0].texts)
        5
    """
    figure, ((axes,),) = panels(
        1,
        size=(0.85 + 0.52 * len(counts), 0.45 * (1 + len(counts))),
        shows="A table of counts, true digit by digit read, errors coloured by their share",
    )
    right = np.eye(len(counts), dtype=bool)
    colours = shares.astype(float).mask(right)
    words = counts.map(lambda count: f"{count:,}" if count else "")
    sns.heatmap(
        colours,
        mask=right,
        vmin=0,
        vmax=max(0.01, np.nanmax(colours, initial=0.0)),
        cmap="YlOrBr",
        annot=words,
        fmt="",
        annot_kws={"fontsize": 8},
        cbar_kws={"label": "share of the row", "format": PERCENT, "shrink": 0.8},
        ax=axes,
    )
    for row, column in np.argwhere(colours.isna().to_numpy() & (counts > 0).to_numpy()):
        place = (column + 0.5, row + 0.5)
        text = words.iloc[row, column]
        axes.text(*place, text, ha="center", va="center", fontsize=8, color=SOFT)
    if counts.index[-1] != counts.columns[-1]:  # extra digits and missing ones
        axes.axhline(len(counts) - 1, color=SOFT, lw=0.8)
        axes.axvline(len(counts) - 1, color=SOFT, lw=0.8)
    axes.set(title=title, xlabel="digit read", ylabel="true digit")
    axes.grid(False)
    axes.tick_params(length=0, rotation=0)
    return figure


def similarities(tables: Mapping[str, DataFrame], title: str = "") -> Figure:
    """Draw cosines of -1 to 1 between tokens; the diagonal is left out.

    Args:
        tables: for each panel's name a square table of cosines, indexed by token.
        title: of the figure.

    Example:
        >>> table = DataFrame([[1.0, 0.5], [0.5, 1.0]], ["0", "end"], ["0", "end"])
        >>> figure = similarities({"before": table, "after": table})
        >>> [axes.get_title() for axes in figure.axes[:2]]
        ['before', 'after']
    """
    figure, axes = panels(
        len(tables), size=(3.7, 3.5), shows="Matrices of cosines between tokens, coloured"
    )
    for cell, (name, table) in zip(axes[0], tables.items(), strict=True):
        same = np.eye(len(table), dtype=bool)
        sns.heatmap(
            table, mask=same, cmap="PuOr", vmin=-1, vmax=1, square=True, cbar=False,
            xticklabels=True, yticklabels=True, ax=cell,
        )  # fmt: skip
        cell.set_title(name, fontsize=9, fontweight="normal")
        cell.grid(False)
        cell.tick_params(length=0, labelsize=8)
        cell.tick_params(axis="y", rotation=0)
    figure.colorbar(axes[0, -1].collections[0], ax=axes, label="cosine", shrink=0.8)
    figure.suptitle(title)
    return figure
