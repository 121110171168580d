"""What is set by us and is no datum: labels, choices, the look of things, in TOML."""

import tomllib
from pathlib import Path
from typing import Any


def settings(module: str | Path) -> dict[str, Any]:
    """The TOML file beside a ``module`` (its ``__file__``), in the order in which it is written.

    Raises ``ValueError`` with its name and the line for a file that is no TOML.
    """
    file = Path(module).with_suffix(".toml")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name}: {error}") from error
