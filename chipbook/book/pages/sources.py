"""Sources in prose (``{source}``), at the end of a chapter and on the page of all sources."""

from __future__ import annotations

import re

from babel import Locale
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from chipbook.book.domain import SOURCES_PAGE, _link, _sources, _used, date_words, row_link
from chipbook.data import facts, load, package, split

logger = logging.getLogger(__name__)


def short_name(source: dict) -> str:
    """Publisher and year, for a line of prose: ``Reuters, 2025``."""
    publisher = re.sub(r"\s*\(.*\)$", "", source["publisher"])
    return f"{publisher}, {source['published'][:4]}" if source["published"] else publisher


def page_sources(env: BuildEnvironment) -> dict[str, set[str]]:
    """Ids of sources that each page rests on, beyond those of its ``{fact}`` numbers."""
    if not hasattr(env, "chipbook_page_sources"):
        env.chipbook_page_sources = {}
    return env.chipbook_page_sources


class source_ref(nodes.inline):
    """A link to a source's place on the page of sources."""


class SourceRole(SphinxRole):
    """``{source}`id``` prints publisher and year, linked to the entry of the source."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The link, or a warning for an unknown id (which fails the build)."""
        key = self.text.strip()
        if key not in _sources():
            where = (self.env.docname, self.lineno)
            logger.warning("unknown source %r", key, location=where)
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        page_sources(self.env).setdefault(self.env.docname, set()).add(key)
        name = short_name(_sources()[key])
        return [source_ref(self.rawtext, name, classes=["src"], source=key)], []


class chapter_sources(nodes.General, nodes.Element):
    """Place of the list of the sources of one page."""


class ChapterSources(SphinxDirective):
    """``{sources}``: every source that a number, chart or table of this page rests on."""

    def run(self) -> list[nodes.Node]:
        """A place that is filled once the page is read to its end."""
        return [chapter_sources()]


class source_list(nodes.General, nodes.Element):
    """Place of the list of all sources."""


class SourceList(SphinxDirective):
    """``{source-list}``: every source of the data package, with what rests on it."""

    def run(self) -> list[nodes.Node]:
        """A place that is filled once it is known which pages use a source."""
        return [source_list()]


def _all_of(env: BuildEnvironment, page: str) -> set[str]:
    found = set(page_sources(env).get(page, ()))
    for key in _used(env).get(page, ()):
        found.update(facts[key].sources)
    return found


def _entry(key: str, source: dict) -> nodes.paragraph:
    line = nodes.paragraph(classes=["source"])
    line += nodes.strong("", source["publisher"])
    line += nodes.Text(": ")
    line += nodes.reference("", source["title"] or source["url"], refuri=source["url"])
    details = [date_words(source["published"]), source["kind"], f"strength: {source['strength']}"]
    if source["language"] and source["language"] != "en":
        details.insert(1, f"in {Locale.parse(source['language']).get_language_name('en')}")
    if source["relays"]:
        details.append(f"repeats {source['relays']}")
    line += nodes.Text(" · " + " · ".join(detail for detail in details if detail))
    return line


def _sorted(keys: set[str]) -> list[str]:
    return sorted(keys, key=lambda key: (_sources()[key]["publisher"].lower(), key))


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write both kinds of list."""
    for place in list(doctree.findall(chapter_sources)):
        keys = _all_of(app.env, docname)
        listed = nodes.bullet_list(classes=["sources"])
        for key in _sorted(keys):
            entry = _entry(key, _sources()[key])
            entry += nodes.Text(" ")
            link = source_ref("", "entry", classes=["src"], source=key)
            entry += link
            listed += nodes.list_item("", entry)
        place.replace_self(listed if keys else [])
    for place in list(doctree.findall(source_list)):
        place.replace_self(_full_list(app, docname))


def _full_list(app: Sphinx, docname: str) -> nodes.bullet_list:
    pages: dict[str, list[str]] = {}
    for page in sorted(app.env.found_docs):
        for key in _all_of(app.env, page):
            pages.setdefault(key, []).append(page)
    rows = rows_by_source()
    listed = nodes.bullet_list(classes=["sources", "all-sources"])
    for key in _sorted(set(_sources())):
        source = _sources()[key]
        item = nodes.list_item("", _entry(key, source), ids=[f"source-{key}"])
        line = nodes.paragraph(classes=["source-use"])
        for position, page in enumerate(pages.get(key, [])):
            line += nodes.Text("Cited in " if position == 0 else ", ")
            title = app.env.titles[page].astext()
            line += nodes.reference("", title, refuri=_link(app, docname, page, ""), internal=True)
        item += line if line.children else []
        if source["note"]:
            item += nodes.paragraph("", source["note"], classes=["source-use"])
        item += _resting(app, docname, rows.get(key, {}))
        listed += item
    return listed


def _resting(app: Sphinx, here: str, rows: dict[str, list[str]]) -> nodes.Node:
    """The rows that rest on a source: links in a fold, or their number where no page has rows."""
    if app.builder.name != "html":
        counts = ", ".join(f"{len(ids)} in {table}" for table, ids in rows.items())
        return nodes.paragraph("", f"Rows that rest on it: {counts}.", classes=["source-use"])
    total = sum(map(len, rows.values()))
    # Written by hand: as nodes, some thousands of links would take a second.
    lines = [
        f"<p>{table}: "
        + ", ".join(f'<a href="{row_link(app, here, table, id_)}">{id_}</a>' for id_ in ids)
        + "</p>"
        for table, ids in rows.items()
    ]
    words = "1 row rests on it" if total == 1 else f"{total} rows rest on it"
    fold = f'<details class="fold"><summary>{words}</summary>{"".join(lines)}</details>'
    return nodes.raw("", fold, format="html")


def rows_by_source() -> dict[str, dict[str, list[str]]]:
    """The rows that rest on each source: source id → resource → ids of rows."""
    found: dict[str, dict[str, list[str]]] = {}
    for entry in package()["resources"]:
        table = load(entry["name"])
        if "source_ids" not in table:
            continue
        for row, cell in zip(table["id"], table["source_ids"], strict=True):
            for key in split(cell):
                found.setdefault(key, {}).setdefault(entry["name"], []).append(row)
    return found


def visit_source(self, node: source_ref) -> None:
    """A link to the entry on the page of sources."""
    href = self.builder.get_relative_uri(self.builder.current_docname, SOURCES_PAGE)
    self.body.append(f'<a class="src" href="{href}#source-{node["source"]}">')


def depart_source(self, node: source_ref) -> None:
    """Close the link."""
    self.body.append("</a>")


def visit_inline(self, node: source_ref) -> None:
    """Formats without the page print the text."""


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what a page used before it is read again."""
    page_sources(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Join what parallel readers found."""
    found = page_sources(other)
    page_sources(env).update({doc: keys for doc, keys in found.items() if doc in docnames})


def setup(app: Sphinx) -> dict[str, object]:
    """Register roles, directives, nodes and events."""
    app.add_role("source", SourceRole())
    app.add_directive("sources", ChapterSources)
    app.add_directive("source-list", SourceList)
    inline = (visit_inline, visit_inline)
    app.add_node(
        source_ref,
        html=(visit_source, depart_source),
        latex=inline,
        text=inline,
        man=inline,
        texinfo=inline,
    )
    app.connect("doctree-resolved", fill)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
