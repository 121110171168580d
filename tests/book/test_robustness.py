"""Without one source: what falls, what is counted anew, and that all is as before afterwards."""

import ast
import csv
import re
import shutil
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
import small_book

import chipbook
from chipbook import facts, load
from chipbook.book.pages import robustness as pages
from chipbook.data import store as data
from chipbook.story import robustness
from chipbook.story.robustness import FALLS, MOVES, STANDS, drop_each, left_out
from chipbook.topics.denials import coded

REUTERS = "reuters-2025-01-21-ft-chips"
ARTICLE = "rivista-2025-01-23-seed"


def raw(table: str) -> list[dict]:
    with (data.data_dir() / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- A package made up for the test

TABLES = {
    "sources": pd.DataFrame({"id": ["a", "b", "ab"]}),
    "facts": pd.DataFrame(
        {"id": ["alone", "shared", "near"], "source_ids": ["a", "a;b", "ab"], "value": [1, 2, 3]}
    ),
    "article_statements": pd.DataFrame(
        {"id": ["told", "bare", "firm"], "source_ids": ["seed;a", "seed", "seed;a;b"]}
    ),
    "assumptions": pd.DataFrame(
        {"id": ["made", "kept"], "source_ids": ["a;b", "b"], "row_ids": ["facts/alone", ""]}
    ),
}


def test_a_row_falls_with_the_only_page_that_carries_it():
    fallen = robustness._fallen(TABLES, "a")
    assert fallen == {"sources/a", "facts/alone", "article_statements/told", "assumptions/made"}


def test_every_statement_falls_with_the_article():
    fallen = robustness._fallen(TABLES, "seed")
    assert fallen == {
        "sources/seed",
        *(f"article_statements/{k}" for k in ("told", "bare", "firm")),
    }


def test_other_rows_lose_the_page_from_their_lists_only():
    fallen = robustness._fallen(TABLES, "a")
    left = robustness._without("facts", TABLES["facts"], "a", fallen)
    assert left.to_dict("list") == {
        "id": ["shared", "near"],
        "source_ids": ["b", "ab"],
        "value": [2, 3],
    }
    assert list(TABLES["facts"]["source_ids"]) == ["a", "a;b", "ab"], "the table as it was"


# --- The data


def test_two_numbers_agree_with_a_count_by_hand():
    key = "denials-full"
    rows = [
        row["source_ids"].split(";")
        for row in raw("press_reports")
        if row["group"] == "ByteDance" and row["response_type"] == "denied in full"
    ]
    alone = [pages[0] for pages in rows if len(pages) == 1]
    assert alone
    counted = {page: len(rows) - alone.count(page) for page in alone}
    made = "ft25-local-usd"
    parts = {row["id"]: set(row["source_ids"].split(";")) for row in raw("facts")}
    used = [parts[part] for part in ("ft25-chips-china-cny", "ft25-local-share", "fx-2025-01-21")]
    needed = {page for pages in used for page in pages if len(pages) == 1}
    outcomes = drop_each([key, made])
    assert {page: left.value for page, left in outcomes[key].without.items()} == counted
    assert outcomes[key].verdict == MOVES
    assert set(outcomes[made].needed) == needed == {REUTERS}
    assert outcomes[made].verdict == FALLS
    assert outcomes[made].sources == len(set.union(*used))


def test_a_number_on_two_pages_stands_and_one_on_a_page_alone_falls():
    outcomes = drop_each(["ft25-actual", "article-local-usd", "article-statements"])
    assert outcomes["ft25-actual"].verdict == STANDS
    assert outcomes["article-local-usd"].needed == [ARTICLE]
    assert outcomes["article-statements"].needed == [ARTICLE], "a count of nothing is no count"


def test_the_page_that_moves_a_number_furthest_is_named():
    ratio = drop_each(["explanations-ratio-highest"])["explanations-ratio-highest"]
    whole = facts["explanations-ratio-highest"].value
    _, left = ratio.furthest
    moves = [abs(other.value - whole) for other in ratio.without.values()]
    assert abs(left.value - whole) == max(moves) > 0


def test_within_the_block_the_page_is_nowhere():
    with left_out(ARTICLE) as fallen:
        assert "facts/article-total-usd" in fallen
        assert "article-total-usd" not in facts
        for entry in data.package()["resources"]:
            table = load(entry["name"])
            if "source_ids" in table:
                assert not table["source_ids"].str.split(";").map(lambda ids: ARTICLE in ids).any()
        assert ARTICLE not in data.sources().index


def test_all_is_as_before_also_after_an_error():
    def reports() -> int:
        return len(coded()) + len(coded("peer"))

    def fails_within() -> None:
        with left_out(page):
            assert reports() < rows
            assert facts["denials-coded"].value < total
            raise RuntimeError("in the middle")

    page = next(ids for row in raw("press_reports") if ";" not in (ids := row["source_ids"]))
    table, rows, total = data._table, reports(), facts["denials-coded"].value
    with pytest.raises(RuntimeError, match="in the middle"):
        fails_within()
    assert data._table is table
    assert reports() == rows
    assert facts["denials-coded"].value == total


def test_no_cache_of_the_package_is_forgotten():
    home = Path(chipbook.__file__).parent
    marked = set()
    for path in [*home.glob("*.py"), *home.glob("topics/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(mark, ast.Name) and mark.id == "cache" for mark in node.decorator_list
            ):
                name = ".".join(path.relative_to(home.parent).with_suffix("").parts)
                __import__(name)
                marked.add((name, node.name))
    kept = {(each.__module__, each.__name__) for each in robustness._FILES}
    found = {(each.__module__, each.__name__) for each in robustness._caches()}
    assert ("chipbook.data.derived", "fact") in found
    assert marked - kept <= found
    assert not found & kept


# --- What a build keeps


def test_outcomes_are_made_once_for_the_same_data_and_numbers(tmp_path, monkeypatch):
    asked = []
    real = drop_each
    monkeypatch.setattr(pages, "drop_each", lambda keys: asked.append(list(keys)) or real(keys))
    first = pages.outcomes(tmp_path, ["ft25-actual"])
    assert pages.outcomes(tmp_path, ["ft25-actual"]) == first == real(["ft25-actual"])
    assert asked == [["ft25-actual"]]
    pages.outcomes(tmp_path, ["ft25-actual", "rev24"])
    copy = tmp_path / "data"
    shutil.copytree(data.data_dir(), copy)
    (copy / "facts.csv").write_bytes((copy / "facts.csv").read_bytes() + b"\n")
    monkeypatch.setattr(pages, "data_dir", lambda: copy)
    pages.outcomes(tmp_path, ["ft25-actual"])
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
    assert shown == ["ft25-actual", "ft25-local-usd"]
    assert all(f'id="card-{key}"' in page for key in shown)


def test_the_page_says_what_becomes_of_each(page):
    plain = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "Of 2 headline numbers, 1 stand as printed without any one page, 0 move" in plain
    first, second = re.findall(r"<tbody.*?</tbody>", page, re.DOTALL)
    assert "stands without any one of them" in first
    assert "cannot be made without" in second
    assert f'href="sources.html#source-{REUTERS}"' in second
