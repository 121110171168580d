"""``{without-one}``: the headline numbers of the book, each without one of its sources.

Headline numbers are those of the boxes "In one minute" and of the first page. What becomes of them
depends on the data alone, and is kept from build to build: a change of the prose pays nothing.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import chipbook
from chipbook.book.domain import (
    HEADLINES,
    LISTS,
    NUMBERS,
    add_list,
    fact_ref,
    number,
    page_link,
    replace,
    use,
    used,
)
from chipbook.book.parts.tables import links, region, table_node
from chipbook.charts.drawing import cached, digest
from chipbook.data import data_dir, facts
from chipbook.story.claims import origins_of
from chipbook.story.robustness import FALLS, MOVES, STANDS, Outcome, drop_each

NAME = "without-one"
HEADERS = ["Number", "Pages", "Without one of them"]
# Pages named for one number; a count may lose a row with any of dozens.
NAMED = 3


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the numbers of the first page, or of the box of a page just read."""
    env = app.env
    boxes = [doctree] if env.docname == app.config.root_doc else doctree.findall(_is_box)
    keys = [node["fact"] for box in boxes for node in box.findall(fact_ref)]
    if keys:
        use(env, HEADLINES, keys)


def _is_box(node: nodes.Node) -> bool:
    return isinstance(node, nodes.admonition) and "one-minute" in node["classes"]


def once(env: BuildEnvironment) -> dict[str, list[str]]:
    """The headline numbers by page, each under the first page of the book that has it."""
    pages = [env.config.root_doc, *env.toctree_includes.get(env.config.root_doc, ())]
    headlines = used(env, HEADLINES)
    order = [page for page in pages if page in headlines]
    seen: set[str] = set()
    found = {}
    for page in [*order, *sorted(set(headlines) - set(order))]:
        found[page] = [key for key in headlines[page] if key not in seen]
        seen.update(found[page])
    return {page: keys for page, keys in found.items() if keys}


def use_headlines(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The page that lists the numbers uses them, so that it has their cards."""
    for page, lists in used(env, LISTS).items():
        if NAME in lists:
            # Not added to: a headline that is gone must leave no card behind.
            replace(env, NUMBERS, set().union(*used(env, HEADLINES).values()), page)
    return []


def outcomes(folder: Path, keys: list[str]) -> dict[str, Outcome]:
    """What becomes of numbers (:func:`drop_each`), kept in ``folder`` while data and code stay."""
    home = Path(chipbook.__file__).parent
    code = (path for room in ("data", "story", "topics") for path in (home / room).rglob("*.py"))
    files = sorted([*data_dir().glob("*.csv"), *data_dir().glob("*.json"), *code])
    name = digest(b"".join([*map(Path.read_bytes, files), ",".join(keys).encode()]))
    return pickle.loads(cached(folder, f"{name}.pickle", lambda: pickle.dumps(drop_each(keys))))


def without_one(app: Sphinx, here: str) -> Iterator[nodes.Node]:
    """``{without-one}``: the sum of it, then a table for each page."""
    pages = once(app.env)
    keys = [key for keys in pages.values() for key in keys]
    found = outcomes(Path(app.doctreedir) / "robustness", keys)
    yield _sum(found)
    for page, keys in pages.items():
        link = page_link(app, here, page)
        yield nodes.rubric("", "", link)
        rows, kinds = [_row(found[key]) for key in keys], ["blocks", "number", "blocks"]
        table = table_node(HEADERS, kinds, rows, classes=("panel", "without-one"))
        yield region(table, kinds, f"Numbers without one source: {link.astext()}")


def _sum(outcomes: dict[str, Outcome]) -> nodes.paragraph:
    count = Counter(outcome.verdict for outcome in outcomes.values())
    return nodes.paragraph(
        "",
        f"Of {len(outcomes)} headline numbers, {count[STANDS]} stand as printed without any one "
        f"page, {count[MOVES]} move, and for {count[FALLS]} there is a page without which they "
        "cannot be made.",
        classes=["without-one-sum"],
    )


def _row(outcome: Outcome) -> list:
    fact = facts.fact(outcome.key)
    of = f"{fact.entity}: {fact.metric}"
    figure = [
        nodes.paragraph("", "", number(outcome.key, str(fact.quantity))),
        nodes.paragraph("", of, classes=["panel-period"]),
    ]
    if known := len(origins_of(outcome.key)):
        words = "origin" if known == 1 else "origins"
        line = f"{known} independent {words} among the claims"
        figure.append(nodes.paragraph("", line, classes=["panel-period"]))
    return [figure, str(outcome.sources), list(_words(outcome))]


def _words(outcome: Outcome) -> Iterator[nodes.paragraph]:
    if outcome.verdict == STANDS:
        yield nodes.paragraph("", "stands without any one of them")
    if outcome.needed:
        line = nodes.paragraph("", "cannot be made without ")
        line += _named(outcome.needed, "or without")
        yield line
    if outcome.furthest:
        source, left = outcome.furthest
        moved = [page for page, other in outcome.without.items() if other is not None]
        line = nodes.paragraph("", f"{left} without ")
        line += links([source])
        if len(moved) > 1:
            line += nodes.Text(f"; {len(moved)} pages move it, none further")
        yield line


def _named(pages: list[str], joint: str) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for page in pages[:NAMED]:
        found += [nodes.Text(f", {joint} "), *links([page])]
    if more := len(pages) - NAMED:
        found += [nodes.Text(f", {joint} any of {more} more")] if more > 0 else []
    return found[1:]


def setup(app: Sphinx) -> None:
    """Register the list and the events."""
    add_list(app, NAME, without_one)
    app.connect("doctree-read", collect)
    app.connect("env-updated", use_headlines)
