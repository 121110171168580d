"""The words of the source beside a figure: what they say is what the row says.

A quotation is read as far as it can be: digits and number words with their scale, and the words
that qualify a number, in English. Of words in another language the translation is read. What
cannot be read raises no fault.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from chipbook.check.schema import Problem, Row, Tables, every_row
from chipbook.data import split
from chipbook.data.quantity import UnitError, parse_unit
from chipbook.data.settings import settings

Meaning = TypeVar("Meaning")

LONGEST = 10
"""Words that a quotation may have."""

SIGNS_IN_A_WORD = 3
"""So many Chinese or Japanese signs, which stand without spaces, count as a word."""

_LISTS = settings(__file__)
BEFORE: dict[str, list[str]] = _LISTS["before"]
"""Words in front of a number, as patterns → the qualifiers of a row that they can stand for."""
AFTER: dict[str, list[str]] = _LISTS["after"]
"""The same for words behind a number."""
_SCALES: dict[str, float] = _LISTS["scales"]
_PROPORTIONS: dict[str, list[float]] = _LISTS["proportions"]
_NUMERALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_LETTER = "[A-Za-zÀ-ÿ]"
_FILLER = "(?:(?:US|HK)?\\$|USD?|RMB|CNY|[€£¥￥]|the|an?|another|to|of|at|\\s)*"


def _any(words: str) -> str:
    return f"(?<!{_LETTER})(?:{words})(?!{_LETTER})"


# The B of "36,000 B200 chips" is no billion.
_SCALE = "|".join(f"(?:{words})(?!{_LETTER}|\\d)" for words in _SCALES)
_DIGITS = "(?<![\\d.,A-Za-z])\\d(?:[\\d.,]*\\d)?"
_WORDED = f"{_any('|'.join(_NUMERALS))}(?=[\\s-]*(?:{_SCALE}))"
_NUMBER = re.compile(
    f"(?P<share>{_any('|'.join(_PROPORTIONS))})|(?P<number>{_DIGITS}|{_WORDED})"
    f"[\\s-]*(?P<scale>(?:{_SCALE})?)",
    re.IGNORECASE,
)
_BEFORE = re.compile("|".join(f"({_any(words)})" for words in BEFORE), re.IGNORECASE)
_AFTER = re.compile(
    "[^\\d,.;]{0,7}?(?:" + "|".join(f"({words})" for words in AFTER) + ")",
    re.IGNORECASE,
)
# Chinese and Japanese; and letters of any script but the Latin.
_SIGN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_FOREIGN = re.compile("[\u0400-\u06ff\u0900-\u097f\u3040-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Said:
    """A number in a quotation: its possible ``readings``, and the qualifiers around it.

    ``scale`` is what its own scale word makes of it; none where the words have no such word, as in
    a table that says it in its head: then any power of ten will do.
    """

    readings: tuple[float, ...]
    scale: float | None
    before: frozenset[str]
    after: frozenset[str]

    def is_number(self, wanted: float, within: float) -> bool:
        """Whether it can be read as ``wanted``, give or take ``within``."""
        scales = (self.scale,) if self.scale else [10.0**power for power in range(-6, 19)]
        apart = (abs(number * scale - abs(wanted)) for number in self.readings for scale in scales)
        return any(each <= within * (1 + 1e-6) for each in apart)


def numbers(text: str) -> list[Said]:
    """The numbers in a quoted ``text``, in their order."""
    found: list[Said] = []
    end = 0
    for match in _NUMBER.finditer(text):
        between, end = text[end : match.start()], match.end()
        said = _said(match, between)
        # In brackets behind a number stands the same in another currency, as much "over" as it.
        if found and re.fullmatch(f"[^(]*[(]{_FILLER}", between, re.IGNORECASE):
            said = replace(said, before=said.before | found[-1].before)
        found.append(said)
    return found


def _said(match: re.Match[str], before: str) -> Said:
    after = _named(_AFTER.match(match.string, match.end()), AFTER)
    around = (frozenset(_leading(before)), frozenset(after))
    if match["share"]:
        return Said(tuple(_meaning(match["share"], _PROPORTIONS) or ()), None, *around)
    word = match["number"].lower()
    worded = word in _NUMERALS
    number = _NUMERALS.index(word) + 1 if worded else float(word.replace(",", ""))
    return Said((number,), _meaning(match["scale"], _SCALES), *around)


def _meaning(word: str, known: Mapping[str, Meaning]) -> Meaning | None:
    return next((of for words, of in known.items() if re.fullmatch(words, word, re.I)), None)


def _leading(text: str) -> set[str]:
    """The qualifiers of the words that end ``text``, however many stand in a row."""
    named: set[str] = set()
    end = len(text)
    for match in reversed(list(_BEFORE.finditer(text))):
        if not re.fullmatch(_FILLER, text[match.end() : end], re.IGNORECASE):
            break
        named |= _named(match, BEFORE)
        end = match.start()
    return named


def _named(match: re.Match[str] | None, words: dict[str, list[str]]) -> set[str]:
    return set([*words.values()][match.lastindex - 1]) if match and match.lastindex else set()


def quotations_are_short(tables: Tables) -> Iterator[Problem]:
    """A quotation, or its translation, has at most ten words, or thirty signs without spaces."""
    for row in every_row(tables):
        for column, cell in row.items():
            if column.endswith(("fragment", "quoted", "translation")) and _length(cell) > LONGEST:
                yield row.problem(column, f"at most {LONGEST} words")


def quoted_words_fit(tables: Tables) -> Iterator[Problem]:
    """Words of the source are translated where foreign, and say number and qualifier of the row."""
    pages = {key: row["language"] for key, row in tables["sources"].rows.items()}
    for row in every_row(tables):
        if row.get("row") or "quoted" not in row:
            continue
        languages = {pages.get(key, "") for key in split(row["source_ids"])}
        if row["translation"]:
            if not row["quoted"]:
                yield row.problem("quoted", "the words that the translation is of")
            yield from _figure(row, "translation")
        elif _foreign(row["quoted"], languages):
            yield row.problem("translation", "the quoted words in English")
        else:
            yield from _figure(row, "quoted")


def _length(text: str) -> float:
    signs = len(_SIGN.findall(text))
    return signs / SIGNS_IN_A_WORD + len(_SIGN.sub(" ", text).split())


def _foreign(quoted: str, languages: set[str]) -> bool:
    """Whether words are not English, as far as their script and the pages' languages tell.

    A page in another script that is quoted in Latin letters was seen in English.
    """
    latin = languages <= {"cs", "de", "es", "fr", "id", "it", "nl", "pl", "pt", "sw"}
    return bool(re.search("[^\\W\\d_]", quoted) and (latin or _FOREIGN.search(quoted)))


def _figure(row: Row, column: str) -> Iterator[Problem]:
    """Each number of the row is among those said in a ``column``, and qualified as there."""
    said = numbers(row[column])
    if not said:
        return
    point = "amount" if "amount" in row else "value"
    ends = (point,) if row[point] else ("low", "high")
    found = [[each for each in said if _is_cell(each, row, end)] for end in ends]
    for end, fitting in zip(ends, found, strict=True):
        if row[end] and not fitting:
            yield row.problem(end, f"a number of {column}, {row[column]!r}")
    if row[point] and found[0]:
        yield from _qualified(row, column, found[0], said)


def _is_cell(said: Said, row: Row, column: str) -> bool:
    """Whether a number is that of the cell, within half a unit of the last digit of the cell."""
    cell, scale = row[column], _scale_of(row.get("unit") or row.get("amount_unit", ""))
    places = len(cell.partition(".")[2])
    return bool(cell) and said.is_number(float(cell) * scale, 0.5 * 10**-places * scale)


def _scale_of(unit: str) -> float:
    """The scale of a unit, also of one that goes on in our words, as the amounts of reports do."""
    words = unit.split()
    for last in range(len(words), 0, -1):
        with suppress(UnitError):
            return parse_unit(" ".join(words[:last]))[0]
    return 1.0


def _qualified(row: Row, column: str, fitting: list[Said], said: list[Said]) -> Iterator[Problem]:
    """The qualifier is one that the words around the number stand for; without any, ``exact``."""
    around = set().union(*(each.before | each.after for each in fitting))
    attached = sum(bool(each.before) for each in said)
    # A word that belongs to no number may belong to this one.
    if not around and len(_BEFORE.findall(row[column])) > attached:
        return
    if row["qualifier"] not in (around or {"exact"}):
        expected = f"{' or '.join(sorted(around)) or 'exact'} ({column}: {row[column]!r})"
        yield row.problem("qualifier", expected)
