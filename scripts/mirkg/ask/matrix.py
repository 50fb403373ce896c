"""Matrix: which miRNA changes the response to which drug, by classes of drugs and names, or like beside like."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mirkg.ask import cluster, queries
from mirkg.ask.names import Entity
from mirkg.ask.statements import STANDINGS
from mirkg.ask.store import Source
from mirkg.model.problems import BadInput, nearest

FILTERS = ("standing", "voice", "class", "order")
VOICES = {"text": "the text", "table": "a table", "paper": "the cited papers themselves"}
ORDERS = {"name": "class and name", "cluster": "likeness of effects"}


class Mark(NamedTuple):
    """Hold one statement in a cell: its sign, its standing, and who says it."""

    proposition: str
    says: str
    mirna: Entity
    drug: Entity
    sign: int
    standing: str
    voices: tuple[str, ...]
    retracted: str


class Row(NamedTuple):
    """Hold the row of one drug or class: the class under which it stands, and its marks by miRNA."""

    group: str
    drug: Entity
    cells: dict[str, list[Mark]]


class Matrix(NamedTuple):
    """Hold the rows and the miRNAs of the columns."""

    rows: list[Row]
    columns: list[Entity]

    @property
    def marks(self) -> list[Mark]:
        """All statements, row by row."""
        return [mark for row in self.rows for column in self.columns for mark in row.cells.get(column.iri, [])]

    def groups(self) -> list[str]:
        """Return the classes under which rows stand, in their order."""
        return list(dict.fromkeys(row.group for row in self.rows))

    def facets(self) -> Mapping[str, Mapping[str, int]]:
        """Return how many statements stand under each class, have each standing, and are said by each voice."""
        classes = dict.fromkeys(self.groups(), 0)
        for row in self.rows:
            classes[row.group] += sum(map(len, row.cells.values()))
        standings = Counter(mark.standing for mark in self.marks)
        voices = Counter(voice for mark in self.marks for voice in mark.voices)
        return {
            "class": classes,
            "standing": {name: standings[name] for name in STANDINGS if standings[name]},
            "voice": {name: voices[name] for name in VOICES if voices[name]},
        }

    def filtered(self, **given: str) -> Matrix:
        """Return what has a standing, is said by a voice, or stands under a class of drugs; ordered as is said.

        Raises:
            BadInput: there is no such filter, standing, voice, class or order.
        """
        offered = {"standing": STANDINGS, "voice": tuple(VOICES), "class": self.groups(), "order": tuple(ORDERS)}
        for name, value in given.items():
            if value not in offered[name]:
                hint = nearest(value, offered[name])
                raise BadInput(f"There is no {name} {value!r}.{hint} It is one of: {', '.join(offered[name])}.")
        standing, voice, group = (given.get(name, "") for name in ("standing", "voice", "class"))
        rows = [row._replace(cells=_kept(row, standing, voice)) for row in self.rows if group in ("", row.group)]
        rows = [row for row in rows if row.cells]
        columns = [column for column in self.columns if any(column.iri in row.cells for row in rows)]
        found = Matrix(rows, columns)
        return found.clustered() if given.get("order") == "cluster" else found

    def clustered(self) -> Matrix:
        """Return the matrix with drugs beside drugs, and miRNAs beside miRNAs, that are alike in their effects."""
        signs = [{mirna: _sign(marks) for mirna, marks in row.cells.items()} for row in self.rows]
        turned = [{number: row[one.iri] for number, row in enumerate(signs) if one.iri in row} for one in self.columns]
        rows = [self.rows[number]._replace(group="like beside like") for number in _alike(signs)]
        return Matrix(rows, [self.columns[number] for number in _alike(turned)])


def _sign(marks: list[Mark]) -> int:
    """Return the sign of a cell: that of its best statement with one, else 0."""
    best = min(marks, key=lambda mark: (not mark.sign, STANDINGS.index(mark.standing), mark.proposition))
    return best.sign


def _alike(vectors: Sequence[Mapping[Any, int]]) -> list[int]:
    """Return the numbers of sign vectors, those that are alike beside each other."""
    return cluster.ordered([[_distance(one, other) for other in vectors] for one in vectors])


def _distance(one: Mapping[Any, int], other: Mapping[Any, int]) -> float:
    """Return how far two sign vectors differ, from 0 to 1: an equal sign counts 1 and an unknown one half."""
    shared = one.keys() & other.keys()
    equal = sum(1 if one[key] == other[key] else 0.5 if not one[key] * other[key] else 0 for key in shared)
    return 1 - equal / (len(one) + len(other) - len(shared))


def _kept(row: Row, standing: str, voice: str) -> dict[str, list[Mark]]:
    cells = {
        mirna: [one for one in marks if standing in ("", one.standing) and (not voice or voice in one.voices)]
        for mirna, marks in row.cells.items()
    }
    return {mirna: marks for mirna, marks in cells.items() if marks}


def matrix(source: Source) -> Matrix:
    """Return the matrix of all miRNAs and drugs of a graph; a class of drugs has a row of its own."""
    grouped: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in source.select(queries.read("page-responses")).dicts():
        grouped[row["proposition"]].append(row)
    cells: dict[str, dict[str, list[Mark]]] = defaultdict(lambda: defaultdict(list))
    drugs: dict[str, Entity] = {}
    columns: dict[str, Entity] = {}
    for rows in grouped.values():
        mark = _mark(rows)
        drugs[mark.drug.iri], columns[mark.mirna.iri] = mark.drug, mark.mirna
        cells[mark.drug.iri][mark.mirna.iri].append(mark)
    order = list(_ordered(source, drugs))
    rows_ = [Row(group, drugs[iri], dict(cells[iri])) for group, iri in order]
    return Matrix(rows_, sorted(columns.values(), key=lambda one: natural(one.label)))


def _mark(rows: list[dict[str, str]]) -> Mark:
    one = rows[0]
    voices = tuple(name for name in VOICES if any(row["voice"] == name for row in rows))
    mirna = Entity(one["mirna"], "MicroRNA", one["name"])
    drug = Entity(one["drug"], one["drug_kind"], one["drug_name"])
    retracted = "; ".join(sorted({row["remark"] for row in rows if row["remark"]}))
    return Mark(one["proposition"], one["says"], mirna, drug, int(one["sign"]), one["standing"], voices, retracted)


def natural(name: str) -> list[tuple[int, str]]:
    """Return what a name is sorted by, so that miR-9 comes before miR-10."""
    return [(int(part), "") if part.isdigit() else (0, part.casefold()) for part in re.findall(r"\d+|\D+", name)]


def _ordered(source: Source, drugs: dict[str, Entity]) -> Iterator[tuple[str, str]]:
    """Yield each drug with the class under which it stands: a class before its members, each once."""
    names: dict[str, str] = {}
    members: dict[str, list[str]] = defaultdict(list)
    for member, one, name in source.select(queries.read("page-members")).rows:
        names[one] = name
        members[one].append(member)
    below = {member for found in members.values() for member in found}
    roots = sorted((one for one in names if one not in below), key=names.__getitem__)
    seen: set[str] = set()

    def walk(one: str, group: str) -> Iterator[tuple[str, str]]:
        if one in seen:
            return
        seen.add(one)
        if one in drugs:
            yield group, one
        inside = sorted(members[one], key=lambda member: (member in names, names.get(member) or member))
        for member in inside:
            yield from walk(member, group)

    for root in roots:
        seen.add(root)
        tops = sorted((one for one in members[root] if one in names), key=names.__getitem__)
        for top in tops:
            yield from walk(top, names[top])
        for member in sorted(members[root]):
            yield from walk(member, "other drugs")
        if root in drugs:
            yield "drug not named", root
    for iri in sorted(drugs):
        if iri not in seen:
            yield "other treatments", iri
