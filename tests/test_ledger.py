"""The ledger repeats the rows of earlier chapters as their committed notebooks have them."""

import json
from pathlib import Path

import pytest

from svhn_lib.course.ledger import COMMITTED, Row, ledger

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CHAPTERS = sorted({row.chapter for row in COMMITTED})


def test_earlier_rows_come_first_and_later_ones_not_at_all():
    own = Row(1, "a reader", "pictures", "whole numbers", 3, 4, "95, 537, 87650")
    table = ledger(own)
    assert table["reader"].tolist() == ["a reader"]
    assert table["right"].tolist() == ["75.0% (30.1–95.4), n = 4"]
    last = ledger(own._replace(chapter=99, three=""))
    assert len(last) == len(COMMITTED) + 1
    assert last.iloc[-1, -1] == "–"
    assert last["chapter"].is_monotonic_increasing


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_rows_are_those_of_the_committed_run(chapter):
    (path,) = NOTEBOOKS.glob(f"{chapter:02}_*.ipynb")
    shown = [
        "".join(output["data"].get("text/html", ""))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
        if "data" in output
    ]
    (table,) = [text for text in shown if "<th>95, 537, 87650</th>" in text]
    rows = [row for row in COMMITTED if row.chapter == chapter]
    for cells in ledger(*rows).tail(len(rows)).astype(str).itertuples(index=False):
        assert all(f"<td>{cell}</td>" in table for cell in cells), cells
