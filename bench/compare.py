"""Build time and page weight of the book against stock Jupyter Book with the same cells.

Run ``python bench/compare.py`` after ``make book``. The stock book is made from the notebooks that
the site offers: the same prose and cells, Altair's own renderer, no extension of ours. Takes about
two minutes; nothing else should be busy.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import yaml
from playwright.sync_api import Error, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
import chromium  # noqa: E402

OURS = "chipbook chapters data _config.yml _toc.yml index.md pyproject.toml requirements.txt"
OURS += " README.md LICENSE LICENSE-TEXT-AND-DATA"


def our_book(root: Path) -> Path:
    """A copy of the book; returns the page to edit."""
    for name in OURS.split():
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, root / name)
    return root / "chapters" / "chip-budget.md"


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


def build(root: Path) -> float:
    """Seconds that a build takes."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    start = time.perf_counter()
    subprocess.run(
        [program, "build", "."],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root if (root / "chipbook").exists() else ROOT)},
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - start


def times(root: Path, page: Path) -> dict[str, float]:
    """Seconds of a cold build, of one without a change, and of one after an edit of prose."""
    measured = {"cold build": build(root), "no change": build(root)}
    page.write_text(re.sub("Sources", "Sources.", page.read_text(), count=1))
    return measured | {"prose edit": build(root)}


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


def main() -> None:
    """Measure both and print a table."""
    columns = {}
    for title, make in {"this book": our_book, "stock": stock_book}.items():
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            page = make(root)
            print(f"building {title} …", file=sys.stderr, flush=True)
            measured = {f"{what}, s": value for what, value in times(root, page).items()}
            html = page.relative_to(root).with_suffix(".html").as_posix()
            weights = weigh(root / "_build" / "html", html)
            columns[title] = measured | {f"chip-budget: {k}": v for k, v in weights.items()}
    rows = list(columns["stock"])
    print(f"{'':30}" + "".join(f"{title:>12}" for title in columns))
    for row in rows:
        values = [column[row] for column in columns.values()]
        print(f"{row:30}" + "".join(f"{value:12.1f}" for value in values))


if __name__ == "__main__":
    main()
