"""Every chapter runs from top to bottom in a fresh kernel, and shows there what the book shows."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from subprocess import Popen

import jupytext
import pytest
from conftest import ROOT, notebook_pages
from nbclient import NotebookClient

from chipbook.book.site.execute import run, start

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runner() -> Iterator[Popen[str]]:
    with start() as runner:
        yield runner


@pytest.fixture(scope="module", autouse=True)
def building() -> Iterator[None]:
    """As in a build: no chart has an id of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIPBOOK_BUILD", "1")
        yield


@pytest.mark.parametrize("name", notebook_pages())
def test_chapter(name: str, runner: Popen[str]) -> None:
    path = ROOT / f"{name}.md"
    notebook = jupytext.read(path, fmt="md:myst")
    ours = deepcopy(notebook)
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, kernel_name="python3", timeout=120, resources=resources).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    outputs = [output for cell in cells for output in cell.outputs]
    assert [out["text"] for out in outputs if out.get("name") == "stderr"] == []
    run(runner, ours, path.parent, 120)
    for fresh, shown in zip(notebook.cells, ours.cells, strict=True):
        assert shown.get("outputs") == fresh.get("outputs")
        assert shown.get("execution_count") == fresh.get("execution_count")
