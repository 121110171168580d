"""The notebooks of `make lab`: clean, numbers in their prose, never taken from a reader."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from chipbook.publish import lab


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A notebook as the site offers it."""
    new = nbformat.v4
    cells = [new.new_markdown_cell("*About.*"), new.new_code_cell("%pip install ./x.whl")]
    cells += [
        new.new_markdown_cell("About $12 billion, see [it](../chapters/x.html)."),
        new.new_code_cell("1 + 1"),
    ]
    folder = tmp_path / "html/notebooks"
    folder.mkdir(parents=True)
    nbformat.write(new.new_notebook(cells=cells), folder / "x.ipynb")
    return folder


def sources(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_a_notebook_installs_nothing_and_its_links_lead_into_the_site(site, tmp_path):
    folder = tmp_path / "lab"
    assert lab.write(site, folder) == []
    prose, code = sources(folder / "x.ipynb")
    assert code == "1 + 1"
    link = prose.partition("](")[2].partition(")")[0]
    assert (folder / link).resolve() == tmp_path.resolve() / "html/chapters/x.html"


def test_what_a_reader_wrote_is_kept_and_what_was_only_run_is_made_anew(site, tmp_path):
    folder = tmp_path / "lab"
    lab.write(site, folder)
    path = folder / "x.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="2")]
    nbformat.write(notebook, path)
    assert lab.write(site, folder) == []
    assert nbformat.read(path, as_version=4).cells[1].outputs == []
    notebook.cells[1].source = "1 + 2"
    nbformat.write(notebook, path)
    assert lab.write(site, folder) == [path]
    assert sources(path)[1] == "1 + 2"
