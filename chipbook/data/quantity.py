"""A number that keeps its unit, its range, its qualifier and its sources through arithmetic.

A reported number is rarely a point. "More than 12" is the interval from 12 upwards; "nearly 60"
is the interval up to 60; a source may print a range. A :class:`Quantity` therefore carries a
point *and* bounds, and arithmetic is interval arithmetic: multiply "more than 12" by 2 and it is
"more than 24"; divide by it and it turns into "less than". The qualifier is read off the bounds,
so it cannot be lost on the way.

Dollars plus yuan is an error. To convert, divide by a dated rate: a fact in "CNY per USD".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from operator import add, mul, sub
from typing import Any, Self

from chipbook.data.words import LOWER, QUALIFIERS, STATUSES, UPPER

Dims = tuple[tuple[str, int], ...]

# How a number may be asked for in a sentence: see Quantity.__format__.
FORMS = ("", "cap", "amount", "number")

_COUNTED = "chip card die unit server user visit download token interaction report statement "
_COUNTED += "measure assumption day view image customer operation"
_PLAIN = "USD CNY MYR BRL kappa rank TPP TFLOPS W GB day s mm2"
_BASE = {
    **{f"{noun}s": noun for noun in _COUNTED.split()},
    **{"people": "person", "companies": "company", "entities": "entity", "stories": "story"},
    **{unit: unit for unit in _PLAIN.split()},
}
_WORDS = {base: word for word, base in reversed(_BASE.items())}
"""Dimension → the word for it, in the plural where it is counted."""

_MONEY = {
    "USD": ("$", ""),
    "CNY": ("", " yuan"),
    "MYR": ("", " ringgit"),
    "BRL": ("", " reais"),
}
"""Dimension of money → what people write before and after the number."""

_SCALE = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_POWER = 1e18
"""From here on a number is printed as a power of ten, as nobody counts its zeros."""

# The rules count any operation alike, on whole numbers or not.
_MULTIPLES = {"PFLOPS": ("thousand", "TFLOPS"), "TOPS": ("TFLOPS",)}


class UnitError(ValueError):
    """Two quantities do not fit together, or a unit is not in the vocabulary."""


def parse_unit(unit: str) -> tuple[float, Dims]:
    """Scale and dimensions of a unit of the data package, such as ``billion CNY``.

    ``parse_unit("CNY per USD")`` is ``(1.0, (("CNY", 1), ("USD", -1)))``. Raises
    :class:`UnitError` for a word that the vocabulary does not know.
    """
    if unit in ("", "ratio"):
        return 1.0, ()
    if unit == "percent":
        return 0.01, ()
    scale = 1.0
    dims: dict[str, int] = {}
    for position, part in enumerate(unit.replace("/", " per ").split(" per ")):
        sign = 1 if position == 0 else -1
        for word in (name for w in part.split() for name in _MULTIPLES.get(w, (w,))):
            if word in _SCALE:
                scale *= _SCALE[word] ** sign
            elif word in _BASE:
                dims[_BASE[word]] = dims.get(_BASE[word], 0) + sign
            else:
                raise UnitError(f"unknown unit {word!r} in {unit!r}")
    return scale, _dims(dims)


def unit_of(dims: Dims) -> str:
    """The unit with ``dims``, before any scale: ``cards``, ``CNY per USD``, or nothing."""
    top = "·".join(_WORDS[name] for name, power in dims if power > 0)
    below = "".join(f" per {name}" for name, power in dims if power < 0)
    return f"{top}{below}".strip()


def _dims(powers: dict[str, int]) -> Dims:
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def _times(a: float, b: float) -> float:
    # A bound of zero times an open bound is zero: the factor really may be zero.
    return 0.0 if a == 0 or b == 0 else a * b


def _operator(work: Callable[[Quantity, Quantity], Quantity]) -> Callable[[Quantity, Any], Any]:
    """An operator that takes a plain number for the other side too, and leaves all else to it."""

    @wraps(work)
    def operate(self: Quantity, other: Any) -> Any:
        if not isinstance(other, Quantity):
            try:
                # A plain number of a formula is no figure, so nothing rests on it.
                other = Quantity.of(float(other), status=STATUSES[0])
            except (TypeError, ValueError):
                return NotImplemented
        return work(self, other)

    return operate


@dataclass(frozen=True)
class Quantity:
    """A point, its bounds and where they come from. Make one with :meth:`of`.

    ``value``, ``low`` and ``high`` are in base units (dollars, not billions); ``value`` is None
    where a source gives only a range, and a bound is infinite where the side is open.
    ``rough`` says that the point is "about" itself. ``status`` is the footing of this number,
    ``rests_on`` the weakest footing of its parts. ``inputs`` are ids of facts.
    """

    value: float | None
    low: float
    high: float
    dims: Dims = ()
    rough: bool = False
    word: str | None = None
    percent: bool = False
    digits: int | None = None
    status: str = "computed"
    rests_on: str = "filed"
    sources: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    formula: str = ""

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
        status: str = "computed",
        sources: tuple[str, ...] = (),
        name: str = "",
    ) -> Quantity:
        """A quantity as a row of the data package states it.

        ``value``, ``low`` and ``high`` are in ``unit``, the row's own; ``sources`` are ids of
        pages, ``name`` is the id of the fact. Raises ``ValueError`` for a ``qualifier`` or a
        ``status`` outside the vocabulary, for bounds that do not hold the value, and where there is
        neither a value nor a full range; :class:`UnitError` for an unknown unit.
        """
        if qualifier not in QUALIFIERS:
            raise ValueError(f"{name}: qualifier {qualifier!r} is not one of {QUALIFIERS}")
        if status not in STATUSES:
            raise ValueError(f"{name}: status {status!r} is not one of {STATUSES}")
        scale, dims = parse_unit(unit)
        point, lower, upper = (
            None if end is None else float(end) * scale for end in (value, low, high)
        )
        if point is not None and lower is None:
            lower = point if qualifier not in UPPER else 0.0 if point >= 0 else -math.inf
        if point is not None and upper is None:
            upper = math.inf if qualifier in LOWER else point
        if lower is None or upper is None:
            raise ValueError(f"{name}: needs a value, or both low and high")
        if lower > upper or (point is not None and not lower <= point <= upper):
            raise ValueError(f"{name}: {low} ≤ {value} ≤ {high} does not hold")
        return cls(
            point,
            lower,
            upper,
            dims,
            rough=qualifier == "about",
            word=qualifier if qualifier in LOWER + UPPER else None,
            percent=unit == "percent",
            status=status,
            rests_on=status,
            sources=tuple(sources),
            inputs=(name,) if name else (),
            formula=name or ("" if value is None else f"{value:g}"),
        )

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value in base units; infinite where a side is open."""
        return self.low, self.high

    @property
    def qualifier(self) -> str:
        """The word that belongs to the number, read off its bounds ("" where it is exact)."""
        side = ""
        if self.value is not None and self.value == self.low and math.isinf(self.high):
            side = self.word if self.word in LOWER else "more than"
        elif self.value is not None and self.value == self.high and self.low < self.high:
            open_below = math.isinf(self.low) or self.low == 0
            side = (self.word if self.word in UPPER else "less than") if open_below else ""
        if side:
            return f"{side} about" if self.rough else side
        between = self.value is not None and self.low != self.high
        return "about" if self.rough or between else ""

    def _result(
        self,
        other: Quantity,
        sign: str,
        of: Callable[[float, float], float],
        bounds: tuple[float, float],
        dims: Dims,
    ) -> Quantity:
        low, high = bounds
        value = self._point_with(other, of)
        if value is not None:
            # The bounds come by another route than the point and may miss it by a rounding.
            low, high = min(low, value), max(high, value)
        soft = {q.word for q in (self, other) if q.word} <= {"at least", "up to"}
        word = None
        if (self.word or other.word) and value is not None and value == low and math.isinf(high):
            word = "at least" if soft else "more than"
        elif (self.word or other.word) and value is not None and value == high:
            word = "up to" if soft else "less than"
        return Quantity(
            value,
            low,
            high,
            dims,
            rough=self.rough or other.rough,
            word=word,
            percent=self.percent and other.percent,
            digits=2,
            rests_on=max(self.rests_on, other.rests_on, key=STATUSES.index),
            sources=tuple(dict.fromkeys(self.sources + other.sources)),
            inputs=tuple(dict.fromkeys(self.inputs + other.inputs)),
            formula=_written(self.formula, sign, other.formula),
        )

    def _point_with(self, other: Quantity, of: Callable[[float, float], float]) -> float | None:
        """The points of two numbers put together; None where one has none."""
        if self.value is None or other.value is None:
            return None
        return of(self.value, other.value)

    def _check_unit(self, other: Quantity) -> None:
        if self.dims != other.dims:
            names = {name for name, _ in self.dims + other.dims}
            hint = " Divide by a dated rate first." if {"USD", "CNY"} & names else ""
            raise UnitError(f"cannot combine {self} with {other}: the units differ.{hint}")

    @_operator
    def __add__(self, other: Quantity) -> Quantity:
        self._check_unit(other)
        bounds = self.low + other.low, self.high + other.high
        return self._result(other, "+", add, bounds, self.dims)

    def __radd__(self, other: object) -> Quantity:
        # So that sum() works: it starts from a plain zero, which has no unit.
        return self if other == 0 else self + other

    @_operator
    def __sub__(self, other: Quantity) -> Quantity:
        self._check_unit(other)
        bounds = self.low - other.high, self.high - other.low
        return self._result(other, "−", sub, bounds, self.dims)

    @_operator
    def __rsub__(self, other: Quantity) -> Quantity:
        return other - self

    @_operator
    def __mul__(self, other: Quantity) -> Quantity:
        corners = [_times(a, b) for a in self.bounds for b in other.bounds]
        powers = dict(self.dims)
        for name, power in other.dims:
            powers[name] = powers.get(name, 0) + power
        return self._result(other, "×", mul, (min(corners), max(corners)), _dims(powers))

    __rmul__ = __mul__

    def _inverse(self) -> Quantity:
        if self.value == 0 or self.low < 0 < self.high:
            raise ZeroDivisionError(f"{self} may be zero: cannot divide by it")
        beyond = -math.inf if self.high == 0 else math.inf
        at = [beyond if bound == 0 else 1 / bound for bound in self.bounds]
        return replace(
            self,
            value=None if self.value is None else 1 / self.value,
            low=min(at),
            high=max(at),
            dims=tuple((name, -power) for name, power in self.dims),
            word={"at least": "up to", "up to": "at least"}.get(self.word or "", self.word),
        )

    @_operator
    def __truediv__(self, other: Quantity) -> Quantity:
        divided = _written(self.formula, "÷", other.formula)
        return replace(self * other._inverse(), formula=divided, percent=False)

    @_operator
    def __rtruediv__(self, other: Quantity) -> Quantity:
        return other / self

    def to(self, unit: str) -> float:
        """The point as a plain float in ``unit``: asking for it is how the evidence is left behind.

        Raises :class:`UnitError` where the units do not fit or where there is only a range.
        """
        if self.value is None:
            raise UnitError(f"{self} is a range: use .range({unit!r})")
        return self.value / self._scale(unit)

    def range(self, unit: str) -> tuple[float, float]:
        """Both bounds as plain floats in ``unit``; infinite where a side is open."""
        scale = self._scale(unit)
        return self.low / scale, self.high / scale

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
        """The point alone, unqualified: for ratios where both sides carry the same qualifier."""
        value = self._known()
        return replace(self, low=value, high=value, word=None)

    def lower(self) -> Self:
        """The lower bound as a point."""
        return replace(self, value=self.low, high=self.low, word=None)

    def upper(self) -> Self:
        """The upper bound as a point."""
        return replace(self, value=self.high, low=self.high, word=None)

    def at_most(self) -> Self:
        """The same point as an upper bound, where what was counted contains too much."""
        return replace(self, low=0.0, high=self._known(), word="up to")

    def ends(self) -> Self:
        """The range alone, where the point in it counts for nothing."""
        return replace(self, value=None, word=None)

    def least(self, other: Quantity) -> Quantity:
        """The lesser of this and ``other`` in one unit; of ranges, the lesser of each end."""
        return self._chosen(other, min)

    def most(self, other: Quantity) -> Quantity:
        """The greater of this and ``other`` in one unit; of ranges, the greater of each end."""
        return self._chosen(other, max)

    def _chosen(self, other: Quantity, of: Callable[[float, float], float]) -> Quantity:
        return replace(
            self + other,
            value=self._point_with(other, of),
            low=of(self.low, other.low),
            high=of(self.high, other.high),
            formula=f"{of.__name__} of {self.formula}, {other.formula}",
        )

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
        if self.value is not None:
            return _people(self.value, self)
        low, high = _people(self.low, self), _people(self.high, self)
        return f"{_common_unit_dropped(low, high)} to {high}"

    @property
    def number(self) -> str:
        """The amount without the noun it counts: ``75 million`` of ``75 million users``."""
        return re.sub(r"(.*\d%?( (million|billion|trillion)\b)?).*", r"\1", self.amount)

    @property
    def rounded(self) -> float:
        """The point as it is printed, in percent or else in base units.

        Raises :class:`UnitError` where there is only a range.
        """
        text = _digits(self._known() * (100 if self.percent else 1), self)
        return float(text.replace(",", "").replace("−", "-"))

    def __str__(self) -> str:
        return self._qualified(self.amount)

    def _qualified(self, amount: str) -> str:
        return f"{self.qualifier} {amount}" if self.qualifier else amount

    def __format__(self, spec: str) -> str:
        """``{q}`` is whole; ``{q:amount}`` without its qualifier, ``{q:number}`` without its noun.

        For sentences that have the qualifier or the noun in their own words. ``{q:cap}`` begins
        with a capital. Raises ``ValueError`` for any other form.
        """
        if spec not in FORMS:
            raise ValueError(f"unknown form {spec!r} of a quantity: one of {', '.join(FORMS[1:])}")
        if spec == "amount":
            return self.amount
        if spec == "number":
            return self._qualified(self.number)
        text = str(self)
        return text[:1].upper() + text[1:] if spec == "cap" else text

    def __repr__(self) -> str:
        return f"<{self} · {self.status}>"

    def _repr_html_(self) -> str:
        if self.status != "computed":
            return f"<strong>{self}</strong> <small>({self.status})</small>"
        footing = f"<small>(computed, rests on {self.rests_on} figures)</small>"
        return f"<strong>{self}</strong> {footing} <small>= {self.formula}</small>"


