"""What a chapter gives to try: exercises whose solutions stay folded, and a quiz, in a browser."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import Visit, story_pages
from playwright.sync_api import expect
from reading import given_away

from chipbook import Quantity
from chipbook.classroom.exercises import EXERCISES, expected

CHAPTERS = story_pages()[:-1]


def own(chapter: str) -> dict[str, dict]:
    """The exercises of a page, by id."""
    name = Path(chapter).name
    return {key: each for key, each in EXERCISES.items() if each["page"] == name}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_nothing_of_a_solution_stands_in_the_open(site: Path, chapter: str) -> None:
    page = BeautifulSoup((site / f"{chapter}.html").read_text("utf-8"), "html.parser")
    section = page.select_one("#try-it")
    assert not section.select("details[open]")
    mine, solved = section.select("details.with-code"), section.select("details.solution")
    assert len(mine) == len(solved) == len(own(chapter))
    for id, blank, full in zip(own(chapter), mine, solved, strict=True):
        # As a student gets it: to copy and to fill in.
        assert re.search(rf'^answer = \.\.\.\ngrade\("{id}", answer\)$', blank.pre.text, re.M)
        assert "answer = ..." not in full.pre.text
        assert full.select_one(".cell_output").text.strip() == "Right."
        assert len(full.select_one("div.meaning").text.split()) > 8
    for fold in section.select("details"):
        fold.extract()
    assert not section.select(".tag_exercise .cell_output")
    for exercise in own(chapter).values():
        wanted = expected(exercise["answer"])
        # Names may stand there to choose from.
        if isinstance(wanted, Quantity):
            # Numbers that are only near it are those that a student starts from.
            assert given_away(section.text, wanted, 0.1) == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_notebook_gives_the_cell_and_folds_the_solution(site: Path, chapter: str) -> None:
    path = site / "notebooks" / f"{Path(chapter).name}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    places = [
        place
        for place, cell in enumerate(cells)
        if cell.cell_type == "code" and "\nanswer = ...\n" in cell.source
    ]
    assert [cells[at].source.split('grade("')[1].split('"')[0] for at in places] == [*own(chapter)]
    for at in places:
        solution, meaning = cells[at + 1].source, cells[at + 2].source
        assert solution.startswith("<details><summary>Solution</summary>\n\n```python\n")
        assert solution.endswith("\n```\n\n</details>")
        assert meaning.startswith("<details><summary>What it means</summary>\n\n")


def test_an_option_says_why_and_the_first_tries_are_counted(visit: Visit) -> None:
    page = visit("chapters/chip-budget")
    quiz = page.locator("details.quiz")
    quiz.locator("summary").first.click()
    questions = quiz.locator("fieldset")
    last = questions.count() - 1
    score = quiz.get_by_role("status").last
    expect(quiz.locator(".why").first).to_be_hidden()
    for at in range(last):
        questions.nth(at).locator("label:has([value=right])").click()
        expect(questions.nth(at).get_by_role("status")).to_contain_text("Right. ")
    expect(score).to_have_text("")
    # Its card opens from the reason too.
    questions.locator("a.fact[data-card]:visible").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    # An arrow key passes over options, so it is no answer before Enter.
    said = questions.nth(last).get_by_role("status")
    questions.nth(last).get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    expect(said).to_have_text("Press Enter to answer.")
    expect(score).to_have_text("")
    questions.nth(last).locator("label:has([value=wrong])").first.click()
    expect(said).to_contain_text("Not this. ")
    expect(score).to_have_text(f"{last} of {last + 1} at the first try.")
    questions.nth(last).locator("[value=right]").focus()
    page.keyboard.press("Space")
    expect(said).to_contain_text("Right. ")
    expect(score).to_have_text(f"{last} of {last + 1} at the first try.")
    # On paper the questions alone.
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(questions.first).to_be_visible()
    for answer in (".why", "[role=status]"):
        assert not any(part.is_visible() for part in quiz.locator(answer).all())


def test_without_a_script_each_option_unfolds_its_reason(visit: Visit) -> None:
    page = visit("chapters/chip-budget", width=360, java_script_enabled=False)
    page.locator("details.quiz > summary").click()
    why = page.locator(".quiz .why").first
    why.locator("summary").click()
    expect(why.locator("p")).to_contain_text(re.compile(r"^(Right|Not this)\. \w"))
