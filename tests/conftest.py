"""What the tests share: one build of the book, a server for it, and a browser that tells."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import chromium
import pytest
import small_book
import yaml
from filelock import FileLock
from hypothesis import settings
from myst_nb.core.read import is_myst_markdown_notebook
from playwright.sync_api import Browser, Page, expect, sync_playwright

from chipbook.book.domain import STORY
from chipbook.check.refresh import refresh
from chipbook.data import data_dir

ROOT = Path(__file__).resolve().parents[1]
Visit = Callable[..., Page]

MOST = 80
"""Lines of one failure that are shown."""

# A slow machine is no fault: a state may take as long as a page may take to load, and an example of
# a property as long as it takes.
expect.set_options(timeout=30_000)
settings.register_profile("book", deadline=None)
settings.load_profile("book")


def toc_pages() -> list[str]:
    """Every page that the table of contents names, in its order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(entry["file"] for part in toc["parts"] for entry in part["chapters"])]


def story_pages() -> list[str]:
    """The chapters of the story, in their order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = (part["chapters"] for part in toc["parts"] if part["caption"] == STORY)
    return [chapter["file"] for chapters in parts for chapter in chapters]


def notebook_pages() -> list[str]:
    """Those among them that have cells."""
    sources = {page: (ROOT / f"{page}.md").read_text(encoding="utf-8") for page in toc_pages()}
    return [page for page, source in sources.items() if is_myst_markdown_notebook(source)]


def program() -> str:
    """The command that builds a book."""
    found = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    assert found, "jupyter-book is missing: pip install -r requirements-dev.txt"
    return found


def build_log(root: Path) -> tuple[int, str]:
    """Build the book in ``root`` strictly; gives the exit code and the log without its colours."""
    done = subprocess.run(
        [program(), "build", "-W", "-n", "--keep-going", "."],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, re.sub(r"\x1b\[[\d;]*m", "", done.stdout + done.stderr)


def build(root: Path) -> Path:
    """Build the book in ``root`` strictly and return the folder of the site.

    Fails the test with the end of the log when the build does.
    """
    code, log = build_log(root)
    if code:
        pytest.fail(f"the book does not build:\n{log[-3000:]}", pytrace=False)
    return root / "_build" / "html"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs the built site is slow: ``-m "not slow"`` leaves it out."""
    for item in items:
        if "site" in item.fixturenames:
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Cut a long failure in the middle: Playwright adds the whole page to what it expected."""
    report = yield
    lines = str(report.longrepr).splitlines() if report.failed else []
    if len(lines) > MOST:
        left = f"[{len(lines) - MOST} lines left out]"
        report.longrepr = "\n".join([*lines[: MOST // 2], left, *lines[-MOST // 2 :]])
    return report


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, brought up to date once for all workers: nothing to do right after `make book`."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with FileLock(shared / "build.lock"):
        if not (shared / "built").exists():
            build(ROOT)
            (shared / "built").touch()
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a small book, with the files of the data beside it."""
    folder, warnings = small_book.build(tmp_path_factory.mktemp("small"))
    assert "WARNING" not in warnings, warnings
    shutil.copytree(data_dir(), folder / "data", dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the data that is stamped, whatever the state of the folder."""
    folder = Path(shutil.copytree(data_dir(), tmp_path_factory.mktemp("released") / "data"))
    assert refresh(folder) == []
    return folder


def until(page: Page, condition: str) -> None:
    """Wait until a ``condition`` holds, a function of the page's script without arguments.

    Playwright's own way reads the function anew each time, which a strict policy forbids.
    """
    page.evaluate(
        f"""() => new Promise((done, fail) => {{
            const holds = {condition}, end = performance.now() + 30_000;
            const look = () => holds() ? done() : performance.now() > end
                ? fail(new Error(`never came: ${{holds}}`)) : requestAnimationFrame(look);
            look();
        }})"""
    )


def host_headers() -> list[tuple[str, str, str]]:
    """What a host is told to send: a pattern of paths, the name of a header and its value."""
    found, pattern = [], ""
    for line in (ROOT / "hosting" / "_headers").read_text("utf-8").splitlines():
        if line.startswith("/"):
            pattern = re.sub(r":\w+", "[^/]+", re.escape(line).replace(r"\*", ".*"))
        elif line.startswith("  "):
            name, value = line.strip().split(": ", 1)
            found.append((pattern, name, value))
    return found


class Host(SimpleHTTPRequestHandler):
    """A file server that sends the headers that we offer for hosts, and prints nothing."""

    headers_sent = host_headers()

    def end_headers(self) -> None:
        """Those of every entry whose pattern fits, as hosts do; a browser keeps each policy."""
        path = urlsplit(self.path).path
        for pattern, name, value in self.headers_sent:
            if re.fullmatch(pattern, path):
                self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(site: Path, host: type[Host] = Host) -> Iterator[int]:
    """The port of this machine at which the ``site`` is served, by a ``host``."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(host, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the site is served under the strict policy of a host, ending in ``/``."""
    with serving(site) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; without one the test fails and says how to install it."""
    with sync_playwright() as playwright:
        browser, _ = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """``visit(page, width=1440, **context)`` opens a page of the site.

    The test fails in the end if any page that it opened asked another host for something, missed a
    file, or wrote a warning or an error to the console that does not match ``forgive``.
    """
    contexts, faults = [], []

    def visit(
        page: str, *, width: int = 1440, base: str = address, forgive: str = "", **options: object
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)

        def request(request) -> None:
            if not re.match(rf"{re.escape(base)}|data:|blob:", request.url):
                faults.append(f"asked for {request.url}")

        def response(response) -> None:
            if response.status >= 400:
                faults.append(f"got {response.status} for {response.url}")

        def console(message) -> None:
            forgiven = forgive and re.search(forgive, message.text)
            if message.type in ("error", "warning") and not forgiven:
                faults.append(f"console {message.type}: {message.text}")

        context.on("request", request)
        context.on("response", response)
        context.on("console", console)
        context.on("weberror", lambda error: faults.append(f"script failed: {error.error}"))
        opened = context.new_page()
        opened.goto(f"{base}{page}.html", wait_until="load")
        return opened

    yield visit
    for context in contexts:
        context.close()
    assert not faults, "\n".join(sorted(set(faults)))
