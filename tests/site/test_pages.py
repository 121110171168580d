"""The built site in a real browser, page by page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import firefox
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Visit, notebook_pages, story_pages, toc_pages
from playwright.sync_api import Locator, Page, Route, expect

from chipbook.data import package
from chipbook.publish.site_files import MOVED

TABLES = [f"tables/{entry['name']}" for entry in package()["resources"]]
PAGES = [*toc_pages(), *TABLES, "search"]
# The pages of tables are of one make: of numbers, of long texts, and of none.
LOOKED_AT = [*toc_pages(), "tables/budget_reports", "tables/replies", "tables/sources", "search"]
LOOKED_AT += ["embed/fig-two-readings"]

# What is folded is of one make on every chapter, and takes axe as long as the rest of the page.
UNFOLDED = notebook_pages()[:3]


def overflow(page: Page) -> list[str]:
    """What sticks out of the window to the right, outermost first; nothing when all fits."""
    return page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            return [...document.body.querySelectorAll("*")]
                .filter(node => node.getBoundingClientRect().right > width + 1)
                .slice(0, 5).map(node => node.outerHTML.slice(0, 120));
        }"""
    )


# Rules that axe does not try by itself.
ALSO = {"target-size", "label-content-name-mismatch", "p-as-heading", "focus-order-semantics"}


def assert_accessible(page: Page) -> None:
    """Fails with what axe finds, a line each: rule, and the first elements that break it."""
    options = {"rules": {rule: {"enabled": True} for rule in ALSO}}
    found = Axe().run(page, options=options).response["violations"]
    assert not found, "\n" + "\n".join(
        f"{rule['id']} ({rule['impact']}): "
        + "; ".join(" ".join(map(str, node["target"])) for node in rule["nodes"][:4])
        for rule in found
    )


# What axe finds is a matter of elements, attributes and classes, not of words; and what it takes
# grows faster than a page. So of long lists of one make it is given the first rows, and of the
# others each that is made of something else than all before it. Ids used twice are for the checker
# of HTML.
ONE_OF_EACH = """() => {
    const tells = /^(class|style|role|lang|type|tabindex|aria-(hidden|expanded|pressed|current))$/;
    const make = (node) => [
        node.localName, Boolean(node.textContent.trim()),
        ...[...node.attributes].map(({name, value}) => tells.test(name) ? name + value : name),
    ].join(" ");
    const lists = {};
    for (const list of document.querySelectorAll("main *")) {
        // No cells of a row, nor words of a line: what stays must be whole.
        const rows = list.querySelectorAll(":scope > :is(tr, li, details, section, article, div)");
        if (rows.length < 15) continue;
        const like = lists[make(list)] ??= { rows: 0, seen: new Set() };
        for (const row of rows) {
            const kind = [...new Set([row, ...row.querySelectorAll("*")].map(make))].sort().join();
            if (++like.rows > 40 && like.seen.has(kind)) row.remove();
            like.seen.add(kind);
        }
    }
}"""


def wake_charts(page: Page) -> int:
    """Scroll to every chart and wait until it is live; returns how many there are."""
    charts = page.locator(".chart")
    page.mouse.move(1, 1)
    for position in range(charts.count()):
        charts.nth(position).scroll_into_view_if_needed()
        expect(charts.nth(position)).to_have_attribute("data-state", "live")
    return charts.count()


@pytest.mark.parametrize("name", LOOKED_AT)
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
def test_page(visit: Visit, name: str, width: int, scheme: str) -> None:
    """Fits its window, asks no third party, keeps the console clean, passes axe; charts live.

    Of lists of more than 40 rows, axe sees each kind of row. Those of
    UNFOLDED on a phone with all that is folded.
    """
    page = visit(name, width=width, color_scheme=scheme)
    expect(page.locator("html")).to_have_attribute("data-theme", scheme)
    assert overflow(page) == []
    wake_charts(page)
    if width == 360 and name in UNFOLDED:
        folds = page.locator(".prose details:not(.entry)")
        folds.evaluate_all("folds => { for (const fold of folds) fold.open = true; }")
    assert overflow(page) == []
    page.evaluate(ONE_OF_EACH)
    assert_accessible(page)


