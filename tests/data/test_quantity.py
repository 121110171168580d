"""Arithmetic that must not lose a unit, a range, a qualifier or a source."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chipbook.data.quantity import Quantity, UnitError, parse_unit
from chipbook.data.words import LOWER, QUALIFIERS, STATUSES, UPPER

of = Quantity.of

numbers = st.floats(0.01, 1e6)
qualifiers = st.sampled_from(QUALIFIERS)


@st.composite
def known(draw) -> tuple[Quantity, float]:
    """A positive quantity and a true value that agrees with what it says."""
    value, qualifier = draw(numbers), draw(qualifiers)
    quantity = of(value, "ratio", qualifier, status=draw(st.sampled_from(STATUSES)))
    factor = draw(st.floats(1, 1000))
    truth = {True: value * factor, False: value}[qualifier in LOWER]
    return quantity, value / factor if qualifier in UPPER else truth


def holds(quantity: Quantity, truth: float) -> bool:
    slack = 1e-9 * max(1.0, abs(truth))
    return quantity.low - slack <= truth <= quantity.high + slack


@given(known(), known())
def test_what_is_true_of_the_parts_is_true_of_the_result(a, b):
    (qa, ta), (qb, tb) = a, b
    assert holds(qa + qb, ta + tb)
    assert holds(qa - qb, ta - tb)
    assert holds(qa * qb, ta * tb)
    assert holds(qa / qb, ta / tb)


@given(known(), known())
def test_the_point_lies_within_the_bounds(a, b):
    for result in (a[0] + b[0], a[0] - b[0], a[0] * b[0], a[0] / b[0]):
        assert result.low <= result.value <= result.high


@given(numbers, numbers)
def test_more_than_survives_a_positive_factor(value, factor):
    assert (of(value, "USD", "more than") * factor).qualifier == "more than"
    assert (factor * of(value, "USD", "at least")).qualifier == "at least"


@given(numbers, numbers)
def test_a_qualifier_turns_round_in_a_denominator(value, other):
    assert (other / of(value, "ratio", "more than")).qualifier == "less than"
    assert (other / of(value, "ratio", "at least")).qualifier == "up to"
    assert (other / of(value, "ratio", "less than")).qualifier == "more than"
    assert (other / of(value, "ratio", "up to")).qualifier == "at least"


@given(numbers, numbers)
def test_more_than_less_something_open_says_only_about(value, other):
    difference = of(value, "USD", "more than") - of(other, "USD", "more than")
    assert difference.qualifier == "about"
    assert difference.bounds == (-math.inf, math.inf)


@given(known(), known())
def test_status_sources_and_inputs_come_along(a, b):
    qa = of(1, "USD", status="filed", sources=("s1", "s2"), name="fact-a")
    qb = of(2, "USD", status="estimated", sources=("s2", "s3"), name="fact-b")
    for result in (qa + qb, qa - qb, qa * qb, qa / qb):
        assert result.status == "computed"
        assert result.rests_on == "estimated"
        assert result.sources == ("s1", "s2", "s3")
        assert result.inputs == ("fact-a", "fact-b")
    weaker = max(a[0].rests_on, b[0].rests_on, key=STATUSES.index)
    assert (a[0] * b[0]).rests_on == weaker


def test_dollars_and_yuan_meet_only_through_a_dated_rate():
    dollars, yuan = of(5.5, "billion USD"), of(40, "billion CNY")
    with pytest.raises(UnitError, match="dated rate"):
        dollars + yuan
    with pytest.raises(UnitError, match="dated rate"):
        dollars - yuan
    rate = of(8, "CNY per USD")
    assert (dollars + yuan / rate).to("billion USD") == pytest.approx(10.5)


def test_the_formula_says_how_a_number_was_made():
    a, b, c = (of(2, "ratio", name=name) for name in "abc")
    assert (a * b).formula == "a × b"
    assert ((a + b) * c).formula == "(a + b) × c"
    assert (a * b / c).formula == "(a × b) ÷ c"
    assert (a / (b * c)).formula == "a ÷ (b × c)"
    assert (a - b).formula == "a − b"


def test_a_formula_is_correct_python_when_read_back():
    values = {"a": 7.0, "b": 3.0, "c": 2.0, "d": 5.0}
    a, b, c, d = (of(value, "ratio", name=name) for name, value in values.items())
    for made in (a - (b - c), a / (b / c), a * (b + c) / d, (a - b) - (c - d), a - (b + c) * d):
        code = made.formula.replace("×", "*").replace("÷", "/").replace("−", "-")
        assert eval(code, {}, dict(values)) == pytest.approx(made.value)


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (of(12, "billion USD", "more than"), "more than $12 billion"),
        (of(40, "billion CNY"), "40 billion yuan"),
        (of(60, "percent", "about"), "about 60%"),
        (of(60, "million users", "nearly"), "nearly 60 million users"),
        (of(20.64, "billion USD"), "$20.64 billion"),
        (of(5760, "million CNY"), "5.76 billion yuan"),
        (of(120000, "CNY"), "120,000 yuan"),
        (of(230000, "units", "about"), "about 230,000 units"),
        (of(7.2712, "CNY per USD"), "7.2712 yuan per USD"),
        (of(120, "trillion tokens per day", "more than"), "more than 120 trillion tokens a day"),
        (of(0.0008, "CNY per thousand tokens"), "0.8 yuan per million tokens"),
        (of(2, "people"), "2 people"),
        (of(1e26, "operations", "at least", low=1e26), "at least 10^26 operations"),
        (of(2.5e20, "operations"), "2.5 × 10^20 operations"),
        (of(814, "mm2"), "814 mm²"),
        (of(485, "billion BRL", "up to"), "up to 485 billion reais"),
        (of(36, "entities"), "36 entities"),
        (of(None, "percent", low=20, high=30), "20 to 30%"),
        (of(None, "USD", low=10000, high=15000), "$10,000 to $15,000"),
        (of(None, "billion CNY", low=1, high=2), "1 to 2 billion yuan"),
        (of(40, "billion CNY") * of(60, "percent", "about"), "about 24 billion yuan"),
        (
            of(12, "billion USD", "more than") * of(60, "percent", "about"),
            "more than about $7.2 billion",
        ),
        (of(-35.2, "percent"), "−35.2%"),
        (of(999.96, "million USD") * 1, "$1 billion"),
        (of(2 / 3, "ratio").shown(digits=3), "0.667 times"),
        (of(1, "ratio") / of(3, "ratio"), "0.33 times"),
        ((of(1, "ratio") / of(3, "ratio")).shown(percent=True), "33%"),
    ],
)
def test_numbers_are_written_for_people(quantity, text):
    assert str(quantity) == text
    assert f"{quantity}" == text


def test_a_sentence_may_have_the_qualifier_or_the_noun_in_its_own_words():
    users = of(75.23, "million users", "more than")
    assert f"{users:amount}" == "75.23 million users"
    assert f"{users:number}" == "more than 75.23 million"
    assert f"{users:cap}" == "More than 75.23 million users"
    assert f"{of(3, 'reports'):number}" == "3"
    assert f"{of(12, 'billion USD'):number}" == "$12 billion"
    assert f"{of(None, 'ratio', low=0.67, high=0.98):number}" == "0.67 to 0.98"
    assert f"{of(None, 'million users', low=1, high=2):number}" == "1 to 2 million"
    assert f"{of(60, 'percent'):number}" == "60%"
    with pytest.raises(ValueError, match="unknown form"):
        f"{users:.2f}"


@given(numbers, st.sampled_from(LOWER + UPPER), st.integers(1, 4))
def test_a_printed_bound_never_says_more_than_is_known(value, qualifier, digits):
    quantity = of(value, "ratio", qualifier).shown(digits=digits)
    printed = float(quantity.number.replace(",", ""))
    slack = 1e-5 * value
    if qualifier in LOWER:
        assert printed <= value + slack
    else:
        assert printed >= value - slack


def test_a_bound_is_rounded_outwards():
    assert str((of(20.64, "ratio", "more than") / 378.57).shown(percent=True)) == "more than 5.4%"
    assert str(of(2.513, "ratio", "less than") * 1) == "less than 2.6 times"
    assert str(of(30, "ratio", "less than") / 100) == "less than 0.3 times"


@given(st.sampled_from([np.float64, np.float32, np.int64]), st.integers(1, 1000))
def test_numpy_scalars_never_reach_the_text(kind, number):
    for quantity in (
        of(kind(number), "USD", name="x"),
        kind(number) * of(2, "USD", name="x"),
        of(2, "USD", name="x") * kind(number),
    ):
        assert isinstance(quantity, Quantity)
        assert type(quantity.value) is float
        assert "np." not in repr(quantity) + quantity._repr_html_() + quantity.formula


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, "dollars"), "unknown unit"),
        ((1, "USD", "roughly"), "qualifier"),
        ((None, "USD"), "needs a value"),
    ],
)
def test_what_the_vocabulary_lacks_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        of(*arguments)


def test_bounds_must_hold_the_value():
    with pytest.raises(ValueError, match="does not hold"):
        of(5, "USD", low=6, high=7)
    with pytest.raises(ValueError, match="status"):
        of(5, "USD", status="denied")


def test_division_by_what_may_be_zero_is_refused():
    with pytest.raises(ZeroDivisionError):
        1 / of(0, "ratio")
    with pytest.raises(ZeroDivisionError):
        1 / of(0.5, "ratio", low=-1, high=1)


def test_plain_floats_come_out_only_by_asking():
    amount = of(12.3, "billion USD")
    with pytest.raises(TypeError):
        float(amount)
    assert amount.to("million USD") == pytest.approx(12300)
    with pytest.raises(UnitError):
        amount.to("billion CNY")
    with pytest.raises(UnitError, match="range"):
        of(None, "USD", low=1, high=2).to("USD")
    assert of(None, "USD", low=1, high=2).range("USD") == (1, 2)


@given(numbers, st.sampled_from(["billion USD", "percent", "chips", "CNY per USD"]))
def test_a_unit_survives_the_round_trip(value, unit):
    assert of(value, unit).to(unit) == pytest.approx(value)
    assume(unit != "percent")
    assert parse_unit(unit)[1] == of(value, unit).dims
