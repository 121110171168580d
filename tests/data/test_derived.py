"""Every number that the research printed is computed again, and agrees as far as it was printed."""

import pytest
from reading import printed, rows

from chipbook import facts
from chipbook.data import BOOK, DataError, Dataset
from chipbook.data.derived import MODELS, computed, rows_counted
from chipbook.data.quantity import Quantity, parse_unit


@pytest.mark.parametrize("row", printed().values(), ids=lambda row: row["id"])
def test_a_printed_number_is_computed_again(row):
    quantity = facts[row["id"]]
    # The print says units where we say cards, and yuan where we say yuan per card.
    value = quantity.value / parse_unit(row["unit"])[0]
    printed = row["value"].rstrip("0").rstrip(".") if "." in row["value"] else row["value"]
    decimals = len(printed.partition(".")[2])
    # As printed, give or take half of its last digit; thousands where it was rounded to them.
    slack = 0.55 * 10**-decimals if decimals or float(printed) < 1000 else 0.006 * float(printed)
    assert value == pytest.approx(float(printed), abs=slack)


def test_every_derived_number_says_how_it_is_made_and_from_what():
    for key in rows("derived"):
        fact = facts.fact(key)
        assert len(fact.note) > 30, f"{key}: the note says how it is made"
        assert fact.quantity.sources, f"{key}: no sources"
        assert fact.quantity.status == "computed"
        assert fact.reads, f"{key}: no number and no table that it is made from"


def test_a_number_has_a_formula_or_a_model():
    without = {key for key, row in rows("derived").items() if not row["formula"]}
    assert without == MODELS.keys()


def test_two_models_cannot_have_one_name():
    with pytest.raises(ValueError, match="denials-answer-kappa"):
        computed("denials-answer-kappa")(lambda data: Quantity.of(1))


class Watched(Dataset):
    """A dataset that knows which of its tables were read."""

    def rows(self, name: str):
        self.seen = {*getattr(self, "seen", ()), name}
        return super().rows(name)

    def table(self, name: str):
        self.seen = {*getattr(self, "seen", ()), name}
        return super().table(name)


@pytest.mark.parametrize("key", MODELS)
def test_a_model_reads_what_it_names(key):
    named, allowed = set(MODELS[key].reads), {"facts", "derived", "sources"}
    for part in named:
        whole = Watched()
        assert whole.facts[part] if part in facts else dict(whole.rows(part))
        allowed |= whole.seen
    data = Watched()
    MODELS[key].function(data)
    tables = named - set(facts)
    assert tables <= data.seen <= allowed | tables


def test_a_formula_that_needs_itself_is_refused():
    made = {line: dict(row) for line, row in enumerate(rows("derived").values(), 2)}
    one = next(row for row in made.values() if row["id"] == "ft25-sum")
    one["formula"] = "'ft25-local-of-total' * 2"
    with pytest.raises(DataError, match="ft25-sum needs itself"):
        Dataset(rows={"derived": made}).facts["ft25-sum"]


def test_a_count_lists_its_rows_and_rests_on_the_weakest():
    count = facts.fact("us-measures-filed")
    [(table, counted)] = rows_counted(count.formula, BOOK).items()
    timeline = rows(table)
    filed = {key: row for key, row in timeline.items() if row["status"] == "filed"}
    by_hand = [key for key, row in filed.items() if row["actor"] == "US" and row["direction"]]
    assert len(by_hand) < sum(row["actor"] == "US" for row in filed.values()), "no law is a measure"
    assert counted == by_hand
    assert count.quantity.value == len(by_hand)
    assert count.quantity.rests_on == "filed"
    assert str(count.quantity) == f"{len(by_hand)} measures"


# --- What if


def test_another_value_moves_what_is_made_from_it_and_nothing_else():
    made = facts["ft25-local-cny"].to("billion CNY")
    other = BOOK.with_cells("facts", {"ft25-local-share": {"value": "50"}})
    moved = made * 50 / facts["ft25-local-share"].to("percent")
    assert other.facts["ft25-local-cny"].to("billion CNY") == pytest.approx(moved)
    assert other.load("facts").set_index("id").loc["ft25-local-share", "value"] == 50
    assert other.facts["rev24"].value == facts["rev24"].value
    assert facts["ft25-local-cny"].to("billion CNY") == made
