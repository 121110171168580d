"""Every setting of every chart in a real browser, and its table: what a reader may see is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from conftest import Visit, notebook_pages, until
from playwright.sync_api import Page, Route, expect

DRIVE = Path(__file__).with_name("controls.js").read_text(encoding="utf-8")


HEIGHTS = "all => all.map(node => node.getBoundingClientRect().height)"


def live(page: Page) -> None:
    """Make every chart of a page live, without a way to each."""
    page.evaluate(
        "document.querySelectorAll('.chart[data-src]').forEach("
        "chart => chart.dispatchEvent(new Event('pointerenter')))"
    )
    until(
        page,
        "() => [...document.querySelectorAll('.chart[data-src]')]"
        ".every(chart => !['', 'loading'].includes(chart.dataset.state ?? ''))",
    )


@pytest.mark.parametrize("name", notebook_pages())
@pytest.mark.parametrize("width", [1440, 360])
def test_every_setting(visit: Visit, name: str, width: int) -> None:
    """Nothing moves when charts come alive, no words collide or run out, the title tells of what is
    drawn, Reset brings it all back.

    An address with the setting opens to it, with the chart named in it live at once.
    """
    page = visit(name, width=width)
    static = page.locator(".chart").evaluate_all(HEIGHTS)
    live(page)
    # A live chart has a whole number of pixels.
    assert page.locator(".chart").evaluate_all(HEIGHTS) == pytest.approx(static, abs=1)
    states, faults, addresses = page.evaluate(DRIVE)
    assert states >= page.locator(".chart[data-src]").count()
    assert not faults, "\n".join(faults)
    for address, title in addresses:
        page.goto(address)
        told = title.replace("Your setting", "A setting from the address")
        expect(page.locator(".chart-setting:not(:empty)")).to_have_text(told)
        assert page.url == address


@pytest.mark.parametrize(
    "asked", ["ft25_local_share=350", "ft25_local_share=", "ft25_local_share=x", "nothing=1"]
)
def test_what_an_input_cannot_be_set_to_leaves_the_first_state(visit: Visit, asked: str) -> None:
    page = visit("chapters/chip-budget")
    page.goto(f"{page.url}?fig-two-readings.{asked}&fig-none.x=1#fig-two-readings")
    chart = page.locator("#fig-two-readings .chart")
    expect(chart).to_have_attribute("data-state", "live")
    assert "is-set" not in chart.get_attribute("class")
    expect(chart.locator(".chart-now")).to_have_text("60%")


def test_a_mark_says_who_and_when(visit: Visit) -> None:
    """Pointed at or tapped; a mark that has no words of its own tells those of its row."""
    page = visit("chapters/chip-budget")
    live(page)
    mark = page.locator(".chart-live .mark-symbol path").first
    mark.scroll_into_view_if_needed()
    # A page that scrolls hides what a mark says: its event comes with the next frame.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    # Whatever lies on top there, a cross perhaps, is of the same row.
    mark.hover(force=True)
    tip = page.locator(".chart-tip")
    tip.wait_for(state="visible")
    assert "Sources" in tip.locator("dt").all_inner_texts()
    assert all(tip.locator("dd").all_inner_texts())


def held(page: Page) -> list[Route]:
    """Requests of a page for the library of charts, which wait to be let through."""
    waiting: list[Route] = []
    page.route("**/vega.min.js", lambda route: waiting.append(route))
    return waiting


def let(page: Page, waiting: list[Route]) -> None:
    """Let them through."""
    for route in waiting:
        route.continue_()
    page.unroute("**/vega.min.js")


def test_an_input_moved_before_the_chart_is_live_moves_it(visit: Visit) -> None:
    """The reader sees at once that the move is heard; nobody loads what no reader asked for."""
    page = visit("chapters/chip-budget")
    chart = page.locator(".chart:has(input)")
    assert not page.evaluate(
        "performance.getEntriesByType('resource').some(r => /vega/.test(r.name))"
    )
    waiting = held(page)
    chart.locator("input").press("ArrowLeft")
    expect(chart.locator(".chart-now")).to_have_text("55%")
    expect(chart).to_have_class(re.compile("is-awaited"))
    assert chart.get_attribute("data-state") == "loading"
    let(page, waiting)
    expect(chart.locator(".chart-setting")).to_contain_text("55%")
    assert chart.evaluate("chart => chart.view.signal('ft25_local_share')") == 55
    expect(chart).not_to_have_class(re.compile("is-awaited"))


def test_a_mark_tapped_before_the_chart_is_live_tells(visit: Visit) -> None:
    page = visit("chapters/chip-budget", has_touch=True)
    waiting = held(page)
    mark = page.locator(".chart-static svg.chart-wide .mark-symbol path").first
    mark.scroll_into_view_if_needed()
    place = mark.bounding_box()
    assert place
    page.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    expect(page.locator(".is-awaited")).to_have_count(1)
    let(page, waiting)
    expect(page.locator(".chart-tip")).to_contain_text("Sources")


def words_of(chart: Tag) -> list[str]:
    """What the drawing of a ``chart`` says by text marks, each in one line."""
    marks = chart.select("svg.chart-wide .role-mark text")
    shown = (mark for mark in marks if mark.get("opacity") != "0")
    return [
        " ".join(part.text for part in mark.select("tspan")) if mark.select("tspan") else mark.text
        for mark in shown
    ]


@pytest.mark.parametrize("name", notebook_pages())
def test_the_table_holds_every_number_drawn(site: Path, name: str) -> None:
    """As words, or as the value that the words round; and no header names a place."""
    page = BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")
    missing = []
    for chart in page.select(".chart"):
        fold = chart.select_one(".chart-table")
        cells = fold.select("td, th, .table-note") if fold else []
        # A table has the apostrophes of a text, a drawing those of the code.
        cells = [cell.text.strip().replace("’", "'") for cell in cells]
        said = re.sub(r"[\s,]", "", " ".join(cells))
        values = [
            float(cell.replace(",", "").replace("−", "-"))
            for cell in cells
            if NUMBER.fullmatch(cell)
        ]
        for words in words_of(chart):
            plain = re.sub(r"[\s,]", "", words).replace("’", "'")
            rounded = NUMBER.fullmatch(words) and round_of(words, values)
            if re.search(r"\d", words) and plain not in said and not rounded:
                missing.append(f"{chart.select_one('.chart-title').text[:40]} | {words}")
        heads = {head.text.strip() for head in fold.select("thead th")} if fold else set()
        missing += [f"header {head}" for head in heads & {"Place", "Row", "Line", "Run", "Way"}]
    assert not missing, "\n".join(missing)


NUMBER = re.compile(r"[\N{MINUS SIGN}-]?[\d,]+(\.\d+)?")


def number(words: str) -> float:
    """The number that ``words`` print."""
    return float(words.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def round_of(words: str, values: list[float]) -> bool:
    """Whether one of the ``values`` reads as ``words`` with as many decimals."""
    half = 0.5 * 10 ** -len(words.partition(".")[2]) + 1e-9
    return any(abs(value - number(words)) <= half for value in values)
