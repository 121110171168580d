"""Chromium for the tests: ``python tests/chromium.py`` finds one or installs it.

First what the machine has, then Playwright's own download, then the system's package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
HELP = (
    "No Chromium that starts. Install one with: python -m playwright install --with-deps chromium"
)


def candidates() -> Iterator[str | None]:
    """Programs to try, best first; None stands for the browser that Playwright downloads itself."""
    if chosen := os.environ.get("CHROMIUM"):
        yield chosen
        return
    yield from (path for name in NAMES if (path := shutil.which(name)))
    yield from (path for path in PLACES if Path(path).is_file())
    yield None


def launch(playwright: Playwright) -> tuple[Browser, str]:
    """Start the first browser that works; returns it and what it is.

    Raises ``RuntimeError`` with the line to run when there is none.
    """
    for path in candidates():
        try:
            browser = playwright.chromium.launch(executable_path=path)
        except Error:
            continue
        return browser, f"{path or playwright.chromium.executable_path} ({browser.version})"
    raise RuntimeError(HELP)


def running() -> str:
    """Which browser starts, or an empty string."""
    with sync_playwright() as playwright:
        try:
            browser, name = launch(playwright)
        except RuntimeError:
            return ""
        browser.close()
        return name


def installers() -> Iterator[list[list[str]]]:
    """Ways to install a browser, each a list of commands."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    sudo = [] if root else ["sudo", "-n"]
    playwright = [sys.executable, "-m", "playwright", "install"]
    yield [[*playwright, "--only-shell", "chromium"]]
    if shutil.which("apt-get") and (root or shutil.which("sudo")):
        yield [[*sudo, "apt-get", "update"], [*sudo, "apt-get", "install", "--yes", "chromium"]]
        # A downloaded browser that lacks libraries of the system starts after this.
        yield [[*playwright, "--with-deps", "--only-shell", "chromium"]]


def main() -> int:
    """Find or install; print which browser the tests will use."""
    if name := running():
        print(name)
        return 0
    for commands in installers():
        for command in commands:
            print("+", *command, flush=True)
            if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
                break
        else:
            if name := running():
                print(name)
                return 0
    print(HELP, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
