"""What a page tells machines: schema.org in JSON-LD.

The book, its chapters, the data package and its tables. Claims and verdicts are not told:
schema.org has no word for "denied and unresolved", and this book rates nothing true or false.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from chipbook.book import domain
from chipbook.book.domain import base, table_page
from chipbook.data import data_dir, downloads, package, resource
from chipbook.data.downloads import FOLDER, sha256
from chipbook.publish.citation import citation_tags

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".sqlite": "application/vnd.sqlite3",
    ".zip": "application/zip",
}


class Addresses:
    """Addresses as seen from the page ``here``; absolute where the site has an address."""

    def __init__(self, app: Sphinx, here: str) -> None:
        self.start = base(app.config) or "../" * here.count("/")

    def page(self, name: str, anchor: str = "") -> str:
        """The address of the page ``name``, or of the place ``anchor`` on it."""
        return f"{self.start}{name}.html" + (f"#{anchor}" if anchor else "")

    def file(self, name: str) -> str:
        """The address of the file ``name`` of the data package."""
        return f"{self.start}{FOLDER}/{name}"


def metadata(app: Sphinx, pagename: str, title: str) -> dict:
    """What the page ``pagename`` with this ``title`` is, in the terms of schema.org."""
    to = Addresses(app, pagename)
    book = _book(app)
    table = pagename.removeprefix(table_page(""))
    if pagename == app.config.root_doc:
        return _graph(book, _package(to))
    if pagename == domain.DATA_PAGE:
        return _graph(_package(to) | {"isPartOf": book})
    if table != pagename:
        whole = {"@type": "Dataset", "@id": to.page(*_PACKAGE), "name": package()["title"]}
        return _graph(_table(to, resource(table)) | {"isPartOf": whole})
    page = {
        # The pages of the story are numbered, those to look things up are not.
        "@type": "Chapter" if app.env.toc_secnumbers.get(pagename) else "CreativeWork",
        "@id": to.page(pagename),
        "name": title,
        "inLanguage": app.config.language,
        "license": book["license"],
        "isPartOf": book,
        "url": to.page(pagename) if base(app.config) else "",
    }
    return _graph(page)


def _graph(*things: dict) -> dict:
    return {"@context": "https://schema.org", "@graph": _filled(list(things))}


def _filled(value: Any) -> Any:
    """Without what is empty, at any depth."""
    if isinstance(value, list):
        return [_filled(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {name: _filled(part) for name, part in value.items() if part not in (None, "", [])}


def _book(app: Sphinx) -> dict:
    return {
        "@type": "Book",
        "name": app.config.html_title or app.config.project,
        "author": _organization(app.config.author),
        "inLanguage": app.config.language,
        "license": edition()["license"],
        "url": base(app.config),
    }


# --- The data

_PACKAGE = (domain.DATA_PAGE, "package")


def edition() -> dict:
    """Version, day, license and makers of the data, in the terms of schema.org."""
    whole = package()
    return {
        "version": whole["version"],
        "datePublished": whole["created"][:10],
        "license": whole["licenses"][0]["path"],
        "creator": [_organization(maker["title"]) for maker in whole["contributors"]],
    }


def _organization(name: str) -> dict:
    return {"@type": "Organization", "name": name}


def _package(to: Addresses) -> dict:
    """The data package as a ``Dataset``, with what can be had of the whole."""
    whole = package()
    all_tables = f"{whole['title']}, all tables"
    return {
        "@type": "Dataset",
        "@id": to.page(*_PACKAGE),
        "name": whole["title"],
        "description": whole["description"],
        "url": to.page(domain.DATA_PAGE),
        **edition(),
        "keywords": whole["keywords"],
        "isAccessibleForFree": True,
        "distribution": [_download(to, *file, all_tables) for file in downloads.files().items()],
    }


def _table(to: Addresses, entry: dict) -> dict:
    page, path = to.page(table_page(entry["name"])), entry["path"]
    return {
        "@type": "Dataset",
        "@id": f"{page}#table",
        "name": entry["title"],
        "alternateName": entry["name"],
        # Search engines drop a description below fifty characters.
        "description": f"{entry['description']} A table of {package()['title']}.",
        "url": page,
        **edition(),
        "license": entry["licenses"][0]["path"],
        "isAccessibleForFree": True,
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": field["name"],
                "description": field["description"],
                "unitText": field.get("unit"),
            }
            for field in entry["schema"]["fields"]
        ],
        "distribution": [_download(to, path, (data_dir() / path).read_bytes(), entry["title"])],
    }


def _download(to: Addresses, name: str, content: bytes, title: str) -> dict:
    return {
        "@type": "DataDownload",
        "name": title,
        "contentUrl": to.file(name),
        "encodingFormat": MEDIA_TYPES[Path(name).suffix],
        "contentSize": f"{len(content)} B",
        "sha256": sha256(content),
    }


# --- In the page


def script(data: dict) -> str:
    """A block of ``data`` for the head of a page; no value can end it early."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def _add(app: Sphinx, page: str, _template: str, context: dict, doctree: object) -> None:
    """Put it, and the tags for citation, in the head of each page of the book and of each table."""
    if app.builder.name != "html" or (doctree is None and "table" not in context):
        return
    title = context["title"] if doctree is None else app.env.titles[page].astext()
    tags = [citation_tags(app, page, title), script(metadata(app, page, title))]
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def setup(app: Sphinx) -> None:
    """Register what stands in the head of a page."""
    app.connect("html-page-context", _add)
