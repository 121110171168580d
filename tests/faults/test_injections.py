"""Nothing of the data runs, or is read as markup: in pages, search, feed, e-book and downloads."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import poisoned
import pypandoc
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from playwright.sync_api import Browser, Page
from poisoned import MARKUP, PAGES, TABLES

from chipbook.book.site.layout import REFUSED
from chipbook.charts import drawing
from chipbook.publish import paper
from chipbook.story.downloads import workbook

pytestmark = pytest.mark.slow

OPENED = ["chapters/one", "chapters/known-when", "search", *PAGES]
OPENED += [f"tables/{name}" for name in TABLES]
MADE = "img[src=x], svg[onload], [onmouseover], [onclick], a[href^='javascript:']"
"""What the hostile texts would make, were one of them markup."""

POLICY = "Content Security Policy"
HREF = re.compile(r"https?://|mailto:|[^:]*$")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a small book whose every kind of text is hostile; its build found no fault."""
    folder = tmp_path_factory.mktemp("hostile")
    command = [sys.executable, poisoned.__file__, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "WARNING" not in done.stdout, done.stdout[-2000:]
    return Path(done.stdout.splitlines()[-1])


@pytest.fixture(params=["under the policy", "without it"])
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what was shown by a dialog or broke the policy on those that it opened."""
    context, told = browser.new_context(bypass_csp=request.param == "without it"), list[str]()
    context.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
    context.on("console", lambda said: told.extend({said.text} if POLICY in said.text else ()))
    yield context.new_page(), told
    context.close()


def test_no_text_of_the_data_runs(
    hostile: Path, opened: tuple[Page, list[str]], request: pytest.FixtureRequest
) -> None:
    """Every page is whole, its cards and rows opened; search finds what is hostile as text."""
    page, told = opened
    for name in OPENED[: 3 if "under" in request.node.name else None]:
        page.goto(f"{(hostile / name).as_uri()}.html?q=alert")
        assert page.locator("main article, footer.colophon").count() == 2, name
        for number in page.locator("a.fact[data-card]").all()[:1]:
            number.dispatch_event("click")
        page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true;")
        assert page.locator(MADE).count() == 0, name
    assert told == []


def test_the_policy_stops_what_would_run(
    hostile: Path, tmp_path: Path, opened: tuple[Page, list[str]], request: pytest.FixtureRequest
) -> None:
    """The same page with a script and a handler that got in by some way."""
    page, told = opened
    html = (hostile / "index.html").read_text("utf-8")
    (tmp_path / "index.html").write_text(html.replace('<a class="skip-link"', f"{MARKUP}<a ", 1))
    page.goto((tmp_path / "index.html").as_uri())
    page.wait_for_load_state("networkidle")
    ran = {text for text in told if re.fullmatch("/[a-z]+/", text)}
    refused = [text for text in told if POLICY in text]
    if "under" in request.node.name:
        assert not ran
        assert len(refused) >= 3
    else:
        assert {"/one/", "/two/", "/three/"} <= ran
        assert not refused


def test_what_machines_read_of_a_page_is_the_text_itself(hostile: Path) -> None:
    for name in ("index", "chapters/data", "tables/sources"):
        soup = BeautifulSoup((hostile / f"{name}.html").read_bytes(), "lxml")
        [linked] = soup.select("script[type='application/ld+json']")
        assert MARKUP in str(json.loads(linked.string)).replace("\\'", "'").replace("\\\\", "\\")
        assert not soup.select(MADE)
        assert {script["src"].split("/")[0] for script in soup.select("script[src]")} <= {
            "..",
            "_static",
        }


def test_the_change_log_is_text_and_takes_in_no_file(hostile: Path) -> None:
    page = BeautifulSoup((hostile / "chapters/changes.html").read_bytes(), "lxml")
    assert "alert(/eight/)" in page.select_one("code.language-\\{raw\\}").text
    assert page.select_one("code.language-\\{include\\}").text == ""
    feed = ElementTree.parse(hostile / "feed.xml")
    texts = [entry.text for entry in feed.iter("{http://www.w3.org/2005/Atom}content")]
    assert "alert(/eight/)" in texts[0]
    for text in texts:
        assert not REFUSED.search(text)


@pytest.mark.parametrize("kind", ["epub", "slides", "whole"])
def test_nothing_runs_on_paper(hostile: Path, tmp_path: Path, kind: str) -> None:
    """What pandoc makes an e-book and slides of, and the page that is printed."""
    html = paper.document([paper.article(hostile, "one", ["one"])], MARKUP, kind=kind)
    if kind == "whole":
        pages = [html]
    else:
        target = tmp_path / ("book.epub" if kind == "epub" else "show.pptx")
        defaults = f"--defaults={ROOT}/chipbook/publish/{kind}.yaml"
        command = [pypandoc.get_pandoc_path(), defaults, f"--output={target}"]
        command += ["--to=pptx"] * (kind == "slides")
        subprocess.run(command, input=html.encode(), check=True, capture_output=True)
        with zipfile.ZipFile(target) as made:
            names = [name for name in made.namelist() if name.endswith((".xhtml", ".rels"))]
            pages = [made.read(name).decode() for name in names]
    assert any("alert(/one/)" in page for page in pages) or kind == "slides"
    for page in pages:
        soup = BeautifulSoup(page, "lxml" if kind == "whole" else "xml")
        assert not soup.select(f"script, iframe, object, {MADE}")
        links = [link.get("href") or link.get("target") for link in soup.select("[href], [target]")]
        assert [link for link in links if link and not HREF.match(link)] == []


def test_a_chart_draws_hostile_words(tmp_path: Path) -> None:
    spec = {
        "config": {"font": "serif"},
        "data": {"values": [{"a": MARKUP, "b": 1, "to": "javascript:alert(/one/)"}]},
        "mark": "text",
        "encoding": {
            "x": {"field": "b", "type": "quantitative", "title": MARKUP},
            "text": {"field": "a"},
        },
    }
    drawn = drawing.draw(spec, "k")
    picture = drawing.standalone(drawn.wide, MARKUP, MARKUP, [MARKUP])
    for svg in (drawn.wide, drawn.narrow, picture):
        assert "alert(/one/)" in svg
        tags = {tag.tag.rpartition("}")[2] for tag in ElementTree.fromstring(svg).iter()}
        assert not tags & {"script", "a", "image", "foreignObject"}
        assert not REFUSED.search(svg.replace("<style>", ""))


def test_a_sheet_has_words_and_no_formula() -> None:
    cells = ["=1+1", "{=1+1}", "+1", "-1", "@SUM(1)", "\t=1", "https://example.org", "=HYPERLINK()"]
    table = pd.DataFrame({"id": cells})
    made = workbook(datetime(2026, 1, 1), [["=1+1"]], {"t": table}, {"t": {"id": "=1+1"}})
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        sheets = {name: book.read(name).decode() for name in book.namelist()}
    written = [text for name, text in sheets.items() if name.startswith("xl/worksheets/sheet")]
    assert len(written) == 2
    assert not any(re.search("<f[ >]|hyperlink", text) for text in written)
    assert all(cell.strip() in sheets["xl/sharedStrings.xml"] for cell in cells)
