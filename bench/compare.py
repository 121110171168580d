"""Build time and page weight of the book against stock Jupyter Book with the same cells.

``make bench`` runs it after ``make book`` and prints the tables of ``README.md``. The stock book is
made from the notebooks that the site offers: the same prose and cells, Altair's own renderer, no
extension of ours. Both are built in turn, five times; each number is the median. Nothing else
should be busy: it takes some fifteen minutes.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import nbformat
import yaml
from playwright.sync_api import Error, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import chromium  # noqa: E402
from reading import copy_book  # noqa: E402


def our_book(root: Path) -> Path:
    """A copy of the book; returns the page to edit."""
    return copy_book(root) / "chapters" / "chip-budget.md"


def stock_book(root: Path) -> Path:
    """The same chapters for Jupyter Book as it comes; returns the page to edit."""
    pages = []
    for path in sorted((ROOT / "_build/html/notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        # Without the cell that installs the wheel, and with the renderer that Altair starts with.
        notebook.cells = notebook.cells[2:]
        for cell in notebook.cells:
            cell.source = cell.source.replace("figure.enable()", "")
        nbformat.write(notebook, root / path.name)
        pages.append(path.stem)
    if not pages:
        sys.exit("No notebooks yet: make book")
    chapters = [{"file": page} for page in pages if page != "index"]
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    (root / "_toc.yml").write_text(yaml.safe_dump(toc))
    config = {"title": "Stock", "execute": {"execute_notebooks": "cache"}}
    (root / "_config.yml").write_text(yaml.safe_dump(config))
    return root / "chip-budget.ipynb"


@dataclass
class Book:
    """A book in a folder of its own: how to make it, and the page to edit."""

    make: Callable[[Path], Path]
    root: Path = Path()
    page: Path = Path()

    def begin(self, folder: str) -> None:
        """Write its sources into an empty folder."""
        self.root = Path(folder)
        self.page = self.make(self.root)

    def edit(self) -> None:
        """Add a word to a paragraph."""
        text = self.page.read_text(encoding="utf-8")
        assert "**The question.**" in text
        self.page.write_text(text.replace("**The question.**", "**The question.** Well:"), "utf-8")

    def correct(self) -> None:
        """Change one cell of a table."""
        path = self.root / "data" / "budget_reports.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        row = next(row for row in rows if row["id"] == "br-2025-01-ft-china")
        row["value"] = f"{float(row['value']) * 1.01:.6g}"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def build(self) -> tuple[float, float, int]:
        """Seconds that a build takes, those of its processors, and pages whose cells it ran."""
        program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
        package = self.root if (self.root / "chipbook").exists() else ROOT
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [program, "build", "."],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(package)},
            capture_output=True,
            text=True,
            check=True,
        )
        wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return wall, cpu, len(re.findall(r"^.*running \S+\.md", done.stdout, re.M))


STEPS: dict[str, Callable[[Book], None]] = {
    "from nothing": lambda book: None,
    "no change": lambda book: None,
    "a word": Book.edit,
}
"""What is done before each build, in this order."""


def pair(ours: Book, stock: Book) -> dict[str, list[tuple[float, float, int]]]:
    """What each step takes with ours and with stock, built in turn from nothing."""
    found = {}
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        ours.begin(one)
        stock.begin(other)
        for name, step in STEPS.items():
            found[name] = []
            for book in (ours, stock):
                step(book)
                found[name].append(book.build())
        # Stock Jupyter Book does not see that data changed.
        ours.correct()
        found["a cell of a table"] = [ours.build()]
    return found


def seconds(pairs: int) -> None:
    """Print the medians of so many ``pairs`` as a table."""
    runs = [pair(Book(our_book), Book(stock_book)) for _ in range(pairs)]
    print("| Build after | this book, s | stock, s | ratio | CPU s | stock CPU s | pages run |")
    print("|-|-|-|-|-|-|-|")
    for name in runs[0]:
        sides = zip(*(run[name] for run in runs), strict=True)
        (wall, cpu, ran), *stock = (
            [median(column) for column in zip(*side, strict=True)] for side in sides
        )
        beside = ["–", "–", "–"]
        if stock:
            beside = [f"{stock[0][0]:.1f}", f"{wall / stock[0][0]:.2f}", f"{stock[0][1]:.1f}"]
        row = [name, f"{wall:.1f}", *beside[:2], f"{cpu:.1f}", beside[2], f"{ran:.0f}"]
        print("| " + " | ".join(row) + " |")


def weigh(site: Path, name: str) -> dict[str, float]:
    """What a browser fetches for one page, scrolled to its end so that charts come alive."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(site))
    handler.func.log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/"
    bodies, foreign = [], []
    with sync_playwright() as playwright:
        browser, _ = chromium.launch(playwright)
        page = browser.new_page()
        page.on("response", lambda response: bodies.append(response))
        page.on("request", lambda r: r.url.startswith((address, "data:")) or foreign.append(r.url))
        page.goto(address + name, wait_until="load")
        page.keyboard.press("End")
        page.wait_for_load_state("networkidle")
        sizes = []
        for response in bodies:
            try:
                sizes.append((len(response.body()), len(gzip.compress(response.body()))))
            except Error:
                continue
        browser.close()
    server.shutdown()
    return {
        "kB fetched": sum(raw for raw, _ in sizes) / 1000,
        "kB gzipped": sum(zipped for _, zipped in sizes) / 1000,
        "requests": len(sizes),
        "to other hosts": len(foreign),
    }


def weights() -> None:
    """Print what a browser fetches for a chapter of each book."""
    found = {}
    for title, make in {"this book": our_book, "stock": stock_book}.items():
        with TemporaryDirectory() as folder:
            book = Book(make)
            book.begin(folder)
            book.build()
            page = book.page.relative_to(book.root).with_suffix(".html").as_posix()
            found[title] = weigh(book.root / "_build" / "html", page)
    print("\n| chip-budget | this book | stock |\n|-|-|-|")
    for row in found["stock"]:
        print(f"| {row} | {found['this book'][row]:.0f} | {found['stock'][row]:.0f} |")


if __name__ == "__main__":
    seconds(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    weights()
