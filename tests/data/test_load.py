"""Loading a table: types, near names, and errors that name file, row and column."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from chipbook import facts, load, sources
from chipbook.data import DataError, Dataset, package, resource, span
from chipbook.data.quantity import UnitError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of the data package, for a dataset of its own."""
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


def change(path: Path, line: int, old: str, new: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_text("".join(lines), encoding="utf-8")


@pytest.mark.parametrize("name", [entry["name"] for entry in package()["resources"]])
def test_every_table_is_typed_by_its_schema(name):
    table = load(name)
    schema = {field["name"]: field for field in resource(name)["schema"]["fields"]}
    assert len(table) > 0
    assert table["id"].is_unique
    for column, field in schema.items():
        if field["type"] == "number":
            assert table[column].dtype == "Float64"
        if "enum" in field.get("constraints", {}):
            assert list(table[column].cat.categories) == field["constraints"]["enum"]
    assert table.attrs["resource"] == name
    if "source_ids" in table:
        assert set(table.attrs["sources"]) <= set(sources().index)


def test_a_table_is_a_copy_so_that_a_reader_cannot_spoil_it():
    table = load("facts")
    table["value"] = 0
    assert load("facts")["value"].sum() > 0


def test_periods_become_first_and_last_day():
    table = load("peer_capex").set_index("id")
    row = table.loc["microsoft-fy2025"]
    assert row["period_start"] == pd.Timestamp("2024-07-01")
    assert row["period_end"] == pd.Timestamp("2025-06-30")


@pytest.mark.parametrize("period", ["2025-13", "25", "2025-01/2025", "2025-06/2025-01", "soon"])
def test_what_is_no_iso_period_is_refused(period):
    with pytest.raises(ValueError, match=r".+"):
        span(period)


def test_a_wrong_name_lists_the_near_ones():
    with pytest.raises(KeyError, match="did you mean budget_reports"):
        load("budget_report")
    with pytest.raises(KeyError, match="ft25-total"):
        facts["ft25-totl"]
    with pytest.raises(KeyError, match="meta-fy2025"):
        facts["peer_capex/meta-2025"]


def test_a_word_in_a_number_column_names_file_row_and_column(copy):
    change(copy / "peer_capex.csv", 3, "28.107", "a lot")
    with pytest.raises(DataError, match=r"peer_capex.csv: row 3, column value: expected a number"):
        Dataset(copy).load("peer_capex")


def test_a_value_outside_the_vocabulary_names_what_is_allowed(copy):
    change(copy / "facts.csv", 2, ",reported,", ",leaked,")
    with pytest.raises(DataError, match=r"facts.csv: row 2, column status: expected one of filed"):
        Dataset(copy).load("facts")


def test_a_ragged_row_and_a_wrong_header_are_named(copy):
    change(copy / "peer_capex.csv", 3, "FY2023", "FY2023,2023")
    with pytest.raises(DataError, match=r"peer_capex.csv: row 3: expected \d+ cells"):
        Dataset(copy).load("peer_capex")
    change(copy / "chip_orders.csv", 1, "buyer", "customer")
    with pytest.raises(DataError, match=r"chip_orders.csv: row 1: expected the columns"):
        Dataset(copy).load("chip_orders")


def test_a_period_that_does_not_parse_names_its_row(copy):
    change(copy / "peer_capex.csv", 2, "2021-07/2022-06", "2021-Q3")
    with pytest.raises(DataError, match=r"peer_capex.csv: row 2, column period: expected a date"):
        Dataset(copy).load("peer_capex")


def test_a_broken_descriptor_names_the_line(copy):
    path = copy / "datapackage.json"
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    with pytest.raises(DataError, match=r"datapackage.json: line \d+"):
        Dataset(copy).package()


def test_the_package_loads_from_any_working_directory(tmp_path):
    code = "from chipbook import facts; print(facts['ft25-total'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(facts["ft25-total"])


def test_a_frame_of_facts_is_in_one_unit_and_keeps_the_sources():
    frame = facts.frame({"chips": "ft25-chips-china-usd", "all": "ft25-total"}, "billion USD")
    total = frame.set_index("label").loc["all"]
    assert total["value"] == facts["ft25-total"].to("billion USD")
    assert pd.isna(total["high"]), "more than has no upper end"
    assert set(total["source_ids"].split(";")) == set(facts["ft25-total"].sources)
    with pytest.raises(UnitError):
        facts.frame(["ft25-total"], "billion CNY")


def test_a_row_of_any_table_is_a_fact_with_its_evidence():
    fact = facts.fact("chip_orders/bytedance-2024-ascend-910b-received")
    assert fact.entity == "ByteDance"
    assert fact.quantity.qualifier == "less than"
    assert fact.table == "chip_orders"
    assert "second_coding/bd-2021-03-chip-jobs" not in facts, "a row without a figure is no fact"


def test_every_fact_and_every_derived_number_can_be_printed():
    for key in facts:
        fact = facts.fact(key)
        assert str(fact.quantity)
        assert fact.quantity.sources, key
        assert json.dumps(str(fact.quantity))
        assert fact.metric, key
