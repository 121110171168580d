"""Tables: numbers as readers expect them, nothing unescaped, real tables in the page."""

from __future__ import annotations

import logging
import re
from types import SimpleNamespace

import pandas as pd
import pytest
from docutils import nodes

from chipbook import data
from chipbook.book import domain
from chipbook.book.parts import tables as page_tables
from chipbook.charts import tables

SOURCE = data.sources().index[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.0, "1,234"),
        (0.0, "0"),
        (1234.5, "1,234.5"),
        (2.4000000000000004, "2.4"),
        (12345678901.0, "12,345,678,901"),
        (0.00012345678, "0.0001235"),
        (-3.25, "−3.25"),
        (0.5, "0.5"),
        (100, "100"),
    ],
)
def test_numbers_are_plain(value: float, text: str) -> None:
    assert tables.format_number(value) == text


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "outlet": ["A <b>", "C"],
            "fiscal_year": [2024, 2025],
            "value": pd.array([1500.0, None], dtype="Float64"),
            "denied": pd.array([True, None], dtype="boolean"),
            "day": pd.to_datetime(["2025-01-21", None]),
            "status": ["filed", "reported"],
            "source_ids": [SOURCE, None],
        }
    )


def test_cells_by_kind() -> None:
    shown = tables.show(frame())
    assert shown.kinds == ("text", "number", "number", "text", "text", "status", "sources")
    assert shown.rows[0] == ("A <b>", "2024", "1,500", "yes", "2025-01-21", "filed", [SOURCE])
    assert shown.rows[1] == ("C", "2025", "–", "–", "–", "reported", [])
    assert shown.headers[1] == "Fiscal year"
    assert shown.headers[-1] == "Sources"


def test_dates_in_a_text_read_as_dates_and_keys_stay() -> None:
    text = "2024-05-29: for 2025-01/2025-06, see reuters-2025-01-23-capex; 2024-07"
    said = "29 May 2024: for Jan 2025 to Jun 2025, see reuters-2025-01-23-capex; Jul 2024"
    assert "".join(tables.with_dates(text)) == said


def test_a_number_in_words_has_its_qualifier_apart() -> None:
    rows = [["a", "about 150,000 chips", [SOURCE]], ["b", "7 chips", [SOURCE]]]
    made = page_tables.table_node(("Who", "Amount", "Sources"), ("text", "text", "sources"), rows)
    words = [node.astext() for node in made.findall(nodes.inline) if "word" in node["classes"]]
    assert words == ["about"]
    assert [cell["classes"] for cell in made.findall(nodes.entry)][1::3] == [["num"]] * 3
    marks = [node["mark"] for node in made.findall(domain.source_ref)]
    assert marks == [1, 1]


@pytest.mark.parametrize("text", ["2024", "2 of three said so, as far as the page goes", "910B"])
def test_other_words_with_digits_are_no_column_of_numbers(text: str) -> None:
    made = page_tables.table_node(("Who", "What"), ("text", "text"), [["a", text]])
    assert not [cell for cell in made.findall(nodes.entry) if cell["classes"]]


def test_columns_choose_order_and_headers() -> None:
    shown = tables.show(frame(), {"value": "Amount, billion USD", "outlet": "Outlet"})
    assert shown.headers == ("Amount, billion USD", "Outlet")
    assert shown.rows[0] == ("1,500", "A <b>")


def test_units_of_the_data_package_stand_in_the_header() -> None:
    df = frame()[["value"]]
    df.attrs["units"] = {"value": "billion USD"}
    assert tables.show(df).headers == ("Value, billion USD",)


def test_unknown_column_is_named() -> None:
    with pytest.raises(KeyError, match="no column 'amount': the table has outlet"):
        tables.show(frame(), {"amount": "Amount"})


def test_notebook_table_is_escaped_html(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHIPBOOK_BUILD", raising=False)
    bundle = tables.show(frame(), note="a < b")._repr_mimebundle_()
    assert '<td style="text-align: left">A &lt;b&gt;</td>' in bundle["text/html"]
    assert "a &lt; b" in bundle["text/html"]
    assert "A <b>\t2024\t1,500" in bundle["text/plain"]
    assert tables.MIME not in bundle


def test_book_table_leaves_the_kernel_as_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPBOOK_BUILD", "1")
    bundle = tables.show(frame())._repr_mimebundle_()
    assert set(bundle) == {tables.MIME, "text/plain"}
    assert bundle[tables.MIME]["rows"][0][2] == "1,500"


def test_unknown_source_is_a_warning_at_its_line(caplog: pytest.LogCaptureFixture) -> None:
    env = SimpleNamespace(docname="chapters/one", domaindata={})
    book = domain.BookDomain(env)
    env.get_domain = lambda name: book
    with caplog.at_level(logging.WARNING):
        domain.note_sources(env, ["no-such-page", SOURCE], 12)
    (record,) = caplog.records
    assert "no-such-page" in record.getMessage()
    # Sphinx turns the pair into a path once an application has set up its logging.
    where = (
        record.location if isinstance(record.location, str) else "{}:{}".format(*record.location)
    )
    # The ending is that of the pages of whichever application set it up last.
    assert re.search(r"chapters/one(\.\w+)?:12$", where)
    assert domain.used(env, "sources") == {"chapters/one": {SOURCE}}
    assert page_tables.links(["no-such-page"]) == []
