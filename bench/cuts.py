"""Builds that are cut, that find a cache torn, no room, no right to write, or each other.

    python bench/cuts.py            # all, some minutes
    python bench/cuts.py torn       # those whose names begin so

A book of a few pages is built, a number of its data changed, and the build upon that disturbed.
Whatever happens, the site must be the old one or the new one, whole, and the next build must give
what one from nothing gives. Prints a row for each and ends with 1 where any fails. The full disk
and the folder without rights need root.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from stale import ROOT, build, clean_build, differing, plain, sources, start

sys.path.insert(0, str(ROOT / "tests"))
from reading import edit

PAGES = ["chip-budget", "numbers", "data", "changes", "sources"]
ROW, OTHER = "br-2025-01-ft-china", "40.117"
MOMENTS = {
    "running the cells": r"running chip-budget",
    "reading 20 %": r"reading sources\.\.\. \[ *[2-9]\d%",
    "pickling": r"pickling environment",
    "writing 10 %": r"writing output\.\.\. \[ *[1-9]\d%",
    "writing 43 %": r"writing output\.\.\. \[ *(4[3-9]|[5-9]\d)%",
    "writing 80 %": r"writing output\.\.\. \[ *[89]\d%",
    "the other pages": r"writing additional pages",
    "the inventory": r"dumping object inventory",
}
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
TORN = {
    "drawings": ".doctrees/charts/*",
    "numbers": ".doctrees/downloads/*/numbers.pickle",
    "downloads": ".doctrees/downloads/*/*",
    "pages read": ".doctrees/**/*.doctree",
    "pages for the search": ".doctrees/**/*.search.json",
    "what Sphinx keeps": ".doctrees/environment.pickle",
    "outputs of cells": ".jupyter_cache/executed/*/base.ipynb",
    "list of outputs": ".jupyter_cache/global.db",
    "the lock": ".doctrees/chipbook-lock",
    "the mark": "html.state.json",
}
FIRST_LINE = 200


def said(log: str) -> str:
    """The sentence that a ``log`` ends in, short."""
    lines = [line for line in plain(log).splitlines() if line.strip()]
    told = [line for line in lines if "was not built" in line] or lines[-1:]
    traces = log.count("Traceback (most recent")
    return f"{' '.join(told)[:FIRST_LINE]}{f' TRACEBACKS {traces}' * bool(traces)}"


def change(root: Path) -> None:
    """Another number, which pages, charts and downloads show."""
    edit(root / "data", "budget_reports.csv", ROW, value=OTHER)


def heading(root: Path) -> None:
    """Another title of a page: the others are written, and not read."""
    path = root / "chapters" / "numbers.md"
    path.write_text(path.read_text("utf-8").replace("\n# ", "\n# All ", 1), encoding="utf-8")


def cut_at(moment: str, sign: int, root: Path) -> str:
    """Begin a build and send it ``sign`` once its log says ``moment``."""
    running = start(root)
    met = any(re.search(moment, plain(line)) for line in running.stdout)
    running.send_signal(sign)
    log, _ = running.communicate()
    return f"exit {running.returncode}{'' if met else ' NEVER MET'} {said(log)[:80]}"


def torn(files: str, how: Callable[[bytes], bytes], root: Path) -> str:
    """Leave a part of each of the ``files``."""
    found = [path for path in (root / "_build").glob(files) if path.is_file()]
    for path in found:
        path.write_bytes(how(path.read_bytes()))
    return f"{len(found)} files"


def tried(root: Path) -> str:
    """A build, and what it says."""
    running = start(root)
    log, _ = running.communicate()
    return f"exit {running.returncode} {said(log)}"


def run(*command: str) -> None:
    """Run a ``command`` that must not fail."""
    subprocess.run(command, check=True)


def full(room: str, root: Path) -> str:
    """A build upon a disk with little ``room`` more than it already holds."""
    built, aside = root / "_build", root.with_name("held")
    used = sum(path.stat().st_size // 4096 + 1 for path in built.rglob("*")) * 4
    built.rename(aside)
    built.mkdir()
    run("mount", "-t", "tmpfs", "-o", f"size={used + int(room)}k", "tmpfs", str(built))
    try:
        run("cp", "-a", f"{aside}/.", str(built))
        happened = tried(root)
        shutil.rmtree(aside)
        run("cp", "-a", f"{built}/.", str(aside))
    finally:
        run("umount", str(built))
    built.rmdir()
    aside.rename(built)
    return happened


def read_only(root: Path) -> str:
    """A build into a folder in which nothing can be written."""
    built = str(root / "_build")
    run("mount", "--bind", built, built)
    run("mount", "-o", "remount,ro,bind", built)
    try:
        return tried(root)
    finally:
        run("umount", built)


def two(root: Path) -> str:
    """Two builds at once."""
    both = [start(root), start(root)]
    logs = [each.communicate()[0] for each in both]
    return " | ".join(
        f"exit {each.returncode} {said(log)[:110]}" for each, log in zip(both, logs, strict=True)
    )


def undone(root: Path) -> str:
    """A page changed, its build cut, and the page as it was, with its time, moved back."""
    path = root / "chapters" / "chip-budget.md"
    kept = shutil.copy2(path, root / "kept.md")
    path.write_text(path.read_text("utf-8") + "\nNot to stay.\n", encoding="utf-8")
    happened = cut_at(r"pickling environment|looking for now-outdated", signal.SIGKILL, root)
    os.replace(kept, path)
    heading(root)
    return happened


def older(root: Path) -> str:
    """A page replaced by one that is older than the last build, as ``mv`` and ``cp -p`` do."""
    path = root / "chapters" / "chip-budget.md"
    path.write_text(path.read_text("utf-8") + "\nTo stay.\n", encoding="utf-8")
    os.utime(path, (10**9, 10**9))
    return ""


def attacks() -> dict[str, tuple[Callable[[Path], None], Callable[[Path], str]]]:
    """Each attack by its name: the edit before it, and what happens then."""
    found = {
        f"cut, {sign.name} at {moment}": (change, partial(cut_at, pattern, sign))
        for moment, pattern in MOMENTS.items()
        for sign in (SIGNALS if moment == "writing 43 %" else SIGNALS[:1])
    }
    for name, files in TORN.items():
        halves = {"half": lambda was: was[: len(was) // 2], "empty": lambda _: b""}
        for how, left in halves.items():
            found[f"torn, {name}, {how}"] = (heading, partial(torn, files, left))
    for room in ("100", "2000", "12000"):
        found[f"full disk, {room} kB left"] = (change, partial(full, room))
    found["read-only output"] = (change, read_only)
    found["two builds at once"] = (change, two)
    found["undone, a cut edit of a page"] = (lambda _: None, undone)
    found["older, a page than the build"] = (lambda _: None, older)
    return found


def main() -> None:
    """Attack, rebuild, compare."""
    wrong, wanted, all_of_them = 0, sys.argv[1:] or [""], attacks()
    names = [name for first in wanted for name in all_of_them if name.startswith(first)]
    with tempfile.TemporaryDirectory() as folder:
        base, root, fresh = (Path(folder, name) for name in ("base", "book", "clean"))
        # Built where it is attacked: Sphinx keeps nothing for another folder.
        root.mkdir()
        sources(root, PAGES)
        _, failed = build(root)
        if failed:
            sys.exit(failed)
        shutil.copytree(root, base)
        cleans: dict[object, Path] = {}
        for name in names:
            prepare, attack = all_of_them[name]
            shutil.rmtree(root)
            shutil.copytree(base, root)
            prepare(root)
            happened = attack(root)
            left = differing(root / "_build/html", base / "_build/html")
            _, failed = build(root)
            # What the disk tore is told of by one build, and the next reads all again.
            first, failed = (failed, build(root)[1]) if failed else ("", "")
            key = prepare if prepare in (change, heading) else name
            if key not in cleans:
                clean_build(root, fresh)
                cleans[key] = Path(folder, f"clean{len(cleans)}")
                (fresh / "_build/html").rename(cleans[key])
            new = differing(root / "_build/html", cleans[key])
            left = left and differing(root / "_build/html", cleans[key])
            bad = bool(left or new or failed)
            wrong += bad
            told = f"{len(new)} DIFFER {' '.join(new[:4])}" if new else "same as clean"
            told += f", at the second ({said(first)})" if first else ""
            told += f", FAILED {said(failed)}" if failed else ""
            told += f", {len(left)} of the site touched" if left else ""
            print(f"| {name} | {happened} | {told} |", flush=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
