"""What is computed from the data: sizes, hashes, codebook, digest, dates, the released cells.

A version is released when its data is first stamped: its entry in ``CHANGELOG.md`` gets the digest,
and ``released.json`` its cells. Data that changes after that needs a new version.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import jinja2

from chipbook.check import released, schema
from chipbook.check.references import (
    numbers_stand_once,
    references_lead_to_figures,
    resolved_tables,
)
from chipbook.check.rules import RULES
from chipbook.check.schema import Problem, Tables, tables
from chipbook.check.words import quoted_words_fit
from chipbook.data import digest
from chipbook.data.state import today, write_all
from chipbook.data.store import read_package
from chipbook.data.version import hash_files

WRITTEN = re.compile(
    r"(<!-- codebook: written by make data -->\n).*?(<!-- end of the codebook -->)", re.S
)
"""The part of the README that is written here, between its two lines."""
CODEBOOK = jinja2.Template(
    Path(__file__).with_name("codebook.md").read_text(encoding="utf-8"),
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
ENTRY = re.compile(
    r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)\n"
    r"(?:\nDigest of the data: `(sha256:[0-9a-f]{64})`\n)?"
    r"(?:\nDigest of the log: `(sha256:[0-9a-f]{64})`\n)?",
    re.M,
)


def check(folder: Path) -> list[Problem]:
    """Every fault of the package in ``folder``: content first, then what a refresh would change.

    The list is empty where all is well. Nothing is written.
    """
    wanted, problems = _refreshed(folder)
    expected, found = "what follows from the data as it is (make data)", "what follows from other"
    return problems + [
        Problem(path.relative_to(folder.parent).as_posix(), expected, f"{found} data")
        for path, text in wanted.items()
        if path.read_text(encoding="utf-8") != text
    ]


def check_content(folder: Path) -> list[Problem]:
    """Faults of schema, then of meaning, in ``folder``; sizes, hashes, version, log are left aside.

    Meaning is looked at only where the schema holds, because its checks rely on it. So is
    :func:`faults_of_release`, or nobody could try another value.
    """
    if problems := list(schema.faults(folder)):
        return problems
    written = tables(folder)
    problems = faults_of_meaning(written)
    # A file that was cut leaves what hangs on its rows in the air: it is the one to blame.
    return problems and [*released.lost(written, released.kept(folder)), *problems]


def faults_of_meaning(written: Tables) -> list[Problem]:
    """What breaks a rule in tables as they are ``written``: first those of the cells themselves."""
    if problems := list(references_lead_to_figures(written)):
        return problems
    whole = resolved_tables(written)
    return [problem for rule in RULES for problem in rule(whole)]


def faults_of_release(written: Tables) -> list[Problem]:
    """Where values as ``written`` contradict the words of their source, or stand twice."""
    return [*numbers_stand_once(written), *quoted_words_fit(resolved_tables(written))]


def refresh(folder: Path) -> list[Problem]:
    """Write what is computed from the data in ``folder``, or nothing; gives the faults in it."""
    wanted, problems = _refreshed(folder)
    if not problems:
        write_all({path: text.encode() for path, text in wanted.items()})
    return problems


def stamp(folder: Path) -> str:
    """The digest of the data in ``folder`` as its files are now."""
    described = read_package(folder)
    hash_files(folder, described)
    return digest(described["resources"])


@dataclass(frozen=True)
class Entry:
    """One entry of the change log: ``body`` is what it says; the digests are empty until stamped.

    ``digest`` is that of the data, ``log`` that of the entry and of the ``log`` before it.
    """

    version: str
    date: str
    digest: str
    log: str
    body: str

    def covering(self, before: str, digest: str) -> str:
        """What ``log`` must be, with the one ``before`` and the ``digest`` of the data."""
        covered = "\n".join([before, self.version, self.date, digest, self.body.strip()])
        return f"sha256:{hashlib.sha256(covered.encode()).hexdigest()}"


def entries(folder: Path) -> list[Entry]:
    """The entries of the change log in ``folder``, newest first."""
    text = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    _, *parts = ENTRY.split(text)
    return [Entry(*(part or "" for part in parts[at : at + 5])) for at in range(0, len(parts), 5)]


def _refreshed(folder: Path) -> tuple[dict[Path, str], list[Problem]]:
    """Every computed file as it should be, or none and the faults that stand in the way."""
    if problems := check_content(folder):
        return {}, problems
    written, described = tables(folder), read_package(folder)
    if problems := faults_of_release(written):
        return {}, problems
    changed = hash_files(folder, described)
    stamp = digest(described["resources"])
    problems = [*_version_faults(folder, described["version"], stamp, changed)]
    problems += released.faults(folder)
    log, readme = folder / "CHANGELOG.md", folder / "README.md"
    text = readme.read_text(encoding="utf-8")
    if not WRITTEN.search(text):
        expected = "<!-- codebook: written by make data --> and <!-- end of the codebook -->"
        problems.append(Problem(f"{folder.name}/README.md", expected, "not both"))
    if problems:
        return {}, problems
    newest, *older = entries(folder)
    chained = newest.covering(older[0].log if older else "", stamp)
    described["created"] = f"{newest.date}T00:00:00Z"
    rows = {name: len(table.rows) for name, table in written.items()}
    codebook = CODEBOOK.render(tables=described["resources"], rows=rows)
    head = f"## {newest.version} ({newest.date})\n\nDigest of the data: `{stamp}`\n"
    head += f"\nDigest of the log: `{chained}`\n"
    stamped = ENTRY.sub(head, log.read_text(encoding="utf-8"), count=1)
    return {
        folder / "datapackage.json": json.dumps(described, indent=2, ensure_ascii=False) + "\n",
        log: stamped,
        readme: WRITTEN.sub(lambda part: f"{part[1]}\n{codebook}{part[2]}", text),
        folder / released.FILE: released.state(written, described, chained),
    } | _cited(folder, newest), []


def _version_faults(
    folder: Path, version: str, stamp: str, changed: list[str]
) -> Iterator[Problem]:
    """What is wrong with the version, for data of the digest ``stamp``."""
    log, found = f"{folder.name}/CHANGELOG.md", entries(folder)
    newest = found[0].version if found else "no entry"
    if newest != version:
        yield Problem(log, f"an entry on top, ## {version} (its date)", newest)
    elif found[0].digest not in ("", stamp):
        expected = f"a version above {version}, with its entry on top of CHANGELOG.md"
        what = ", ".join(changed) or "the list of resources"
        told = f"{version}, and changes in {what}"
        yield Problem(f"{folder.name}/datapackage.json", expected, told)
    elif not found[0].body.strip():
        yield Problem(log, f"a sentence for readers below ## {version}", "none")
    elif len(found) > 1 and released.semantic(found[1].version) >= released.semantic(version):
        yield Problem(log, f"a version above {found[1].version} on top", version)
    elif not version.endswith(".0") and (added := released.new_rows(folder)):
        expected = "make release, as new rows are a minor version"
        yield Problem(log, expected, f"{version} with {added[0]}")
    # East of here it may be tomorrow. What is stamped stays: the clock of who builds may be slow.
    if found and not found[0].log and found[0].date > str(today() + timedelta(days=1)):
        yield Problem(log, "a day that has come", f"## {found[0].version} ({found[0].date})")
    yield from _log_faults(log, found, released.kept(folder))
    days = {entry.version: entry.date for entry in found}
    for row in tables(folder)["corrections"]:
        if row["date"] > days.get(row["version"], ""):
            yield row.problem("version", "a version of CHANGELOG.md, of that day or later")


def _log_faults(file: str, found: list[Entry], kept: Mapping[str, Any]) -> Iterator[Problem]:
    """Entries that are not what they were when stamped; ``kept`` is the last release."""
    for place, entry in enumerate(found):
        before = found[place + 1].log if place + 1 < len(found) else ""
        is_open = place == 0 and entry.version != kept["version"] and not entry.log
        if entry.log != entry.covering(before, entry.digest) and not is_open:
            expected = f"the entry {entry.version} and those below as they were released"
            yield Problem(file, expected, "another text, day or digest")
    if kept["log"] not in [entry.log for entry in found]:
        expected = f"the digest of the log with which version {kept['version']} was released"
        yield Problem(file, expected, "none")


def _cited(folder: Path, newest: Entry) -> dict[Path, str]:
    """How the book is cited, with version and date; nothing where the data stands alone."""
    path = folder.parent / "CITATION.cff"
    if not path.is_file():
        return {}
    text = re.sub(r"(?m)^version: .*$", f"version: {newest.version}", path.read_text("utf-8"))
    date = f'date-released: "{newest.date}"'
    return {path: re.sub(r"(?m)^date-released: .*$", date, text)}
