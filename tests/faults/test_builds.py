"""Faults of a build: each ends in a sentence and leaves the site that was there, or none."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import pytest
from conftest import program
from reading import contents, copy_book

from chipbook.data.state import fault, mark_of, marked, state

TOC = "format: jb-book\nroot: index\nparts:\n- caption: Look\n  chapters:\n  - file: chapters/one\n"
ONE = """---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---

# One

It planned {fact}`ft25-total`.

```{code-cell} ipython3
print("a word")
```
"""


def run(root: Path, *options: str, **how: object) -> tuple[int, str]:
    """Build the book in ``root``, as the README does without make; gives exit code and log."""
    done = subprocess.run(
        [program(), "build", *options, "."],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **how,
    )
    return done.returncode, re.sub(r"\x1b\[[\d;]*m", "", done.stdout)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory, site: Path) -> Path:
    """A book of two pages, built; its numbers are those of the whole book, made already."""
    root = copy_book(tmp_path_factory.mktemp("builds"), [])
    (root / "_toc.yml").write_text(TOC, encoding="utf-8")
    (root / "index.md").write_text("# A book\n\nOf one page.\n", encoding="utf-8")
    (root / "chapters/one.md").write_text(ONE, encoding="utf-8")
    for made in site.parent.glob(".doctrees/downloads/state-*"):
        kept = root / "_build/.doctrees/downloads" / f"state-{state(root)['shared']}"
        shutil.copytree(made, kept, dirs_exist_ok=True)
    code, log = run(root)
    assert code == 0, log[-3000:]
    return root


@contextmanager
def text(name: str, old: str, new: str | bytes, root: Path) -> Iterator[None]:
    """Another text in a file of the book."""
    path = root / name
    before = path.read_bytes()
    assert old.encode() in before
    path.write_bytes(before.replace(old.encode(), new.encode() if isinstance(new, str) else new))
    yield
    path.write_bytes(before)


@contextmanager
def folder_instead(root: Path) -> Iterator[None]:
    """A folder where a page should be."""
    path = root / "chapters/one.md"
    before = path.read_bytes()
    path.unlink()
    path.mkdir()
    yield
    path.rmdir()
    path.write_bytes(before)


@contextmanager
def held(root: Path) -> Iterator[None]:
    """Another build at work."""
    with sqlite3.connect(root / "_build/.doctrees/chipbook-lock", isolation_level=None) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def no_folder(root: Path) -> Iterator[None]:
    """A file where the site is to be written."""
    path, page = root / "_build/html.next", root / "index.md"
    before = page.read_bytes()
    path.touch()
    page.write_bytes(before + b"\nMore.\n")
    yield
    path.unlink()
    page.write_bytes(before)


Break = Callable[[Path], AbstractContextManager[None]]
FAULTS: dict[str, tuple[Break, str]] = {
    # Both in one build.
    "a naked and an unknown number": (
        partial(text, "chapters/one.md", "It planned {fact}`ft25-total", "17 of {fact}`ft25-totl"),
        r"(?=[\s\S]*one\.md:\d+: WARNING: unknown fact 'ft25-totl': did you mean ft25-total)"
        r"[\s\S]*one\.md:\d+: WARNING: .*naked number '17'[\s\S]*\nThe book was not built: see",
    ),
    "a cell that fails": (
        partial(text, "chapters/one.md", "print(", "prnt("),
        r"one\.md:\d+: NameError: name 'prnt' is not defined",
    ),
    "not in UTF-8": (
        partial(text, "chapters/one.md", "planned", "pl\xe4nned".encode("latin-1")),
        r"chapters/one\.md:10: not in UTF-8: invalid continuation byte",
    ),
    "a folder instead of a page": (folder_instead, r"_toc\.yml names chapters/one, and no such"),
    "a broken template": (
        partial(text, "chipbook/book/templates/book.html", "{%", "{% nosuch %}{%"),
        r"rendering the page .*\s.*TemplateSyntaxError\(.*'nosuch'",
    ),
    "a broken list": (
        partial(text, "chapters/numerals.toml", "=", "= ="),
        r"numerals\.toml: Invalid value \(at line \d+, column \d+\)",
    ),
    "another build": (held, r"database is locked: another build is at work there"),
    "a file in the way": (no_folder, r"File exists: '.*html\.next'"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_ends_in_a_sentence_and_leaves_the_site(book: Path, name: str) -> None:
    before, mark = contents(book / "_build/html"), marked(book / "_build/html")
    breaks, said = FAULTS[name]
    with breaks(book):
        code, log = run(book)
    assert code not in (0, None), log[-3000:]
    assert re.search(said, log), log[-3000:]
    assert "was not built" in log
    assert "Traceback" not in log
    assert contents(book / "_build/html") == before
    assert marked(book / "_build/html") == mark != {}


def test_a_cut_build_and_one_without_room_leave_the_site_and_the_next_heals(book: Path) -> None:
    html, page = book / "_build/html", book / "chapters/one.md"
    before = contents(html)
    page.write_text(ONE.replace("It planned", "They planned"), encoding="utf-8")
    # What it writes may be small: where the disk is full, it can be nothing.
    small = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (90_000, 90_000))
    code, log = run(book, preexec_fn=small)
    assert code == 1
    assert "was not built" in log
    assert "Traceback" not in log
    assert contents(html) == before
    cut = subprocess.Popen(
        [program(), "build", "."],
        cwd=book,
        env={**os.environ, "PYTHONPATH": str(book)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in cut.stdout:
        if "writing output" in line:
            break
    cut.send_signal(signal.SIGKILL)
    cut.communicate()
    assert contents(html) == before
    assert fault(html, state(book)) == f"{html} is older than chapters/one.md"
    code, log = run(book)
    assert code == 0, log[-3000:]
    healed = contents(html)
    assert b"They planned" in healed["chapters/one.html"]
    shutil.rmtree(html)
    mark_of(html).unlink()
    run(book)
    assert contents(html) == healed
    # Nothing is left to do, and that is said at once.
    said = subprocess.run(
        [sys.executable, "-I", book / "chipbook/data/state.py", html, "exact"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout == f"{html} is of this state: nothing to build.\n"
    assert marked(html)["files"]["index.md"]
