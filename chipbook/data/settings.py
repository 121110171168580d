"""What is set by us and is no datum: labels, choices, the look of things, in TOML."""

import tomllib
from pathlib import Path
from typing import Any


def settings(module: str | Path) -> dict[str, Any]:
    """The TOML file beside a ``module`` (its ``__file__``), in the order in which it is written."""
    return tomllib.loads(Path(module).with_suffix(".toml").read_text(encoding="utf-8"))
