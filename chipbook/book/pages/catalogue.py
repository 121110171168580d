"""The catalogue of the data: what each table is, which pages load it, and downloads.

``{data-catalogue}`` is filled from the descriptor after the page is read: its numbers are those of
the data package, which the gate for naked numbers need not see.
"""

from functools import partial

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import template
from chipbook.book.domain import address, table_page
from chipbook.book.reads import by_page
from chipbook.book.site.build import whole
from chipbook.data import digest, load, package
from chipbook.data.settings import settings
from chipbook.story.downloads import FOLDER, sha256

FILES: dict[str, str] = settings(__file__)["files"]
"""Ending of a download → what it holds."""


def data_catalogue(app: Sphinx, page: str) -> list[nodes.Node]:
    """``{data-catalogue}`` on a ``page``: the data package, a line a table."""
    described = package()
    html = template("catalogue.html").render(
        package=described,
        digest=digest(described["resources"]),
        tables=[about(app, table, page) for table in described["resources"]],
        **offered(whole(app), page, FILES),
    )
    return [nodes.raw("", html, format="html")]


def about(app: Sphinx, table: dict, here: str) -> dict[str, object]:
    """What a page ``here`` tells of a ``table``, given by its entry in the descriptor.

    Adds to it ``rows``, their number, and ``users``, title and address of the pages that load it.
    """
    place = partial(address, app, here)
    users = [page for page, found in by_page(app.env).items() if table["name"] in found]
    return {
        **table,
        "rows": len(load(table["name"])),
        "users": [(app.env.titles[page].astext(), place(page)) for page in users],
        "place": place(table_page(table["name"])),
    }


def offered(files: dict[str, bytes], here: str, words: dict[str, str]) -> dict[str, object]:
    """What a template needs to offer ``files`` (name → content) on a page ``here``.

    ``words`` say what a file is, by its ending.
    """
    folder = f"{'../' * here.count('/')}{FOLDER}"
    return {"files": files, "folder": folder, "words": words, "sha256": sha256}
