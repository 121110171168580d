"""CONTRIBUTING.md does what it says: each recipe is followed in a copy, each mistake made."""

from __future__ import annotations

import ast
import csv
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
from conftest import build_log
from reading import ROOT, another, cell, copy_book, edit

from chipbook.book.parts.quiz import FILE, quiz
from chipbook.charts import figure
from chipbook.check.__main__ import main
from chipbook.check.refresh import check
from chipbook.classroom.exercises import cells

GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
LISTS = [f"chapters/{page}.md" for page in ("numbers", "sources", "glossary")]
TOC = """
format: jb-book
root: index
parts:
  - caption: The story
    numbered: true
    chapters: [{file: chapters/offices}]
  - caption: Look it up
    chapters: [{file: chapters/numbers}, {file: chapters/sources}, {file: chapters/glossary}]
"""


def section(title: str) -> str:
    """A section of the guide; headings within its snippets are theirs."""
    fences = re.compile(r"^(`{3,4}).*?^\1$", re.M | re.S)
    masked = fences.sub(lambda match: re.sub("^#", " ", match[0], flags=re.M), GUIDE)
    start = masked.index(f"\n## {title}\n")
    return GUIDE[start : masked.find("\n## ", start + 1)]


def snippet(title: str) -> tuple[str, str]:
    """File and text of the first thing to be written in a recipe."""
    found = re.search(r"^(`{3,4})\w+ (\S+)\n(.*?)\n\1$", section(title), re.M | re.S)
    return found[2], f"{found[3]}\n"


def row(title: str) -> dict[str, str]:
    """The row of a recipe, column → cell."""
    return dict(re.findall(r"^(\w+): ?(.*)$", snippet(title)[1], re.M))


def mistakes(title: str) -> list[tuple[str, str]]:
    """What one may write wrongly in a recipe, and what it then says."""
    lines = re.findall(r"^\| (?:no )?`(.*?)` \| `(.*)` \|$", section(title), re.M)
    assert lines, title
    return lines


def add(folder: Path, title: str, **cells: str) -> None:
    """Follow a recipe that adds a row, some of its cells otherwise."""
    path = folder / Path(snippet(title)[0]).name
    names = path.read_text("utf-8").splitlines()[0].split(",")
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, names, lineterminator="\n").writerow(row(title) | cells)


def make(folder: Path, title: str, **given: str) -> int:
    """Run the command of a recipe on ``folder``, some of its variables otherwise."""
    command = re.search(r"^```sh\nmake (.*)\n```$", section(title), re.M)[1]
    name, *pairs = shlex.split(command)
    values = dict(pair.split("=", 1) for pair in pairs) | given
    return main(["--data", str(folder), name, "--", *values.values()])


RECIPES = ("Add a source", "Add a fact", "Add a derived number")


@pytest.fixture
def data(released: Path, tmp_path: Path) -> Path:
    """A stamped copy of the data."""
    return Path(shutil.copytree(released, tmp_path / "data"))


def test_a_source_a_fact_and_a_number_made_from_it_are_added(data):
    add(data, "Add a source")
    add(data, "Add a fact")
    assert any("expected a version above" in str(problem) for problem in check(data))
    assert make(data, "Add a fact") == 0
    add(data, "Add a derived number")
    assert make(data, "Add a derived number") == 0
    assert check(data) == []


def test_a_number_is_corrected(data, capsys):
    held = cell(data, "rev23h1")
    new = another(held)
    for wrong, said in mistakes("Correct a number"):
        # The guide shows the value that stood there when it was written.
        if was := re.search(r"value is '(.*)' already", said):
            wrong, said = (text.replace(was[1], held) for text in (wrong, said))
        name, _, value = wrong.partition("=")
        assert make(data, "Correct a number", **{"VALUE": new, name: value}) == 1
        assert said in capsys.readouterr().err
    assert make(data, "Correct a number", VALUE=new) == 0
    assert f"facts/rev23h1: value {held} → {new}; version " in capsys.readouterr().out
    assert check(data) == []
    new = another(cell(data, "rev22-bb"))
    edit(data, "facts.csv", "rev22-bb", value=new, low=new)
    told = " ".join(map(str, check(data)))
    quoted = r"`(column value: expected [^`]+)`, [^`]*, `([^`]+)`"
    said = re.search(quoted, section("Correct a number"))
    assert all(part in told for part in said.groups())


