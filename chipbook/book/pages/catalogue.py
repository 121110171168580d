"""The catalogue of the data: what each table is, which pages load it, and downloads.

``{data-catalogue}`` is filled from the descriptor after the page is read: its numbers are those of
the data package, which the gate for naked numbers need not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from chipbook.book.cards import date_words
from chipbook.book.domain import DATA_PAGE, add_list, address, table_page
from chipbook.book.parts.folds import details, summary
from chipbook.book.reads import by_page
from chipbook.data import digest, downloads, load, package
from chipbook.data.downloads import CROISSANT, FOLDER, sha256

_TYPE_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}


def data_catalogue(app: Sphinx, page: str) -> Iterator[nodes.Node]:
    """``{data-catalogue}``: the data package, table by table."""
    yield from _overview(app, page)
    for entry in package()["resources"]:
        yield _section(app, entry, page)


def _overview(app: Sphinx, here: str) -> Iterator[nodes.Node]:
    whole, up = package(), "../" * here.count("/")
    entries = whole["resources"]
    rows = sum(len(load(entry["name"])) for entry in entries)
    line = nodes.paragraph(ids=["package"])
    line += nodes.Text(
        f"Version {whole['version']} of {date_words(whole['created'][:10])}: {len(entries)} "
        f"tables with {rows:,} rows. Licence: {_licence(whole)}. Digest of all tables: "
    )
    line += [nodes.literal("", digest(entries)), nodes.Text(".")]
    yield line
    words = {".zip": "All files in a ZIP archive", ".sqlite": "All tables in an SQLite database"}
    offered = nodes.bullet_list()
    for name, content in downloads.files().items():
        offered += nodes.list_item(
            "", _download(words[Path(name).suffix], name, len(content), sha256(content), up)
        )
    for words, name in (("a data package", "datapackage.json"), ("Croissant", CROISSANT)):
        line = nodes.paragraph("", f"The schema, as {words}: ")
        line += _file(name, up)
        offered += nodes.list_item("", line)
    yield offered
    listed = nodes.bullet_list(classes=["tables"])
    for entry in entries:
        line = nodes.paragraph("", "")
        place = address(app, here, *_home(app, entry["name"]))
        target = nodes.reference("", "", refuri=place, internal=True)
        target += nodes.literal("", entry["name"])
        line += [target, nodes.Text(f" {entry['title']}, {_count(entry)}")]
        listed += nodes.list_item("", line)
    yield listed


def _section(app: Sphinx, entry: dict, here: str) -> nodes.section:
    section = nodes.section(ids=[f"table-{entry['name']}"], names=[f"table-{entry['name']}"])
    heading = nodes.title("", f"{entry['title']} ")
    heading += nodes.literal("", entry["name"])
    section += heading
    if app.builder.name == "html":
        section += nodes.paragraph("", entry["description"])
        section += _users(app, entry, here)
        line = nodes.paragraph()
        words = f"Codebook, downloads and {_count(entry)}"
        page = address(app, here, table_page(entry["name"]))
        line += nodes.reference("", words, refuri=page, internal=True)
        section += line
    else:
        # Other formats have no page for each table.
        section += about_table(app, entry, here)
    return section


def about_table(app: Sphinx, entry: dict, here: str) -> list[nodes.Node]:
    """What a table holds, where it can be had, which pages load it, and its codebook."""
    schema, up = entry["schema"], "../" * here.count("/")
    line = nodes.paragraph("", f"{_count(entry)}. Key: ")
    line += [*_codes(schema["primaryKey"]), nodes.Text(". ")]
    for key in schema.get("foreignKeys", ()):
        target = key["reference"]["resource"]
        link = nodes.reference(
            "", "", refuri=address(app, here, *_home(app, target)), internal=True
        )
        link += nodes.literal("", target)
        line += [*_codes(key["fields"]), nodes.Text(" points to "), link, nodes.Text(". ")]
    line += nodes.Text(f"Version {package()['version']}. Licence: {_licence(entry)}.")
    offered = nodes.bullet_list(classes=["downloads"])
    name = f"{entry['name']}.parquet"
    parquet = downloads.tables()[name]
    for words, path, size, hashed in (
        ("CSV", entry["path"], entry["bytes"], entry["hash"][7:]),
        ("Parquet, with types", name, len(parquet), sha256(parquet)),
    ):
        offered += nodes.list_item("", _download(words, path, size, hashed, up))
    used = _users(app, entry, here)
    parts = [nodes.paragraph("", entry["description"]), line, offered, used]
    columns = _columns(schema["fields"], _readers(app, entry["name"], here))
    if app.builder.name != "html":
        return [*parts, columns]
    # Not an admonition to be folded: no transform runs on a page without a source.
    line = summary("", nodes.Text(f"{len(schema['fields'])} columns"))
    fold = details("", line, columns, classes=["fold"])
    return [*parts, fold]


def _home(app: Sphinx, table: str) -> tuple[str, str]:
    html = app.builder.name == "html"
    return (table_page(table), "") if html else (DATA_PAGE, f"table-{table}")


def _users(app: Sphinx, entry: dict, here: str) -> nodes.paragraph:
    pages = [page for page, found in _reads(app.env).items() if entry["name"] in found]
    line = nodes.paragraph("", "Loaded in " if pages else "No page loads it.")
    for position, page in enumerate(pages):
        title = app.env.titles[page].astext()
        number = f"{_number(app, page)}. " if _number(app, page) else ""
        line += nodes.Text(", " if position else "")
        link = address(app, here, page)
        line += nodes.reference("", f"{number}{title}", refuri=link, internal=True)
    return line


@lru_cache(maxsize=1)
def _reads(env: BuildEnvironment) -> dict[str, dict[str, set[str]]]:
    """Page → table → columns that it reads, found once a build."""
    return by_page(env)


def _number(app: Sphinx, page: str) -> str:
    number = app.env.toc_secnumbers.get(page, {}).get("", ())
    return ".".join(map(str, number))


def _readers(app: Sphinx, table: str, here: str) -> dict[str, list[nodes.reference]]:
    """Column → a link to each page that shows it, by the number of the chapter or by its title."""
    found: dict[str, list[nodes.reference]] = {}
    for page, reads in _reads(app.env).items():
        for column in reads.get(table, ()):
            title = app.env.titles[page].astext()
            link = nodes.reference(
                "",
                _number(app, page) or title,
                refuri=address(app, here, page),
                reftitle=title,
                internal=True,
            )
            found.setdefault(column, []).append(link)
    return found


def _columns(fields: list[dict], readers: dict[str, list]) -> nodes.definition_list:
    listed = nodes.definition_list(classes=["columns"])
    for field in fields:
        rules = field.get("constraints", {})
        kind = [_TYPE_WORDS.get(field["type"], field["type"])]
        kind += [f"in {field['unit']}"] if "unit" in field else []
        kind += ["never empty"] if rules.get("required") else []
        kind += ["unique"] if rules.get("unique") else []
        kind += [f"at least {rules['minimum']}"] if "minimum" in rules else []
        kind += [f"at most {rules['maximum']}"] if "maximum" in rules else []
        term = nodes.term("", "", nodes.literal("", field["name"]), nodes.Text(" "))
        term += nodes.inline("", ", ".join(kind), classes=["column-kind"])
        inside = nodes.definition("", nodes.paragraph("", field["description"]))
        for words, values in (
            ("One of ", rules.get("enum")),
            ("Pattern: ", [rules["pattern"]] if "pattern" in rules else None),
        ):
            if values:
                inside += nodes.paragraph("", "", nodes.Text(words), *_codes(values))
        if links := readers.get(field["name"]):
            line = nodes.paragraph("", "Shown in ", classes=["column-readers"])
            for position, link in enumerate(links):
                line += [nodes.Text(", " if position else ""), link]
            inside += line
        listed += nodes.definition_list_item("", term, inside)
    return listed


def _codes(values: Iterable[str]) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for value in values:
        found += [nodes.Text(", "), nodes.literal("", value)]
    return found[1:]


def _file(name: str, up: str) -> nodes.reference:
    link = nodes.reference("", "", refuri=f"{up}{FOLDER}/{name}", internal=True)
    link += nodes.literal("", name)
    return link


def _download(words: str, name: str, size: int, hashed: str, up: str) -> nodes.paragraph:
    line = nodes.paragraph("", f"{words}: ")
    line += [_file(name, up), nodes.Text(f" ({max(1, round(size / 1000))} kB), SHA-256 ")]
    line += nodes.literal("", hashed)
    return line


def _licence(entry: dict) -> str:
    return ", ".join(licence["name"].replace("-", " ") for licence in entry["licenses"])


def _count(entry: dict) -> str:
    rows = len(load(entry["name"]))
    return f"{rows:,} rows" if rows != 1 else "1 row"


def setup(app: Sphinx) -> None:
    """Register the list."""
    add_list(app, "data-catalogue", data_catalogue)
