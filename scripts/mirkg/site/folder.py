"""Folder: files go into a folder all or none; what is unchanged is not touched, what is no longer made is removed."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from typing import NamedTuple

from mirkg.model.problems import BadInput

SUMS = "mirkg-site.sha256"  # marks a folder as ours, and is read by sha256sum -c


class Written(NamedTuple):
    """Count what was done: files and bytes of the whole, and how many were written, left and removed."""

    files: int
    bytes: int
    changed: int
    unchanged: int
    removed: int


def write(folder: str, contents: Iterable[tuple[str, bytes]], progress: Callable[[int], None]) -> Written:
    """Write files into a folder that is new, empty, or was written here before.

    Raises:
        BadInput: it is a file or a folder of something else, or cannot be written; nothing was changed.
    """
    folder = os.path.abspath(folder)
    check(folder)
    new = not os.path.lexists(folder)
    stage = f"{folder}.{os.getpid()}.part" if new else os.path.join(folder, f".{os.getpid()}.part")
    try:
        return _written(folder, stage, new, contents, progress)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput(f"{error.filename or folder} cannot be written: {why}. Nothing was changed.") from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def check(folder: str) -> None:
    """Refuse to write where something else is.

    Raises:
        BadInput: it is a file, or a folder of something else.
    """
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise BadInput(f"{folder} is a file. Name a folder with -o.")
    try:
        if os.path.isdir(folder) and os.listdir(folder) and not os.path.exists(os.path.join(folder, SUMS)):
            raise BadInput(f"{folder} holds something else than a site. Name a new or an empty folder with -o.")
    except OSError as error:
        raise BadInput(f"{folder} cannot be read: {error.strerror}. Nothing was changed.") from error


def _written(
    folder: str, stage: str, new: bool, contents: Iterable[tuple[str, bytes]], progress: Callable[[int], None]
) -> Written:
    made: set[str] = set()
    os.makedirs(stage)
    sums: dict[str, str] = {}
    changed, size = [], 0
    for name, content in contents:
        if name in sums:
            raise ValueError(f"{name} is made twice")
        sums[name] = hashlib.sha256(content).hexdigest()
        size += len(content)
        if new or not _same(os.path.join(folder, name), content):
            _put(os.path.join(stage, name), content, made)
            changed.append(name)
        if len(sums) % 250 == 0:
            progress(len(sums))
    told = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()
    _put(os.path.join(stage, SUMS), told, made)
    stale = set() if new else _listed(folder) - set(sums)
    if new:
        os.rename(stage, folder)
    else:
        for name in [*changed, SUMS]:
            _make(os.path.dirname(os.path.join(folder, name)), made)
            os.replace(os.path.join(stage, name), os.path.join(folder, name))
        for name in stale:
            _remove(folder, name)
    return Written(len(sums), size, len(changed), len(sums) - len(changed), len(stale))


def _same(path: str, content: bytes) -> bool:
    try:
        if os.stat(path).st_size != len(content):
            return False
        with open(path, "rb") as file:
            return file.read() == content
    except (FileNotFoundError, NotADirectoryError):
        return False


def _make(folder: str, made: set[str]) -> None:
    """Make a folder; `made` remembers those that are there."""
    if folder not in made:
        os.makedirs(folder, exist_ok=True)
        made.add(folder)


def _put(path: str, content: bytes, made: set[str]) -> None:
    _make(os.path.dirname(path), made)
    with open(path, "wb") as file:
        file.write(content)


def _listed(folder: str) -> set[str]:
    """Return the files that were written into a folder before, by their list; none leads out of it."""
    with open(os.path.join(folder, SUMS), encoding="utf-8") as file:
        names = {line.rstrip("\n").partition("  ")[2] for line in file}
    return {name for name in names if name and not os.path.isabs(name) and ".." not in name.split("/")}


def _remove(folder: str, name: str) -> None:
    path = os.path.join(folder, name)
    try:
        os.unlink(path)
        while (path := os.path.dirname(path)) != folder:
            os.rmdir(path)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.ENOTDIR):
            raise
