"""The search: what a reader types leads to what is meant, opened from a file, in two browsers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import firefox
import pytest
from conftest import Visit
from playwright.sync_api import Browser, expect

from chipbook.data import facts, sources

NUMBER, SOURCE = "chapters/numbers.html#fact-", "chapters/sources.html#source-"
TERM = "chapters/glossary.html#term-"


def bare(key: str) -> str:
    """The number ``key`` as a reader types it: its digits, with the mark of a percentage."""
    return re.search(r"[\d.,]*\d%?", str(facts[key]))[0]


def amount(key: str) -> str:
    """The number ``key`` with its unit and without its qualifier."""
    return format(facts[key], "amount")


def titled(words: str) -> str:
    """The address of the first source with ``words`` in its title."""
    found = sources()["title"].str.contains(words, na=False, regex=False)
    return SOURCE + str(found.idxmax())


HELD = [
    # Numbers as they are typed.
    (bare("ft25-overseas"), f"{NUMBER}ft25-overseas", 1),
    (bare("ft25-local-share"), f"{NUMBER}ft25-local-share", 1),
    (bare("huawei-2025-kessler"), f"{NUMBER}huawei-2025-kessler", 1),
    (bare("huawei-2025-kessler").replace(",", ""), f"{NUMBER}huawei-2025-kessler", 1),
    (amount("ft25-total").removeprefix("$"), f"{NUMBER}ft25-total", 1),
    (amount("ft25-total").replace(" billion", "bn"), f"{NUMBER}ft25-total", 1),
    (amount("ft25-total").replace(" billion", " miliardi"), f"{NUMBER}ft25-total", 1),
    (
        amount("ft25-chips-china-cny").replace("billion", "miliardi di"),
        f"{NUMBER}ft25-chips-china-cny",
        1,
    ),
    (f"{facts['ft25-total'].value:,.0f}", f"{NUMBER}ft25-total", 1),
    (amount("ft25-chips-china-usd").removeprefix("$"), f"{NUMBER}ft25-chips-china-usd", 3),
    (amount("zs25-capex"), f"{NUMBER}zs25-capex", 3),
    (amount("cambricon-sold-2025"), f"{NUMBER}cambricon-sold-2025", 3),
    ("2025-01-21", f"{NUMBER}fx-2025-01-21", 3),
    ("21 Jan 2025 yuan per dollar", f"{NUMBER}fx-2025-01-21", 3),
    # Keys.
    ("ft25-total", f"{NUMBER}ft25-total", 1),
    ("FT25-Local-Share", f"{NUMBER}ft25-local-share", 1),
    ("peer_capex/meta-fy2025", f"{NUMBER}peer_capex--meta-fy2025", 1),
    # Sources.
    ("Reuters", SOURCE, 3),
    ("Zheshang forecast", f"{NUMBER}zs25-capex", 1),
    ("抖音回应", titled("抖音回应"), 1),
    ("退货率", titled("退货率"), 1),
    ("raddoppio", f"{NUMBER}article-double", 1),
    ("un'intelligenza artificiale entro il 2025", titled("intelligenza artificiale entro"), 3),
    # Names and terms, in Chinese and as they sound, and what is nearly one.
    ("豆包", f"{TERM}Doubao", 1),
    ("寒武纪", f"{TERM}Cambricon", 1),
    ("昇腾", f"{TERM}Ascend", 1),
    ("hanwuji", f"{TERM}Cambricon", 1),
    ("H20", f"{TERM}H20", 1),
    ("denied in full", f"{TERM}denied-in-full", 1),
    ("Cambrican", f"{TERM}Cambricon", 1),
    ("Hwawei", f"{TERM}Huawei", 1),
    ("Hauwei", f"{TERM}Huawei", 1),
    ("Dubao", f"{TERM}Doubao", 1),
    # Passages.
    ("what ByteDance said", "chapters/denials.html#", 1),
    ("what did ByteDance answer", "chapters/denials.html#", 1),
    ("ByteDance", f"{TERM}ByteDance", 1),
    ("who said that ByteDance would spend how much", "chapters/chip-budget.html#", 1),
    ("tiktok unless it was sold", "index.html#", 3),
]
"""What a reader types → the start of an address among the first so many results."""

TYPE = """async () => {
  const field = document.querySelector("#search-words");
  const count = document.querySelector("#search-count");
  const start = Date.now();
  while (!/^(\\d|Nothing)/.test(count.textContent)) {
    if (Date.now() > start + 30000) throw new Error(count.textContent);
    await new Promise(requestAnimationFrame);
  }
  const seen = {};
  for (const typed of QUERIES) {
    field.value = typed;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const links = [...document.querySelectorAll("#search-results a")].slice(0, 3);
    seen[typed] = links.map((link) => link.getAttribute("href"));
  }
  return JSON.stringify(seen);
}"""


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def seen(request: pytest.FixtureRequest, site: Path) -> dict[str, list[str]]:
    """Query → the first three addresses, all typed on one page that is opened from a file."""
    address = f"{(site / 'search.html').as_uri()}?q=Huawei"
    typing = TYPE.replace("QUERIES", json.dumps([typed for typed, _, _ in HELD]))
    if request.param == "firefox":
        with firefox.tab() as tab:
            tab.goto(address)
            return json.loads(tab.evaluate(typing))
    browser: Browser = request.getfixturevalue("browser")
    page = browser.new_page()
    page.goto(address)
    told = json.loads(page.evaluate(typing))
    page.close()
    return told


def test_what_is_typed_leads_to_what_is_meant(seen: dict[str, list[str]]) -> None:
    missed = {
        typed: (wanted, seen[typed])
        for typed, wanted, first in HELD
        if not any(place.removeprefix("./").startswith(wanted) for place in seen[typed][:first])
    }
    assert not missed, f"{len(missed)} of {len(HELD)}: {missed}"


def test_a_card_tells_the_denial_and_a_passage_marks_the_words(visit: Visit) -> None:
    page = visit("search")
    field, told = page.locator("#search-words"), page.locator("#search-count")
    results = page.get_by_role("list", name="Results").get_by_role("listitem")
    expect(page.get_by_text("For example")).to_be_visible()
    field.fill(amount("ft25-total"))
    expect(results.first.get_by_role("link")).to_have_text(
        re.compile(str(facts["ft25-total"])[-9:])
    )
    expect(results.first).to_contain_text("Financial Times")
    expect(results.first).to_contain_text("denied, 21 January 2025")
    expect(told).to_have_text(re.compile(r"^\d+ results: \d+ numbers"))
    page.get_by_role("button", name="passages").click()
    expect(results.first.locator(".found-text mark").first).to_have_text(re.compile("12"))
    assert results.locator(".value").count() == 0
    page.get_by_role("button", name=re.compile("^All")).click()
    before = results.count()
    page.get_by_role("button", name="Show more").click()
    expect(results.nth(before).get_by_role("link")).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?q=%2412(%20|\+)billion$"))
    field.fill("xyzzyplugh")
    expect(told).to_have_text(re.compile("^Nothing found for “xyzzyplugh”. Try"))
    expect(page.get_by_text("For example")).to_be_visible()


def test_every_page_leads_to_the_search(visit: Visit) -> None:
    page = visit("chapters/glossary")
    page.locator("#search-field").fill("Cambricon")
    page.locator("#search-field").press("Enter")
    expect(page.locator("#search-count")).to_have_text(re.compile(r"^\d+ results"))
    expect(page.locator("#search-results mark").first).to_have_text("Cambricon")
