"""What the head of a page tells machines: tags for citation, and schema.org in JSON-LD.

The book, its chapters, the data package and its tables. Claims and verdicts are not told:
schema.org has no word for "denied and unresolved", and this book rates nothing true or false.
"""

from __future__ import annotations

import json

from sphinx.application import Sphinx

from chipbook.book.cards import template
from chipbook.book.domain import base
from chipbook.book.site.build import whole
from chipbook.data import data_dir, package
from chipbook.story.downloads import FOLDER, sha256


def embedded(text: str) -> str:
    """The JSON ``text`` for a script in a page: without what is empty, and no value can end it."""

    def filled(part: dict) -> dict:
        return {name: value for name, value in part.items() if value not in (None, "", [])}

    data = json.loads(text, object_hook=filled)
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def head(app: Sphinx, page: str, title: str, table: dict | None) -> str:
    """The tags and the JSON-LD of a ``page`` with this ``title``, or of the page of a ``table``."""
    if table:
        path = table["path"]
        files = {path: (data_dir() / path).read_bytes()}
    else:
        files = whole(app)
    told = {
        "page": page,
        "title": title,
        "table": table,
        "files": files,
        "sha256": sha256,
        "folder": FOLDER,
        "package": package(),
        "config": app.config,
        "landing": page == app.config.root_doc,
        "numbered": page in app.env.toc_secnumbers,
        "site": base(app.config),
        # Absolute where the site has an address.
        "start": base(app.config) or "../" * page.count("/"),
    }
    linked = embedded(template("linked-data.json").render(told))
    return template("head.html").render(told, linked=linked)


def _add(app: Sphinx, page: str, _template: str, context: dict, doctree: object) -> None:
    """Put it in the head of each page of the book and of each table."""
    if app.builder.name != "html" or (doctree is None and "table" not in context):
        return
    title = context["title"] if doctree is None else app.env.titles[page].astext()
    tags = head(app, page, title, context.get("table"))
    context["metatags"] = "\n".join([context.get("metatags", ""), tags])


def setup(app: Sphinx) -> None:
    """Register what stands in the head of a page."""
    app.connect("html-page-context", _add)
