"""When the cells of a page run again, what they are noted to open, and what a failure says."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from jupyter_cache import get_cache

from chipbook.book.site import execute, opened
from chipbook.book.site.execute import CellFailed, run, start

WAYS = {"a process each": "cells.SPLITS = False", "as here": ""}


def notebook(*cells: str) -> nbformat.NotebookNode:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    found = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    found.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    return found


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a book with two tables, a module and a lock."""
    for name in ("data/a.csv", "data/b.csv", "requirements.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("1")
    (tmp_path / "made.py").write_text("VALUE = 1\n")
    monkeypatch.setattr(execute, "ROOT", tmp_path)
    paths = (str(tmp_path), str(Path(opened.__file__).parents[3]))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    return tmp_path


@pytest.fixture(params=WAYS)
def runner(root: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """What runs cells, both ways: splitting where it can, and as where no process can split."""
    way = f"from chipbook.book.site import cells\n{WAYS[request.param]}\nserve("
    monkeypatch.setattr(execute, "START", execute.START.replace("serve(", way))
    with start() as runner:
        yield runner


def test_a_notebook_runs_again_when_a_file_that_it_opened_holds_something_else(
    root, runner, monkeypatch
):
    cache, runs = get_cache(root / "_build/cache"), []

    def counted(*arguments):
        runs.append(1)
        return run(*arguments)

    monkeypatch.setattr(execute, "run", counted)

    def again() -> str:
        page = notebook("import made\nprint(open('data/a.csv').read(), made.VALUE)")
        found = execute._outputs(cache, lambda: runner, page, root / "page.md", 60)
        assert set(found) == {"data/a.csv", "made.py", "requirements.txt"}
        return cache.merge_match_into_notebook(page)[1].cells[0].outputs[0].text

    assert again() == "1 1\n"
    (root / "data/b.csv").write_text("2")
    again()
    assert len(runs) == 1
    (root / "data/a.csv").write_text("2")
    assert again() == "2 1\n"
    # Longer, so that no clock is needed to tell the compiled module from its source.
    (root / "made.py").write_text("VALUE = 1 + 2\n")
    assert again() == "2 3\n"
    monkeypatch.setattr(execute, "installed", lambda _: "another version")
    again()
    assert len(runs) == 4
    # A build that was cut while it wrote the entry.
    next((root / "_build/cache/executed").rglob("base.ipynb")).write_text('{"cells": [')
    assert again() == "2 3\n"


def test_the_watch_leaves_no_trace_in_the_notebook(root, runner):
    page = notebook("print(sorted(name for name in dir() if name[0] != '_'))", "1 + 1")
    run(runner, page, root, 60)
    assert page.cells[0].outputs[0].text == "['In', 'Out', 'exit', 'get_ipython', 'open', 'quit']\n"
    assert [cell.execution_count for cell in page.cells] == [1, 2]
    assert page.metadata.language_info.name == "python"


def test_the_descriptor_holds_until_more_than_its_stamps_change(tmp_path):
    (tmp_path / "data").mkdir()
    path = tmp_path / opened.DESCRIPTOR
    whole = '{"version": "%s", "resources": [{"name": "a", "hash": "%s", "unit": "%s"}]}'
    prints = []
    for entries in (("1", "x", "m"), ("2", "y", "m"), ("2", "y", "km")):
        path.write_text(whole % entries)
        prints.append(opened.fingerprint(tmp_path, opened.DESCRIPTOR))
    assert prints[0] == prints[1] != prints[2]
    assert opened.fingerprint(tmp_path, "data/none.csv") == ""


def test_a_failure_says_what_and_where_in_a_line_each(root, runner):
    (root / "chipbook").mkdir()
    (root / "chipbook/made_up.py").write_text("def f():\n    return {}['none']\n")
    code = "import importlib.util as u\ns = u.spec_from_file_location('m', 'chipbook/made_up.py')\n"
    code += "m = u.module_from_spec(s)\ns.loader.exec_module(m)\nm.f()"
    with pytest.raises(CellFailed) as raised:
        run(runner, notebook("1", code), root, 60)
    assert raised.value.index == 1
    assert str(raised.value) == "KeyError: 'none'\n    chipbook/made_up.py:2, in f"


def test_a_chart_that_may_not_go_in_says_what_is_missing_and_no_more(root, monkeypatch):
    monkeypatch.setenv("CHIPBOOK_BUILD", "1")
    code = "import altair as alt, chipbook\nalt.Chart({'values': []}).mark_bar()"
    with start() as runner, pytest.raises(CellFailed) as raised:
        run(runner, notebook(code), root, 60)
    head, *missing = str(raised.value).splitlines()
    assert head == "This chart cannot go into the book:"
    assert all(line.startswith("- ") for line in missing)
    assert len(missing) == 4


def test_a_value_that_cannot_be_shown_fails_its_cell(root, runner):
    code = "class Shy:\n    def _repr_html_(self):\n        raise ValueError('no')\nShy()"
    with pytest.raises(CellFailed, match=r"^ValueError: no$"):
        run(runner, notebook(code), root, 60)


def test_nothing_that_a_page_does_is_seen_by_the_next(root, runner):
    does = """
import os, random, sys, warnings, numpy, altair
os.environ["LEFT"] = os.getcwd()
os.chdir("data")
warnings.simplefilter("error")
altair.theme.enable("dark")
numpy.set_printoptions(precision=1)
sys.modules["left"] = random
left = 1"""
    sees = """
import os, sys, warnings, numpy, altair
warned = [entry[0] for entry in warnings.filters].count("error")
print(os.environ.get("LEFT"), os.path.basename(os.getcwd()), warned, altair.theme.active,
      numpy.get_printoptions()["precision"], "left" in sys.modules, "left" in dir())"""
    before, after = notebook(sees), notebook(sees)
    for page in (before, notebook(does), after):
        run(runner, page, root, 60)
    assert before.cells[0].outputs == after.cells[0].outputs
    assert before.cells[0].outputs[0].text.endswith(" False False\n")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("while True: pass", "The cell ran longer than 3 seconds."),
        ("import os; os._exit(1)", "The cell ended its process."),
    ],
)
def test_a_cell_that_does_not_end_or_ends_all_is_named_and_the_next_page_runs(
    root, runner, code, said
):
    with pytest.raises(CellFailed) as raised:
        run(runner, notebook("1", code, "2"), root, 3)
    assert (raised.value.index, str(raised.value)) == (1, said)
    page = notebook("import sys", "print(3); print(4, file=sys.stderr); print(5)")
    run(runner, page, root, 60)
    shown = [(output.name, output.text) for output in page.cells[1].outputs]
    assert shown == [("stdout", "3\n"), ("stderr", "4\n"), ("stdout", "5\n")]
