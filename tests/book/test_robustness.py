"""The page on what becomes of each headline number without one of its pages."""

import re
from html import unescape

import pytest
import small_book

from chipbook import sources
from chipbook.book.pages import robustness as pages
from chipbook.story.robustness import drop_each, drop_each_origin

REUTERS = "reuters-2025-01-21-ft-chips"


# --- What a build keeps


def test_outcomes_are_made_once_for_one_state_and_the_same_numbers(tmp_path, monkeypatch):
    asked = []
    real = drop_each
    monkeypatch.setattr(pages, "drop_each", lambda keys: asked.append(list(keys)) or real(keys))
    # A quantity equals itself alone; what it prints says what it is.
    first = repr(pages.outcomes(tmp_path, ["ft25-actual"]))
    assert repr(pages.outcomes(tmp_path, ["ft25-actual"])) == first
    assert first == repr([real(["ft25-actual"]), drop_each_origin(["ft25-actual"])])
    assert asked == [["ft25-actual"]]
    pages.outcomes(tmp_path, ["ft25-actual", "rev24"])
    pages.outcomes(tmp_path / "another state", ["ft25-actual"])
    assert len(asked) == 3, "other numbers, and other data, are asked for anew"


# --- The page

CONF = f"""{small_book.BOOK}
project = "Book"
extensions = ["myst_parser", *BOOK, "chipbook.book.pages.robustness"]
myst_enable_extensions = ["colon_fence"]
html_theme = "basic"
"""
BOX = """:::{admonition} In one minute
:class: one-minute

It is {fact}`ft25-local-usd`, not {fact}`ft25-actual`.
:::

:::{admonition} Aside
It sold {fact}`rev24`.
:::
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a small book, as HTML; only its front page and one box hold headline numbers."""
    texts = {
        "index": "# Book\n\nIt said {fact}`ft25-actual`.\n\n```{toctree}\nchapters/one\n"
        "chapters/numbers\nchapters/sources\nchapters/robustness\n```\n",
        "chapters/one": f"# One\n\n{BOX}\nNot {{fact}}`rev24`.\n",
        "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
        "chapters/sources": "# All sources\n\n```{source-list}\n```\n",
        "chapters/robustness": "# Without\n\n```{without-one}\n```\n",
    }
    out, warnings = small_book.make(tmp_path_factory.mktemp("book"), texts, CONF)
    assert "WARNING" not in warnings, warnings
    return (out / "chapters" / "robustness.html").read_text(encoding="utf-8")


def test_the_page_lists_each_headline_number_once_with_its_card(page):
    shown = re.findall(r'<a class="fact[^>]*data-card="card-([\w-]+)"', page)
    assert re.findall(r'href="#without-([\w-]+)"', page)[:2] == ["ft25-actual", "ft25-local-usd"]
    assert shown == ["ft25-actual", "ft25-local-usd"]
    assert all(f'id="card-{key}"' in page for key in shown)


def test_the_page_says_what_becomes_of_each(page):
    plain = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "Of 2 headline numbers, 1 stands as printed without any one page, none moves" in plain
    assert "whose origins are coded, none stands as printed without any one origin" in plain
    first, second = re.findall(r"<tbody.*?</tbody>", page, re.DOTALL)
    assert re.search("stands without any one of [2-9]", first)
    assert "without" in second
    assert f'href="sources.html#source-{REUTERS}"' in second
    for row in (first, second):
        assert re.search(r"falls</span> without Financial Times[^<]*, \d+ \w+ 2025", row)


def test_a_page_that_repeats_an_outlet_names_it(page):
    relayed = sources().loc[REUTERS, "relays"]
    assert re.search(rf"source-{REUTERS}.*?\(for {re.escape(relayed)}\)", page)
