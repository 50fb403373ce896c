"""Chains: inference in parts, each with the chains that start at some of the entities.

A chain grows at its end, by any link. What follows from it is named, graded and compared by itself, and inferences
conflict only where they start at the same entity. So each part reads all links, which are in one file of DuckDB, but
lets only its own chains grow. A mediation is found by the chains of one entity and starts at another: all of them are
found first, part after part, and are then given to every part.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from mirkg.model import derive
from mirkg.model.vocabulary import MK, RDF_TYPE, mk
from mirkg.scale.columns import Columns, connect
from mirkg.scale.sql import NODES, number, quoted, table

MEMORY = "1500MB"  # for DuckDB, which writes the rest to disk
_CHAIN, _MEDIATION = f"{derive.INFERENCE}/06-repeated/chain", f"{derive.INFERENCE}/09-mediation"
_RULES = [rule for rule in derive.rules() if rule.startswith(derive.INFERENCE)]
_LINKING, _CHAINING = _RULES[: _RULES.index(_CHAIN)], _RULES[_RULES.index(_CHAIN) : _RULES.index(_MEDIATION)]
_CONCLUDING = _RULES[_RULES.index(_MEDIATION) + 1 :]
_MEDIATES = MK + "mediates"
_TYPES, _FROM, _STEP, _LENGTH = (table(name) for name in (RDF_TYPE.value, MK + "from", MK + "step", MK + "length"))


class Share(NamedTuple):
    """Hold which of how many parts is meant."""

    place: int
    of: int

    def has(self, name: str) -> str:
        """Return the SQL that tells whether the chains of an entity belong to it, from that of the name."""
        return f"CAST('0x' || left(sha1({name}), 8) AS UBIGINT) % {self.of} = {self.place}"


def links(given: Iterable[Path], path: Path) -> None:
    """Write a file with what inference is given and all links, and for each link and its step where it starts."""
    columns = Columns(connect(MEMORY, folder=path.parent, file=path))
    columns.load_files([str(one) for one in given])
    columns.apply(_LINKING)
    execute = columns.connection.execute
    execute("CREATE TABLE form (name STRING, form STRING)")
    execute(
        "INSERT INTO form SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])",
        [[*columns.forms], [*columns.forms.values()]],
    )
    execute("CREATE TABLE whose (s BIGINT, start BIGINT)")
    if MK + "from" in columns.forms:
        execute(f"INSERT INTO whose SELECT s, o FROM {_FROM} SEMI JOIN ({_of(mk('Link'))}) USING (s)")
        execute(f"INSERT INTO whose SELECT {_STEP}.o, start FROM {_STEP} JOIN whose USING (s)")
    columns.connection.close()


class Chains(Columns):
    """Hold all links and the chains that start at the entities of one part."""

    made = "made"

    def __init__(self, connection: Any, path: Path, share: Share) -> None:
        """Take over a file of links, as if those that start elsewhere were stated and no chains."""
        super().__init__(connection)
        self.share = share
        connection.execute(f"ATTACH {quoted(str(path))} AS links (READ_ONLY)")
        connection.execute(f"CREATE VIEW {NODES} AS FROM links.{NODES} UNION ALL FROM {self.made}")
        owned = f"SELECT number AS start FROM links.{NODES} WHERE {share.has('name')}"
        connection.execute(f"CREATE TABLE own AS SELECT s FROM links.whose SEMI JOIN ({owned}) USING (start)")
        for name, form in self._ask("FROM links.form ORDER BY name"):
            how = "JOIN" if table(name) == _LENGTH else "LEFT JOIN"
            each = (
                f"SELECT known.s, known.o, derived AND own.s IS NOT NULL AS derived FROM links.{table(name)} AS known"
            )
            self._make(name, f"{each} {how} own ON own.s = known.s")
            self.forms[name] = form
            self.stated.add(name)

    def mediations(self, path: Path) -> None:
        """Write the mediations that the chains find, with the steps that they take."""
        self.apply([*_CHAINING, _MEDIATION])
        if _MEDIATES not in self.forms:
            path.touch()
            return
        self._make("wanted", _of(mk("Mediation")))
        steps = f"SELECT DISTINCT o FROM {_STEP} SEMI JOIN wanted USING (s)"
        self.connection.execute(f"INSERT INTO wanted {steps} EXCEPT SELECT s FROM links.whose")
        self.write(path, "s IN (FROM wanted)")

    def conclude(self, mediations: Iterable[Path]) -> None:
        """Infer what follows from the chains and from all mediations, which are in files unless there is one part."""
        if self.share.of == 1:
            self.apply([*_CHAINING, _MEDIATION, *_CONCLUDING])
            return
        self.apply(_CHAINING)
        self.load_files([str(path) for path in mediations])
        if _MEDIATES in self.forms:
            self._leave()
        self.apply(_CONCLUDING)

    def _leave(self) -> None:
        """Take the mediations that start elsewhere as if they were stated and no inferences."""
        elsewhere = f"SELECT s FROM {_FROM} JOIN {NODES} ON number = o WHERE NOT ({self.share.has('name')})"
        self._make("elsewhere", f"{_of(mk('Mediation'))} INTERSECT {elsewhere}")
        for name in self.forms:
            self.connection.execute(f"UPDATE {table(name)} SET derived = false WHERE s IN (FROM elsewhere)")
        inference = number(quoted(mk("Inference").value))
        self.connection.execute(f"DELETE FROM {_TYPES} WHERE o = {inference} AND s IN (FROM elsewhere)")
        self.connection.execute(f"DELETE FROM {table(MK + 'infers')} WHERE s IN (FROM elsewhere)")

    def _define(self, name: str, select: str) -> None:
        """Add the pairs of a file to those that are there."""
        if name not in self.forms:
            self._make(name, select)
            return
        known = f"{table(name)} AS known"
        self.connection.execute(
            f"INSERT INTO {table(name)} SELECT s, o, derived FROM ({select}) ANTI JOIN {known} USING (s, o)"
        )


def _of(kind: Any) -> str:
    """Return the SELECT of the nodes of a class."""
    return f"SELECT s FROM {_TYPES} WHERE o = {number(quoted(kind.value))}"
