"""What pages say of themselves, and what a site has beside them: with an address and without."""

from __future__ import annotations

import pickle
import re
import struct
from collections import Counter
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
import small_book
from conftest import ROOT, host_headers, story_pages, toc_pages

from chipbook import facts
from chipbook.book.gates.denied import DENIAL
from chipbook.book.parts.figures import chart
from chipbook.book.site.build import prune
from chipbook.charts.spec import views
from chipbook.check.refresh import entries
from chipbook.data import data_dir, package
from chipbook.publish import site_files
from chipbook.publish.social import card
from chipbook.story.answers import sign_in_words, signs_in

TEMPLATES = ROOT / "chipbook/book/templates"
XML = {"atom": "http://www.w3.org/2005/Atom", "map": "http://www.sitemaps.org/schemas/sitemap/0.9"}
TABLES = [f"tables/{entry['name']}" for entry in package()["resources"]]
SITE = "https://example.org/book/"
CONF = f"""
html_baseurl = "{SITE}"
from chipbook.publish import site_files

extensions += ["chipbook.book.parts.figures", "chipbook.book.pages.changes",
               "chipbook.publish.site_files"]


def setup(app):
    app.connect("build-finished", lambda app, _: site_files.write(app))
"""
OLD = {
    "pages": {"old/one.html": "chapters/one.html"},
    "places": {"chapters/one": {"one": ["first", "earlier"]}},
}


def head(site: Path, page: str) -> str:
    return (site / f"{page}.html").read_text("utf-8").partition("</head>")[0]


def told(site: Path, page: str) -> dict[str, str]:
    """What the head of a page says under a name or a property."""
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', head(site, page))
    return {name: unescape(text) for name, text in found}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small book with an address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_files, "MOVED", OLD)
        folder, warnings = small_book.build(tmp_path_factory.mktemp("published"), CONF)
    assert "WARNING" not in warnings, warnings
    return folder


# --- What a page says of itself


@pytest.mark.parametrize("page", [*toc_pages(), *TABLES, "search"])
def test_each_page_says_what_it_is_about(site: Path, page: str) -> None:
    said = told(site, page)
    assert 50 <= len(said["description"]) <= 300
    if page != "search":
        assert said["og:description"] == said["description"]
        assert said["og:title"] in unescape(head(site, page))
    assert not {"og:url", "og:image", "twitter:card"} & said.keys(), "no address was given"
    assert 'rel="canonical"' not in head(site, page)
    icons = re.findall(
        r'<link rel="(?:icon|apple-touch-icon)"[^>]* href="([^"]+)"', head(site, page)
    )
    assert len(icons) == 3
    assert all((site / page).parent.joinpath(file).is_file() for file in icons)


def test_no_two_pages_say_the_same(site: Path) -> None:
    said = Counter(told(site, page)["description"] for page in [*toc_pages(), *TABLES, "search"])
    assert not [text for text, count in said.items() if count > 1]


def test_a_description_has_whole_sentences_and_says_what_was_denied(site: Path) -> None:
    said = {page: told(site, page)["description"] for page in story_pages()}
    assert all(re.search(r"[.?!]$", text) for text in said.values())
    total = facts["ft25-total"]
    assert f"{total} ({sign_in_words('ft25-total')})" in said["chapters/chip-budget"]


def test_with_an_address_a_page_has_a_picture(published: Path) -> None:
    for page in ("index", "chapters/one", "tables/facts"):
        said, url = told(published, page), SITE if page == "index" else f"{SITE}{page}.html"
        assert said["og:url"] == url
        assert f'<link rel="canonical" href="{url}">' in head(published, page)
        assert said["twitter:card"] == "summary_large_image"
        assert said["og:image:alt"]
        assert said["og:image"].startswith(SITE)
        image = (published / said["og:image"].removeprefix(SITE)).read_bytes()
        size = struct.unpack(">II", image[16:24])
        assert size == (int(said["og:image:width"]), int(said["og:image:height"])) == (1200, 630)
        assert len(image) < 100_000


@pytest.mark.parametrize("page", ["index", *story_pages()])
def test_the_picture_of_a_chapter_tells_its_denial(site: Path, page: str) -> None:
    doctrees = site.parent / ".doctrees"
    doctree = pickle.loads((doctrees / f"{page}.doctree").read_bytes())
    app = SimpleNamespace(doctreedir=str(doctrees), config=SimpleNamespace(html_title="The book"))
    svg, words = card(app, "A title", "A sentence.", doctree)
    drawn = " ".join(re.findall(r"<text[^>]*>([^<]+)", svg))
    charts = [node for node in doctree.findall(chart) if words.startswith(node["title"])]
    if not charts:
        assert "A title" in drawn
        assert "A sentence." in drawn
        return
    assert re.sub(r"\W", "", charts[0]["title"])[:20] in re.sub(r"\W", "", unescape(drawn))
    assert "Sources: " in drawn
    rows = [row for view in views(charts[0]["spec"]) for row in view.rows]
    assert not signs_in(rows) or DENIAL.search(drawn)


# --- What is beside the pages


