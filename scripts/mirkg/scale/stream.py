"""Stream: the rows of a table of any size, one after another, from a tab-separated or a Parquet file.

The columns are those of `make/forms.py` in whatever order. The number of a row is its line in a tab-separated file, and
its place in a Parquet file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mirkg.make import tables
from mirkg.make.forms import FORMS
from mirkg.make.sheet import written
from mirkg.make.tables import Row
from mirkg.model import files
from mirkg.model.problems import BadInput, Problem

ENDINGS = (".parquet", ".tsv")
_BATCH = 10_000  # rows of a Parquet file that are in memory at once


def beside(claims: Path, form: str) -> Path:
    """Return the table of another form that lies in the folder of a table of claims, Parquet or tab-separated.

    Raises:
        BadInput: there is none, or one of each, or no table of claims.
    """
    if not claims.exists():
        raise BadInput(Problem(files.shown(claims), 0, "", "is no file.", "Name the table of the claims."))
    found = [path for ending in ENDINGS if (path := claims.with_name(f"{form}{ending}")).exists()]
    if len(found) == 1:
        return found[0]
    folder = files.shown(claims.parent)
    if found:
        raise BadInput(Problem(folder, 0, "", f"has both {form}.parquet and {form}.tsv.", "Keep one of the two."))
    raise BadInput(Problem(folder, 0, "", f"has no {form}.parquet and no {form}.tsv.", "Put it beside the claims."))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rows(path: Path, form: str) -> Iterator[Row]:
    """Yield the rows of a table.

    Raises:
        BadInput: the file cannot be read or is cut off, has other columns than its form, or a row has other cells.
    """
    try:
        yield from (_parquet if path.suffix == ".parquet" else _delimited)(path, form)
    except OSError as error:
        raise BadInput(
            Problem(files.shown(path), 0, "", f"cannot be read ({error.strerror}).", "Name a table.")
        ) from error


def _delimited(path: Path, form: str) -> Iterator[Row]:
    file, columns, header, number = files.shown(path), _columns(form), [""], 0
    with path.open(encoding="utf-8-sig") as lines:
        try:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                cells = tables.cells(line.rstrip("\n"))
                if header == [""]:
                    header = _checked(file, number, cells, columns)
                elif len(cells) != len(header):
                    raise BadInput(tables.broken(file, number, line, len(cells), len(header)))
                else:
                    yield Row(file, number, _named(columns, header, cells))
        except UnicodeDecodeError as error:
            raise BadInput(Problem(file, number + 1, "", "is not UTF-8.", "Save it as UTF-8.")) from error
    if header == [""]:
        raise BadInput(Problem(file, 0, "", "is empty.", f"Start it with the columns: {' '.join(columns)}."))


def _parquet(path: Path, form: str) -> Iterator[Row]:
    if find_spec("pyarrow") is None:
        raise BadInput("To read Parquet mirkg needs pyarrow. Install it with: pip install 'mirkg[parquet]'")
    import pyarrow
    from pyarrow import parquet

    file, columns, number = files.shown(path), _columns(form), 0
    try:
        with parquet.ParquetFile(path) as table:
            header = _checked(file, 0, table.schema_arrow.names, columns)
            for batch in table.iter_batches(_BATCH):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield Row(file, number, _named(columns, header, list(map(_text, values))))
    except (pyarrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        after = f" after row {number}" if number else ""
        raise BadInput(Problem(file, 0, "", f"is no whole Parquet file{after}.", "Write it anew.")) from error


def _text(value: Any) -> str:
    return value if isinstance(value, str) else written(value)


def _columns(form: str) -> list[str]:
    return [column.name for column in FORMS[form]]


def _checked(file: str, number: int, header: list[str], columns: list[str]) -> list[str]:
    if sorted(header) != sorted(columns):
        raise BadInput(tables.header_problem(file, number, header, columns))
    return header


def _named(columns: list[str], header: list[str], cells: list[str]) -> dict[str, str]:
    """Return the cells of a row by their columns, in the order of the form."""
    named = dict(zip(header, cells, strict=True))
    return {name: named[name] for name in columns}
