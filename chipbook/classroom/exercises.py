"""The exercises of the book: what a student gets of one, and what is said of an answer.

The answers stand in ``exercises.toml``, as formulas over the data, so that none is typed. The cell
of an exercise is its solution; what stands between its two marks is what a student has to find.
"""

import math
import re
from dataclasses import dataclass, replace
from itertools import islice
from numbers import Real
from typing import Any

from chipbook.data import BOOK, facts
from chipbook.data.braces import in_words
from chipbook.data.derived import evaluate, tree
from chipbook.data.quantity import Quantity, parse_unit, unit_of
from chipbook.data.settings import settings
from chipbook.data.store import Missing, near

EXERCISES: dict[str, dict[str, Any]] = settings(__file__)
"""Every exercise by its id: ``page``, ``level``, ``answer``, ``slips`` and maybe ``within``."""

TAG = "exercise"
"""The tag of a cell that is one."""

_TO_FIND = re.compile(r"^# your turn\n(.*?)\n# end\n", re.DOTALL | re.MULTILINE)
_POWERS = {10: "ten", 100: "a hundred", 1e3: "a thousand", 1e6: "a million", 1e9: "a billion"}


@dataclass(frozen=True, repr=False)
class Verdict:
    """Whether an answer is right, and a sentence on it."""

    right: bool
    says: str

    def __repr__(self) -> str:
        return self.says


def cells(source: str) -> tuple[str, str]:
    """The cell of an exercise as a student gets it, and with its solution, both without the marks.

    Raises ``ValueError`` for a ``source`` without the two marks.
    """
    if len(_TO_FIND.findall(source)) != 1:
        first = source.partition("\n")[0]
        raise ValueError(f"an exercise without '# your turn' and '# end' once each: {first!r}")
    return _TO_FIND.sub("# your turn\nanswer = ...\n", source), _TO_FIND.sub(r"\1\n", source)


def grade(id: str, answer: object) -> Verdict:
    """What is to be said of an ``answer`` to the exercise ``id``.

    It may be a :class:`Quantity`, a number, a name, or several names in any order; anything else
    is told what it should have been. A plain number counts in base units, or in those in which
    the number is printed (billions, percent). Raises ``KeyError`` for an unknown ``id`` alone.
    """
    if id not in EXERCISES:
        raise Missing(f"no exercise {id!r}: {near(id, EXERCISES)}")
    if answer is None or answer is ...:
        return Verdict(False, "Nothing yet: put your answer in place of the three dots.")
    exercise = EXERCISES[id]
    within = exercise.get("within", 1) / 100
    wanted = expected(exercise["answer"])
    if _same(_read(answer, wanted), wanted, within):
        return Verdict(True, "Right.")
    for slip in exercise["slips"]:
        if _same(_read(answer, slipped := expected(slip["answer"])), slipped, within):
            return Verdict(False, in_words(slip["says"], facts.__getitem__))
    return Verdict(False, _what_is_off(answer, wanted, within))


def expected(written: str | list[str]) -> Any:
    """What an answer as it is ``written`` comes to: a quantity, or a set of names to compare."""
    if isinstance(written, str):
        return evaluate(tree(written), BOOK)
    return frozenset(" ".join(name.split()).casefold() for name in written)


def _read(answer: Any, wanted: Any) -> Any:
    """A reader's answer as a quantity or a set of names; None for what is neither."""
    try:
        if isinstance(answer, Quantity):
            return answer
        if isinstance(answer, Real) and not isinstance(answer, bool):
            return _in_unit(float(answer), wanted)
        if isinstance(wanted, Quantity):
            return None
        # Names may come without an end, or in one text, between commas that no name has.
        comma = "\0" if "," in "".join(wanted) else ","
        several = answer.split(comma) if isinstance(answer, str) else list(islice(answer, 1000))
        return expected(several) if several else None
    except Exception:
        # Whatever a reader hands over is met with a sentence.
        return None


def _in_unit(number: float, wanted: Quantity) -> Quantity:
    """A plain number in the likeliest of the units that ``wanted`` is said in."""
    printed = re.search(r"[mbtr]+illion", wanted.amount) if wanted.dims else None
    scales = (1, 0.01 if wanted.percent else 1, parse_unit(printed[0])[0] if printed else 1)
    found = [replace(Quantity.of(number * scale), dims=wanted.dims) for scale in scales]
    size = wanted.value
    if not number or not size:
        return found[0]
    return min(found, key=lambda each: abs(math.log(abs(each.low / size))))


def _same(given: Any, wanted: Any, within: float) -> bool:
    if not isinstance(given, Quantity) or not isinstance(wanted, Quantity):
        return bool(given == wanted)
    if given.dims != wanted.dims or given.value is None or wanted.value is None:
        return False
    return math.isclose(given.value, wanted.value, rel_tol=within)


def _what_is_off(answer: object, wanted: Any, within: float) -> str:
    """A sentence on a wrong answer that no slip of the exercise explains."""
    given = _read(answer, wanted)
    if isinstance(wanted, frozenset):
        if not isinstance(given, frozenset):
            return "Names are asked: a text in quotation marks, or a list of them."
        there, strange = len(given & wanted), len(given - wanted)
        return f"Of {len(wanted)} names you have {there}. Names that do not belong: {strange}."
    if not isinstance(given, Quantity):
        kind = type(answer)
        what = float.__repr__(answer) if issubclass(kind, float) else f"of the type {kind.__name__}"
        return f"A number is asked, and yours is {what}."
    if given.dims != wanted.dims:
        yours, asked = (unit_of(each.dims) or "a plain number" for each in (given, wanted))
        return f"The unit is off: yours is {yours}, and {asked} is asked."
    if given.value is None:
        return "One number is asked, and yours is a range."
    if _same(given * -1, wanted, within):
        return "The size is right and the sign is not: look at what is taken from what."
    way = "large" if given.value > wanted.value else "small"
    for power, words in _POWERS.items():
        if _same(given * power, wanted, within) or _same(given / power, wanted, within):
            share = power == 100 and not wanted.dims
            hint = "percent or a share?" if share else "look at the units."
            return f"It is {words} times too {way}: {hint}"
    return f"Your number is too {way}."