def test_the_list_of_pages_has_each_once(published: Path) -> None:
    tree = ElementTree.parse(published / "sitemap.xml")
    listed = [node.text for node in tree.iterfind("map:url/map:loc", XML)]
    pages = {path.relative_to(published) for path in published.glob("**/*.html")}
    pages = {path.as_posix() for path in pages if path.parts[0] in ("chapters", "tables")}
    assert sorted(listed) == sorted([SITE, *(f"{SITE}{page}" for page in pages)])
    dates = {node.text for node in tree.iterfind("map:url/map:lastmod", XML)}
    assert dates == {package()["created"][:10]}
    assert f"Sitemap: {SITE}sitemap.xml" in (published / "robots.txt").read_text()


def test_without_an_address_there_is_none(site: Path) -> None:
    assert not (site / "sitemap.xml").exists()
    assert "Sitemap:" not in (site / "robots.txt").read_text()
    assert (site / ".nojekyll").exists()


def test_the_feed_has_each_version_and_leads_to_it(site: Path) -> None:
    feed = ElementTree.parse(site / "feed.xml").getroot()
    changes = (site / "chapters/changes.html").read_text("utf-8")
    found = feed.findall("atom:entry", XML)
    assert [entry.findtext("atom:updated", "", XML)[:10] for entry in found] == [
        entry.date for entry in entries(data_dir())
    ]
    for entry in (feed, *found):
        for name in ("id", "title", "updated"):
            assert entry.findtext(f"atom:{name}", "", XML), name
    assert feed.findtext("atom:author/atom:name", "", XML)
    for entry in found:
        page, _, place = entry.find("atom:link", XML).get("href").partition("#")
        assert page == "chapters/changes.html"
        assert f'id="{place}"' in changes
        for correction in re.findall(
            r"#(correction-[\w-]+)", entry.findtext("atom:content", "", XML)
        ):
            assert f'id="{correction}"' in changes
    # A reader is told again of what has another id.
    assert found[-1].findtext("atom:id", "", XML) == "urn:uuid:4d1dab0c-5909-5659-8ffa-68b1bbdd5f10"


def leads(folder: Path, root: str) -> set[str]:
    """What the page for a missing one names below ``root``; all it names is there or a licence."""
    page = (folder / "404.html").read_text("utf-8")
    links = {unquote(link) for link in re.findall(r'\b(?:href|src|action)="([^"#?]+)', page)}
    assert len(links) > 10
    own = {link for link in links if not link.startswith("https://creativecommons.org/")}
    assert [link for link in own if not link.startswith(root)] == []
    return {link.removeprefix(root) for link in own}


def test_a_missing_page_leads_on_from_any_depth(published: Path) -> None:
    assert {"search.html", "chapters/one.html"} <= leads(published, "/book/")


def test_every_file_that_the_missing_page_names_is_there(site: Path) -> None:
    found = leads(site, "/")
    assert {"search.html", "chapters/denials.html"} <= found
    assert [link for link in found if not (site / link).is_file()] == []


# --- Addresses of old


def test_an_old_address_leads_on(published: Path) -> None:
    page = (published / "old/one.html").read_text("utf-8")
    assert 'content="0; url=../chapters/one.html"' in page
    assert f'<link rel="canonical" href="{SITE}chapters/one.html">' in page
    assert '<section id="one"><span id="first"></span><span id="earlier"></span>' in (
        published / "chapters/one.html"
    ).read_text("utf-8")


def test_every_address_that_the_site_has_had_leads_somewhere(site: Path) -> None:
    """A page that goes or a place that is renamed gets a line in site_files.toml."""
    listed = (ROOT / "tests/fixtures/addresses.txt").read_text("utf-8").split()
    places = {
        f"{page}.html#{old}": place
        for page, moved in site_files.MOVED["places"].items()
        for place, olds in moved.items()
        for old in olds
    }
    assert sorted(places.keys() - set(listed)) == []
    for address in listed:
        file, _, place = address.partition("#")
        html = (site / file).read_text("utf-8")
        if moved := site_files.MOVED["pages"].get(file):
            assert (site / moved).is_file(), address
            assert f"url={moved}" in html
        if address in places:
            assert html.count(f'id="{place}"') == 1, address
    pages = [f"{page}.html" for page in [*toc_pages(), *TABLES]]
    assert [page for page in pages if page not in listed] == [], "add it to addresses.txt"


def test_what_no_page_names_goes(tmp_path: Path) -> None:
    (tmp_path / "_static/social").mkdir(parents=True)
    for page in ("kept", "gone"):
        (tmp_path / f"_static/social/{page}.png").touch()
    (tmp_path / "kept.html").write_text("_static/social/kept.png")
    prune(tmp_path)
    left = {path.name for path in tmp_path.rglob("*.*")}
    assert left == {"kept.html", "kept.png"}


# --- Hosts


def test_hosts_send_the_policy_that_each_page_has() -> None:
    """Frames are for hosts alone: a page can't forbid its own."""
    [page] = re.findall('content="(.*?)"', (TEMPLATES / "policy.html").read_text("utf-8"))
    conf = (ROOT / "hosting/nginx.conf").read_text("utf-8")
    policies = {value for _, name, value in host_headers() if name == "Content-Security-Policy"}
    engine = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
    assert policies == {page, f"{page}; frame-ancestors 'none'", engine}
    assert f'~/run/    "{engine}";' in conf
    assert re.findall(r'default +"(.*)";', conf)[:2] == ["frame-ancestors 'none'", page]
    allowed = dict(part.split(" ", 1) for part in page.split("; "))
    assert allowed["default-src"] == "'none'"
    assert allowed["script-src"] == allowed["style-src"] == "'self'"
    assert "unsafe" not in page
