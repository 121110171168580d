"""``{without-one}``: the headline numbers, each without one of its sources or origins.

Headline numbers are those of the boxes "In one minute" and of the first page. What becomes of them
depends on the data alone, and is kept from build to build: a change of the prose pays nothing.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import chipbook
from chipbook.book.cards import template
from chipbook.book.domain import (
    HEADLINES,
    LISTS,
    NUMBERS,
    add_list,
    anchor,
    fact_ref,
    number,
    page_link,
    replace,
    sources_by_id,
    use,
    used,
)
from chipbook.book.lines import Part, line, span
from chipbook.book.parts.tables import links, region, table_node
from chipbook.charts.drawing import cached, digest
from chipbook.data import Fact, data_dir, date_words, facts
from chipbook.story.claims import claims
from chipbook.story.robustness import (
    FALLS,
    MOVES,
    STANDS,
    Outcome,
    drop_each,
    drop_each_origin,
)

NAME = "without-one"
HEADERS = ["Number", "Without one page", "Without one origin"]
COLUMNS = ["blocks"] * len(HEADERS)
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


def outcomes(folder: Path, keys: list[str]) -> list[dict[str, Outcome]]:
    """What becomes of the numbers ``keys`` without a page, and without an origin.

    Kept in ``folder`` while data and code stay.
    """
    home = Path(chipbook.__file__).parent
    code = (path for room in ("data", "story", "topics") for path in (home / room).rglob("*.py"))
    files = sorted([*data_dir().glob("*.csv"), *data_dir().glob("*.json"), *code])
    name = digest(b"".join([*map(Path.read_bytes, files), ",".join(keys).encode()]))
    tests = drop_each, drop_each_origin
    made = cached(folder, f"{name}.pickle", lambda: pickle.dumps([test(keys) for test in tests]))
    return pickle.loads(made)


def without_one(app: Sphinx, here: str) -> Iterator[nodes.Node]:
    """``{without-one}``: a picture of it, then a table for each page as seen from ``here``."""
    pages = once(app.env)
    by_page, by_origin = outcomes(Path(app.doctreedir) / "robustness", [*chain(*pages.values())])
    traced = {key: one for key, one in by_origin.items() if one.tried}
    yield from _picture("without any one page", by_page, f"Of {len(by_page)} headline numbers")
    of = f"Of the {len(traced)} whose origins are coded"
    yield from _picture("without any one origin", traced, of)
    for page, keys in pages.items():
        link = page_link(app, here, page)
        section = nodes.section(ids=[nodes.make_id(f"without-{page}")])
        section += nodes.title("", "", link)
        rows = [_row(by_page[key], by_origin[key]) for key in keys]
        table = table_node(HEADERS, COLUMNS, rows, classes=("panel", "without-one"))
        section += region(table, f"Numbers without one source: {link.astext()}")
        yield section


def _picture(test: str, found: dict[str, Outcome], of: str) -> Iterator[nodes.Node]:
    """A mark for each number, by what becomes of it in a ``test``, and the sum in words."""
    groups: dict[str, list[Fact]] = {verdict: [] for verdict in (STANDS, MOVES, FALLS)}
    for key, outcome in found.items():
        groups[outcome.verdict].append(facts.fact(key))
    drawn = template("verdicts.html").render(test=test, groups=groups)
    yield nodes.raw("", drawn, format="html")
    stands, moves, falls = map(len, groups.values())
    yield line(
        f"{of}, {_do(stands, 'stand')} as printed {test}, {_do(moves, 'move')}, "
        f"and {falls or 'none'} cannot be made without some one of them.",
        classes=["without-one-sum"],
    )


def _do(count: int, verb: str) -> str:
    return f"{count or 'none'} {verb}{'s' * (count < 2)}"


def _row(pages: Outcome, origins: Outcome) -> list:
    fact = facts.fact(pages.key)
    about = line(f"{fact.entity}: {fact.metric}", classes=["panel-period"])
    return [
        [line(number(pages.key), ids=[f"without-{anchor(pages.key)}"]), about],
        list(_words(pages, _page)),
        list(_words(origins, _origin)) if origins.tried else [_untried(fact)],
    ]


def _untried(fact: Fact) -> nodes.paragraph:
    counted = not fact.table and not fact.quantity.inputs
    return line("a count: not tried" if counted else "not coded", classes=["panel-period"])


def _words(outcome: Outcome, name: Callable[[str], list[Part]]) -> Iterator[nodes.paragraph]:
    """What becomes of a number, for readers; ``name`` names one of what is left out."""
    if outcome.verdict == STANDS:
        yield line(f"stands without any one of {outcome.tried}" if outcome.tried > 1 else "stands")
    if needed := outcome.needed:
        named = [part for each in needed[:NAMED] for part in (", or without ", *name(each))][1:]
        if more := len(needed[NAMED:]):
            named.append(f", or any of {more} more")
        yield line(span("falls", "falls"), " without ", *named)
    if outcome.furthest:
        one, left = outcome.furthest
        others = len(outcome.without) - len(outcome.needed) - 1
        rest = f"; {others} more move{'s' * (others == 1)} it, no further" if others else ""
        yield line(f"moves to {left} without ", *name(one), rest)


def _page(source: str) -> list[Part]:
    """A page, and whom it repeats: it is an outlet's report that a copy carries."""
    relayed = sources_by_id()[source]["relays"]
    return [*links([source]), f" (for {relayed})" if relayed else ""]


def _origin(claim: str) -> list[Part]:
    said = claims()[claim]
    return [f"{said.speaker}, {date_words(said.date)}"]


def setup(app: Sphinx) -> None:
    """Register the list and the events."""
    add_list(app, NAME, without_one)
    app.connect("doctree-read", collect)
    app.connect("env-updated", use_headlines)
