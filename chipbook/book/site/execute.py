"""Runs the cells of the pages that are about to be read, unless what they printed still holds.

MyST-NB finds a notebook in its cache by the code alone. Here each one is cached with the files that
its kernel opened (data, package, anything else of the book) and a fingerprint of each: it is run
again as soon as one of them holds something else. An entry vouches for itself, so a build that was
cut leaves nothing behind that could be wrong, and two builds can share a cache.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, cast

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
from chipbook.data.state import installed, write_all

logger = logging.getLogger(__name__)

ROOT = Path(chipbook.__file__).resolve().parents[1]
"""The folder of package and data, in which the names of opened files start."""

LOCK = "requirements.txt"
"""Counts as opened by every notebook: it stands for what of it is installed."""

STAMPED = re.compile(r"\bpackage\(|datapackage")
"""Cells that could show what a fingerprint of the descriptor leaves out: never taken from cache."""

# Watched from before the package is imported, so that its own files are noted as well.
START = """
import runpy
opened = runpy.run_path({script!r})["watch"]({root!r})
from chipbook.book.site.cells import serve
serve(opened)
"""


class CellFailed(Exception):
    """A cell that raised, or could not show its value: position of the cell, and what it said."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


def start() -> subprocess.Popen[str]:
    """A process that runs the cells of one page after the other."""
    code = START.format(script=opened.__file__, root=str(ROOT))
    # A process with threads must not split.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def run_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the notebooks among the pages ``docnames``, and note what each of them opened.

    Raises ``SystemExit`` with file, line and message of all that failed, once all are run.
    """
    # MyST-NB puts them there.
    myst, settings = env.myst_config, env.mystnb_config  # type: ignore[attr-defined]
    cache = get_cache(settings.execution_cache_path)
    failed = []
    with ExitStack() as stack:
        # Begun with the first page whose cells have to run.
        runner = lru_cache(lambda: stack.enter_context(start()))
        for docname in docnames:
            path, found = Path(env.doc2path(docname)), {}
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError as fault:
                line = fault.object.count(b"\n", 0, fault.start) + 1
                failed.append(f"{docname}.md:{line}: not in UTF-8: {fault.reason}")
                continue
            if reader := create_nb_reader(path, myst, settings, text):
                notebook = reader.read(text)
                try:
                    found = _outputs(cache, runner, notebook, path, settings.execution_timeout)
                except CellFailed as fault:
                    line = notebook.metadata.source_map[fault.index] + 1
                    failed.append(f"{docname}.md:{line}: {fault}")
            reads.note_opened(env, docname, found)
    if failed:
        raise SystemExit("\n".join(["", "The book was not built:", *failed]))


def _outputs(
    cache: JupyterCacheAbstract,
    runner: Callable[[], subprocess.Popen[str]],
    notebook: nbformat.NotebookNode,
    path: Path,
    timeout: int | None,
) -> dict[str, str]:
    """See that the cache holds the outputs of a notebook; returns what it opened."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    if record := _record(cache, notebook):
        found = record.data.get("opened", {})
        lasts = found.get(LOCK) == installed(ROOT) and all(
            name == LOCK or opened.fingerprint(ROOT, name) == of for name, of in found.items()
        )
        if lasts and not STAMPED.search(code):
            return found
        cache.remove_cache(record.pk)
    logger.info("running %s", path.name)
    found = run(runner(), notebook, path.parent, timeout)
    bundle = CacheBundleIn(notebook, str(path), data={"opened": found})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    # As it is: the cache sorts the columns of a table by name, and a download would have them so.
    kept, key = cache.create_hashed_notebook(notebook)
    path = cache.path / "executed" / key / "base.ipynb"
    write_all({path: json.dumps(kept).encode()})
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


def run(
    runner: subprocess.Popen[str],
    notebook: nbformat.NotebookNode,
    folder: Path,
    timeout: int | None,
) -> dict[str, str]:
    """Run the cells of ``notebook`` in ``folder``, in place, by a ``runner`` of :func:`start`.

    Returns what they opened: a path below :data:`ROOT` and a fingerprint for each file. The
    ``timeout`` is in seconds for each cell. Raises :class:`CellFailed` for the first that fails.
    """
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    cells = [
        (index, cell, "raises-exception" in cell.metadata.get("tags", ()))
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]
    asked = [[cell.source, may_fail] for _, cell, may_fail in cells]
    page = {"folder": str(folder), "root": str(ROOT), "cells": asked, "timeout": timeout}
    print(json.dumps(page), file=runner.stdin, flush=True)
    answers = iter(lambda: json.loads(cast(IO[str], runner.stdout).readline()), None)
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
        return next(answers) | {LOCK: installed(ROOT)}
    finally:
        # Up to the null at its end, so that the next page gets its own.
        list(answers)


def refuse_errors(index: int, outputs: list[dict[str, Any]]) -> None:
    """Raise :class:`CellFailed` for an error among the ``outputs`` of cell ``index``.

    It says what the exception said, and the places in its traceback in the book's own code. What
    fails while a value is shown (a chart that may not go in) stops no cell, and is an error too.
    """
    for output in outputs:
        if output["output_type"] == "error":
            text, message = "\n".join(output["traceback"]), output["evalue"]
            places = re.findall(
                r"File \S*?(chipbook/(?!book/site/)[\w/]+\.py):(\d+), in ([\w.]+)", text
            )
            # An exception that shows itself, without a traceback, says all.
            first = message if text == message else f"{output['ename']}: {message}"
            lines = ("    {}:{}, in {}".format(*place) for place in places)
            raise CellFailed(index, "\n".join([first, *lines]))
