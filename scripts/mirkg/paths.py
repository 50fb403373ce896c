"""Paths: where the files that the package works with are, installed or in a checkout.

Plain strings, and no pathlib, whose import alone is a seventh of the time that a question takes.
"""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
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


def text(path: str) -> str:
    """Return the content of a shipped text file."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def shown(path: str | os.PathLike[str]) -> str:
    """Return a path as a message prints it: relative where it lies below the working folder."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def write(files: dict[str, bytes]) -> None:
    """Write files all or none: each whole to a temporary name beside it, and renamed once all are there.

    Raises:
        OSError: a file cannot be written; what was there before stays.
    """
    partial: dict[str, str] = {}
    try:
        for path, content in files.items():
            folder, name = os.path.split(path)
            os.makedirs(folder or ".", exist_ok=True)
            partial[path] = os.path.join(folder, f".{name}.{os.getpid()}.part")
            with open(partial[path], "wb") as file:
                file.write(content)
        for path, name in partial.items():
            os.replace(name, path)
    finally:
        for name in partial.values():
            if os.path.exists(name):
                os.unlink(name)
