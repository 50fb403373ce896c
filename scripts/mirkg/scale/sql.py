"""SQL: a rule as one SELECT over tables of two columns, one table a property, joined in the order of the rule's text.

The rules in ontology/rules stay the single source. What SPARQL they use is translated and keeps its meaning; all else
is refused by name. Each variable has a form: the number of a node, an IRI that a rule makes, a plain text, an integer,
or any other term as N-Triples write it. An error of SPARQL, as an unbound variable, is NULL. DuckDB and Spark
read the same SQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial, reduce
from itertools import count
from typing import Any, NamedTuple

from rdflib import Literal, URIRef, Variable
from rdflib.namespace import XSD
from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath
from rdflib.plugins.sparql import algebra, parser
from rdflib.plugins.sparql.parserutils import CompValue

NODE, MADE, TEXT, INTEGER, TERM, NOTHING = "node", "made", "text", "integer", "term", "nothing"
TYPES = {NODE: "BIGINT", MADE: "STRING", TEXT: "STRING", INTEGER: "BIGINT", TERM: "STRING", NOTHING: "BIGINT"}
NODES = "node"  # the table of nodes: number, name
_TRUTH = "truth"
_CAPITAL = re.compile("[A-Z]")
_COMPARED = {"=": "=", "!=": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_PLAIN = set("/-_:#") | set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


class Unknown(Exception):
    """Report that a query uses a construct that is not translated."""


class Value(NamedTuple):
    """Hold the SQL of a value, its form, and whether it can be NULL."""

    sql: str
    form: str
    optional: bool = False


class Query(NamedTuple):
    """Hold a CONSTRUCT as SQL: the SELECT of its solutions, their columns, what it writes, and the nodes it names."""

    select: str
    columns: dict[str, Value]
    writes: list[tuple[Value, Value | str, Value]]
    named: list[str]
    closures: dict[
        str, str
    ]  # tables that it reads: what is reached by one step or more, each with the SELECT of one step


Forms = Mapping[str, str]  # the form of the objects of each property that has any


def query(text: str, forms: Forms, given: Mapping[str, int] | None = None) -> Query:
    """Return a CONSTRUCT as SQL, by the forms that the objects of properties have; integers may be given for variables.

    Raises:
        Unknown: it uses a construct that is not translated, which the message names.
    """
    return _Translation(forms, given or {}).query(_parsed(text))


@cache
def _parsed(text: str) -> Any:
    """Return the syntax tree of a query with its names and paths resolved."""
    prologue, tree = parser.parseQuery(text)
    names = algebra.translatePrologue(prologue, None)
    tree = algebra.traverse(tree, visitPost=partial(algebra.translatePName, prologue=names))
    return algebra.traverse(tree, visitPost=algebra.translatePath)


def quoted(text: str) -> str:
    """Return a text as SQL; engines differ in what a backslash in a literal means."""
    parts = ["'" + part.replace("'", "''") + "'" for part in text.split("\\")]
    return parts[0] if len(parts) == 1 else f"({' || chr(92) || '.join(parts)})"


def table(name: str) -> str:
    """Return the name of a table or column as SQL writes it, which takes capitals for small letters."""
    return '"' + _CAPITAL.sub(lambda found: f"^{found[0].lower()}", name) + '"'


def number(name: str) -> str:
    """Return the SQL of the number of a node from that of its name, by a function that the engine is given."""
    return f"numbered({name})"


class _Rows:
    """Hold a SELECT that grows: its sources, its conditions, and the value of each variable."""

    def __init__(self, aliases: Iterator[int]) -> None:
        self.aliases = aliases
        self.sources: list[str] = []
        self.where: list[str] = []
        self.columns: dict[str, Value] = {}
        self.names: dict[str, str] = {}  # the SQL of the name of a node, once it was looked up

    def alias(self) -> str:
        return f"t{next(self.aliases)}"

    def join(self, how: str, source: str, alias: str, conditions: Iterable[str]) -> None:
        """Join a source; the first stands alone."""
        conditions = list(conditions)
        if not self.sources and how == "JOIN":
            self.sources.append(f"{source} AS {alias}")
            self.where += conditions
            return
        if not self.sources:
            self.sources.append(f"(SELECT 1) AS {self.alias()}")
        self.sources.append(f"{how} {source} AS {alias} ON {' AND '.join(conditions) or 'true'}")

    def bind(self, values: Mapping[str, Value]) -> None:
        """Give variables their values."""
        self.columns |= values
        for variable in values:
            self.names.pop(variable, None)

    def name(self, variable: str) -> str:
        """Return the SQL of the name of a variable's node."""
        value = self.columns[variable]
        if variable not in self.names:
            alias = self.alias()
            how = "LEFT JOIN" if value.optional else "JOIN"
            self.join(how, NODES, alias, [f"{alias}.number = {value.sql}"])
            self.names[variable] = f"{alias}.name"
        return self.names[variable]

    def select(self, names: Iterable[str] | None = None) -> str:
        """Return the SELECT of some variables, of all if not given."""
        return self.choose({name: self.columns[name].sql for name in (self.columns if names is None else names)})

    def choose(self, columns: Mapping[str, str], distinct: bool = False) -> str:
        """Return the SELECT of some expressions by name."""
        what = ", ".join(f"{sql} AS {table(name)}" for name, sql in columns.items()) or "1"
        where = f" WHERE {' AND '.join(self.where)}" if self.where else ""
        source = " ".join(self.sources) or "(SELECT 1) AS nothing"
        return f"SELECT {'DISTINCT ' if distinct else ''}{what} FROM {source}{where}"

    def close(self) -> None:
        """Make what was joined so far one source, so that what was computed is computed once."""
        columns = {name: value.sql for name, value in self.columns.items()}
        columns |= {f"{name} name": sql for name, sql in self.names.items()}
        inner, alias = self.choose(columns), self.alias()
        self.sources, self.where = [f"({inner}) AS {alias}"], []
        self.columns = {name: value._replace(sql=f"{alias}.{table(name)}") for name, value in self.columns.items()}
        self.names = {name: f"{alias}.{table(f'{name} name')}" for name in self.names}


