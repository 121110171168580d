"""The index of the search: what is found on a page, and that it follows the pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import small_book

from chipbook.data import facts
from chipbook.publish.search import text

CONF = f"""{small_book.BOOK}
project = "Book"
extensions = ["myst_parser", "chipbook.book.site.layout", *BOOK, "chipbook.book.site.rewrite",
              "chipbook.publish.search"]
html_theme = "basic"
exclude_patterns, html_static_path, templates_path = [], [], []


def setup(app):
    from chipbook.publish import search

    app.connect("build-finished", lambda app, _: search.write(app))
"""
PAGES = {
    "index": "# Book\n\n```{toctree}\n:glob:\n\nchapters/*\n```\n",
    "chapters/one": "# One\n\n## A word\n\nIt planned {fact}`ft25-total`.\n",
    "chapters/two": "# Two\n\nOnly here: aardvark.\n",
    "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
}


def build(folder: Path) -> dict[str, dict]:
    """Build what stands in ``folder``; gives what is found by page."""
    with small_book.app(folder) as app:
        app.build()
        assert "WARNING" not in app.warning.getvalue()
        out = Path(app.outdir)
    assert not (out / "searchindex.js").exists()
    index = (out / "_static" / "search-index.js").read_text(encoding="utf-8")
    return {page["page"]: page for page in json.loads(index.partition("=")[2].rstrip(";\n"))}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    small_book.write(tmp_path, PAGES, CONF)
    return tmp_path


def test_the_index_follows_the_pages(book: Path) -> None:
    before = build(book)
    assert before.keys() == PAGES.keys()
    assert (
        "\ue000section a-word\ue000 \ue001A word \ue002 It planned"
        in before["chapters/one"]["text"]
    )
    chapters = book / "src" / "chapters"
    (chapters / "two.md").rename(chapters / "three.md")
    one = chapters / "one.md"
    one.write_text(one.read_text(encoding="utf-8") + "\nA badger.\n", encoding="utf-8")
    after = build(book)
    assert after.keys() == before.keys() - {"chapters/two"} | {"chapters/three"}
    assert "badger" in after["chapters/one"]["text"]
    assert "aardvark" in after["chapters/three"]["text"]


def test_each_number_is_found_once_with_its_answer(book: Path) -> None:
    found = build(book)["chapters/numbers"]
    assert "planned" not in found["text"], "the list is found entry by entry"
    entries = {entry["id"]: entry for entry in found["entries"]}
    assert len(entries) == len(found["entries"])
    assert set(facts) - {key for key in facts if "/" in key} <= entries.keys()
    denied = entries["ft25-total"]
    assert denied["value"] == str(facts["ft25-total"])
    assert (denied["mark"], denied["answer"]) == ("contested", "denied, 21 January 2025")
    assert entries["ft25-local-usd"]["answer"] == "rests on a denied report"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('more than <a href="x">2<span> (denied)</span></a>.', "more than 2 (denied)."),
        ("<p>One</p><p>two &amp; three</p>", "One two & three"),
        ('<div role="img" aria-label="Bars: 5."><svg><text>5</text></svg></div>', "Bars: 5."),
        ('<details class="code fold"><summary>Code</summary>x = 1</details>After', "After"),
        ("<tr><td>a</td> <td>b</td></tr>", "a · b"),
        (
            '<dt id="term-die">die<a class="headerlink">#</a></dt>',
            "\ue000dt term-die\ue000die \ue002",
        ),
    ],
)
def test_the_text_of_a_page_is_what_is_read_there(html: str, words: str) -> None:
    assert text(html) == words