def test_axe_is_given_a_row_that_is_like_no_other(visit: Visit) -> None:
    page = visit("chapters/sources")
    rows = page.locator("main .entry")
    assert rows.count() > 300
    rows.nth(300).evaluate("row => row.append(document.createElement('img'))")
    page.evaluate(ONE_OF_EACH)
    assert 40 <= rows.count() < 300
    expect(page.locator("main .entry > img")).to_have_count(1)


@pytest.mark.parametrize("name", notebook_pages())
def test_charts_without_javascript(visit: Visit, name: str) -> None:
    page = visit(name, java_script_enabled=False)
    charts = page.locator(".chart")
    for position in range(charts.count()):
        drawn = charts.nth(position).locator("svg:visible")
        expect(drawn).to_have_count(1)
        box = drawn.bounding_box()
        assert box
        assert min(box["width"], box["height"]) > 100


NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(
    window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });"""


@pytest.mark.parametrize("mode", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}, {}])
def test_charts_and_cards_in_other_modes(visit: Visit, mode: dict[str, str]) -> None:
    """Forced colours, no motion, and a browser that keeps nothing for the site."""
    page = visit("chapters/chip-budget", **mode)
    if not mode:
        page.add_init_script(NO_STORAGE)
        page.reload()
        assert page.evaluate("() => { try { return localStorage; } catch { return 'none'; } }")
    assert wake_charts(page) > 0
    page.locator(".prose a[data-card]").first.click()
    expect(page.locator("article.card:visible")).to_have_count(1)


LOOK = """async () => {
    const charts = [...document.querySelectorAll(".chart")], end = performance.now() + 30_000;
    const alive = (chart) => chart.dataset.state === "live";
    for (const chart of charts) {
        chart.scrollIntoView();
        chart.dispatchEvent(new Event("pointerenter"));
        while (!alive(chart) && performance.now() < end) await new Promise(requestAnimationFrame);
    }
    const numbers = [...document.querySelectorAll(".prose a.fact[data-card]")];
    const number = numbers.find((number) => number.checkVisibility());
    number?.click();
    const cards = [...document.querySelectorAll("article.card")];
    if (number && !cards.some((card) => card.checkVisibility())) faults.push("no card opens");
    if (!charts.every(alive)) faults.push("a chart is not live");
    return JSON.stringify({ faults, charts: charts.length, cards: cards.length });
}"""
IN_FIREFOX = ["index", *story_pages(), "chapters/game", "chapters/coding-kit", "tables/claims"]
IN_FIREFOX += ["embed/fig-two-readings", "404"]


def test_pages_in_firefox(address: str) -> None:
    """Charts come alive, a card opens, nothing breaks the policy or asks another host."""
    with firefox.tab() as tab:
        seen = {}
        for name in IN_FIREFOX:
            tab.goto(f"{address}{name}.html")
            seen[name] = json.loads(tab.evaluate(LOOK))
    assert {name: told["faults"] for name, told in seen.items() if told["faults"]} == {}
    assert sum(told["charts"] for told in seen.values()) > len(story_pages())
    assert [url for url in tab.requests if not url.startswith((address, "data:", "about:"))] == []


def test_a_phone_without_container_queries(visit: Visit) -> None:
    """A browser that does not know the width of a place draws for that of its window."""
    page = visit("chapters/chip-budget", width=360, java_script_enabled=False)

    def older(route: Route) -> None:
        css = route.fetch().text()
        assert css.count("@container") == css.count("@supports not (container-type: inline-size)")
        css = css.replace("@container", "@contain-er").replace("container-type", "contain-type")
        route.fulfill(body=css, content_type="text/css")

    page.route("**/charts.css*", older)
    page.reload()
    assert page.locator(".chart-static svg.chart-wide:visible").count() == 0
    assert page.locator(".chart-static svg.chart-narrow:visible").count() > 0
    assert overflow(page) == []


def html(site: Path, page: str) -> str:
    """The source of a page."""
    return (site / f"{page}.html").read_text("utf-8")


def test_charts_from_a_stick(visit: Visit, site: Path) -> None:
    """Opened as files, without any server, charts come alive and the fonts are there as well."""
    name = next(page for page in toc_pages() if 'class="chart' in html(site, page))
    # Preloading a font is for servers: from files the style sheet alone loads it.
    page = visit(name, base=f"{site.as_uri()}/", forgive="font|preload|ERR_FAILED")
    assert wake_charts(page) > 0
    fonts = "document.fonts.ready.then(all => [...all].map(font => font.status))"
    assert "loaded" in page.evaluate(fonts)


def first_card_page(site: Path) -> str:
    """The first page with a number that opens a card."""
    return next(page for page in toc_pages() if "data-card=" in html(site, page))


def words(link: Locator) -> str:
    """The number as it is printed, without the mark for those who cannot see it."""
    return link.evaluate("node => node.firstChild.textContent.trim()")


def test_card_by_keyboard(visit: Visit, site: Path) -> None:
    """In forced colours too, where axe would find what is hidden by them."""
    page = visit(first_card_page(site), forced_colors="active")
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('a.fact[data-card]')"):
            break
    focused = page.locator("a.fact:focus")
    number = words(focused)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(number)
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert words(focused) == number


def test_tab_leaves_a_card_for_what_follows_its_number(visit: Visit, site: Path) -> None:
    """And Shift+Tab for the number, though the card hangs at the end of the page."""
    page = visit(first_card_page(site))
    links, dialog = page.locator(".prose a.fact[data-card]:visible"), page.get_by_role("dialog")
    links.first.focus()
    page.keyboard.press("Tab")
    after = page.evaluate_handle("document.activeElement")
    for key, lands_on in (("Tab", after), ("Shift+Tab", links.first.element_handle())):
        links.first.focus()
        page.keyboard.press("Enter")
        expect(dialog).to_be_visible()
        for _ in range(dialog.locator("a, button, summary").count() + 1):
            page.keyboard.press(key)
            if not dialog.is_visible():
                break
        expect(dialog).to_be_hidden()
        assert page.evaluate("node => node === document.activeElement", lands_on)


def test_card_by_tap(visit: Visit, site: Path) -> None:
    page = visit(first_card_page(site), width=360, has_touch=True)
    link = page.locator("a.fact[data-card]").first
    link.tap()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(words(link))
    # On a phone it slides in: measured on the way, its foot would still be below the window.
    dialog.evaluate("node => Promise.all(node.getAnimations().map(slide => slide.finished))")
    box = dialog.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert round(box["y"] + box["height"]) == 900  # at the foot of the window, not beyond
    assert overflow(page) == []


def test_number_without_javascript(visit: Visit, site: Path) -> None:
    """Then the number is a link to its row on the page of all numbers."""
    page = visit(first_card_page(site), java_script_enabled=False)
    link = page.locator("a.fact[data-card]").first
    number = words(link)
    link.click()
    page.wait_for_url("**/numbers.html#*")
    expect(page.locator(":target")).to_contain_text(number)


class Links(HTMLParser):
    """Ids and addresses of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif name in ("href", "src", "data-src", "xlink:href") and value:
                self.links.append(value)


