"""Every chapter runs from top to bottom in a fresh kernel, as it does in JupyterLab."""

from __future__ import annotations

import jupytext
import pytest
from conftest import ROOT, notebook_pages
from nbclient import NotebookClient

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", notebook_pages())
def test_chapter(name: str) -> None:
    path = ROOT / f"{name}.md"
    notebook = jupytext.read(path, fmt="md:myst")
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, kernel_name="python3", timeout=120, resources=resources).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    outputs = [output for cell in cells for output in cell.outputs]
    assert [out["text"] for out in outputs if out.get("name") == "stderr"] == []
