"""What was known when, in a browser: the script agrees with chipbook.story.claims on every day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from conftest import Visit
from playwright.sync_api import Page, expect

from chipbook.book.cards import date_words
from chipbook.book.pages.known_when import count_line, crossed_from, standing
from chipbook.book.parts.spine import FIRST
from chipbook.story.claims import claims, done_to, in_words, relations, roots

PAGE = "chapters/known-when"
EVENTS = sorted({f"{found.known_from:%Y-%m-%d}" for found in (*claims().values(), *relations())})
REPORT = f"{claims()['ft25-plan'].known_from:%Y-%m-%d}"
# The first and the last day, days on which nothing happened, and both ends of partial dates.
DAYS = [
    EVENTS[0],
    "2020-01-01",
    "2024-12-30",
    "2024-12-31",
    f"{pd.Timestamp(REPORT) - pd.Timedelta(days=1):%Y-%m-%d}",
    REPORT,
    "2025-01-22",
    "2025-01-30",
    "2025-01-31",
    "2025-12-31",
    EVENTS[-1],
    "2099-01-01",
]


def go(page: Page, day: str) -> None:
    """Put a day into the address, as a link would."""
    page.evaluate("day => { location.hash = day; }", day)
    expect(page.locator(".known-count[role=status]")).to_contain_text(f"On {date_words(day)}:")


def told(page: Page) -> dict[str, tuple[bool, str, str, bool]]:
    """Claim → whether it is seen, its state, the words for it, whether its figures are crossed."""
    found = page.locator("li[data-kind]").evaluate_all(
        """items => items.map(item => [
            item.querySelector(".entry").id.slice(6), item.checkVisibility(),
            item.dataset.state, item.querySelector(".claim-state").textContent,
            !item.classList.contains("uncrossed")])"""
    )
    return {key: tuple(rest) for key, *rest in found}


def test_the_script_says_what_the_model_says(visit: Visit) -> None:
    """Of every claim, on every day that matters and some that do not."""
    page = visit(PAGE)
    for day in DAYS:
        go(page, day)
        expect(page.locator(".known-count[role=status]")).to_have_text(count_line(day))
        shown = told(page)
        assert set(shown) == set(claims())
        for key, claim in claims().items():
            said = f"{claim.known_from:%Y-%m-%d}" <= day
            known = in_words(done_to([key], day)) if said else "not yet said"
            seen, word, words, crossed = shown[key]
            assert (key, day, seen, word) == (key, day, said, known)
            if said:
                assert words == standing(claim, day), (key, day)
                assert crossed == (crossed_from(claim) <= day), (key, day)


def test_relations_are_shown_from_the_day_they_hold(visit: Visit) -> None:
    page = visit(PAGE)
    go(page, "2025-01-22")
    page.locator(".claims .entry").evaluate_all("all => all.forEach(one => { one.open = true; })")
    shown = page.locator(".claim-relations li:visible")
    seen = shown.evaluate_all("items => items.map(item => item.dataset.from)")
    assert seen
    assert max(seen) <= "2025-01-22"
    hidden = page.locator(".claim-relations li[hidden]")
    assert min(hidden.evaluate_all("items => items.map(i => i.dataset.from)")) > "2025-01-22"


def test_a_day_in_the_address_is_shown_at_once(visit: Visit) -> None:
    page = visit(PAGE)
    page.goto(f"{page.url}?from=a-lesson#{REPORT}")
    expect(page.locator(".known-count[role=status]")).to_have_text(count_line(REPORT))
    expect(page.get_by_label("Another day")).to_have_value(REPORT)


def test_without_a_day_it_is_that_of_the_report(visit: Visit) -> None:
    page = visit(PAGE)
    expect(page.locator(".known-count[role=status]")).to_have_text(count_line(REPORT))
    page.clock.set_fixed_time("2025-03-01T12:00:00")
    page.reload()
    page.get_by_role("button", name="Today").click()
    expect(page.locator(".known-count[role=status]")).to_have_text(count_line("2025-03-01"))
    assert page.evaluate("location.hash") == "#2025-03-01"


def test_all_by_keyboard(visit: Visit) -> None:
    page = visit(PAGE)
    page.get_by_role("button", name=f"{date_words(REPORT)}, the report").press("Enter")
    expect(page.locator(".known-count[role=status]")).to_have_text(count_line(REPORT))
    slider = page.get_by_role("slider", name="From day to day")
    slider.press("ArrowRight")
    after = EVENTS[EVENTS.index(REPORT) + 1]
    expect(page.locator(".known-count[role=status]")).to_have_text(count_line(after))
    expect(slider).to_have_attribute("aria-valuetext", date_words(after))
    assert page.evaluate("location.hash") == f"#{after}"
    slider.press("Home")
    expect(page.locator(".known-count[role=status]")).to_have_text(count_line(f"{FIRST:%Y-%m-%d}"))
    page.get_by_label("Another day").fill("2024-10-01")
    expect(page.locator(".known-count[role=status]")).to_have_text(count_line("2024-10-01"))


def test_the_day_is_drawn_where_its_event_stands(visit: Visit) -> None:
    """The slider and the picture above it share a scale."""
    page = visit(PAGE)
    go(page, REPORT)
    places = page.evaluate(
        """() => {
            const box = document.querySelector(".known-line").getBoundingClientRect();
            const mark = [...document.querySelectorAll(".known-line li")]
                .find(item => item.textContent.includes("Financial Times: the plan"));
            const day = getComputedStyle(mark.closest(".known-line")).getPropertyValue("--day");
            const at = mark.getBoundingClientRect();
            return [(at.left + at.right) / 2 - box.left, Number(day) * box.width];
        }"""
    )
    assert abs(places[0] - places[1]) < 2


def test_a_group_without_a_claim_says_so(visit: Visit) -> None:
    page = visit(PAGE)
    day = min(f"{c.known_from:%Y-%m-%d}" for c in claims().values() if c.kind == "article")
    go(page, f"{pd.Timestamp(day) - pd.Timedelta(days=1):%Y-%m-%d}")
    article = page.locator("#the-article")
    expect(article.get_by_text("None by that day.")).to_be_visible()
    go(page, day)
    expect(article.get_by_text("None by that day.")).to_be_hidden()


def test_a_link_to_another_claim_keeps_the_day(visit: Visit) -> None:
    page = visit(PAGE)
    go(page, "2025-01-22")
    page.locator("#claim-ft25-denial > summary").click()
    page.locator("#claim-ft25-denial .claim-relations a").first.click()
    assert page.evaluate("location.hash").startswith("#claim-")
    expect(page.locator(":target")).to_be_visible()
    expect(page.locator(".known-count[role=status]")).to_have_text(count_line("2025-01-22"))


def test_a_figure_opens_its_card(visit: Visit) -> None:
    page = visit(PAGE)
    go(page, REPORT)
    page.locator("li:has(> #claim-ft25-plan) a.fact").click()
    expect(page.get_by_role("dialog")).to_contain_text("denied in full")


def test_without_javascript_it_is_the_whole_chronology(visit: Visit) -> None:
    page = visit(PAGE, java_script_enabled=False)
    expect(page.locator("li[data-kind]:visible")).to_have_count(len(claims()))
    expect(page.locator(".known-controls")).to_be_hidden()
    expect(page.locator(".known-count")).to_have_text(count_line())
    words = page.locator("li:has(> #claim-ft25-plan) .claim-state").text_content()
    assert words == standing(claims()["ft25-plan"])


def test_from_a_file_under_a_strict_policy(visit: Visit, site: Path) -> None:
    """The script is a file of its own; an inline one would be refused."""
    page = visit(PAGE, base=f"{site.as_uri()}/", forgive="font|preload|ERR_FAILED")
    go(page, REPORT)
    page.get_by_role("button", name="the article").click()
    assert page.evaluate("location.hash") != f"#{REPORT}"
    html = (site / f"{PAGE}.html").read_text("utf-8")
    assert "known-when.js" in html
    assert " onclick=" not in html
    others = (site / "chapters/numbers.html").read_text("utf-8")
    assert "known-when.js" not in others


def test_what_the_counts_are_made_of() -> None:
    """By another route than the model's."""
    day = pd.Timestamp("2025-01-22")
    said = [key for key, claim in claims().items() if claim.known_from <= day]
    told = [claims()[root] for key in said for root in roots(key)]
    reports = {claim.witness for claim in told if claim.kind == "report"}
    assert count_line("2025-01-22").startswith(
        f"On 22 January 2025: {len(said)} claims, from at most {len(reports)} independent reports"
    )
    denied = {
        r.other_id
        for r in relations()
        if r.relation == "denies" and r.known_from <= day and r.other_id in said
    }
    assert f"{len(denied)} claims denied" in count_line("2025-01-22")
