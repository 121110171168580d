"""Copies of the data package, to be broken."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from chipbook.check import schema
from chipbook.data import data_dir


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day behind all that was released, and not behind what the tests release."""
    monkeypatch.setattr("chipbook.check.refresh.today", lambda: date(2027, 1, 31))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the folder, as it is."""
    return Path(shutil.copytree(data_dir(), tmp_path / "data"))


@pytest.fixture
def sound(released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stamped copy whose schema is taken as sound: the slow part, and tested on its own."""
    monkeypatch.setattr(schema, "faults", lambda folder: iter(()))
    return Path(shutil.copytree(released, tmp_path / "data"))


class Version:
    """The version of a copy, and how a maintainer raises it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def now(self) -> str:
        """As the descriptor has it."""
        return json.loads((self.folder / "datapackage.json").read_text("utf-8"))["version"]

    def moved(self, part: int, by: int = 1) -> str:
        """The version with one of its three parts changed, those after it zero."""
        numbers = [int(number) for number in self.now.split(".")]
        numbers[part:] = [numbers[part] + by, *[0] * (2 - part)]
        return ".".join(map(str, numbers))

    def set(self, version: str) -> None:
        """Write it into the descriptor."""
        path = self.folder / "datapackage.json"
        text = path.read_text("utf-8")
        path.write_text(text.replace(f'"version": "{self.now}"', f'"version": "{version}"', 1))

    def enter(self, version: str) -> None:
        """Write it into the descriptor, and an entry on top of the change log."""
        self.set(version)
        path = self.folder / "CHANGELOG.md"
        entry = f"# Changelog\n\n## {version} (2027-01-31)\n\nA corrected value.\n"
        path.write_text(re.sub("# Changelog\n", entry, path.read_text("utf-8"), count=1))


@pytest.fixture
def version(sound: Path) -> Version:
    """The version of the copy ``sound``."""
    return Version(sound)
