"""``{number-list}``: every number in a line that opens its card, with a permanent address."""

from functools import cache, partial

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from chipbook.book.cards import card, template
from chipbook.book.domain import CLASSES, address, listed_rows, where_used
from chipbook.data import facts, load
from chipbook.story.answers import sign
from chipbook.story.disagreements import answer, who

TITLES = {"budget": "Budgets", "suppliers": "Suppliers", "controls": "Export controls"}
"""Topic of facts.csv → heading, where it is not the topic itself."""


def number_list(app: Sphinx, page: str) -> list[nodes.Node]:
    """A section of ``page`` for each topic: a line for each number, which opens its card."""
    link, pages = partial(address, app, page), app.env.found_docs
    html = template("numbers.html").render(
        **listed(app.env),
        card=lambda key, used_in: card(key, link, used_in=used_in, prefix="number", pages=pages),
    )
    return [nodes.raw("", html, format="html")]


def listed(env: BuildEnvironment) -> dict[str, object]:
    """What a template needs to list every number: the keys by topic, and what is said of one."""
    topics = {**by_topic(), "Rows of other tables": listed_rows(env)}
    said = {"classes": CLASSES, "sign": sign, "who": who, "answer": answer}
    return {"topics": topics, "where": where_used(env), **said}


@cache
def by_topic() -> dict[str, list[str]]:
    """Heading → keys of the facts of a topic, then of all that we compute."""
    table = load("facts")
    groups: dict[str, list[str]] = {}
    for topic, key in zip(table["topic"], table["id"], strict=True):
        groups.setdefault(TITLES.get(topic, str(topic).capitalize()), []).append(key)
    groups["Computed by us"] = [key for key in facts if facts.fact(key).basis == "arithmetic"]
    return groups
