"""A dataset of a few rows: what its cells, counts and numbers are made of, and what it keeps."""

import pytest

from chipbook.data import BOOK, DataError, Dataset, kept
from chipbook.data.store import Missing


def table(*rows: dict[str, str]) -> dict[int, dict[str, str]]:
    return dict(enumerate(rows, 2))


def page(key: str, strength: str) -> dict[str, str]:
    return empty("sources", id=key, strength=strength, published="2025")


def empty(name: str, **cells: str) -> dict[str, str]:
    fields = BOOK.resource(name)["schema"]["fields"]
    return {field["name"]: "" for field in fields} | cells


def fact(key: str, **cells: str) -> dict[str, str]:
    return empty("facts", id=key, unit="USD", status="reported", source_ids="weak") | cells


def data(**tables: list[dict[str, str]]) -> Dataset:
    pages = [page(name, name) for name in ("weak", "relay", "strong", "primary")]
    whole = {"sources": [*pages, page("strong-too", "strong")], **tables}
    given = {name: table(*whole.get(name, ())) for name in BOOK.names}
    return Dataset(rows=given)


# --- Cells and counts


def test_a_cell_has_the_unit_of_its_column_and_the_evidence_of_its_row():
    chip = empty("chip_specs", id="x", tdp_w="400", released="2024-02", status="filed")
    made = data(chip_specs=[chip | {"source_ids": "weak;strong"}])
    power = made.cell("chip_specs", "x", "tdp_w")
    unit = next(f for f in BOOK.resource("chip_specs")["schema"]["fields"] if f["name"] == "tdp_w")
    assert power.to(unit["unit"]) == 400
    assert (power.rests_on, power.sources) == ("filed", ("weak", "strong"))
    with pytest.raises(Missing, match="chip_specs has no memory_gb for x"):
        made.cell("chip_specs", "x", "memory_gb")


def test_a_date_is_the_days_since_1970_and_a_plain_number_has_no_unit():
    shown = empty("article_statements", id="x", order="3", source_ids="relay")
    told = empty("replies", id="y", date="1970-02", source_ids="relay")
    made = data(article_statements=[shown], replies=[told])
    assert str(made.cell("article_statements", "x", "order")) == "3 times"
    assert made.cell("sources", "weak", "published").sources == ("weak",), "a page is its own"
    day = made.cell("replies", "y", "date")
    assert day.to("days") == 31
    assert (day.rests_on, day.sources) == ("reported", ("relay",)), "where no status is said"


def test_a_value_is_the_number_of_its_row():
    paid = empty("peer_capex", id="p", value="7", unit="USD", status="filed", source_ids="weak")
    made = data(facts=[fact("f", value="12", qualifier="more than", low="12")], peer_capex=[paid])
    assert made.cell("facts", "f", "value") is made.facts["f"]
    assert made.cell("peer_capex", "p", "value") is made.facts["peer_capex/p"]


def test_a_count_has_the_unit_of_its_table_and_rests_on_the_strongest_page_of_a_report():
    reports = [
        empty("press_reports", id="a", source_ids="weak;strong;strong-too"),
        empty("press_reports", id="b", source_ids="primary;strong"),
    ]
    second = empty("second_coding", id="again", report_id="a")
    made = data(press_reports=reports, second_coding=[second])
    count = made.tally("press_reports", ["a", "b", "a"])
    assert count.to(BOOK.resource("press_reports")["unit"]) == 3
    assert count.sources == ("strong", "primary"), "each page once, the first among equals"
    assert count.rests_on == "reported"
    assert made.tally("second_coding", ["again"]).sources == ("strong",), "those of its report"
    assert made.tally("press_reports", []).rests_on == "reported"


def test_a_count_rests_on_the_weakest_status():
    name, words = "controls_timeline", ("filed", "estimated", "announced")
    made = data(
        controls_timeline=[empty(name, id=word, status=word, source_ids="weak") for word in words]
    )
    assert made.tally(name, ["filed", "announced"]).rests_on == "announced"
    assert made.tally(name, words).rests_on == "estimated"
    assert made.tally(name, ["filed"]).sources == ("weak",)
    with pytest.raises(KeyError, match="unit"):
        made.tally("facts", [])


def test_the_cells_of_a_row_are_numbers_or_nothing():
    made = data(
        facts=[fact("f", value="12", qualifier="at least", low="12")],
        peer_capex=[empty("peer_capex", id="p", low="1", high="2.5", unit="USD")],
    )
    assert made.row_cells("f") == made.row_cells("facts/f") == [12, "USD", "at least", 12, None]
    assert made.row_cells("peer_capex/p") == [None, "USD", None, 1, 2.5]
    with pytest.raises(KeyError, match="nobody"):
        made.row_cells("nobody")


