"""``{number-list}``: every number as a card with a permanent address, by topic."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import card, date_words
from chipbook.book.domain import add_list, address, anchor, listed_rows, where_used
from chipbook.data import facts, load

TITLES = {"budget": "Budgets", "suppliers": "Suppliers", "controls": "Export controls"}
"""Topic of facts.csv → heading, where it is not the topic itself."""


def number_list(app: Sphinx, page: str) -> Iterator[nodes.section]:
    """A section of ``page`` for each topic: the cards of its numbers, with where each is used."""
    where, link = where_used(app.env), partial(address, app, page)
    for topic, keys in {**by_topic(), "Rows of other tables": listed_rows(app.env)}.items():
        section = nodes.section(ids=[nodes.make_id(f"topic-{topic}")])
        section += nodes.title("", topic)
        for key in keys:
            html = card(
                key, link, used_in=where.get(key, []), prefix="number", pages=app.env.found_docs
            )
            place = nodes.container(ids=[f"fact-{anchor(key)}"], classes=["number"])
            place += nodes.raw("", html, format="html")
            place += nodes.raw("", _tex(_plain(key)) + "\n\n", format="latex")
            section += place
        yield section


@cache
def by_topic() -> dict[str, list[str]]:
    """Heading → keys of the facts of a topic, then of all that we compute."""
    table = load("facts")
    groups: dict[str, list[str]] = {}
    for topic, key in zip(table["topic"], table["id"], strict=True):
        groups.setdefault(TITLES.get(topic, str(topic).capitalize()), []).append(key)
    groups["Computed by us"] = [key for key in facts if facts.fact(key).basis == "arithmetic"]
    return groups


def _plain(key: str) -> str:
    fact = facts.fact(key)
    return f"{fact.entity}: {fact.metric}, {date_words(fact.period)}: {fact.quantity}"


def _tex(text: str) -> str:
    return "".join({c: "\\" + c for c in "$%&#_{}"}.get(c, c) for c in text)


def setup(app: Sphinx) -> None:
    """Register the list."""
    add_list(app, "number-list", number_list)
