"""What the build keeps, drops and ships beside the pages.

A page can print any number and is made by any module, so all of data and package is one digest:
when it changes, every page is read again. Whether its cells run again is another question, see
:mod:`chipbook.book.site.execute`.
"""

import hashlib
import os
import pickle
import re
import shutil
from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config

import chipbook
from chipbook.book.domain import all_written, domain_of, table_page
from chipbook.charts.drawing import cached
from chipbook.check.refresh import check_content
from chipbook.data import BOOK, data_dir, facts, package, version
from chipbook.story import downloads

UNFINISHED = "chipbook-unfinished"
"""File beside the doctrees while a build runs; it stays after one that was cut or that warned."""

GENERATED = ("_static/charts", "_static/social", "_downloads", "_images", "embed")
"""Folders of the site whose files pile up when the pages that name them change or go."""

NAMED = re.compile(rf"(?:{'|'.join(GENERATED)})/([^\"'?#&\s<)]+)".encode())
"""A file in one of them, as a page names it."""


def digest(root: Path) -> str:
    """SHA-256 over all below ``root`` that any page can depend on beside its own text."""
    total = hashlib.sha256()
    kinds = ("data/**/*", "chipbook/**/*", "chapters/*.toml", "requirements.txt", "pyproject.toml")
    for path in sorted(path for kind in kinds for path in root.glob(kind)):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()


def check_package(app: Sphinx, config: Config) -> None:
    """Refuse to build with the package of another checkout: its numbers are of other data.

    Raises ``SystemExit`` that names both and the cure.
    """
    root = Path(app.srcdir)
    imported = Path(chipbook.__file__).resolve().parents[1]
    if imported != root.resolve():
        raise SystemExit(
            f"chipbook is imported from {imported}, but the book is in {root}: "
            f"run 'pip install --no-deps -e .' in {root}"
        )
    config.chipbook_digest = digest(root)
    # One for every builder and for `make live`: each entry vouches for itself.
    config.nb_execution_cache_path = str(root / "_build" / ".jupyter_cache")


def begin(app: Sphinx, config: Config) -> None:
    """Read everything again after a build that was cut, or that warned.

    A build that was cut may have kept what it read and not have written it. And Sphinx warns of a
    page only when it reads it, so under ``-W`` a second run would pass.
    """
    mark = Path(app.doctreedir) / UNFINISHED
    if mark.exists():
        (mark.parent / ENV_PICKLE_FILENAME).unlink(missing_ok=True)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def end(app: Sphinx, exception: Exception | None) -> None:
    """Let the next build trust this one, unless it failed, warned, or a file changed meanwhile."""
    same = digest(Path(app.srcdir)) == app.config.chipbook_digest
    if not exception and not app._warncount and same:
        (Path(app.doctreedir) / UNFINISHED).unlink(missing_ok=True)
    elif not same:
        # Made of what came after the digest, perhaps.
        shutil.rmtree(once(app), ignore_errors=True)


def check_data(app: Sphinx, _config: Config) -> None:
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
    """Copy ``data/`` into the site, after a build that wrote every page, and prune it after any."""
    written = domain_of(app.env).written
    if not written:
        return
    out = Path(app.outdir)
    if all_written(app.env):
        shutil.rmtree(out / "data", ignore_errors=True)
        shutil.copytree(
            Path(app.srcdir) / "data", out / "data", ignore=shutil.ignore_patterns(".*", "__*")
        )
        (out / "data" / downloads.DESCRIPTOR).write_bytes(downloads.descriptor())
        write_downloads(app)
    tables = {table_page(entry["name"]) for entry in package()["resources"]}
    prune(out, written | app.env.found_docs | tables)


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
    folder.mkdir(exist_ok=True)
    for name, content in whole(app).items():
        (folder / name).write_bytes(content)


def prune(out: Path, pages: set[str]) -> None:
    """Remove from ``out`` what is not of ``pages``, and generated files that no page names."""
    named = set[str]()
    for path in out.rglob("*.html"):
        page = path.relative_to(out).with_suffix("").as_posix()
        if page.split("/")[0] in ("_static", "data", "embed", "notebooks"):
            continue
        if page in pages:
            named.update(map(bytes.decode, NAMED.findall(path.read_bytes())))
        else:
            path.unlink()
    for path in (out / "_sources").rglob("*.*"):
        if path.relative_to(out / "_sources").as_posix().split(".")[0] not in pages:
            path.unlink()
    for folder in GENERATED:
        for path in (out / folder).rglob("*.*"):
            if path.is_file() and path.relative_to(out / folder).as_posix() not in named:
                path.unlink()


def setup(app: Sphinx) -> None:
    """Register the digest and the checks before a build."""
    # Kernels inherit it: the Altair renderer then emits specs for the book, not for a screen.
    os.environ["CHIPBOOK_BUILD"] = "1"
    app.add_config_value("chipbook_digest", "", "env", str)
    app.connect("config-inited", check_package)
    app.connect("config-inited", check_data)
    app.connect("config-inited", lambda *_: version.stamp(data_dir(), package()))
    app.connect("config-inited", begin)
