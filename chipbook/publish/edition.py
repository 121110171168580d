"""The book without internet: ``python -m chipbook.publish.edition SITE [FOLDER]``.

Writes into ``SITE/paper`` one zip of the built ``SITE``, for a stick: pages, data, notebooks, and
paper where it was made; the pages then offer it. With a ``FOLDER`` it writes there instead, for
each kind of system, a zip of all that pip installs for the notebooks, and for JupyterLab. Whoever
zips the same files again gets the same zip.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZIP_STORED

from chipbook.book.cards import template
from chipbook.data import data_dir
from chipbook.data.settings import settings
from chipbook.data.version import version
from chipbook.publish.offered import RUN, offer
from chipbook.story.downloads import zipped

NAME = f"chips-and-denials-{version(data_dir())}"

SET = settings(__file__)
"""What wheels are fetched for."""


def edition(site: Path, folder: Path) -> Path:
    """Zip the built ``site`` into ``folder``; returns the zip."""
    files: dict[str, Path | bytes] = {
        f"book/{path.relative_to(site).as_posix()}": path for path in _files(site)
    }
    paper = sorted(path.name for path in (site / "paper").glob("*"))
    runs = (site / RUN).exists()
    files["READ-ME.txt"] = (
        template("read-me.txt").render(name=NAME, paper=paper, runs=runs).encode()
    )
    if runs:
        files["serve.py"] = template("serve.txt").render().encode()
    made = folder / "chips-and-denials.zip"
    zipped(made, files)
    return made


def wheels(site: Path, folder: Path) -> list[Path]:
    """Fetch what the notebooks of the ``site`` need and zip it into ``folder``, by system.

    Raises ``CalledProcessError`` where a package has no wheel for a machine.
    """
    [ours] = (site / "notebooks").glob("*.whl")
    made = []
    for system, machines in SET["systems"].items():
        with tempfile.TemporaryDirectory() as name:
            found = Path(name)
            for machine, tags in machines.items():
                for python in SET["pythons"]:
                    _fetch(ours, machine, tags, python, found)
            files: dict[str, Path | bytes] = {
                f"wheels/{path.name}": path for path in [ours, *_files(found)]
            }
            made.append(folder / f"{NAME}-wheels-{system}.zip")
            zipped(made[-1], files, ZIP_STORED)
    return made


def _fetch(ours: Path, machine: str, tags: list[str], python: str, folder: Path) -> None:
    """Download the wheels for one machine: uv knows what it needs, pip fetches that."""
    resolve = ["uv", "pip", "compile", "-q", "--no-header", "--no-annotate", "--only-binary=:all:"]
    resolve += ["--python-platform", machine, "--python-version", python, "-"]
    wanted = f"{ours.resolve().as_uri()}\njupyterlab\n"
    uv = [sys.executable, "-m", *resolve]
    pins = subprocess.run(uv, input=wanted, capture_output=True, text=True, check=True).stdout
    others = [line for line in pins.splitlines() if "file:" not in line]
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    pip += [part for tag in tags for part in ("--platform", tag)]
    pip += ["--python-version", python, "-d", str(folder), *others]
    subprocess.run(pip, check=True)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def main(site: Path, *folder: Path) -> None:
    """Make the zip of the ``site`` and offer it there, or what the notebooks need in a folder."""
    if folder:
        print(*wheels(site, *folder), sep="\n")
        return
    paper = site / "paper"
    paper.mkdir(exist_ok=True)
    # The book on a stick does not hold itself, and so must not offer it.
    (paper / "chips-and-denials.zip").unlink(missing_ok=True)
    offer(site)
    print(edition(site, paper))
    offer(site)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
