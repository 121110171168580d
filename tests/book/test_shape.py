"""The shape of a chapter: each fault is told with its file and line, and fails a strict build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import small_book

from chipbook.book.gates.shape import SHAPE

CONF = """
extensions = ["myst_parser", "sphinx_external_toc", "chipbook.book.gates.shape"]
myst_enable_extensions = ["colon_fence"]
"""
TOC = """
format: jb-book
root: index
parts:
  - caption: The story
    chapters: [{file: one}]
  - caption: Look it up
    chapters: [{file: free}]
"""
SOUND = """# A chapter

:::{admonition} In one minute
Short.
:::

Once upon a day.

**The question.** Which?

## The answer in two sentences

This one. That one.

## What we count

It is 'counted'.

## What we don't know

Much.

## Try it

Do.

## Discuss

Talk.

:::{container} next
What then?
:::

:::{admonition} How we know
So.
:::

## Sources

Here.
"""


@pytest.fixture
def warnings(tmp_path: Path):
    """Build a book with one chapter; gives its warnings, each as line and text."""

    def build(chapter: str) -> list[str]:
        pages = {"index": "# Book\n", "one": chapter, "free": "# Free\n\n# Of shape\n"}
        source = small_book.write(tmp_path, pages, CONF)
        (source / "_toc.yml").write_text(TOC, encoding="utf-8")
        with small_book.app(tmp_path) as app:
            app.build()
            text = small_book.plain(app.warning.getvalue())
        return re.findall(r"one\.md:(\d+: )WARNING: (.*)", text) or text.splitlines()

    return build


def test_a_chapter_in_shape_is_silent_and_other_pages_are_free(warnings):
    assert warnings(SOUND) == []


@pytest.mark.parametrize("part", SHAPE)
def test_a_part_that_is_missing_is_named_with_its_place(warnings, part):
    text = SOUND.replace(part, "Another")
    [(line, said)] = warnings(text)
    assert line == "1: "
    before = SHAPE[SHAPE.index(part) - 1]
    where = "under the title" if part == SHAPE[0] else f"after {before!r}"
    assert said == f"a chapter without {part!r}, which belongs {where}"


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("## What we count", "# What we count", 15, "a second title, 'What we count'"),
        ("## What we count", "## Try it", 15, "'Try it' stands before"),
        ("Here.", "Here.\n\n## Sources", 43, "'Sources' a second time"),
        ("Talk.", "Talk.\n\n:::{admonition} How we know\nSo.\n:::", 31, "'How we know' stands"),
        ("Once upon a day.\n", "", 8, "no case between 'In one minute' and 'The question.'"),
    ],
)
def test_a_part_out_of_place_is_told_where_it_stands(warnings, old, new, line, said):
    found = warnings(SOUND.replace(old, new, 1))
    assert any(at == f"{line}: " and text.startswith(said) for at, text in found), found
