"""Runs the cells of the pages that are about to be read, unless what they printed still holds.

MyST-NB finds a notebook in its cache by the code alone. Here each one is cached with the files that
its kernel opened (data, package, anything else of the book) and a fingerprint of each: it is run
again as soon as one of them holds something else. An entry vouches for itself, so a build that was
cut leaves nothing behind that could be wrong, and two builds can share a cache.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.read import create_nb_reader
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import chipbook
from chipbook.book import reads
from chipbook.book.site import opened

logger = logging.getLogger(__name__)

ROOT = Path(chipbook.__file__).resolve().parents[1]
"""The folder of package and data, in which the names of opened files start."""

LOCK = "requirements.txt"
"""Counts as opened by every notebook: it stands for what is installed."""

STAMPED = re.compile(r"\bpackage\(|__version__|datapackage")
"""Cells that could show what a fingerprint of the descriptor leaves out: never taken from cache."""

# Watched from before the package is imported, so that its own files are noted as well.
START = """
import runpy
opened = runpy.run_path({script!r})["watch"]({root!r})
from chipbook.book.site.cells import serve
serve(opened)
"""


LANGUAGE = {"name": "python", "pygments_lexer": "ipython3", "file_extension": ".py"}


class CellFailed(Exception):
    """A cell that raised, or could not show its value: position of the cell, and what it said."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


class Runner:
    """A process that runs cells, begun with the first page and again when it has ended.

    A context: the process ends with it.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            # It ends when nothing more can be asked of it.
            self._process.communicate()

    def answers(self, page: dict[str, Any]) -> Iterator[Any]:
        """What :func:`chipbook.book.site.cells.serve` answers to ``page``, as it comes."""
        if not self._process:
            start = START.format(script=opened.__file__, root=str(ROOT))
            self._process = subprocess.Popen(
                [sys.executable, "-c", start],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
                # A process with threads must not split.
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(page), file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            if (answer := json.loads(line)) is None:
                return
            yield answer
        self._process.communicate()
        self._process = None


def run_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the notebooks among the pages ``docnames``, and note what each of them opened.

    Raises ``SystemExit`` with file, line and message of every cell that failed, once all are run.
    """
    # MyST-NB puts them there.
    myst, settings = env.myst_config, env.mystnb_config  # type: ignore[attr-defined]
    cache = get_cache(settings.execution_cache_path)
    failed = []
    with Runner() as runner:
        for docname in docnames:
            path, found = Path(env.doc2path(docname)), {}
            text = path.read_text(encoding="utf-8")
            if reader := create_nb_reader(path, myst, settings, text):
                notebook = reader.read(text)
                try:
                    found = _outputs(cache, runner, notebook, path, settings.execution_timeout)
                except CellFailed as fault:
                    line = notebook.metadata.source_map[fault.index] + 1
                    failed.append(f"{docname}.md:{line}: {fault}")
            reads.note_opened(env, docname, found)
    if failed:
        raise SystemExit("\n".join(["", "The book was not built. Cells failed:", *failed]))


def _outputs(
    cache: JupyterCacheAbstract,
    runner: Runner,
    notebook: nbformat.NotebookNode,
    path: Path,
    timeout: int | None,
) -> dict[str, str]:
    """See that the cache holds the outputs of a notebook; returns what it opened."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    if record := _record(cache, notebook):
        found = record.data.get("opened", {})
        if found and not STAMPED.search(code) and _holds(found):
            return found
        cache.remove_cache(record.pk)
    logger.info("running %s", path.name)
    found = run(runner, notebook, path.parent, timeout)
    bundle = CacheBundleIn(notebook, str(path), data={"opened": found})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    # As it is: the cache sorts the columns of a table by name, and a download would have them so.
    kept, key = cache.create_hashed_notebook(notebook)
    path = cache.path / "executed" / key / "base.ipynb"
    path.write_text(json.dumps(kept), encoding="utf-8")
    return found


def _record(cache: JupyterCacheAbstract, notebook: nbformat.NotebookNode) -> NbCacheRecord | None:
    """The entry of the cache for this code, if it is whole: a build can be cut while it writes."""
    try:
        record = cache.match_cache_notebook(notebook)
    except KeyError:
        return None
    try:
        cache.get_cache_bundle(record.pk)
    except (KeyError, ValueError):
        NbCacheRecord.remove_records([record.pk], cache.db)
        return None
    return record


def _holds(found: dict[str, str]) -> bool:
    return all(opened.fingerprint(ROOT, name) == stamp for name, stamp in found.items())


def run(
    runner: Runner, notebook: nbformat.NotebookNode, folder: Path, timeout: int | None
) -> dict[str, str]:
    """Run the cells of ``notebook`` in ``folder``, in place; returns what they opened.

    That is a path below :data:`ROOT` and a fingerprint for each file; ``timeout`` is in seconds
    for each cell. Raises :class:`CellFailed` for the first cell that fails.
    """
    notebook.metadata["language_info"] = LANGUAGE
    cells = [
        (index, cell, "raises-exception" in cell.metadata.get("tags", ()))
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]
    asked = [[cell.source, may_fail] for _, cell, may_fail in cells]
    answers = runner.answers({"folder": str(folder), "cells": asked, "timeout": timeout})
    try:
        for count, (index, cell, may_fail) in enumerate(cells, start=1):
            begun = time.monotonic()
            if (outputs := next(answers, None)) is None:
                late = timeout and time.monotonic() - begun >= timeout
                why = f"ran longer than {timeout} seconds" if late else "ended its process"
                raise CellFailed(index, f"The cell {why}.")
            cell.execution_count, cell.outputs = count, nbformat.from_dict(outputs)
            if not may_fail:
                refuse_errors(index, outputs)
        return {LOCK: opened.fingerprint(ROOT, LOCK)} | next(answers)
    finally:
        # Up to its end, so that the next page gets its own.
        list(answers)


def refuse_errors(index: int, outputs: list[dict[str, Any]]) -> None:
    """Raise :class:`CellFailed` for an error among the ``outputs`` of cell ``index``.

    What fails while a value is shown (a chart that may not go in) stops no cell, and is one too.
    """
    for output in outputs:
        if output["output_type"] == "error":
            text = "\n".join(output["traceback"])
            raise CellFailed(index, said(output["ename"], output["evalue"], text))


def said(name: str, message: str, traceback: str) -> str:
    """What the exception ``name`` said, and the places in its traceback in the book's own code.

    ``message`` is its text; both it and ``traceback`` are as the kernel sends them.
    """
    plain = re.sub(r"\x1b\[[0-9;]*m", "", traceback)
    # nbclient puts the code of the cell first, between two lines of dashes.
    plain = plain.rpartition("\n------------------\n")[2].strip()
    places = re.findall(r"File \S*?(chipbook/[\w/]+\.py):(\d+), in ([\w.]+)", plain)
    first = f"{name}: {message}"
    if name == "NoneType":
        # Raised while a value was shown: the kernel has forgotten which exception it was.
        first = plain.splitlines()[-1] if "Traceback" in plain else plain
    return "\n".join([first, *("    {}:{}, in {}".format(*place) for place in places)])


def setup(app: Sphinx) -> None:
    """Run the cells before the pages are read."""
    app.connect("env-before-read-docs", run_pages)
