"""The book on paper: ``python -m chipbook.publish.press pdf|epub|slides SITE``.

Chromium (that of the variable ``CHROMIUM``, or Playwright's own) prints the PDFs, pandoc makes the
EPUB and the slides. All go into ``SITE/paper``, and the pages of the site then show links to them.
"""

import ast
import hashlib
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import pypandoc
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, ByteStringObject, NameObject
from sphinx_external_toc.parsing import parse_toc_yaml

from chipbook.book.cards import template
from chipbook.book.domain import STORY
from chipbook.data import data_dir, package, version
from chipbook.publish.offered import offer
from chipbook.publish.paper import PAPER, article, document, title

HERE = Path(__file__).parent
NODE = re.compile(rb"\bnode\d{8}\b")
NAME, SHEETS = PAPER["name"], PAPER["sheets"]


def story() -> list[str]:
    """Names of the chapters, in their order."""
    toc = parse_toc_yaml("_toc.yml").root
    parts = (part for part in toc.subtrees if part.caption == STORY)
    return [Path(page).name for part in parts for page in part.files()]


@contextmanager
def _opened(browser: Browser, html: str, beside: Path, **options: Any) -> Iterator[Page]:
    file = beside.with_suffix(".print.html")
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(**options)
    page.goto(file.resolve().as_uri())
    yield page
    page.close()
    file.unlink()


def _styles(site: Path) -> list[str]:
    files = (site / "_static" / "charts.css", site / "_static" / "book.css", HERE / "paper.css")
    return [file.resolve().as_uri() for file in files]


def _print(browser: Browser, html: str, name: str, target: Path) -> list[int]:
    """Print ``html`` as the PDF ``target``; gives the page on which each of its titles stands."""
    with _opened(browser, html, target) as page:
        page.pdf(path=target, prefer_css_page_size=True, tagged=True, outline=True)
    written = PdfWriter(clone_from=target)
    # The same book is the same file: its dates are those of its data.
    day = f"D:{package()['created'][:10].replace('-', '')}000000Z"
    about = {"/Title": name, "/Author": PAPER["author"], "/CreationDate": day, "/ModDate": day}
    written.add_metadata(about)
    heads = order_heads(written)
    written.write(plain := BytesIO())
    target.write_bytes(NODE.sub(lambda found: heads[found[0]], plain.getvalue()))
    reader = PdfReader(target)
    tops = (entry for entry in reader.outline if not isinstance(entry, list))
    return [(reader.get_destination_page_number(entry) or 0) + 1 for entry in tops]


def order_heads(written: PdfWriter) -> dict[bytes, bytes]:
    """Name the heads of tables by their places: Chromium's names come in any order.

    The tree of names in ``written``, which has to be sorted, gets them here. Returns old name →
    new, as long as the old, for the rest of the file.
    """
    root: Any = written.root_object["/StructTreeRoot"]
    leaves = [leaf.get_object() for leaf in root.get("/IDTree", {}).get("/Kids", [])]
    pairs = [pair for leaf in leaves for pair in zip(*[iter(leaf["/Names"])] * 2, strict=True)]
    found = sorted(pairs, key=lambda pair: pair[1].idnum)
    named = {name.encode(): b"head%08d" % place for place, (name, _) in enumerate(found, start=1)}
    rest = [item for name, head in found for item in (ByteStringObject(named[name.encode()]), head)]
    for leaf in leaves:
        count = len(leaf["/Names"])
        inside, rest = rest[:count], rest[count:]
        leaf[NameObject("/Names")] = ArrayObject(inside)
        leaf[NameObject("/Limits")] = ArrayObject([inside[0], inside[-2]])
    return named


def print_pages(site: Path, pages: Iterable[str], browser: Browser) -> None:
    """Print each of ``pages`` that the ``site`` has, by ``browser``; a sheet has no notes."""
    for page in pages:
        if (site / "chapters" / f"{page}.html").exists():
            text = article(site, page, notes=page not in SHEETS or page == "key")
            name, kind = f"{title(text)} · {NAME}", SHEETS.get(page, "handout")
            html = document([text], name, styles=_styles(site), kind=kind)
            _print(browser, html, name, site / "paper" / f"{SHEETS.get(page, page)}.pdf")


def print_book(site: Path, browser: Browser) -> None:
    """Print the book of the ``site`` by ``browser``, twice: its contents need the first pages."""
    texts = _texts(site)
    pages = [0] * len(texts)
    for _ in range(2):
        html = _whole(site, texts, pages)
        pages = _print(browser, html, NAME, site / "paper" / "chips-and-denials.pdf")


def _texts(site: Path) -> list[Tag]:
    names = (*story(), *PAPER["behind"])
    return [article(site, name, names) for name in names]


def _whole(site: Path, texts: list[Tag], pages: Sequence[int] = ()) -> str:
    opening = texts[0].select_one(".chart-static")
    return document(texts, NAME, styles=_styles(site), kind="whole", cover=opening, pages=pages)


