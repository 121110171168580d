"""The pages to look things up in, in a browser: lists that filter, sort and open in place."""

from __future__ import annotations

import pytest
from conftest import Visit
from playwright.sync_api import expect

from chipbook.data import facts, load

SCREEN = 900
"""The height of a window."""

BOUNDS = {
    "chapters/numbers": 40,
    "chapters/sources": 40,
    "chapters/known-when": 25,
    "chapters/disagreements": 12,
    "chapters/robustness": 12,
    "chapters/data": 8,
    "chapters/changes": 12,
    "tables/facts": 3,
    "tables/claims": 3,
}
"""Page → screens that it may be long at 1440 pixels."""


@pytest.mark.parametrize(("name", "screens"), BOUNDS.items())
def test_a_list_fits_the_eye(visit: Visit, name: str, screens: int) -> None:
    page = visit(name, width=1440)
    assert page.evaluate("document.documentElement.scrollHeight") / SCREEN < screens


def test_a_list_filters_by_words_and_by_menu(visit: Visit) -> None:
    page = visit("chapters/numbers")
    shown = page.locator(".entry:visible")
    every = shown.count()
    page.get_by_role("searchbox", name="Filter").fill("meta capital")
    told = page.get_by_role("status").first
    expect(told).to_have_text(f"{shown.count()} of {every} entries")
    assert 0 < shown.count() < every
    lines = shown.locator("summary").all_inner_texts()
    assert all("meta" in text.lower() and "capital" in text.lower() for text in lines)
    expect(page.get_by_role("heading", name="Doubao")).to_be_hidden()
    page.get_by_role("searchbox", name="Filter").fill("")
    page.get_by_role("combobox", name="Who speaks").select_option("filed")
    statuses = set(shown.locator(".status").all_inner_texts())
    assert statuses >= {"filed"}
    assert set(page.locator(".entry:visible > summary .status").all_inner_texts()) == {"filed"}


def test_a_list_sorts_within_its_groups_and_back(visit: Visit) -> None:
    page = visit("chapters/numbers")
    group = page.locator(".group").first
    ids = "all => all.map(one => one.id)"
    first = group.locator(".entry").evaluate_all(ids)
    page.get_by_role("combobox", name="Order").select_option("value")
    sizes = group.locator(".entry > summary > .value").evaluate_all(
        "all => all.map(one => parseFloat(one.dataset.n)).filter(size => !Number.isNaN(size))"
    )
    assert sizes == sorted(sizes)
    assert group.locator(".entry").evaluate_all(ids) != first
    page.get_by_role("combobox", name="Order").select_option("")
    assert group.locator(".entry").evaluate_all(ids) == first


def test_a_table_sorts_by_a_head_and_opens_a_row_by_its_key(visit: Visit) -> None:
    page = visit("tables/budget_reports", width=1440)
    head = page.get_by_role("columnheader", name="value", exact=True)
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    cells = page.locator("tbody td[data-label=value][data-n]").evaluate_all(
        "all => all.map(one => parseFloat(one.dataset.n))"
    )
    values = load("budget_reports")["value"].dropna()
    assert cells == sorted(values)
    row = page.locator("tbody tr", has=page.locator(".long")).first
    cut = row.locator(".long > div").first
    row.locator("th a").click()
    expect(page.locator(":target")).to_have_count(1)
    assert cut.evaluate("node => node.scrollHeight <= node.clientHeight + 1")


@pytest.mark.parametrize(
    ("name", "anchor"),
    [
        ("chapters/numbers", "fact-ft25-total"),
        ("chapters/sources", "source-rivista-2025-01-23-seed"),
        ("chapters/disagreements", "disagreement-huawei-2026"),
        ("chapters/known-when", "claim-ft25-plan"),
        ("chapters/data", "table-facts"),
    ],
)
def test_a_permanent_address_opens_its_entry(visit: Visit, name: str, anchor: str) -> None:
    page = visit(name)
    page.goto(f"{page.url}?#{anchor}")
    entry = page.locator(f"details#{anchor}")
    expect(entry).to_have_attribute("open", "")
    expect(entry.locator("> summary")).to_be_in_viewport()
    expect(entry.locator("> :not(summary)").first).to_be_visible()


def test_what_an_entry_opens_can_be_found_once_the_reader_does_something(visit: Visit) -> None:
    """The page draws its lines alone; the browser's own search must find what is in them too."""
    page = visit("chapters/sources")
    every = page.locator("details.entry").count()
    assert page.locator("details.entry > noscript").count() == every
    page.keyboard.press("Control")
    expect(page.locator("details.entry > noscript")).to_have_count(0)
    expect(page.locator("details.entry > p:first-of-type > a")).to_have_count(every)


def test_a_link_to_what_the_filter_hides_shows_it(visit: Visit) -> None:
    page = visit("chapters/numbers")
    page.get_by_role("searchbox", name="Filter").fill("no such words")
    expect(page.locator(".entry:visible")).to_have_count(0)
    page.evaluate("location.hash = 'fact-ft25-total'")
    expect(page.locator("#fact-ft25-total")).to_be_in_viewport()


def test_without_javascript_they_are_plain_lists(visit: Visit) -> None:
    page = visit("chapters/numbers", java_script_enabled=False)
    assert page.locator(".entry:visible").count() >= len(facts)
    expect(page.locator(".look-up-controls")).to_be_hidden()
    page.locator("#fact-ft25-total > summary").click()
    expect(page.locator("#fact-ft25-total .card")).to_contain_text("denied in full")
