"""What is computed from the data: sizes, hashes, codebook, digest, dates, the released cells.

A version is released when its data is first stamped: its entry in ``CHANGELOG.md`` gets the digest,
and ``released.json`` its cells. Data that changes after that needs a new version.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chipbook.check import released, schema
from chipbook.check.references import OF_FILES, resolved_tables
from chipbook.check.rules import RULES
from chipbook.check.schema import Problem, descriptor, tables
from chipbook.data import digest

BEGIN, END = "<!-- codebook: written by make data -->", "<!-- end of the codebook -->"
ENTRY = re.compile(
    r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)\n"
    r"(?:\nDigest of the data: `(sha256:[0-9a-f]{64})`\n)?",
    re.M,
)


def check(folder: Path) -> list[Problem]:
    """Every fault of the package in ``folder``: content first, then what a refresh would change.

    The list is empty where all is well. Nothing is written.
    """
    return check_content(folder) or _check_fresh(folder)


def check_content(folder: Path) -> list[Problem]:
    """Faults of schema, then of meaning; sizes, hashes, version and log are left aside.

    Meaning is looked at only where the schema holds, because its checks rely on it.
    """
    if problems := list(schema.faults(folder)):
        return problems
    written = tables(folder)
    if problems := [problem for rule in OF_FILES for problem in rule(written)]:
        return problems
    whole = resolved_tables(written)
    return [problem for rule in RULES for problem in rule(whole)]


def _check_fresh(folder: Path) -> list[Problem]:
    wanted, problems = _refreshed(folder)
    for path, text in wanted.items():
        if path.read_text(encoding="utf-8") != text:
            file = path.relative_to(folder.parent).as_posix()
            expected = "what follows from the data as it is (make data)"
            problems.append(Problem(file, None, "", "", expected, "what follows from other data"))
    return problems


def refresh(folder: Path) -> list[Problem]:
    """Write what is computed from the data, or nothing and the faults that stand in the way."""
    if problems := check_content(folder):
        return problems
    wanted, problems = _refreshed(folder)
    if not problems:
        replace(wanted)
    return problems


def replace(wanted: Mapping[Path, str]) -> None:
    """Write texts over files that exist, all or none.

    All the texts are on disk before the first takes its place, so that a full disk or a crash
    while writing leaves the files as they were.
    """
    ready = []
    try:
        for path, text in wanted.items():
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            ready.append((Path(name), path))
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            os.chmod(name, path.stat().st_mode)
        for temporary, path in ready:
            os.replace(temporary, path)
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)


@dataclass(frozen=True)
class Entry:
    """The head of one entry of the change log; ``digest`` is empty until it is stamped."""

    version: str
    date: str
    digest: str


def entries(folder: Path) -> list[Entry]:
    """The entries of the change log in ``folder``, newest first."""
    text = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    return [Entry(*match) for match in ENTRY.findall(text)]


def _refreshed(folder: Path) -> tuple[dict[Path, str], list[Problem]]:
    """Every computed file as it should be, and the faults of version, log and codebook."""
    described = descriptor(folder)
    changed = _hash(folder, described)
    stamp = digest(described["resources"])
    problems = [*_version_faults(folder, described["version"], stamp, changed)]
    problems += released.faults(folder)
    if problems:
        return {}, problems
    newest = entries(folder)[0]
    described["created"] = f"{newest.date}T00:00:00Z"
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    wanted = {folder / "datapackage.json": text} | _cited(folder, newest)
    log, readme = folder / "CHANGELOG.md", folder / "README.md"
    if not newest.digest:
        line = f"\nDigest of the data: `{stamp}`\n"
        text = log.read_text(encoding="utf-8")
        wanted[log] = ENTRY.sub(lambda match: match[0] + line, text, count=1)
    wanted[folder / released.FILE] = released.state(folder)
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        expected = f"the lines {BEGIN!r} and {END!r}"
        found = "a file without one of them"
        return {}, [Problem(f"{folder.name}/README.md", None, "", "", expected, found)]
    codebook = "\n".join(_codebook(folder, described))
    wanted[readme] = f"{before}{BEGIN}\n\n{codebook}\n{END}{after}"
    return wanted, []


def _hash(folder: Path, described: dict[str, Any]) -> list[str]:
    """Put size and hash of each file into the descriptor; gives the files whose hash changed."""
    changed = []
    for entry in sorted(described["resources"], key=lambda entry: entry["name"]):
        content = (folder / entry["path"]).read_bytes()
        found = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if found != entry.get("hash"):
            changed.append(entry["path"])
        entry["bytes"], entry["hash"] = len(content), found
    return changed


def _version_faults(
    folder: Path, version: str, stamp: str, changed: list[str]
) -> Iterator[Problem]:
    """What is wrong with the version, for data of the digest ``stamp``."""
    log, found = f"{folder.name}/CHANGELOG.md", entries(folder)
    newest = found[0].version if found else "no entry"
    if newest != version:
        yield Problem(log, None, "", "", f"an entry on top, ## {version} (its date)", newest)
    elif found[0].digest not in ("", stamp):
        file = f"{folder.name}/datapackage.json"
        expected = f"a version above {version}, with its entry on top of CHANGELOG.md"
        what = ", ".join(changed) or "the list of resources"
        yield Problem(file, None, "", "", expected, f"{version}, and changes in {what}")
    elif len(found) > 1 and released.semantic(found[1].version) >= released.semantic(version):
        yield Problem(log, None, "", "", f"a version above {found[1].version} on top", version)
    corrections, known = tables(folder)["corrections"], {entry.version for entry in found}
    for key, row in corrections.rows.items():
        if row["version"] not in known:
            yield corrections.problem(key, "version", "a version of CHANGELOG.md")


def _cited(folder: Path, newest: Entry) -> dict[Path, str]:
    """How the book is cited, with version and date; nothing where the data stands alone."""
    path = folder.parent / "CITATION.cff"
    if not path.is_file():
        return {}
    text = re.sub(r"(?m)^version: .*$", f"version: {newest.version}", path.read_text("utf-8"))
    date = f'date-released: "{newest.date}"'
    return {path: re.sub(r"(?m)^date-released: .*$", date, text)}


def _codebook(folder: Path, described: dict[str, Any]) -> Iterator[str]:
    rows = {name: len(table.rows) for name, table in tables(folder).items()}
    targets: dict[str, dict[str, str]] = defaultdict(dict)
    for entry in described["resources"]:
        for key in entry["schema"].get("foreignKeys", ()):
            targets[entry["name"]][key["fields"][0]] = key["reference"]["resource"]
    for entry in described["resources"]:
        name = entry["name"]
        yield f"### {name}"
        yield ""
        yield f"{entry['description']} File: `{entry['path']}`, {rows[name]} rows."
        yield ""
        yield "| Column | Type | Needed | Meaning |"
        yield "| --- | --- | --- | --- |"
        for field in entry["schema"]["fields"]:
            rules = field.get("constraints", {})
            meaning = field["description"]
            if field["name"] in targets[name]:
                meaning += f" Key of `{targets[name][field['name']]}`."
            if enum := rules.get("enum"):
                meaning += f" One of: {', '.join(enum)}."
            needed = "yes" if rules.get("required") else ""
            yield f"| `{field['name']}` | {field['type']} | {needed} | {_cell(meaning)} |"
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
