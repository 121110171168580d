"""What the build keeps, drops and ships beside the pages.

A page can print any number and is made by any module, so all of data and package is one digest:
when it changes, every page is read again. Whether its cells run again is another question, see
:mod:`chipbook.book.site.execute`.
"""

import json
import logging
import os
import pickle
import re
import shutil
import sqlite3
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import BufferingHandler
from pathlib import Path
from typing import Any

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError, SphinxError

import chipbook
from chipbook.book.domain import all_written
from chipbook.charts.drawing import cached
from chipbook.check.refresh import check_content
from chipbook.data import BOOK, data_dir, facts, package, state, version
from chipbook.story import downloads
from chipbook.story.reviews import due, watched

HELD: list[sqlite3.Connection] = []
"""By what this process holds the folders that it builds in."""

ASIDE = ".next"
"""Behind the name of the folder of the site: where it is written, until it is whole."""

GENERATED = ("_static/charts", "_static/social", "_downloads", "_images", "embed")
"""Folders of the site whose files pile up when the pages that name them change or go."""

NAMED = re.compile(rf"(?:{'|'.join(GENERATED)})/([^\"'?#&\s<)]+)".encode())
"""A file in one of them, as a page names it."""

LEFT = ("_static", "data", "embed", "notebooks")
"""Folders of the site without pages of the book."""


def prepare(app: Sphinx, config: Config) -> None:
    """Check what the build rests on, and forget what was kept of the pages if that is not sound."""
    root, trees, was = Path(app.srcdir), Path(app.doctreedir), state.marked(Path(app.outdir))
    with told(app):
        # The package of another checkout has other numbers.
        if (imported := Path(chipbook.__file__).resolve().parents[1]) != root.resolve():
            raise SphinxError(
                f"chipbook is imported from {imported}, but the book is in {root}: "
                f"run 'pip install --no-deps --no-build-isolation -e .' in {root}"
            )
        hold(trees)
        now = config.chipbook_state = state.state(root, Path(config.external_toc_path))
        config.chipbook_digest = now["shared"]
        # One for every builder and for `make live`: each entry vouches for itself.
        config.nb_execution_cache_path = str(root / "_build" / ".jupyter_cache")
        check_data(app)
        version.stamp(data_dir(), package())
        if not sound(was, now, root, kept(trees)):
            (trees / ENV_PICKLE_FILENAME).unlink(missing_ok=True)


def sound(was: dict[str, Any], now: dict[str, Any], root: Path, since: list[int]) -> bool:
    """Whether Sphinx may go on from what it kept, ``since`` :func:`kept`, for a site that ``was``.

    It is newer than the site after a build that was cut, failed or warned. It may have read what it
    never wrote, and Sphinx warns of a page only when it reads it. Of a page in ``root`` that is
    another ``now`` it asks the time alone, and what is moved or copied there can be of long ago.
    """
    if not since or (was.get("kept"), was.get("shared")) != (since, now["shared"]):
        return False
    changed = dict(now["files"].items() - was["files"].items())
    return all((root / name).stat().st_mtime_ns > since[0] for name in changed)


def hold(trees: Path) -> None:
    """Keep other builds out of the folder ``trees`` while this process lives, however it ends."""
    trees.mkdir(parents=True, exist_ok=True)
    # Works on every system, and a process that is killed lets go.
    HELD.append(sqlite3.connect(trees / "chipbook-lock", timeout=0, isolation_level=None))
    try:
        HELD[-1].execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        why = "another build is at work there, or nothing can be written"
        raise SphinxError(f"{trees}: {error}: {why}") from error


def reading(app: Sphinx, *_: object) -> None:
    """Leave another time on what was kept: if this build is cut, pages read are not of the site."""
    if (path := Path(app.doctreedir) / ENV_PICKLE_FILENAME).exists():
        path.touch()


def begin(app: Sphinx) -> None:
    """Build a site in a folder aside, on a copy of the last or from nothing; end if it is there."""
    site = Path(app.outdir)
    if app.builder.name != "html":
        if app.builder.format == "html":
            raise SystemExit(f"The book was not built: it is a site, and no {app.builder.name}.")
        return
    if not state.fault(site, app.config.chipbook_state, exact=True):
        print(f"{site} is of this state: nothing to build.")
        raise SystemExit(0)
    aside = site.with_name(site.name + ASIDE)
    with told(app):
        shutil.rmtree(aside, ignore_errors=True)
        if app.fresh_env_used:
            aside.mkdir(parents=True)
        else:
            shutil.copytree(site, aside)
    app.outdir = app.builder.outdir = type(app.outdir)(aside)


def kept(trees: Path) -> list[int]:
    """Time and size of what Sphinx kept in ``trees`` of the pages that it read."""
    path = trees / ENV_PICKLE_FILENAME
    return [path.stat().st_mtime_ns, path.stat().st_size] if path.exists() else []


@contextmanager
def told(app: Sphinx) -> Iterator[None]:
    """What fails inside ends the build with a sentence; the site that is there stays."""
    try:
        yield
    except Exception as error:
        if app.outdir.name.endswith(ASIDE):
            shutil.rmtree(app.outdir, ignore_errors=True)
        raise SystemExit(sentence(app, error)) from error


def refuse(app: Sphinx, exception: Exception | None) -> None:
    """Raise what a build failed by: an ``exception``, or what its pages were warned of."""
    refused, warned = len(REFUSED.buffer), app._warncount
    if exception:
        raise exception
    # Sphinx leaves the last page there, which is not to blame.
    app.builder.current_docname = ""  # type: ignore[attr-defined]
    if gone := sorted({*app.config.external_site_map} - app.env.found_docs):
        raise SphinxError(f"_toc.yml names {', '.join(gone)}, and no such page can be read")
    if refused or (warned and (app.keep_going or app.warningiserror)):
        raise SphinxError(f"see what is told above, {refused or warned} in all")


