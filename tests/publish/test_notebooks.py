"""The notebooks that the site offers: what is in them, and that they run where nothing else is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import notebook_pages
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient

from chipbook.data import facts
from chipbook.publish.notebooks import Readable, install_line

MYST = """\
(here)=
# Budget

About {fact}`ft25-total`, {fact}`ft25-total|cap`; see {numref}`a-chart`, {ref}`the end <end>`,
[the numbers](numbers.md#x) and [elsewhere](https://example.org/a.md). Not `{fact}`,
but {fact}`denials-full|number`.

:::{admonition} In one minute
:class: one-minute
Short.
:::

````{admonition} Solution
:class: dropdown
```python
{fact}`left-alone`
```
````

```{sources}
```
"""

PLAIN = """\
# Budget

About TOTAL, CAPITAL; see Figure 7, the end,
[the numbers](../chapters/numbers.html#x) and [elsewhere](https://example.org/a.md). Not `{fact}`,
but NUMBER.

> **In one minute**
>
> Short.

<details><summary>Solution</summary>

```python
{fact}`left-alone`
```

</details>"""


def test_readable() -> None:
    readable = Readable("chapters/budget", {"a-chart": "Figure 7"}.__getitem__, "../")
    total = f"{facts['ft25-total']} (denied)"
    capital = total[0].upper() + total[1:]
    expected = PLAIN.replace("TOTAL", total).replace("CAPITAL", capital)
    expected = expected.replace("NUMBER", f"{facts['denials-full'].value:.0f}")
    assert readable.text(MYST) == expected


def test_install_line() -> None:
    assert install_line("w.whl", "") == "%pip install --quiet ./w.whl"
    published = install_line("w.whl", "https://example.org/book/").splitlines()
    assert published[-1] == "%pip install --quiet https://example.org/book/notebooks/w.whl"


@pytest.fixture
def elsewhere(site: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A copy of the folder of notebooks, and the Python of an environment with a kernel alone."""
    folder = Path(shutil.copytree(site / "notebooks", tmp_path / "notebooks"))
    subprocess.run([sys.executable, "-m", "virtualenv", "-q", tmp_path / "env"], check=True)
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "ipykernel"], check=True)
    return folder, python


def test_notebooks_run_elsewhere(elsewhere: tuple[Path, Path], subtests: pytest.Subtests) -> None:
    """Their own first cell installs all that they need from the wheel beside them."""
    folder, python = elsewhere
    for name in notebook_pages():
        notebook = nbformat.read(folder / f"{Path(name).name}.ipynb", as_version=4)
        with subtests.test(name):
            run(notebook, folder, python)


def run(notebook: nbformat.NotebookNode, folder: Path, python: Path) -> None:
    """Execute a clean notebook with another Python; fails on an error and on anything on stderr."""
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") or cell.metadata for cell in notebook.cells)
    notebook.cells.append(nbformat.v4.new_code_cell("import chipbook; print(chipbook.__file__)"))
    manager = AsyncKernelManager()
    manager.kernel_spec.argv[0] = str(python)
    manager.kernel_spec.env = {"PYTHONPATH": "", "CHIPBOOK_BUILD": ""}
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, km=manager, timeout=300, resources=resources).execute()
    install, *cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert install.source.splitlines()[-1].startswith("%pip install")
    assert [out["text"] for cell in cells for out in cell.outputs if "stderr" in out.values()] == []
    used = Path(cells[-1].outputs[0]["text"].strip())
    assert used.is_relative_to(python.parents[1]), "it used another chipbook"
