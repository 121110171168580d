"""What a number card says of a figure beyond its own row: origins, conflicts, later events."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chipbook.data import Fact, facts, resource
from chipbook.data.quantity import Quantity
from chipbook.story import claims, disagreements
from chipbook.story.claims import Claim, Relation
from chipbook.story.disagreements import Disagreement

NAMED = 3
"""How many origins, conflicts or later events a card names; of the others it gives the count."""


def parts(key: str) -> list[str]:
    """The figures that a number is computed from; none for a row of the data."""
    return [part for part in facts[key].inputs if part in facts and part != key]


def _stated(keys: Iterable[str]) -> list[Claim]:
    named = {claim.id: claim for key in keys for claim in claims.about(key)}
    return [claim for claim in named.values() if claim.kind != "answer"]


@dataclass(frozen=True)
class Trace:
    """Where the claims that state a figure come from.

    ``pages`` counts the pages that carry them, ``origins`` are the claims that repeat no other, one
    for each coded report: two claims of one report are no two witnesses. Of ``parts`` figures (one
    for a row, more for what is computed) ``traced`` have a claim at all.
    """

    pages: int
    origins: tuple[Claim, ...]
    traced: int
    parts: int


def trace(key: str) -> Trace | None:
    """The origins of a figure, those of all parts for a computed one; None where none is coded.

    A number counted over a table has no parts, and a claim may still name the number itself.
    """
    made_of = parts(key)
    stated = _stated((key, *made_of))
    if not stated:
        return None
    ids = dict.fromkeys(origin for part in (key, *made_of) for origin in claims.origins_of(part))
    roots = [claims.claims()[origin] for origin in ids]
    reports: dict[str, Claim] = {}
    for root in roots:
        reports.setdefault(root.report_id or root.id, root)
    return Trace(
        pages=len({source for claim in stated for source in claim.source_ids}),
        origins=tuple(reports.values()),
        traced=sum(bool(_stated([part])) for part in made_of or (key,)),
        parts=len(made_of) or 1,
    )


def later(key: str) -> list[Relation]:
    """What was done to the claims that state a figure, by date, their denials left aside.

    The denials stand on the card as the answers to the report.
    """
    stated = {claim.id for claim in _stated([key])}
    kinds = claims.DONE.keys() - {"denies"}
    done = [r for r in claims.relations() if r.other_id in stated and r.relation in kinds]
    return sorted(done, key=lambda relation: relation.known_from)


def conflicts(key: str) -> list[tuple[Disagreement, list[str]]]:
    """The disagreements that a figure is part of, each with the keys of the other figures."""
    return [
        (found, [other for other in found.rows if other != key]) for found in disagreements.of(key)
    ]


def holder(fact: Fact) -> str:
    """The row that holds a figure, as ``table/row``; nothing for what we compute."""
    if not fact.table:
        return ""
    return fact.id if "/" in fact.id else f"{fact.table}/{fact.id}"


def ends(quantity: Quantity) -> list[float | None]:
    """Value, low and high in base units for JSON: None for a missing point or an open end."""
    three = (quantity.value, *quantity.bounds)
    return [end if end is not None and math.isfinite(end) else None for end in three]


def leaves(tree: dict | float) -> Iterator[dict]:
    """The keys and the table functions in a formula, in its order."""
    match tree:
        case {"args": args}:
            for part in args:
                yield from leaves(part)
        case {"key": _} | {"table": _}:
            yield tree


@dataclass(frozen=True)
class Piece:
    """Some words of a formula. They name a number (``key``), a table (``table``) or neither."""

    text: str
    key: str = ""
    table: str = ""


_SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 3}
"""How tightly an operation binds; a division stands in brackets inside a product or another one."""

_AROUND = {
    "lower": ("the lower end of ", ""),
    "upper": ("the upper end of ", ""),
    "point": ("the plain number of ", ""),
    "at_most": ("at most ", ""),
    "counted": ("", ", counted as {unit}"),
}
"""Function of a formula → the words before and after what it is made of."""


def in_words(tree: dict | float) -> list[Piece]:
    """A formula for readers: signs instead of operators, numbers and tables by their names.

    ``tree`` is the JSON of :func:`chipbook.data.derived.tree`.
    """
    return list(_words(tree, 0))


def _words(tree: dict | float, binding: int) -> Iterator[Piece]:
    match tree:
        case int() | float():
            yield Piece(f"{tree:g}")
        case {"key": key}:
            yield Piece(str(facts[key]), key=key)
        case {"op": sign, "args": [left, right]}:
            yield from _bracketed(_operation(sign, left, right), _BINDS[sign] < binding)
        case {"fn": name, "args": [inner]}:
            before, after = _AROUND[name]
            named = [Piece(before), *_words(inner, 4), Piece(after.format_map(tree))]
            yield from _bracketed(named, binding > 0)
        case {"table": _}:
            yield from _bracketed(_of_table(tree), binding > 0)
        case {"value": value, "unit": unit}:
            yield Piece(f"{value:g} {unit}")


def _bracketed(pieces: Iterable[Piece], needed: bool) -> Iterator[Piece]:
    yield from (Piece("("), *pieces, Piece(")")) if needed else pieces


def _operation(sign: str, left: dict | float, right: dict | float) -> Iterator[Piece]:
    binding = _BINDS[sign]
    yield from _words(left, binding + (sign == "/"))
    yield Piece(f" {_SIGNS[sign]} ")
    yield from _words(right, binding + (sign in "-/"))


_TAKEN = {
    "count": "",
    "sum": "the sum of {column} over ",
    "min": "the lowest {column} of ",
    "max": "the highest {column} of ",
}


def _of_table(tree: dict) -> Iterator[Piece]:
    column = _spaced(tree.get("column") or "")
    yield Piece(_TAKEN[tree["fn"]].format(column=column) + "rows of ")
    yield Piece(resource(tree["table"])["title"], table=tree["table"])
    rules = [f"{_spaced(name)} {_rule(rule)}" for name, rule in tree.get("where", {}).items()]
    if rules:
        yield Piece(" where " + _listed(rules, "and"))


def _rule(rule: list | dict) -> str:
    match rule:
        case {"not": values}:
            return f"is not {_listed(values, 'or')}"
        case {"missing": missing}:
            return "is empty" if missing else "is filled in"
    return f"is {_listed(rule, 'or')}"


def _listed(words: Iterable, last: str) -> str:
    *first, end = map(_spaced, words)
    return f"{', '.join(first)} {last} {end}" if first else end


def _spaced(word: object) -> str:
    return {True: "true", False: "false"}.get(word) or str(word).replace("_", " ")
