"""What a reader passes on: links, frames, citations, reports of a fault."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import small_book
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import ROOT, Visit, notebook_pages, until
from fontTools.ttLib import TTFont
from playwright.sync_api import Locator, Page, expect

from chipbook import facts
from chipbook.book.cards import template
from chipbook.book.gates.denied import DENIAL
from chipbook.charts import theme
from chipbook.data import package


def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


# --- Frames


def test_a_picture_has_no_sign_that_its_font_lacks(site: Path) -> None:
    """The renderer would set the whole of a text in another font for the sake of one letter."""
    has = TTFont(min(theme.FONT_DIR.glob("*.ttf"))).getBestCmap().keys()
    for path in (site / "_static/charts").glob("fig-*.svg"):
        for text in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text"):
            said = "".join(text.itertext()).strip()
            assert has >= set(map(ord, said)), f"{path.name}: {said}"


@pytest.mark.parametrize("name", notebook_pages())
def test_the_page_to_embed_says_what_the_book_says(site: Path, name: str) -> None:
    """Title, caption, sources and denial; each link leaves the frame, and no search finds it."""
    for figure in soup(site / f"{name}.html").select("figure:has(> .chart)"):
        page = soup(site / "embed" / f"{figure['id']}.html")
        framed = page.select_one("figure")
        for part in (".chart-title", ".caption-text", ".chart-table"):
            told, shown = ([node.text for node in one.select(part)] for one in (figure, framed))
            assert told == shown
        assert [a.text for a in figure.select("a.src")] == [a.text for a in framed.select("a.src")]
        if DENIAL.search(figure.select_one("[role=img]")["aria-label"]):
            told = page.select(".chart-title, .chart-subtitle, .embed-denial, figcaption")
            assert DENIAL.search(" ".join(part.text for part in told)), figure["id"]
        assert all(a.get("target") == "_blank" for a in page.select("a"))
        assert page.select_one('meta[name="robots"]')["content"] == "noindex"
        back = page.select_one(".embed-from")
        assert back.a["href"] == f"../{name}.html#{figure['id']}"
        assert f"data version {package()['version']}" in back.text
        assert not page.select("header, nav, .chart-share, .headerlink")


@pytest.mark.parametrize("copied_at", [1280, 360])
def test_a_chart_lives_in_a_frame_as_it_was_set(visit: Visit, copied_at: int) -> None:
    page = visit("chapters/chip-budget")
    page.set_viewport_size({"width": copied_at, "height": 900})
    page.goto(f"{page.url}?fig-two-readings.ft25_local_share=35")
    figure = page.locator("#fig-two-readings")
    expect(figure.locator(".chart")).to_have_class(re.compile("is-set"))
    figure.get_by_role("button", name="Embed").click()
    line = figure.get_by_label("Line of HTML").input_value()
    # A page of another site: ours allow no style attribute.
    plain = f'<!DOCTYPE html><link rel="icon" href="data:,">{line}'
    page.route("**/elsewhere", lambda route: route.fulfill(body=plain, content_type="text/html"))
    for width in (640, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(re.sub("chapters/.*", "elsewhere", page.url))
        frame = page.frame_locator("iframe")
        expect(frame.locator(".chart-setting")).to_contain_text("35%")
        expect(frame.locator("main")).to_contain_text("denied")
        wide = "node => node.ownerDocument.documentElement.scrollWidth - innerWidth"
        assert frame.locator("body").evaluate(wide) <= 0
        cut = "node => node.ownerDocument.documentElement.scrollHeight - innerHeight"
        assert frame.locator("body").evaluate(cut) <= 0, "nothing is cut off"


# --- Citations


def fields(bibtex: str) -> dict[str, str]:
    """The fields of the one entry of a BibTeX file, without the braces around them."""
    kind, key, inside = re.fullmatch(r"@(\w+)\{([\w-]+),\n(.*)\}\s*", bibtex, re.DOTALL).groups()
    assert (kind, bool(key)) == ("misc", True)
    found = {}
    for line in inside.splitlines():
        name, value = re.fullmatch(r"  (\w+) = \{(.*)\},", line).groups()
        assert value.count("{") == value.count("}")
        assert not re.search(r"(?<!\\)[&%$#_]", value) or name == "url"
        found[name] = re.sub(r"[{}]|\\(?=[&%$#_])", "", value)
    return found


def tags(ris: str) -> dict[str, str]:
    lines = ris.strip("\r\n").splitlines()
    found = dict(re.fullmatch(r"([A-Z][A-Z0-9])  - ?(.*)", line).groups() for line in lines)
    assert [*found][:: len(found) - 1] == ["TY", "ER"]
    return found


def check(texts: list[str], said: list[str], address: str) -> None:
    """The four forms of a citation parse, agree, and say all that was ``said``."""
    text, bibtex, ris, csl = texts
    [item] = json.loads(csl)
    version = package()["version"]
    for title, place, edition in (
        (item["title"], item.get("URL", ""), item["version"]),
        *(((f := fields(bibtex))["title"], f.get("url", ""), f["version"]),),
        *(((t := tags(ris))["TI"], t.get("UR", ""), t["ET"]),),
    ):
        assert (title, place, edition) == (item["title"], address, version)
        assert title in text
    assert item["author"][0]["literal"] in text
    assert item["issued"]["date-parts"] == [[*map(int, package()["created"][:10].split("-"))]]
    for words in (*said, address, version):
        assert words in text


def cited(place: Locator) -> list[str]:
    """What the panel of a button "Cite" holds."""
    place.get_by_role("button", name="Cite").click()
    expect(place.locator(".citation pre")).to_have_count(4)
    return place.locator(".citation pre").evaluate_all("all => all.map(one => one.dataset.content)")


def test_a_number_is_cited_as_what_was_reported(visit: Visit) -> None:
    """From its card as from its entry; a reader's what-if is not the number of the book."""
    key = "ft25-local-usd"
    page = visit("chapters/chip-budget")
    page.locator(f'a.fact[data-card="card-{key}"]').first.click()
    card = page.get_by_role("dialog")
    here = cited(card)
    entry = page.url.replace("chip-budget.html", f"numbers.html#fact-{key}")
    said = [str(facts[key]), "from what was reported; the answer to what it rests on: denied"]
    check(here, [*said, key, "Chips and Denials"], entry)
    assert Axe().run(page).response["violations"] == []
    card.get_by_text("What if?", exact=True).click()
    card.locator('li[data-key="ft25-local-share"] input[type="number"]').fill("50")
    expect(card.locator(".card-value")).not_to_contain_text(str(facts[key]))
    card.get_by_role("button", name="Cite").click()
    assert cited(card) == here
    page.goto(entry)
    assert cited(page.locator(f"#fact-{key}")) == here


