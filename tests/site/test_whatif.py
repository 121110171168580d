"""Another value on the card of a number, and what follows on the page, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Visit
from playwright.sync_api import Locator, Page, expect

from chipbook import facts
from chipbook.data import BOOK

PAGE = "chapters/chip-budget"
SHARE = "ft25-local-share"
FOLLOWS = "ft25-local-usd"


def what_if(page: Page, key: str) -> Locator:
    """Open the card of ``key`` and its fold "What if?"; gives the card."""
    page.locator(f'a.fact[data-card="card-{key}"]').first.click()
    card = page.get_by_role("dialog")
    card.get_by_text("What if?", exact=True).click()
    return card


def field(card: Locator, key: str) -> Locator:
    return card.locator(f'li[data-key="{key}"] input[type="number"]')


def drawn_with_the_share(page: Page) -> tuple[Locator, Locator]:
    """The live chart that has the share as its slider, and that slider."""
    chart = page.locator(".chart").filter(has=page.locator('[name="ft25_local_share"]'))
    page.locator("#fig-two-readings").scroll_into_view_if_needed()
    slider = chart.locator('input[type="range"]')
    expect(slider).to_have_value("60")
    return chart, slider


def with_share(percent: int) -> str:
    """What the number that follows comes to in Python."""
    tried = BOOK.with_cells("facts", {SHARE: {"value": str(percent), "qualifier": "exact"}})
    return str(tried.facts[FOLLOWS])


@pytest.mark.parametrize("how", ["http", "file"])
def test_another_share_changes_what_rests_on_it_until_it_is_reset(
    visit: Visit, site: Path, how: str
) -> None:
    files = {"base": f"{site.as_uri()}/", "forgive": "font|preload|ERR_FAILED"}
    page = visit(PAGE, **(files if how == "file" else {}))
    numbers = page.locator("main a.fact")
    before = numbers.all_text_contents()
    card = what_if(page, FOLLOWS)
    other = with_share(50)
    assert other != str(facts[FOLLOWS])
    field(card, SHARE).fill("50")
    expect(card.locator(".card-value")).to_contain_text(other)
    number = page.locator(f'main a.fact[data-card="card-{FOLLOWS}"]').first
    expect(number).to_contain_text(other)
    expect(number.locator(".whatif-mark")).to_have_text("what-if")
    # What does not rest on the share stays, and so do numbers in charts.
    total = page.locator('main a.fact[data-card="card-ft25-total"]').first
    expect(total.locator(".whatif-mark")).to_have_count(0)
    notes = page.locator(".whatif-note")
    expect(notes.filter(has_text="not changed by your what-if").first).to_be_attached()
    assert field(card, SHARE).evaluate("node => node === document.activeElement")
    bar = page.get_by_role("region", name="Your what-if")
    expect(bar).to_contain_text(re.compile("Your what-if: [^:]*(?<!about) 50%"))
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    # Passed on, it is set again for whoever opens it; where there is no clipboard, as text.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    bar.get_by_role("button", name="Copy link").click()
    page.goto(f"{bar.get_by_label('To copy').input_value()}&whatif.ft25-rate=x&whatif.nothing=1")
    expect(number).to_contain_text(other)
    expect(bar).to_contain_text(re.compile("^A what-if from the address: [^:;]* 50%"))
    if how == "http":
        assert Axe().run(page).response["violations"] == []
    bar.get_by_role("button", name="Reset").click()
    expect(bar).to_be_hidden()
    assert numbers.all_text_contents() == before
    assert "whatif." not in page.url


def test_what_a_reader_tries_is_not_called_a_match(visit: Visit) -> None:
    page = visit(PAGE)
    card = what_if(page, FOLLOWS)
    field(card, SHARE).fill("50")
    card.get_by_role("button", name="Verify here").click()
    expect(card.locator(".verdict")).to_contain_text("Not checked")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reset").last.click()
    what_if(page, FOLLOWS)
    card.get_by_role("button", name="Verify here").click()
    expect(card.locator(".verdict")).to_contain_text("Matches")


def test_the_slider_of_a_chart_follows_the_number_that_it_is_named_after(visit: Visit) -> None:
    page = visit(PAGE)
    chart, slider = drawn_with_the_share(page)
    card = what_if(page, SHARE)
    field(card, SHARE).fill("35")
    expect(slider).to_have_value("35")
    expect(chart.locator(".whatif-note")).to_have_text("This chart follows your what-if.")
    page.get_by_role("region", name="Your what-if").get_by_role("button", name="Reset").click()
    expect(slider).to_have_value("60")


def test_a_chart_says_which_of_the_values_it_follows(visit: Visit) -> None:
    page = visit(PAGE)
    chart, slider = drawn_with_the_share(page)
    card = what_if(page, FOLLOWS)
    field(card, SHARE).fill("35")
    other = card.locator(f'li:not([data-key="{SHARE}"]) input[type="number"]').first
    other.fill("80")
    note = chart.locator(".whatif-note")
    expect(note).to_have_text("This chart follows your what-if in part.")
    page.keyboard.press("Escape")
    slider.fill("45")
    expect(note).to_have_text("This chart shows another value than your what-if.")
    # Nor is the slider moved back when another chart comes to life.
    later = page.locator(".chart:not(.is-live)").last
    later.evaluate("chart => { chart.id = 'later'; chart.scrollIntoView(); }")
    expect(page.locator("#later.is-live")).to_be_attached()
    expect(note).to_have_text("This chart shows another value than your what-if.")


def test_keystrokes_leave_nothing_behind(visit: Visit) -> None:
    page = visit(PAGE)
    number = page.locator(f'main a.fact[data-card="card-{FOLLOWS}"]').first
    card = what_if(page, FOLLOWS)
    for value in ("3", "35", "3", "30"):
        field(card, SHARE).fill(value)
    expect(number).to_contain_text(with_share(30))
    assert number.text_content().count("\N{NO-BREAK SPACE}") == 1
    # The cross in brackets stays, and so do its words.
    assert (
        number.locator(".denied-mark").evaluate("node => getComputedStyle(node).display") != "none"
    )


def test_a_value_that_cannot_be_is_refused_in_words(visit: Visit) -> None:
    page = visit(PAGE)
    card = what_if(page, FOLLOWS)
    share = field(card, SHARE)
    assert (share.get_attribute("min"), share.get_attribute("max")) == ("0", "100")
    for value in ("150", "-5"):
        share.fill("50")
        expect(card.locator(".card-value")).to_contain_text(with_share(50))
        share.fill(value)
        expect(card.get_by_text("Set a value from 0 to 100.")).to_be_visible()
        expect(share).to_have_attribute("aria-invalid", "true")
        expect(card.locator(".card-value")).to_have_text(str(facts[FOLLOWS]))
    field(card, "fx-2025-01-21").fill("0")
    expect(card.get_by_text("Set a value above 0.")).to_be_visible()


def test_what_cannot_be_worked_out_has_no_number(visit: Visit) -> None:
    page = visit(PAGE)
    card = what_if(page, "ft25-local-of-total")
    divisor = field(card, "ft25-overseas")
    for part in (field(card, "ft25-chips-china-usd"), divisor):
        part.fill("0")
    expect(card.locator(".card-value")).to_have_text("–\N{NO-BREAK SPACE}no value")
    divisor.fill("5")
    expect(card.locator(".card-value .whatif-mark")).to_have_text("what-if")


def test_a_model_does_not_follow_and_says_so(visit: Visit) -> None:
    page = visit("chapters/buying-power")
    card = what_if(page, "buy-local-over-received")
    field(card, "assumptions/price-910b").fill("100000")
    model = page.locator('main a.fact[data-card="card-buy-all-report"]').first
    expect(model).to_contain_text(str(facts["buy-all-report"]))
    expect(model.locator(".whatif-mark")).to_have_text("not changed")
    expect(card.locator(".whatif-said")).to_contain_text("could not follow")
