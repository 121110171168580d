"""Whether a built site is the book of this checkout: python maintain/published.py SITE [TAG].

Refused is a site of another state or of unreleased data, and one that a tag names otherwise.
"""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
STATE = runpy.run_path(str(ROOT / "chipbook/data/state.py"))


def faults(site: Path, tag: str, root: Path) -> Iterator[str]:
    """What keeps ``site`` from being published as the book in ``root``, under a ``tag`` or none."""
    released = json.loads((root / "data/datapackage.json").read_text(encoding="utf-8"))["version"]
    descriptor = site / "data/datapackage.json"
    if not descriptor.is_file():
        yield f"{site} is no built book: make book"
        return
    if why := STATE["fault"](site, STATE["state"](root)):
        yield f"{why}: make book"
    version = json.loads(descriptor.read_text(encoding="utf-8"))["version"]
    if version != released:
        yield f"the site is of version {version}, this checkout of {released}"
    if tag and tag != f"v{released}":
        yield f"the tag is {tag}, the version {released}"
    for file in sorted((root / "data").glob("*.csv")):
        built = site / "data" / file.name
        if not built.is_file() or built.read_bytes() != file.read_bytes():
            yield f"data/{file.name} of the site is not that of this checkout: make book"


def main(site: str, tag: str = "") -> int:
    """Print the faults; 1 where there are any."""
    found = list(faults(Path(site), tag, ROOT))
    for fault in found:
        print(f"not to be published: {fault}", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
