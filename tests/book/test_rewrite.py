"""Which pages a change on another page writes anew: those that show something of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import small_book

CONF = """
project = "Book"
extensions = ["myst_parser", "chipbook.book.parts.folds", "chipbook.book.domain",
              "chipbook.book.site.layout", "chipbook.book.cards", "chipbook.book.pages.numbers",
              "chipbook.book.pages.sources", "chipbook.book.pages.disagreements",
              "chipbook.book.pages.robustness", "chipbook.book.pages.changes",
              "chipbook.book.pages.catalogue", "chipbook.book.site.rewrite"]
html_theme = "basic"
# Lists of its own, because the extension adds to them and a change writes every page.
templates_path, html_static_path = [], []
"""
PAGES = {
    "index": "# Book\n\n```{toctree}\n:numbered:\none\ntwo\nchapters/numbers\n```\n",
    "one": "# One\n\nIt planned {fact}`ft25-total`. A word.\n",
    "two": "# Two\n\nAgain {fact}`ft25-total`.\n",
    "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
}


@pytest.fixture
def after(tmp_path: Path) -> Callable[[str, str, str], tuple[set[str], set[str]]]:
    """``after(page, old, new)`` gives the pages read and those written after that edit."""
    source = small_book.write(tmp_path, PAGES, CONF)

    def build() -> tuple[set[str], set[str]]:
        read, written = set(), set()
        with small_book.app(tmp_path) as app:
            app.connect("source-read", lambda app, page, text: read.add(page))
            app.connect("html-page-context", lambda app, page, *_: written.add(page))
            app.build()
        return read, written & PAGES.keys()

    build()

    def edit(page: str, old: str, new: str) -> tuple[set[str], set[str]]:
        path = source / f"{page}.md"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return build()

    return edit


def test_a_word_writes_its_own_page(after):
    assert after("one", "A word", "Another word") == ({"one"}, {"one", "index"})


def test_a_number_writes_every_page_as_cards_and_lists_tell_where_it_is_used(after):
    read, written = after("one", "A word", "As {fact}`ft25-overseas`, a word")
    assert (read, written) == ({"one"}, set(PAGES))
    assert after("two", "Again ", "")[1] == {"two", "index"}, "which numbers it uses is the same"
    assert after("two", "{fact}`ft25-total`", "nothing") == ({"two"}, set(PAGES))


def test_a_title_writes_every_page(after):
    read, written = after("two", "# Two", "# Second")
    assert (read, written) == ({"two"}, set(PAGES))
