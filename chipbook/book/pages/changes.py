"""What changed: each version of the data with its corrections, and the pages that they touch.

``{changes}`` is made from ``CHANGELOG.md`` and ``corrections.csv`` when the page is written: which
pages use a number is known only then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.docutils_ import Parser
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from chipbook.book.cards import date_words
from chipbook.book.domain import (
    CHANGES_PAGE,
    add_list,
    listed_rows,
    page_link,
    row_link,
    sources_by_id,
)
from chipbook.book.pages.reviews import number_link
from chipbook.book.parts.tables import links
from chipbook.book.reads import by_page, numbers_named
from chipbook.check import released
from chipbook.data import data_dir, facts, load, resource, split


@dataclass(frozen=True)
class Version:
    """One entry of the changelog: ``body`` is what it says, as nodes."""

    number: str
    date: str
    digest: str
    body: tuple[nodes.Node, ...]

    @property
    def anchor(self) -> str:
        """The permanent id of its section."""
        return f"version-{self.number.replace('.', '-')}"


@cache
def versions() -> tuple[Version, ...]:
    """Every version of the changelog, newest first."""
    text = (data_dir() / "CHANGELOG.md").read_text(encoding="utf-8")
    settings = {"doctitle_xform": False, "report_level": 3, "halt_level": 3}
    tree = publish_doctree(text, parser=Parser(), settings_overrides=settings)
    found = []
    for section in tree.findall(nodes.section):
        title, *body = section.children
        head = re.fullmatch(r"(\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)", title.astext())
        if not head:
            continue
        stamp = body.pop(0).astext() if body[0].astext().startswith("Digest") else ""
        digest = re.search(r"sha256:[0-9a-f]{64}", stamp)
        found.append(Version(head[1], head[2], digest[0] if digest else "", tuple(body)))
    return tuple(found)


@dataclass(frozen=True)
class Correction:
    """One row of corrections.csv."""

    id: str
    table: str
    row: str
    column: str
    old: str
    new: str
    reason: str
    date: str

    @property
    def key(self) -> str:
        """The key of the row, were it a figure."""
        return self.row if self.table == "facts" else f"{self.table}/{self.row}"

    @property
    def is_of_number(self) -> bool:
        """Whether the cell is part of what a number says: amount, bound, unit, qualifier, origin.

        A row that is taken out takes its number with it.
        """
        types = {field["name"]: field["type"] for field in resource(self.table)["schema"]["fields"]}
        if self.column == "id":
            return bool(types.keys() & {"value", "formula"})
        numeric = types.get(self.column) in ("number", "integer")
        return numeric or self.column in ("unit", "qualifier", "row", "formula")


def corrections(version: str) -> list[Correction]:
    """The corrections that a version carries, in the order of the file."""
    table = load("corrections")
    table = table[table["version"] == version].drop(columns="version")
    table = table[[field for field in table if not field.startswith("date_")]]
    rows = (
        table.astype(object)
        .where(table.notna(), "")
        .rename(columns={"resource": "table", "row_id": "row"})
    )
    return [Correction(**row) for row in rows.to_dict("records")]


# --- The pages that a correction touches


class Pages:
    """Which pages of the book a correction touches."""

    def __init__(self, env: BuildEnvironment) -> None:
        pages = [page for page in sorted(env.found_docs) if page != CHANGES_PAGE]
        self.numbers = {page: numbers_named(env, page) for page in pages}
        self.reads = by_page(env)

    def of(self, correction: Correction) -> list[str]:
        """Pages that name the number, or that show the column of its table."""
        named = {page for page, numbers in self.numbers.items() if correction.key in numbers}
        if correction.table != "facts":
            named.update(
                page
                for page in self.numbers.keys() & self.reads.keys()
                if correction.column in self.reads[page].get(correction.table, ())
            )
        return sorted(named)

    def loading(self, correction: Correction) -> list[str]:
        """The other pages that load the table; nearly all load facts, so none for those."""
        if correction.table == "facts":
            return []
        touched = self.of(correction)
        return [
            page
            for page in self.numbers
            if page not in touched and correction.table in self.reads.get(page, ())
        ]


# --- The page


def changes_list(app: Sphinx, page: str) -> list[nodes.Node]:
    """``{changes}``: every version of the data, newest first, with what it corrected."""
    pages = Pages(app.env)
    return [summary_line(), *(_section(app, page, version, pages) for version in versions())]


def summary_line() -> nodes.paragraph:
    """Whether a number changed since the last version, in one sentence.

    The checks let no version be released with a changed cell that the log does not name. A copy in
    which someone tries other values says so instead.
    """
    newest, *older = versions()
    if unlogged := released.faults(data_dir()):
        said = f"This copy differs from the released data in {_count(len(unlogged), 'place')}"
        return nodes.paragraph("", "", nodes.strong("", f"{said} that no correction names."))
    changed = [found for found in corrections(newest.number) if found.is_of_number]
    said = f"Version {newest.number} is the first."
    if older:
        rows = len({(found.table, found.row) for found in changed})
        what = _count(rows, "number") if rows else "no number"
        said = f"Version {newest.number} changes {what} of version {older[0].number}."
    line = nodes.paragraph("", "", nodes.strong("", said))
    if older and not changed:
        line += nodes.Text(" A number that the older version had stands as it was.")
    return line


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _section(app: Sphinx, here: str, version: Version, pages: Pages) -> nodes.section:
    section = nodes.section(ids=[version.anchor], names=[version.anchor])
    section += nodes.title("", f"Version {version.number}, {date_words(version.date)}")
    section += [node.deepcopy() for node in version.body]
    found = corrections(version.number)
    numbers = [one for one in found if one.is_of_number]
    others = [one for one in found if not one.is_of_number]
    if numbers:
        line = f"{_count(len(numbers), 'cell')} of numbers corrected:"
        section += nodes.paragraph("", line)
        section += _entries(app, here, numbers, pages)
    else:
        section += nodes.paragraph("", "Numbers corrected: none.")
    if others:
        title = f"Other cells corrected (words, dates, sources): {len(others)}"
        fold = nodes.admonition("", nodes.title("", title), classes=["dropdown"])
        fold += _entries(app, here, others, pages)
        section += fold
    line = nodes.paragraph("", "Digest of the data: ", classes=["version-digest"])
    line += nodes.literal("", version.digest)
    section += line
    return section


def _entries(app: Sphinx, here: str, found: list[Correction], pages: Pages) -> nodes.bullet_list:
    """One item a correction: the row, the cell before and after, why, and the pages touched."""
    listed = nodes.bullet_list(classes=["changed"])
    on_page = set(listed_rows(app.env))
    for one in found:
        line = nodes.paragraph(ids=[f"correction-{one.id}"])
        if one.key in facts and (one.table == "facts" or one.key in on_page):
            fact = facts.fact(one.key)
            line += [nodes.Text(f"{fact.entity}: {fact.metric}, "), number_link(one.key)]
        else:
            line += nodes.Text(resource(one.table)["title"])
        line += nodes.Text(" (")
        row: nodes.Element = nodes.literal("", one.row)
        if one.row in set(load(one.table)["id"]):
            address = row_link(app, here, one.table, one.row)
            row = nodes.reference("", "", row, refuri=address, internal=True)
        line += [row, nodes.Text(" in "), nodes.literal("", one.table), nodes.Text("). ")]
        line += [*_change(one), nodes.Text(f" {one.reason.rstrip('.')}. {date_words(one.date)}.")]
        line += _pages(app, here, " Shown in: ", pages.of(one)) or [
            nodes.Text(" Shown in no page.")
        ]
        line += _pages(app, here, " Its table is loaded in: ", pages.loading(one))
        listed += nodes.list_item("", line)
    return listed


def _pages(app: Sphinx, here: str, lead: str, pages: list[str]) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for page in pages:
        found += [nodes.Text(", " if found else lead), page_link(app, here, page)]
    return [*found, nodes.Text(".")] if found else []


def _change(one: Correction) -> Iterator[nodes.Node]:
    """The cell before and after; of a list of sources, what was added and what was taken out."""
    yield nodes.inline("", one.column, classes=["changed-column"])
    yield nodes.Text(": ")
    if one.column == "source_ids":
        old, new = split(one.old), split(one.new)
        parts: list[nodes.Node] = []
        for word, ids in (
            ("added ", [key for key in new if key not in old]),
            ("taken out ", [key for key in old if key not in new]),
        ):
            if ids:
                known = links([key for key in ids if key in sources_by_id()])
                parts += [nodes.Text("; " if parts else ""), nodes.Text(word)]
                parts += known or [nodes.literal("", "; ".join(ids))]
        yield from [*parts, nodes.Text(".")]
        return
    yield nodes.inline("", one.old, classes=["changed-old"]) if one.old else nodes.Text("empty")
    yield nodes.Text(" → ")
    yield nodes.inline("", one.new, classes=["changed-new"]) if one.new else nodes.Text("empty")
    yield nodes.Text(".")


def setup(app: Sphinx) -> None:
    """Register the list."""
    add_list(app, "changes", changes_list)
