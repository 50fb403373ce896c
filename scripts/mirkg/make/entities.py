"""Entities: from the rows of entities, components and mappings to quads, with what all rows of tables share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

import pyoxigraph as ox

from mirkg.make.forms import FORMS
from mirkg.make.tables import Row
from mirkg.model.iris import Entities
from mirkg.model.vocabulary import INTEGER, expand, graph, mk

Term = ox.NamedNode | ox.Literal
Pair = tuple[ox.NamedNode, Term | None]


@cache
def node(curie: str) -> ox.NamedNode:
    """Return the node that a CURIE names."""
    return ox.NamedNode(expand(curie))


def text(value: str) -> ox.Literal | None:
    """Return a text as a literal, or nothing for an empty one."""
    return ox.Literal(value) if value else None


def number(value: str) -> ox.Literal | None:
    """Return a number as a literal, or nothing for an empty text."""
    return ox.Literal(value, datatype=INTEGER) if value else None


def date(value: str) -> ox.Literal:
    """Return a date as a literal."""
    return ox.Literal(value, datatype=node("xsd:date"))


_WRITERS: dict[str, Callable[[str], Term | None]] = {"text": text, "number": number, "date": date, "term": mk}


def cells(row: Row, form: str, nodes: Mapping[str, Callable[[str], ox.NamedNode]]) -> Iterator[Pair]:
    """Yield what the cells of a row state, by the properties of their columns; `nodes` name what a column refers to."""
    for column in FORMS[form]:
        if column.value:
            write = nodes[column.refers] if column.value == "node" else _WRITERS[column.value]
            for item in row.items(column.name) if column.many else filter(None, [row[column.name]]):
                yield node(column.properties[0]), write(item)


def each(predicate: ox.NamedNode, items: Iterable[str], node: Callable[[str], Term | None]) -> list[Pair]:
    """Return one pair for each item."""
    return [(predicate, node(item)) for item in items]


def facts(subject: ox.NamedNode, name: str, pairs: Iterable[Pair]) -> Iterator[ox.Quad]:
    """Yield pairs as quads of a subject in one of the graphs, without those that hold nothing."""
    for predicate, value in pairs:
        if value is not None:
            yield ox.Quad(subject, predicate, value, graph(name))


def entities(rows: Iterable[Row], named: Entities, origins: dict[str, Row]) -> Iterator[ox.Quad]:
    """Yield the quads of entities, and note for each node its row."""
    for row in rows:
        subject = named.entity(row["id"])
        origins[subject.value] = row
        yield from facts(subject, "entities", cells(row, "entities", {"entities": named.entity}))


def pathway_names(names: Mapping[str, Iterable[str]], named: Entities) -> Iterator[ox.Quad]:
    """Yield the quads that tell after which molecules pathways are named."""
    for pathway, molecules in names.items():
        after = each(mk("namedAfter"), molecules, named.entity)
        yield from facts(named.entity(pathway), "entities", after)


def components(rows: Iterable[Row], named: Entities, origins: dict[str, Row]) -> Iterator[ox.Quad]:
    """Yield the quads of the components of pathways, and note for each statement its row."""
    for row in rows:
        statement = named.component(row["pathway"], row["component"])
        origins[statement.value] = row
        link = (mk(f"{row['sign']}Component"), named.entity(row["component"]))
        yield from facts(named.entity(row["pathway"]), "entities", [link])
        kind: Pair = (node("rdf:type"), mk("ComponentStatement"))
        yield from facts(statement, "entities", [kind, *cells(row, "components", {"entities": named.entity})])


def mappings(rows: Iterable[Row], named: Entities) -> Iterator[ox.Quad]:
    """Yield the quads of mappings, in which mke: stands before the name of an entity of whatever base."""
    for row in rows:
        subject = named.entity(row["subject_id"].removeprefix("mke:"))
        predicate, object_ = (node(row[f"{part}_id"]) for part in ("predicate", "object"))
        yield ox.Quad(subject, predicate, object_, graph("mappings"))
