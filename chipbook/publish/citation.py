"""Tags in a page's head for reference managers (Highwire Press) and libraries (Dublin Core)."""

from __future__ import annotations

import html

from sphinx.application import Sphinx

from chipbook.book.domain import base
from chipbook.data import package


def citation_tags(app: Sphinx, pagename: str, title: str) -> str:
    """The tags of the page ``pagename`` with this ``title``, a line each."""
    whole, site = package(), base(app.config)
    book = app.config.html_title or app.config.project
    day = whole["created"][:10]
    root = pagename == app.config.root_doc
    tags = [
        ("citation_title", book if root else title),
        ("citation_author", app.config.author),
        ("citation_publication_date", day.replace("-", "/")),
        ("citation_language", app.config.language),
        *([] if root else [("citation_inbook_title", book)]),
        ("DC.title", book if root else title),
        ("DC.creator", app.config.author),
        ("DC.date", day),
        ("DC.language", app.config.language),
        ("DC.rights", whole["licenses"][0]["path"]),
    ]
    if site:
        address = f"{site}{pagename}.html"
        tags += [("citation_public_url", address), ("DC.identifier", address)]
    return "\n".join(
        f'<meta name="{name}" content="{html.escape(str(text))}">' for name, text in tags
    )
