"""Paths: where the files that the package works with are, installed or in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "resources", _PACKAGE.parent.parent)


def resource(name: str) -> Path:
    """Return the path of a shipped file or folder, such as "ontology/mirkg.ttl".

    Raises:
        FileNotFoundError: the installation lacks it.
    """
    for root in _ROOTS:
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} is not in this installation of mirkg (looked in {_ROOTS[0]} and {_ROOTS[1]})")


def shown(path: Path | str) -> str:
    """Return a path as a message prints it: relative where it lies below the working folder."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: to a temporary name beside it, then renamed.

    Raises:
        OSError: the file cannot be written; what was there before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