def test_a_reference_that_leads_nowhere_is_named():
    made = data(facts=[fact("f", row="peer_capex/nobody")])
    for ask in (lambda: made.rows("facts")["f"], lambda: made.load("facts")):
        with pytest.raises(DataError) as told:
            ask()
        assert str(told.value) == "facts.csv: f refers to 'nobody', which is none"


def test_texts_have_their_numbers_in_words_and_raw_their_keys():
    made = data(facts=[fact("f", value="12", note="Of {f|amount}, by {value}.")])
    assert made.rows("facts")["f"]["note"] == "Of $12, by $12."
    assert made.load("facts")["note"].tolist() == ["Of $12, by $12."]
    assert made.raw("facts")["f"]["note"] == "Of {f|amount}, by {value}."
    assert made.as_written("facts")["f"]["note"] == "Of {f|amount}, by {value}."


def test_what_refers_has_the_figure_in_rows_and_not_as_written():
    holder = empty("peer_capex", id="p", value="7", unit="USD", status="filed", source_ids="weak")
    made = data(facts=[fact("f", row="peer_capex/p", unit="", status="")], peer_capex=[holder])
    for _ in range(2):
        assert made.raw("facts")["f"]["value"] == made.rows("facts")["f"]["value"] == "7"
        assert made.as_written("facts")["f"]["value"] == ""
        assert made.load("facts")["value"].tolist() == [7], "whole at once, after row by row"


# --- What is kept


def test_what_is_read_is_kept_and_a_copy_given():
    made = data(facts=[fact("f", value="12")])
    assert made.rows("facts") is made.rows("facts")
    assert made.rows("facts")["f"] is made.rows("facts")["f"]
    assert made.table("facts") is made.table("facts")
    assert made.load("facts") is not made.load("facts")
    assert made.facts["f"] is made.facts["f"]
    assert made.package() is made.package()


def test_what_a_function_gives_is_kept_in_its_dataset():
    calls = []

    @kept
    def asked(word: str, *, data: Dataset = BOOK) -> str:
        """Said."""
        calls.append((word, data))
        return word * 2

    one, other = data(), data()
    assert [asked("a", data=one), asked("a", data=one), asked("b", data=one)] == ["aa", "aa", "bb"]
    assert asked("a", data=other) == "aa"
    assert calls == [("a", one), ("b", one), ("a", other)]
    assert asked.__doc__ == "Said."


# --- Other datasets


def test_other_cells_stand_beside_those_given_before():
    made = data(facts=[fact("f", value="12"), fact("g", value="1")])
    other = made.with_cells("facts", {"f": {"value": "13"}}).with_cells(
        "sources", {"weak": {"strength": "strong"}}
    )
    assert [str(other.facts[key]) for key in "fg"] == ["$13", "$1"]
    assert other.rows("sources")["weak"]["strength"] == "strong"
    assert str(made.facts["f"]) == "$12"
    assert other.folder == made.folder


def test_what_falls_takes_along_what_is_about_it_and_leaves_the_rest():
    made = data(
        facts=[
            fact("gone", value="1"),
            fact("left", value="2", source_ids="weak;strong"),
            fact("apart", value="3", source_ids="strong"),
        ],
        press_reports=[empty("press_reports", id="a", source_ids="weak")],
        second_coding=[empty("second_coding", id="r", report_id="a")],
        claims=[empty("claims", id="c", report_id="a", source_ids="strong")],
    )
    fallen = {"sources/weak", "facts/gone", "press_reports/a", "second_coding/r"}
    assert made.fallen("weak") == fallen, "a claim need not be a coded report"
    left = made.without("weak")
    assert list(left.rows("facts")) == ["left", "apart"]
    assert left.rows("facts")["left"]["source_ids"] == "strong"
    assert list(left.rows("sources")) == ["relay", "strong", "primary", "strong-too"]
    assert list(left.rows("second_coding")) == []
    assert left.load("facts")["value"].tolist() == [2, 3]
    assert list(made.rows("facts")) == ["gone", "left", "apart"]


def test_a_row_that_refers_outlives_the_row_of_its_figure_by_another_page():
    holder = empty("peer_capex", id="p", value="7", unit="USD", status="filed", source_ids="weak")
    refers = [
        fact("own", row="peer_capex/p", unit="", status="", source_ids="strong"),
        fact("same", row="peer_capex/p", unit="", status="", source_ids=""),
    ]
    left = data(facts=refers, peer_capex=[holder]).without("weak")
    assert list(left.rows("peer_capex")) == []
    assert list(left.rows("facts")) == ["own"]
    own = left.rows("facts")["own"]
    assert (own["value"], own["row"], own["source_ids"]) == ("7", "", "strong")
    assert str(left.facts["own"]) == "$7"


