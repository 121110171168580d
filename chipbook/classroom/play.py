"""The calibration game: its statements, and the numbers that settle them.

``game.toml`` says of each what holds if it is true: a comparison of two formulas in the language of
``derived.csv``. So the answers follow a correction.
"""

import re
from pathlib import Path
from typing import Any

from chipbook.data import BOOK, derived
from chipbook.data.settings import settings
from chipbook.story.answers import sign

GAME_FILE, KIT_FILE = (Path(__file__).with_name(name) for name in ("game.toml", "kit.toml"))


def statements() -> dict[str, dict[str, Any]]:
    """The statements of the game: ``says``, ``why``, ``true`` and the ``keys`` that settle it.

    Raises as :func:`settled`.
    """
    found = settings(GAME_FILE)
    for entry in found.values():
        entry["true"], entry["keys"] = settled(entry["holds"])
    return found


def settled(comparison: str) -> tuple[bool, list[str]]:
    """Whether a ``comparison`` by > or < of two formulas holds, and the keys in them.

    Raises ``ValueError`` where the numbers leave it open, or where an answer denied one of them.
    """
    first, sense, second = re.split(" ([<>]) ", comparison)
    more, less = (first, second) if sense == ">" else (second, first)
    formula = f"({more}) - ({less})"
    keys = derived.named_in(formula)
    denied = [f"{key}: {sign(key)}" for key in keys if sign(key)]
    low, high = derived.evaluate(derived.tree(formula), BOOK).bounds
    if denied or low <= 0 < high:
        raise ValueError("; ".join([f"{comparison} is open", *denied]))
    return low > 0, keys
