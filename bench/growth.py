"""What more chapters and more rows cost: seconds, memory and bytes of a build from nothing.

``make bench`` prints it: the book as it is, with every chapter ten times, and with the largest
table a hundred times as long. Each line says how much that is for one chapter, or a thousand rows.
"""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml
from compare import ROOT, our_book

sys.path.insert(0, str(ROOT))
from chipbook.charts.drawing import cached
from chipbook.data.state import state


def chapters(root: Path, times: int) -> int:
    """Add copies of the chapters of the story; returns how many."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    story = toc["parts"][0]["chapters"]
    names = [entry["file"] for entry in story]
    for copy in range(1, times):
        for name in names:
            text = (root / f"{name}.md").read_text(encoding="utf-8")
            # A figure has its name once in a book.
            text = re.sub(r"\bfig-[\w-]+", rf"\g<0>-{copy}", text)
            (root / f"{name}-{copy}.md").write_text(text, encoding="utf-8")
            story.append({"file": f"{name}-{copy}"})
    (root / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")
    return len(story) - len(names)


def rows(root: Path, times: int) -> int:
    """Add copies of the rows of the largest table, under other ids; returns thousands of rows."""
    path = max((root / "data").glob("*.csv"), key=lambda path: len(path.read_text("utf-8")))
    head, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert head.startswith("id,")
    more = [f"x{copy}-{line}" for copy in range(1, times) for line in lines]
    path.write_text("".join([head, *lines, *more]), encoding="utf-8")
    # Copies break the rules of the data: two rows must not say the same.
    made = root / "_build/.doctrees/downloads" / f"state-{state(root)['shared']}"
    cached(made, "numbers.pickle", lambda: pickle.dumps([]))
    return len(more) // 1000


def cost(change: Callable[[Path], int]) -> tuple[int, list[float]]:
    """How much was added, and CPU seconds, peak MB of memory and MB of the site."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        our_book(root)
        added = change(root)
        program = str(Path(sys.executable).parent / "jupyter-book")
        environment = {**os.environ, "PYTHONPATH": str(root)}
        with subprocess.Popen(
            [program, "build", "."], cwd=root, env=environment, stdout=subprocess.DEVNULL
        ) as build:
            _, status, used = os.wait4(build.pid, 0)
            build.returncode = os.waitstatus_to_exitcode(status)
        if build.returncode:
            sys.exit(f"the build ended with {build.returncode}")
        site = sum(path.stat().st_size for path in (root / "_build/html").rglob("*.*"))
        return added, [used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, site / 1e6]


def main() -> None:
    """Print a line for the book, and one for each way to grow, with its slope."""
    _, before = cost(lambda root: 0)
    ways = {
        "a chapter more (10 × the chapters)": lambda root: chapters(root, 10),
        "1000 rows more (100 × the largest table)": lambda root: rows(root, 100),
    }
    print("\n| | CPU s | memory, MB | site, MB |\n|-|-|-|-|")
    print("| the book |" + "".join(f" {value:.0f} |" for value in before))
    for name, way in ways.items():
        added, after = cost(way)
        slopes = [(b - a) / added for a, b in zip(before, after, strict=True)]
        print(f"| {name} |" + "".join(f" {slope:+.2f} |" for slope in slopes), flush=True)


if __name__ == "__main__":
    main()