def html_files(site: Path) -> list[Path]:
    """Every page; slides are none."""
    return [path for path in site.rglob("*.html") if "paper" not in path.parts]


def test_links(site: Path) -> None:
    """Every address inside the site leads to a file, and every anchor to an element of it."""
    pages = {path: Links(path) for path in html_files(site)}
    broken = []
    for path, found in pages.items():
        for link in found.links:
            if urlsplit(link).scheme in ("http", "https", "mailto", "data", "javascript"):
                continue
            # The page for what is missing stands under any address, so its links start at the root.
            near = link.removeprefix("/") if path.name == "404.html" else link
            address, anchor = urldefrag(urljoin(path.as_uri(), near))
            target = Path(unquote(urlsplit(address).path))
            anchors = pages[target].ids if target in pages else None
            if not target.is_file() or (anchor and anchors is not None and anchor not in anchors):
                broken.append(f"{path.relative_to(site)} → {link}")
    assert not broken, "\n".join(broken)


def test_only_the_pages_of_the_book(site: Path) -> None:
    """Nothing that an earlier build left behind."""
    built = {path.relative_to(site).with_suffix("").as_posix() for path in html_files(site)}
    charts = re.findall(r'<figure[^>]* id="(fig-[^"]+)"', "".join(html(site, p) for p in PAGES))
    moved = {name.removesuffix(".html") for name in MOVED["pages"]}
    assert built == {*PAGES, "404", *moved, *(f"embed/{name}" for name in charts)}
