"""Columns: a graph in DuckDB as one table a property, where the rules run as SQL.

A node is a number there, the hash of its name; the table `node` has the names. Texts and integers stand in their
tables as such. What the rules derive is marked in the column `derived`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyoxigraph as ox

from mirkg.model import derive
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import RDF_TYPE, graph
from mirkg.scale import sql
from mirkg.scale.sql import INTEGER, MADE, NODE, NODES, NOTHING, TERM, TEXT, TYPES, Query, Value, number, quoted, table

_INTEGER = '"^^<http://www.w3.org/2001/XMLSchema#integer>'
LINE = r'^(<[^>]*>|_:\S+) <([^>]*)> (<[^>]*>|_:\S+|".*"(?:\^\^<[^>]*>|@\S+)?)(?: <([^>]*)>)? \.$'
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NUMBERED = "CREATE MACRO numbered(name) AS CAST(hash(sha1(name)) >> 1 AS BIGINT)"  # hash alone confuses alike names
_HIDDEN = "\x01"  # stands for a backslash while a text is read


def connect(memory: str = "", threads: int = 0, folder: Path | None = None, file: Path | None = None) -> Any:
    """Return a connection to a new DuckDB, set so that joins run in the order of the rules' text.

    It is in memory if no file is given. `memory` is what it may use, as "2GB"; what is more it writes to a folder, that
    of temporary files if none is given.

    Raises:
        BadInput: duckdb is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise BadInput("The rules on tables need duckdb. Install it with: pip install 'mirkg[scale]'") from error
    connection = duckdb.connect(file or ":memory:")
    connection.execute("SET disabled_optimizers = 'join_order'")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(_NUMBERED)
    place = os.path.join(folder or tempfile.gettempdir(), f"duckdb-{uuid4().hex}")  # processes do not share it
    connection.execute(f"SET temp_directory = {quoted(place)}")
    if memory:
        connection.execute(f"SET memory_limit = {quoted(memory)}")
    if threads:
        connection.execute(f"SET threads = {threads}")
    return connection


def installed() -> bool:
    """Tell whether DuckDB is installed."""
    return find_spec("duckdb") is not None


def out_of_memory(error: Exception) -> bool:
    """Tell whether an error says that DuckDB had too little memory."""
    if not installed():
        return False
    import duckdb

    return isinstance(error, duckdb.OutOfMemoryException)


