"""The list of what others made and we pass on: python maintain/third_party.py [check].

Writes THIRD_PARTY.md from `third_party.toml` and the licences beside the files. With `check` it
writes nothing. Either way it refuses a file that is not listed, is gone, or has another hash.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
LISTED = Path("maintain/third_party.toml")
WRITTEN = Path("THIRD_PARTY.md")
FOLDERS = (
    "chipbook/book/static/vendor",
    "chipbook/book/static/fonts",
    "chipbook/publish/reveal",
    "chipbook/publish/run/vendor",
)


def listed(root: Path) -> dict:
    """The list: what stands above it, and its parts."""
    return tomllib.loads((root / LISTED).read_text(encoding="utf-8"))


def faults(root: Path) -> Iterator[str]:
    """What is not as it is listed, a sentence each."""
    parts = listed(root)["part"]
    known = {name: digest for part in parts for name, digest in part.get("files", {}).items()}
    texts = {name for part in parts for name in part["texts"]}
    there = {
        path.relative_to(root).as_posix()
        for folder in FOLDERS
        for path in (root / folder).rglob("*")
        if path.is_file()
    }
    for name in sorted(there - known.keys() - texts):
        yield f"{name} is not listed in {LISTED}: say where it comes from, under which licence"
    for name in sorted({*known, *texts} - there):
        yield f"{name} is listed in {LISTED} and is not there"
    for name in sorted(known.keys() & there):
        found = hashlib.sha256((root / name).read_bytes()).hexdigest()
        if found != known[name]:
            yield f"{name} has the hash {found}, and {LISTED} says {known[name]}"


def document(root: Path) -> str:
    """THIRD_PARTY.md: a table, and each text of a licence once with those under it."""
    rows, under = [], dict[str, list[str]]()
    for part in listed(root)["part"]:
        cells = (part[key] for key in ("name", "version", "licence", "for", "from"))
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        for name in part["texts"]:
            text = (root / name).read_text(encoding="utf-8").strip()
            under.setdefault(text, []).append(part["name"])
    texts = (f"\n## {', '.join(names)}\n\n```text\n{text}\n```\n" for text, names in under.items())
    return listed(root)["head"] + "\n".join(rows) + "\n" + "".join(texts)


def main(what: str = "") -> int:
    """Print the faults, 1 where there are any; write the list unless it is to ``check``."""
    found = list(faults(ROOT))
    if not found and what != "check":
        (ROOT / WRITTEN).write_text(document(ROOT), encoding="utf-8", newline="\n")
    elif not found and (ROOT / WRITTEN).read_text(encoding="utf-8") != document(ROOT):
        found = [f"{WRITTEN} is not up to date: python maintain/third_party.py"]
    for fault in found:
        print(fault, file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
