"""Reading the files: each type of cell, each message, each form of a date."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from chipbook.data import DataError, date_words, digest, span, split
from chipbook.data.store import (
    COMMA,
    Missing,
    data_dir,
    days_since_1970,
    near,
    read_package,
    read_rows,
    typed,
)

ENTRY = {
    "name": "small",
    "schema": {
        "fields": [
            {"name": "id", "type": "string"},
            {"name": "value", "type": "number", "unit": "USD"},
            {"name": "order", "type": "integer"},
            {"name": "blind", "type": "boolean"},
            {"name": "kind", "type": "string", "constraints": {"enum": ["b", "a"]}},
            {"name": "period", "type": "string"},
            {"name": "source_ids", "type": "string"},
        ]
    },
}
NAMES = [field["name"] for field in ENTRY["schema"]["fields"]]


def table(*rows: str, entry: dict = ENTRY) -> pd.DataFrame:
    cells = {line: dict(zip(NAMES, row.split(","), strict=True)) for line, row in rows_of(rows)}
    return typed(Path("data/small.csv"), entry, cells)


def rows_of(rows: tuple[str, ...]) -> list[tuple[int, str]]:
    """As in a file whose first row is over two lines."""
    return [(line + (line > 2), row) for line, row in enumerate(rows, 2)]


def test_each_cell_has_the_type_of_its_field():
    made = table("x,1.5,2,true,a,2025-02/2025-03,p;q", "y,,,false,b,,", "z,3,4,,,2024,q;o")
    assert [str(kind) for kind in made.dtypes[["value", "order", "blind"]]] == [
        "Float64",
        "Int64",
        "boolean",
    ]
    assert made["value"].tolist() == [1.5, pd.NA, 3.0]
    assert made["order"].tolist() == [2, pd.NA, 4]
    assert made["blind"].tolist() == [True, False, pd.NA]
    assert list(made["kind"].cat.categories) == ["b", "a"], "in the order of the schema"
    assert made["kind"].tolist()[:2] == ["a", "b"]
    assert pd.isna(made["kind"][2])
    assert pd.isna(made["source_ids"][1])
    first, none, year = zip(made["period_start"], made["period_end"], strict=True)
    assert first == (pd.Timestamp("2025-02-01"), pd.Timestamp("2025-03-31"))
    assert pd.isna(none[0])
    assert pd.isna(none[1])
    assert year == (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31"))
    assert list(made)[-3:] == ["period_start", "period_end", "source_ids"]


def test_a_column_without_a_text_is_one_of_texts():
    kinds = {str(table(row)["source_ids"].dtype) for row in ("x,1,,,,,", "x,1,,,,,p")}
    assert len(kinds) == 1


def test_a_table_says_what_it_is():
    made = table("x,1,,,,,p;q", "y,1,,,,,q;o")
    assert made.attrs == {
        "resource": "small",
        "title": "small",
        "units": {"value": "USD"},
        "sources": ["o", "p", "q"],
    }
    assert table("x,1,,,,,", entry={**ENTRY, "title": "Small"}).attrs["title"] == "Small"
    bare = {"name": "bare", "schema": {"fields": ENTRY["schema"]["fields"][:1]}}
    assert typed(Path("bare.csv"), bare, {2: {"id": "x"}}).attrs["sources"] == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("y,a lot,,,,,", "column value: expected a number, found 'a lot'"),
        ("y,,1.5,,,,", "column order: expected a whole number, found '1.5'"),
        ("y,,,True,,,", "column blind: expected true or false, found 'True'"),
        ("y,,,,c,,", "column kind: expected one of b, a, found 'c'"),
        (
            "y,,,,,2025-13,",
            "column period: expected a date, month, year, or two of them with a slash (ISO 8601), "
            "found '2025-13'",
        ),
    ],
)
def test_a_cell_that_does_not_fit_is_named_with_its_line(row, said):
    with pytest.raises(DataError) as told:
        table("x,,,,,,", row)
    assert str(told.value) == f"data/small.csv: row 4, {said}"


def file(folder: Path, text: str) -> dict[int, dict[str, str]]:
    path = folder / "two.csv"
    path.write_text(text, encoding="utf-8")
    entry = {"schema": {"fields": [{"name": "id"}, {"name": "text"}]}}
    return read_rows(path, entry)


def test_rows_are_known_by_the_line_that_they_end_on(tmp_path):
    assert file(tmp_path, 'id,text\nx,"a\nb"\ny,é\n') == {
        3: {"id": "x", "text": "a\nb"},
        4: {"id": "y", "text": "é"},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,text\nx,a,b\n", f"row 2: expected 2 cells, found 3{COMMA}"),
        ("id,text\nx,a\ny\n", "row 3: expected 2 cells, found 1"),
    ],
)
def test_a_ragged_row_is_named(tmp_path, text, said):
    with pytest.raises(DataError) as told:
        file(tmp_path, text)
    assert str(told.value) == f"{tmp_path / 'two.csv'}: {said}"


@pytest.mark.parametrize("text", ["text,id\n", "id\n", "id,text,more\n", ""])
def test_another_header_is_refused(tmp_path, text):
    with pytest.raises(DataError, match=r"two.csv: row 1: expected the columns"):
        file(tmp_path, text)


def test_a_descriptor_is_read_as_it_is_or_named(tmp_path):
    path = tmp_path / "datapackage.json"
    path.write_text('{"name": "é"}', encoding="utf-8")
    assert read_package(tmp_path) == {"name": "é"}
    path.write_text('{\n"name": é}', encoding="utf-8")
    with pytest.raises(DataError, match=r"json: line 2, column 9: expected JSON, Expecting value"):
        read_package(tmp_path)
    assert (data_dir() / "datapackage.json").is_file()


def test_a_digest_is_of_names_and_hashes_whatever_their_order():
    a, b = {"name": "a", "hash": "sha256:1"}, {"name": "b", "hash": "sha256:2"}
    by_hand = hashlib.sha256(b"a sha256:1\nb sha256:2\n").hexdigest()
    assert digest([a, b]) == digest([b, a]) == f"sha256:{by_hand}"


def test_near_names_are_at_most_four_and_near():
    known = [f"ft25-total{n}" for n in range(5)]
    assert near("ft25-total", known).count("ft25-total") == 4
    assert near("ft25-total0", ["ft25-total", "rev24"]) == "did you mean ft25-total?"
    assert near("ab12", ["abxx", "zzzz"]) == "did you mean abxx?"
    assert near("zz", iter(["ft25", "rev24"])) == "2 names are known"


def test_what_is_missing_is_said_without_quotation_marks():
    assert str(Missing("no row 'a'")) == "no row 'a'"


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024-02-03", "2024-02-03", "2024-02-03"),
        ("2024/2025", "2024-01-01", "2025-12-31"),
        ("2024-11/2025-02", "2024-11-01", "2025-02-28"),
        ("2025-02-03/2025-02-03", "2025-02-03", "2025-02-03"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(period, first, last):
    assert span(period) == (pd.Timestamp(first), pd.Timestamp(last))


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2025/2024", "'2025/2024' ends before it starts"),
        ("2025/2025-03", "not an ISO 8601 period: '2025/2025-03'"),
        ("2025-03/2025", "not an ISO 8601 period: '2025-03/2025'"),
        ("2021-Q3", "not an ISO 8601 period: '2021-Q3'"),
        ("2025-03-01x", "not an ISO 8601 period: '2025-03-01x'"),
        ("", "not an ISO 8601 period: ''"),
    ],
)
def test_what_is_no_period_is_said_in_its_words(period, said):
    with pytest.raises(ValueError, match=r".+") as told:
        span(period)
    assert str(told.value) == said


@pytest.mark.parametrize(
    ("period", "words", "few"),
    [
        ("2025-01-21", "21 January 2025", "21 Jan 2025"),
        ("2025-09", "September 2025", "Sep 2025"),
        ("2025", "2025", "2025"),
        ("2024/2025", "2024 to 2025", "2024 to 2025"),
        ("2025-01-02/2025-02-03", "2 January 2025 to 3 February 2025", "2 Jan 2025 to 3 Feb 2025"),
        ("", "", ""),
        (None, "", ""),
    ],
)
def test_a_period_is_said_for_readers(period, words, few):
    assert date_words(period) == words
    assert date_words(period, "%b") == few


def test_days_are_counted_from_the_first_of_a_period():
    assert days_since_1970("1970-01-01") == 0
    assert days_since_1970("1970-02") == 31
    assert days_since_1970("1971/1972") == 365


def test_ids_are_parted_by_semicolons():
    assert split("a;b") == ["a", "b"]
    assert split(";a;;") == ["a"]
    assert split("") == split(None) == split(float("nan")) == []
