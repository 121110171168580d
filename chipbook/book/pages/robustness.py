"""``{without-one}``: the headline numbers, each without one of its sources or origins.

Headline numbers are those of the boxes "In one minute" and of the first page. What becomes of them
depends on data and code alone, and is kept while these stay: a change of the prose pays nothing.
"""

import pickle
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from chipbook.book.cards import part
from chipbook.book.domain import domain_of, fact_ref, page_link, sources_by_id, use, used
from chipbook.book.gates import with_class
from chipbook.book.site import build
from chipbook.charts.drawing import cached, digest
from chipbook.data import Fact, facts
from chipbook.story.claims import claims
from chipbook.story.robustness import Outcome, Verdict, drop_each, drop_each_origin

NAME = "without-one"


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the numbers of the first page, or of the box of a page just read."""
    env = app.env
    front = env.docname == app.config.root_doc
    boxes = [doctree] if front else with_class(doctree, "one-minute")
    keys = [node["fact"] for box in boxes for node in box.findall(fact_ref)]
    if keys:
        use(env, "headlines", keys)


def once(env: BuildEnvironment) -> dict[str, list[str]]:
    """The headline numbers by page, each under the first page of the book that has it."""
    headlines = used(env, "headlines")
    pages = dict.fromkeys([*env.collect_relations(), *sorted(headlines)])
    first = {key: page for page in reversed(pages) if page in headlines for key in headlines[page]}
    found = {page: [key for key in headlines.get(page, ()) if first[key] == page] for page in pages}
    return {page: keys for page, keys in found.items() if keys}


def use_headlines(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The page that lists the numbers uses them, so that it has their cards."""
    for page, lists in used(env, "lists").items():
        if NAME in lists:
            # Not added to: a headline that is gone must leave no card behind.
            domain_of(env).data["pages"][page].pop("numbers", None)
            use(env, "numbers", set().union(*used(env, "headlines").values()), page)
    return []


def outcomes(folder: Path, keys: list[str]) -> list[dict[str, Outcome]]:
    """What becomes of the numbers ``keys`` without a page, and without an origin.

    Kept in ``folder``, that of one state of data and code.
    """
    name, tests = digest(",".join(keys).encode()), (drop_each, drop_each_origin)
    made = cached(folder, f"{name}.pickle", lambda: pickle.dumps([test(keys) for test in tests]))
    return pickle.loads(made)


def without_one(app: Sphinx, here: str) -> Iterator[nodes.Node]:
    """``{without-one}``: a picture of it, then a table for each page as seen from ``here``."""
    pages = once(app.env)
    by_page, by_origin = outcomes(build.once(app), [*chain(*pages.values())])
    traced = {key: one for key, one in by_origin.items() if one.tried}
    for test, found, of in (
        ("without any one page", by_page, f"Of {len(by_page)} headline numbers"),
        ("without any one origin", traced, f"Of the {len(traced)} whose origins are coded"),
    ):
        groups: dict[Verdict, list[Fact]] = {"stands": [], "moves": [], "falls": []}
        for key, outcome in found.items():
            groups[outcome.verdict].append(facts.fact(key))
        yield part(app, here, "verdicts.html", test=test, groups=groups, of=of)
    for page, keys in pages.items():
        link = page_link(app, here, page)
        section = nodes.section(ids=[nodes.make_id(f"without-{page}")])
        section += nodes.title("", "", link)
        section += part(
            app,
            here,
            "without-one.html",
            title=link.astext(),
            rows=[(facts.fact(key), by_page[key], by_origin[key]) for key in keys],
            every_source=sources_by_id(),
            claims=claims(),
        )
        yield section