class _Translation:
    """Translate one rule."""

    def __init__(self, forms: Forms, given: Mapping[str, int]) -> None:
        self.forms, self.given = forms, given
        self.aliases = count()
        self.named: dict[str, None] = {}
        self.closures: dict[str, str] = {}

    def query(self, tree: Any) -> Query:
        if tree.name != "ConstructQuery":
            raise Unknown(f"{tree.name} is not translated; a rule is a CONSTRUCT")
        _refuse(tree, ("having", "orderby", "limitoffset", "groupby", "datasetClause"))
        rows = self.group(tree.where)
        writes = [
            (self.term(rows, subject), self.property(rows, verb), self.term(rows, value))
            for subject, verb, value in _triples(tree.template)
        ]
        used = [str(name) for triple in _triples(tree.template) for name in triple if isinstance(name, Variable)]
        columns = {name: rows.columns[name] for name in dict.fromkeys(used) if name in rows.columns}
        chosen = {name: value.sql for name, value in columns.items()}
        select = rows.choose(chosen, distinct=True)
        return Query(select, columns, [self.written(one) for one in writes], [*self.named], self.closures)

    # --- groups

    def group(self, tree: Any) -> _Rows:
        """Return the rows of a group, its parts joined in the order of the text; a filter comes as soon as it can."""
        if tree.name == "SubSelect":
            return self.subselect(tree)
        rows, late = _Rows(self.aliases), []
        rows.columns = {}
        parts = list(tree.part or [])
        everywhere = [_variables(part) for part in parts]
        for place, part in enumerate(parts):
            if part.name != "Filter":
                rows = self.part(rows, part)
                continue
            elsewhere = set().union(*everywhere[:place], *everywhere[place + 1 :])
            bound = {name for name, value in rows.columns.items() if not value.optional}
            if everywhere[place] & elsewhere <= bound:
                self.filter(rows, part.expr)
            else:
                late.append(part.expr)
        for expression in late:
            self.filter(rows, expression)
        return rows

    def part(self, rows: _Rows, part: Any) -> _Rows:
        if part.name == "TriplesBlock":
            self.block(rows, _triples(part.triples))
        elif part.name == "Bind":
            self.bind(rows, str(part.var), part.expr)
        elif part.name == "OptionalGraphPattern":
            self.combine(rows, self.group(part.graph), "LEFT JOIN")
        elif part.name == "MinusGraphPattern":
            self.combine(rows, self.group(part.graph), "ANTI JOIN")
        elif part.name == "GroupOrUnionGraphPattern":
            inner = self.union([self.group(branch) for branch in part.graph])
            if not rows.sources and not rows.columns:
                return inner
            self.combine(rows, inner, "JOIN")
        elif part.name == "InlineData":
            self.combine(rows, self.values(part), "JOIN")
        else:
            raise Unknown(f"{part.name} is not translated")
        return rows

    def combine(self, rows: _Rows, inner: _Rows, how: str) -> None:
        """Join the rows of another group on the variables that both have."""
        shared = [name for name in inner.columns if name in rows.columns]
        if how == "ANTI JOIN" and not shared:
            return
        alias = rows.alias()
        its = {name: value._replace(sql=f"{alias}.{table(name)}") for name, value in inner.columns.items()}
        unbound = [name for name in shared if rows.columns[name].optional or its[name].optional]
        if unbound and how == "ANTI JOIN":
            raise Unknown(f"MINUS or NOT EXISTS on ?{unbound[0]}, which can be unbound, is not translated")
        conditions = [_compatible(rows.columns[name], its[name]) for name in shared]
        keeping = how in ("JOIN", "LEFT JOIN")
        rows.join(how, f"({inner.select(None if keeping else shared)})", alias, conditions)
        for name, value in its.items() if keeping else ():
            mine = rows.columns.get(name)
            if mine is None:
                rows.bind({name: value._replace(optional=value.optional or how == "LEFT JOIN")})
            elif mine.optional:
                rows.bind({name: _either(mine, value)})

    def union(self, branches: list[_Rows]) -> _Rows:
        """Return the rows of all branches; a variable that one of them lacks can be unbound."""
        if len(branches) == 1:
            return branches[0]
        names = list(dict.fromkeys(name for branch in branches for name in branch.columns))
        forms = {
            name: _common(name, [one.columns[name].form for one in branches if name in one.columns]) for name in names
        }
        parts = []
        for branch in branches:
            chosen = {name: self.as_form(branch, name, form) for name, form in forms.items()}
            parts.append(branch.choose(chosen))
        rows = _Rows(self.aliases)
        alias = rows.alias()
        rows.sources = [f"({' UNION ALL '.join(parts)}) AS {alias}"]
        for name, form in forms.items():
            optional = any(name not in one.columns or one.columns[name].optional for one in branches)
            rows.columns[name] = Value(f"{alias}.{table(name)}", form, optional)
        return rows

    def as_form(self, rows: _Rows, name: str, form: str) -> str:
        """Return the SQL of a variable in a form, NULL where it is unbound."""
        value = rows.columns.get(name)
        if value is None or value.form == NOTHING:
            return f"CAST(NULL AS {TYPES[form]})"
        if form == MADE and value.form == NODE:
            return rows.name(name)
        return value.sql

    def values(self, part: Any) -> _Rows:
        """Return the rows that are written out for one variable."""
        if len(part.var) != 1:
            raise Unknown("VALUES of several variables is not translated")
        terms = [self.constant(term) for term in part.value]
        rows = _Rows(self.aliases)
        alias = rows.alias()
        each = " UNION ALL ".join(f"SELECT {term.sql} AS value" for term in terms)
        rows.sources = [f"({each}) AS {alias}"]
        form = _common(part.var[0], [term.form for term in terms])
        rows.columns[str(part.var[0])] = Value(f"{alias}.value", form)
        return rows

    def subselect(self, tree: Any) -> _Rows:
        _refuse(tree, ("having", "orderby", "limitoffset", "valuesClause"))
        inner = self.group(tree.where)
        found = {}
        for item in tree.projection:
            if item.evar is None:
                found[str(item.var)] = self.variable(inner, item.var)
            else:
                found[str(item.evar)] = self.value(inner, item.expr)
        keys = [self.variable(inner, key).sql for key in tree.groupby.condition] if tree.groupby else []
        if any(not isinstance(key, Variable) for key in (tree.groupby.condition if tree.groupby else [])):
            raise Unknown("GROUP BY of an expression is not translated")
        text = inner.choose({name: value.sql for name, value in found.items()}, distinct=bool(tree.modifier))
        rows = _Rows(self.aliases)
        alias = rows.alias()
        rows.sources = [f"({text}{' GROUP BY ' if keys else ''}{', '.join(keys)}) AS {alias}"]
        rows.columns = {name: value._replace(sql=f"{alias}.{table(name)}") for name, value in found.items()}
        return rows

    def bind(self, rows: _Rows, name: str, expression: Any) -> None:
        if name in rows.columns:
            raise Unknown(f"BIND of ?{name}, which is bound already")
        value = self.value(rows, expression)
        if value.form == _TRUTH:
            raise Unknown(f"BIND of a truth value as ?{name} is not translated")
        rows.columns[name] = value
        if not isinstance(_bare(expression), (Variable, Literal, URIRef)):
            rows.close()

    # --- triple patterns

    def block(self, rows: _Rows, triples: Iterable[tuple[Any, Any, Any]]) -> None:
        """Join the triples of a block: each time the first of the text that has a variable which is bound."""
        left = [step for triple in triples for step in self.steps(*triple)]
        while left:
            joined = (step for step in left if any(str(end) in rows.columns for end in (step[0], step[2])))
            chosen = next(joined, left[0])
            left.remove(chosen)
            self.pattern(rows, *chosen)
        rows.columns = {name: value for name, value in rows.columns.items() if not name.startswith(" ")}

    def steps(self, subject: Any, verb: Any, value: Any) -> Iterator[tuple[Any, Any, Any]]:
        """Yield the steps of a path in the order of the text; what lies between them is a variable without a name."""
        if isinstance(verb, SequencePath) and not _optional_step(verb):
            ends = [subject, *(Variable(f" {self.new()}") for _ in verb.args[1:]), value]
            for start, step, end in zip(ends, verb.args, ends[1:], strict=False):
                yield from self.steps(start, step, end)
        elif isinstance(verb, InvPath):
            yield from self.steps(value, verb.arg, subject)
        else:
            yield subject, verb, value

    def pattern(self, rows: _Rows, subject: Any, verb: Any, value: Any) -> None:
        """Join the triples of a pattern to what is bound."""
        if isinstance(verb, Variable):
            raise Unknown(f"the variable ?{verb} as a property is not translated")
        ends = [self.constant(end).sql for end in (subject, value) if not isinstance(end, Variable)]
        source, form = self.relation(verb, ends[0] if ends else None)
        alias = rows.alias()
        sides = [(subject, Value(f"{alias}.s", NODE)), (value, Value(f"{alias}.o", form))]
        conditions: list[str] = []
        new: dict[str, Value] = {}
        for end, side in sides:
            known = new.get(str(end)) or self.bound(rows, end)
            if known is None:
                new[str(end)] = side
                continue
            conditions.append(_compatible(known, side))
            if known.optional:
                new[str(end)] = _either(known, side)
        rows.join("JOIN", source, alias, conditions)
        rows.bind(new)

    def bound(self, rows: _Rows, term: Any) -> Value | None:
        if not isinstance(term, Variable):
            return self.constant(term)
        if str(term) in self.given:
            rows.columns[str(term)] = Value(str(self.given[str(term)]), INTEGER)
        return rows.columns.get(str(term))

    def relation(self, path: Any, end: str | None = None) -> tuple[str, str]:
        """Return a source with the columns s and o that a property or path connects, and the form of o.

        A path that may have no step connects a node with itself; `end` is the node at one end, where it is known.
        """
        if isinstance(path, URIRef):
            form = self.forms.get(str(path), NOTHING)
            if form == NOTHING:
                return "(SELECT CAST(NULL AS BIGINT) AS s, CAST(NULL AS BIGINT) AS o WHERE false)", NOTHING
            return table(str(path)), form
        if isinstance(path, InvPath):
            source, _ = self.relation(path.arg)
            return f"(SELECT o AS s, s AS o FROM {source} AS {self.new()})", NODE
        if isinstance(path, AlternativePath):
            found = [self.relation(one) for one in path.args]
            form = _common(path.n3(), [form for _, form in found])
            return f"({' UNION ALL '.join(self.both(source) for source, _ in found)})", form
        if isinstance(path, SequencePath):
            return self.sequence(path)
        if isinstance(path, MulPath):
            return self.repeated(path, end), NODE
        raise Unknown(f"the path {path!r} is not translated")

    def new(self) -> str:
        return f"t{next(self.aliases)}"

    def both(self, source: str) -> str:
        return f"SELECT s, o FROM {source} AS {self.new()}"

    def sequence(self, path: SequencePath) -> tuple[str, str]:
        """Return a sequence of steps as a source; one that may be left out is an alternative."""
        place = _optional_step(path)
        if place:
            step: Any = path.args[place - 1]
            rest = [*path.args[: place - 1], *path.args[place:]]
            taken = MulPath(step.path, "+") if step.mod == "*" else step.path
            both = [*path.args[: place - 1], taken, *path.args[place:]]
            return self.relation(AlternativePath(_sequence(rest), _sequence(both)))
        rows = _Rows(self.aliases)
        self.block(rows, [(Variable("s"), path, Variable("o"))])
        return f"({rows.select()})", rows.columns["o"].form

    def repeated(self, path: MulPath, end: str | None) -> str:
        source, _ = self.relation(path.path)
        if path.mod != "?":
            name = f"closure {len(self.closures) + 1}"
            self.closures[name] = self.both(source)
            source = table(name)
        if path.mod == "+":
            return source
        itself = f"SELECT {end} AS s, {end} AS o" if end else f"SELECT number AS s, number AS o FROM {NODES}"
        return f"({self.both(source)} UNION {itself})"

    # --- terms and expressions

    def constant(self, term: Any) -> Value:
        if isinstance(term, URIRef):
            self.named[str(term)] = None
            return Value(number(quoted(str(term))), NODE)
        if isinstance(term, Literal):
            if term.datatype == XSD.integer and str(term) == str(int(term)):
                return Value(f"CAST({term} AS BIGINT)", INTEGER)
            if term.datatype is None and not term.language:
                return Value(quoted(str(term)), TEXT)
            return Value(quoted(term.n3()), TERM)
        raise Unknown(f"the term {term!r} is not translated")

    def variable(self, rows: _Rows, name: Any) -> Value:
        value = self.bound(rows, name)
        if value is None:
            raise Unknown(f"?{name} is not bound where it is used")
        return value

    def term(self, rows: _Rows, term: Any) -> Value:
        """Return a term of the template as a column of the solutions."""
        if not isinstance(term, Variable):
            return self.constant(term)
        value = self.variable(rows, term)
        return value._replace(sql=table(str(term)))

    def property(self, rows: _Rows, term: Any) -> Value | str:
        return str(term) if isinstance(term, URIRef) else self.term(rows, term)

    def written(self, triple: tuple[Value, Value | str, Value]) -> tuple[Value, Value | str, Value]:
        if triple[0].form not in (NODE, MADE, NOTHING):
            raise Unknown("a text or number as the subject of a triple")
        return triple

    def filter(self, rows: _Rows, expression: Any) -> None:
        """Keep the rows of which a condition is true; whether a pattern exists is a join of its own."""
        node = _bare(expression)
        if isinstance(node, CompValue) and node.name == "ConditionalAndExpression":
            for part in [node.expr, *node.other]:
                self.filter(rows, part)
        elif isinstance(node, CompValue) and node.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
            how = "SEMI JOIN" if node.name == "Builtin_EXISTS" else "ANTI JOIN"
            self.combine(rows, self.group(node.graph), how)
        else:
            rows.where.append(self.truth(rows, node).sql)

    def exists(self, rows: _Rows, tree: Any) -> Value:
        """Return whether a pattern exists for a row, as a value."""
        inner = self.group(tree)
        shared = [name for name in inner.columns if name in rows.columns]
        if any(rows.columns[name].optional or inner.columns[name].optional for name in shared):
            raise Unknown("EXISTS on a variable that can be unbound is not translated")
        alias = rows.alias()
        its = {name: inner.columns[name]._replace(sql=f"{alias}.{table(name)}") for name in shared}
        conditions = [_equal(rows.columns[name], value) for name, value in its.items()]
        columns = {name: inner.columns[name].sql for name in shared} | {"there": "true"}
        rows.join("LEFT JOIN", f"({inner.choose(columns, distinct=True)})", alias, conditions)
        return Value(f"({alias}.there IS NOT NULL)", _TRUTH)

    def value(self, rows: _Rows, expression: Any) -> Value:
        """Return the value of an expression."""
        node = _bare(expression)
        if isinstance(node, Variable):
            return self.variable(rows, node)
        if not isinstance(node, CompValue):
            return self.constant(node)
        found = _EXPRESSIONS.get(node.name)
        if found is None:
            raise Unknown(f"{node.name.removeprefix('Builtin_')} is not translated")
        return found(self, rows, node)

    def truth(self, rows: _Rows, expression: Any) -> Value:
        value = self.value(rows, expression)
        if value.form != _TRUTH:
            raise Unknown("a condition that is no comparison is not translated")
        return value

    def text(self, rows: _Rows, expression: Any) -> Value:
        """Return an expression that must be a plain text."""
        return self.of_form(rows, expression, TEXT)

    def integer(self, rows: _Rows, expression: Any) -> Value:
        return self.of_form(rows, expression, INTEGER)

    def of_form(self, rows: _Rows, expression: Any, form: str) -> Value:
        value = self.value(rows, expression)
        if value.form == NOTHING:
            return Value(f"CAST(NULL AS {TYPES[form]})", form, True)
        if value.form != form:
            raise Unknown(f"{value.form} where {form} is due")
        return value

    def string(self, rows: _Rows, node: Any) -> Value:
        """Return STR of an expression: of a node its name."""
        inner = _bare(node.arg)
        value = self.value(rows, inner)
        if value.form == NODE:
            if isinstance(inner, Variable):
                return Value(rows.name(str(inner)), TEXT, value.optional)
            raise Unknown("STR of what is no variable is not translated")
        if value.form == TERM:
            raise Unknown("STR of what is no IRI, text or integer is not translated")
        sql = f"CAST({value.sql} AS STRING)" if value.form in (INTEGER, NOTHING) else value.sql
        return Value(sql, TEXT, value.optional)

    def iri(self, rows: _Rows, node: Any) -> Value:
        return self.text(rows, node.arg)._replace(form=MADE)

    def concat(self, rows: _Rows, node: Any) -> Value:
        parts = [self.text(rows, part) for part in node.arg]
        return Value(f"({' || '.join(part.sql for part in parts)})", TEXT, any(part.optional for part in parts))

    def strafter(self, rows: _Rows, node: Any) -> Value:
        whole, mark = self.text(rows, node.arg1), self.text(rows, node.arg2)
        place = f"instr({whole.sql}, {mark.sql})"
        after = f"substr({whole.sql}, {place} + length({mark.sql}))"
        return Value(f"CASE {place} WHEN 0 THEN '' ELSE {after} END", TEXT, whole.optional or mark.optional)

    def strbefore(self, rows: _Rows, node: Any) -> Value:
        whole, mark = self.text(rows, node.arg1), self.text(rows, node.arg2)
        place = f"instr({whole.sql}, {mark.sql})"
        before = f"substr({whole.sql}, 1, {place} - 1)"
        return Value(f"CASE {place} WHEN 0 THEN '' ELSE {before} END", TEXT, whole.optional or mark.optional)

    def substr(self, rows: _Rows, node: Any) -> Value:
        if node.length is not None:
            raise Unknown("SUBSTR with a length is not translated")
        whole, start = self.text(rows, node.arg), self.integer(rows, node.start)
        return Value(f"substr({whole.sql}, {start.sql})", TEXT, whole.optional or start.optional)

    def strlen(self, rows: _Rows, node: Any) -> Value:
        whole = self.text(rows, node.arg)
        return Value(f"length({whole.sql})", INTEGER, whole.optional)

    def lcase(self, rows: _Rows, node: Any) -> Value:
        whole = self.text(rows, node.arg)
        return whole._replace(sql=f"lower({whole.sql})")

    def contains(self, rows: _Rows, node: Any) -> Value:
        whole, part = self.text(rows, node.arg1), self.text(rows, node.arg2)
        return Value(f"contains({whole.sql}, {part.sql})", _TRUTH, whole.optional or part.optional)

    def replace(self, rows: _Rows, node: Any) -> Value:
        pattern = _bare(node.pattern)
        if not isinstance(pattern, Literal) or not set(pattern) <= _PLAIN or node.flags is not None:
            raise Unknown("REPLACE of other than plain letters is not translated")
        whole, new = self.text(rows, node.arg), self.text(rows, node.replacement)
        return Value(f"replace({whole.sql}, {quoted(str(pattern))}, {new.sql})", TEXT, whole.optional or new.optional)

    def choice(self, rows: _Rows, node: Any) -> Value:
        """Return IF, which is unbound where its condition is."""
        when = self.truth(rows, node.arg1)
        branches = [self.value(rows, one) for one in (node.arg2, node.arg3)]
        form = _common("IF", [one.form for one in branches])
        if MADE in (one.form for one in branches) and NODE in (one.form for one in branches):
            raise Unknown("IF between an IRI that is made and one that is there is not translated")
        other = f"WHEN NOT {when.sql} THEN" if when.optional else "ELSE"
        sql = f"CASE WHEN {when.sql} THEN {branches[0].sql} {other} {branches[1].sql} END"
        return Value(sql, form, when.optional or any(one.optional for one in branches))

    def logic(self, word: str, rows: _Rows, node: Any) -> Value:
        parts = [self.truth(rows, part) for part in [node.expr, *node.other]]
        return Value(f"({f' {word} '.join(part.sql for part in parts)})", _TRUTH, any(part.optional for part in parts))

    def negation(self, rows: _Rows, node: Any) -> Value:
        inner = self.truth(rows, node.expr)
        return inner._replace(sql=f"(NOT {inner.sql})")

    def comparison(self, rows: _Rows, node: Any) -> Value:
        left = self.value(rows, node.expr)
        if node.op in ("IN", "NOT IN"):
            terms = [self.value(rows, one) for one in node.other]
            found = " OR ".join(_equal(left, term) for term in terms)
            return Value(f"({'NOT ' if node.op == 'NOT IN' else ''}({found}))", _TRUTH, left.optional)
        right = self.value(rows, node.other)
        optional = left.optional or right.optional
        if node.op in ("=", "!="):
            return Value(f"({_equal(left, right, _COMPARED[node.op])})", _TRUTH, optional)
        if not {left.form, right.form} <= {TEXT, NOTHING} and not {left.form, right.form} <= {INTEGER, NOTHING}:
            raise Unknown(f"the comparison {node.op} of {left.form} and {right.form} is not translated")
        return Value(f"({left.sql} {_COMPARED[node.op]} {right.sql})", _TRUTH, optional)

    def arithmetic(self, rows: _Rows, node: Any) -> Value:
        parts = [self.integer(rows, part) for part in [node.expr, *node.other]]
        if not set(node.op) <= {"+", "-", "*"}:
            raise Unknown("division is not translated")
        pairs = zip(node.op, parts[1:], strict=True)
        sql = reduce(lambda before, pair: f"({before} {pair[0]} {pair[1].sql})", pairs, parts[0].sql)
        return Value(sql, INTEGER, any(part.optional for part in parts))

    def negative(self, rows: _Rows, node: Any) -> Value:
        inner = self.integer(rows, node.expr)
        return inner._replace(sql=f"(- {inner.sql})")

    def extreme(self, word: str, rows: _Rows, node: Any) -> Value:
        value = self.value(rows, node.vars)
        if value.form not in (TEXT, INTEGER, NOTHING) or node.distinct:
            raise Unknown(f"{word} of {value.form} is not translated; of an IRI take STR")
        return value._replace(sql=f"{word}({value.sql})")

    def counted(self, rows: _Rows, node: Any) -> Value:
        value = self.value(rows, node.vars)
        return Value(f"count({'DISTINCT ' if node.distinct else ''}{value.sql})", INTEGER)


