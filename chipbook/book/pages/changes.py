"""What changed: each version of the data with its corrections, and the pages that they touch.

``{changes}`` is made from ``CHANGELOG.md`` and ``corrections.csv`` when the page is written: which
pages use a number is known only then.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from types import SimpleNamespace

from docutils import nodes
from markdown_it import MarkdownIt
from sphinx.application import Sphinx

from chipbook.book.cards import part, template
from chipbook.book.domain import CHANGES_PAGE, listed_rows, used
from chipbook.book.lines import fold, line
from chipbook.book.reads import made_from, numbers_named
from chipbook.check import released
from chipbook.check.refresh import Entry, entries
from chipbook.data import BOOK, data_dir, date_words, facts, load, resource

MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable("image")
"""What the changelog may hold: no markup of its own, no directive, no file, no picture."""

NAMED_ALONE = ("facts", "derived")
"""Tables whose ids are keys of numbers. Nearly all pages load them, which says nothing."""
WORDS_OF_A_NUMBER = ("unit", "qualifier", "formula", "digits")


@cache
def versions() -> list[Entry]:
    """Every version of the changelog, newest first."""
    return entries(data_dir())


def corrections(version: str) -> list[SimpleNamespace]:
    """The corrections that a ``version`` carries, in the order of the file."""
    rows = BOOK.rows("corrections").values()
    return [correction(row) for row in rows if row["version"] == version]


def correction(row: Mapping[str, str]) -> SimpleNamespace:
    """A ``row`` of corrections.csv: its columns and three more.

    ``key`` is that of the corrected row, were it a number, ``anchor`` the permanent id of its line.
    ``is_of_number`` says whether the cell is part of what a number says: amount, bound, unit,
    qualifier, origin. A row that is taken out takes its number with it. A place in an order is no
    such part.
    """
    table, column = row["resource"], row["column"]
    types = {field["name"]: field["type"] for field in resource(table)["schema"]["fields"]}
    # A reference to another row fills the column that readers see change.
    shown = "value" if column == "row" else column.removesuffix("_row")
    if column == "id":
        of_number = bool(types.keys() & {"value", "formula"})
    else:
        of_number = types.get(shown) == "number" or column in WORDS_OF_A_NUMBER
    key = row["row_id"] if table in NAMED_ALONE else f"{table}/{row['row_id']}"
    place = f"correction-{row['id']}"
    return SimpleNamespace(**row, key=key, anchor=place, is_of_number=of_number)


# --- The page


def changes_list(app: Sphinx, page: str) -> Iterator[nodes.Node]:
    """``{changes}`` on a ``page``: every version of the data, newest first, and its corrections."""
    found = sorted(app.env.found_docs - {CHANGES_PAGE})
    naming = {other: numbers_named(app.env, other) for other in found}

    def named_in(one: SimpleNamespace) -> list[tuple[str, str]]:
        pages = (other for other, keys in naming.items() if one.key in keys)
        return [(other, app.env.titles[other].astext()) for other in pages]

    listed = partial(
        part,
        app,
        page,
        "corrections.html",
        carded={*facts, *listed_rows(app.env)},
        ids=cache(lambda table: set(load(table)["id"])),
        named_in=named_in,
        log=BOOK.rows("corrections"),
    )
    yield summary_line()
    # Those of a headline number, or of what it is made from, changed a sentence.
    behind = set().union(*map(made_from, set().union(*used(app.env, "headlines").values())))
    every = (one for entry in versions() for one in corrections(entry.version))
    if leads := [one for one in every if one.is_of_number and one.key in behind]:
        yield line("These reach a number of the first page or of a box “In one minute”:")
        yield listed(corrections=leads, leads=True)
    for entry in versions():
        yield _section(entry, listed)


def _section(entry: Entry, listed: Callable[..., nodes.Node]) -> nodes.section:
    place = f"version-{entry.version.replace('.', '-')}"
    section = nodes.section(ids=[place], names=[place])
    section += nodes.title("", f"Version {entry.version}, {date_words(entry.date)}")
    section += nodes.raw("", MARKDOWN.render(entry.body), format="html")
    found = corrections(entry.version)
    numbers = [one for one in found if one.is_of_number]
    others = [one for one in found if not one.is_of_number]
    if not numbers:
        section += line("Numbers corrected: none.")
    for title, some in (
        ("Cells of numbers corrected", numbers),
        ("Other cells corrected (words, dates, sources)", others),
    ):
        if some:
            section += fold(f"{title}: {len(some)}", listed(corrections=some))
    # The page shows the start of it until it is pointed at.
    digest = nodes.literal("", entry.digest, classes=["digest"])
    section += line("Digest of the data: ", digest, classes=["version-digest"])
    return section


def summary_line() -> nodes.paragraph:
    """Whether a number changed since the last version, in one sentence.

    The checks let no version be released with a changed cell that the log does not name. A copy in
    which someone tries other values says so instead.
    """
    newest, *older = versions()
    rows: dict[str, set[str]] = {}
    for one in (each for each in corrections(newest.version) if each.is_of_number):
        rows.setdefault(one.key, set()).add(one.column)
    told = template("changes-summary.txt").render(
        newest=newest,
        older=older,
        unlogged=len(released.faults(data_dir())),
        rows=rows,
        alone=sum(columns == {"qualifier"} for columns in rows.values()),
    )
    said, more, *_ = told.split("\n")
    return line(nodes.strong("", said), more)
