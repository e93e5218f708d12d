"""The ledger of the course: what each chapter's reader reads, in a table that grows.

The rows of earlier chapters are those of the committed runs; a chapter adds its own.
"""

from __future__ import annotations

from typing import NamedTuple

from pandas import DataFrame

from svhn_lib.metrics import wilson_interval


class Row(NamedTuple):
    """One reader and what came of it.

    Attributes:
        chapter: its number.
        reader: the network, or whatever answered.
        pictures: what was read.
        counted: what is right or wrong: 'digits' or 'whole numbers'.
        right: how many of them were right.
        n: of how many.
        three: what it reads in the three numbers of `data.running_set`, or '' where it cannot.

    Example:
        >>> Row(1, "the commonest number", "rendered streets", "whole numbers", 12, 800).three
        ''
    """

    chapter: int
    reader: str
    pictures: str
    counted: str
    right: int
    n: int
    three: str = ""


COMMITTED: tuple[Row, ...] = (
    Row(1, "always the commonest number", "rendered streets", "whole numbers", 30, 800, "1, 1, 1"),
    Row(2, "almenningen2017-digit", "embedded digits", "digits", 364, 382, "44, 441, 87474"),
    Row(
        3,
        "small, masked loss",
        "canvases, embedded digits",
        "whole numbers",
        1429,
        2000,
        "95, 7378, 53630",
    ),
    Row(4, "small, 350 steps", "plain rendered streets", "whole numbers", 254, 800, "95, 222, 122"),
    Row(
        5, "compact, 240 steps", "plain rendered streets", "whole numbers", 223, 569, "95, 122, 116"
    ),
    Row(
        6, "compact, 160 steps", "plain rendered streets", "whole numbers", 62, 285, "55, 112, 116"
    ),
    Row(
        6,
        "goodfellow2014, the same time",
        "plain rendered streets",
        "whole numbers",
        2,
        285,
        "21, -, 21",
    ),
    Row(
        7,
        "small net, last weights",
        "plain rendered streets",
        "whole numbers",
        157,
        569,
        "95, 322, 432",
    ),
    Row(
        7, "the same, averaged", "plain rendered streets", "whole numbers", 172, 569, "95, 122, 631"
    ),
    Row(
        8,
        "compact, shipped weights",
        "rendered streets",
        "whole numbers",
        676,
        800,
        "95, 537, 87650",
    ),
    Row(
        9,
        "LSTM, 140 steps on the shipped encoder",
        "plain rendered streets",
        "whole numbers",
        724,
        1000,
        "95, 575, 8675",
    ),
    Row(
        9,
        "attention, 140 steps on the shipped encoder",
        "plain rendered streets",
        "whole numbers",
        805,
        1000,
        "95, 557, 87666",
    ),
    Row(
        10,
        "two networks in a row",
        "canvases, embedded digits",
        "whole numbers",
        478,
        500,
    ),
    Row(
        10,
        "localiser and compact, shipped",
        "whole rendered photos",
        "whole numbers",
        29,
        32,
        "95, 537, 87650",
    ),
    Row(
        11,
        "Reader: found, cut out and read",
        "150 rendered photos",
        "whole numbers",
        127,
        161,
        "95, 537, 87650",
    ),
)
"""A chapter's rows as its committed run has them, in the order of the chapters."""


def ledger(*own: Row) -> DataFrame:
    """Return the rows of earlier chapters and, below them, those of this one.

    Args:
        own: rows of the chapter, one at least; all have its number.

    Returns:
        A row for each: chapter, reader, pictures, counted, right (in per cent, with its 95 %
        Wilson interval and n), and the three running numbers as it reads them.

    Example:
        >>> row = Row(1, "the commonest number", "rendered streets", "whole numbers", 12, 800)
        >>> ledger(row)["right"].tolist()
        ['1.5% (0.9–2.6), n = 800']
    """
    rows = [row for row in COMMITTED if row.chapter < own[0].chapter] + [*own]
    return DataFrame(
        [
            {
                "chapter": row.chapter,
                "reader": row.reader,
                "pictures": row.pictures,
                "counted": row.counted,
                "right": _share(row.right, row.n),
                "95, 537, 87650": row.three or "–",
            }
            for row in rows
        ]
    )


def _share(right: int, n: int) -> str:
    low, high = wilson_interval(right, n)
    return f"{right / n:.1%} ({100 * low:.1f}–{100 * high:.1f}), n = {n:,}"
