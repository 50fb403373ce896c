"""Files: where the files that the package works with are, how they are read, and how they are written.

Plain strings, and no pathlib, whose import alone is a seventh of the time that a question takes.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO

from mirkg.model.problems import BadInput, Problem

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_ROOTS = (os.path.join(_PACKAGE, "resources"), os.path.dirname(os.path.dirname(_PACKAGE)))


def resource(name: str) -> str:
    """Return the path of a shipped file or folder, such as "ontology/mirkg.ttl".

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    for root in _ROOTS:
        path = os.path.join(root, name)
        if os.path.exists(path):
            return path
    raise FileNotFoundError(f"{name} is not in this installation of mirkg (looked in {_ROOTS[0]} and {_ROOTS[1]})")


def installed() -> bool:
    """Return whether the package runs from an installation and not from a checkout."""
    return os.path.isdir(_ROOTS[0])


def resources(folder: str, ending: str) -> list[str]:
    """Return the paths of the shipped files of a folder that have an ending, sorted."""
    path = resource(folder)
    return [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(ending)]


def below(folder: str, ending: str) -> list[str]:
    """Return the shipped files below a folder that have an ending, as paths from it with slashes, sorted."""
    root = resource(folder)
    found = [
        [*os.path.relpath(place, root).split(os.sep), name]
        for place, _, names in os.walk(root)
        for name in names
        if name.endswith(ending)
    ]
    return ["/".join(parts).removeprefix("./") for parts in sorted(found)]


def text(path: str) -> str:
    """Return the content of a shipped text file."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def read(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file of a user; a pipe that nobody may ever write to is not waited for.

    Raises:
        OSError: it cannot be read, or is no file.
    """
    mode = os.stat(path).st_mode
    piped = str(path).startswith(("/dev/fd/", "/dev/stdin", "/proc/self/fd/"))
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or piped):
        raise OSError(errno.EINVAL, "it is no regular file")
    with open(path, "rb") as file:
        return file.read()


def decoded(content: bytes, name: str, do: str = "Save it as UTF-8.") -> str:
    """Return the text of a user's file, in UTF-8 with or without a byte order mark.

    Raises:
        BadInput: it is not UTF-8; the message names the line.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadInput(Problem(name, line, "", "is not UTF-8.", do)) from error


def user_bytes(path: str | os.PathLike[str], do: str) -> bytes:
    """Return the content of a user's file; `do` says what to do where there is none.

    Raises:
        BadInput: the file cannot be read.
    """
    try:
        return read(path)
    except OSError as error:
        raise BadInput(Problem(shown(path), 0, "", f"cannot be read ({error.strerror}).", do)) from error


def user_text(path: str | os.PathLike[str], do: str) -> str:
    """Return the text of a user's file; `do` says what to do where there is none.

    Raises:
        BadInput: the file cannot be read or is not UTF-8.
    """
    return decoded(user_bytes(path, do), shown(path))


def shown(path: str | os.PathLike[str]) -> str:
    """Return a path as a message prints it: relative where it lies below the working folder."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


Content = bytes | Callable[[BinaryIO], object]  # as such, or what writes it into an open file


def write(files: Mapping[str, Content]) -> None:
    """Write files all or none: each whole to a temporary name beside it, and renamed once all are there.

    Raises:
        OSError: a file cannot be written; what was there before is there again, and nothing else.
    """
    made = [folder for path in files for folder in _made(os.path.dirname(path))]
    beside = {path: os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.getpid()}") for path in files}
    done: list[str] = []
    try:
        for path, content in files.items():
            if os.path.isdir(path):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
            with open(f"{beside[path]}.part", "wb") as file:
                file.write(content) if isinstance(content, bytes) else content(file)
            if os.path.lexists(path):
                _keep(path, f"{beside[path]}.kept")
        for path in files:
            os.replace(f"{beside[path]}.part", path)
            done.append(path)
    except BaseException:
        for path in done:
            if os.path.lexists(f"{beside[path]}.kept"):
                os.replace(f"{beside[path]}.kept", path)
            else:
                os.unlink(path)
        _clear(beside.values())
        for folder in reversed(made):
            os.rmdir(folder)
        raise
    _clear(beside.values())


def _made(folder: str) -> list[str]:
    """Make a folder and return those that had to be made, the outermost first."""
    missing: list[str] = []
    while folder and not os.path.exists(folder):
        missing.insert(0, folder)
        folder = os.path.dirname(folder)
    for one in missing:
        os.mkdir(one)
    return missing


def _keep(path: str, name: str) -> None:
    """Keep what stands at a path under another name too."""
    try:
        os.link(path, name, follow_symlinks=False)
    except OSError:  # a file system without links
        import shutil

        shutil.copy2(path, name, follow_symlinks=False)


def _clear(names: Iterable[str]) -> None:
    for name in names:
        for ending in (".part", ".kept"):
            if os.path.lexists(name + ending):
                os.unlink(name + ending)
