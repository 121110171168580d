"""Runs the cells of the pages that are about to be read, unless what they printed still holds.

MyST-NB finds a notebook in its cache by the code alone. Here each one is cached with the files that
its kernel opened (data, package, anything else of the book) and a fingerprint of each: it is run
again as soon as one of them holds something else. An entry vouches for itself, so a build that was
cut leaves nothing behind that could be wrong, and two builds can share a cache.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.read import create_nb_reader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
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

# Nothing stays behind in the names of the notebook.
WATCH = "__import__('sys').opened = __import__('runpy').run_path({script!r})['watch']({root!r})"
REPORT = "print(__import__('json').dumps(__import__('sys').opened))"


class CellFailed(Exception):
    """A cell that raised, or could not show its value: position of the cell, and what it said."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


def run_pages(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the notebooks among the pages ``docnames``, and note what each of them opened.

    Raises ``SystemExit`` with file, line and message of every cell that failed, once all are run.
    """
    # MyST-NB puts them there.
    myst, settings = env.myst_config, env.mystnb_config  # type: ignore[attr-defined]
    cache = get_cache(settings.execution_cache_path)
    failed = []
    for docname in docnames:
        path, found = Path(env.doc2path(docname)), {}
        text = path.read_text(encoding="utf-8")
        if reader := create_nb_reader(path, myst, settings, text):
            notebook = reader.read(text)
            try:
                found = _outputs(cache, notebook, path, settings.execution_timeout)
            except CellFailed as fault:
                line = notebook.metadata.source_map[fault.index] + 1
                failed.append(f"{docname}.md:{line}: {fault}")
        reads.note_opened(env, docname, found)
    if failed:
        raise SystemExit("\n".join(["", "The book was not built. Cells failed:", *failed]))


def _outputs(
    cache: JupyterCacheAbstract, notebook: nbformat.NotebookNode, path: Path, timeout: int | None
) -> dict[str, str]:
    """See that the cache holds the outputs of a notebook; returns what it opened."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    if record := _record(cache, notebook):
        found = record.data.get("opened", {})
        if found and not STAMPED.search(code) and _holds(found):
            return found
        cache.remove_cache(record.pk)
    logger.info("running %s", path.name)
    found = run(notebook, path.parent, timeout)
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


def run(notebook: nbformat.NotebookNode, folder: Path, timeout: int | None) -> dict[str, str]:
    """Run the cells of ``notebook`` in ``folder``, in place; returns what they opened.

    That is a path below :data:`ROOT` and a fingerprint for each file; ``timeout`` is in seconds
    for each cell. Raises :class:`CellFailed` for the first cell that fails.
    """
    client = NotebookClient(
        notebook,
        timeout=timeout,
        # The cache compares the metadata of cells too.
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        # Without it each kernel says on the screen that it speaks TCP without encryption.
        extra_arguments=["--log-level=ERROR"],
    )
    with client.setup_kernel():
        if client.kc and (info := client.wait_for_reply(client.kc.kernel_info())):
            notebook.metadata["language_info"] = info["content"]["language_info"]
        _silently(client, WATCH.format(script=opened.__file__, root=str(ROOT)))
        for index, cell in enumerate(notebook.cells):
            _cell(client, cell, index)
        client.set_widgets_metadata()
        said = _silently(client, REPORT)
    return {LOCK: opened.fingerprint(ROOT, LOCK)} | json.loads(said)


def _silently(client: NotebookClient, code: str) -> str:
    """Run code that is not of the notebook and leaves no number in its history."""
    cell = nbformat.v4.new_code_cell(code)
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1, store_history=False)
    client.nb.cells.pop()
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def _cell(client: NotebookClient, cell: nbformat.NotebookNode, index: int) -> None:
    try:
        client.execute_cell(cell, index)
    except CellExecutionError as error:
        raise CellFailed(index, said(error.ename, error.evalue, error.traceback)) from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise CellFailed(index, str(error).splitlines()[0]) from None
    if "raises-exception" in cell.metadata.get("tags", ()):
        return
    # What fails while a value is shown (a chart that may not go in) stops no cell.
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            text = "\n".join(output.traceback)
            raise CellFailed(index, said(output.ename, output.evalue, text))


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
