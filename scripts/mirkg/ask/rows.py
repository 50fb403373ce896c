"""Rows: an answer in Python: values of their types, as dictionaries, a data frame or a table in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from mirkg.model.problems import BadInput

if TYPE_CHECKING:
    import pandas
    import polars

_XSD = "http://www.w3.org/2001/XMLSchema#"
_WHOLE = ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt")
_SHOWN = 60  # rows that a notebook shows


class IRI(str):
    """Hold an IRI; it is equal to its text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{self!s}>"


Value = str | int | float | bool | Decimal | date | IRI | None
_READERS: dict[str, Callable[[str], Value]] = dict.fromkeys(_WHOLE, int) | {
    "double": float,
    "float": float,
    "decimal": Decimal,
    "boolean": {"true": True, "1": True, "false": False, "0": False}.__getitem__,
    "date": date.fromisoformat,
    "dateTime": datetime.fromisoformat,
}


class Rows(list[dict[str, Value]]):
    """Hold the rows of an answer, each a dictionary by column; a value that is not there is None."""

    def __init__(self, columns: Iterable[str], rows: Iterable[dict[str, Value]] = ()) -> None:
        super().__init__(rows)
        self.columns = tuple(columns)

    def pandas(self) -> pandas.DataFrame:
        """Return the rows as a frame of pandas, which the extra `notebook` installs.

        Raises:
            BadInput: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise missing("pandas") from error
        return pandas.DataFrame.from_records(list(self), columns=list(self.columns))

    def polars(self) -> polars.DataFrame:
        """Return the rows as a frame of polars, which the extra `notebook` installs.

        Raises:
            BadInput: polars is not installed.
        """
        try:
            import polars
        except ImportError as error:
            raise missing("polars") from error
        columns = {name: [_plain(row[name]) for row in self] for name in self.columns}
        return polars.DataFrame(columns, strict=False)

    def _repr_html_(self) -> str:
        """Return the rows as a table for a notebook."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(f"<tr>{''.join(map(_cell, row.values()))}</tr>" for row in self[:_SHOWN])
        more = f", the first {_SHOWN} shown" if len(self) > _SHOWN else ""
        caption = f"{len(self):,} row{'' if len(self) == 1 else 's'}{more}"
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def missing(package: str) -> BadInput:
    """Return what to say where a library of the extra `notebook` is not installed."""
    return BadInput(f"This needs {package}. Install it with: pip install 'mirkg[notebook]'")


def read(content: bytes) -> Rows | bool:
    """Return what SPARQL JSON holds: rows, or yes or no."""
    import json

    told = json.loads(content)
    if "boolean" in told:
        return bool(told["boolean"])
    columns = told["head"]["vars"]
    bindings = told["results"]["bindings"]
    return Rows(columns, ({name: _term(row.get(name)) for name in columns} for row in bindings))


def of_graph(content: bytes) -> Rows:
    """Return the triples of a graph in Turtle as rows of subject, predicate, object."""
    columns = ("subject", "predicate", "object")
    triples = ox.parse(content, format=ox.RdfFormat.TURTLE)
    return Rows(columns, ({name: _node(getattr(triple, name)) for name in columns} for triple in triples))


def _node(term: object) -> Value:
    if isinstance(term, ox.Literal):
        return _typed(term.value, term.datatype.value)
    return IRI(term.value) if isinstance(term, ox.NamedNode) else str(term)


def _term(term: dict[str, str] | None) -> Value:
    if term is None:
        return None
    if term["type"] == "uri":
        return IRI(term["value"])
    if term["type"] == "bnode":
        return f"_:{term['value']}"
    return _typed(term["value"], term.get("datatype", ""))


def _typed(text: str, datatype: str) -> Value:
    """Return a literal as what it is; one that is not of its datatype stays a text."""
    try:
        return _READERS.get(datatype.removeprefix(_XSD), str)(text)
    except (ValueError, KeyError, ArithmeticError):
        return text


def _plain(value: Value) -> Any:
    return str(value) if isinstance(value, IRI) else value


def _cell(value: Value) -> str:
    text = "" if value is None else escape(str(value))
    web = isinstance(value, IRI) and value.startswith(("http://", "https://"))
    return f'<td><a href="{text}">{text}</a></td>' if web else f"<td>{text}</td>"
