"""Snapshot: the graph that the package ships as a store on disk, which opens in a tenth of the time of its file.

A snapshot is named by the digest of the file's bytes and the version of the engine, so that none is stale, and it is
opened only if each of its files is as it was made: the engine can crash on a damaged one. Where none can be kept, the
file is read. Queries run two to four times slower on disk than in memory, so this is for a process that asks little.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import zlib

import pyoxigraph as ox

from mirkg.ask import store
from mirkg.ask.store import Store
from mirkg.model import files

_KEPT = 3  # others may belong to other installations
_NAME = re.compile(r"[0-9a-f]{64}-pyoxigraph-.+")


def opened(path: str) -> Store:
    """Return the graph of a file from its snapshot, which is made first if there is none, else from the file.

    Raises:
        BadInput: there is no snapshot, and the file is no graph.
    """
    content = files.read(path)
    name = f"{hashlib.sha256(content).hexdigest()}-pyoxigraph-{ox.__version__}"
    folder = _folder()
    try:
        if folder:
            place = os.path.join(folder, name)
            if not _whole(place):
                _make(place, content)
            return Store(ox.Store.read_only(os.path.join(place, "store")))
    except (OSError, SyntaxError, ValueError):  # read-only, full, swept by another process; or the file is no graph
        pass
    return store.load(path, content)


def _folder() -> str:
    """Return the folder for snapshots, the one that MIRKG_CACHE names or that of the user's caches, or nothing."""
    if "MIRKG_CACHE" in os.environ:
        return os.environ["MIRKG_CACHE"] and os.path.abspath(os.environ["MIRKG_CACHE"])
    if sys.platform == "win32":
        caches = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        caches = os.path.expanduser("~/Library/Caches")
    else:
        caches = os.environ.get("XDG_CACHE_HOME", "")
        caches = caches if os.path.isabs(caches) else os.path.expanduser("~/.cache")
    return os.path.join(caches, "mirkg") if os.path.isabs(caches) else ""


def _whole(place: str) -> bool:
    """Tell whether a snapshot is there, each of its files as it was made."""
    try:
        with open(os.path.join(place, "sums"), encoding="utf-8") as file:
            return file.read() == _sums(os.path.join(place, "store"))
    except (OSError, ValueError):
        return False


def _sums(folder: str) -> str:
    """Return a line for each file of a folder: its checksum and its name."""
    lines = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            lines.append(f"{zlib.crc32(file.read()):08x} {name}\n")
    return "".join(lines)


def _make(place: str, content: bytes) -> None:
    """Make a snapshot under a name of its own and rename it, unless another process was faster; sweep old ones.

    Raises:
        OSError: it cannot be written.
        SyntaxError, ValueError: the content is no TriG.
    """
    import shutil
    import tempfile

    folder = os.path.dirname(place)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    making = tempfile.mkdtemp(prefix=f"{os.path.basename(place)}.", dir=folder)
    try:
        _fill(making, content)
        if not _whole(place):
            if os.path.exists(place):
                os.rename(place, os.path.join(making, "damaged"))
            os.rename(making, place)
    finally:
        for gone in (making, os.path.join(place, "damaged"), *_old(folder, place)):
            shutil.rmtree(gone, ignore_errors=True)


def _fill(place: str, content: bytes) -> None:
    """Write the store of a snapshot, and the sums that prove it."""
    where = os.path.join(place, "store")
    graph = ox.Store(where)
    graph.bulk_load(content, format=ox.RdfFormat.TRIG)
    graph.flush()
    del graph  # closes it
    for name in os.listdir(where):
        if name.startswith("LOG"):  # what the engine did, which nobody reads
            os.unlink(os.path.join(where, name))
    with open(os.path.join(place, "sums"), "w", encoding="utf-8") as file:
        file.write(_sums(where))


def _old(folder: str, place: str) -> list[str]:
    """Return the snapshots of a folder, finished or not, but for the newest few and one that others may read."""
    found = [os.path.join(folder, name) for name in os.listdir(folder) if _NAME.fullmatch(name)]
    return [one for one in sorted(found, key=_made_at, reverse=True)[_KEPT:] if one != place]


def _made_at(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:  # swept by another process
        return 0