def _picture(chart: Tag) -> Tag:
    """A ``chart`` of a page as a picture, with its words for who cannot see it."""
    words = chart.select_one(".chart-static")["aria-label"]
    return BeautifulSoup().new_tag("img", attrs={"src": f"{chart['data-name']}.png", "alt": words})


def _flatten(text: Tag) -> None:
    """Take the sections of a ``text`` apart: in a box, a title starts no part and no slide."""
    for section in text.select("section"):
        section.find(["h1", "h2", "h3"])["id"] = section.get("id", "")
        section.unwrap()


def write_epub(site: Path, browser: Browser) -> None:
    """Write the book of the ``site`` as an EPUB, charts as pictures, its cover by ``browser``."""
    texts = _texts(site)
    folder, cover = site / "paper", site / "paper" / "cover.png"
    size = {"viewport": {"width": 800, "height": 1200}, "device_scale_factor": 2}
    with _opened(browser, _whole(site, texts), cover, **size) as page:
        page.locator(".cover").screenshot(path=cover)
    for text in texts:
        for chart in text.select(".chart"):
            chart.replace_with(_picture(chart))
        for left in text.select("svg"):
            left.decompose()
        for part in text.select("legend, fieldset label"):
            part.insert(0, "☐ " * (part.name == "label"))
            part.name = "p"
        _flatten(text)
        text.h1["id"] = text["id"]
    named = f"--metadata=identifier:chips-and-denials-{package()['version']}"
    html, target = document(texts, NAME, kind="epub"), folder / "chips-and-denials.epub"
    _pandoc(html, target, "epub", f"--epub-cover-image={cover}", named)
    cover.unlink()


def write_slides(site: Path) -> None:
    """Write the page ``slides`` of the ``site`` as slides, for PowerPoint and for the browser."""
    chapters = story()
    text = article(site, "slides", chapters, notes=False)
    for shown in text.select(".slide-chart"):
        chapter, _, figure = shown.a["href"].removeprefix("#").partition("--")
        page = BeautifulSoup((site / "chapters" / f"{chapter}.html").read_bytes(), "lxml")
        shown.replace_with(_picture(page.select_one(f"#{figure} .chart")))
    for say in text.select(".say, .admonition-say"):
        say["class"] = "notes"
        say.select_one(".admonition-title").decompose()
    named = f"--metadata=subtitle:{title(text)}"
    _flatten(text)
    for before in (text.h1, *text.h1.find_next_siblings()):
        if before.name == "h2":
            break
        before.decompose()
    slides = text.decode_contents()
    folder, vendored = site / "paper", f"--variable=revealjs-url:{HERE / 'reveal'}"
    _pandoc(slides, folder / "slides.html", "slides", "--to=revealjs", named, vendored)
    _guard(folder / "slides.html")
    # PowerPoint has the words of a picture as its title; as ``alt`` they would stand under it.
    titled = slides.replace(' alt="', ' alt="" title="')
    _pandoc(titled, folder / "slides.pptx", "slides", "--to=pptx", named)


def _guard(file: Path) -> None:
    """Say in the slides (``file``) that of all scripts and styles those of reveal.js may run."""
    html, found = file.read_text(encoding="utf-8"), PAPER["reveal"]
    # No hash allows a style attribute.
    for attribute, instead in found["styled"].items():
        html = html.replace(attribute, instead)
    # The speaker's view is a page that a script writes, under the policy of the slides.
    views = (ast.literal_eval(text.replace(r"\/", "/")) for text in re.findall(found["view"], html))
    inside = chain.from_iterable(re.findall(found["inline"], each) for each in (html, *views))
    allowed: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in inside:
        allowed[kind].append(b64encode(hashlib.sha256(text.encode()).digest()).decode())
    tag = template("slides-policy.html").render(allowed)
    file.write_text(html.replace("<head>", f"<head>\n{tag}", 1), encoding="utf-8")


def _pandoc(html: str, target: Path, defaults: str, *options: str) -> None:
    """Turn ``html`` into the file ``target`` as ``defaults`` (a YAML file here) has it."""
    day = datetime.fromisoformat(package()["created"])
    os.environ["SOURCE_DATE_EPOCH"] = str(int(day.timestamp()))
    pictures = f"--resource-path={target.parents[1] / '_static' / 'charts'}"
    command = [pypandoc.get_pandoc_path(), f"--defaults={HERE / defaults}.yaml", pictures, *options]
    subprocess.run([*command, f"--output={target}"], input=html.encode(), check=True)


def main(what: str, folder: str) -> None:
    """Make ``what`` (pdf, epub or slides) of the site in ``folder``, and offer it there."""
    site = Path(folder)
    version.stamp(data_dir(), package())
    (site / "paper").mkdir(exist_ok=True)
    if what == "slides":
        write_slides(site)
    else:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM"))
            if what == "epub":
                write_epub(site, browser)
            else:
                print_book(site, browser)
                print_pages(site, (*story(), *SHEETS), browser)
    offer(site)


if __name__ == "__main__":
    main(*sys.argv[1:])
