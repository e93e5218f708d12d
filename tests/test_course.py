"""The course in batch, on notebooks of a few cells made for the purpose."""

import asyncio
import html.parser
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from nbconvert.nbconvertapp import NbConvertApp
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from typer.testing import CliRunner, Result

from svhn_lib.cli import app
from svhn_lib.course import (
    NotebookError,
    check_notebook,
    choose,
    execute,
    find_notebooks,
    list_notebooks,
    run_course,
)
from svhn_lib.course.folder import Course
from svhn_lib.course.markup import formula
from svhn_lib.course.pages import chapter_page, read_chapter

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
OPENING = """# Where the *digits* are

You will find [digits](02_fails.ipynb#Later) in pictures. It takes a minute.

The [licence](../LICENSE), [a page](https://example.org/x.ipynb), and $p_i < 1$:

$$\\prod_{i=1}^{L} p_i$$

<details><summary>Solution</summary>

It is `4`.

</details>
"""
PASSING = [
    new_markdown_cell(OPENING),
    new_code_cell("import os, sys\nprint(os.environ['SVHN_PROFILE'], os.getcwd(), sys.executable)"),
    new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2]);"),
    new_code_cell(
        "class Both:\n"
        "    def _repr_mimebundle_(self, **_):\n"
        "        return {'text/plain': 'PLAIN', 'text/html': '<p>STATIC</p>',\n"
        "                'application/vnd.jupyter.widget-view+json': {'model_id': 'x'}}\n"
        "Both()"
    ),
]
FAILING = [
    new_markdown_cell(
        "# Failing <on purpose>\n\nYou will see it.\n\nAfter this chapter you can\n\n"
        "- see it *fail*,\n- say why, in a line\n  of your own.\n\n**Time:** none."
    ),
    new_code_cell("print('before')"),
    new_code_cell("1 / 0"),
    new_code_cell("print('af' + 'ter')", outputs=[new_output("stream", text="OLD")]),
]


def save(path: Path, cells: list, **metadata) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata={**KERNEL, **metadata}), path)
    return path


