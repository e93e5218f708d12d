"""What would help most: how many mistakes each kind of fix could mend.

These are estimates from the error table alone, and ceilings: a fix may break other answers. What it
really brings is measured by `compare`.
"""

from __future__ import annotations

from collections.abc import Callable

from pandas import DataFrame

from svhn_lib.analysis.edits import EXTRA, MISSING, confusion
from svhn_lib.analysis.groups import common_confusions

CONDITIONS = {
    "contrast": "the faintest fifth of the pictures",
    "sharpness": "the most blurred fifth",
    "height": "the smallest fifth",
}


def gains(table: DataFrame, review: float = 0.05) -> DataFrame:
    """Count the numbers that each fix would make right; a mistake may be in several rows.

    The fixes:
        no digit is missed or made up, of mistakes that are nothing else;
        the two digits that are confused most often are told apart, of mistakes likewise;
        the right number is picked among the candidates in the table;
        the faintest, the most blurred and the smallest fifth are read as well as the rest (left
        out where the table does not know its pictures);
        a person reads the share `review` of which the reader is least sure.

    Args:
        table: an error table.
        review: the share that a person reads, 0 to 1.

    Returns:
        A row per fix, most numbers first: fix, numbers (that become right), gain (of accuracy, 0
        to 1).

    Raises:
        ValueError: the table has no rows, or `review` is no share.

    Example:
        >>> from svhn_lib.analysis import error_table
        >>> from svhn_lib.reading.record import Answer
        >>> rows = gains(error_table(["257", "8"], [Answer("27", 0.4), Answer("8", 0.9)]))
        >>> rows["numbers"].tolist()
        [1, 0, 0]
    """
    if len(table) == 0:
        raise ValueError("an error table without rows: read some numbers first")
    if not 0 <= review <= 1:
        raise ValueError(f"review is {review}: give a share of 0 to 1, such as 0.05")
    wrong = table[~table["right"]]
    rows = {
        "no digit missed or made up": _only(wrong, lambda a, b: not (a and b)),
        **_most_confused(wrong),
        "the right one of the candidates is picked": sum(
            number in (text for text, _ in candidates)
            for number, candidates in zip(wrong["number"], wrong["candidates"], strict=True)
        ),
        **{
            f"{words} is read like the rest": _hard_fifth(table, column)
            for column, words in CONDITIONS.items()
            if table[column].notna().all()
        },
        f"a person reads the {review:.0%} least sure": _reviewed(table, review),
    }
    found = DataFrame({"fix": list(rows), "numbers": list(rows.values())})
    found["gain"] = found["numbers"] / len(table)
    return found.sort_values("numbers", ascending=False, kind="stable", ignore_index=True)


def _only(wrong: DataFrame, mended: Callable[[str, str], bool]) -> int:
    """Mistakes all of whose edits, as (true, read), a fix mends."""
    return sum(all(mended(edit.true, edit.read) for edit in edits) for edits in wrong["edits"])


def _most_confused(wrong: DataFrame) -> dict[str, int]:
    """The pair of digits that is confused most often, either way round; none without any."""
    counts = confusion(wrong["number"].tolist(), wrong["predicted"].tolist())
    digits = counts.drop(index=EXTRA, columns=MISSING)
    either_way = common_confusions(digits + digits.T, 1)
    if either_way.empty:
        return {}
    pair = {either_way["true"][0], either_way["read"][0]}
    fix = " and ".join(sorted(pair)) + " are told apart"
    return {fix: _only(wrong, lambda a, b: {a, b} == pair)}


def _hard_fifth(table: DataFrame, column: str) -> int:
    """Numbers more, were the fifth with the lowest values read as well as the rest."""
    hard = table[column].rank(method="first", pct=True) <= 0.2
    if not hard.any() or hard.all():
        return 0
    lost = table["right"][~hard].mean() - table["right"][hard].mean()
    return max(0, round(float(lost) * int(hard.sum())))


def _reviewed(table: DataFrame, share: float) -> int:
    """Mistakes among the least sure answers."""
    least = table["confidence"].rank(method="first", pct=True) <= share
    return int((~table["right"] & least).sum())