def test_what_is_the_same_is_not_read_again():
    made = data(
        facts=[fact("gone", value="1"), fact("left", value="2", source_ids="strong")],
        replies=[empty("replies", id="r", source_ids="strong")],
    )
    made.rows("replies"), made.rows("facts")
    left = made.without("weak")
    assert left.rows("replies") is made.rows("replies")
    assert left.package() is made.package()
    assert left.rows("facts") is not made.rows("facts")


def test_the_strongest_page_is_the_first_among_equals():
    made = data()
    assert made.strongest(["weak", "strong-too", "strong", "relay"]) == "strong-too"
    assert made.strongest(["weak"]) == "weak"


def test_a_wrong_name_lists_the_near_ones():
    with pytest.raises(KeyError, match="no resource 'fact': did you mean facts"):
        data().resource("fact")
    assert list(data().names) == [entry["name"] for entry in BOOK.package()["resources"]]


def test_a_statement_needs_the_article_and_a_page_beside_it():
    told = empty("article_statements", id="s", source_ids="primary;weak;strong")
    made = data(article_statements=[told, {**told, "id": "bare", "source_ids": "primary"}])
    assert "article_statements/s" not in made.fallen("weak") | made.fallen("strong")
    assert "article_statements/s" in made.fallen("weak", "strong")
    assert {"article_statements/s", "article_statements/bare"} <= made.fallen("primary")
    assert "article_statements/bare" not in made.fallen("weak", "strong")


def test_an_assumption_is_drawn_from_what_stands():
    ends = [fact("least", value="2"), fact("most", value="8", source_ids="strong")]
    row = empty("assumptions", unit="USD", distribution="uniform", status="computed")
    row |= {"id": "drawn", "low_row": "facts/least", "high_row": "facts/most"}
    made = data(facts=ends, assumptions=[row])
    whole = made.rows("assumptions")["drawn"]
    assert (whole["low"], whole["value"], whole["high"]) == ("2", "", "8")
    left = made.without("weak").rows("assumptions")["drawn"]
    assert (left["low"], left["value"], left["distribution"]) == ("", "8", "fixed")
    assert made.without("primary").rows("assumptions")["drawn"]["low"] == "2"
    assert list(made.without("weak", "strong").rows("assumptions")) == []


def test_an_assumption_falls_with_the_column_or_the_formula_that_it_takes():
    chip = empty("chip_specs", id="x", tdp_w="400", fp16_dense_tflops="7", status="filed")
    cell = {"resource": "chip_specs", "row_id": "x", "column": "tdp_w", "source_ids": "weak"}
    made = empty("derived", id="twice", formula="2 * 'f'", entity="E", metric="m")
    row = empty("assumptions", unit="W", distribution="fixed", status="computed")
    whole = data(
        facts=[fact("f", value="2", source_ids="weak")],
        chip_specs=[chip | {"source_ids": "weak;strong"}],
        support=[empty("support", id="s") | cell],
        derived=[made],
        assumptions=[
            row | {"id": "power", "value_row": "chip_specs/x/tdp_w"},
            row | {"id": "compute", "value_row": "chip_specs/x/fp16_dense_tflops"},
            row | {"id": "made", "value_row": "derived/twice", "unit": "USD"},
        ],
    )
    assert whole.rows("assumptions")["power"]["value"] == "400"
    assert whole.rows("assumptions")["made"]["value"] == "4"
    left = whole.without("weak")
    assert left.rows("chip_specs")["x"]["tdp_w"] == ""
    assert list(left.rows("assumptions")) == ["compute"]
    assert list(whole.without("strong").rows("assumptions")) == ["power", "compute", "made"]


def test_a_text_with_a_key_that_leads_nowhere_is_named():
    made = data(facts=[fact("f", value="12", note="Of {nobody}.")])
    with pytest.raises(DataError, match=r"facts.csv: row f, column note: no number 'nobody'"):
        made.rows("facts")["f"]
    with pytest.raises(DataError, match=r"facts.csv: row f, column note: no number 'nobody'"):
        made.load("facts")
    log = empty("corrections", id="c", old="Of {nobody}.")
    assert data(corrections=[log]).rows("corrections")["c"]["old"] == "Of {nobody}."


def test_a_derived_number_is_taken_as_it_is_printed():
    made = empty("derived", id="third", formula="'f' / 3", digits="2", entity="E", metric="m")
    share = empty("derived", id="share", formula="'f' / 'f'", percent="true")
    rows = data(facts=[fact("f", value="20000000000001")], derived=[made, share])
    assert rows.as_written("derived")["third"] == {"value": "6.7e+12"}
    assert rows.as_written("derived")["share"] == {"value": "100"}
