"""``{number-list}``: every number in a line that opens its card, with a permanent address."""

from __future__ import annotations

from functools import cache, partial

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import card, template
from chipbook.book.domain import CLASSES, add_list, address, listed_rows, where_used
from chipbook.book.lines import look_up
from chipbook.data import facts, load
from chipbook.story.answers import sign
from chipbook.story.disagreements import answer, who

TITLES = {"budget": "Budgets", "suppliers": "Suppliers", "controls": "Export controls"}
"""Topic of facts.csv → heading, where it is not the topic itself."""
ORDERS = "value:size,what:what it counts,who:who says so"


def number_list(app: Sphinx, page: str) -> list[nodes.Node]:
    """A section of ``page`` for each topic: a line for each number, which opens its card."""
    where, link = where_used(app.env), partial(address, app, page)
    sections = []
    for topic, keys in {**by_topic(), "Rows of other tables": listed_rows(app.env)}.items():
        section = nodes.section(ids=[nodes.make_id(f"topic-{topic}")], classes=["group"])
        section += nodes.title("", topic)
        for key in keys:
            html = template("number.html").render(
                fact=facts.fact(key),
                who=who(facts.fact(key)),
                answer=answer(facts.fact(key)),
                mark=CLASSES.get(sign(key)),
                pages=len(where.get(key, ())),
                card=card(
                    key, link, used_in=where.get(key, []), prefix="number", pages=app.env.found_docs
                ),
            )
            section += nodes.raw("", html, format="html")
        sections.append(section)
    return look_up(ORDERS, "status:Who speaks,answer:Answer", *sections)


@cache
def by_topic() -> dict[str, list[str]]:
    """Heading → keys of the facts of a topic, then of all that we compute."""
    table = load("facts")
    groups: dict[str, list[str]] = {}
    for topic, key in zip(table["topic"], table["id"], strict=True):
        groups.setdefault(TITLES.get(topic, str(topic).capitalize()), []).append(key)
    groups["Computed by us"] = [key for key in facts if facts.fact(key).basis == "arithmetic"]
    return groups


def setup(app: Sphinx) -> None:
    """Register the list."""
    add_list(app, "number-list", number_list)
