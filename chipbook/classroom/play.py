"""The calibration game and the coding kit: what is asked, and the rows that settle it.

``game.toml`` holds the statements of the game. Whether one holds is worked out from the numbers
that it compares, so the answer follows a correction. ``kit.toml`` names the rows that a class
codes, as the second coder of the book did.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chipbook.data import BOOK, derived, facts
from chipbook.data.words import DATES
from chipbook.story.answers import DENIED, sign
from chipbook.story.disagreements import disagreements

TEXTS = ("article_statements", "press_reports", "sources")
"""Tables of what was published: the game uses their dates and counts their rows, and no more."""


@dataclass(frozen=True)
class Statement:
    """A statement of the game and its reason, texts with keys in braces; ``keys`` settle it."""

    id: str
    says: str
    why: str
    holds: bool
    keys: tuple[str, ...]


def read(name: str) -> dict[str, Any]:
    """The file ``name`` of this room, a TOML, as a dict."""
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


def statements() -> list[Statement]:
    """The statements of the game, in their order. Raises as :func:`settled`."""
    return [
        Statement(key, entry["says"], entry["why"], *settled(key, entry["holds"]))
        for key, entry in read("game.toml").items()
    ]


def settled(key: str, comparison: str) -> tuple[bool, tuple[str, ...]]:
    """Whether ``comparison`` holds, ``'a' > 2 * 'b'`` between two formulas, and the keys in it.

    Raises ``ValueError``, with the ``key`` of its statement, where the numbers leave it open or
    settle nothing (:func:`doubts`), and as formulas do.
    """
    match ast.parse(comparison, mode="eval").body:
        case ast.Compare(left, [ast.Gt() | ast.Lt() as sense], [right]):
            first, second = ast.unparse(left), ast.unparse(right)
        case _:
            raise ValueError(f"{key}: {comparison!r} does not compare two formulas by > or <")
    keys = tuple(dict.fromkeys([*derived.named_in(first), *derived.named_in(second)]))
    if not keys or not all(name in facts for name in keys):
        raise ValueError(f"{key}: {comparison!r} names something that has no card")
    if found := [doubt for name in keys for doubt in doubts(name)]:
        raise ValueError(f"{key}: {'; '.join(found)}")
    more = f"({first}) - ({second})" if isinstance(sense, ast.Gt) else f"({second}) - ({first})"
    low, high = derived.evaluate(derived.tree(more), BOOK).bounds
    if low <= 0 < high:
        raise ValueError(f"{key}: {comparison!r} may hold or not, within what the numbers allow")
    return low > 0, keys


def doubts(key: str) -> Iterator[str]:
    """Why the number ``key`` settles nothing, in words: nothing where it may stand in the game."""
    fact = facts.fact(key)
    if word := sign(key):
        yield f"{key} was denied" if word == DENIED else f"{key} {word}"
    if any(key in found.rows for found in disagreements().values()):
        yield f"{key} is one of several answers to one question"
    if not fact.formula:
        yield from _status(key, fact.quantity.status)
        return
    for node in derived.nodes(derived.tree(fact.formula)):
        match node:
            case {"key": part}:
                yield from doubts(part)
            case {"table": table, "fn": name} if table in TEXTS:
                if name != "count" and node["column"] not in DATES:
                    yield f"{key} takes {node['column']} from {table}"
            case {"table": table}:
                for row in derived.chosen(node, BOOK):
                    yield from _status(f"{table}/{row}", BOOK.rows(table)[row].get("status", ""))


def _status(row: str, status: str) -> Iterator[str]:
    if status not in ("filed", "announced"):
        yield f"{row} is {status or 'without a status'}, and neither filed nor announced"


@dataclass(frozen=True)
class Task:
    """What a class codes: rows of ``table``, also coded in ``second`` under the column ``key``.

    ``shown`` and ``codes`` are columns of ``table``, each with what a reader calls it.
    """

    table: str
    second: str
    key: str
    shown: dict[str, str]
    codes: dict[str, str]

    def words(self, column: str) -> list[str]:
        """The codes that a coder chooses from, in the order of the schema."""
        fields = BOOK.resource(self.second)["schema"]["fields"]
        return next(f["constraints"]["enum"] for f in fields if f["name"] == f"{column}_1")

    def coded(self, row: str) -> dict[str, str]:
        """The blind second coding of a ``row``: both codes of each column, and the reason."""
        rows = BOOK.rows(self.second).values()
        return next(r for r in rows if r[self.key] == row and r.get("blind") != "false")


TASKS = {
    "reports": Task(
        "press_reports",
        "second_coding",
        "report_id",
        {"claim": "The report", "response": "The answer", "later_evidence": "Later evidence"},
        {"response_type": "Answer", "later_status": "Later status"},
    ),
    "statements": Task(
        "article_statements",
        "second_verdicts",
        "statement_id",
        {"clause": "The article", "fragment": "In Italian", "report": "The report"},
        {"verdict": "Verdict"},
    ),
}
"""Name of a task in ``kit.toml`` → the task."""
