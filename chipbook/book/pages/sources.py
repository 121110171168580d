"""The sources at the end of a chapter, and the page of all sources."""

from __future__ import annotations

from functools import partial

from babel import Locale
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from chipbook.book.cards import template
from chipbook.book.domain import (
    NUMBERS,
    SOURCES,
    add_list,
    address,
    source_ref,
    sources_by_id,
    used,
)
from chipbook.book.lines import bullets, fold, line
from chipbook.charts.tables import with_dates
from chipbook.data import date_words, facts, load, package, split
from chipbook.data.words import STRENGTHS

NEARNESS = {
    "primary": "the company, filing or authority itself",
    "strong": "a wire, or the own page of a large outlet, law firm or research house",
    "relay": "repeats another outlet, or is a copy",
    "weak": "a machine summary, a bare address, a poor copy",
}
"""What the strength of a source means."""


def sources_of(env: BuildEnvironment, page: str) -> set[str]:
    """Ids of all sources that a number, chart or table of a page rests on."""
    found = set(used(env, SOURCES).get(page, ()))
    for key in used(env, NUMBERS).get(page, ()):
        found.update(facts[key].sources)
    return found


def _entry(key: str, source: dict) -> nodes.paragraph:
    page = nodes.reference("", source["title"] or source["url"], refuri=source["url"])
    details = [date_words(source["published"]), source["kind"]]
    if source["strength"]:
        details.append(f"strength: {source['strength']}")
    if source["language"] and source["language"] != "en":
        details.insert(1, f"in {Locale.parse(source['language']).get_language_name('en')}")
    if source["relays"]:
        details.append("".join(with_dates(f"repeats {source['relays']}")))
    told = "".join(f" · {detail}" for detail in details if detail)
    return line(nodes.strong("", source["publisher"]), ": ", page, told, classes=["source"])


def _sorted(keys: set[str]) -> list[str]:
    return sorted(keys, key=lambda key: (sources_by_id()[key]["publisher"].lower(), key))


def chapter_sources(app: Sphinx, page: str) -> list[nodes.Node]:
    """``{sources}``: every source of the ``page`` in a fold, the nearest to its origin first."""
    keys = _sorted(sources_of(app.env, page))
    if not keys:
        return []
    inside = nodes.container()
    for strength in STRENGTHS:
        if found := [key for key in keys if sources_by_id()[key]["strength"] == strength]:
            words = f"{strength.capitalize()}: {NEARNESS[strength]}"
            inside += line(words, classes=["strength", f"strength-{strength}"])
            listed = bullets((_cited(key) for key in found), "sources")
            for key, item in zip(found, listed, strict=True):
                item["ids"] = [f"cited-{key}"]
            inside += listed
    folded = fold(f"{len(keys)} sources of this chapter" if keys[1:] else "One source", inside)
    folded["classes"].append("source-fold")
    return [folded]


def _cited(key: str) -> nodes.paragraph:
    """The line of a source in a chapter; its publisher leads to its entry in the book."""
    source = sources_by_id()[key]
    entry = _entry(key, source | {"strength": ""})
    entry.replace(entry[0], source_ref("", source["publisher"], classes=["src"], source=key))
    return entry


def source_list(app: Sphinx, page: str) -> list[nodes.Node]:
    """``{source-list}`` on a ``page``: every source of the data, with what rests on it."""
    pages: dict[str, list[str]] = {}
    for other in sorted(app.env.found_docs):
        for key in sources_of(app.env, other):
            pages.setdefault(key, []).append(other)
    html = template("sources.html").render(
        keys=_sorted(set(sources_by_id())),
        sources=sources_by_id(),
        pages=pages,
        titles={other: app.env.titles[other].astext() for other in app.env.found_docs},
        rows=rows_by_source(),
        link=partial(address, app, page),
    )
    return [nodes.raw("", html, format="html")]


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


def setup(app: Sphinx) -> None:
    """Register both lists."""
    add_list(app, "sources", chapter_sources, of_book=False)
    add_list(app, "source-list", source_list)
