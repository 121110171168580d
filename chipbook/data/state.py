"""Of which state of the book a site is: ``python chipbook/data/state.py SITE [exact]``.

A finished site has a mark beside it, with a digest of each file that its build read. This ends with
1 and a sentence where one of them changed since. ``exact`` also asks for the same packages and
settings, and that nothing is overdue, which a build says: then there is nothing to build. It runs
before anything else does, and so needs nothing installed.
"""

import hashlib
import json
import os
import re
import sys
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

SET = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
"""The files that a build reads, and the variables that change what the pages say."""

PAGE = re.compile(r"index\.md|chapters/.*\.md")


def today() -> date:
    """The day on which the data are checked, a version is dated, a review is overdue.

    That of ``SOURCE_DATE_EPOCH`` (seconds since 1970, the convention of reproducible builds) where
    it is set, else the real one. Raises ``ValueError`` for a setting that is no number.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return moment.date()


def _digest(*parts: object) -> str:
    content = b"\0".join(part if isinstance(part, bytes) else str(part).encode() for part in parts)
    return hashlib.sha256(content).hexdigest()[:16]


def installed(root: Path) -> str:
    """A digest of this Python, and of the packages of the lock in ``root`` as they are here."""
    lock = root / "requirements.txt"
    locked = f"\n{lock.read_text(encoding='utf-8')}" if lock.is_file() else ""
    entries = {entry for folder in filter(os.path.isdir, sys.path) for entry in os.listdir(folder)}
    found = (entry for entry in entries if entry.endswith(".dist-info"))
    names = {entry: re.sub(r"[-_.]+", "-", entry.partition("-")[0]).lower() for entry in found}
    return _digest(sys.version, *sorted(e for e, name in names.items() if f"\n{name}==" in locked))


def state(root: Path, toc: Path | None = None) -> dict[str, Any]:
    """What a build of the book in ``root`` depends on, ``toc`` its contents.

    ``files`` (path → digest), what is ``installed``, ``settings``, and ``shared``: a digest of all
    but the texts of the pages, on which any page can depend.
    """
    found = {
        path.relative_to(root).as_posix(): path for kind in SET["files"] for path in root.glob(kind)
    }
    found |= {"_toc.yml": toc} if toc else {}
    files = {
        name: _digest(path.read_bytes())
        for name, path in sorted(found.items())
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    now = {
        "installed": installed(root),
        "settings": [os.environ.get(name) for name in SET["variables"]],
    }
    others = [(name, "" if PAGE.fullmatch(name) else of) for name, of in files.items()]
    return {"files": files, **now, "shared": _digest(others, now)}


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write ``files``, path → content, all or none, so that nobody ever sees a part of one.

    All are on disk before the first takes its place, so that a full disk or a crash while writing
    leaves the files as they were.
    """
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in files}
    try:
        for path, part in parts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(files[path])
            if path.exists():
                part.chmod(path.stat().st_mode)
        for path, part in parts.items():
            part.replace(path)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def mark_of(site: Path) -> Path:
    """The mark of a finished ``site``, beside its folder."""
    return site.with_name(f"{site.name}.state.json")


def marked(site: Path) -> dict[str, Any]:
    """The state of which ``site`` is, until when nothing is overdue; empty if unfinished."""
    try:
        return json.loads(mark_of(site).read_bytes()) if (site / "index.html").is_file() else {}
    except (OSError, ValueError):
        return {}


def fault(site: Path, now: dict[str, Any], *, exact: bool = False) -> str:
    """Why the ``site`` is not of the state ``now``, to its ``exact`` settings; else nothing."""
    if not (was := marked(site)):
        return f"{site} is no finished book"
    if names := sorted(dict(was["files"].items() ^ now["files"].items())):
        more = f" and {len(names) - 3} more" if names[3:] else ""
        return f"{site} is older than {', '.join(names[:3])}{more}"
    if exact and (was != was | now or was["until"] < today().isoformat()):
        return f"{site} was built with other packages or settings, or a review is overdue"
    return ""


if __name__ == "__main__":
    site, exact = Path(sys.argv[1]), "exact" in sys.argv
    why = fault(site, state(ROOT), exact=exact)
    if why and not exact:
        sys.exit(f"{why}: make book")
    if exact:
        print(why or f"{site} is of this state: nothing to build.")
    sys.exit(bool(why))
