"""What has been drawn stays where it is, on a phone."""

from __future__ import annotations

import pytest
from conftest import until
from playwright.sync_api import Browser, Route

WATCH = """
    window.moved = [];
    new PerformanceObserver((list) => window.moved.push(...list.getEntries().map((entry) => [
        entry.value, ...entry.sources.map(({ node }) => (node?.textContent || "").slice(0, 60)),
    ]))).observe({ type: "layout-shift", buffered: true });
"""
DRAWN = """() => {
    const [first] = performance.getEntriesByName("first-contentful-paint");
    return first && performance.now() - first.startTime > 300;
}"""
"""The page is drawn, and the tenth of a second has passed in which a browser may wait for fonts."""

SETTLED = """() => document.fonts.ready.then(() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))))"""
MOST = 0.01


@pytest.mark.parametrize(
    "name",
    [
        "index",
        "chapters/chip-budget",
        "chapters/article",
        "chapters/teach",
        "chapters/run",
        "chapters/known-when",
        "chapters/sources",
        "chapters/numbers",
        "tables/corrections",
    ],
)
def test_late_fonts_and_scripts_move_nothing(browser: Browser, address: str, name: str) -> None:
    """What a browser counts as layout shift, with fonts that come long after the words."""
    page = browser.new_page(viewport={"width": 412, "height": 823})
    page.add_init_script(WATCH)
    late: list[Route] = []
    page.route("**/*.woff2", lambda route: late.append(route))
    page.goto(f"{address}{name}.html", wait_until="domcontentloaded")
    until(page, DRAWN)
    assert len(late) >= 4
    for font in late:
        font.continue_()
    page.unroute("**/*.woff2")
    page.evaluate(SETTLED)
    moved = page.evaluate("moved")
    page.close()
    assert sum(value for value, *_ in moved) <= MOST, moved
