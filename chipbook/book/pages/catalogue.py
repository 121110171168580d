"""The catalogue of the data: what each table is, which pages load it, and downloads.

``{data-catalogue}`` is filled from the descriptor after the page is read: its numbers are those of
the data package, which the gate for naked numbers need not see.
"""

from functools import partial
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import template
from chipbook.book.domain import add_list, address, table_page
from chipbook.book.reads import by_page
from chipbook.book.site.build import whole
from chipbook.data import data_dir, digest, load, package
from chipbook.data.settings import settings
from chipbook.story.downloads import FOLDER, sha256

FILES: dict[str, str] = settings(__file__)["files"]
"""Ending of a download → what it holds."""


def data_catalogue(app: Sphinx, page: str) -> list[nodes.Node]:
    """``{data-catalogue}`` on a ``page``: the data package, a line a table."""
    described, files = package(), whole(app).items()
    html = template("catalogue.html").render(
        package=described,
        digest=digest(described["resources"]),
        files=[_file(FILES[Path(name).suffix], name, content, page) for name, content in files],
        folder=_folder(page),
        tables=[about(app, table, page) for table in described["resources"]],
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


def table_file(table: dict, here: str) -> dict[str, object]:
    """The file of a ``table`` as a page ``here`` offers it: words, name, address, kB, digest."""
    return _file("CSV", table["path"], (data_dir() / table["path"]).read_bytes(), here)


def _folder(here: str) -> str:
    return f"{'../' * here.count('/')}{FOLDER}"


def _file(words: str, name: str, content: bytes, here: str) -> dict[str, object]:
    size = max(1, round(len(content) / 1000))
    place = f"{_folder(here)}/{name}"
    return {"words": words, "name": name, "place": place, "kb": size, "digest": sha256(content)}


def setup(app: Sphinx) -> None:
    """Register the list."""
    add_list(app, "data-catalogue", data_catalogue)