class Links(html.parser.HTMLParser):
    """Collects what a page asks a browser to load or offers to follow."""

    def __init__(self, text: str):
        super().__init__()
        self.loaded, self.followed, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        if tag == "a":
            self.followed.append(given.get("href"))
        else:
            self.loaded += [given[name] for name in ("src", "href") if name in given]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The two notebooks and a damaged one, run from a folder that is not theirs."""
    base = tmp_path_factory.mktemp("course")
    notebooks = base / "notebooks"
    save(notebooks / "01_passes.ipynb", PASSING)
    save(notebooks / "02_fails.ipynb", FAILING)
    (notebooks / "03_damaged.ipynb").write_text('{"cells": 1')
    (notebooks / "draft.ipynb").write_text("not a chapter")
    lines: list[str] = []
    seen: dict[str, str] = {}  # the index while the second chapter runs

    def at_cell(chapter: str, number: int, total: int) -> None:
        lines.append(f"{chapter}: cell {number} of {total}")
        if chapter == "02_fails":
            seen["index"] = (base / "out" / "index.html").read_text()
            seen["waiting"] = (base / "out" / "02_fails.html").read_text()

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(base)
        patch.setenv("MPLBACKEND", "agg")  # as build machines have it
        folder, out = Path("notebooks"), base / "out"
        results = run_course(folder, out, "quick", lines.append, at_cell=at_cell)
    return base, results, lines, seen


def test_one_fails_and_the_others_still_run(course):
    base, results, lines, _ = course
    assert [result.ok for result in results] == [True, False, False]
    assert results[0].problem is None
    assert results[1].problem == "02_fails.ipynb, code cell 2: ZeroDivisionError: division by zero"
    assert (
        results[2].problem == "notebooks/03_damaged.ipynb: not a readable notebook (NotJSONError)"
    )
    assert [result.page.name for result in results] == [
        "01_passes.html",
        "02_fails.html",
        "03_damaged.html",
    ]
    told = [line for line in lines if "so far" in line]
    assert [line.split()[0] for line in told] == ["01_passes", "02_fails", "03_damaged"]
    assert results[1].problem in told[1]
    assert sorted(path.name for path in (base / "out").iterdir()) == [
        "01_passes.html",
        "02_fails.html",
        "03_damaged.html",
        "index.html",
        "times.json",
    ]


def test_the_kernel_is_this_python_in_the_notebooks_folder(course):
    base, *_ = course
    page = (base / "out" / "01_passes.html").read_text()
    assert f"quick {base / 'notebooks'} {sys.executable}" in page


def test_the_page_shows_figures_widgets_and_formulas_without_network(course):
    base, *_ = course
    page = (base / "out" / "01_passes.html").read_text()
    links = Links(page)
    assert [source[:22] for source in links.loaded] == ["data:image/png;base64,"]
    assert links.tags.count("script") == 1  # the page's own, which loads nothing
    assert "http" not in page[page.index("<script>") :]
    assert links.tags.count("math") == 2
    assert "<p>STATIC</p>" in page
    assert page.count("PLAIN") == 1  # in the code, not in the output
    solution = page[page.rindex("<summary>") : page.rindex("</details>")]
    assert "It is <code>4</code>" in solution


def test_links_lead_to_pages_and_never_to_what_is_not_beside_them(course):
    base, *_ = course
    page = (base / "out" / "01_passes.html").read_text()
    followed = Links(page).followed
    assert "02_fails.html#Later" in followed
    assert "The licence (<code>LICENSE</code> in the project)" in page
    assert not any("LICENSE" in link for link in followed)
    assert "https://example.org/x.ipynb" in followed


@pytest.mark.parametrize(
    ("page", "bar"),
    [
        ("01_passes.html", ["index.html", "02_fails.html"]),
        ("02_fails.html", ["01_passes.html", "index.html", "03_damaged.html"]),
        ("03_damaged.html", ["02_fails.html", "index.html"]),
    ],
)
def test_a_bar_at_both_ends_leads_to_the_neighbours(course, page, bar):
    text = (course[0] / "out" / page).read_text()
    header, footer = text.index("</header>"), text.index("<footer>")
    assert Links(text[:header]).followed == ["#text", *bar]
    assert Links(text[footer:]).followed == bar


def test_the_failing_page_shows_the_traceback_and_nothing_stale(course):
    page = (course[0] / "out" / "02_fails.html").read_text()
    assert 'role="alert">02_fails.ipynb, code cell 2: ZeroDivisionError' in page
    assert "Traceback" in page
    text = page[page.index("<main") : page.index("</main>")]
    assert "before" in text
    assert "after" not in text
    assert "OLD" not in page
    assert "<title>Failing &lt;on purpose&gt; · Reading house numbers</title>" in page


def test_the_index_lists_chapters_with_seconds_and_status(course):
    base, results, *_ = course
    text = (base / "out" / "index.html").read_text()
    links = Links(text)
    assert links.loaded == []
    assert links.followed == ["#text", "01_passes.html", "02_fails.html", "03_damaged.html"]
    assert "Where the digits are" in text
    assert "<td>You will find digits in pictures.</td>" in text
    assert "<ul><li>see it fail</li><li>say why, in a line of your own</li></ul>" in text
    assert f'<td class="figure">{results[0].seconds:.1f}</td><td>ran</td>' in text
    assert text.count(">failed<") == 2
    assert "written" not in text  # nothing is left to run


def test_the_folder_can_be_read_while_the_course_runs(course):
    *_, lines, seen = course
    assert [line for line in lines if "so far" not in line] == [
        "01_passes: cell 1 of 3",
        "01_passes: cell 2 of 3",
        "01_passes: cell 3 of 3",
        "02_fails: cell 1 of 3",
        "02_fails: cell 2 of 3",
    ]
    assert "<td>ran</td>" in seen["index"]
    assert "<td>running</td>" in seen["index"]
    assert "<td>waiting</td>" in seen["index"]
    assert "2 of 3 have not run to their end yet" in seen["index"]
    assert "Not run here yet" in seen["waiting"]
    assert "OLD" in seen["waiting"]  # as the notebook has it


def test_after_ctrl_c_the_folder_is_whole(tmp_path):
    save(tmp_path / "01_long.ipynb", PASSING)
    save(tmp_path / "02_later.ipynb", FAILING)
    out = tmp_path / "out"

    def at_cell(chapter: str, number: int, total: int) -> None:
        if number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_course(tmp_path, out, "quick", print, at_cell=at_cell)
    index = (out / "index.html").read_text()
    assert '<td class="failed">stopped</td>' in index
    assert "<td>waiting</td>" in index
    for page in Links(index).followed[1:]:
        text = (out / page).read_text()
        assert "Not run here yet" in text
        assert all((out / link).exists() for link in Links(text).followed if link.endswith(".html"))
    states = [
        chapter["state"] for chapter in json.loads((out / "times.json").read_text())["chapters"]
    ]
    assert states == ["stopped", "waiting"]


def test_chapters_run_at_the_same_time(tmp_path):
    """Each goes on when the other has begun, so that one after another would wait for ever."""
    wait = (
        "import time, pathlib\npathlib.Path('{own}').touch()\nuntil = time.monotonic() + 60\n"
        "while not pathlib.Path('{other}').exists():\n"
        "    assert time.monotonic() < until\n    time.sleep(0.02)"
    )
    for own, other in ("12", "21"):
        cells = [new_markdown_cell(f"# {own}"), new_code_cell(wait.format(own=own, other=other))]
        save(tmp_path / f"0{own}_a.ipynb", cells)
    lines: list[str] = []
    results = run_course(tmp_path, tmp_path / "out", "quick", lines.append, jobs=2)
    assert [(result.page.name, result.problem) for result in results] == [
        ("01_a.html", None),
        ("02_a.html", None),
    ]
    assert sorted(line.split()[0] for line in lines) == ["01_a", "02_a"]


@pytest.mark.parametrize(("said", "jobs", "seen"), [(None, 2, "4"), (None, 1, None), ("3", 2, "3")])
def test_chapters_share_the_cores(tmp_path, monkeypatch, said, jobs, seen):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 9)
    if said:
        monkeypatch.setenv("OMP_NUM_THREADS", said)
    code = f"import os\nassert os.environ.get('OMP_NUM_THREADS') == {seen!r}"
    save(tmp_path / "01_a.ipynb", [new_markdown_cell("# 1"), new_code_cell(code)])
    (result,) = run_course(tmp_path, tmp_path / "out", "quick", print, jobs=jobs)
    assert result.problem is None


def test_ctrl_c_stops_all_that_run_at_once(tmp_path):
    kernels = tmp_path / "kernels"
    kernels.mkdir()
    code = f"import os, time\nopen(f'{kernels}/{{os.getpid()}}', 'w').close()\ntime.sleep(600)"
    for number in (1, 2, 3):
        cells = [new_markdown_cell(f"# {number}"), new_code_cell(code)]
        save(tmp_path / f"0{number}_a.ipynb", cells)
    out = tmp_path / "pages"
    command = [sys.executable, "-m", "svhn_lib", "course", "--notebooks", tmp_path, "--out", out]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 120
        while len(begun := list(kernels.iterdir())) < 2:
            assert time.monotonic() < until and process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    finally:
        process.kill()
        told = process.communicate()[1]
    assert "Traceback" not in told
    states = [one["state"] for one in json.loads((out / "times.json").read_text())["chapters"]]
    assert states == ["stopped", "stopped", "waiting"]
    for kernel in begun:
        with pytest.raises(ProcessLookupError):
            os.kill(int(kernel.name), 0)


def test_single_chapters_leave_the_others_as_they_are(tmp_path):
    notebooks = tmp_path / "notebooks"
    for number in (1, 2, 3):
        cells = [new_markdown_cell(f"# {number}"), new_code_cell(f"print('here is', {number})")]
        save(notebooks / f"0{number}_a.ipynb", cells)
    out = tmp_path / "pages"
    done = svhn("course", "2", "--notebooks", notebooks, "--out", out, "--profile", "quick")
    assert done.exit_code == 0
    assert done.stdout == f"{out / '02_a.html'}\n"
    assert "here is 2" in (out / "02_a.html").read_text()
    assert "Not run here yet" in (out / "01_a.html").read_text()
    assert (out / "index.html").read_text().count("<td>not run</td>") == 2
    done = svhn("course", "--notebooks", notebooks, "03", "--out", out)
    assert done.exit_code == 0
    index = (out / "index.html").read_text()
    assert (index.count("<td>ran</td>"), index.count("<td>not run</td>")) == (2, 1)
    assert "here is 2" in (out / "02_a.html").read_text()
    done = svhn("course", "7", "--notebooks", notebooks, "--out", out)
    assert done.exit_code == 2
    assert "no chapter '7': choose of 01, 02, 03" in done.stderr


def test_a_notebook_that_goes_meanwhile_stops_no_other(tmp_path):
    notebooks, out = tmp_path / "notebooks", tmp_path / "out"
    save(notebooks / "01_a.ipynb", [new_code_cell("import os\nos.remove('02_b.ipynb')")])
    save(notebooks / "02_b.ipynb", [new_code_cell("1")])
    save(notebooks / "03_c.ipynb", [new_code_cell("'still' + ' here'")])
    results = run_course(notebooks, out, "quick", print)
    assert [result.ok for result in results] == [True, False, True]
    assert results[1].problem == f"{notebooks / '02_b.ipynb'}: No such file or directory"
    assert "still here" in (out / "03_c.html").read_text()


def test_a_page_that_cannot_be_written_is_one_line(tmp_path):
    notebooks, page = tmp_path / "notebooks", tmp_path / "out" / "01_a.html"
    code = f"import os\nos.remove({str(page)!r})\nos.mkdir({str(page)!r})"
    save(notebooks / "01_a.ipynb", [new_code_cell(code)])
    done = svhn("course", "--notebooks", notebooks, "--out", page.parent)
    assert done.exit_code == 1
    assert done.stderr == f"{page} is a folder: name a file in it\n"


def test_notebooks_of_one_number_are_all_run(tmp_path):
    paths = [tmp_path / "01_a.ipynb", tmp_path / "01_b.ipynb", tmp_path / "02_c.ipynb"]
    assert choose(paths, []) == paths
    assert choose(paths, ["1"]) == paths[:2]


def test_the_index_leads_to_the_reader_where_it_is(tmp_path):
    save(tmp_path / "01_a.ipynb", [new_markdown_cell("# 1. A")])
    chapters, out = [read_chapter(tmp_path / "01_a.ipynb")], tmp_path / "pages"
    out.mkdir()
    Course(chapters, out, "quick").begin([])
    assert "reader/index.html" not in (out / "index.html").read_text()
    (out / "reader").mkdir()
    (out / "reader" / "index.html").touch()
    Course(chapters, out, "quick").begin([])
    assert '<a href="reader/index.html">' in (out / "index.html").read_text()


def test_the_index_is_written_anew_when_the_reader_comes_later(tmp_path):
    done = svhn("course", "index", tmp_path)
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert f"{tmp_path}: no pages of the course" in done.stderr
    chapters = [read_chapter(path) for path in list_notebooks(find_notebooks())]
    course = Course(chapters, tmp_path, "full")
    course.rows[0].state, course.rows[0].seconds = "ran", 2.5
    for chapter in chapters:
        (tmp_path / chapter.page_name).write_text("a page")
    course.begin([chapters[0].path])
    before = (tmp_path / "index.html").read_text()
    (tmp_path / "reader").mkdir()
    (tmp_path / "reader" / "index.html").touch()
    done = svhn("course", "index", tmp_path)
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'index.html'}\n")
    link = '<a href="reader/index.html">'
    assert link in (after := (tmp_path / "index.html").read_text()) and link not in before
    assert [line for line in after.splitlines() if line not in before.splitlines()] == [
        one for one in after.splitlines() if link in one
    ]
    (tmp_path / "times.json").write_text("{")
    assert "times.json is damaged" in svhn("course", "index", tmp_path).stderr


def test_the_cell_that_runs_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("svhn_lib.cli.console.INTERVAL", 0.05)
    cells = [new_markdown_cell("# 1"), new_code_cell("import time\ntime.sleep(1)")]
    save(tmp_path / "01_a.ipynb", cells)
    done = svhn("course", "--notebooks", tmp_path, "--out", tmp_path / "pages")
    assert done.exit_code == 0
    assert "01_a: cell 1 of 1\n" in done.stderr
    assert done.stderr.splitlines()[-1].endswith("ok")


def test_times_are_kept_in_a_file(course):
    base, results, *_ = course
    times = json.loads((base / "out" / "times.json").read_text())
    assert times["profile"] == "quick"
    assert [chapter["problem"] for chapter in times["chapters"]] == [r.problem for r in results]
    total = sum(chapter["seconds"] for chapter in times["chapters"])
    assert times["seconds"] == pytest.approx(total, abs=0.2)


def test_the_notebooks_themselves_are_left_as_they_were(course):
    kept = nbformat.read(course[0] / "notebooks" / "02_fails.ipynb", as_version=4)
    assert kept.cells[3].outputs[0].text == "OLD"


def test_unusable_folder_and_profile(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no notebooks named like 01_exploration\.ipynb"):
        run_course(tmp_path, tmp_path / "out", "quick", print)
    with pytest.raises(ValueError, match="unknown profile 'slow': choose quick or full"):
        run_course(tmp_path, tmp_path / "out", "slow", print)
    with pytest.raises(ValueError, match="0 chapters at a time: give 1 or more"):
        run_course(tmp_path, tmp_path / "out", "quick", print, jobs=0)
    assert not (tmp_path / "out").exists()


def test_the_course_is_found_in_the_working_folder_or_clearly_missed(tmp_path, monkeypatch):
    monkeypatch.setattr("svhn_lib.course.runner.CHECKOUT", tmp_path / "site-packages")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="clone the project"):
        find_notebooks()
    path = save(tmp_path / "notebooks" / "01_a.ipynb", [])
    assert find_notebooks() == tmp_path / "notebooks"
    assert list_notebooks(find_notebooks()) == [path]


def test_a_kernel_of_the_users_own_does_not_matter(tmp_path):
    broken = tmp_path / "jupyter" / "kernels" / "python3"
    broken.mkdir(parents=True)
    (broken / "kernel.json").write_text(
        json.dumps({"argv": ["/nowhere/python"], "display_name": "x", "language": "python"})
    )
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("raise SystemExit('start-up file ran')")
    script = (
        "import asyncio, nbformat; from pathlib import Path; from svhn_lib.course import execute\n"
        "cells = [nbformat.v4.new_code_cell('6 * 7')]\n"
        "notebook = nbformat.v4.new_notebook(cells=cells)\n"
        "asyncio.run(execute(notebook, Path('.'), {}))\n"
        "print(notebook.cells[0].outputs[0]['data']['text/plain'])"
    )
    own = {"JUPYTER_DATA_DIR": tmp_path / "jupyter", "IPYTHONDIR": tmp_path / "ipython"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {name: str(value) for name, value in own.items()},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("42\n", "")


def test_a_dead_kernel_is_named(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("import os; os._exit(1)")])
    with pytest.raises(NotebookError, match="code cell 1: the kernel died"):
        asyncio.run(execute(notebook, tmp_path, {}))


@pytest.mark.parametrize(
    ("opening", "title", "summary"),
    [
        ("# A `title`\n\nFirst one. Second.", "A title", "First one."),
        ("Words.\n\n# Late\n\n- a list", "Late", ""),
        ("no heading", "01_a", ""),
        ("# Names_with_lines\n\nIt costs 3.5 minutes\nof _your_ time.", "Names_with_lines", None),
    ],
)
def test_title_and_summary(tmp_path, opening, title, summary):
    chapter = read_chapter(save(tmp_path / "01_a.ipynb", [new_markdown_cell(opening)]))
    assert (chapter.number, chapter.title) == ("01", title)
    assert chapter.summary == ("It costs 3.5 minutes of your time." if summary is None else summary)


def test_a_page_is_made_whole_around_its_cells(tmp_path):
    table = {"text/html": "<table><thead><tr><th></th><th>a</th></tr></thead></table>"}
    cells = [
        new_markdown_cell(
            "# 1\n\n## Same\n\n## Same\n\n## A `name` and $x_1$\n\n| a |\n|---|\n| 1 |"
        ),
        new_code_cell("1", outputs=[new_output("display_data", data=table)]),
    ]
    chapter = read_chapter(save(tmp_path / "01_a.ipynb", cells))
    page = chapter_page(nbformat.read(chapter.path, as_version=4), chapter, [chapter])
    links = Links(page)
    assert links.followed.count("#Same") == 2  # in the list of sections, and beside the heading
    assert links.followed.count("#Same-2") == 2
    assert page.count('id="Same"') == page.count('id="Same-2"') == 1
    assert ">A name and x1</a>" in page
    assert page.count('<div class="wide"><table') == 2
    assert "<th></th>" not in page
    assert 'aria-current="page"' in page


def test_a_figure_says_what_is_seen_on_it(tmp_path):
    metadata = {"alt": 'A "title"', "width": 20, "chart": True}
    output = new_output(
        "display_data", data={"image/png": "AA\nAA"}, metadata={"image/png": metadata}
    )
    cells = [new_markdown_cell("# 1"), new_code_cell("1", outputs=[output])]
    chapter = read_chapter(save(tmp_path / "01_a.ipynb", cells))
    page = chapter_page(nbformat.read(chapter.path, as_version=4), chapter, [chapter])
    assert '<figure class="plot chart">' in page
    assert 'alt="A &quot;title&quot;"' in page or """alt='A "title"'""" in page
    assert 'width="20"' in page
    assert "None" not in page


def test_plain_nbconvert_makes_whole_pages_with_the_projects_settings(root, tmp_path, monkeypatch):
    """Nothing on them comes from a network."""
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}}
    both = view | {"text/html": "<p>STATIC</p>", "text/plain": "PLAIN"}
    figure = new_output(
        "display_data", data={"image/png": "AAAA"}, metadata={"image/png": {"alt": "Of a bar."}}
    )
    cells = [
        new_markdown_cell(OPENING),
        new_code_cell("1", outputs=[new_output("display_data", data=both), figure]),
    ]
    path = save(tmp_path / "01_a.ipynb", cells)
    monkeypatch.chdir(tmp_path)
    app = NbConvertApp()
    config = f"--config={root / 'jupyter_nbconvert_config.py'}"
    app.initialize([config, "--to", "html", str(path), "--log-level", "ERROR"])
    assert Path(app.config.FilesWriter.build_directory) == root / "build" / "course"
    app.writer.build_directory = str(tmp_path / "pages")
    app.start()
    page = (tmp_path / "pages" / "01_a.html").read_text()
    links = Links(page)
    assert [source for source in links.loaded if not source.startswith(("data:", "#"))] == []
    assert links.tags.count("math") == 2
    assert 'style="font-family: Latin Modern Math' in page
    assert "<p>STATIC</p>" in page
    assert "PLAIN" not in page
    assert 'alt="Of a bar."' in page


def test_formulas():
    assert formula("x_1", "inline").startswith("<math")
    assert 'display="block"' in formula("x", "block")
    assert "<mtable" in formula(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "block")
    assert "arg" in formula(r"\arg\max_k", "inline")
    assert formula(r"\nosuch{x} < 1", "inline") == r"<code>\nosuch{x} &lt; 1</code>"
    assert formula(r"\begin{cases} x", "inline") == r"<code>\begin{cases} x</code>"  # has no end


@pytest.fixture
def good(tmp_path) -> Path:
    """A notebook with nothing wrong in it."""
    thumbnail = '<img alt="A door" src="data:x;base64,AA/home/AA">'
    picture = {"image/png": "/home/AAAA", "text/html": thumbnail}
    outputs = [
        new_output("display_data", data=picture, metadata={"image/png": {"alt": "A door"}}),
        new_output("stream", text="see data/home/x and https://example.org/home/x"),
    ]
    cells = [
        new_markdown_cell("# Title\n\n" + "long prose " * 20),
        new_code_cell("x = 1\n" * 25, execution_count=1),
        new_code_cell("x" * 88, execution_count=2, outputs=outputs),
    ]
    return save(tmp_path / "01_good.ipynb", cells)


def test_nothing_is_wrong_with_a_good_notebook(good):
    assert check_notebook(good) == []


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (new_code_cell("", execution_count=None), "code cell 3: empty"),
        (
            new_code_cell("1", execution_count=4),
            "code cell 3: execution count 4, not 3: run all cells from the top",
        ),
        (
            new_code_cell("1"),
            "code cell 3: execution count None, not 3: run all cells from the top",
        ),
        (new_code_cell("1\n" * 26, execution_count=3), "code cell 3: 26 lines, over 25"),
        (
            new_code_cell("1\n" + "x" * 89, execution_count=3),
            "code cell 3: line 2 has 89 characters, over 88",
        ),
        (
            new_code_cell(
                "1", execution_count=3, outputs=[new_output("error", ename="KeyError", evalue="a")]
            ),
            "code cell 3: error output: KeyError",
        ),
        *(
            (
                new_code_cell("1", execution_count=3, outputs=[output]),
                f"code cell 3: a path of one machine in the output: {path}",
            )
            for output, path in [
                (new_output("stream", text="in /home/ann/x.py"), "/home/ann"),
                (new_output("stream", name="stderr", text="/tmp/abc:1: UserWarning"), "/tmp/abc"),
                (new_output("display_data", data={"text/plain": "'/mnt/disk'"}), "/mnt/disk"),
                (new_output("display_data", data={"text/html": "file:///private/a"}), "/private/a"),
                (new_output("stream", text=r"C:\Users\ann"), r"C:\Users\ann"),
            ]
        ),
        *(
            (
                new_code_cell("1", execution_count=3, outputs=[output]),
                "code cell 3: a picture without alternative text: draw it with plots, or set its "
                "'alt'",
            )
            for output in [
                new_output("display_data", data={"image/png": "aGVsbG8="}),
                new_output(
                    "display_data",
                    data={"image/png": "aGVsbG8="},
                    metadata={"image/png": {"alt": " "}, "image/svg+xml": {"alt": "A door"}},
                ),
                new_output("display_data", data={"image/svg+xml": "<svg/>"}),
                new_output("display_data", data={"text/html": "<p>A <img src='a.png'></p>"}),
                new_output("display_data", data={"text/html": '<img alt="" src="a.png">'}),
            ]
        ),
    ],
)
def test_a_cell_with_a_problem(good, cell, problem):
    notebook = nbformat.read(good, as_version=4)
    assert check_notebook(save(good, [*notebook.cells, cell])) == [problem]


def test_a_file_with_a_problem(good):
    cells = nbformat.read(good, as_version=4).cells
    large = new_code_cell(
        "1", execution_count=1, outputs=[new_output("stream", text="0" * 1_500_000)]
    )
    assert check_notebook(save(good, [cells[0], large])) == ["1.50 MB: over 1.5 MB"]
    assert check_notebook(save(good, cells[1:])) == [
        "the first cell is not Markdown that begins with a title, '# ...'"
    ]
    assert check_notebook(save(good, cells, widgets={})) == [
        "widget state in the metadata: it is dead weight without a kernel"
    ]
    assert check_notebook(
        save(good, cells, kernelspec={"name": "my-env", "display_name": "x"})
    ) == ["no kernel named python3 in the metadata"]


def svhn(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_check_command(good):
    done = svhn("course", "check", good)
    assert (done.exit_code, done.output) == (0, "")
    text, absent = (good.with_name(name) for name in ("02_text.ipynb", "03_absent.ipynb"))
    text.write_text("no notebook")
    old = good.with_name("05_old.ipynb")  # as the first format had it, by its number alone
    old.write_text(good.read_text().replace('"nbformat": 4', '"nbformat": 1'))
    untitled = save(good.with_name("04_untitled.ipynb"), [])
    done = svhn("course", "check", text, old, absent, untitled, good)
    assert done.exit_code == 1
    assert done.stdout == (
        f"{untitled}: the first cell is not Markdown that begins with a title, '# ...'\n"
    )
    assert done.stderr.splitlines() == [
        f"{text}: not a readable notebook (NotJSONError)",
        f"{old}: not a readable notebook (UnboundLocalError)",
        f"{absent}: No such file or directory",
    ]


def test_execute_command_stores_outputs_that_pass_the_check(tmp_path):
    cells = [
        new_markdown_cell("# Title"),
        new_code_cell("import ipywidgets\nipywidgets.IntSlider()"),
        new_code_cell("import os\nos.environ['SVHN_PROFILE']"),
    ]
    path = save(tmp_path / "01_a.ipynb", cells, widgets={"old": 1})
    failing = save(tmp_path / "02_b.ipynb", [new_markdown_cell("# Title"), new_code_cell("1 / 0")])
    before = failing.read_bytes()
    done = svhn("course", "execute", "--profile", "full", failing, path)
    assert done.exit_code == 1
    assert done.stderr == f"{failing}: code cell 1: ZeroDivisionError: division by zero\n"
    assert failing.read_bytes() == before
    assert check_notebook(path) == []
    assert nbformat.read(path, as_version=4).cells[2].outputs[0]["data"]["text/plain"] == "'full'"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["01_a.ipynb", "02_b.ipynb"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["execute"],
        ["execute", "--profile", "slow", "a.ipynb"],
        ["--profile", "full", "execute", "a.ipynb"],
        ["--out", "pages", "check", "a.ipynb"],
        ["a.ipynb"],
        ["6", "check", "a.ipynb"],
        ["99"],
    ],
)
def test_wrong_usage_of_the_course_commands(arguments):
    done = svhn("course", *arguments)
    assert done.exit_code == 2
    assert "Error: " in done.stderr


def test_a_wrong_profile_in_the_environment_is_wrong_usage_too(monkeypatch):
    monkeypatch.setenv("SVHN_PROFILE", "fast")
    done = svhn("course")
    assert done.exit_code == 2
    assert "SVHN_PROFILE" in done.stderr


def test_a_data_folder_of_this_place_is_the_same_for_the_kernel(tmp_path, monkeypatch):
    save(
        tmp_path / "notebooks" / "01_a.ipynb", [new_code_cell("import os; os.environ['SVHN_DATA']")]
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SVHN_DATA", "mine")
    (result,) = run_course(tmp_path / "notebooks", tmp_path / "out", "quick", print)
    assert str(tmp_path / "mine") in result.page.read_text()


def test_names_with_signs_of_addresses_are_linked_and_indexed_anew(tmp_path):
    notebooks = tmp_path / "my notebooks"
    for name in ("01_größe #1?", "02_50%25"):
        save(notebooks / f"{name}.ipynb", [new_markdown_cell("# A")])
    out = tmp_path / "out"
    out.mkdir()
    Course([read_chapter(path) for path in list_notebooks(notebooks)], out, "quick").begin([])
    pages = {path.name for path in out.glob("*.html")}
    for page in pages:
        links = Links((out / page).read_text(encoding="utf-8")).followed
        led = {unquote(urlsplit(link).path) for link in links if ".html" in link}
        assert led <= pages and led >= {"01_größe #1?.html", "02_50%25.html"} - {page}
    done = svhn("course", "index", out, "--notebooks", notebooks)
    assert (done.exit_code, {path.name for path in out.glob("*.html")}) == (0, pages)
