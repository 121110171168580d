"""Every number that the research printed is computed again, and agrees as far as it was printed."""

import csv
from pathlib import Path

import pytest

from chipbook import facts
from chipbook.data.derived import REGISTRY, derived
from chipbook.data.quantity import Quantity, parse_unit

PRINTED = Path(__file__).parents[1] / "fixtures" / "derived_printed.csv"

with PRINTED.open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
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
    for key, entry in REGISTRY.items():
        fact = entry.fact()
        assert len(fact.note) > 30, f"{key}: the docstring says how it is made"
        assert fact.quantity.sources, f"{key}: no sources"
        assert fact.quantity.status == "computed"


def test_two_numbers_cannot_have_one_name():
    with pytest.raises(ValueError, match="ft25-sum"):
        derived("ft25-sum", "x", "x", "2025")(lambda: Quantity.of(1))


def test_a_denial_of_a_report_is_none_of_our_comparison_of_texts():
    assert facts.fact("ft25-local-usd").answered, "a part of the denied plan"
    assert not facts.fact("article-moved-usd").answered, "a comparison of two texts"
