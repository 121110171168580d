"""Sizes and hashes of the files of the data package, and the version that they make of it.

It imports nothing of the book: hatchling asks it, too, when it names the wheel.
"""

import hashlib
import json
from pathlib import Path
from typing import Any


def hash_files(folder: Path, described: dict[str, Any]) -> list[str]:
    """Put size and hash of each file of ``folder`` into ``described``; gives those that changed."""
    changed = []
    for entry in sorted(described["resources"], key=lambda entry: entry["name"]):
        content = (folder / entry["path"]).read_bytes()
        found = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if found != entry.get("hash"):
            changed.append(entry["path"])
        entry["bytes"], entry["hash"] = len(content), found
    return changed


def stamp(folder: Path, described: dict[str, Any]) -> str:
    """Let ``described`` say what the files of ``folder`` are now; gives its version.

    Where one is not that of the release, so says the version: ``"3.1.0+changed"``. Who tries
    another value publishes other files, and what is said of them must hold.
    """
    if hash_files(folder, described):
        described["version"] = described["version"].removesuffix("+changed") + "+changed"
    return described["version"]


def version(folder: Path) -> str:
    """The version of the package in ``folder``, as :func:`stamp` has it."""
    return stamp(folder, json.loads((folder / "datapackage.json").read_text(encoding="utf-8")))
