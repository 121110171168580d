"""The language of formulas: the cases that the browser is held to as well, and what is refused."""

import json
import math
import re
from html import unescape
from pathlib import Path

import pytest

from chipbook.book.cards import template
from chipbook.data.derived import FormulaError, evaluate, named_in, rows_counted, tree
from chipbook.data.quantity import Quantity, UnitError
from chipbook.data.store import days_since_1970
from chipbook.data.words import DATES

SHARED = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "formula_cases.json").read_text(encoding="utf-8")
)


class Small:
    """Numbers and tables of one case, without units."""

    def __init__(self, numbers: dict) -> None:
        self.numbers, self.facts = numbers, self

    def __getitem__(self, key: str) -> Quantity:
        number = self.numbers[key]
        low = -math.inf if number["low"] is None else number["low"]
        high = math.inf if number["high"] is None else number["high"]
        return Quantity(number["value"], low, high)

    def rows(self, table: str) -> dict[str, dict]:
        found = SHARED["tables"][table]
        return {row["id"]: row for row in found}

    def cell(self, table: str, row: str, column: str) -> Quantity:
        cells = self.rows(table)[row]
        if column in DATES:
            return Quantity.of(days_since_1970(cells[column]), "days")
        if column != "value":
            return Quantity.of(float(cells[column]))
        value, low, high = (
            float(cells[name]) if cells[name] else None for name in ("value", "low", "high")
        )
        return Quantity.of(value, cells["unit"], cells["qualifier"], low=low, high=high)

    def tally(self, table: str, rows: list[str]) -> Quantity:
        return Quantity.of(len(rows))


class AsNamed(dict):
    """Numbers that read as their keys."""

    def __missing__(self, key: str) -> str:
        return key


LINK = re.compile('href="([^"]*)"')


def in_words(formula: str) -> str:
    """What a card makes of a formula over keys and tables that are not of the book."""
    told = {
        "facts": AsNamed(),
        "link": lambda page, target="": f"{page}#{target}",
        "resource": lambda name: {"title": name},
    }
    return str(template("formula.html").make_module(told).said(tree(formula)))


def of(case: dict) -> Small:
    return Small(case["numbers"])


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["formula"])
def test_a_formula_has_the_tree_and_the_value_of_its_case(case):
    assert tree(case["formula"]) == case["tree"]
    made = evaluate(case["tree"], of(case))
    known = [math.nan if case["value"] is None else case["value"]]
    known += [-math.inf if case["low"] is None else case["low"]]
    known += [math.inf if case["high"] is None else case["high"]]
    value = math.nan if made.value is None else made.value
    assert [value, made.low, made.high] == pytest.approx(known, nan_ok=True)


def test_the_cases_hold_every_form():
    text = json.dumps(SHARED["cases"])
    forms = ("+", "-", "*", "/", "lower", "upper", "point", "ends", "at_most", "counted")
    for form in (*forms, "count", "sum", "only", "not", "missing", "from", "unit"):
        assert f'"{form}"' in text, form


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os')",
        "'a' ** 2",
        "'a'.upper()",
        "-'a'",
        "True",
        "lower('a', 'b')",
        "count('t', 'column')",
        "count('t', kind=1)",
        "sum('t')",
        "count('t', kind=other_than(1))",
        "unit('a', 'cards')",
        "'a' if 'b' else 'c'",
        "'a' +",
        "",
    ],
)
def test_what_is_outside_the_language_is_refused(formula):
    with pytest.raises(FormulaError):
        tree(formula)


@pytest.mark.parametrize("formula", ["2 * ft25-total", "2 * a/br-2025-01", "count(replies)"])
def test_a_key_without_quotation_marks_is_told(formula):
    with pytest.raises(FormulaError, match="put keys in quotation marks"):
        tree(formula)


