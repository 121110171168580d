"""What the search finds, as one script: a page that is opened from a file may fetch nothing.

Found are the parts of each page, with captions, tables and text alternatives, and each number and
source. The text of a page is taken when it is written, and kept for the builds that do not write
it; ``search.js`` cuts it where a section, a term or another place with an address starts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import answers, template
from chipbook.book.domain import NUMBERS_PAGE, SOURCES_PAGE, domain_of, sources_by_id
from chipbook.book.pages import numbers
from chipbook.data import facts
from chipbook.data.settings import settings
from chipbook.publish.verify import script
from chipbook.story.answers import sign_in_words

SET = settings(__file__)
"""What becomes of the markup of a page, and what the page of the search offers to try."""

PATTERNS = [(re.compile(found, re.DOTALL), put) for found, put in SET["patterns"]]

LIST = '<div class="look-up"'
"""Where a list starts whose entries are found one by one."""

KEPT = "chipbook-search.json"
"""File beside the doctrees: what is found on each page."""


def text(body: str) -> str:
    """The words of the ``body`` of a page, with the marks of search.toml where a place starts."""
    for pattern, put in PATTERNS:
        body = pattern.sub(put, body)
    return " ".join(unescape(body).split())


def entries(app: Sphinx, page: str) -> list[dict]:
    """The numbers or sources that a ``page`` lists, each by itself; none of any other page."""
    told: dict[str, object] = {"sources": sources_by_id()} if page == SOURCES_PAGE else {}
    if page == NUMBERS_PAGE:
        told = {**numbers.listed(app.env), "answers": answers, "sign_in_words": sign_in_words}
    return json.loads(template("search-entries.json").render(told))


def note(
    app: Sphinx, page: str, _template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Take what is found on a ``page`` of the book from the ``context`` that it is written from."""
    if app.builder.name == "html" and doctree is not None:
        listed, title = entries(app, page), app.env.titles[page].astext()
        body = context["body"].partition(LIST)[0] if listed else context["body"]
        told = {"page": page, "title": title, "text": text(body), "entries": listed}
        domain_of(app.env).found[page] = told


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the index of all pages, those of this build and others; Sphinx's own files go."""
    found, kept = domain_of(app.env).found, Path(app.doctreedir) / KEPT
    if exception or not found:
        return
    before = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    pages = {page: told for page, told in (before | found).items() if page in app.env.found_docs}
    kept.write_text(json.dumps(pages, ensure_ascii=False), encoding="utf-8")
    for name in SET["stock"]:
        (Path(app.outdir) / name).unlink(missing_ok=True)
    index = script("search", [pages[page] for page in sorted(pages)])
    (Path(app.outdir) / "_static" / "search-index.js").write_bytes(index)


def pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """The page of the search (``html-collect-pages``)."""
    if app.builder.name == "html":
        amounts = [format(facts[key], "amount") for key in SET["amounts"]]
        body = template("book-search.html").render(tries=amounts + SET["words"])
        tag = f'<meta name="description" content="{SET["description"]}">'
        yield "search", {"title": "Search", "body": body, "metatags": tag}, "page.html"


def setup(app: Sphinx) -> None:
    """Register what is found and its page, in the place of those of Sphinx."""
    app.connect("builder-inited", lambda app: setattr(app.builder, "search", False))
    # Before the cards of a page are added: each number is found once.
    app.connect("html-page-context", note, priority=400)
    app.connect("html-collect-pages", pages)