def put_in_place(app: Sphinx) -> None:
    """Let the folder aside be the site, and mark its state if nothing warned or moved meanwhile."""
    if app.builder.name != "html":
        return
    aside, now = Path(app.outdir), app.config.chipbook_state
    site, old = aside.with_suffix(""), aside.with_suffix(".old")
    state.mark_of(site).unlink(missing_ok=True)
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    aside.rename(site)
    shutil.rmtree(old, ignore_errors=True)
    app.outdir = type(app.outdir)(site)
    if state.state(Path(app.srcdir), Path(app.config.external_toc_path)) != now:
        # Made of what came after the digest, perhaps.
        shutil.rmtree(once(app), ignore_errors=True)
    elif not app._warncount:
        until = min([*due()["review_by"].astype(str), *watched()["by"].astype(str)])
        # Where something is overdue, each build says so.
        until *= until >= state.today().isoformat()
        mark = now | {"until": until, "kept": kept(Path(app.doctreedir))}
        state.write_all({state.mark_of(site): json.dumps(mark, indent=1).encode()})


def sentence(app: Sphinx, error: Exception) -> str:
    """The ``error`` that stopped the build, with page and place; its traceback goes into a file."""
    while isinstance(error, ExtensionError) and error.orig_exc:
        error = error.orig_exc
    builder, env = getattr(app, "builder", None), getattr(app, "env", None)
    page = getattr(builder, "current_docname", "") or (env and env.temp_data.get("docname"))
    said = str(error)
    if not isinstance(error, (OSError, SphinxError)):
        frames = (f for f in traceback.extract_tb(error.__traceback__) if "chipbook" in f.filename)
        at = [f" ({Path(frame.filename).name}:{frame.lineno})" for frame in frames][-1:]
        file = Path(app.doctreedir).parent / "traceback.txt"
        with suppress(OSError):
            file.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        said = f"{type(error).__name__}: {said}{''.join(at)}\nHow it came there: {file}"
    return f"\nThe book was not built: {page + '.md: ' if page else ''}{said}"


def check_data(app: Sphinx) -> None:
    """As :func:`refuse_faults`, and make every number: once for one state, it takes seconds."""

    def make() -> bytes:
        refuse_faults(Path(app.srcdir) / "data")
        return pickle.dumps([facts.fact(key) for key in facts])

    for fact in pickle.loads(cached(once(app), "numbers.pickle", make)):
        BOOK.keep(("fact", fact.id), lambda: fact)  # noqa: B023 - called at once


def refuse_faults(folder: Path) -> None:
    """End the build where the data in ``folder`` has a fault, such as a figure without a source.

    Raises ``SystemExit`` with every fault, by file, row and column. Sizes and hashes are left to
    the tests: who tries another value must see what it moves.
    """
    if problems := check_content(folder):
        listed = "\n".join(map(str, problems))
        raise SystemExit(f"The data cannot be built on, see CONTRIBUTING.md:\n{listed}")


def finish(app: Sphinx) -> None:
    """Copy ``data/`` into a site of which every page was written, and prune any."""
    out = Path(app.outdir)
    if all_written(app.env):
        shutil.rmtree(out / "data", ignore_errors=True)
        shutil.copytree(
            Path(app.srcdir) / "data", out / "data", ignore=shutil.ignore_patterns(".*", "__*")
        )
        (out / "data" / downloads.DESCRIPTOR).write_bytes(downloads.descriptor())
        write_downloads(app)
    prune(out)


def once(app: Sphinx) -> Path:
    """The folder of what is made once for one state of data and package; others go."""
    state = getattr(app.config, "chipbook_digest", "")
    folder = Path(app.doctreedir) / "downloads" / f"state-{state[:16]}"
    for other in set(folder.parent.glob("state-*")) - {folder}:
        shutil.rmtree(other)
    return folder


def whole(app: Sphinx) -> dict[str, bytes]:
    """The downloads of the whole by name."""
    return {name: cached(once(app), name, make) for name, make in downloads.files().items()}


def write_downloads(app: Sphinx) -> None:
    """Put the data in other formats beside the tables of the site."""
    folder = Path(app.outdir) / "data"
    state.write_all({folder / name: content for name, content in whole(app).items()})


def prune(out: Path) -> None:
    """Remove generated files from ``out`` that no page names; where a page goes, all is new."""
    pages = (path for path in out.rglob("*.html") if path.relative_to(out).parts[0] not in LEFT)
    named = {name.decode() for path in pages for name in NAMED.findall(path.read_bytes())}
    for folder in GENERATED:
        for path in (out / folder).rglob("*.*"):
            if path.is_file() and path.relative_to(out / folder).as_posix() not in named:
                path.unlink()


REFUSED = BufferingHandler(10**6)
"""What the book's own gates warned of: that fails every build, strict or not."""


def take_over(app: Sphinx) -> None:
    """Set up the process and its settings for a build."""
    # Kernels inherit it: the Altair renderer then emits specs for the book, not for a screen.
    os.environ["CHIPBOOK_BUILD"] = "1"
    # Where Sphinx fails before a page is read, it has said so: jupyter-book adds three tracebacks.
    sys.excepthook = lambda _kind, error, _trace: print(error, file=sys.stderr)
    REFUSED.buffer.clear()
    REFUSED.setLevel(logging.WARNING)
    logging.getLogger("sphinx.chipbook").addHandler(REFUSED)
    app.add_config_value("chipbook_digest", "", "env", str)
