"""SPARQL: the words of a query as the grammar of SPARQL 1.1 reads them, what they ask, and what is put into them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
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
_TOKEN = rf"""(?P<space>[\x20\t\r\n]++|\#[^\n\r]*+)
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
    |(?P<mark>.)"""  # compiled when it is first used, since that takes longer than most questions
FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
# Words may stand without a space between them: FROMNAMED is two.
_KEYWORD = re.compile(rf"(?i:{'|'.join([*FORMS, *UPDATES])}|FROM|NAMED|SERVICE|SILENT|PREFIX|GRAPH)|[^.]", re.DOTALL)
_OPENING, _DISTINCT = "WHERE {", "SELECT DISTINCT "
_COMPUTED = re.compile(r"\(.*? AS \?\w+\)")
_VARIABLE = re.compile(r"\?(\w+)")
_GLUED = re.compile(rf"(?i:{'|'.join(FORMS)})?(?i:FROM)(?i:NAMED)?|(?i:NAMED)")


def tokens(query: str) -> Iterator[Token]:
    """Yield the tokens of a query without spaces and comments; words in capitals, those that matter one by one."""
    for match in re.finditer(_TOKEN, query, re.VERBOSE | re.DOTALL):
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


def verb(read: list[Token]) -> Token | None:
    """Return the word that says what a query or an update is."""
    return next((token for token in read if token.kind == "word" and token.text in FORMS + UPDATES), None)


def graphs(query: str, base: str | None = None) -> list[str]:
    """Return the IRIs of the graphs that a query names after FROM, as the engine reads them.

    A query that is not well formed names none: it is refused when it is run.
    """
    if "from" not in query.lower():
        return []
    read = list(tokens(query))
    first = verb(read)
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


_NO_IRI = re.compile(r"[<>\"{}|^`\\\x00-\x20]")


def form(query: str) -> str:
    """Return the form of a query: SELECT, ASK, CONSTRUCT, DESCRIBE, or nothing."""
    first = verb(list(tokens(query)))
    return first.text if first and first.text in FORMS else ""


def iri(value: str) -> str:
    """Return an IRI as SPARQL writes it.

    Raises:
        BadInput: it has a character that no IRI has, and could end the term.
    """
    if not value or _NO_IRI.search(value):
        raise BadInput(f"{value!r} is no IRI.")
    return f"<{value}>"


def literal(value: str) -> str:
    """Return a text as SPARQL writes it."""
    return str(ox.Literal(value))


def bound(query: str, values: Mapping[str, Iterable[str]]) -> str:
    """Return a query with variables bound to terms, each in a block of VALUES below the line that opens its pattern.

    The block stands in a sub-select, too, that gives the variable to the whole, since engines compute a sub-select
    before they join it; not in one that is DISTINCT, of which Virtuoso 7.2 then loses rows. The query is written as
    ours are: what is inside stands further to the right.
    """
    blocks = {variable: f"VALUES ?{variable} {{ {' '.join(terms)} }}" for variable, terms in values.items()}
    computed = {variable for variable in blocks if f"AS ?{variable})" in query}  # to which no value can be given
    around = [(0, {*blocks})]  # of each SELECT around a line: where it stands, and what it gives to the whole
    lines, opened = [], False
    for line in query.split("\n"):
        lines.append(line)
        place, words = len(line) - len(line.lstrip()), line.strip()
        while words and place < around[-1][0]:
            around.pop()
        if place and words.startswith("SELECT "):
            if place == around[-1][0]:
                around.pop()
            chosen = [] if words.startswith(_DISTINCT) else _VARIABLE.findall(_COMPUTED.sub("", words))
            around.append((place, around[-1][1].intersection(chosen) - computed))
        elif words == _OPENING and place == around[-1][0] and (place or not opened):
            lines += [f"{' ' * place}  {block}" for name, block in blocks.items() if name in around[-1][1]]
            opened = True
    return "\n".join(lines)


def cleared(graph: str) -> str:
    """Return the update that empties a graph, whether it is there or not."""
    return f"CLEAR SILENT GRAPH <{graph}>"


def inserted(graph: str, triples: str, *, blank: bool = False) -> str:
    """Return the update that puts N-Triples into a graph; blank nodes not as DATA, in which Virtuoso takes none."""
    inside = f"{{ GRAPH <{graph}> {{\n{triples}}} }}"
    return f"INSERT {inside} WHERE {{}}" if blank else f"INSERT DATA {inside}"


class Service(NamedTuple):
    """Hold the one SERVICE of a query: its address, the variables that leave it, and the text around and inside of it.

    The first of the variables is the key, which what stands before the SERVICE binds too.
    """

    address: str
    variables: tuple[str, ...]
    prologue: str
    head: str
    before: str
    inside: str
    tail: str

    def keys(self) -> str:
        """Return the query that gives the values of the key."""
        return f"{self.prologue}SELECT DISTINCT {self.variables[0]}\nWHERE {{{self.before}}}"

    def asked(self, keys: Iterable[str]) -> str:
        """Return the query for the endpoint, of some values of the key, as SPARQL writes them."""
        chosen = " ".join(self.variables)
        values = f"VALUES {self.variables[0]} {{ {' '.join(keys)} }}"
        return f"{self.prologue}SELECT DISTINCT {chosen}\nWHERE {{\n  {values}{self.inside}}}"

    def joined(self, rows: Iterable[str]) -> str:
        """Return the query with rows of the endpoint in place of the SERVICE, each as SPARQL writes its values."""
        return f"{self.head}VALUES ({' '.join(self.variables)}) {{ {' '.join(f'({row})' for row in rows)} }}{self.tail}"


def service(query: str) -> Service:
    """Return the SERVICE of a query that has one, as the last part of its pattern, with one variable as the key.

    Raises:
        ValueError: the query has another form.
    """
    read = list(tokens(query))
    first = verb(read)
    [at] = [number for number, token in enumerate(read) if token.text == "SERVICE"]
    closing = _closed(read, at + 2)
    [opening] = [token for token in read[:at] if token.text == "{" and token.kind == "open"][:1]
    inside = _variables(read[at:closing])
    before = _variables(token for token in read[:at] if token.start > opening.start)
    outside = before | _variables(read[:at]) | _variables(read[closing:])
    [key] = [name for name in inside if name in before]
    if first is None or [token.text for token in read[closing + 1 : closing + 2]] != ["}"]:
        raise ValueError("SERVICE is not the last part of the pattern")
    return Service(
        address=read[at + 1].text[1:-1],
        variables=(key, *(name for name in inside if name in outside and name != key)),
        prologue=query[: first.start],
        head=query[: read[at].start],
        before=query[opening.start + 1 : read[at].start],
        inside=query[read[at + 2].start + 1 : read[closing].start],
        tail=query[read[closing].start + 1 :],
    )


def _closed(read: list[Token], opening: int) -> int:
    """Return where the bracket closes that opens at a place."""
    depth = 0
    for number, token in enumerate(read[opening:], opening):
        depth += (token.kind == "open") - (token.kind == "close")
        if not depth:
            return number
    raise ValueError("a bracket does not close")


def _variables(read: Iterable[Token]) -> dict[str, None]:
    """Return the variables among some tokens, in their order."""
    return dict.fromkeys(token.text for token in read if token.kind == "variable")


def declared(query: str, known: Mapping[str, str]) -> str:
    """Return a query with the known prefixes declared that it uses and does not declare."""
    read = list(tokens(query))
    used = {_prefix(token) for token in read if token.kind == "name"} - _declared(read)
    return " ".join([*(f"PREFIX {prefix}: <{known[prefix]}>" for prefix in sorted(used & known.keys())), query])


def _prefix(token: Token) -> str:
    return token.text.partition(":")[0]


def _declared(read: list[Token]) -> set[str]:
    """Return the prefixes that a query declares."""
    return {_prefix(after) for word, after in pairwise(read) if word.text == "PREFIX" and after.kind == "name"}


def fault(query: str, message: str, known: Iterable[str]) -> str:
    """Return what is wrong with a query and where, pointed at, from a parser's message and the prefixes known to it."""
    read = list(tokens(query))
    start = _body(read)
    word = re.compile(r"[A-Za-z]+").match(query, start) if start is not None else None
    if word and word[0].upper() not in FORMS and word[0].upper() not in ("PREFIX", "BASE"):
        return f"The query starts with {word[0]}, and must start with {', '.join(FORMS)}; the graph is not updated."
    have = {*known, *_declared(read)}
    for token in read:
        if token.kind == "name" and _prefix(token) and _prefix(token) not in have:
            what = f"The query uses the prefix {_prefix(token)}:, which is neither declared nor known."
            return what + _pointed(query, token.start)
    place = re.search(r"(\d+):(\d+)", message)
    if not place:
        return f"The query is not SPARQL 1.1: {message}"
    line, column = int(place[1]), max(int(place[2]) - 1, 1)  # the parser names the place after the fault
    lines = query.split("\n")
    offset = sum(len(text) + 1 for text in lines[: line - 1]) + column - 1
    return f"The query is not SPARQL 1.1: {_expected(message)}{_pointed(query, min(offset, len(query)))}"


def _body(read: list[Token]) -> int | None:
    """Return where a query begins behind its prefixes and base, or nothing if it holds no more."""
    number = 0
    while number < len(read):
        if read[number].text == "PREFIX":
            number += 3
        elif "".join(token.text for token in read[number : number + 4]) == "BASE":
            number += 5
        else:
            return read[number].start
    return None


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
