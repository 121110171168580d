"""The README's lines for PowerShell, as a script that stops at the first that fails.

python maintain/readme.py > lines.ps1
"""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def lines(text: str) -> list[str]:
    """The commands in the first block behind "in PowerShell:" in a README's ``text``."""
    found = re.search(r"in PowerShell:\n\n```\n(.*?)\n```", text, re.DOTALL)
    if not found:
        raise SystemExit("README.md has no block behind 'in PowerShell:'")
    return found[1].splitlines()


if __name__ == "__main__":
    for line in lines(README.read_text(encoding="utf-8")):
        # PowerShell goes on after a program that failed.
        print(f"{line}\nif ($LASTEXITCODE) {{ exit $LASTEXITCODE }}")
