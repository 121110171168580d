"""What the search finds, as one script: a page that is opened from a file may fetch nothing.

Found are the parts of each page, with captions, tables and text alternatives, and each number and
source. The text of a page is taken when it is written, and kept for the builds that do not write
it; ``search.js`` cuts it where a section, a term or another place with an address starts.
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import answers, template
from chipbook.book.domain import sources_by_id
from chipbook.book.pages import numbers
from chipbook.data import facts
from chipbook.data.settings import settings
from chipbook.data.state import write_all
from chipbook.publish.verify import script
from chipbook.story.answers import sign_in_words

SET = settings(__file__)
"""What becomes of the markup of a page, and what the page of the search offers to try."""

PATTERNS = [(re.compile(found, re.DOTALL), put) for found, put in SET["patterns"]]


def text(body: str) -> str:
    """The words of the ``body`` of a page, with the marks of search.toml where a place starts."""
    for pattern, put in PATTERNS:
        body = pattern.sub(put, body)
    return " ".join(unescape(body).split())


def note(
    app: Sphinx, page: str, _template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Take what is found on a ``page`` of the book from the ``context`` that it is written from."""
    if doctree is None:
        return
    said = {"answers": answers, "sign_in_words": sign_in_words, "every": sources_by_id()}
    listed = template("search-entries.json").render(numbers.listed(app.env), page=page, **said)
    body = context["body"]
    if entries := json.loads(listed):
        body = body.partition('<div class="look-up"')[0]
    title = app.env.titles[page].astext()
    told = {"page": page, "title": title, "text": text(body), "entries": entries}
    write_all({_kept(app, page): json.dumps(told).encode()})


def _kept(app: Sphinx, page: str) -> Path:
    """The file beside the doctree of a ``page`` with what is found there."""
    return Path(app.doctreedir) / f"{page}.search.json"


def write(app: Sphinx) -> None:
    """Write the index of all pages, those of this build and others."""
    kept = (_kept(app, page).read_text("utf-8") for page in sorted(app.env.found_docs))
    index = script("search", [json.loads(told) for told in kept])
    (Path(app.outdir) / "_static" / "search-index.js").write_bytes(index)


def pages(_app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """The page of the search (``html-collect-pages``)."""
    amounts = [format(facts[key], "amount") for key in SET["amounts"]]
    body = template("book-search.html").render(tries=amounts + SET["words"])
    tag = f'<meta name="description" content="{SET["description"]}">'
    yield "search", {"title": "Search", "body": body, "metatags": tag}, "page.html"


def replace_stock(app: Sphinx) -> None:
    """Let Sphinx make no index and page of its own."""
    app.builder.search = False  # type: ignore[attr-defined]
