"""The page around the story, in a browser: what a reader meets first, unfolds, prints, holds."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import Visit, story_pages
from playwright.sync_api import Browser, Page, expect

CHAPTERS = story_pages()
PROSE = 0.45
"""Least share of the height of a chapter that its prose has, at 1440 pixels."""

FIRST_PICTURE = 1.5
"""Windows of 900 pixels from the top within which a chapter has its first picture."""

MEASURES = """() => {
    const article = document.querySelector("article.prose");
    const seen = (node) => node.checkVisibility() && node.getClientRects().length > 0;
    const apart = "table, figure, .chart, details, pre, .cell_output, .sources, .table-scroll";
    let prose = 0;
    for (const node of article.querySelectorAll("h1, h2, h3, h4, p, li, dt, dd")) {
        if (!seen(node) || node.closest(apart) || node.parentElement.closest("p, li, dd")) continue;
        const below = parseFloat(getComputedStyle(node).marginBottom);
        prose += node.getBoundingClientRect().height + below;
    }
    const pictures = article.querySelectorAll(".chart-view, svg[role=img], .picture, img");
    const top = (node) => node.getBoundingClientRect().top + scrollY;
    const tops = [...pictures].filter(seen).map(top);
    return [prose / article.getBoundingClientRect().height, Math.min(...tops) / 900];
}"""
"""Height of visible titles, paragraphs and list entries that stand in no table, chart, fold, code
or list of sources, with their margins below, over that of the article; and the top of the first
picture (a chart, drawing or image), in windows."""

LOOSE = """() => {
    const label = (cell) => {
        const heads = cell.closest("table").querySelectorAll("thead th");
        return heads[cell.cellIndex].innerText.trim();
    };
    const found = [];
    for (const table of document.querySelectorAll("article table:not(.worksheet)")) {
        if (!table.checkVisibility()) continue;
        const place = table.closest(".table-scroll") || table.parentElement;
        if (place.scrollWidth > place.clientWidth + 1) found.push(`wide: ${table.innerText}`);
        for (const cell of table.querySelectorAll("tbody td:not(:first-child)")) {
            if (cell.dataset.label !== label(cell)) found.push(`no label: ${cell.innerText}`);
        }
    }
    return found;
}"""
"""Tables of a phone that are wider than their place, and cells without the words of their head."""


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_prose_leads_and_tables_fit_a_phone(visit: Visit, chapter: str) -> None:
    """Less than half of a chapter is apparatus, a picture comes early, and no table overflows."""
    page = visit(chapter)
    share, first = page.evaluate(MEASURES)
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate(LOOSE) == []
    assert share >= PROSE
    assert first <= FIRST_PICTURE


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_way_on_comes_before_the_evidence(site: Path, chapter: str) -> None:
    page = BeautifulSoup((site / f"{chapter}.html").read_text("utf-8"), "html.parser")
    parts = ["next", "how-we-know", "source-fold"]
    order = [
        part
        for node in page.select(", ".join(f".{part}" for part in parts))
        for part in parts
        if part in node["class"]
    ]
    # The ending has no evidence of its own.
    assert order == (["next", "source-fold"] if chapter == CHAPTERS[-1] else parts)
    assert not page.select(".fold[open], .code[open]")


def with_code(page: Page) -> tuple[int, int]:
    """How many cells of a page show their code, and how many there are."""
    return page.locator("details.code[open]").count(), page.locator("details.code").count()


def test_the_code_switch_is_remembered(visit: Visit) -> None:
    page = visit("chapters/chip-budget")
    shown, cells = with_code(page)
    assert (shown, cells > 0) == (0, True)
    switch = page.get_by_role("button", name="Show code")
    switch.focus()
    page.keyboard.press("Enter")
    assert with_code(page) == (cells, cells)
    page.goto(page.url.replace("chip-budget", "denials"))
    shown, cells = with_code(page)
    assert shown == cells > 0
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    assert with_code(page) == (0, cells)


def test_code_unfolds_without_javascript(visit: Visit) -> None:
    page = visit("chapters/chip-budget", java_script_enabled=False)
    expect(page.get_by_role("button", name="Show code")).to_have_count(0)
    page.locator("details.code > summary").first.click()
    expect(page.locator("details.code").first.locator("pre").first).to_be_visible()


@pytest.mark.parametrize("touch", [False, True], ids=["focus", "tap"])
def test_a_source_says_what_it_is(visit: Visit, touch: bool) -> None:
    page = visit("chapters/buying-power", has_touch=touch)
    mark = page.locator("td.marks a.src:visible").first
    name = mark.get_attribute("title") or ""
    preview = page.locator(".preview")
    if touch:
        mark.tap()
    else:
        mark.focus()
        # Only where focus is shown: as after a key.
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
    expect(preview).to_be_visible()
    expect(preview).to_contain_text(re.split(r",| \(", name)[0])
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()


def test_a_link_into_a_fold_opens_it(visit: Visit) -> None:
    page = visit("chapters/chip-budget")
    entry = page.locator(".source-fold li").last
    expect(entry).to_be_hidden()
    # Where the browser opens it by itself, it is shut again before the script hears of the link.
    page.evaluate(
        """id => {
            location.hash = id;
            for (const fold of document.querySelectorAll("details")) fold.open = false;
        }""",
        entry.get_attribute("id"),
    )
    expect(entry).to_be_in_viewport()


def dark_pixels(browser: Browser, png: bytes) -> float:
    """The share of a picture that is darker than a middle grey."""
    page = browser.new_page()
    share = page.evaluate(
        """async (source) => {
            const image = Object.assign(new Image(), { src: source });
            await image.decode();
            const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
            canvas.drawImage(image, 0, 0);
            const { data } = canvas.getImageData(0, 0, image.width, image.height);
            let dark = 0;
            for (let at = 0; at < data.length; at += 4) dark += data[at] < 128;
            return (dark * 4) / data.length;
        }""",
        f"data:image/png;base64,{base64.b64encode(png).decode()}",
    )
    page.close()
    return share


# Most pages of paper: a chapter took 24 and 44 while it printed all code and every source.
@pytest.mark.parametrize(
    ("name", "most"),
    [("chapters/chip-budget", 16), ("chapters/denials", 20), ("chapters/teach", 9)],
)
def test_paper_from_dark_mode(visit: Visit, browser: Browser, name: str, most: int) -> None:
    """Light, short, with its caveats, and without code, hints or answers that are folded."""
    page = visit(name, color_scheme="dark", width=700)
    assert len(re.findall(rb"/Type /Page\b", page.pdf(format="A4"))) <= most
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert dark_pixels(browser, page.screenshot()) < 0.15
    inks = page.locator(".prose p:visible").evaluate_all(
        "all => all.map(node => getComputedStyle(node).color.match(/\\d+/)[0])"
    )
    assert max(map(int, inks)) < 128
    for hidden in (".code", ".solution", ".hint", ".fold:not(.how-we-know) > p"):
        assert page.locator(f"{hidden}:visible").count() == 0
    assert page.locator(".how-we-know:not([open])").count() == 0
