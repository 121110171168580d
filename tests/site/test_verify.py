"""The number card, whole, and its check of the number in the reader's own browser."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Visit, toc_pages
from playwright.sync_api import Locator, Page, expect

from chipbook import facts
from chipbook.book.domain import CLASSES
from chipbook.data import data_dir, resource
from chipbook.story import evidence
from chipbook.story.answers import sign, sign_in_words

NUMBERS = "chapters/numbers"


def opened(page: Page, key: str) -> Locator:
    """The card of a number on the page of numbers, where an entry has one once it is open."""
    page.locator(f"#fact-{key}").evaluate("entry => { entry.open = true; }")
    return page.locator(f"#number-{key}")


def press(page: Page, key: str) -> Locator:
    """Press the button of a card on the page of numbers; gives the place of the answer."""
    card = opened(page, key)
    card.get_by_role("button", name="Verify here").click()
    return card.get_by_role("status")


def holder(key: str) -> tuple[str, str]:
    """File and id of the row that holds the figure of a row of facts.csv."""
    with (data_dir() / "facts.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == key)
    table, _, held = (row.get("row") or f"facts/{key}").partition("/")
    return resource(table)["path"], held


def from_files(site: Path) -> dict[str, str]:
    return {"base": f"{site.as_uri()}/", "forgive": "font|preload|ERR_FAILED"}


@pytest.mark.parametrize("how", ["http", "file"])
def test_a_row_is_found_and_its_file_hashed(visit: Visit, site: Path, how: str) -> None:
    page = visit(NUMBERS, **(from_files(site) if how == "file" else {}))
    answer = press(page, "ft25-total")
    expect(answer).to_contain_text("Matches: the page says what the published file holds.")
    lines = (data_dir() / "facts.csv").read_text(encoding="utf-8").splitlines()
    line = next(n for n, text in enumerate(lines, 1) if text.startswith("ft25-total,"))
    expect(answer).to_contain_text(f"Line {line} of data/facts.csv")
    expect(answer).to_contain_text("value 12, unit billion USD, qualifier more than, low 12")
    expect(answer).to_contain_text(resource("facts")["hash"].removeprefix("sha256:"))
    expect(answer).to_contain_text("only its sources can tell")


def test_every_card_matches_its_file(visit: Visit) -> None:
    """Whatever the cells hold: quotation marks, commas, signs beyond ASCII."""
    page = visit(NUMBERS)
    expect(press(page, "ft25-total").locator(".verdict")).to_be_visible()
    expect(page.locator("details.entry > noscript")).to_have_count(0)
    verdicts = page.evaluate(
        """async () => {
            const cards = [...document.querySelectorAll(".verify")];
            for (const card of cards) await chipbookVerify.check(card);
            return cards.map(card => [
                card.dataset.key, card.querySelector(".verdict").textContent,
            ]);
        }"""
    )
    assert {key for key, _ in verdicts} >= set(facts)
    modelled = {key for key in facts if not (facts.fact(key).table or facts.fact(key).formula)}
    wrong = [
        key
        for key, verdict in verdicts
        if not verdict.startswith("The files match" if key in modelled else "Matches:")
    ]
    assert wrong == []


def test_a_changed_byte_is_told(visit: Visit) -> None:
    page = visit(NUMBERS)
    file, row = holder("ft25-total")
    content = (data_dir() / file).read_bytes()
    start = content.index(f"\n{row},".encode())
    end = content.index(b"\n", start + 1)
    changed = content[start:end].replace(b",12,billion USD,", b",13,billion USD,")
    assert changed != content[start:end]
    tampered = content[:start] + changed + content[end:]
    page.route(f"**/data/{file}", lambda route: route.fulfill(body=tampered))
    answer = press(page, "ft25-total")
    expect(answer).to_contain_text("Does not match")
    expect(answer).to_contain_text(f"data/{file} is not the published file")
    expect(answer).to_contain_text("The card was made from another value: value 12.")
    computed = press(page, "ft25-sum")
    expect(computed.locator(".verdict")).to_contain_text("Does not match")


def test_a_missing_file_is_told_and_tried_again(visit: Visit) -> None:
    page = visit(NUMBERS, forgive="ERR_FAILED|Failed to load")
    page.route("**/data/budget_reports.csv", lambda route: route.abort())
    expect(press(page, "ft25-total")).to_contain_text("Could not be checked")
    page.unroute("**/data/budget_reports.csv")
    expect(press(page, "ft25-total")).to_contain_text("Matches:")


def test_what_keeps_a_check_from_running_is_told_as_it_is(visit: Visit) -> None:
    page = visit(NUMBERS, forgive="ERR_FAILED|Failed to load")
    page.route("**/verify.js", lambda route: route.abort())
    expect(press(page, "ft25-total")).to_contain_text("checked: verify.js could not be read.")
    broken = "chipbookVerify = { check() { throw new Error('the row is torn'); } };"
    page.route("**/verify.js", lambda route: route.fulfill(body=broken))
    expect(press(page, "ft25-total")).to_contain_text("checked: the row is torn.")


@pytest.mark.parametrize("how", ["http", "file"])
def test_a_computed_number_is_computed_again(visit: Visit, site: Path, how: str) -> None:
    page = visit(NUMBERS, **(from_files(site) if how == "file" else {}))
    answer = press(page, "ft25-local-usd")
    expect(answer).to_contain_text(f"row ft25-local-usd: {facts.fact('ft25-local-usd').formula}.")
    expect(answer).to_contain_text("40 billion CNY × 60 percent = 24 (22 to 26) billion CNY")
    expect(answer).to_contain_text(
        "billion CNY ÷ 7.2712 CNY per USD = 3.30069 (3.02564 to 3.57575)"
    )
    expect(answer).to_contain_text(f"The card says: {facts['ft25-local-usd']}")
    expect(answer).to_contain_text("Matches:")


def test_a_wrong_result_is_told(visit: Visit) -> None:
    page = visit(NUMBERS)
    part = opened(page, "ft25-local-usd").locator(".verify")
    part.evaluate("node => { node.dataset.cells = '[34e8, 34e8, 34e8]'; }")
    expect(press(page, "ft25-local-usd")).to_contain_text("made from another: 3.4 billion USD")


def test_a_wrong_bound_is_told(visit: Visit) -> None:
    page = visit(NUMBERS)
    value, low, high = evidence.ends(facts["bd-vs-four"])
    assert (low, high) == (value, None)
    cells = json.dumps([value, low, 2 * value])
    opened(page, "bd-vs-four").locator(".verify").evaluate(
        "(node, cells) => { node.dataset.cells = cells; }", cells
    )
    answer = press(page, "bd-vs-four")
    expect(answer).to_contain_text("or more) percent. The card says: more than")
    expect(answer.locator(".verdict")).to_contain_text("Does not match")


def test_a_count_is_counted_again_and_lists_its_rows(visit: Visit) -> None:
    page = visit(NUMBERS)
    answer = press(page, "denials-full")
    count = round(facts["denials-full"].value)
    expect(answer).to_contain_text(f"{count} rows of data/press_reports.csv counted.")
    expect(answer).to_contain_text("press_reports.csv: the SHA-256 is the published one")
    expect(answer.locator(".verdict")).to_contain_text("Matches:")
    answer.get_by_text("Which rows").click()
    rows = answer.locator("details a")
    expect(rows).to_have_count(count)
    row = rows.first.inner_text()
    rows.first.click()
    expect(page.locator(f"#row-{row}")).to_contain_text("denied in full")


def test_a_model_says_that_it_is_one(visit: Visit) -> None:
    answer = press(visit(NUMBERS), "buy-local-report")
    expect(answer).to_contain_text("comes from a calculation in many steps")
    expect(answer).to_contain_text("assumptions.csv: the SHA-256 is the published one")
    expect(answer.locator(".verdict")).to_contain_text("the number itself is not computed again")


def test_nothing_is_loaded_before_the_press(visit: Visit) -> None:
    page = visit("index")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page.url.replace("index.html", f"{NUMBERS}.html"))
    assert not [url for url in asked if re.search(r"verify|sha256|\.csv", url)]
    expect(press(page, "ft25-local-usd")).to_contain_text("Matches:")
    assert [url for url in asked if url.endswith("/data/facts.csv")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_card_beside_a_number_opens_to_its_last_part(visit: Visit, scheme: str) -> None:
    """By keyboard alone: open, unfold, verify, close; axe finds nothing with all of it open."""
    page = visit("chapters/chip-budget", width=360, color_scheme=scheme)
    link = page.locator('a.fact[data-card="card-ft25-total"]').first
    link.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    under = link.evaluate("node => node.getBoundingClientRect().bottom")
    over = dialog.evaluate("node => node.getBoundingClientRect().top")
    assert under <= over, "the number shows over its card"
    # What a reader asks first is there without scrolling, and nothing else is.
    for name in ("Who says so", "Sources", "The answer", "Known now"):
        expect(dialog.get_by_text(name, exact=True)).to_be_in_viewport()
    for name in ("Range", "Origins", "Disagrees with", "Reviewed", "Used in", "Row"):
        expect(dialog.get_by_text(name, exact=True)).to_be_hidden()

    def tab_to(target: Locator) -> None:
        for _ in range(40):
            if target.evaluate("node => node === document.activeElement"):
                return
            page.keyboard.press("Tab")

    for fold in ("Range, origins, where it disagrees", "How it is made, where it stands"):
        tab_to(dialog.locator("summary", has_text=fold))
        page.keyboard.press("Enter")
    for name in ("Range", "Origins", "Disagrees with", "Reviewed", "Used in", "Row"):
        expect(dialog.get_by_text(name, exact=True)).to_be_visible()
    tab_to(dialog.get_by_role("button", name="Verify here"))
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Matches:")).to_be_in_viewport()
    expect(dialog.locator(".card-value")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    dialog.evaluate("node => Promise.all(node.getAnimations().map(slide => slide.finished))")
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert link.evaluate("node => node === document.activeElement")


def test_without_javascript_the_page_of_numbers_shows_all_of_a_card(visit: Visit) -> None:
    page = visit(NUMBERS, java_script_enabled=False)
    page.locator("#fact-ft25-total summary").first.click()
    card = page.locator("#number-ft25-total")
    terms = [
        *("Who says so", "Sources", "The answer", "Known now", "The report", "Basis"),
        *("Keep in mind", "Range", "Origins", "Disagrees with", "Reviewed", "Used in", "Row"),
    ]
    shown = [term.strip() for term in card.locator("dt:visible").all_inner_texts()]
    assert [term for term in shown if term in terms] == terms
    for words in (
        str(facts["ft25-total"]),
        "denied in full",
        "anonymously sourced information about our plan is incorrect",
        "independent origin",
        str(facts["rt25-capex-cny"]),
        "due again",
    ):
        expect(card).to_contain_text(words)
    expect(card.get_by_role("button", name="Verify here")).to_have_count(0)


@pytest.mark.parametrize("name", toc_pages())
def test_each_denied_number_on_a_page_says_so(site: Path, name: str) -> None:
    """Its mark and word stand at the number, and the answer on its card.

    The card is at the end of the page, or where the number leads: on the page of all numbers.
    """
    html = (site / f"{name}.html").read_text(encoding="utf-8")
    numbers = (site / "chapters/numbers.html").read_text(encoding="utf-8")
    links = re.findall(
        r'<a class="([^"]*\bfact\b[^"]*)" href="[^"]*#fact-([^"]+)"( data-card=)?.*?>(.*?)</a>',
        html,
    )
    for classes, anchor, card, words in links:
        word = sign(anchor.replace("--", "/"))
        marked = [name for name in classes.split() if name in CLASSES.values()]
        assert marked == ([CLASSES[word]] if word else []), anchor
        said = sign_in_words(anchor.replace("--", "/"))
        assert (f"({said})" in words) == bool(word), anchor
        page, place = (html, f'id="card-{anchor}"') if card else (numbers, f'id="number-{anchor}"')
        start = page.index(place)
        told = re.findall(
            r'class="(contested|rests)"', page[start : page.index("</article>", start)]
        )
        assert set(told) == set(marked), anchor