def _written(left: str, sign: str, right: str) -> str:
    """A formula of two, in brackets what binds less."""
    loose, all_signs = (" + ", " − "), (" + ", " − ", " × ", " ÷ ")
    breaks = {"×": (loose, loose), "÷": (all_signs, all_signs)}.get(sign, ((), loose))
    left, right = (
        f"({side})" if any(each in side for each in signs) else side
        for side, signs in zip((left, right), breaks, strict=True)
    )
    return f"{left} {sign} {right}"


def _digits(number: float, q: Quantity) -> str:
    """A number of ``q`` to its significant digits; as given where it says none."""
    if q.digits and number and math.isfinite(number):
        places = q.digits - 1 - math.floor(math.log10(abs(number)))
        # The first rounding takes off what binary arithmetic adds: 0.30000000000000004 is 0.3.
        number = round(_rounding(q)(round(number * 10**places, 6)) / 10**places, places)
        if number and places > 0:
            return f"{number:,.{places}f}".rstrip("0").rstrip(".")
        return f"{number:,.0f}"
    if number >= _POWER:
        return f"{number:g}".replace("1e+", "10^").replace("e+", " × 10^")
    text = f"{round(number, 10):,.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def _rounding(q: Quantity) -> Callable[[float], float]:
    """A bound is rounded outwards, or "more than" would be said of more than is known."""
    if q.rough or q.value is None:
        return round
    side = q.qualifier
    return math.floor if side in LOWER else math.ceil if side in UPPER else round