class Columns:
    """Hold a graph in an open DuckDB."""

    made = NODES  # the table into which the names of new nodes go

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.forms: dict[str, str] = {}
        self.stated: set[str] = set()  # the properties that the graph had before the rules ran
        self.named: set[str] = set()  # the nodes that rules name, as far as they have run
        connection.execute(f"CREATE TABLE {self.made} (number BIGINT, name STRING)")

    # --- in

    def load(self, quads: Iterable[ox.Quad]) -> None:
        """Load quads."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "graph.nq")
            ox.serialize(quads, path, format=ox.RdfFormat.N_QUADS)
            self.load_files([path])

    def load_files(self, paths: list[str]) -> None:
        """Load files of N-Quads, packed with gzip or not, as one graph.

        Raises:
            BadInput: a line is no quad.
        """
        names = ", ".join(map(quoted, paths))
        lines = (
            f"read_csv([{names}], columns = {{'line': 'VARCHAR'}}, header = false, auto_detect = false, "
            "delim = '\\x02', quote = '', escape = '', max_line_size = 16000000)"
        )
        parts = f"SELECT line, regexp_extract(line, {quoted(LINE)}, ['s', 'p', 'o', 'g']) AS part FROM {lines}"
        self._fill(f"SELECT line, part.s AS s, part.p AS p, part.o AS o, part.g AS g FROM ({parts})", paths)

    def _fill(self, parts: str, paths: list[str]) -> None:
        """Make the tables of nodes and properties from the SELECT of the parts of all lines of some files."""
        self._make("parts", parts)
        for (line,) in self._ask("SELECT line FROM parts WHERE p = '' LIMIT 1"):
            raise BadInput(f"{', '.join(paths)}: a line is no quad: {line[:200]}")
        derived = f"g = {quoted(graph('derived').value)}"
        quads = f"SELECT {_name('s')} AS s, p, o, bool_or({derived}) AS derived FROM parts GROUP BY s, p, o ORDER BY p"
        self._make("quad", quads)
        self._name(f"""
            SELECT {number("name")} AS number, name FROM (
                SELECT s AS name FROM quad UNION SELECT {_name("o")} AS name FROM quad WHERE left(o, 1) <> '"'
            )""")
        found = self._ask(f"""
            SELECT p, bool_and(left(o, 1) <> '"'), bool_and(right(o, 1) = '"'), bool_and({_canonical("o")})
            FROM quad GROUP BY p ORDER BY p""")
        for name, nodes, texts, integers in found:
            form = self.forms.get(name) or (NODE if nodes else TEXT if texts else INTEGER if integers else TERM)
            each = f"SELECT {number('s')} AS s, {_read(form)} AS o, derived FROM quad WHERE p = {quoted(name)}"
            self._define(name, each)
            self.forms[name] = form
            self.stated.add(name)
        for name in ("parts", "quad"):
            self._drop(name)

    def _ask(self, text: str) -> list[tuple[Any, ...]]:
        return list(self.connection.execute(text).fetchall())

    def _make(self, name: str, select: str) -> None:
        """Make a table of what a SELECT gives, in the place of one of that name."""
        self.connection.execute(f"CREATE OR REPLACE TABLE {table(name)} AS {select}")

    def _define(self, name: str, select: str) -> None:
        """Make the table of a property that the graph states."""
        self._make(name, select)

    def _drop(self, name: str) -> None:
        self.connection.execute(f"DROP TABLE {table(name)}")

    # --- rules

    def apply(self, rules: Iterable[str]) -> None:
        """Run rules in order, as `derive.apply` does on a store.

        Raises:
            BadInput: a rule uses what is not translated to SQL.
        """
        for rule in rules:
            text = derive.text(rule)
            try:
                if not derive.repeated(rule):
                    self.construct(text)
                    continue
                number = 1
                while self.construct(text, {"round": number}):
                    number += 1
            except sql.Unknown as error:
                raise BadInput(f"The rule {rule} cannot run on tables: {error}.") from error

    def construct(self, text: str, given: dict[str, int] | None = None) -> int:
        """Add what a CONSTRUCT derives, and return how many triples were new; integers may be given for variables.

        Raises:
            sql.Unknown: it uses what is not translated to SQL.
        """
        query = sql.query(text, self.forms, given)
        made = [name for name, value in query.columns.items() if value.form == MADE]
        numbers = "".join(f", {number(table(name))} AS {table(name + ' number')}" for name in made)
        for name, step in query.closures.items():
            self._close(name, step)
        self._make("solution", f"SELECT found.*{numbers} FROM ({query.select}) AS found")
        names = [f"SELECT {table(name + ' number')} AS number, {table(name)} AS name FROM solution" for name in made]
        named = [quoted(name) for name in query.named if name not in self.named]
        self.named.update(query.named)
        names += [f"SELECT {number(name)} AS number, {name} AS name" for name in named]
        if names:
            self._name(" UNION ALL ".join(names))
        new = self._add(self._pairs(query))
        self._drop("solution")
        return new

    def _close(self, name: str, step: str) -> None:
        """Make a table of what is reached by one step or more."""
        further = f"SELECT reached.s, step.o FROM reached JOIN ({step}) AS step ON step.s = reached.o"
        self._make(name, f"WITH RECURSIVE reached(s, o) AS ({step} UNION {further}) SELECT s, o FROM reached")

    def _name(self, names: str) -> None:
        """Put the names that a SELECT gives into the table of nodes, each once; it fails if two have one number."""
        self.connection.execute(f"""
            INSERT INTO {self.made} SELECT number, first FROM (
                SELECT number, min(name) AS first, max(name) AS last FROM ({names})
                WHERE name IS NOT NULL GROUP BY number
            ) LEFT JOIN {NODES} AS known USING (number)
            WHERE CASE WHEN first <> last OR known.name <> first THEN error('two nodes have one number: ' || first)
                  ELSE known.name IS NULL END""")

    def _pairs(self, query: Query) -> Iterator[tuple[str, str, str]]:
        """Yield each property that is written with the form of its objects and the SELECT of its pairs."""
        found: dict[str, tuple[str, list[str]]] = {}
        for subject, verb, value in query.writes:
            select = f"SELECT {_stored(subject)} AS s, {_stored(value)} AS o FROM solution"
            if NOTHING in (subject.form, value.form):
                continue
            form = NODE if value.form == MADE else value.form
            if isinstance(verb, str):
                found.setdefault(verb, (form, []))[1].append(select)
                continue
            verbs = f"SELECT DISTINCT number, name FROM solution JOIN {NODES} ON number = {verb.sql} ORDER BY name"
            for hashed, name in self._ask(verbs):
                found.setdefault(name, (form, []))[1].append(f"{select} WHERE {verb.sql} = {hashed}")
        for name, (form, selects) in found.items():
            if self.forms.get(name, form) != form:
                raise sql.Unknown(f"the objects of <{name}> have two forms, {self.forms[name]} and {form}")
            pairs = f"SELECT DISTINCT s, o FROM ({' UNION ALL '.join(selects)}) WHERE s IS NOT NULL AND o IS NOT NULL"
            yield name, form, pairs

    def _add(self, found: Iterable[tuple[str, str, str]]) -> int:
        """Put pairs into the tables of their properties, each once, and return how many were new."""
        return sum(self._insert(*pairs) for pairs in found)

    def _insert(self, name: str, form: str, pairs: str) -> int:
        """Put pairs into the table of one property."""
        if name not in self.forms:
            self.connection.execute(f"CREATE TABLE {table(name)} (s BIGINT, o {TYPES[form]}, derived BOOLEAN)")
            self.forms[name] = form
        known = f"{table(name)} AS known"
        if name in self.stated:
            self.connection.execute(
                f"UPDATE {known} SET derived = true FROM ({pairs}) AS found "
                "WHERE known.s = found.s AND known.o = found.o AND NOT known.derived"
            )
        done = self.connection.execute(
            f"INSERT INTO {table(name)} SELECT s, o, true FROM ({pairs}) AS found ANTI JOIN {known} USING (s, o)"
        )
        return int(done.fetchone()[0])

    # --- out

    def lines(self, where: str) -> Iterator[str]:
        """Yield for each property the SELECT of what was derived as lines of N-Quads; `where` is a condition."""
        end = f" <{graph('derived').value}> ."
        for name, form in sorted(self.forms.items()):
            node = f"JOIN {NODES} AS value ON value.number = o" if form == NODE else ""
            line = f"{_written('subject.name')} || {quoted(f' <{name}> ')} || {_shown(form)} || {quoted(end)}"
            nodes = f"JOIN {NODES} AS subject ON subject.number = s {node}"
            yield f"SELECT {line} AS line FROM {table(name)} AS known {nodes} WHERE derived AND {where}"

    def derived(self) -> list[ox.Quad]:
        """Return what was derived as quads."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "derived.nq")
            self.write(path)
            return list(ox.parse(path=path, format=ox.RdfFormat.N_QUADS))

    def classes(self, nodes: Iterable[str]) -> list[tuple[str, str, str]]:
        """Return the statements, as N-Triples write them, of the classes of some nodes, stated or derived."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE asked AS SELECT name, {number('name')} AS s "
            "FROM (SELECT unnest(?::VARCHAR[]) AS name)",
            [[node[1:-1] for node in nodes if node.startswith("<")]],
        )
        types = f"{table(RDF_TYPE.value)} JOIN asked USING (s) JOIN {NODES} AS class ON class.number = o"
        return self._ask(f"SELECT {_written('asked.name')}, '{RDF_TYPE}', {_written('class.name')} FROM {types}")

    def write(self, path: str | Path, where: str = "true") -> None:
        """Write what was derived, or some of it, to a file of N-Quads, its lines sorted.

        One property is written out after another: DuckDB does all parts of a statement at once, and not all of that
        can go to disk.
        """
        self.connection.execute("CREATE OR REPLACE TABLE line (line STRING)")
        for select in self.lines(where):
            self.connection.execute(f"INSERT INTO line {select}")
        self.connection.execute(
            f"COPY (FROM line ORDER BY line) TO {quoted(str(path))} "
            "(FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\\x02')"
        )
        self._drop("line")


def derived(quads: Iterable[ox.Quad], policy: str = derive.CURATED) -> list[ox.Quad]:
    """Return all that the rules derive from a graph, as `derive.derived` does, by DuckDB.

    Raises:
        BadInput: duckdb is not installed.
    """
    columns = Columns(connect())
    columns.load(quads)
    columns.apply(derive.rules(policy))
    return columns.derived()


def _name(term: str) -> str:
    """Return the SQL of the name of a node from what N-Quads write: an IRI without its angles."""
    return f"CASE WHEN left({term}, 1) = '<' THEN {_between(term)} ELSE {term} END"


def _between(term: str, end: str = ">") -> str:
    """Return the SQL of what a term holds between its first letter and its end."""
    return f"substr({term}, 2, length({term}) - {len(end) + 1})"


def _canonical(term: str) -> str:
    """Return the SQL that tells whether a term is an integer written as integers are."""
    digits = _between(term, _INTEGER)
    whole = f"CAST(TRY_CAST({digits} AS BIGINT) AS STRING) = {digits}"
    return f"coalesce(right({term}, {len(_INTEGER)}) = {quoted(_INTEGER)} AND {whole}, false)"


def _read(form: str) -> str:
    """Return the SQL of an object in its form."""
    if form == NODE:
        return number(_name("o"))
    if form == INTEGER:
        return f"CAST({_between('o', _INTEGER)} AS BIGINT)"
    if form == TERM:
        return "o"
    text = f"replace({_between('o')}, {quoted(_ESCAPES[chr(92)])}, {quoted(_HIDDEN)})"
    for letter, written in _ESCAPES.items():
        if letter != "\\":
            text = f"replace({text}, {quoted(written)}, {quoted(letter)})"
    return f"CASE WHEN contains(o, chr(92)) THEN replace({text}, {quoted(_HIDDEN)}, chr(92)) ELSE {_between('o')} END"


def _stored(value: Value) -> str:
    """Return the SQL of a value of a solution as the tables hold it."""
    if value.form == MADE:
        return table(f"{value.sql[1:-1]} number")
    return f"CAST({value.sql} AS {TYPES[value.form]})"


def _written(name: str) -> str:
    """Return the SQL of a node as N-Quads write it."""
    return f"CASE WHEN left({name}, 2) = '_:' THEN {name} ELSE '<' || {name} || '>' END"


def _shown(form: str) -> str:
    """Return the SQL of an object as N-Quads write it."""
    if form == NODE:
        return _written("value.name")
    if form == INTEGER:
        return f"'\"' || o || {quoted(_INTEGER)}"
    if form == TERM:
        return "o"
    text = "o"
    for letter, written in _ESCAPES.items():
        text = f"replace({text}, {quoted(letter)}, {quoted(written)})"
    return f"'\"' || {text} || '\"'"
