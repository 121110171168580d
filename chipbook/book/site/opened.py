"""Which files of the book a process opens, each with a fingerprint of what it held.

The build runs this file in each kernel before the first cell, so that importing the package is
noted as well. It therefore imports nothing of the book.
"""

import hashlib
import json
import os
import sys
from importlib.util import source_from_cache
from pathlib import Path

DESCRIPTOR = "data/datapackage.json"

STAMPS = ("version", "created", "hash", "bytes")
"""Entries of the descriptor that every edit of a table moves, and that no cell may show."""


CHANGING = ("os.remove", "os.rename", "os.truncate")
"""Events of Python, beside the opening of a file to write, that change what stands at a path."""


def fingerprint(root: Path, name: str) -> str:
    """SHA-256 of the file ``name`` (a path below ``root``); empty where there is none.

    That of the descriptor leaves out its :data:`STAMPS`.
    """
    try:
        content = (root / name).read_bytes()
        if name == DESCRIPTOR:
            whole = json.loads(content)
            for entry in (whole, *whole["resources"]):
                for stamp in STAMPS:
                    entry.pop(stamp, None)
            content = json.dumps(whole).encode()
    except (OSError, ValueError):
        return ""
    return hashlib.sha256(content).hexdigest()


def watch(root: str) -> dict[str, str]:
    """Note from now on what is opened below ``root``: path → fingerprint, in a dict that grows.

    A module counts as its source. Files of the environment and of the build are left out.
    """
    found: dict[str, str] = {}
    below = os.path.join(os.path.realpath(root), "")
    outside = tuple(os.path.join(path, "") for path in (sys.prefix, below + "_build"))

    def note(event: str, arguments: tuple) -> None:
        if event != "open" or not isinstance(arguments[0], (str, bytes)):
            return
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if not path.startswith(below) or path.startswith(outside) or os.path.isdir(path):
            return
        if path.endswith(".pyc"):
            path = source_from_cache(path)
        name = Path(path).relative_to(below).as_posix()
        if name not in found:
            # Before the file is read again: that opens it once more.
            found[name] = ""
            found[name] = fingerprint(Path(below), name)

    sys.addaudithook(note)
    return found


def guard(root: str) -> None:
    """Refuse from now on, by ``PermissionError``, to write below ``root`` and to ask a network."""
    below = os.path.join(os.path.realpath(root), "")
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def refuse(event: str, arguments: tuple) -> None:
        if event in ("socket.connect", "socket.getaddrinfo"):
            raise PermissionError("a cell may not ask a network: put what it needs into data/")
        changes = arguments[2] & writing if event == "open" else event in CHANGING
        if changes and isinstance(arguments[0], str | bytes):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if path.startswith(below) and "__pycache__" not in path:
                name = path.removeprefix(below)
                raise PermissionError(
                    f"a cell may not change {name}: other pages show what it held"
                )

    sys.addaudithook(refuse)
