"""What a build that failed says last."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from sphinx.cmd.build import main
code = main(["-W", "-n", "--keep-going", "-q", sys.argv[1], sys.argv[2]])
print("the last word of the program", file=sys.stderr)
sys.exit(code)
"""

CONF = """
from chipbook.book.site import log

extensions = ["myst_parser", "chipbook.book.site.log"]


def setup(app):
    app.connect("build-finished", log.repeat)
"""


def test_the_causes_stand_last_each_once_with_file_and_line(tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "conf.py").write_text(CONF)
    (source / "index.md").write_text("# Book\n\n{nope}`x`\n\n[gone](gone.md) [gone](gone.md)\n")
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(source), str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": str(root), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last = done.stderr.rpartition("the last word of the program")[2].strip().splitlines()
    assert last[0] == "The build failed because of:"
    assert len(last) == len(set(last)) == 3
    assert all(line.startswith("index.md:") for line in last[1:])
