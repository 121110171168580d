"""The notebooks that the site offers: what is in them, and that they run where nothing else is."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import matrix
import nbformat
import pytest
from conftest import notebook_pages
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from sphinx.config import Config

from chipbook.book.cards import template
from chipbook.data import facts
from chipbook.publish.notebooks import Readable, name_publisher

MYST = """\
(here)=
# Budget

About {fact}`ft25-total`, {fact}`ft25-total|cap`; see {numref}`a-chart`, {ref}`the end <end>`,
{term}`nothing known`, [what is meant](glossary),
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

About TOTAL, CAPITAL; see [Figure 7](../chapters/b.html#a-chart), [the end](../chapters/b.html#end),
nothing known, [what is meant](../chapters/glossary.html),
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


def linked(key: str, said: str) -> str:
    """A number as a notebook has it; two bare dollars would be taken for a formula."""
    return "[{}](../chapters/numbers.html#fact-{})".format(said.replace("$", "\\$"), key)


def refer(role: str, target: str) -> tuple[str, str]:
    words = {"a-chart": "Figure 7", "end": "The end"}
    return words.get(target, target), f"chapters/b.html#{target}" if target in words else ""


def test_readable() -> None:
    total = str(facts["ft25-total"])
    capital = total[0].upper() + total[1:]
    count = f"{facts['denials-full'].value:.0f}"
    expected = PLAIN.replace("TOTAL", f"{linked('ft25-total', total)} (denied)")
    expected = expected.replace("CAPITAL", f"{linked('ft25-total', capital)} (denied)")
    expected = expected.replace("NUMBER", linked("denials-full", count))
    assert Readable("chapters/budget", refer, "../").text(MYST) == expected


def test_no_id_stands_for_a_number_or_a_page_and_every_link_has_its_place(site: Path) -> None:
    """All prose of all notebooks, which `make lab` shows as well."""
    broken = []
    for path in sorted((site / "notebooks").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        outside = re.sub(r"```.*?```|`[^`\n]*`(?!`)", "", re.sub(r"\{[\w:-]+\}`", "{role}", prose))
        assert "{role}" not in outside, path
        assert not re.search(r"(?<!\\)\$", outside), path
        for page, anchor in re.findall(r"\]\(\.\./([^)#]+)#?([^)]*)\)", prose):
            target = site / page
            text = target.read_text(encoding="utf-8") if target.is_file() else ""
            if not text or (anchor and f'id="{anchor}"' not in text):
                broken.append(f"{path.stem}: {page}#{anchor}")
    assert broken == []


def test_binder_installs_what_the_chapters_need() -> None:
    """The folder resolves: Binder itself asks nothing else of it."""
    command = [matrix.UV, "pip", "compile", "-q", "--python-version", "3.12"]
    wanted = [*command, "binder/requirements.txt"]
    done = subprocess.run(wanted, cwd=matrix.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    names = {line.partition("==")[0] for line in done.stdout.splitlines() if "==" in line}
    assert {"altair", "pandas", "jupytext"} <= names
    assert "sphinx" not in names, "Binder builds no book"


@pytest.mark.parametrize("contact", ["javascript:alert(1)", "us@example.org", "https:// x"])
def test_a_contact_that_is_no_address_is_refused(monkeypatch, contact: str) -> None:
    config = Config({"html_context": {"contact": "mailto:us@example.org"}})
    config.add("html_context", {}, "html", ())
    config.add("html_theme_options", {}, "html", ())
    config.add("html_baseurl", "", "html", ())
    name_publisher(None, config)
    assert config.html_context["contact"] == "mailto:us@example.org"
    monkeypatch.setenv("BOOK_CONTACT", contact)
    with pytest.raises(SystemExit, match=f"BOOK_CONTACT.*expected mailto:.*{re.escape(contact)}"):
        name_publisher(None, config)


def test_install_line() -> None:
    install = template("install.txt")
    assert install.render(wheel="w.whl").strip() == "%pip install --quiet ./w.whl"
    told = {"wheel": "w.whl", "site": "https://example.org/book/", "folder": "notebooks"}
    published = install.render(told).splitlines()
    assert published[-1] == "%pip install --quiet https://example.org/book/notebooks/w.whl"


@pytest.fixture(scope="module")
def notebooks(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder of notebooks."""
    return Path(shutil.copytree(site / "notebooks", tmp_path_factory.mktemp("copy") / "notebooks"))


@pytest.fixture(scope="module")
def here(notebooks: Path) -> dict:
    """What they show with the versions that the book is built with."""
    return matrix.here(notebooks, notebooks.parent / "here.json")


def test_the_oldest_versions_that_the_wheel_allows_show_the_same(
    notebooks: Path, here: dict, tmp_path: Path
) -> None:
    [wheel] = notebooks.glob("*.whl")
    python = matrix.make(tmp_path / "env", matrix.pythons()[0], *matrix.LOWEST, wheel)
    there = matrix.run(python, notebooks, tmp_path / "there.json")
    assert there["versions"]["pandas"].startswith("2.2.")
    assert there["versions"]["altair"].startswith("5.5.")
    assert there["notebooks"].keys() == {Path(name).name for name in notebook_pages()}
    assert list(matrix.differences(here["notebooks"], there["notebooks"])) == []


def test_a_first_cell_installs_all_and_the_newest_versions_show_the_same(
    notebooks: Path, here: dict, tmp_path: Path
) -> None:
    """On the newest Python of this machine, with a kernel and nothing else."""
    python = matrix.make(tmp_path / "env", matrix.pythons()[-1], "ipykernel")
    first = notebook_pages()[0].rpartition("/")[2]
    run(nbformat.read(notebooks / f"{first}.ipynb", as_version=4), notebooks, python)
    there = matrix.run(python, notebooks, tmp_path / "there.json")
    assert list(matrix.differences(here["notebooks"], there["notebooks"])) == []


def test_versions_that_were_loaded_before_the_install_ask_for_a_restart() -> None:
    """Where pip had to replace a package that the notebook had imported already."""
    code = "import pandas; pandas.__version__ = '1.5.3'; import chipbook"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "has loaded pandas 1.5.3" in done.stderr.splitlines()[-1]
    assert "Restart the kernel" in done.stderr.splitlines()[-1]


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
