"""What a page is recorded to load."""

from __future__ import annotations

import pytest
import small_book

from chipbook.book import reads

CONF = """
project = "Book"
extensions = ["myst_nb", "chipbook.book.domain", "chipbook.book.parts.figures",
              "chipbook.book.parts.tables", "chipbook.book.pages.disagreements",
              "chipbook.book.site.execute"]
html_theme = "basic"
nb_execution_mode = "cache"
"""
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n---\n"
CELLS = """# Cells

```{code-cell} ipython3
from chipbook import load, show
prices = load("chip_prices").head(3)
show(prices.assign(value=prices["value"] * 2), {"chip": "Chip", "value": "Twice"})
```

```{code-cell} ipython3
load("tokens");
```
"""
PAGES = {
    "index": "# Book\n\n```{toctree}\ncells\nprose\nsilent\n```\n",
    "cells": HEAD + CELLS,
    "prose": "# Prose\n\nIt planned {fact}`peer_capex/meta-fy2025`, or {fact}`ft25-sum`.\n",
    "silent": "# Silent\n\nNothing.\n",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    folder = tmp_path_factory.mktemp("book")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIPBOOK_BUILD", "1")
        small_book.write(folder, PAGES, CONF)
        with small_book.app(folder) as app:
            app.build()
            return reads.by_page(app.env)


def test_cells_load_the_tables_that_their_kernel_opened(found):
    assert {"chip_prices", "tokens"} <= found["cells"]
    assert "peer_capex" not in found["cells"]


def test_numbers_in_prose_bring_their_tables(found):
    assert found["prose"] == {"peer_capex", "facts"}
    assert found["silent"] == set()
