"""A book of a few pages whose data are hostile: ``python poisoned.py FOLDER`` builds it there.

A process of its own: the package reads its data once, from the folder beside it.
"""

from __future__ import annotations

import csv
import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

MARKUP = (
    "</script></style></title></noscript><script>alert(/one/)</script>"
    "<img src=x onerror=alert(/two/)><svg/onload=alert(/three/)>"
    "<a href=javascript:alert(/four/)>go</a>\"onmouseover='alert(/five/)' <!--<script>&lt; "
    "[go](javascript:alert(/six/)) <javascript:alert(/seven/)> \\immediate\\openout"
)
"""What is put behind each text of the data: HTML, JSON in HTML, Markdown, LaTeX."""

CHANGES = f"""
{MARKUP} {{{{7*7}}}}

```{{raw}} html
<script>alert(/eight/)</script>
```
```{{include}} /etc/passwd
```
<div onclick="alert(/nine/)">

![x](data:image/svg+xml,x) [data](data:text/html,<script>alert(/ten/)</script>) {{fact}}`ft25-total`
"""

NOT_FREE = {
    "period", "formula", "fiscal_year", "resource", "row_id", "column", "row_ids", "of", "quoted",
}  # fmt: skip
"""Text columns that hold keys, years or formulas, which a hostile text would only break."""

NTH = 5
"""One of so many rows is poisoned: each place that shows a text shows some of them."""

PAGES = {
    "index": "# Book\n\n```{toctree}\n:numbered:\n:glob:\n\nchapters/*\n```\n",
    "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
    "chapters/sources": "# All sources\n\n```{source-list}\n```\n",
    "chapters/data": "# Every table\n\n```{data-catalogue}\n```\n",
    "chapters/changes": "# What changed\n\n```{changes}\n```\n",
    "chapters/known-when": "# Known when\n\n```{known-when}\n```\n",
    "chapters/disagreements": "# Disagreements\n\n```{disagreements}\n```\n",
    "chapters/article": "# The article\n\n```{annotated-article}\n```\n\n"
    "```{kit} statements\n```\n",
    "chapters/one": "# One\n\nIt planned {fact}`ft25-total`. {source}`ft-2025-01-23-firstft`.\n\n"
    "```{disagreement} revenue-2022\n```\n\n```{kit} reports\n```\n\n```{sources}\n```\n",
    "chapters/watch": "# Watch\n\n```{watch}\n```\n\n```{reviews}\n```\n",
}

TABLES = ["sources", "claims", "press_reports", "corrections"]

CONF = f"""
import small_book

from chipbook.book.pages import rows

TABLES = {TABLES}
"""
CONF += """

exec(small_book.BOOK)
OF = ("book.parts.annotated", "book.parts.play", "book.pages.known_when", "book.pages.rows",
      "book.pages.catalogue", "book.pages.reviews", "book.pages.changes", "publish.linked_data",
      "publish.search", "publish.share", "publish.site_files")
extensions = ["myst_parser", "chipbook.book.site.layout", *BOOK, *(f"chipbook.{of}" for of in OF)]
html_theme = "basic"
project = html_title = "Book"
author = "Us"

# All tables are of one make.
whole = rows.package
rows.package = lambda: whole() | {
    "resources": [entry for entry in whole()["resources"] if entry["name"] in TABLES]
}


def setup(app):
    from chipbook.book.site.build import write_downloads
    from chipbook.publish import search, site_files, verify

    steps = (write_downloads, verify.write, search.write, site_files.write)
    app.connect("build-finished", lambda app, error: [step(app) for step in steps if not error])
"""


def poison(folder: Path) -> None:
    """Put :data:`MARKUP` behind texts of each kind in the data in ``folder``."""
    path = folder / "datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    for entry in package["resources"]:
        fields = entry["schema"]["fields"]
        texts = {
            field["name"]
            for field in fields
            if field["type"] == "string"
            and not {"pattern", "enum"} & field.get("constraints", {}).keys()
        }
        _rows(folder / entry["path"], texts - NOT_FREE)
        for told in (entry, *fields, *entry["licenses"]):
            told |= {name: told[name] + MARKUP for name in ("title", "description") if name in told}
    for told in (package, *package["licenses"], *package["contributors"]):
        told |= {name: told[name] + MARKUP for name in ("title", "description") if name in told}
    package["keywords"].append(MARKUP)
    path.write_text(json.dumps(package), encoding="utf-8")
    # A log as long as ours would show the same once more, and take its time.
    log = folder / "corrections.csv"
    log.write_text("".join(log.read_text("utf-8").splitlines(keepends=True)[:150]), "utf-8")
    log = folder / "CHANGELOG.md"
    title, version, digest, rest = log.read_text("utf-8").split("\n\n", 3)
    log.write_text("\n\n".join((title, version, digest, CHANGES, rest)), encoding="utf-8")


def _is_text(field: dict) -> bool:
    closed = {"pattern", "enum"} & field.get("constraints", {}).keys()
    return field["type"] == "string" and not closed


def _rows(path: Path, texts: set[str]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        names, rows = list(reader.fieldnames or ()), list(reader)
    # A correction of a list of sources holds their keys.
    for row in (row for row in rows[::NTH] if not row.get("column", "").endswith("_ids")):
        row |= {name: row[name] + MARKUP for name in texts if row[name]}
        if row.get("url"):
            row["url"] += "\"onmouseover='alert(/eleven/)'><script>alert(/twelve/)</script>"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Copy package and data into ``folder``, poison them and build; prints where the site is."""
    ignore = shutil.ignore_patterns("__pycache__", "reveal")
    for part in ("chipbook", "data"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignore)
    for file in ("CITATION.cff", "pyproject.toml"):
        shutil.copy(ROOT / file, folder)
    poison(folder / "data")
    sys.path[:0] = [str(folder), str(ROOT / "tests")]
    import small_book

    out, warnings = small_book.make(folder / "book", PAGES, CONF)
    print(warnings, out, sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