_EXPRESSIONS: dict[str, Callable[[_Translation, _Rows, Any], Value]] = {
    "Aggregate_Count": _Translation.counted,
    "Aggregate_Max": lambda one, rows, node: one.extreme("max", rows, node),
    "Aggregate_Min": lambda one, rows, node: one.extreme("min", rows, node),
    "AdditiveExpression": _Translation.arithmetic,
    "Builtin_CONCAT": _Translation.concat,
    "Builtin_CONTAINS": _Translation.contains,
    "Builtin_EXISTS": lambda one, rows, node: one.exists(rows, node.graph),
    "Builtin_IF": _Translation.choice,
    "Builtin_IRI": _Translation.iri,
    "Builtin_LCASE": _Translation.lcase,
    "Builtin_NOTEXISTS": lambda one, rows, node: Value(f"(NOT {one.exists(rows, node.graph).sql})", _TRUTH),
    "Builtin_REPLACE": _Translation.replace,
    "Builtin_STR": _Translation.string,
    "Builtin_STRAFTER": _Translation.strafter,
    "Builtin_STRBEFORE": _Translation.strbefore,
    "Builtin_STRLEN": _Translation.strlen,
    "Builtin_SUBSTR": _Translation.substr,
    "ConditionalAndExpression": lambda one, rows, node: one.logic("AND", rows, node),
    "ConditionalOrExpression": lambda one, rows, node: one.logic("OR", rows, node),
    "MultiplicativeExpression": _Translation.arithmetic,
    "RelationalExpression": _Translation.comparison,
    "UnaryMinus": _Translation.negative,
    "UnaryNot": _Translation.negation,
}


