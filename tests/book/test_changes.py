"""The page of changes: every version and every correction, with the pages that it touches."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
import small_book

from chipbook.book.pages import changes
from chipbook.check.correct import rewrite
from chipbook.data import data_dir, package

CONF = f"""{small_book.BOOK}
extensions = ["myst_parser", "chipbook.book.site.layout", *BOOK, "chipbook.book.pages.changes"]
html_theme = "basic"
"""
PAGES = {
    "index": "# Book\n\n```{toctree}\n:glob:\n\nchapters/*\n```\n",
    "chapters/one": "# One\n\nIt planned {fact}`ft25-actual`.\n",
    "chapters/two": "# Two\n\nComputed: {fact}`ft-looking-back`, {fact}`denials-answered`.\n",
    "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
    "chapters/sources": "# All sources\n\n```{source-list}\n```\n",
    "chapters/changes": "# What changed\n\n## Versions\n\n```{changes}\n```\n",
}


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    site, warnings = small_book.make(tmp_path_factory.mktemp("book"), PAGES, CONF)
    assert "WARNING" not in warnings, warnings
    return (site / "chapters/changes.html").read_text("utf-8")


def log() -> list[dict[str, str]]:
    with (data_dir() / "corrections.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def corrected(id: str, table: str, row: str, column: str) -> SimpleNamespace:
    return changes.correction({"id": id, "resource": table, "row_id": row, "column": column})


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def item(page: str, key: str) -> str:
    return re.search(rf'<p id="correction-{key}">.*?</p>', page, re.DOTALL)[0]


def test_every_version_has_its_place_newest_first(page):
    entries = re.findall(
        r"^## ([\d.]+) \(([\d-]+)\)", (data_dir() / "CHANGELOG.md").read_text(), re.M
    )
    assert [(v.version, v.date) for v in changes.versions()] == entries
    assert entries[0][0] == package()["version"]
    places = [page.index(f'<section id="version-{n.replace(".", "-")}">') for n, _ in entries]
    assert places == sorted(places)
    for version in changes.versions():
        assert version.digest.removeprefix("sha256:") in page
        assert version.digest.startswith("sha256:")
    assert text(page).count("Digest of the data") == len(entries)


def test_every_correction_is_told_once_under_its_version(page):
    found = Counter(re.findall(r'<p id="correction-([^"]+)">', page))
    assert found == Counter(row["id"] for row in log())
    sections = re.split(r'<section id="version-', page)[1:]
    for version, section in zip(changes.versions(), sections, strict=True):
        of = [row["id"] for row in log() if row["version"] == version.version]
        assert sorted(re.findall(r'"correction-([^"]+)"', section)) == sorted(of)


def test_a_corrected_number_leads_to_its_card_with_both_values_and_the_reason(page):
    found = item(page, "c-006")
    assert 'href="numbers.html#fact-ft25-actual"' in found
    assert 'href="../tables/facts.html#row-ft25-actual"' in found
    assert "qualifier: about → exact. Printed flat on the cited pages." in text(found)
    assert "23 November 2026" in text(found)


def test_the_pages_touched_are_those_that_use_the_number_or_one_made_from_it(page):
    assert text(item(page, "c-006")).endswith("Named in: One, Two.")
    assert "Named in" not in text(item(page, "c-011"))
    assert text(item(page, "c-233")).endswith("Named in: Two."), "a computed number, by its formula"


def test_a_list_of_sources_tells_what_came_and_went(page):
    added = text(item(page, "c-003"))
    assert "source_ids: added" in added
    assert "taken out" not in added
    assert 'href="sources.html#source-udn-2025-12-keypoints"' in item(page, "c-003")
    gone = text(item(page, "c-032"))
    assert "taken out" in gone
    assert "added" not in gone


PARTS = {"value", "low", "high", "spread", "unit", "qualifier", "formula", "digits"}
PARTS |= {"row", "value_row", "low_row", "high_row"}


def test_numbers_of_which_only_the_qualifier_changed_are_counted(page):
    changed: dict[tuple[str, str], set[str]] = {}
    for row in log():
        if row["version"] == changes.versions()[0].version and row["column"] in PARTS:
            changed.setdefault((row["resource"], row["row_id"]), set()).add(row["column"])
    alone = sum(columns == {"qualifier"} for columns in changed.values())
    said = f", {alone} of them in the qualifier alone." if alone else ""
    assert said in text(page)


def test_numbers_and_words_are_folded_apart(page):
    folds = re.findall(r'<details class="fold.*?</details>', page, re.DOTALL)
    for row in log():
        gone = row["column"] == "id" and row["resource"] == "derived"
        is_number = row["column"] in PARTS or gone
        (fold,) = [fold for fold in folds if f'"correction-{row["id"]}"' in fold]
        assert ("Cells of numbers" in fold) == is_number, row["id"]


def test_a_version_without_a_corrected_number_says_so(page):
    newest, before = changes.versions()[:2]
    if not [c for c in changes.corrections(newest.version) if c.is_of_number]:
        assert f"Version {newest.version} changes no number of version {before.version}." in text(
            page
        )
    quiet = [
        v
        for v in changes.versions()
        if not any(c.is_of_number for c in changes.corrections(v.version))
    ]
    assert text(page).count("Numbers corrected: none.") == len(quiet)


def test_the_summary_counts_rows_of_numbers_and_not_cells(monkeypatch):
    one = corrected("c", "facts", "ft25-total", "value")
    other = corrected("d", "facts", "ft25-total", "low")
    words = corrected("e", "facts", "ft26-capex", "note")
    monkeypatch.setattr(changes, "corrections", lambda version: [one, other, words])
    newest, before = changes.versions()[:2]
    said = changes.summary_line().astext()
    assert said == f"Version {newest.version} changes 1 number of version {before.version}."
    monkeypatch.setattr(changes, "corrections", lambda version: [words])
    assert "changes no number" in changes.summary_line().astext()


def test_a_copy_with_another_value_never_says_that_no_number_changed(tmp_path, monkeypatch):
    copy = Path(shutil.copytree(data_dir(), tmp_path / "data"))
    rewrite(copy / "facts.csv", "rev24", {"value": "156"})
    monkeypatch.setattr(changes, "data_dir", lambda: copy)
    said = changes.summary_line().astext()
    assert said == "This copy differs from the released data in 1 place that no correction names."


def test_a_row_that_was_taken_out_took_its_number_with_it():
    gone = corrected("c", "facts", "x", "id")
    assert gone.is_of_number
    words = corrected("c", "sources", "x", "id")
    assert not words.is_of_number


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("facts", "row"),
        ("assumptions", "high_row"),
        ("doubao_shares", "numerator_value_row"),
    ],
)
def test_a_reference_is_part_of_the_number_that_it_fills(table, column):
    other = corrected("c", table, "x", column)
    assert other.is_of_number
