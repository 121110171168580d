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
from chipbook.sphinx.notebooks import Readable, install_line

MYST = """\
(here)=
# Budget

About {fact}`ft25-total`, {fact}`ft25-total|cap`; see {numref}`a-chart`, {ref}`the end <end>`,
[the numbers](numbers.md#x) and [elsewhere](https://example.org/a.md). Not `{fact}`.

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
[the numbers](../chapters/numbers.html#x) and [elsewhere](https://example.org/a.md). Not `{fact}`.

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
    total = str(facts["ft25-total"])
    capital = total[0].upper() + total[1:]
    expected = PLAIN.replace("TOTAL", total).replace("CAPITAL", capital)
    assert readable.text(MYST) == expected


def test_install_line() -> None:
    assert install_line("w.whl", "") == "%pip install --quiet ./w.whl"
    published = install_line("w.whl", "https://example.org/book/").splitlines()
    assert published[-1] == "%pip install --quiet https://example.org/book/notebooks/w.whl"


@pytest.fixture(scope="module")
def elsewhere(site: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A copy of the folder of notebooks, and the Python of an environment with a kernel alone."""
    root = tmp_path_factory.mktemp("elsewhere")
    folder = Path(shutil.copytree(site / "notebooks", root / "notebooks"))
    subprocess.run([sys.executable, "-m", "virtualenv", "-q", root / "env"], check=True)
    python = root / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "ipykernel"], check=True)
    return folder, python


@pytest.mark.xdist_group("elsewhere")
@pytest.mark.parametrize("name", notebook_pages())
def test_notebook_runs_elsewhere(elsewhere: tuple[Path, Path], name: str) -> None:
    """Its own first cell installs all that it needs from the wheel beside it."""
    folder, python = elsewhere
    path = folder / f"{Path(name).name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") or cell.metadata for cell in notebook.cells)
    manager = AsyncKernelManager()
    manager.kernel_spec.argv[0] = str(python)
    manager.kernel_spec.env = {"PYTHONPATH": "", "CHIPBOOK_BUILD": ""}
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, km=manager, timeout=300, resources=resources).execute()
    install, *cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "%pip install" in install.source
    assert [out["text"] for cell in cells for out in cell.outputs if "stderr" in out.values()] == []
    shown = subprocess.run(
        [python, "-c", "import chipbook; print(chipbook.__file__)"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(shown.stdout.strip()).is_relative_to(python.parents[1])