def _triples(blocks: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield the triples of a template or block, which the parser writes one after the other."""
    for block in blocks or ():
        flat = list(block)
        yield from zip(flat[::3], flat[1::3], flat[2::3], strict=True)


def _bare(node: Any) -> Any:
    """Return an expression without the levels of the grammar that say nothing."""
    while isinstance(node, CompValue) and node.name.endswith("Expression") and node.other is None:
        node = node.expr
    return node


def _variables(tree: Any) -> set[str]:
    """Return the variables that a part of a rule names."""
    if isinstance(tree, Variable):
        return {str(tree)}
    if isinstance(tree, CompValue):
        return set().union(*map(_variables, tree.values()))
    if isinstance(tree, (str, Path)) or tree is None:
        return set()
    return set().union(*map(_variables, tree)) if hasattr(tree, "__iter__") else set()


def _refuse(tree: Any, clauses: Iterable[str]) -> None:
    for clause in clauses:
        if getattr(tree, clause):
            raise Unknown(f"the clause {clause} is not translated")


def _optional_step(path: SequencePath) -> int:
    """Return the place of the first step that may be left out, from one; 0 if there is none."""
    places = (place for place, step in enumerate(path.args, 1) if isinstance(step, MulPath) and step.mod != "+")
    return next(places, 0)


def _sequence(steps: list[Any]) -> Any:
    return steps[0] if len(steps) == 1 else SequencePath(*steps)


def _common(name: str, forms: Iterable[str]) -> str:
    """Return the form that values of some forms can all be given."""
    left = set(forms) - {NOTHING}
    if left == {NODE, MADE}:
        return MADE
    if len(left) > 1:
        raise Unknown(f"{name} has two forms, {' and '.join(sorted(left))}, which is not translated")
    return left.pop() if left else NOTHING


def _equal(left: Value, right: Value, sign: str = "=") -> str:
    """Return the SQL of a comparison of two values, which must be of forms that can be equal."""
    if NOTHING in (left.form, right.form):
        return "CAST(NULL AS BOOLEAN)"
    form = _common("a comparison", [left.form, right.form])
    if form == MADE and left.form != right.form:
        left, right = (Value(number(one.sql), NODE) if one.form == MADE else one for one in (left, right))
    return f"{left.sql} {sign} {right.sql}"


def _compatible(left: Value, right: Value) -> str:
    """Return the SQL that tells whether two values of a variable go together: equal, or one unbound."""
    unbound = "".join(f"{one.sql} IS NULL OR " for one in (left, right) if one.optional)
    return f"({unbound}{_equal(left, right)})" if unbound else _equal(left, right)


def _either(left: Value, right: Value) -> Value:
    """Return the one of two values of a variable that is bound."""
    if NOTHING in (left.form, right.form):
        return left if right.form == NOTHING else right
    if left.form != right.form:
        raise Unknown(f"a variable of two forms, {left.form} and {right.form}, is not translated")
    return Value(f"coalesce({left.sql}, {right.sql})", left.form, left.optional and right.optional)
