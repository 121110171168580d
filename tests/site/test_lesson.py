"""The lesson: it fits its clock, its sheet is one page without answers, and its key grades all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from conftest import Visit

from chipbook import facts

ALOUD, READ = 150, 200
"""Words a minute that a teacher says, and that a student reads."""

MINUTES = {"one minute": 1, "a minute and a half": 1.5, "two minutes": 2, "six minutes": 6}
LENGTHS = {"fifty-minutes": 50, "ninety-minutes": 90, "half-a-day-with-data": 210}
PHASES = {"hook": 5, "the-chain-of-one-number": 15, "the-desk": 20, "debrief": 10}
SHEETS = ("chapters/handout", "chapters/handout-it")
GRADES = ("met", "in part", "missed")

ITALIAN = {
    "oltre 12 miliardi di dollari": ("ft25-total", 12e9, "more than"),
    "5,5 miliardi di dollari": ("article-local-usd", 5.5e9, ""),
    "6,497 miliardi di yuan": ("supplier_financials/cambricon-2025-revenue", 6.497e9, ""),
    "oltre 60 milioni di utenti": ("doubao-001", 60e6, "more than"),
    "quasi un milione di chip": ("vendor_shares/huawei-2025-unnamed-shipments", 1e6, "nearly"),
    "circa il 60%": ("ft25-local-share", 0.6, "about"),
    "Circa 6,8 miliardi di dollari": ("ft25-overseas", 6.8e9, "about"),
}
"""What the Italian sheet prints → the number, in base units, and the word before it."""


def parsed(site: Path, name: str) -> Tag:
    """The text of a page of the site."""
    page = BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")
    found = page.select_one("article")
    assert found
    return found


def section(page: Tag, name: str) -> Tag:
    found = page.select_one(f"section#{name}")
    assert found, name
    return found


def words(node: Tag) -> list[str]:
    return node.get_text(" ").split()


def clock(text: str) -> int | None:
    """The minutes of a time as ``1:20``."""
    found = re.fullmatch(r"(\d):(\d\d)", text.strip())
    return 60 * int(found[1]) + int(found[2]) if found else None


def steps(plan: Tag) -> Iterator[tuple[int, int]]:
    """When each step of a ``plan`` begins, and how many words are said in it."""
    begin, said = None, 0
    for node in plan.select("p, blockquote"):
        first = node.strong.get_text() if node.name == "p" and node.strong else node.get_text()
        if node.name == "blockquote":
            said += len(words(node))
        elif (at := clock(first)) is not None and not node.find_parent("blockquote"):
            if begin is not None:
                yield begin, said
            begin, said = at, 0
    if begin is not None:
        yield begin, said


@pytest.mark.parametrize(("plan", "minutes"), LENGTHS.items())
def test_a_plan_fills_its_time_and_is_said_in_it(site: Path, plan: str, minutes: int) -> None:
    found = list(steps(section(parsed(site, "chapters/teach"), plan)))
    begins = [begin for begin, _ in found]
    assert begins == sorted(set(begins))
    assert (begins[0], begins[-1]) == (0, minutes)
    for (begin, said), end in zip(found, begins[1:], strict=False):
        # What is said leaves students the larger part of a step.
        assert said / ALOUD <= (end - begin) / 2, f"{plan}: {said} words from minute {begin}"


def test_the_phases_of_the_lesson_have_their_minutes(site: Path) -> None:
    lesson = section(parsed(site, "chapters/teach"), "fifty-minutes")
    begins = [next(steps(section(lesson, phase)))[0] for phase in PHASES]
    lengths = [end - begin for begin, end in zip(begins, [*begins[1:], 50], strict=True)]
    assert lengths == list(PHASES.values())


def test_what_there_is_to_read_takes_the_minutes_that_are_said(site: Path) -> None:
    found = 0
    for entry in section(parsed(site, "chapters/teach"), "four-subjects").select("p"):
        for link in entry.select("a.reference[href*='#']"):
            said = next(
                (text for text in MINUTES if f", {text}" in str(link.next_sibling)[:22]), ""
            )
            if not said:
                continue
            page, _, place = str(link["href"]).partition("#")
            read = section(parsed(site / "chapters", page.removesuffix(".html")), place)
            for unread in read.select("details, pre, svg, .sources, .chart-notes, .folded, .chart"):
                unread.decompose()
            assert len(words(read)) / READ == pytest.approx(MINUTES[said], abs=0.5), place
            found += 1
    assert found > 10


@pytest.mark.parametrize("name", SHEETS)
def test_the_sheet_is_one_page_without_answers(visit: Visit, site: Path, name: str) -> None:
    page = visit(name)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    assert [[round(float(side)) for side in size] for size in sizes] == [[595, 842]]
    page.emulate_media(media="print")
    crosses = """() => [...document.querySelectorAll(".prose *")].filter((node) =>
        node.checkVisibility() && /×/.test(getComputedStyle(node, "::after").content)).length"""
    assert page.evaluate(crosses) == 0
    text = page.locator(".prose").inner_text()
    key = parsed(site, "chapters/key").select("#the-five-sentences li em")
    assert len(key) == 5
    for answer in (*(node.get_text() for node in key), "×", str(facts["ft25-local-usd"].amount)):
        assert answer not in text
    assert page.locator(".worksheet tbody tr").count() == 5 + 4


def test_the_italian_sheet_says_the_numbers_of_the_rows(site: Path) -> None:
    text = " ".join(words(parsed(site, "chapters/handout-it"))).replace("21 gennaio 2025", "")
    for words_said, (key, value, word) in ITALIAN.items():
        assert words_said in text
        assert (facts[key].value, facts[key].qualifier) == (pytest.approx(value), word)
    rest = re.sub("|".join(map(re.escape, ITALIAN)), "", text)
    assert set(re.findall(r"\d+", rest)) <= {"2025"}


def test_a_slide_is_short_or_a_chart_and_has_its_notes(site: Path) -> None:
    slides = parsed(site, "chapters/slides").select("section section")
    assert 8 <= len(slides) <= 12
    plan = section(parsed(site, "chapters/teach"), "fifty-minutes").get_text()
    for slide in slides:
        (notes,) = slide.select(".admonition.say, .say, .admonition")
        assert len(words(notes)) > 10
        for unsaid in (notes, *slide.select(".denied-mark, .cross-key, .headerlink")):
            unsaid.extract()
        title = slide.h2.get_text().strip()
        if slide is not slides[-1]:
            assert f"“{title}”" in plan
        assert len(words(slide)) <= 40
        for chart in slide.select(".slide-chart"):
            assert chart.select_one("a.reference")


def test_every_question_is_met_and_missed_among_the_samples(site: Path) -> None:
    samples = section(parsed(site, "chapters/key"), "eight-headlines-graded").select("p")
    grades = [
        re.findall(rf"(?:Who|Number|Answer|Settled by): ({'|'.join(GRADES)})", text)
        for text in (sample.get_text() for sample in samples)
        if text.startswith("Who:")
    ]
    assert [len(each) for each in grades] == [4] * 8
    for question in zip(*grades, strict=True):
        assert set(question) == set(GRADES)
