"""What a change does to the book, as Markdown: python maintain/changes.py BEFORE AFTER.

Both are built sites. Told are the pages whose visible text differs, with their first differences,
and the numbers of the page "Every number" that differ, by their keys.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from html import escape
from html.parser import HTMLParser
from pathlib import Path

# The foot of each page has the version.
SILENT = {"footer", "script", "style", "template"}
INLINE = {"a", "abbr", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup", "tspan"}
VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
SHOWN = 3
"""So many differences of a page are told."""
LONGEST = 160


class Text(HTMLParser):
    """The visible text of a page in its ``blocks``, and its ``numbers``: key → words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.numbers: dict[str, str] = {}
        self._open: list[str] = []
        self._number = self._part = ""
        self.feed(page)
        self.blocks = [text for text in (" ".join(block.split()) for block in self.blocks) if text]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Start a block, or a number, or its words."""
        given = dict(attrs)
        if tag not in INLINE:
            self.blocks.append("")
        if tag == "details" and "number" in (given.get("class") or "").split():
            self._number = (given.get("id") or "").removeprefix("fact-")
        elif tag == "span" and self._number and self._number not in self.numbers:
            self._part = (given.get("class") or "").split(" ")[0]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End what it started, and what was left open in it."""
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag not in INLINE:
            self.blocks.append("")
        self._part = ""

    def handle_data(self, data: str) -> None:
        """Take the text, if anybody sees it."""
        if "main" not in self._open or SILENT & set(self._open):
            return
        self.blocks = self.blocks or [""]
        self.blocks[-1] += data
        if self._part == "value":
            self.numbers[self._number] = " ".join(data.split())


def pages(site: Path) -> dict[str, Text]:
    """Each page of a ``site`` by its place in it."""
    found = {path.relative_to(site).as_posix(): path for path in sorted(site.rglob("*.html"))}
    return {
        name: Text(path.read_text(encoding="utf-8"))
        for name, path in found.items()
        if not name.startswith(("_static/", "paper/"))
    }


def differences(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    """What was, and what is there now, for each passage that differs."""
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [
        from_there(" ".join(before[a:b]), " ".join(after[c:d]))
        for step, a, b, c, d in steps
        if step != "equal"
    ]


def from_there(was: str, now: str) -> tuple[str, str]:
    """Both texts from shortly before the place where they part."""
    pairs = enumerate(zip(was, now, strict=False))
    apart = next((at for at, (one, other) in pairs if one != other), min(len(was), len(now)))
    start = max(apart - LONGEST // 3, 0)
    cut = "…" * (start > 0)
    return f"{cut}{was[start:]}", f"{cut}{now[start:]}"


def cell(text: str) -> str:
    """A ``text`` for a table in Markdown, that can break out of none."""
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return escape(short).translate({ord(sign): f"&#{ord(sign)};" for sign in "|`*_[]@"})


def table(head: str, rows: list[tuple[str, ...]]) -> Iterator[str]:
    """The lines of a table."""
    yield from (f"| {head} |", f"|{'---|' * len(rows[0])}")
    yield from (f"| {' | '.join(map(cell, row))} |" for row in rows)
    yield ""


def changed(before: dict, after: dict, same: Callable = lambda old, new: old == new) -> list[str]:
    """The keys of both that one has not or that differ, in one order."""
    every = dict.fromkeys([*before, *after])
    both = (key for key in every if key in before and key in after)
    differ = {key for key in both if not same(before[key], after[key])}
    return sorted(differ | (before.keys() ^ after.keys()))


def report(old: Path, new: Path) -> Iterator[str]:
    """The lines of what differs between the sites in two folders."""
    before, after = pages(old), pages(new)
    were = {key: said for page in before.values() for key, said in page.numbers.items()}
    are = {key: said for page in after.values() for key, said in page.numbers.items()}
    numbers = changed(were, are)
    yield f"## Numbers that change: {len(numbers)}\n"
    if numbers:
        rows = [(key, were.get(key, "(new)"), are.get(key, "(gone)")) for key in numbers]
        yield from table("number | before | after", rows)
    told = changed(before, after, lambda one, other: one.blocks == other.blocks)
    yield f"## Pages whose text changes: {len(told)}\n"
    for name in told:
        if name not in before or name not in after:
            yield f"- {cell(name)}: {'gone' if name in before else 'new'}\n"
            continue
        found = differences(before[name].blocks, after[name].blocks)
        more = f", the first {SHOWN}" if len(found) > SHOWN else ""
        yield f"<details><summary>{cell(name)}: {len(found)} passages{more}</summary>\n"
        yield from table("before | after", found[:SHOWN])
        yield "</details>\n"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    print(*report(*map(Path, sys.argv[1:])), sep="\n")
