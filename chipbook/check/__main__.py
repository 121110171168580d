"""The command ``python -m chipbook.check``: see ``make data``, ``correct`` and ``release``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from chipbook.check.correct import CorrectionError, correct, done, release
from chipbook.check.refresh import check, refresh
from chipbook.check.schema import Problem, spoilt
from chipbook.data import DataError, data_dir
from chipbook.data.settings import settings
from chipbook.data.state import today

SHOWN = 40
"""Faults that are told one by one; the number of all stands below."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chipbook.check",
        description="Check the data package, refresh it, correct a row, or release a version.",
    )
    parser.add_argument("--data", type=Path, default=None, help="folder with datapackage.json")
    commands = parser.add_subparsers(dest="command")
    for name, told in settings(__file__).items():
        command = commands.add_parser(name, help=told.pop("help"))
        for argument, words in told.items():
            command.add_argument(argument, help=words)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line ``arguments``; returns the exit code, 1 with any fault."""
    options = _parser().parse_args(arguments)
    folder = (options.data or data_dir()).resolve()
    try:
        problems = _run(options, folder)
    except (CorrectionError, DataError, OSError) as error:
        print(f"{error}; nothing was written", file=sys.stderr)
        return 1
    for problem in problems[:SHOWN]:
        print(problem, file=sys.stderr)
    if problems:
        written = "" if options.command in ("check", "ends") else "; nothing was written"
        print(f"{len(problems)} fault{'s' * (len(problems) > 1)}{written}", file=sys.stderr)
        return 1
    print(f"{folder.name}: in order")
    if options.command in ("correct", "release"):
        print(done(folder, options.command))
    return 0


def _run(options: argparse.Namespace, folder: Path) -> list[Problem]:
    if options.command == "ends":
        for path, content in spoilt(folder).items():
            path.write_bytes(content)
    if options.command in ("check", "ends"):
        return check(folder)
    if options.command == "release":
        return release(folder, options.kind, options.note, today())
    if options.command != "correct":
        return refresh(folder)
    columns = options.column.split(",")
    values = options.value.split(",") if len(columns) > 1 else [options.value]
    return correct(folder, options.row, columns, values, options.reason, today())


if __name__ == "__main__":
    sys.exit(main())
