"""The sources at the end of a chapter, and the page of all sources."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from chipbook.book.cards import part
from chipbook.book.domain import sources_by_id, used
from chipbook.data import facts, load, package, split
from chipbook.data.settings import settings

NEARNESS = settings(__file__)
"""What the strength of a source means, from the nearest on."""


def sources_of(env: BuildEnvironment, page: str) -> set[str]:
    """Ids of all sources that a number, chart or table of a page rests on."""
    found = set(used(env, "sources").get(page, ()))
    for key in used(env, "numbers").get(page, ()):
        found.update(facts[key].sources)
    return found


def _sorted(keys: set[str]) -> list[str]:
    return sorted(keys, key=lambda key: (sources_by_id()[key]["publisher"].lower(), key))


def chapter_sources(app: Sphinx, page: str) -> list[nodes.Node]:
    """``{sources}``: every source of the ``page`` in a fold, the nearest to its origin first."""
    found = [(key, sources_by_id()[key]) for key in _sorted(sources_of(app.env, page))]
    told = part(app, page, "chapter-sources.html", found=found, nearness=NEARNESS)
    return [told] if found else []


def source_list(app: Sphinx, page: str) -> list[nodes.Node]:
    """``{source-list}`` on a ``page``: every source of the data, with what rests on it."""
    pages: dict[str, list[str]] = {}
    for other in sorted(app.env.found_docs):
        for key in sources_of(app.env, other):
            pages.setdefault(key, []).append(other)
    told = part(
        app,
        page,
        "sources.html",
        keys=_sorted(set(sources_by_id())),
        every=sources_by_id(),
        pages=pages,
        titles={other: app.env.titles[other].astext() for other in app.env.found_docs},
        rows=rows_by_source(),
    )
    return [told]


def rows_by_source() -> dict[str, dict[str, list[str]]]:
    """The rows that rest on each source: source id → resource → ids of rows."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in (resource["name"] for resource in package()["resources"]):
        table = load(name)
        if "source_ids" not in table:
            continue
        for row, cell in zip(table["id"], table["source_ids"], strict=True):
            for key in split(cell):
                found.setdefault(key, {}).setdefault(name, []).append(row)
    return found
