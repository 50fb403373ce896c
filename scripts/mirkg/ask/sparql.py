"""SPARQL: what can be read off the text of a query, and what is put into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mirkg.model.problems import BadInput

_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_NO_IRI = re.compile(r"[<>\"{}|^`\\\x00-\x20]")


def form(query: str) -> str:
    """Return the form of a query: SELECT, ASK, CONSTRUCT, DESCRIBE, or nothing."""
    plain = re.sub(r"#[^\n]*|<[^>]*>|\"[^\"]*\"", " ", query)
    verb = re.search(rf"\b({'|'.join(_FORMS)})\b", plain, re.IGNORECASE)
    return verb[1].upper() if verb else ""


def iri(value: str) -> str:
    """Return an IRI as SPARQL writes it.

    Raises:
        BadInput: it has a character that no IRI has, and could end the term.
    """
    if not value or _NO_IRI.search(value):
        raise BadInput(f"{value!r} is no IRI.")
    return f"<{value}>"


def bound(query: str, values: Mapping[str, Iterable[str]]) -> str:
    """Return a query with variables bound to terms, each in a block of VALUES below the line that opens its pattern."""
    blocks = [f"  VALUES ?{variable} {{ {' '.join(terms)} }}" for variable, terms in values.items()]
    return re.sub(r"^WHERE \{$", lambda match: "\n".join([match[0], *blocks]), query, count=1, flags=re.MULTILINE)


def declared(query: str, known: Mapping[str, str]) -> str:
    """Return a query with the known prefixes declared that it uses and does not declare."""
    have = set(re.findall(r"(?i)\bPREFIX\s+([\w.-]*):", query))
    plain = re.sub(r"<[^>]*>|\"[^\"]*\"", "", query)
    lines = [
        f"PREFIX {prefix}: <{namespace}>"
        for prefix, namespace in sorted(known.items())
        if prefix not in have and re.search(rf"(?<![\w<.:]){re.escape(prefix)}:", plain)
    ]
    return " ".join([*lines, query])


def fault(query: str, message: str, known: Iterable[str]) -> str:
    """Return what is wrong with a query and where, pointed at, from a parser's message and the prefixes known to it."""
    plain = re.sub(r"#[^\n]*|<[^<>\s]*>|\"[^\"\n]*\"", lambda found: " " * len(found[0]), query)
    first = re.search(
        r"\b(?!PREFIX\b|BASE\b)[A-Za-z]+\b(?!\s*:)", re.sub(r"(?i)\bprefix\s+[\w.-]*:", "", plain), re.IGNORECASE
    )
    if first and first[0].upper() not in _FORMS:
        return f"The query starts with {first[0]}, and must start with {', '.join(_FORMS)}; the graph is not updated."
    have = {*known, *re.findall(r"(?i)\bprefix\s+([\w.-]*):", plain)}
    for prefix in re.finditer(r"(?<![\w:?$])([A-Za-z][\w.-]*):(?=[\w.])", plain):
        if prefix[1] not in have:
            what = f"The query uses the prefix {prefix[1]}:, which is neither declared nor known."
            return what + _pointed(query, prefix.start())
    place = re.search(r"(\d+):(\d+)", message)
    if not place:
        return f"The query is not SPARQL 1.1: {message}"
    line, column = int(place[1]), max(int(place[2]) - 1, 1)  # the parser names the place after the fault
    lines = query.split("\n")
    offset = sum(len(text) + 1 for text in lines[: line - 1]) + column - 1
    return f"The query is not SPARQL 1.1: {_expected(message)}{_pointed(query, min(offset, len(query)))}"


def _pointed(query: str, offset: int) -> str:
    """Return the line and column of a place, and the line with a pointer below it."""
    line = query.count("\n", 0, offset) + 1
    column = offset - (query.rfind("\n", 0, offset) + 1) + 1
    text = query.split("\n")[line - 1]
    return f" At line {line}, column {column}:\n  {text}\n  {' ' * (column - 1)}^"


def _expected(message: str) -> str:
    """Return the first few of the words and marks that a parser expected."""
    plain = re.sub(r"\\u\{\w+\}", "", message)
    expected = re.findall(r'"(?:[^"\\]|\\.)+"|\b[A-Z]{2,}\b', plain)
    return f"expected one of {' '.join(expected[:12])}." if expected else " ".join(message.split())[:120]
