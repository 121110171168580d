"""The exercises of the book: what a student gets of one, and what is said of an answer.

The answers stand in ``exercises.toml``, as formulas over the data, so that none is typed. The cell
of an exercise is its solution; what stands between its two marks is what a student has to find.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from numbers import Real
from pathlib import Path
from typing import Any

from chipbook.data import BOOK, facts
from chipbook.data.braces import in_words
from chipbook.data.derived import evaluate, tree
from chipbook.data.quantity import Quantity, parse_unit, unit_of
from chipbook.data.store import Missing, near

LEVELS = ("warm-up", "core", "stretch")
TAG = "exercise"
"""The tag of a cell that is one."""

_TO_FIND = re.compile(r"^# your turn\n(.*?)\n# end\n", re.DOTALL | re.MULTILINE)
_POWERS = {
    10: "ten",
    100: "a hundred",
    1e3: "a thousand",
    1e4: "ten thousand",
    1e6: "a million",
    1e9: "a billion",
}

Wanted = str | list[str]
"""An answer: a formula (see :mod:`chipbook.data.derived`), or names in any order."""


@dataclass(frozen=True)
class Exercise:
    """An exercise of a ``page``; ``within`` is how far off a number may be, in percent.

    ``slips`` are wrong answers that are to be expected, each with what is said of it.
    """

    id: str
    page: str
    level: str
    answer: Wanted
    slips: tuple[tuple[Wanted, str], ...]
    within: float = 1


@dataclass(frozen=True, repr=False)
class Verdict:
    """Whether an answer is right, and a sentence on it."""

    right: bool
    says: str

    def __repr__(self) -> str:
        return self.says


@cache
def exercises() -> dict[str, Exercise]:
    """Every exercise by its id, in the order of the file."""
    written = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    found = {}
    for key, entry in written.items():
        slips = tuple((slip["answer"], slip["says"]) for slip in entry.pop("slips"))
        found[key] = Exercise(id=key, slips=slips, **entry)
    return found


def student(source: str) -> str:
    """The cell of an exercise as a student gets it; ``source`` is the whole cell.

    Raises ``ValueError`` for a cell without the two marks.
    """
    return _marked(source, "# your turn\nanswer = ...\n")


def solution(source: str) -> str:
    """The cell ``source`` with its solution, less the marks; raises as :func:`student`."""
    return _marked(source, r"\1\n")


def _marked(source: str, with_: str) -> str:
    made, found = _TO_FIND.subn(with_, source)
    if found != 1:
        first = source.partition("\n")[0]
        raise ValueError(f"an exercise without '# your turn' and '# end' once each: {first!r}")
    return made


def grade(id: str, answer: object) -> Verdict:
    """What is to be said of an ``answer`` to the exercise ``id``.

    It may be a :class:`Quantity`, a number, a name, or several names in any order; anything else
    is told what it should have been. A plain number counts in base units, or in those in which
    the number is printed (billions, percent). Raises ``KeyError`` for an unknown ``id`` alone.
    """
    if id not in exercises():
        raise Missing(f"no exercise {id!r}: {near(id, exercises())}")
    exercise = exercises()[id]
    if answer is None or answer is ...:
        return Verdict(False, "Nothing yet: put your answer in place of the three dots.")
    given = _read(answer)
    wanted = expected(exercise.answer)
    if _same(given, wanted, exercise.within):
        return Verdict(True, "Right.")
    for slip, says in exercise.slips:
        if _same(given, expected(slip), exercise.within):
            return Verdict(False, in_words(says, facts.__getitem__))
    return Verdict(False, _what_is_off(given, wanted, exercise.within))


def expected(wanted: Wanted) -> Any:
    """What a ``wanted`` answer comes to: a :class:`Quantity`, or a set of names as compared."""
    return evaluate(tree(wanted), BOOK) if isinstance(wanted, str) else _names(wanted)


def _names(several: Iterable) -> frozenset[str]:
    return frozenset(" ".join(str(each).split()).casefold() for each in several)


def _read(answer: object) -> Any:
    """A reader's answer as a float, a quantity or a set of names; else a text that names it."""
    if isinstance(answer, Quantity):
        return answer
    if isinstance(answer, str):
        return _names([answer])
    if isinstance(answer, Real) and not isinstance(answer, bool):
        try:
            return float(answer) if math.isfinite(answer) else "no finite number"
        except OverflowError:
            return "no finite number"
    try:
        several = list(answer)  # type: ignore[call-overload]
    except Exception:
        # Whatever a reader hands over is met with a sentence.
        several = []
    if several and all(isinstance(each, str) for each in several):
        return _names(several)
    return f"of the type {type(answer).__name__}"