def test_a_comma_that_splits_a_cell_is_told_as_the_guide_says(data):
    add(data, "Add a fact")
    path = data / "facts.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace(row("Add a fact")["metric"], "people, all"), encoding="utf-8")
    said = re.search(r"`(a comma in [^`]*)`", section("Add a fact"))[1]
    assert said in " ".join(map(str, check(data)))


@pytest.mark.parametrize("title", RECIPES)
def test_each_mistake_in_a_row_is_told_as_the_guide_says(data, title):
    added = RECIPES[: RECIPES.index(title)]
    for wrong, said in mistakes(title):
        column, _, cell = wrong.partition(":")
        before = {path: path.read_bytes() for path in data.iterdir()}
        for recipe in added:
            add(data, recipe)
        add(data, title, **{column: cell.strip()})
        assert said in "\n".join(map(str, check(data))), wrong
        for path, content in before.items():
            path.write_bytes(content)


def test_a_chart_without_its_words_is_refused_as_the_guide_says(monkeypatch):
    monkeypatch.setenv("CHIPBOOK_BUILD", "1")
    code = snippet("Add a chart")[1].split("---\n")[2].split("```")[0]
    code = code.replace("example-staff", "rev24").replace('"people"', '"billion USD"', 1)
    tree = ast.parse(code)
    for wrong, said in mistakes("Add a chart")[:2]:
        last = ast.parse(ast.unparse(tree.body[-1]))
        call = last.body[0].value
        call.keywords = [word for word in call.keywords if f"{word.arg}=" != wrong]
        space: dict[str, object] = {}
        exec(compile(ast.Module(tree.body[:-1], []), "cell", "exec"), space)
        chart = eval(compile(ast.Expression(call), "cell", "eval"), space)
        with pytest.raises(ValueError, match=re.escape(said)):
            figure.render(chart.to_dict())


def test_each_mistake_in_an_exercise_or_a_question_is_told_as_the_guide_says(tmp_path):
    (mark, lost), *asked = mistakes("Add an exercise or a question")
    with pytest.raises(ValueError, match=re.escape(lost)):
        cells(f"# your turn\nanswer = 1\n{mark}\ngrade('a', answer)".replace(mark, ""))
    text = FILE.read_text("utf-8")
    right, question = (wrong for wrong, _ in asked)
    text = re.sub("asks = .*", question, text.replace(right, "", 1), count=1)
    path = tmp_path / FILE.name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="question 1") as told:
        quiz(next(iter(tomllib.loads(text))), path)
    assert [said for _, said in asked if said not in str(told.value)] == []


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A copy of the book with the chapter and the chart of the guide, and little else."""
    copy_book(tmp_path, LISTS)
    (tmp_path / "_toc.yml").write_text(TOC, encoding="utf-8")
    (tmp_path / "index.md").write_text("# A book\n\nOf one chapter.\n", encoding="utf-8")
    for recipe in ("Add a source", "Add a fact"):
        add(tmp_path / "data", recipe)
    path, chapter = snippet("Add a chapter")
    before, mark, after = chapter.partition("## What we don't know")
    cell = snippet("Add a chart")[1]
    text = f"{before}## The evidence\n\n{cell}\n{mark}{after}"
    (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_a_chapter_with_a_chart_is_added(book):
    code, log = build_log(book)
    assert code == 0, log[-3000:]
    page = (book / "_build/html/chapters/offices.html").read_text("utf-8")
    assert "more than 4,321" in page
    assert "fig-offices" in page


@pytest.mark.slow
def test_each_mistake_in_a_chapter_is_told_as_the_guide_says(book):
    path = book / snippet("Add a chapter")[0]
    text = path.read_text("utf-8")
    missing, way, title, numeral, style = (wrong for wrong, _ in mistakes("Add a chapter"))
    text = text.replace(missing, "## Do").replace(way, "{container} on")
    text = text.replace("Where they sit.", f"{title}\n\n{numeral}\n\n{style}Here.</p>")
    typed = mistakes("Add a chart")[-1]
    text = re.sub(r'title="One .*?"', typed[0], text)
    path.write_text(text, encoding="utf-8")
    code, log = build_log(book)
    assert code
    for _, said in [*mistakes("Add a chapter"), typed]:
        assert re.search(rf"offices\.md(?::\d+)?: WARNING: .*{re.escape(said)}", log), log[-3000:]
