"""The quiz of a page: what its file must hold, and what a reader sees of it before any script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import small_book
from bs4 import BeautifulSoup
from conftest import story_pages

from chipbook import facts
from chipbook.book.parts import quiz as parts
from chipbook.book.parts.quiz import FILE, quiz
from chipbook.story.answers import sign

OPTION = '[[one.options]]\nsays = "{says}"\nwhy = "For {{ft25-total}}."\n{more}\n'
GOOD = (
    '[[one]]\nasks = "Which?"\n'
    + OPTION.format(says="That", more="right = true")
    + OPTION.format(says="About {ft25-total}", more="")
)


@pytest.mark.parametrize("page", [page.rpartition("/")[2] for page in story_pages()])
def test_a_chapter_has_its_quiz(page: str) -> None:
    assert quiz(page)
    text = (FILE.parents[2] / "chapters" / f"{page}.md").read_text(encoding="utf-8")
    assert text.count("```{quiz}\n```") == 1


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("right = true\n", "", "two to four options, of which one is right"),
        (
            'ft25-total}"',
            'ft25-total}"\nright = true',
            "two to four options, of which one is right",
        ),
        ("right = true", "wrong = true", "('wrong' was unexpected)"),
        ("Which?", "Which of 3?", "naked number '3': put the key"),
        ("ft25-total", "ft25-totl", "no fact 'ft25-totl': did you mean ft25-total"),
        ('why = "For', 'because = "For', "'why' is a required property"),
        ('asks = "Which?"', "", "'asks' is a required property"),
        (
            GOOD,
            GOOD.partition('[[one.options]]\nsays = "A')[0],
            "two to four options, of which one is right",
        ),
        (
            GOOD,
            GOOD + OPTION.format(says="x", more="") * 3,
            "two to four options, of which one is right",
        ),
    ],
)
def test_a_fault_names_file_page_and_question(tmp_path: Path, old, new, fault) -> None:
    path = tmp_path / "some.toml"
    path.write_text(GOOD * 3, encoding="utf-8")
    assert len(quiz("one", path)) == 3
    path.write_text(GOOD.replace(old, new, 1) + GOOD * 2, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(fault)) as told:
        quiz("one", path)
    assert str(told.value).startswith("some.toml: one, question 1: ")


@pytest.mark.parametrize("many", [0, 2, 6])
def test_a_quiz_is_three_to_five_questions(tmp_path: Path, many: int) -> None:
    path = tmp_path / "some.toml"
    path.write_text(GOOD * many, encoding="utf-8")
    with pytest.raises(ValueError, match=r"some\.toml: one: expected three to five questions"):
        quiz("one", path)


def test_a_page_shows_its_quiz_folded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "some.toml"
    path.write_text(GOOD * 4, encoding="utf-8")
    monkeypatch.setattr(parts, "FILE", path)
    pages = {
        "index": "# Book\n\n```{toctree}\n:glob:\n\nchapters/*\n```\n",
        "chapters/one": "# One\n\n```{quiz}\n```\n",
        "chapters/two": "# Two\n\n```{quiz}\n```\n",
        "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
        "chapters/sources": "# All sources\n\n```{source-list}\n```\n",
    }
    conf = small_book.BOOK.replace('"parts.folds",', '"parts.folds", "parts.quiz",')
    site, warnings = small_book.make(
        tmp_path, pages, f'{conf}\nextensions = ["myst_parser", *BOOK]\nhtml_theme = "basic"\n'
    )
    told = [line for line in warnings.splitlines() if "WARNING" in line]
    assert len(told) == 1
    assert re.search(r"two\.md:3: WARNING: some\.toml: two: expected three to five", told[0])
    page = BeautifulSoup((site / "chapters/one.html").read_text("utf-8"), "html.parser")
    (fold,) = page.select("details.quiz")
    assert (fold.summary.text, fold.has_attr("open")) == ("Quiz: four questions", False)
    for nth, question in enumerate(fold.select("fieldset")):
        assert question.legend.text == "Which?"
        radios = question.select("label > input[type=radio]")
        assert [radio["value"] for radio in radios] == ["right", "wrong"]
        assert {radio["name"] for radio in radios} == {f"quiz-{nth + 1}"}
        # A press on a number chooses; the number of a reason opens its card.
        assert sign("ft25-total")
        told = question.select("label")[1]
        assert told.text.split("About ")[1] == f"{facts['ft25-total']} ({sign('ft25-total')})"
        assert not told.select("a")
        assert len(question.select("details.why:not([open]) a.fact[data-card]")) == 2
        assert [why.text for why in question.select(".why strong")] == ["Right.", "Not this."]