@pytest.mark.parametrize("formula", ["'a' +", "'a-b' + + )"])
def test_where_no_key_is_bare_nothing_is_said_of_quotation_marks(formula):
    with pytest.raises(FormulaError) as told:
        tree(formula)
    assert str(told.value).startswith(repr(formula))
    assert "put keys" not in str(told.value)


def test_the_rows_that_are_not_there_are_said_in_words():
    with pytest.raises(LookupError) as told:
        evaluate(tree("sum('t', 'size', group='z')"), Small({}))
    assert str(told.value) == "sum of t, {'group': ['z']}: 0 rows"
    with pytest.raises(LookupError) as told:
        evaluate(tree("sum('t', 'size', id=['r1', 'no', 'nor'])"), Small({}))
    assert str(told.value) == "t has no row no, nor"


def test_an_unknown_unit_is_refused_before_anything_is_computed():
    with pytest.raises(UnitError, match="parsecs"):
        tree("counted('a', 'parsecs')")


@pytest.mark.parametrize(
    "formula",
    [
        "only('t', 'size', group='x')",
        "sum('t', 'size', group='z')",
        "sum('t', 'size', id=['r1', 'no'])",
    ],
)
def test_the_only_row_must_be_one_and_a_named_row_must_be_there(formula):
    with pytest.raises(LookupError, match="row"):
        evaluate(tree(formula), Small({}))


def test_the_parts_and_the_rows_of_a_formula_are_known():
    formula = "'a' * count('t', group='x') / ('b' + sum('t', 'size', kind='a') * 'a')"
    assert named_in(formula) == ["a", "t", "b"]
    assert rows_counted(formula, Small({})) == {"t": ["r1", "r2", "r3"]}


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("'a' / ('b' * 2) - 1", "a ÷ (b × 2) − 1"),
        ("('a' - 'b') * 'c'", "(a − b) × c"),
        ("'a' - ('b' - 'c')", "a − (b − c)"),
        ("'a' * ('b' / 'c')", "a × b ÷ c"),
        ("'a' / ('b' / 'c')", "a ÷ (b ÷ c)"),
        ("at_most('a' / upper('b'))", "at most (a ÷ the high end of b)"),
        ("counted('a' / unit(8, 'USD'), 'cards')", "a ÷ 8 USD, in cards"),
        (
            "count('t', kind=['a', 'b'], group=other_than('x'), date=during('2025'))",
            "rows of t where kind is a or b and group is not x and date is from 2025 to 2025",
        ),
        ("only('t', 'size', id='r1')", "size in t where id is r1"),
        (
            "count('t', kind=missing(), group=present())",
            "rows of t where kind is empty and group is filled in",
        ),
        ("count('t', group=other_than('x', 'y'))", "rows of t where group is not x or y"),
        (
            "count('t', date=during('2025-07/2025-12'))",
            "rows of t where date is from 2025-07 to 2025-12",
        ),
        ("'a' + ('b' + 'c') - ('d' + 'e')", "a + b + c − (d + e)"),
        ("('a' + 'b') * ('c' / 'd')", "(a + b) × c ÷ d"),
        ("lower('a') / ends('b' - 1.5)", "the low end of a ÷ the range of (b − 1.5)"),
        ("point('a') - unit(0.5, 'USD')", "the point of a − 0.5 USD"),
        ("counted('a' + 'b', 'cards')", "a + b, in cards"),
    ],
)
def test_a_formula_is_said_in_words(formula, said):
    assert unescape(re.sub("<[^>]+>", "", in_words(formula))) == said


def test_what_a_reader_can_follow_is_a_link():
    words = in_words("lower('a') / count('t', kind=missing())")
    assert LINK.findall(words) == ["chapters/numbers#fact-a", "tables/t#"]
    words = in_words("sum('t', 'size', id=['r1', 'r2'], kind='a')")
    assert LINK.findall(words) == ["tables/t#", "tables/t#row-r1", "tables/t#row-r2"]
    words = in_words("count('t', id=other_than('r1'))")
    assert LINK.findall(words) == ["tables/t#", "tables/t#row-r1"]