def _same(given: Any, wanted: Any, within: float) -> bool:
    if isinstance(wanted, frozenset) or not isinstance(given, float | Quantity):
        return bool(given == wanted)
    if isinstance(given, Quantity) and given.dims != wanted.dims:
        return False
    mine, ends = _ends(given, wanted), _ends(wanted, wanted)
    return len(mine) == len(ends) and not [*_off(mine, ends, within)]


def _ends(given: float | Quantity, wanted: Quantity) -> tuple[float, ...]:
    """The point in base units, or both ends of a range; a plain number in the likeliest unit."""
    if isinstance(given, Quantity):
        return given.bounds if given.value is None else (given.value,)
    scales = [1.0, 0.01 if wanted.percent else 1.0]
    if wanted.dims and (word := re.search(r"[mbtr]+illion", wanted.amount)):
        scales.append(parse_unit(word[0])[0])
    size = wanted.value
    if not given or not size:
        return (given,)
    return (min((given * scale for scale in scales), key=lambda at: abs(math.log(abs(at / size)))),)


def _off(
    mine: Iterable[float], ends: Iterable[float], within: float
) -> Iterator[tuple[float, float]]:
    """The pairs of an end as it is and as it should be that differ."""
    pairs = zip(mine, ends, strict=True)
    return ((at, end) for at, end in pairs if not math.isclose(at, end, rel_tol=within / 100))


def _what_is_off(given: Any, wanted: Any, within: float) -> str:
    """A sentence on a wrong answer that no slip of the exercise explains."""
    if isinstance(wanted, frozenset):
        if not isinstance(given, frozenset):
            return "Names are asked: a text in quotation marks, or a list of them."
        there, strange = len(given & wanted), len(given - wanted)
        return f"Of {len(wanted)} names you have {there}, and {strange} that do not belong."
    if not isinstance(given, float | Quantity):
        what = "a text" if isinstance(given, frozenset) else given
        return f"A number is asked, and yours is {what}."
    if isinstance(given, Quantity) and given.dims != wanted.dims:
        yours, asked = (unit_of(each.dims) or "a plain number" for each in (given, wanted))
        return f"The unit is off: yours is {yours}, and {asked} is asked."
    mine, ends = _ends(given, wanted), _ends(wanted, wanted)
    if len(mine) < len(ends):
        return "A range is asked, from its low end to its high end, and yours is one number."
    if len(mine) > len(ends):
        return "One number is asked, and yours is a range."
    return _how_far(*next(_off(mine, ends, within)), not wanted.dims, within)


def _how_far(mine: float, end: float, plain: bool, within: float) -> str:
    near_to = partial(math.isclose, rel_tol=within / 100)
    if near_to(-mine, end):
        return "The size is right and the sign is not: look at what is taken from what."
    way = "large" if mine > end else "small"
    for power, words in _POWERS.items():
        if near_to(mine, end * power) or near_to(mine, end / power):
            hint = "percent or a share?" if plain and power == 100 else "look at the units."
            return f"It is {words} times too {way}: {hint}"
    return f"Your number is too {way}."
