"""Texts with keys in braces, and what readers see of them."""

import pytest

from chipbook.data import BOOK, DataError, Dataset, facts, load
from chipbook.data.braces import in_words, keys, number, place


def test_a_key_leads_to_a_table_a_row_and_a_column():
    assert place("ft25-total") == ("facts", "ft25-total", "value")
    assert place("peer_capex/meta-fy2025") == ("peer_capex", "meta-fy2025", "value")
    assert place("chip_specs/h20.tdp_w") == ("chip_specs", "h20", "tdp_w")
    assert keys("{b|cap} or {a}, not {b}") == ("b", "a")


def test_a_text_says_each_kind_of_number():
    own = BOOK.raw("assumptions")["share-report"]

    def said(text: str) -> str:
        return in_words(text, lambda key: number(key, own, BOOK.raw))

    assert said("{ft25-total|cap} in all") == f"{facts['ft25-total']:cap} in all"
    assert said("{peer_capex/meta-fy2025}") == str(facts["peer_capex/meta-fy2025"])
    assert said("{chip_specs/a100.memory_bw_gbs} GB/s") == "2,039 GB/s"
    shown = ", ".join(f"{float(own[column]):g}%" for column in ("low", "value", "high"))
    assert said("{low}, {value|amount}, {high}") == shown


def test_readers_see_words_and_the_file_keeps_the_keys():
    report = "bd-2025-01-ft-12bn"
    assert "{ft25-overseas}" in BOOK.raw("press_reports")[report]["claim"]
    assert str(facts["ft25-overseas"]) in load("press_reports").set_index("id").at[report, "claim"]
    assert "40 billion yuan" in facts.fact("scmp25-nvidia").note


def test_no_text_that_is_shown_has_a_brace_left():
    for name in BOOK.names:
        if name != "corrections":
            for row in BOOK.rows(name).values():
                assert not any("{" in cell for cell in row.values()), (name, row["id"])


def test_a_changed_number_changes_the_texts_that_name_it():
    other = BOOK.with_cells("budget_reports", {"br-2025-01-ft-overseas": {"value": "7"}})
    assert "about $7 billion abroad" in other.rows("press_reports")["bd-2025-01-ft-12bn"]["claim"]


def test_a_text_keeps_its_words_where_the_row_it_names_falls():
    [page] = {row["source_ids"] for row in [BOOK.rows("facts")["fx-close-2025-01-14"]]}
    left = BOOK.without(page)
    assert "fx-close-2025-01-14" not in left.rows("facts")
    assert left.load("facts")["note"].notna().any()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ft25-totl}", "no number 'ft25-totl': did you mean ft25-total"),
        ("{no_table/row}", "no resource 'no_table'"),
        ("{chip_specs/h800.tdp_w}", "h800 has none in tdp_w"),
        ("{ft25-total|loud}", "unknown form 'loud'"),
    ],
)
def test_a_key_that_leads_nowhere_names_its_cell(text, message):
    rows = {2: BOOK.raw("facts")["ft25-total"] | {"note": text}}
    lines = dict(enumerate(BOOK.raw("facts").values(), start=3))
    data = Dataset(BOOK.folder, {"facts": lines | rows})
    with pytest.raises(DataError, match=r"facts.csv: row ft25-total, column note: ") as error:
        data.load("facts")
    assert message in str(error.value)
