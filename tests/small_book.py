"""A book of a few pages with all that shows the data, built in some seconds."""

import shutil
from pathlib import Path

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

CONF = f"""{BOOK}
from chipbook.publish import croissant

project = "Book"
author = "Us"
extensions = ["myst_parser", "chipbook.book.site.layout", *BOOK, "chipbook.book.pages.rows",
              "chipbook.book.pages.catalogue", "chipbook.publish.linked_data"]
html_theme = "basic"
html_title = "A </script> book"


def setup(app):
    app.connect("build-finished", croissant.write)
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


def make(folder: Path, pages: dict[str, str], conf: str, builder: str = "html") -> tuple[Path, str]:
    """Build other ``pages`` (name → text) in ``folder``; gives the output folder and warnings."""
    source = folder / "src"
    (source / "chapters").mkdir(parents=True)
    allowed = Path(__file__).resolve().parents[1] / "chapters" / "numerals.toml"
    shutil.copy(allowed, source / "chapters")
    for name, text in pages.items():
        (source / f"{name}.md").write_text(text, encoding="utf-8")
    (source / "conf.py").write_text(conf, encoding="utf-8")
    app = SphinxTestApp(buildername=builder, srcdir=source, builddir=folder / "out")
    app.build()
    out, warnings = Path(app.outdir), app.warning.getvalue()
    app.cleanup()
    return out, warnings
