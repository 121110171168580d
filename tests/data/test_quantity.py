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
    unit_of,
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
        (of(100, "USD", low=50, high=101) * 1, "$50 to $101"),
        (of(100, "USD", low=99, high=150) * 1, "$99 to $150"),
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


def test_a_number_without_a_name_may_not_enter_twice_either():
    x, y = of(5, "ratio", "about"), of(5, "ratio", "about")
    with pytest.raises(UnitError, match="about 5 times has a width and may enter"):
        x - x
    assert str(x + y) == "about 10 times", "nobody knows that these are one"
    named = of(5, "USD", "up to", name="b") + of(5, "USD", "about", name="a")
    with pytest.raises(UnitError, match=r"^a, b has a width and may enter a calculation once$"):
        named - named * 2


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
    assert (of(3, "USD").status, of(3, "USD").rests_on) == ("computed", "filed")
    filed = of(3, "USD", status="reported")
    assert (filed.status, filed.rests_on) == ("reported", "reported")


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


@pytest.mark.parametrize(
    ("unit", "scale", "dims"),
    [
        ("", 1, ()),
        ("ratio", 1, ()),
        ("percent", 0.01, ()),
        ("billion USD", 1e9, (("USD", 1),)),
        ("billion CNY per million users", 1e3, (("CNY", 1), ("user", -1))),
        ("CNY per thousand tokens per day", 1e-3, (("CNY", 1), ("day", -1), ("token", -1))),
        ("USD/cards", 1, (("USD", 1), ("card", -1))),
        ("USD per USD", 1, ()),
    ],
)
def test_a_unit_has_a_scale_and_dimensions(unit, scale, dims):
    assert parse_unit(unit) == (pytest.approx(scale), dims)


def test_an_unknown_unit_is_named_with_all_it_stands_in():
    with pytest.raises(UnitError, match=r"^unknown unit 'parsecs' in 'USD per parsecs'$"):
        parse_unit("USD per parsecs")


@pytest.mark.parametrize(
    ("dims", "unit"),
    [
        ((), ""),
        ((("card", 1),), "cards"),
        ((("CNY", 1), ("USD", -1)), "CNY per USD"),
        ((("USD", 2), ("card", 1)), "USD²·cards"),
        ((("USD", -2), ("day", -1)), "per USD² per day"),
    ],
)
def test_dimensions_have_a_unit(dims, unit):
    assert unit_of(dims) == unit


def test_a_number_is_rounded_as_it_is_printed():
    assert of(12.345, "percent").shown(digits=3).rounded == 12.3
    assert of(0.25, "ratio").shown(digits=1, percent=True).rounded == 30
    assert of(-1250, "USD").shown(digits=2).rounded == -1300
    assert of(12_345.5, "USD").rounded == 12_345.5
    with pytest.raises(UnitError, match="is a range and has no point"):
        assert of(None, "USD", low=1, high=2).rounded


def test_what_is_drawn_is_what_the_words_have():
    dies = of(300_000, "dies", "about")
    assert dies.range("dies") == (250_000, 350_000)
    assert dies.range("dies", drawn=True) == dies.drawn == (300_000, 300_000)
    twice = dies * of(2, "ratio", "about")
    assert twice.drawn == twice.bounds, "beyond about, the range is printed and drawn"
    assert of(12, "billion USD", "more than").range("billion USD", drawn=True) == (12, math.inf)
    assert of(None, "million users", low=1, high=2).drawn == (1e6, 2e6)
    assert Quantity(3, 1, 4).drawn == (1, 4), "where nothing else was said"


@pytest.mark.parametrize(
    ("made", "low", "high", "word"),
    [
        (of(None, USD, "about", low=10, high=30), 10, 30, "about"),
        (of(None, USD, "about", low=10, high=30) * 2, 20, 60, "about"),
        (of(None, USD, low=10, high=30) * of(2, "ratio", "about"), 15, 75, ""),
        (of(None, USD, low=10, high=30) * of(2), 20, 60, ""),
        (of(12, USD, "about").ends(), 11.5, 12.5, "about"),
        (of(12, USD, "about").lower(), 11.5, 11.5, ""),
        (of(12, USD, "about").upper(), 12.5, 12.5, ""),
        (of(12, USD, "about").point(), 12, 12, "about"),
        (of(None, USD, "about", low=10, high=30).upper(), 30, 30, "about"),
        (of(12, USD, "more than").point(), 12, 12, ""),
        (of(12, USD).at_most(), 0, 12, "up to"),
        (of(12, USD, "about") * 1, 11.5, 12.5, "about"),
        (of(12, USD, low=11, high=13) * 1, 11, 13, "about"),
        (of(-12, USD, "up to"), -math.inf, -12, "up to"),
        (of(0, USD, "up to"), 0, 0, ""),
    ],
)
def test_bounds_and_word_of_what_is_made(made, low, high, word):
    assert made.bounds == pytest.approx((low, high))
    assert made.qualifier == word


def test_what_is_taken_as_a_point_has_no_width():
    x = of(12, USD, "about", name="x")
    for made in (x.point(), x.lower(), x.upper()):
        assert (x + made).value == pytest.approx(12 + made.value)
        assert made.inputs == ("x",)
    exact = of(5, USD)
    assert str(exact - exact) == "$0", "itself, without a name"
    for made in (x.ends(), x.at_most()):
        with pytest.raises(UnitError, match="x has a width"):
            x + made
    with pytest.raises(UnitError, match="is a range and has no point"):
        of(None, USD, low=1, high=2).point()
    with pytest.raises(UnitError, match="is a range and has no point"):
        of(None, USD, low=1, high=2).at_most()