def _scaled(number: float, q: Quantity, *, words: bool) -> tuple[str, str]:
    """Digits and the scale word: (``2.76``, `` billion``)."""
    size = abs(number)
    for word, scale in (("trillion", 1e12), ("billion", 1e9), ("million", 1e6)):
        # Rounding may lift a number over the step: 999.9 million is 1 billion in two digits.
        if words and size >= scale * (0.9995 if q.digits else 1):
            return _digits(number / scale, q), f" {word}"
    return _digits(number, q), ""


def _people(number: float, q: Quantity) -> str:
    if math.isinf(number):
        return "no limit"
    dims = dict(q.dims)
    if dims.get("token") == -1:
        # Model calls are priced by the million tokens; a price per token is all zeros.
        number, dims["million tokens"] = number * 1e6, dims.pop("token")
    if not dims:
        return f"{_digits(number * 100, q)}%" if q.percent else f"{_digits(number, q)} times"
    for money, (before, after) in _MONEY.items():
        if dims.get(money) == 1:
            rest = {name: power for name, power in dims.items() if name != money}
            digits, word = _scaled(number, q, words=True)
            sign = "−" if digits.startswith(("-", "−")) else ""
            return f"{sign}{before}{digits.lstrip('-−')}{word}{after}{_per(rest)}"
    top = [name for name, power in dims.items() if power == 1]
    noun = _WORDS[top[0]].replace("mm2", "mm²") if len(top) == 1 else "·".join(top)
    rest = {name: power for name, power in dims.items() if power < 0}
    words = noun in ("users", "visits", "downloads", "tokens", "interactions")
    digits, word = _scaled(number, q, words=words)
    if top == ["person"] and digits == "1":
        noun = "person"
    if top == ["rank"]:
        return f"rank {digits}"
    return f"{digits}{word} {noun}{_per(rest)}"


def _per(dims: dict[str, int]) -> str:
    names = {"day": "a day", "s": "per second", "mm2": "per mm²"}
    return "".join(f" {names.get(name, f'per {name}')}" for name in sorted(dims))


def _common_unit_dropped(low: str, high: str) -> str:
    """``$10,000 to $15,000``, but ``20 to 30%`` and ``1 to 2 billion yuan``."""
    for cut in range(len(low)):
        tail = low[cut:]
        if not any(ch.isdigit() for ch in tail) and high.endswith(tail):
            return low[:cut]
    return low
