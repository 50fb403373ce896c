"""Queries: every query that is no question, each one file in ontology/queries, read when it is first used.

A file begins with a sentence that says what it returns and with its parameters, written as the questions write theirs.
It runs as it stands, with all rows, and read with IRIs it returns just those.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from mirkg.ask import questions, sparql
from mirkg.model import files


def read(name: str, **iris: Iterable[str]) -> str:
    """Return a query by the name of its file, with each parameter that is given bound to IRIs.

    Raises:
        BadInput: one of them is no IRI.
    """
    text = _text(name)
    if not iris:
        return text
    variables = {parameter.name: parameter.variable for parameter in questions.parameters(text)}
    return sparql.bound(text, {variables[key]: map(sparql.iri, values) for key, values in iris.items()})


def read_all() -> None:
    """Read every file now, for a process that can open none later."""
    for path in files.resources("ontology/queries", ".rq"):
        _text(path.replace("\\", "/").rpartition("/")[2].removesuffix(".rq"))


@cache
def _text(name: str) -> str:
    return files.text(files.resource(f"ontology/queries/{name}.rq"))