def test_an_address_that_cannot_be_read_leads_to_the_page(visit: Visit) -> None:
    page = visit("chapters/chip-budget")
    page.goto(f"{page.url}?whatif.ft25-total=1e999#%E0%A4%A")
    # The last that the script of a page does on its own is for paper.
    until(page, "() => document.adoptedStyleSheets.length > 0")
    expect(page.get_by_role("region", name="Your what-if")).to_be_hidden()


def test_a_chart_and_a_table_are_cited(visit: Visit) -> None:
    page = visit("chapters/chip-budget")
    page.goto(f"{page.url}?fig-two-readings.ft25_local_share=35#fig-two-readings")
    figure = page.locator("#fig-two-readings")
    expect(figure.locator(".chart")).to_have_class(re.compile("is-set"))
    number = figure.locator(".caption-number").inner_text().strip()
    denied = "contested: denied by ByteDance on 21 January 2025"
    check(cited(figure), [number, "as set by a reader: ", "35%", denied], page.url)
    # What is said of another state does not stay.
    page.get_by_role("button", name="Reset").click()
    expect(figure.locator(".citation")).to_have_count(0)
    assert "set by" not in cited(figure)[0]
    page.goto(re.sub("chapters/.*", "tables/facts.html", page.url))
    check(cited(page.locator("main")), ["Facts", "Table facts"], page.url)


