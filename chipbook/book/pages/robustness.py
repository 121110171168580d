"""``{without-one}``: the headline numbers of the book, each without one of its sources.

Headline numbers are those of the boxes "In one minute" and of the first page. What becomes of them
depends on the data alone, and is kept from build to build: a change of the prose pays nothing.
"""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator
from itertools import chain
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
from chipbook.book.lines import Part, joined, line
from chipbook.book.parts.tables import links, region, table_node
from chipbook.charts.drawing import cached, digest
from chipbook.data import data_dir, facts
from chipbook.story.claims import origins_of
from chipbook.story.robustness import FALLS, MOVES, STANDS, Outcome, drop_each

NAME = "without-one"
HEADERS = ["Number", "Pages", "Without one of them"]
COLUMNS = ["blocks", "number", "blocks"]
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
    headlines = used(env, HEADLINES)
    pages = dict.fromkeys([*env.collect_relations(), *sorted(headlines)])
    first = {key: page for page in reversed(pages) if page in headlines for key in headlines[page]}
    found = {page: [key for key in headlines.get(page, ()) if first[key] == page] for page in pages}
    return {page: keys for page, keys in found.items() if keys}


def use_headlines(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The page that lists the numbers uses them, so that it has their cards."""
    for page, lists in used(env, LISTS).items():
        if NAME in lists:
            # Not added to: a headline that is gone must leave no card behind.
            replace(env, NUMBERS, set().union(*used(env, HEADLINES).values()), page)
    return []


def outcomes(folder: Path, keys: list[str]) -> dict[str, Outcome]:
    """What becomes of the numbers ``keys``, kept in ``folder`` while data and code stay."""
    home = Path(chipbook.__file__).parent
    code = (path for room in ("data", "story", "topics") for path in (home / room).rglob("*.py"))
    files = sorted([*data_dir().glob("*.csv"), *data_dir().glob("*.json"), *code])
    name = digest(b"".join([*map(Path.read_bytes, files), ",".join(keys).encode()]))
    return pickle.loads(cached(folder, f"{name}.pickle", lambda: pickle.dumps(drop_each(keys))))


def without_one(app: Sphinx, here: str) -> Iterator[nodes.Node]:
    """``{without-one}``: the sum of it, then a table for each page as seen from ``here``."""
    pages = once(app.env)
    found = outcomes(Path(app.doctreedir) / "robustness", [*chain(*pages.values())])
    yield _sum(found)
    for page, keys in pages.items():
        link = page_link(app, here, page)
        yield nodes.rubric("", "", link)
        rows = [_row(found[key]) for key in keys]
        table = table_node(HEADERS, COLUMNS, rows, classes=("panel", "without-one"))
        yield region(table, COLUMNS, f"Numbers without one source: {link.astext()}")


def _sum(outcomes: dict[str, Outcome]) -> nodes.paragraph:
    count = Counter(outcome.verdict for outcome in outcomes.values())
    return line(
        f"Of {len(outcomes)} headline numbers, {count[STANDS]} stand as printed without any one "
        f"page, {count[MOVES]} move, and for {count[FALLS]} there is a page without which they "
        "cannot be made.",
        classes=["without-one-sum"],
    )


def _row(outcome: Outcome) -> list:
    fact = facts.fact(outcome.key)
    said = [f"{fact.entity}: {fact.metric}"]
    if known := len(origins_of(outcome.key)):
        words = "origin" if known == 1 else "origins"
        said.append(f"at most {known} independent {words} among the claims")
    about = [line(words, classes=["panel-period"]) for words in said]
    return [[line(number(outcome.key)), *about], str(outcome.sources), list(_words(outcome))]


def _words(outcome: Outcome) -> Iterator[nodes.paragraph]:
    if outcome.verdict == STANDS:
        yield line("stands without any one of them")
    if needed := outcome.needed:
        named: list[Part] = [link for page in needed[:NAMED] for link in links([page])]
        if more := len(needed[NAMED:]):
            named.append(f"any of {more} more")
        yield line("cannot be made without ", *joined(named, ", or without "))
    if outcome.furthest:
        source, left = outcome.furthest
        moved = len(outcome.without) - len(outcome.needed)
        others = f"; {moved} pages move it, none further" if moved > 1 else ""
        yield line(f"{left} without ", *links([source]), others)


def setup(app: Sphinx) -> None:
    """Register the list and the events."""
    add_list(app, NAME, without_one)
    app.connect("doctree-read", collect)
    app.connect("env-updated", use_headlines)
