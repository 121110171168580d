"""A number that keeps its unit, its range, its qualifier and its sources through arithmetic.

A reported number is rarely a point. "More than 12" is the interval from 12 upwards; "nearly 60"
is the interval up to 60; a source may print a range; "about 300,000" may lie half a unit of its
last digit away (:func:`half_a_digit`). A :class:`Quantity` therefore carries a point *and* bounds,
and arithmetic is interval arithmetic: multiply "more than 12" by 2 and it is "more than 24"; divide
by it and it turns into "less than". A word that holds for the result is never lost on the way.

What we compute says "about" of a tenth either way at most. Beyond that it prints its range.

Interval arithmetic knows nothing of two sides that move together, so a number with a width may
enter a calculation once: x − x is refused. Dollars plus yuan is an error too. To convert, divide by
a dated rate: a fact in "CNY per USD".
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import wraps
from numbers import Real
from operator import add, mul, sub
from typing import Any, Self

from chipbook.data.settings import settings
from chipbook.data.words import LOWER, QUALIFIERS, STATUSES, UPPER

Dims = tuple[tuple[str, int], ...]
Ends = tuple[float, float]
Rounding = Callable[[float], float]

# How a number may be asked for in a sentence: see Quantity.__format__.
FORMS = ("", "cap", "amount", "number")

_SET = settings(__file__)
_BASE = {f"{noun}s": noun for noun in _SET["counted"]} | _SET["plurals"]
_BASE |= {unit: unit for unit in _SET["plain"]}
_WORDS = {base: word for word, base in reversed(_BASE.items())}
"""Dimension → the word for it, in the plural where it is counted."""

_POWER = 1e18
"""From here on a number is printed as a power of ten, as nobody counts its zeros."""

_ABOUT = 0.1
"""How far either way, over the point, a reader takes "about" for: our convention."""

_SUM_DIGITS = 4
"""A sum is printed in full up to so many digits; a product, which seems exact, to two."""


class UnitError(ValueError):
    """Two quantities do not go together, or a unit is not in the vocabulary."""


def parse_unit(unit: str) -> tuple[float, Dims]:
    """Scale and dimensions of a unit of the data package, such as ``billion CNY``.

    ``parse_unit("CNY per USD")`` is ``(1.0, (("CNY", 1), ("USD", -1)))``. Raises
    :class:`UnitError` for a word that the vocabulary does not know.
    """
    scale, dims = 1.0, Counter[str]()
    for position, part in enumerate(unit.replace("/", " per ").split(" per ")):
        sign = 1 if position == 0 else -1
        for word in (name for w in part.split() for name in _SET["multiples"].get(w, (w,))):
            if word in _SET["scale"]:
                scale *= _SET["scale"][word] ** sign
            elif word in _BASE:
                dims[_BASE[word]] += sign
            else:
                raise UnitError(f"unknown unit {word!r} in {unit!r}")
    return scale, _dims(dims)


def unit_of(dims: Dims) -> str:
    """The unit with ``dims``, before any scale: ``cards``, ``CNY per USD``, or nothing."""
    top = "·".join(_WORDS[name] + _raised(power) for name, power in dims if power > 0)
    below = "".join(f" per {name}{_raised(-power)}" for name, power in dims if power < 0)
    return f"{top}{below}".strip()


def _raised(power: int) -> str:
    return "" if power == 1 else str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


def half_a_digit(number: float) -> float:
    """Half a unit of the last digit that ``number`` was printed with: how far "about" may lie off.

    Zeros at the end count as rounded away: 300,000 gives 50,000, 1,200 gives 50 and 1.14 gives
    0.005. After a lone 1 the first of them counts, as nobody would say 1,000 for 1,400: 1,000
    gives 50. Zero gives nothing.
    """
    _, digits, exponent = Decimal(repr(float(number))).normalize().as_tuple()
    return 0.5 * 10.0 ** (int(exponent) - (digits == (1,))) if number else 0.0


def _dims(powers: dict[str, int]) -> Dims:
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def _over(of: Callable[[float, float], float], a: Ends, b: Ends) -> Ends:
    """The ends of what two ranges come to: they lie where ends of both meet."""
    # A bound of zero times an open bound is zero: the factor really may be zero.
    met = [0.0 if math.isnan(made := of(x, y)) else made for x in a for y in b]
    return min(met), max(met)


def _one_over(ends: Ends) -> Ends:
    beyond = -math.inf if ends[1] == 0 else math.inf
    at = [beyond if bound == 0 else 1 / bound for bound in ends]
    return min(at), max(at)


def _operator(work: Callable[[Quantity, Quantity], Quantity]) -> Callable[[Quantity, Any], Any]:
    """An operator that takes a plain number for the other side too, and leaves all else to it."""

    @wraps(work)
    def operate(self: Quantity, other: Any) -> Any:
        if isinstance(other, Real):
            other = Quantity.of(float(other))
        return work(self, other) if isinstance(other, Quantity) else NotImplemented

    return operate


@dataclass(frozen=True)
class Quantity:
    """A point, its bounds and where they come from. Make one with :meth:`of`.

    ``value``, ``low`` and ``high`` are in base units (dollars, not billions); ``value`` is None
    where a source gives only a range, and a bound is infinite where the side is open.
    ``rough`` says that the point is "about" itself, and ``said`` are the bounds without what that
    allows for. ``status`` is the footing of this number, ``rests_on`` the weakest footing of its
    parts. ``inputs`` are ids of facts, ``loose`` those numbers among its parts that have a width.
    """

    value: float | None
    low: float
    high: float
    dims: Dims = ()
    said: Ends | None = None
    rough: bool = False
    word: str | None = None
    percent: bool = False
    digits: int | None = None
    status: str = "computed"
    rests_on: str = "filed"
    sources: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    loose: frozenset[str] = frozenset()

    # NumPy must hand its scalars to our operators, or np.float64(2) * q becomes an array.
    __array_ufunc__ = None

    @classmethod
    def of(
        cls,
        value: float | None,
        unit: str = "ratio",
        qualifier: str = "exact",
        *,
        low: float | None = None,
        high: float | None = None,
        status: str = "",
        sources: tuple[str, ...] = (),
        name: str = "",
    ) -> Quantity:
        """A quantity as a row of the data package states it.

        ``value``, ``low`` and ``high`` are in ``unit``, the row's own; ``sources`` are ids of
        pages, ``name`` is the id of the fact. A plain number of a calculation has no ``status``:
        it is no figure, so nothing rests on it. Raises ``ValueError`` for a ``qualifier`` or a
        ``status`` outside the vocabulary, for a value that is not finite, for bounds that do not
        hold the value, and where there is neither a value nor a full range; :class:`UnitError` for
        an unknown unit.
        """
        if qualifier not in QUALIFIERS:
            raise ValueError(f"{name}: qualifier {qualifier!r} is not one of {QUALIFIERS}")
        if status and status not in STATUSES:
            raise ValueError(f"{name}: status {status!r} is not one of {STATUSES}")
        scale, dims = parse_unit(unit)
        point, lower, upper = (
            None if end is None else float(end) * scale for end in (value, low, high)
        )
        if point is not None and not math.isfinite(point):
            raise ValueError(f"{name}: {value} is no amount")
        rounded = 0.0
        if value is not None and qualifier == "about" and low is high is None:
            rounded = half_a_digit(value) * scale
        if point is not None and lower is None:
            lower = point if qualifier not in UPPER else 0.0 if point >= 0 else -math.inf
        if point is not None and upper is None:
            upper = math.inf if qualifier in LOWER else point
        if lower is None or upper is None:
            raise ValueError(f"{name}: needs a value, or both low and high")
        if not (lower <= upper if point is None else lower <= point <= upper):
            raise ValueError(f"{name}: {low} ≤ {value} ≤ {high} does not hold")
        return cls(
            point,
            lower - rounded,
            upper + rounded,
            dims,
            said=(lower, upper),
            rough=qualifier == "about",
            word=qualifier if qualifier in LOWER + UPPER else None,
            percent=unit == "percent",
            status=status or "computed",
            rests_on=status or STATUSES[0],
            sources=tuple(sources),
            inputs=(name,) if name else (),
            loose=frozenset([name] if name and lower - rounded < upper + rounded else ()),
        )

    @property
    def bounds(self) -> Ends:
        """Lowest and highest value in base units; infinite where a side is open."""
        return self.low, self.high

    @property
    def drawn(self) -> Ends:
        """The bounds as the words have them, to draw: "about" is a point, unless a range stands."""
        return self.bounds if self._spread or not self.said else self.said

    @property
    def _side(self) -> str:
        """The word of a number that is a bound of itself ("" for any other)."""
        low, high = self.said or self.bounds
        if self.value is None or low == high:
            return ""
        if self.value == low and (self.word in LOWER or math.isinf(high)):
            return self.word if self.word in LOWER else "more than"
        return self.word if self.value == high and self.word in UPPER else ""

    @property
    def _slack(self) -> float:
        """How far from the point the number may lie, on the side that its word says nothing of."""
        below, above = self._known() - self.low, self.high - self._known()
        return below if self._side in LOWER else above if self._side else max(below, above)

    @property
    def _spread(self) -> bool:
        """Whether the bounds are printed: of a range, and of what we compute beyond "about"."""
        if self.value is None:
            return True
        return self.digits is not None and self._slack > _ABOUT * abs(self.value) * (1 + 1e-9)

    @property
    def _known_ends(self) -> tuple[float | None, float | None]:
        """Both bounds, None where a side is open; the zero under a number says that it is."""
        open_below = math.isinf(self.low) or (self.low == 0 and self.value is not None)
        open_below = open_below or self._side in UPPER
        open_above = math.isinf(self.high) or self._side in LOWER
        return None if open_below else self.low, None if open_above else self.high

    @property
    def qualifier(self) -> str:
        """The word that belongs to the number as it is printed ("" where it is exact)."""
        if self.value is None:
            return "about" if self.rough else ""
        if self._spread:
            low, high = self._known_ends
            one_sided = (low is None) != (high is None)
            return ("at least" if high is None else "up to") if one_sided else ""
        if side := self._side:
            return f"{side} about" if self.rough else side
        low, high = self.said or self.bounds
        return "about" if self.rough or low != high else ""

    def _result(self, other: Quantity, of: Callable[[float, float], float], dims: Dims) -> Quantity:
        shared = self.loose & other.loose
        if shared or (self is other and self.low < self.high):
            twice = ", ".join(sorted(shared)) or str(self)
            raise UnitError(f"{twice} has a width and may enter a calculation once")
        value = None
        if self.value is not None and other.value is not None:
            value = of(self.value, other.value)
        said = _holding(value, _over(of, self.said or self.bounds, other.said or other.bounds))
        low, high = _holding(value, _over(of, self.bounds, other.bounds))
        return Quantity(
            value,
            min(low, said[0]),
            max(high, said[1]),
            dims,
            said=said,
            # The ends of a range have what a rounded part allows for.
            rough=any(q.rough and (value is not None or q.value is None) for q in (self, other)),
            word=self._word_with(other, value, said),
            percent=self.percent and other.percent,
            digits=2,
            rests_on=max(self.rests_on, other.rests_on, key=STATUSES.index),
            sources=tuple(dict.fromkeys(self.sources + other.sources)),
            inputs=tuple(dict.fromkeys(self.inputs + other.inputs)),
            loose=self.loose | other.loose,
        )

    def _word_with(self, other: Quantity, value: float | None, said: Ends) -> str | None:
        """The word of a result: that of a bound where its point is one, if a part has a word."""
        words = {q.word for q in (self, other) if q.word}
        if not words or value not in said or said[0] == said[1]:
            return None
        soft, hard = ("at least", "up to"), ("more than", "less than")
        return (soft if words.issubset(soft) else hard)[said.index(value)]

    def _sum(self, other: Quantity, of: Callable[[float, float], float]) -> Quantity:
        """A sum or a difference, to the last digit that its parts are printed with."""
        if self.dims != other.dims:
            names = {name for name, _ in self.dims + other.dims}
            hint = " Divide by a dated rate first." if {"USD", "CNY"} & names else ""
            raise UnitError(f"cannot combine {self} with {other}: the units differ.{hint}")
        made = self._result(other, of, self.dims)
        if not made.value:
            return made
        last = int(max(_last_place(made.value), self._rounded_at, other._rounded_at))
        digits = _magnitude(made.value) - last + 1
        return replace(made, digits=min(max(2, digits), _SUM_DIGITS))

    __add__ = _operator(lambda self, other: self._sum(other, add))

    def __radd__(self, other: object) -> Quantity:
        # So that sum() works: it starts from a plain zero, which has no unit.
        return self if other == 0 else self + other

    __sub__ = _operator(lambda self, other: self._sum(other, sub))
    __rsub__ = _operator(lambda self, other: other - self)

    @property
    def _rounded_at(self) -> float:
        """Place of the last digit that is printed (−2 for hundredths), if that rounds the point."""
        if not self.value or self.digits is None:
            return -math.inf
        place = _magnitude(self.value) + 1 - self.digits
        return place if _last_place(self.value) < place else -math.inf

    @_operator
    def __mul__(self, other: Quantity) -> Quantity:
        powers = Counter(dict(self.dims))
        powers.update(dict(other.dims))
        return self._result(other, mul, _dims(powers))

    __rmul__ = __mul__

    def _inverse(self) -> Quantity:
        if self.value == 0 or self.low < 0 < self.high or self.low == self.high == 0:
            raise ZeroDivisionError(f"{self} may be zero: cannot divide by it")
        low, high = _one_over(self.bounds)
        return replace(
            self,
            value=None if self.value is None else 1 / self.value,
            low=low,
            high=high,
            said=_one_over(self.said or self.bounds),
            dims=tuple((name, -power) for name, power in self.dims),
            word={"at least": "up to", "up to": "at least"}.get(self.word or "", self.word),
        )

    @_operator
    def __truediv__(self, other: Quantity) -> Quantity:
        return replace(self * other._inverse(), percent=False)

    __rtruediv__ = _operator(lambda self, other: other / self)

    def to(self, unit: str) -> float:
        """The point as a plain float in ``unit``: asking for it is how the evidence is left behind.

        Raises :class:`UnitError` where the units do not fit or where there is only a range.
        """
        if self.value is None:
            raise UnitError(f"{self} is a range: use .range({unit!r})")
        return self.value / self._scale(unit)

    def range(self, unit: str, *, drawn: bool = False) -> Ends:
        """Both bounds as plain floats in ``unit``, or those ``drawn``; infinite on an open side."""
        scale = self._scale(unit)
        low, high = self.drawn if drawn else self.bounds
        return low / scale, high / scale

    def _scale(self, unit: str) -> float:
        scale, dims = parse_unit(unit)
        if dims != self.dims:
            raise UnitError(f"{self} is not in {unit!r}")
        return scale

    def shown(self, *, digits: int | None = None, percent: bool | None = None) -> Self:
        """The same quantity, printed with ``digits`` significant digits, or in ``percent``."""
        return replace(
            self,
            digits=self.digits if digits is None else digits,
            percent=self.percent if percent is None else percent,
        )

    def point(self) -> Self:
        """The point alone, without its range: for ratios where both sides have the same bias."""
        return replace(self._at(self._known()), rough=self.rough)

    def lower(self) -> Self:
        """The lower bound as a point."""
        return self._at(self.low)

    def upper(self) -> Self:
        """The upper bound as a point."""
        return self._at(self.high)

    def _at(self, value: float) -> Self:
        made = replace(self, value=value, low=value, high=value, said=(value, value))
        rough = self.rough and self.value is None
        return replace(made, rough=rough, word=None, loose=frozenset())

    def at_most(self) -> Self:
        """The same point as an upper bound, where what was counted contains too much."""
        self._known()
        _, high = self.said or self.bounds
        return replace(self, low=0.0, said=(0.0, high), word="up to")

    def ends(self) -> Self:
        """The range alone, where the point in it counts for nothing."""
        return replace(self, value=None)

    def _known(self) -> float:
        if self.value is None:
            raise UnitError(f"{self} is a range and has no point")
        return self.value

    def counted(self, unit: str) -> Self:
        """A pure number as a count in ``unit``, as in money ÷ price of a card = cards."""
        if self.dims:
            raise UnitError(f"{self} has a unit already")
        return replace(self, dims=parse_unit(unit)[1], percent=False)

    @property
    def amount(self) -> str:
        """The number for people, without its qualifier: ``$12 billion``, ``60%``."""
        if not self._spread:
            side = self._side
            rounding = math.floor if side in LOWER else math.ceil if side else _half_up
            return _people(self._known(), replace(self, digits=self._honest), rounding)
        low, high = self._known_ends
        words = self.ends_in_words
        if low is None or high is None:
            return words[high is not None] if low is not high else "any amount"
        return f"{_common_unit_dropped(*words)} to {words[1]}"

    @property
    def _honest(self) -> int | None:
        """How many digits to print: those that a rounding leaves known, and the first in doubt."""
        slack = self._slack
        if not self.digits or not self.value or not 0 < slack < math.inf:
            return self.digits
        return max(1, min(self.digits, _magnitude(self.value) - _magnitude(slack) + 1))

    @property
    def ends_in_words(self) -> tuple[str, str]:
        """Both bounds for people, rounded outwards; ``no limit`` for an open one."""
        low, high = (_magnitude(end) if end and math.isfinite(end) else None for end in self.bounds)
        # Both ends to one place: 95 to 105%, not 95 to 110%.
        apart = 0 if low is None or high is None else high - low
        finer = [self.digits and self.digits + (apart == step) for step in (-1, 1)]
        return (
            _people(self.low, replace(self, digits=finer[0]), math.floor),
            _people(self.high, replace(self, digits=finer[1]), math.ceil),
        )

    @property
    def number(self) -> str:
        """The amount without the noun it counts: ``75 million`` of ``75 million users``."""
        return re.sub(r"(.*\d%?( (million|billion|trillion)\b)?).*", r"\1", self.amount)

    @property
    def rounded(self) -> float:
        """The point as it is printed, in percent or else in base units.

        Raises :class:`UnitError` where there is only a range.
        """
        text = _digits(self._known() * (100 if self.percent else 1), self, _half_up)
        return float(text.replace(",", "").replace("−", "-"))

    def __str__(self) -> str:
        return format(self)

    def __format__(self, spec: str) -> str:
        """``{q}`` is whole; ``{q:amount}`` without its qualifier, ``{q:number}`` without its noun.

        For sentences that have the qualifier or the noun in their own words. ``{q:cap}`` begins
        with a capital. Raises ``ValueError`` for any other form.
        """
        if spec not in FORMS:
            raise ValueError(f"unknown form {spec!r} of a quantity: one of {', '.join(FORMS[1:])}")
        text = self.number if spec == "number" else self.amount
        if self.qualifier and spec != "amount":
            text = f"{self.qualifier} {text}"
        return text[:1].upper() + text[1:] if spec == "cap" else text

    def __repr__(self) -> str:
        return f"<{self} · {self.status}>"

    def _repr_html_(self) -> str:
        rests = f", rests on {self.rests_on} figures" if self.status == "computed" else ""
        return f"<strong>{self}</strong> <small>({self.status}{rests})</small>"


def _holding(value: float | None, ends: Ends) -> Ends:
    """Bounds that hold the point: they come by another route and may miss it by a rounding."""
    if value is None:
        return ends
    low, high = (value if abs(end - value) <= 1e-12 * abs(value) else end for end in ends)
    return min(low, value), max(high, value)


def _magnitude(number: float) -> int:
    """The place of the first digit: 2 for 950, −1 for 0.3."""
    return math.floor(math.log10(abs(number)) + 1e-12)


def _last_place(number: float) -> int:
    """The place of the last digit, binary noise left aside: 2 for 1,200, −2 for 0.25."""
    return int(Decimal(f"{number:.12g}").normalize().as_tuple().exponent)


def _half_up(number: float) -> float:
    return math.copysign(math.floor(abs(number) + 0.5), number)


def _digits(number: float, q: Quantity, rounding: Rounding) -> str:
    """A number of ``q`` to its significant digits; as given where it says none."""
    if q.digits and number and math.isfinite(number):
        places = q.digits - 1 - _magnitude(number)
        # The first rounding takes off what binary arithmetic adds: 0.30000000000000004 is 0.3.
        number = round(rounding(round(number * 10.0**places, 6)) / 10.0**places, max(places, 0))
    if abs(number) >= _POWER:
        power = re.sub(r"^(-?)1e\+", r"\g<1>10^", f"{number:g}").replace("e+", " × 10^")
        return power.replace("-", "−")
    # Binary arithmetic has no more than 15 digits to say.
    text = f"{round(float(f'{number:.15g}'), 10) + 0.0:,.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def written(dims: Dims) -> tuple[str, str, str, float, bool]:
    """What people write around a number with ``dims``: before it, after it, and what it is per.

    Then a factor that it is printed times, and whether in millions. A pure number is "times".
    """
    powers, factor = dict(dims), 1.0
    if powers.get("token") == -1:
        # Model calls are priced by the million tokens; a price per token is all zeros.
        factor, powers["million tokens"] = 1e6, powers.pop("token")
    if not powers:
        return "", " times", "", factor, False
    unit = unit_of(tuple((name, power) for name, power in powers.items() if power > 0))
    before, after = _SET["around"].get(unit, ("", f" {unit}"))
    per, scaled = _SET["per"], unit in _SET["in_millions"]
    below = (per.get(name, f"per {name}") for name, power in sorted(powers.items()) if power < 0)
    return before, after, "".join(f" {words}" for words in below), factor, scaled


def _people(number: float, q: Quantity, rounding: Rounding) -> str:
    if math.isinf(number):
        return "no limit"
    if not q.dims and q.percent:
        return f"{_digits(number * 100, q, rounding)}%"
    before, after, per, factor, scaled = written(q.dims)
    # Rounding may lift a number over the step: 999.9 million is 1 billion in two digits.
    number, least, scale = number * factor, 0.9995 if q.digits else 1, _SET["scale"]
    words = ("trillion", "billion", "million") if scaled else ()
    word = next((word for word in words if abs(number) >= scale[word] * least), "")
    digits = _digits(number / scale.get(word, 1), q, rounding)
    if digits == "1" and after == " people":
        after = " person"
    sign = "−" if digits.startswith("−") else ""
    return f"{sign}{before}{digits.lstrip('−')}{word and f' {word}'}{after}{per}"


def _common_unit_dropped(low: str, high: str) -> str:
    """``$10,000 to $15,000``, but ``20 to 30%`` and ``1 to 2 billion yuan``."""
    for cut in range(len(low)):
        tail = low[cut:]
        if not any(ch.isdigit() for ch in tail) and high.endswith(tail):
            return low[:cut]
    return low
