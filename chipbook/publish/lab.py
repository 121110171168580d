"""The chapters as notebooks to work in: ``python -m chipbook.publish.lab FROM TO``.

Made from the notebooks of the built site, which have the numbers in their prose, less the cells
that install the package. What a reader changed there is kept.
"""

import sys
from pathlib import Path

import nbformat

from chipbook.story.downloads import sha256

INSTALLING = 2
"""Cells at the top of a notebook of the site that are for those who have no checkout."""

STAMP = "chipbook"
"""Entry in the metadata of a notebook: the digest of the cells as they were made."""


def _digest(notebook: nbformat.NotebookNode) -> str:
    """SHA-256 of the text of all cells, whatever they printed."""
    return sha256("\0".join(cell.source for cell in notebook.cells).encode())


def write(site: Path, folder: Path) -> list[Path]:
    """Fill ``folder`` from the notebooks in ``site``; returns those left alone, being changed."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = []
    for path in sorted(site.glob("*.ipynb")):
        target = folder / path.name
        if target.exists():
            there = nbformat.read(target, as_version=4)
            if _digest(there) != there.metadata.get(STAMP):
                kept.append(target)
                continue
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = notebook.cells[INSTALLING:]
        for cell in notebook.cells:
            cell.source = cell.source.replace("](../", "](../html/")
        notebook.metadata[STAMP] = _digest(notebook)
        nbformat.write(notebook, target)
    return kept


if __name__ == "__main__":
    for path in write(Path(sys.argv[1]), Path(sys.argv[2])):
        print(f"{path} holds changes of yours and stays as it is; delete it to have it made anew")