def test_the_book_is_cited_from_one_file(visit: Visit, site: Path) -> None:
    source = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    blocks = soup(site / "chapters/about.html").select(".citation pre")
    check([block.text for block in blocks], [source["title"]], "")
    page = visit("chapters/about")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download").nth(1).click()
    assert saved.value.suggested_filename == "chips-and-denials.bib"
    assert fields(saved.value.path().read_text("utf-8"))["title"] == source["title"]
    assert yaml.safe_load((site / "CITATION.cff").read_text("utf-8")) == source


def test_the_book_is_cited_with_its_address() -> None:
    source = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    place = "https://example.org/book/"
    made = template("citation.html").render(cited=source, site=place, start="../")
    blocks = BeautifulSoup(made, "html.parser").select(".citation pre")
    check([block.text for block in blocks], [source["title"]], place)


# --- Links and reports


def test_links_are_copied_or_shown(visit: Visit) -> None:
    page = visit("chapters/chip-budget")
    address = f"{page.url}#fig-two-readings"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    link = page.locator("#fig-two-readings .chart-share a").first
    # The word stands for two seconds, in which a busy machine may not look.
    page.evaluate("window.setTimeout = () => {}")
    link.click()
    expect(link).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == address
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    link.click()
    expect(page.locator("#fig-two-readings").get_by_label("To copy")).to_have_value(address)
    page.goto(page.url.replace("chip-budget", "sources"))
    entry = page.locator("details.entry").first
    entry.locator("summary").click()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    entry.get_by_role("button", name="Copy link").click()
    name = entry.get_attribute("id")
    expect(entry.get_by_label("To copy")).to_have_value(re.compile(f"sources.html#{name}$"))


def test_without_a_script_the_links_lead_somewhere(visit: Visit) -> None:
    page = visit("chapters/chip-budget", java_script_enabled=False)
    line = page.locator("#fig-two-readings .chart-share")
    expect(line.get_by_role("button")).to_have_count(0)
    line.get_by_role("link", name="Embed").click()
    expect(page).to_have_url(re.compile("/embed/fig-two-readings.html$"))


def reported(page: Page, place: str) -> str:
    """Where the link on the first card leads, when that in the foot leads to ``place``."""
    page.evaluate(
        "place => Object.assign(document.querySelector('.colophon .report'), { href: place })"
        ".dataset.page = 'page “A”'",
        place,
    )
    page.locator("a.fact[data-card]").first.click()
    return page.get_by_role("dialog").get_by_text("Report a fault").get_attribute("href")


def test_a_report_names_the_number(visit: Visit) -> None:
    page = visit("chapters/chip-budget")
    key = page.locator("a.fact[data-card]").first.get_attribute("data-card").removeprefix("card-")
    place = "https://example.org/issues/new?title=Fault%20in%20page%20%E2%80%9CA%E2%80%9D"
    assert reported(page, place).endswith(f"/issues/new?title=Fault%20in%20number%20{key}")


@pytest.mark.parametrize(
    ("context", "starts"),
    [
        ({"theme_repository_url": "https://github.com/a/b"}, "https://github.com/a/b/issues/new?"),
        ({"contact": "mailto:us@example.org"}, "mailto:us@example.org?subject=Fault%20in%20page"),
        ({"contact": "https://example.org/form"}, "https://example.org/form"),
    ],
)
def test_a_fault_is_reported_where_the_publisher_says(
    tmp_path: Path, context: dict, starts: str
) -> None:
    folder, _ = small_book.make(
        tmp_path, {"index": "# It & its"}, f"{small_book.CONF}\nhtml_context = {context}"
    )
    link = soup(folder / "index.html").select_one(".report")
    assert link["href"].startswith(starts)
    if "?" in starts:
        assert f"data%20version%20{package()['version']}" in link["href"]
        assert "%E2%80%9CIt%20%26%20its%E2%80%9D" in link["href"]
