"""The book without internet: ``python -m chipbook.publish.edition SITE``.

Writes into ``SITE/paper`` one zip of the built ``SITE``, for a stick: pages, data, notebooks, and
paper where it was made; the pages then offer it. Whoever zips the same files again gets the same
zip.
"""

import sys
from pathlib import Path

from chipbook.book.cards import template
from chipbook.data import data_dir
from chipbook.data.version import version
from chipbook.publish.offered import RUN, offer
from chipbook.story.downloads import zipped

NAME = f"chips-and-denials-{version(data_dir())}"


def edition(site: Path, folder: Path) -> Path:
    """Zip the built ``site`` into ``folder``; returns the zip."""
    files: dict[str, Path | bytes] = {
        f"book/{path.relative_to(site).as_posix()}": path
        for path in site.rglob("*")
        if path.is_file()
    }
    told = {
        "name": NAME,
        "paper": sorted(path.name for path in (site / "paper").glob("*")),
        "runs": (site / RUN).exists(),
        "wheel": next((site / "notebooks").glob("*.whl")).name,
    }
    files["READ-ME.txt"] = template("read-me.txt").render(told).encode()
    if told["runs"]:
        files["serve.py"] = template("serve.txt").render().encode()
    made = folder / "chips-and-denials.zip"
    zipped(made, files)
    return made


def main(site: Path) -> None:
    """Make the zip of the ``site`` and offer it there."""
    paper = site / "paper"
    paper.mkdir(exist_ok=True)
    # The book on a stick does not hold itself, and so must not offer it.
    (paper / "chips-and-denials.zip").unlink(missing_ok=True)
    offer(site)
    print(edition(site, paper))
    offer(site)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