def test_a_pure_number_counts_something():
    cards = (of(10, USD) / of(4, USD)).counted("cards")
    assert str(cards) == "2.5 cards"
    assert str(of(50, SHARE).counted("cards")) == "0.5 cards", "no percent of a card"
    with pytest.raises(UnitError, match=r"^\$2 has a unit already$"):
        of(2, USD).counted("cards")


def test_a_percentage_stays_one_where_both_sides_are():
    half, tenth = of(50, SHARE), of(10, SHARE)
    assert [str(q) for q in (half + tenth, half - tenth, half * tenth)] == ["60%", "40%", "5%"]
    assert str(half / tenth) == "5 times"
    assert str(half * 2) == str(2 * half) == "1 times"
    assert str(half.shown(percent=False)) == "0.5 times"
    assert str((half / 3).shown(digits=3)) == "0.167 times"
    assert str((half / 3).shown(percent=True)) == "17%", "two digits, as what we compute"


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (of(1e18, "operations"), "10^18 operations"),
        (of(-1e18, "operations"), "−10^18 operations"),
        (of(-2.5e-11, "ratio") * 1e30, "−2.5 × 10^19 times"),
        (of(9.99e17, "operations"), "999,000,000,000,000,000 operations"),
        (of(1, "people"), "1 person"),
        (of(1, "ratio"), "1 times"),
        (of(1, "million users"), "1 million users"),
        (of(999_999, "USD"), "$999,999"),
        (of(999_960, "USD") * 1, "$1 million"),
        (of(0.1, "USD") + of(0.2, "USD"), "$0.3"),
        (of(12.3, "USD") + of(0.04, "USD"), "$12.34"),
        (of(1234.5, "USD") + of(0.04, "USD"), "$1,235"),
        (of(2, "USD") - of(2, "USD"), "$0"),
        (of(2, "USD") / 3 + of(1, "USD"), "$1.67"),
        (of(-3, "ratio") * of(2, "ratio"), "−6 times"),
        (of(-2, "USD", "at least"), "at least −$2"),
        (of(3, "cards per day"), "3 cards a day"),
        (of(None, "USD", low=0, high=5), "$0 to $5"),
        (of(None, "percent", low=20, high=30) * 1, "0.2 to 0.3 times"),
    ],
)
def test_more_numbers_are_written_for_people(quantity, text):
    assert str(quantity) == text


@pytest.mark.parametrize(
    ("quantity", "ends"),
    [
        (of(12, USD, "more than"), ("$12", "no limit")),
        (of(12, USD) - of(5, USD, "at least"), ("no limit", "$7")),
        (of(None, "percent", low=95.2, high=104.3).shown(digits=2), ("95%", "105%")),
        (of(None, "percent", low=12.34, high=45.67).shown(digits=2), ("12%", "46%")),
        (of(None, USD, low=0, high=12.34).shown(digits=2), ("$0", "$13")),
    ],
)
def test_the_ends_of_a_range_are_rounded_outwards(quantity, ends):
    assert quantity.ends_in_words == ends


def test_a_unit_that_differs_is_told_with_both_sides_and_the_way_out():
    with pytest.raises(UnitError) as told:
        of(2, USD) + of(3, "CNY")
    assert str(told.value) == (
        "cannot combine $2 with 3 yuan: the units differ. Divide by a dated rate first."
    )
    with pytest.raises(
        UnitError, match=r"^cannot combine 2 chips with 3 users: the units differ.$"
    ):
        of(2, "chips") + of(3, "users")
    with pytest.raises(UnitError, match=r"^\$2 is not in 'CNY'$"):
        of(2, USD).to("CNY")
    with pytest.raises(UnitError, match=r"^\$1 to \$2 is a range: use .range\('USD'\)$"):
        of(None, USD, low=1, high=2).to(USD)
    with pytest.raises(ZeroDivisionError, match=r"^0 times may be zero: cannot divide by it$"):
        1 / of(0)


def test_a_sum_starts_from_a_plain_zero():
    assert str(sum([of(1, USD), of(2, USD)])) == "$3"
    with pytest.raises(UnitError):
        1 + of(1, USD)


def test_a_quantity_says_in_a_notebook_what_it_rests_on():
    made = of(3, USD, status="estimated", name="x") * 2
    assert repr(made) == "<$6 · computed>"
    html = "<strong>$6</strong> <small>(computed, rests on estimated figures)</small>"
    assert made._repr_html_() == html
    filed = of(3, USD, status="filed")
    assert filed._repr_html_() == "<strong>$3</strong> <small>(filed)</small>"


def test_an_inverse_keeps_or_turns_the_side_of_zero():
    assert (1 / of(None, "ratio", low=0, high=4)).bounds == (0.25, math.inf)
    assert (1 / of(None, "ratio", low=-4, high=0)).bounds == (-math.inf, -0.25)
    assert (1 / of(4, "ratio", "at least")).bounds == (0, 0.25)
    assert (1 / of(None, "ratio", low=2, high=4)).value is None
