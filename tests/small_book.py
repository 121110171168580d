"""A book of a few pages with all that shows the data, built in some seconds."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reading import ROOT
from sphinx.testing.util import SphinxTestApp

BOOK = """
BOOK = [
    f"chipbook.book.{part}"
    for part in (
        "domain", "cards", "parts.folds", "parts.tables", "gates.numerals", "pages.numbers",
        "pages.sources", "pages.disagreements",
    )
]
"""
"""Start of a ``conf.py``: ``BOOK`` are the parts that every small book needs."""

PARTS = """
parts = [name for name in extensions if name.startswith("chipbook.")]
extensions = [name for name in extensions if name not in parts] + ["parts_of_book"] * bool(parts)
"""
"""End of a ``conf.py``: modules of the book among its extensions are parts of one."""

CONF = f"""{BOOK}
from pathlib import Path

from chipbook.book.site.build import write_downloads

project = "Book"
author = "Us"
extensions = ["myst_parser", "chipbook.book.site.layout", *BOOK, "chipbook.book.pages.rows",
              "chipbook.book.pages.catalogue", "chipbook.publish.linked_data"]
html_theme = "basic"
html_title = "A </script> book"


def setup(app):
    app.connect("build-finished", lambda app, _: write_downloads(app))
"""


def build(folder: Path, conf: str = "") -> tuple[Path, str]:
    """Build it in ``folder``; gives the folder of the site and the warnings."""
    pages = {
        "index": "# Book\n\n```{toctree}\n:numbered:\nchapters/one\nchapters/article\n```\n"
        "```{toctree}\nchapters/numbers\nchapters/sources\nchapters/data\n```\n",
        "chapters/one": "# One\n\nIt planned {fact}`peer_capex/meta-fy2025`.\n\n"
        "```{disagreement} revenue-2022\n```\n",
        "chapters/article": "# The article\n\nIt was retold.\n",
        "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
        "chapters/sources": "# All sources\n\n```{source-list}\n```\n",
        "chapters/data": "# Every table\n\n```{data-catalogue}\n```\n",
    }
    return make(folder, pages, CONF + conf)


def make(folder: Path, pages: dict[str, str], conf: str) -> tuple[Path, str]:
    """Build other ``pages`` (name → text) in ``folder``; gives the output folder and warnings."""
    write(folder, pages, conf)
    with app(folder) as built:
        built.build()
        return Path(built.outdir), plain(built.warning.getvalue())


def write(folder: Path, pages: dict[str, str], conf: str) -> Path:
    """Write the source of a book without building it; gives its folder, ``folder/src``."""
    source = folder / "src"
    (source / "chapters").mkdir(parents=True)
    shutil.copy(ROOT / "chapters" / "numerals.toml", source / "chapters")
    for name, text in pages.items():
        (source / f"{name}.md").write_text(text, encoding="utf-8")
    # Sphinx adds what it learns of suffixes to its default, which the books of a process share.
    (source / "conf.py").write_text(f"source_suffix = {{}}\n{conf}{PARTS}", encoding="utf-8")
    return source


@contextmanager
def app(folder: Path, **options: object) -> Iterator[SphinxTestApp]:
    """Sphinx for the book that is written in ``folder``, with its ``options``."""
    app = SphinxTestApp(srcdir=folder / "src", builddir=folder / "out", **options)
    try:
        yield app
    finally:
        app.cleanup()


def plain(text: str) -> str:
    """What is printed in a terminal, without its colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)
