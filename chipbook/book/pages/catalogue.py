"""The catalogue of the data: what each table is, which pages load it, and downloads.

``{data-catalogue}`` is filled from the descriptor after the page is read: its numbers are those of
the data package, which the gate for naked numbers need not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import date_words
from chipbook.book.domain import DATA_PAGE, add_list, address, table_page
from chipbook.book.lines import bullets, code, joined, line, link
from chipbook.book.parts.folds import details, summary
from chipbook.book.reads import by_page
from chipbook.data import data_dir, digest, downloads, load, package
from chipbook.data.downloads import FOLDER, sha256

_TYPE_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}
_RULE_WORDS = {"required": "never empty", "unique": "unique"}
_RULE_WORDS |= {"minimum": "at least {}", "maximum": "at most {}"}
_FILES = {".zip": "All files in a ZIP archive", ".sqlite": "All tables in an SQLite database"}


def data_catalogue(app: Sphinx, page: str) -> Iterator[nodes.Node]:
    """``{data-catalogue}`` on a ``page``: the data package, table by table."""
    yield from _overview(app, page)
    for entry in package()["resources"]:
        yield _section(app, entry, page)


def _overview(app: Sphinx, here: str) -> Iterator[nodes.Node]:
    whole = package()
    entries = whole["resources"]
    rows = sum(len(load(entry["name"])) for entry in entries)
    yield line(
        f"Version {whole['version']} of {date_words(whole['created'][:10])}: {len(entries)} "
        f"tables with {rows:,} rows. Licence: {_licence(whole)}. Digest of all tables: ",
        code(digest(entries)),
        ".",
        ids=["package"],
    )
    files = downloads.files().items()
    yield bullets(
        [
            *(_download(_FILES[Path(name).suffix], name, content, here) for name, content in files),
            line("The schema, as a data package: ", _file("datapackage.json", here)),
        ]
    )
    yield bullets(
        (
            line(_table(app, here, entry["name"]), f" {entry['title']}, {_count(entry)}")
            for entry in entries
        ),
        "tables",
    )


def _section(app: Sphinx, entry: dict, here: str) -> nodes.section:
    name = entry["name"]
    section = nodes.section(ids=[f"table-{name}"], names=[f"table-{name}"])
    section += nodes.title("", "", nodes.Text(f"{entry['title']} "), code(name))
    if app.builder.name == "html":
        words = f"Codebook, downloads and {_count(entry)}"
        section += [
            line(entry["description"]),
            _users(app, entry, here),
            line(link(words, address(app, here, table_page(name)))),
        ]
    else:
        # Other formats have no page for each table.
        section += about_table(app, entry, here)
    return section


def about_table(app: Sphinx, entry: dict, here: str) -> list[nodes.Node]:
    """What a table holds, where it can be had, which pages load it, and its codebook.

    ``entry`` is that of the table in the descriptor, ``here`` the page that tells it.
    """
    schema, content = entry["schema"], (data_dir() / entry["path"]).read_bytes()
    keys = [f"{_count(entry)}. Key: ", *_codes(schema["primaryKey"]), ". "]
    for key in schema.get("foreignKeys", ()):
        target = _table(app, here, key["reference"]["resource"])
        keys += [*_codes(key["fields"]), " points to ", target, ". "]
    parts = [
        line(entry["description"]),
        line(*keys, f"Version {package()['version']}. Licence: {_licence(entry)}."),
        bullets([_download("CSV", entry["path"], content, here)], "downloads"),
        _users(app, entry, here),
    ]
    columns = _columns(schema["fields"])
    if app.builder.name != "html":
        return [*parts, columns]
    # Not an admonition to be folded: no transform runs on a page without a source.
    unfold = summary("", nodes.Text(f"{len(schema['fields'])} columns"))
    return [*parts, details("", unfold, columns, classes=["fold"])]


def _table(app: Sphinx, here: str, name: str) -> nodes.reference:
    html = app.builder.name == "html"
    place = (table_page(name), "") if html else (DATA_PAGE, f"table-{name}")
    return link(code(name), address(app, here, *place))


def _users(app: Sphinx, entry: dict, here: str) -> nodes.paragraph:
    links = []
    for page in (page for page, found in by_page(app.env).items() if entry["name"] in found):
        number = f"{_number(app, page)}. " if _number(app, page) else ""
        title = app.env.titles[page].astext()
        links.append(link(f"{number}{title}", address(app, here, page)))
    return line("Loaded in ", *joined(links)) if links else line()


def _number(app: Sphinx, page: str) -> str:
    number = app.env.toc_secnumbers.get(page, {}).get("", ())
    return ".".join(map(str, number))


def _columns(fields: list[dict]) -> nodes.definition_list:
    listed = nodes.definition_list(classes=["columns"])
    for field in fields:
        rules = field.get("constraints", {})
        term = nodes.term("", "", code(field["name"]), nodes.Text(" "))
        term += nodes.inline("", _kind(field), classes=["column-kind"])
        inside = nodes.definition("", line(field["description"]))
        if "enum" in rules:
            inside += line("One of ", *_codes(rules["enum"]))
        if "pattern" in rules:
            inside += line("Pattern: ", code(rules["pattern"]))
        listed += nodes.definition_list_item("", term, inside)
    return listed


def _kind(field: dict) -> str:
    """Type, unit and rules of a column in words."""
    rules = field.get("constraints", {})
    kind = [_TYPE_WORDS.get(field["type"], field["type"])]
    kind += [f"in {field['unit']}"] if "unit" in field else []
    kind += [words.format(rules[rule]) for rule, words in _RULE_WORDS.items() if rule in rules]
    return ", ".join(kind)


def _codes(values: Iterable[str]) -> list[str | nodes.Node]:
    return joined(map(code, values))


def _file(name: str, here: str) -> nodes.reference:
    return link(code(name), f"{'../' * here.count('/')}{FOLDER}/{name}")


def _download(words: str, name: str, content: bytes, here: str) -> nodes.paragraph:
    size = f" ({max(1, round(len(content) / 1000))} kB), SHA-256 "
    return line(f"{words}: ", _file(name, here), size, code(sha256(content)))


def _licence(entry: dict) -> str:
    return ", ".join(licence["name"].replace("-", " ") for licence in entry["licenses"])


def _count(entry: dict) -> str:
    rows = len(load(entry["name"]))
    return f"{rows:,} rows" if rows != 1 else "1 row"


def setup(app: Sphinx) -> None:
    """Register the list."""
    add_list(app, "data-catalogue", data_catalogue)
