"""What tests read by another way than the loader does: the files as text."""

from __future__ import annotations

import csv
from pathlib import Path

from chipbook.data import refs

ROOT = Path(__file__).resolve().parents[1]


def rows(name: str) -> dict[str, dict[str, str]]:
    """A table as text, id → column → cell, with the cells filled that its rows refer to."""
    return {key: refs.resolved(row, as_written) for key, row in as_written(name).items()}


def as_written(name: str) -> dict[str, dict[str, str]]:
    """A table as its file has it: id → column → text."""
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}
