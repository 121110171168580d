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
from chipbook.book.domain import add_list, address, table_page
from chipbook.book.lines import bullets, code, entry, hash_code, joined, line, link, look_up
from chipbook.book.parts.folds import details, summary
from chipbook.book.reads import by_page
from chipbook.data import data_dir, digest, downloads, load, package
from chipbook.data.downloads import FOLDER, sha256

_TYPE_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}
_RULE_WORDS = {"required": "never empty", "unique": "unique"}
_RULE_WORDS |= {"minimum": "at least {}", "maximum": "at most {}"}
_FILES = {".zip": "All files in a ZIP archive", ".sqlite": "All tables in an SQLite database"}


def data_catalogue(app: Sphinx, page: str) -> Iterator[nodes.Node]:
    """``{data-catalogue}`` on a ``page``: the data package, a line a table."""
    yield from _overview(page)
    entries = (_table_entry(app, table, page) for table in package()["resources"])
    yield from look_up("what:title,rows:rows", "", *entries)


def _overview(here: str) -> Iterator[nodes.Node]:
    whole = package()
    tables = whole["resources"]
    rows = sum(len(load(table["name"])) for table in tables)
    yield line(
        f"Version {whole['version']} of {date_words(whole['created'][:10])}: {len(tables)} "
        f"tables with {rows:,} rows. Licence: {_licence(whole)}. Digest of all tables: ",
        hash_code(digest(tables)),
        ".",
        ids=["package"],
    )
    files = downloads.files().items()
    yield bullets(
        [
            *(_download(_FILES[Path(name).suffix], name, content, here) for name, content in files),
            line("The schema, as a data package: ", _file("datapackage.json", here)),
        ],
        "downloads",
    )


def _table_entry(app: Sphinx, table: dict, here: str) -> nodes.Node:
    name = table["name"]
    head = [("what", table["title"]), ("key", code(name)), ("rows", _count(table))]
    whole = link("Its rows, its columns and downloads", address(app, here, table_page(name)))
    about = line(table["description"])
    return entry(f"table-{name}", head, about, _users(app, table, here), line(whole))


def about_table(app: Sphinx, table: dict, here: str) -> list[nodes.Node]:
    """What a table holds, where it can be had, which pages load it, and its codebook.

    ``table`` is its entry in the descriptor, ``here`` the page that tells it.
    """
    schema, parquet = table["schema"], f"{table['name']}.parquet"
    keys = [f"{_count(table)}. Key: ", *_codes(schema["primaryKey"]), ". "]
    for key in schema.get("foreignKeys", ()):
        target = _table(app, here, key["reference"]["resource"])
        keys += [*_codes(key["fields"]), " points to ", target, ". "]
    parts = [
        line(table["description"]),
        line(*keys, f"Version {package()['version']}. Licence: {_licence(table)}."),
        bullets(
            [
                _download("CSV", table["path"], (data_dir() / table["path"]).read_bytes(), here),
                _download("Parquet, with types", parquet, downloads.tables()[parquet], here),
            ],
            "downloads",
        ),
    ]
    columns = _columns(schema["fields"])
    # Not an admonition to be folded: no transform runs on a page without a source.
    unfold = summary("", nodes.Text(f"{len(schema['fields'])} columns"))
    return [*parts, details("", unfold, _users(app, table, here), columns, classes=["fold"])]


def _table(app: Sphinx, here: str, name: str) -> nodes.reference:
    return link(code(name), address(app, here, table_page(name)))


def _users(app: Sphinx, table: dict, here: str) -> nodes.paragraph:
    links = []
    for page in (page for page, found in by_page(app.env).items() if table["name"] in found):
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
    return line(f"{words}: ", _file(name, here), size, hash_code(sha256(content)))


def _licence(table: dict) -> str:
    return ", ".join(licence["name"].replace("-", " ") for licence in table["licenses"])


def _count(table: dict) -> str:
    rows = len(load(table["name"]))
    return f"{rows:,} rows" if rows != 1 else "1 row"


def setup(app: Sphinx) -> None:
    """Register the list."""
    add_list(app, "data-catalogue", data_catalogue)
