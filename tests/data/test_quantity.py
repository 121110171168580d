"""Arithmetic that must not lose a unit, a range, a qualifier or a source."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chipbook.data.quantity import (
    Quantity,
    UnitError,
    half_a_digit,
    parse_unit,
)
from chipbook.data.words import LOWER, QUALIFIERS, STATUSES, UPPER

of = Quantity.of

numbers = st.floats(0.01, 1e6)
qualifiers = st.sampled_from(QUALIFIERS)


@st.composite
def known(draw) -> tuple[Quantity, float]:
    """A positive quantity and a true value that agrees with what it says."""
    value, qualifier = draw(numbers), draw(qualifiers)
    quantity = of(value, "ratio", qualifier, status=draw(st.sampled_from(STATUSES)))
    factor, off = draw(st.floats(1, 1000)), draw(st.floats(-1, 1)) * half_a_digit(value)
    if qualifier in LOWER:
        return quantity, value * factor
    if qualifier in UPPER:
        return quantity, value / factor
    return quantity, value + off if qualifier == "about" else value


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
def test_of_more_than_less_more_than_nothing_is_known(value, other):
    difference = of(value, "USD", "more than") - of(other, "USD", "more than")
    assert difference.bounds == (-math.inf, math.inf)
    assert str(difference) == "any amount"


# What a part with one open side leaves of a result, in words.
USD, SHARE = "USD", "percent"


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (of(100, USD) - of(30, USD, "up to"), "at least $70"),
        (of(100, USD) - of(30, USD, "less than"), "more than $70"),
        (of(100, USD) - of(30, USD, "at least"), "up to $70"),
        ((1 - of(30, SHARE, "less than")).shown(percent=True), "more than 70%"),
        ((1 - of(30, SHARE, "at least")).shown(percent=True), "up to 70%"),
        (of(5.5e9, USD) + of(7e9, USD, "up to"), "up to $12.5 billion"),
        (of(5.5e9, USD, "at least") + of(7e9, USD), "at least $12.5 billion"),
        (1 + of(50, SHARE, "up to"), "up to 1.5 times"),
        (of(100, USD) / (1 + of(50, SHARE, "up to")), "at least $66"),
        (of(20, USD, "up to", low=5, high=20), "up to $20"),
        (of(20, USD, "at least", low=20, high=90) * 3, "at least $60"),
        (of(5, USD, "more than") - of(3, USD, low=2, high=4), "at least $1"),
        (of(12, USD, "more than") * of(6, "ratio", "about"), "more than about $72"),
        (of(12, USD, "more than") * of(2, "ratio", "about"), "at least $18"),
        (of(12, USD, "up to") * of(2, "ratio", "about"), "up to $30"),
    ],
)
def test_a_word_that_holds_for_the_result_is_kept(quantity, text):
    assert str(quantity) == text


@given(numbers, numbers, st.sampled_from(LOWER + UPPER))
def test_a_word_keeps_or_turns_its_side_beside_an_exact_number(a, b, word):
    lower = word in LOWER
    open_, exact = of(a, "ratio", word), of(b)
    for made in (open_ + exact, open_ - exact, open_ * exact, open_ / exact):
        assert (made.qualifier in LOWER, made.qualifier in UPPER) == (lower, not lower)
    for made in (exact - open_, exact / open_):
        assert (made.qualifier in LOWER, made.qualifier in UPPER) == (not lower, lower)


# --- The width of a rounded number


@pytest.mark.parametrize(
    ("number", "half"),
    [
        (300_000, 50_000),
        (1_200, 50),
        (1.14, 0.005),
        (46.9, 0.05),
        (7, 0.5),
        (1, 0.05),
        (1_000, 50),
        (0.1, 0.005),
        (-35.2, 0.05),
        (0, 0),
    ],
)
def test_a_rounded_number_may_lie_half_a_unit_of_its_last_digit_away(number, half):
    assert half_a_digit(number) == pytest.approx(half)
    about = of(number, "USD", "about")
    assert about.bounds == pytest.approx((number - half, number + half))
    assert about.drawn == (number, number)


def test_a_range_of_the_source_is_the_width():
    assert of(20, "USD", "about", low=15, high=30).bounds == (15, 30)


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (of(300_000, "dies", "about"), "about 300,000 dies"),
        (of(1e6, "dies", "about") - 2 * of(3e5, "dies", "about"), "250,000 to 550,000 dies"),
        (of(1e6, "dies", "about") - of(3e5, "dies", "about"), "600,000 to 800,000 dies"),
        (of(300, "USD", "about") - of(299, "USD", "about"), "−$50 to $52"),
        (of(40, "USD") * of(60, "percent", "about"), "about $24"),
        (of(46.9, "percent", "about").shown(digits=3) * 1, "about 0.47 times"),
        ((of(1000, "USD", "about") / of(7.3, "USD")).shown(digits=4), "about 137 times"),
        ((of(2, "USD") / of(20, "USD", "about")), "0.08 to 0.134 times"),
        (of(4, "USD", low=1, high=9) * 2, "$2 to $18"),
        (of(4, "USD", low=1, high=9), "about $4"),
    ],
)
def test_what_we_compute_says_about_of_a_tenth_at_most_and_no_digit_too_many(quantity, text):
    assert str(quantity) == text


# --- Two sides that move together


@given(st.integers(1, 9999), st.sampled_from(sorted(set(QUALIFIERS) - {"exact"})))
def test_a_number_with_a_width_may_enter_once(value, word):
    x = of(value, "ratio", word, name="x")
    for work in (
        lambda: x - x,
        lambda: x / x,
        lambda: x / (x + 77),
        lambda: (2 * x) - x / 3,
        lambda: of(value, "ratio", word) * x * (1 + x),
    ):
        with pytest.raises(UnitError, match="x has a width"):
            work()
    # Without its width, or in one place, it may.
    assert (x - x.point()).value == 0
    assert (1 / (1 + 77 / x)).value == pytest.approx(value / (value + 77))


@given(numbers)
def test_an_exact_number_may_enter_twice(value):
    x = of(value, "USD", name="x")
    assert str(x - x) == "$0"
    assert str(x / x) == "1 times"


# --- Units


def test_a_product_of_units_is_printed_with_its_unit():
    assert str(of(2, "USD") * of(3, "USD")) == "6 USD²"
    assert str(of(2, "USD") * of(3, "cards")) == "6 USD·cards"
    assert str(of(2, "USD") * of(3, "USD") / of(3, "USD")) == "$2"


@given(st.sampled_from(["USD", "cards", "percent", "ratio", "CNY per USD"]), numbers, numbers)
def test_a_unit_of_a_quotient_times_its_divisor_is_the_first(unit, a, b):
    one, other = of(a, unit), of(b, "CNY per USD")
    assert (one / other * of(1, "CNY per USD")).dims == one.dims


def test_text_is_no_number():
    with pytest.raises(TypeError):
        of(2, "USD") * "3"
    with pytest.raises(TypeError):
        "3" + of(2, "USD")


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite_is_no_amount(number):
    with pytest.raises(ValueError, match="no amount"):
        of(number, "USD")
    with pytest.raises(ValueError, match="does not hold"):
        of(None, "USD", low=math.nan, high=1)


def test_on_a_plain_number_nothing_rests():
    made = of(3, "USD", status="filed") / of(2, "USD per cards") - 1 * of(1, "cards")
    assert (made.status, made.rests_on) == ("computed", "filed")


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
        (of(95, "percent") + of(10, "percent"), "105%"),
        (of(None, "percent", low=95.2, high=104.3) * of(100, "percent"), "95 to 105%"),
        (of(4800, "TPP", "at least") - of(1, "TPP"), "at least 4,799 TPP"),
        (of(5, "ratio") * 2.5, "13 times"),
        (of(None, "ratio", low=-25, high=25) * 1, "−25 to 25 times"),
        (of(1, "USD") - of(1.5, "USD"), "−$0.5"),
        (of(272_000, "chips", "about").at_most() * 1, "up to about 280,000 chips"),
        (of(40600, "chips", "at least") / of(10_000.5, "chips", "about"), "at least about 4 times"),
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
    slack = 1e-5 * value
    rough = of(value, "ratio", qualifier) * of(2000.5, "ratio", "about") / 2000.5
    for quantity in (of(value, "ratio", qualifier), rough):
        amount = quantity.shown(digits=digits).amount
        printed = float(amount.removesuffix(" times").replace(",", ""))
        if qualifier in LOWER:
            assert printed <= value + slack
        else:
            assert printed >= value - slack


@given(numbers, st.floats(1, 30), st.integers(1, 4))
def test_a_printed_range_holds_the_range(low, wider, digits):
    quantity = of(None, "ratio", low=low, high=low * wider).shown(digits=digits)
    texts = (text.removesuffix(" times").replace(",", "") for text in quantity.ends_in_words)
    least, most = map(float, texts)
    assert least <= low * (1 + 1e-5)
    assert most >= low * wider * (1 - 1e-5)


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
        assert "np." not in repr(quantity) + quantity._repr_html_()


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
    for low, high in ((-1, 1), (0, 0)):
        with pytest.raises(ZeroDivisionError):
            1 / of(None, "ratio", low=low, high=high)


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
