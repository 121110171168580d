"""What the build keeps, drops and ships beside the pages.

Executed cells are cached by their code alone, so a changed value in ``data/`` would leave the old
number in the pages. Everything a cell's output can depend on is therefore one digest: when it
changes, the cache is dropped and every page is read again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

import chipbook
from chipbook.book.domain import domain_of
from chipbook.check.refresh import check_content

RECORD = "chipbook-digest"
"""Name of the file, inside the cache folder, that says which digest the cache was filled under."""

GENERATED = ("_static/charts", "_downloads", "_images")
"""Folders of the site whose files are named after their content and pile up when it changes."""


def digest(root: Path) -> str:
    """SHA-256 over all that a cell's output can depend on: data, package code, locked versions."""
    files = [
        *(path for path in (root / "data").rglob("*") if path.is_file()),
        *(root / "chipbook").rglob("*.py"),
        root / "requirements.txt",
    ]
    total = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()


def cache_folder(app: Sphinx) -> Path:
    """Where MyST-NB keeps executed notebooks (its own default when nothing is configured)."""
    configured = app.config.nb_execution_cache_path
    return Path(configured) if configured else Path(app.outdir).parent / ".jupyter_cache"


def check_cache(app: Sphinx, config: Config) -> None:
    """Drop the cache unless it was filled under today's digest.

    Raises ``ExtensionError`` when the imported ``chipbook`` is not the one of this checkout, since
    its numbers would then not be those of this ``data/``.
    """
    root = Path(app.srcdir)
    imported = Path(chipbook.__file__).resolve().parents[1]
    if imported != root.resolve():
        raise ExtensionError(
            f"chipbook is imported from {imported}, but the book is in {root}: "
            f"run 'pip install -r requirements.txt' in {root}"
        )
    config.chipbook_digest = digest(root)
    record = cache_folder(app) / RECORD
    if record.is_file() and record.read_text() == config.chipbook_digest:
        # Gone until this build ends, so that a build cut short never vouches for its cache.
        record.unlink()
    else:
        shutil.rmtree(cache_folder(app), ignore_errors=True)


def check_data(app: Sphinx, config: Config) -> None:
    """Refuse to build on data with a fault, such as a figure without a source.

    Raises ``ExtensionError`` with every fault, by file, row and column. Takes about a second. Sizes
    and hashes are left to the tests: who tries another value must see what it moves.
    """
    if problems := check_content(Path(app.srcdir) / "data"):
        listed = "\n".join(map(str, problems))
        raise ExtensionError(f"the data cannot be built on, see CONTRIBUTING.md:\n{listed}")


def record_cache(app: Sphinx, exception: Exception | None) -> None:
    """Say under which digest the cache was filled, unless a file changed during the build."""
    folder = cache_folder(app)
    if folder.is_dir() and digest(Path(app.srcdir)) == app.config.chipbook_digest:
        (folder / RECORD).write_text(app.config.chipbook_digest)


def forget_warnings(app: Sphinx, exception: Exception | None) -> None:
    """Have the next build read everything again after one that warned.

    Sphinx warns of a page only when it reads it, so under ``-W`` a second run would pass.
    """
    if app._warncount:
        (Path(app.doctreedir) / ENV_PICKLE_FILENAME).unlink(missing_ok=True)


def note_page(app: Sphinx, pagename: str, *_: object) -> None:
    """Remember a page of this build, also one that no source file stands for (search)."""
    domain_of(app.env).written.add(pagename)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Copy ``data/`` into the site and prune it, after a build that wrote pages."""
    written = domain_of(app.env).written
    if exception or app.builder.name != "html" or not written:
        return
    out = Path(app.outdir)
    shutil.rmtree(out / "data", ignore_errors=True)
    shutil.copytree(
        Path(app.srcdir) / "data", out / "data", ignore=shutil.ignore_patterns(".*", "__*")
    )
    prune(out, written | app.env.found_docs)


def prune(out: Path, pages: set[str]) -> None:
    """Remove pages that are not in ``pages``, and generated files that no page names."""
    text = []
    for path in sorted(out.rglob("*.html")):
        page = path.relative_to(out).with_suffix("").as_posix()
        if page.split("/")[0] in ("_static", "data", "notebooks"):
            continue
        if page in pages:
            text.append(path.read_text(encoding="utf-8"))
        else:
            path.unlink()
    for path in (out / "_sources").rglob("*.*"):
        if path.relative_to(out / "_sources").as_posix().split(".")[0] not in pages:
            path.unlink()
    named = "".join(text)
    for path in (path for folder in GENERATED for path in (out / folder).rglob("*.*")):
        if path.is_file() and path.name not in named:
            path.unlink()


def setup(app: Sphinx) -> None:
    """Register the digest, the cache check and the record of pages."""
    # Kernels inherit it: the Altair renderer then emits specs for the book, not for a screen.
    os.environ["CHIPBOOK_BUILD"] = "1"
    app.add_config_value("chipbook_digest", "", "env", str)
    app.connect("config-inited", check_cache)
    app.connect("config-inited", check_data)
    app.connect("html-page-context", note_page)
