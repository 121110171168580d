"""What changed: each version of the data with its corrections, and the pages that they touch.

``{changes}`` is made from ``CHANGELOG.md`` and ``corrections.csv`` when the page is written: which
pages use a number is known only then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache

from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.docutils_ import Parser
from sphinx.application import Sphinx

from chipbook.book.domain import (
    CHANGES_PAGE,
    HEADLINES,
    add_list,
    listed_rows,
    number,
    page_link,
    row_link,
    used,
)
from chipbook.book.lines import Part, bullets, code, fold, hash_code, joined, line, link
from chipbook.book.parts.tables import links
from chipbook.book.reads import made_from, numbers_named
from chipbook.check import released
from chipbook.data import data_dir, date_words, facts, load, resource, split

NAMED_ALONE = ("facts", "derived")
"""Tables whose ids are keys of numbers. Nearly all pages load them, which says nothing."""
WORDS_OF_A_NUMBER = ("unit", "qualifier", "formula", "digits")


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
        """The key of the row, were it a number."""
        return self.row if self.table in NAMED_ALONE else f"{self.table}/{self.row}"

    @property
    def anchor(self) -> str:
        """The permanent id of its line."""
        return f"correction-{self.id}"

    @property
    def shows(self) -> str:
        """The column that readers see change: a reference to another row fills it."""
        return "value" if self.column == "row" else self.column.removesuffix("_row")

    @property
    def is_of_number(self) -> bool:
        """Whether the cell is part of what a number says: amount, bound, unit, qualifier, origin.

        A row that is taken out takes its number with it. A place in an order is no such part.
        """
        types = {field["name"]: field["type"] for field in resource(self.table)["schema"]["fields"]}
        if self.column == "id":
            return bool(types.keys() & {"value", "formula"})
        return types.get(self.shows) == "number" or self.column in WORDS_OF_A_NUMBER


def corrections(version: str) -> list[Correction]:
    """The corrections that a ``version`` carries, in the order of the file."""
    table = load("corrections").astype(object).fillna("")
    table = table.rename(columns={"resource": "table", "row_id": "row"})
    of = table.loc[table["version"] == version, [field.name for field in fields(Correction)]]
    return [Correction(*row) for row in of.itertuples(index=False, name=None)]


# --- The page

Naming = dict[str, set[str]]
"""Page → keys of the numbers that it names."""


def changes_list(app: Sphinx, page: str) -> list[nodes.Node]:
    """``{changes}`` on a ``page``: every version of the data, newest first, and its corrections."""
    found = sorted(app.env.found_docs - {CHANGES_PAGE})
    naming = {other: numbers_named(app.env, other) for other in found}
    sections = (_section(app, page, version, naming) for version in versions())
    return [summary_line(), *_leads(app), *sections]


def _leads(app: Sphinx) -> Iterator[nodes.Node]:
    """The corrected numbers that a headline number is, or is made from: they changed a sentence."""
    headlines = set().union(*used(app.env, HEADLINES).values())
    behind = set().union(*map(made_from, headlines))
    every = (one for version in versions() for one in corrections(version.number))
    if found := [one for one in every if one.is_of_number and one.key in behind]:
        yield line("These reach a number of the first page or of a box “In one minute”:")
        on_page = set(listed_rows(app.env))
        items = (
            line(*_subject(one, on_page), ". ", *_change(one), " ", link("Why", f"#{one.anchor}"))
            for one in found
        )
        yield bullets(items, "changed")


def summary_line() -> nodes.paragraph:
    """Whether a number changed since the last version, in one sentence.

    The checks let no version be released with a changed cell that the log does not name. A copy in
    which someone tries other values says so instead.
    """
    newest, *older = versions()
    if unlogged := released.faults(data_dir()):
        said = f"This copy differs from the released data in {_count(len(unlogged), 'place')}"
        return line(nodes.strong("", f"{said} that no correction names."))
    if not older:
        return line(nodes.strong("", f"Version {newest.number} is the first."))
    rows: dict[str, set[str]] = {}
    for one in (each for each in corrections(newest.number) if each.is_of_number):
        rows.setdefault(one.key, set()).add(one.column)
    what = _count(len(rows), "number") if rows else "no number"
    said = f"Version {newest.number} changes {what} of version {older[0].number}"
    if alone := sum(columns == {"qualifier"} for columns in rows.values()):
        said += f", {alone} of them in the qualifier alone"
    more = "" if rows else " A number that the older version had stands as it was."
    return line(nodes.strong("", f"{said}."), more)


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _section(app: Sphinx, here: str, version: Version, naming: Naming) -> nodes.section:
    section = nodes.section(ids=[version.anchor], names=[version.anchor])
    section += nodes.title("", f"Version {version.number}, {date_words(version.date)}")
    section += [node.deepcopy() for node in version.body]
    found = corrections(version.number)
    numbers = [one for one in found if one.is_of_number]
    others = [one for one in found if not one.is_of_number]
    if not numbers:
        section += line("Numbers corrected: none.")
    for title, part in (
        ("Cells of numbers corrected", numbers),
        ("Other cells corrected (words, dates, sources)", others),
    ):
        if part:
            section += fold(f"{title}: {len(part)}", _entries(app, here, part, naming))
    section += line("Digest of the data: ", hash_code(version.digest), classes=["version-digest"])
    return section


def _entries(app: Sphinx, here: str, found: list[Correction], naming: Naming) -> nodes.bullet_list:
    """One item a correction: the row, the cell before and after, why, and who names the number."""
    on_page = set(listed_rows(app.env))
    return bullets(
        (
            line(
                *_subject(one, on_page),
                " (",
                _row(app, here, one),
                " in ",
                code(one.table),
                "). ",
                *_change(one),
                f" {one.reason.rstrip('.')}. {date_words(one.date)}.",
                *_named_in(app, here, [page for page, keys in naming.items() if one.key in keys]),
                ids=[one.anchor],
            )
            for one in found
        ),
        "changed",
    )


def _subject(one: Correction, on_page: set[str]) -> list[Part]:
    if one.key in facts and (one.table in NAMED_ALONE or one.key in on_page):
        fact = facts.fact(one.key)
        return [f"{fact.entity}: {fact.metric}, ", number(one.key)]
    return [resource(one.table)["title"]]


def _row(app: Sphinx, here: str, one: Correction) -> nodes.Node:
    known = one.row in set(load(one.table)["id"])
    return link(code(one.row), row_link(app, here, one.table, one.row)) if known else code(one.row)


def _named_in(app: Sphinx, here: str, pages: list[str]) -> list[Part]:
    links = [page_link(app, here, page) for page in pages]
    return [" Named in: ", *joined(links), "."] if links else []


def _change(one: Correction) -> list[Part]:
    """The cell before and after; of a list of sources, what was added and what was taken out."""
    column = nodes.inline("", one.column, classes=["changed-column"])
    if one.column == "source_ids":
        return [column, ": ", *_sources_changed(split(one.old), split(one.new)), "."]
    old = nodes.inline("", one.old, classes=["changed-old"]) if one.old else "empty"
    new = nodes.inline("", one.new, classes=["changed-new"]) if one.new else "empty"
    return [column, ": ", old, " → ", new, "."]


def _sources_changed(old: list[str], new: list[str]) -> Iterator[Part]:
    added = [key for key in new if key not in old]
    gone = [key for key in old if key not in new]
    for word, ids in (("added ", added), ("; taken out " if added else "taken out ", gone)):
        if ids:
            yield word
            yield from links(ids) or [code("; ".join(ids))]


def setup(app: Sphinx) -> None:
    """Register the list."""
    add_list(app, "changes", changes_list)
