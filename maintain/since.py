"""Whether the log has every cell that changed: python maintain/since.py BEFORE [DATA].

``BEFORE`` is the data of an earlier commit, ``DATA`` the folder to judge. What the data says of its
own past (digests, the cells of the last release) could be rewritten with it; what others have
already could not.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from chipbook.check.refresh import entries, refresh
from chipbook.check.released import FILE

ROOT = Path(__file__).parents[1]


def faults(before: Path, data: Path) -> list[str]:
    """What changed in ``data`` since ``before`` without the log saying so, in sentences."""
    with tempfile.TemporaryDirectory() as name:
        draft = Path(shutil.copytree(data, Path(name) / data.name))
        shutil.copy(before / FILE, draft)
        found = [str(problem) for problem in refresh(draft)]
    now, log = [entry.log for entry in entries(data)], [entry.log for entry in entries(before)]
    # An entry that nobody has yet is not stamped.
    if now[-len(log) :] != log and log[0]:
        found.append(f"{data.name}/CHANGELOG.md: expected the entries of {before} below new ones")
    return found


def main(before: str, data: str = "") -> int:
    """Print the faults; 1 where there are any."""
    found = faults(Path(before), Path(data or ROOT / "data"))
    for fault in found:
        print(fault, file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
