"""What a number card says of a figure beyond its own row: origins, conflicts, later events."""

import math
from types import SimpleNamespace

from chipbook.data import facts
from chipbook.data.quantity import Quantity
from chipbook.story import claims, disagreements
from chipbook.story.claims import Relation
from chipbook.story.disagreements import Disagreement

NAMED = 3
"""How many origins, conflicts or later events a card names; of the others it gives the count."""


def parts(key: str) -> list[str]:
    """The figures that the number ``key`` is computed from; none for a row of the data."""
    return [part for part in facts[key].inputs if part in facts and part != key]


def trace(key: str) -> SimpleNamespace | None:
    """The origins of ``key``, those of all parts where it is computed; None where none is coded.

    ``pages`` counts the pages that carry the claims that state it, ``origins`` are those that
    these claims have at most, and ``unknown`` counts the claims that lead back to none. Of
    ``parts`` figures (one for a row, more for what is computed) ``traced`` have a claim at all.
    A number counted over a table has no parts, and a claim may still name the number itself.
    """
    made_of = parts(key)
    stated = {claim.id: claim for part in (key, *made_of) for claim in claims.stating(part)}
    if not stated:
        return None
    known = claims.origins(stated, claims.ORIGINS)
    return SimpleNamespace(
        pages=len({source for claim in stated.values() for source in claim.source_ids}),
        origins=[claims.claims()[name] for name in known],
        unknown=sum(not claims.origins([claim], claims.ORIGINS) for claim in stated),
        traced=sum(bool(claims.stating(part)) for part in made_of or (key,)),
        parts=len(made_of) or 1,
    )


def later(key: str) -> list[Relation]:
    """What was done to the claims that state ``key``, by date, their denials left aside.

    The denials stand on the card as the answers to the report.
    """
    stated = {claim.id for claim in claims.stating(key)}
    return [r for r in claims.done_to(stated) if r.relation != "denies"]


def denials(key: str) -> list[Relation]:
    """The denials of what the claims that state ``key`` go back to, the first one first."""
    behind = {root for claim in claims.stating(key) for root in claims.roots(claim.id)}
    return [r for r in claims.done_to(behind) if r.relation == "denies"]


def conflicts(key: str) -> list[tuple[Disagreement, list[str]]]:
    """The disagreements that ``key`` is part of, each with the keys of the other figures."""
    return [
        (found, [other for other in found.rows if other != key])
        for found in disagreements.disagreements().values()
        if key in found.rows
    ]


def ends(quantity: Quantity) -> list[float | None]:
    """Value, low and high of ``quantity`` in base units: None for no point, or an open end."""
    three = (quantity.value, *quantity.bounds)
    return [end if end is not None and math.isfinite(end) else None for end in three]
