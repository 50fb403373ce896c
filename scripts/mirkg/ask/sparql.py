"""SPARQL: the words of a query as the grammar of SPARQL 1.1 reads them, and the graphs that it names after FROM."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.model.problems import BadInput


class Token(NamedTuple):
    """Hold one token of a query: its kind, its text and where it begins."""

    kind: str
    text: str
    start: int


# The terminals of the grammar (https://www.w3.org/TR/sparql11-query/#sparqlGrammar), the longest first. Each is matched
# once at each place, without going back, so that the time is linear in the length of the query. As in the engine, an
# escape \u is read inside of strings and IRIs only.
_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHAR = _BASE + "_\\-0-9\u00b7\u0300-\u036f\u203f\u2040"
_PLX = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_TOKEN = re.compile(
    rf"""(?P<space>[\x20\t\r\n]++|\#[^\n\r]*+)
    |(?P<string>\"{{3}}(?:\"{{0,2}}(?:[^"\\]|\\.))*+\"{{3}}|'{{3}}(?:'{{0,2}}(?:[^'\\]|\\.))*+'{{3}}
      |\"(?!\"\")(?:[^"\\\n\r]|\\.)*+\"|'(?!'')(?:[^'\\\n\r]|\\.)*+')
    |(?P<broken>["'].*+)
    |(?P<iri><(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*+>)
    |(?P<variable>[?$][{_BASE}_0-9][{_BASE}_0-9\u00b7\u0300-\u036f\u203f\u2040]*+)
    |(?P<blank>_:[{_BASE}_0-9](?:\.*+[{_CHAR}])*+)
    |(?P<name>(?:[{_BASE}](?:\.*+[{_CHAR}])*+)?+:(?:(?:[{_BASE}_:0-9]|{_PLX})(?:\.*+(?:[{_CHAR}:]|{_PLX}))*+)?+)
    |(?P<word>[{_BASE}](?:\.*+[{_CHAR}])*+)
    |(?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
    |(?P<number>(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)[eE][+-]?[0-9]++|[0-9]*+\.[0-9]++|[0-9]++)
    |(?P<open><<|[{{(\[])
    |(?P<close>>>|[}})\]])
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)
FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
# Words may stand without a space between them: FROMNAMED is two.
_KEYWORD = re.compile(rf"(?i:{'|'.join([*FORMS, *UPDATES])}|FROM|NAMED|SERVICE|SILENT|PREFIX|GRAPH)|[^.]", re.DOTALL)
_GLUED = re.compile(rf"(?i:{'|'.join(FORMS)})?(?i:FROM)(?i:NAMED)?|(?i:NAMED)")


def tokens(query: str) -> Iterator[Token]:
    """Yield the tokens of a query without spaces and comments; words in capitals, those that matter one by one."""
    for match in _TOKEN.finditer(query):
        kind = match.lastgroup or ""
        if kind == "word":
            yield from _words(match[0], match.start())
        elif kind != "space":
            yield Token(kind, match[0], match.start())


def _words(run: str, start: int) -> Iterator[Token]:
    for match in _KEYWORD.finditer(run):
        yield Token("word", match[0].upper(), start + match.start())


def reaches_out(read: list[Token]) -> bool:
    """Tell whether a query asks another endpoint."""
    for number, token in enumerate(read):
        if token.kind == "word" and token.text == "SERVICE":
            return True
        # An engine may read SERVICE:x{ as the word and :x, which by the grammar is one name.
        prefix = token.text.partition(":")[0].upper()
        if token.kind == "name" and re.search(r"SERVICE(SILENT)?$", prefix):
            after = read[number + 1].text if number + 1 < len(read) else ""
            before = read[number - 1].text if number else ""
            if after == "{" and before not in ("GRAPH", "FROM", "NAMED"):
                return True
    return False


def form(read: list[Token]) -> Token | None:
    """Return the word that says what a query or an update is."""
    return next((token for token in read if token.kind == "word" and token.text in FORMS + UPDATES), None)


def graphs(query: str, base: str | None = None) -> list[str]:
    """Return the IRIs of the graphs that a query names after FROM, as the engine reads them.

    A query that is not well formed names none: it is refused when it is run.
    """
    if "from" not in query.lower():
        return []
    read = list(tokens(query))
    first = form(read)
    terms = _terms(read, first) if first else []
    if not first or not terms:
        return []
    asked = f"{query[: first.start]} SELECT {' '.join(f'({term} AS ?g{n})' for n, term in enumerate(terms))} {{}}"
    for known in (False, True):
        try:
            found = ox.Store().query(asked, base_iri=base, prefixes=_prefixes() if known else None)
        except SyntaxError:
            continue
        assert isinstance(found, ox.QuerySolutions)
        [row] = found
        return [str(getattr(value, "value", "")) for value in row]
    return []


def _prefixes() -> dict[str, str]:
    from mirkg.model.vocabulary import prefixes

    return prefixes()


def _terms(read: list[Token], first: Token) -> list[str]:
    """Return the names after FROM and FROM NAMED, which stand outside of all brackets."""
    terms: list[str] = []
    depth, expected = 0, False
    for token in _unglued(read, first):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth or token.start < first.start:
            continue
        if token.kind in ("iri", "name") and expected:
            terms.append(token.text)
        expected = token.kind == "word" and (token.text == "FROM" or (token.text == "NAMED" and expected))
    return terms


def _unglued(read: list[Token], first: Token) -> Iterator[Token]:
    """Yield tokens with FROM:x as the engine reads it outside of brackets: the word and :x."""
    declared = {after.text for word, after in pairwise(read) if word.text == "PREFIX"}
    for token in read:
        prefix, colon, local = token.text.partition(":")
        described = first.text == "DESCRIBE" or prefix.upper() == "NAMED"
        if (
            token.kind == "name"
            and token.start >= first.start
            and _GLUED.fullmatch(prefix)
            and not (described and prefix + colon in declared)
        ):
            yield from _words(prefix, token.start)
            yield Token("name", colon + local, token.start + len(prefix))
        else:
            yield token


def of_this_store(iri: str, here: Collection[str]) -> None:
    """Refuse a graph that is not in a store.

    Raises:
        BadInput: it is not.
    """
    if iri not in here:
        raise BadInput(f"<{iri[:200]}> is no graph of this store. Its graphs are: {', '.join(sorted(here))}.")
