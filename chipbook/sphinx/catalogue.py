"""The catalogue of the data: a section for each table, downloads of all, and metadata (JSON-LD).

``{data-catalogue}`` is filled from the descriptor after the page is read: its numbers are those of
the data package, which the gate for naked numbers need not see.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import jupytext
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

import chipbook
from chipbook import downloads
from chipbook.data import digest, facts, load, package
from chipbook.sphinx.disagreements import panels
from chipbook.sphinx.facts import DATA_PAGE, _link, _used, date_words
from chipbook.sphinx.notebooks import base, is_notebook
from chipbook.sphinx.sources import page_sources

FOLDER = "data"
"""Folder of the site that the data package lies in."""

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".sqlite": "application/vnd.sqlite3",
    ".zip": "application/zip",
}
_TYPE_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}


class data_catalogue(nodes.General, nodes.Element):
    """Place of the catalogue; filled when it is known which pages use a table."""


class DataCatalogue(SphinxDirective):
    """``{data-catalogue}``: the data package, table by table and column by column."""

    def run(self) -> list[nodes.Node]:
        """A place that is filled when the page is written."""
        return [data_catalogue()]


class FillCatalogue(SphinxPostTransform):
    """Writes the catalogue, before the transforms that fold its lists of columns."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        """Fill each place on the page."""
        for place in list(self.document.findall(data_catalogue)):
            up = "../" * self.env.docname.count("/")
            used = tables_by_page(self.env)
            content = [*_overview(up)]
            for entry in package()["resources"]:
                pages = [
                    (_link(self.app, self.env.docname, page, ""), self.env.titles[page].astext())
                    for page, tables in used.items()
                    if entry["name"] in tables
                ]
                content.append(_section(entry, pages, up))
            place.replace_self(content)


# --- What a page uses


def tables_by_page(env: BuildEnvironment) -> dict[str, set[str]]:
    """The tables that each page draws on, in the order of the book's pages.

    A page draws on the table of each number in its text and of what that number is computed from,
    on what its cells name, and on what the modules that its cells import name.
    """
    pages = [env.config.root_doc, *_in_order(env, env.config.root_doc)]
    found = {}
    for page in dict.fromkeys(pages):
        tables = set().union(*map(tables_of, _used(env).get(page, ())))
        if page_sources(env).get(page):
            tables.add("sources")
        if panels(env).get(page):
            tables.add("disagreements")
        if is_notebook(env, page):
            text = Path(env.doc2path(page)).read_text(encoding="utf-8")
            cells = jupytext.reads(text, fmt="md:myst").cells
            for cell in cells:
                if cell.cell_type == "code":
                    tables |= tables_in(cell.source)
        found[page] = tables
    return found


def _in_order(env: BuildEnvironment, page: str) -> Iterator[str]:
    for child in env.toctree_includes.get(page, ()):
        yield child
        yield from _in_order(env, child)


def tables_of(key: str) -> set[str]:
    """The tables behind a number: its own, or those of what it is computed from."""
    fact = facts.fact(key)
    if fact.table:
        return {fact.table}
    parts = (part for part in fact.quantity.inputs if part in facts and part != key)
    return set().union(*map(tables_of, parts))


def tables_in(code: str) -> set[str]:
    """The tables that Python code names, itself or through modules of the book it imports."""
    # Lines for the notebook alone ("%pip install") are no Python.
    lines = [line for line in code.splitlines() if not line.startswith(("%", "!"))]
    tree = ast.parse("\n".join(lines))
    return _named(tree).union(*map(_tables_of_module, _modules(tree)))


def _named(tree: ast.AST) -> set[str]:
    names = {entry["name"] for entry in package()["resources"]}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "sources":
                found.add("sources")
            elif node.func.id == "load" and node.args and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # "name/row", also as the start of an f-string.
            table, slash, _ = node.value.partition("/")
            if slash and table in names:
                found.add(table)
            elif node.value in facts:
                found |= tables_of(node.value)
    return found & names


def _modules(tree: ast.AST) -> Iterator[Path]:
    home = Path(chipbook.__file__).parent
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        # Only what is about a subject: chipbook.data names tables for everybody.
        if node.module.startswith(("chipbook.topics", "chipbook.answers")):
            parts = node.module.split(".")[1:]
            inside = [home.joinpath(*parts, alias.name) for alias in node.names]
            for path in (home.joinpath(*parts), *inside):
                if path.with_suffix(".py").is_file():
                    yield path.with_suffix(".py")


@cache
def _tables_of_module(path: Path) -> set[str]:
    return tables_in(path.read_text(encoding="utf-8"))


# --- The page


def _overview(up: str) -> Iterator[nodes.Node]:
    whole = package()
    entries = whole["resources"]
    rows = sum(len(load(entry["name"])) for entry in entries)
    line = nodes.paragraph()
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
            "", _download(words[Path(name).suffix], name, len(content), _sha256(content), up)
        )
    line = nodes.paragraph("", "The schema, as a data package: ")
    line += _file("datapackage.json", up)
    offered += nodes.list_item("", line)
    yield offered
    listed = nodes.bullet_list(classes=["tables"])
    for entry in entries:
        line = nodes.paragraph("", "")
        target = nodes.reference("", "", refid=f"table-{entry['name']}", internal=True)
        target += nodes.literal("", entry["name"])
        line += [target, nodes.Text(f" {entry['title']}, {_count(entry)}")]
        listed += nodes.list_item("", line)
    yield listed


def _section(entry: dict, pages: list[tuple[str, str]], up: str) -> nodes.section:
    schema = entry["schema"]
    section = nodes.section(ids=[f"table-{entry['name']}"], names=[f"table-{entry['name']}"])
    heading = nodes.title("", f"{entry['title']} ")
    heading += nodes.literal("", entry["name"])
    section += heading
    section += nodes.paragraph("", entry["description"])
    line = nodes.paragraph("", f"{_count(entry)}. Key: ")
    line += [*_codes(schema["primaryKey"]), nodes.Text(". ")]
    for key in schema.get("foreignKeys", ()):
        target = key["reference"]["resource"]
        link = nodes.reference("", "", refid=f"table-{target}", internal=True)
        link += nodes.literal("", target)
        line += [*_codes(key["fields"]), nodes.Text(" points to "), link, nodes.Text(". ")]
    line += nodes.Text(f"Licence: {_licence(entry)}.")
    section += line
    section += _download("Table", entry["path"], entry["bytes"], entry["hash"][7:], up)
    line = nodes.paragraph("", "Used in " if pages else "No page draws on it.")
    for position, (address, title) in enumerate(pages):
        line += nodes.Text(", " if position else "")
        line += nodes.reference("", title, refuri=address, internal=True)
    section += line
    fold = nodes.admonition("", nodes.title("", f"{len(schema['fields'])} columns"))
    fold["classes"].append("dropdown")
    fold += _columns(schema["fields"])
    section += fold
    return section


def _columns(fields: list[dict]) -> nodes.definition_list:
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


def _download(words: str, name: str, size: int, sha256: str, up: str) -> nodes.paragraph:
    line = nodes.paragraph("", f"{words}: ")
    line += [_file(name, up), nodes.Text(f" ({max(1, round(size / 1000))} kB), SHA-256 ")]
    line += nodes.literal("", sha256)
    return line


def _licence(entry: dict) -> str:
    return ", ".join(licence["name"].replace("-", " ") for licence in entry["licenses"])


def _count(entry: dict) -> str:
    rows = len(load(entry["name"]))
    return f"{rows:,} rows" if rows != 1 else "1 row"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- Metadata


def metadata(app: Sphinx, pagename: str) -> dict:
    """What the page is, in the terms of schema.org; nothing is rated true or false."""
    site = base(app.config)
    book = {
        "@type": "Book",
        "name": app.config.html_title or app.config.project,
        "author": {"@type": "Organization", "name": app.config.author},
        "inLanguage": app.config.language,
        "license": package()["licenses"][0]["path"],
    } | ({"url": site} if site else {})
    context = {"@context": "https://schema.org"}
    if pagename == app.config.root_doc:
        return context | {"@graph": [book, dataset(app, pagename)]}
    if pagename == DATA_PAGE:
        return context | dataset(app, pagename) | {"isPartOf": book}
    # The pages of the story are numbered, those to look things up are not.
    page = {
        "@type": "Chapter" if app.env.toc_secnumbers.get(pagename) else "CreativeWork",
        "name": app.env.titles[pagename].astext(),
        "inLanguage": app.config.language,
        "license": book["license"],
        "isPartOf": book,
    }
    return context | page | ({"url": f"{site}{pagename}.html"} if site else {})


def dataset(app: Sphinx, pagename: str) -> dict:
    """The data package as a ``Dataset``; addresses are relative to the page unless one is set."""
    whole = package()
    start = base(app.config) or "../" * pagename.count("/")
    offered = [
        (name, f"{whole['title']}, all tables", len(content), _sha256(content))
        for name, content in downloads.files().items()
    ]
    if pagename == DATA_PAGE:
        offered += [
            (entry["path"], entry["title"], entry["bytes"], entry["hash"][7:])
            for entry in whole["resources"]
        ]
    figures = [
        entry["title"]
        for entry in whole["resources"]
        if any(field["name"] == "value" for field in entry["schema"]["fields"])
    ]
    return {
        "@type": "Dataset",
        "name": whole["title"],
        "description": whole["description"],
        "url": f"{start}{DATA_PAGE}.html",
        "version": whole["version"],
        "datePublished": whole["created"][:10],
        "license": whole["licenses"][0]["path"],
        "creator": [
            {"@type": "Organization", "name": person["title"]} for person in whole["contributors"]
        ],
        "keywords": whole["keywords"],
        "isAccessibleForFree": True,
        "variableMeasured": figures,
        "distribution": [
            {
                "@type": "DataDownload",
                "name": title,
                "contentUrl": f"{start}{FOLDER}/{name}",
                "encodingFormat": MEDIA_TYPES[Path(name).suffix],
                "contentSize": f"{size} B",
                "sha256": sha256,
            }
            for name, title, size, sha256 in offered
        ],
    }


def script(data: dict) -> str:
    """A block of data for the head of a page; no value can end it early."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def add_metadata(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Put the metadata among the tags in the head of each page that has a source."""
    if app.builder.name == "html" and doctree is not None:
        context["metatags"] = context.get("metatags", "") + "\n" + script(metadata(app, pagename))


# --- The files


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the downloads of the whole package beside its tables, after those were copied."""
    if exception or app.builder.name != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for name, content in downloads.files().items():
        (folder / name).write_bytes(content)


def refresh(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """The catalogue says which pages use a table, so any changed page writes it anew."""
    return [DATA_PAGE] if added | changed | removed and DATA_PAGE in env.found_docs else []


def setup(app: Sphinx) -> dict[str, object]:
    """Register the directive, the filling, the metadata and the files."""
    app.add_directive("data-catalogue", DataCatalogue)
    app.add_node(data_catalogue)
    app.add_post_transform(FillCatalogue)
    app.connect("html-page-context", add_metadata)
    app.connect("env-get-outdated", refresh)
    # After the folder is made anew (chipbook.sphinx.build).
    app.connect("build-finished", write, priority=600)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
