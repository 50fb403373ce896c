"""Alike: nodes of a graph that no shape tells apart, so that one of them is judged for all.

A shape reads what a node states, and how often; of what it names the classes, and what else a path reaches; of a text
the language and whether it fits a pattern. tests/test_alike.py fails if a shape reads more.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from mirkg.model.vocabulary import INTEGER, RDF_TYPE, SUBCLASS

_SH = "http://www.w3.org/ns/shacl#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_FIRST, _REST = f"{_RDF}first", f"{_RDF}rest"
_COUNTS = ("minCount", "maxCount", "qualifiedMinCount", "qualifiedMaxCount")
_COMPARING = ("hasValue", "in", "minInclusive", "maxInclusive")
_TEXTS = {"http://www.w3.org/2001/XMLSchema#string", f"{_RDF}langString"}
_DIGITS = re.compile("-?[0-9]+")
Kind = frozenset[Any]  # of a node: all that a shape can read of it


class Reading:
    """Hold what some shapes read of a graph, and the kinds of nodes that conform to them, as far as was seen."""

    def __init__(self, shapes: Iterable[ox.Triple]) -> None:
        """Collect the properties in paths, the terms that are compared, the patterns and the counts."""
        stated: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
        for triple in shapes:
            stated[triple.predicate.value.removeprefix(_SH)].append((triple.subject, triple.object))
        objects = {name: [value for _, value in pairs] for name, pairs in stated.items()}
        first, rest = dict(stated[_FIRST]), dict(stated[_REST])
        further = [node for path in objects["path"] if path in rest for node in _chain(rest[path], rest)]
        self.own = {RDF_TYPE, SUBCLASS, *first.values(), *objects["path"], *objects["targetSubjectsOf"]}
        self.far = {RDF_TYPE, SUBCLASS, *(first[node] for node in further)}
        self.terms = {*first.values(), *objects["hasValue"]}
        comparing = {shape for name in _COMPARING for shape, _ in stated[name]}
        self.compared = {path for shape, path in stated["path"] if shape in comparing}
        self.patterns = [re.compile(pattern.value) for pattern in objects["pattern"]]
        self.most = 1 + max(int(number.value) for name in _COUNTS for number in objects.get(name, ()))
        self.sound: dict[frozenset[Any], set[Kind]] = defaultdict(set)  # by what else a graph says of classes
        self.numbers: dict[Any, int] = {}  # of what was read of a statement


def _text(literal: Any, patterns: list[re.Pattern[str]]) -> Any:
    """Return what a shape that compares no values can read of a literal: all, if it is neither text nor integer."""
    kind, text = literal.datatype, literal.value
    if kind.value not in _TEXTS and not (kind == INTEGER and _DIGITS.fullmatch(text)):
        return literal
    return kind, literal.language, *(bool(pattern.search(text)) for pattern in patterns)


def _chain(node: Any, rest: dict[Any, Any]) -> Iterator[Any]:
    """Yield the parts of a list from one of them on."""
    while node in rest:
        yield node
        node = rest[node]


class Nodes:
    """Hold what a graph states of some nodes, and what shapes reach from there."""

    def __init__(self, nodes: Iterable[Any], quads: Iterable[Any], reading: Reading) -> None:
        """Look at each quad once; the nodes stay in their order."""
        self.reading = reading
        self.stated: dict[Any, set[Any]] = {node: set() for node in nodes}
        self.reached: dict[Any, set[Any]] = defaultdict(set)
        wider: set[Any] = set()
        for quad in quads:
            predicate = quad.predicate
            if predicate in reading.own:
                subject, fact = quad.subject, (predicate, quad.object)
                if (own := self.stated.get(subject)) is not None:
                    own.add(fact)
                if predicate in reading.far:
                    self.reached[subject].add(fact)
                    if predicate != RDF_TYPE:
                        wider.add((subject, fact))
        self.sound = reading.sound[frozenset(wider)]

    def kinds(self) -> dict[Kind, list[Any]]:
        """Return the nodes by their kinds."""
        far = {subject: frozenset(facts) for subject, facts in self.reached.items()}
        numbers: dict[Any, int] = {}
        found: dict[Kind, list[Any]] = {}
        for node, facts in self.stated.items():
            for fact in facts:
                if fact not in numbers:
                    numbers[fact] = self._number(fact, far)
            found.setdefault(self._kind([numbers[fact] for fact in facts]), []).append(node)
        return found

    def _number(self, fact: tuple[Any, Any], far: dict[Any, frozenset[Any]]) -> int:
        """Return a number for what a shape can read of a statement."""
        reading, (predicate, value) = self.reading, fact
        if isinstance(value, ox.Literal):
            read: Any = value if predicate in reading.compared else _text(value, reading.patterns)
        else:
            read = value if predicate in reading.far or value in reading.terms else (type(value), far.get(value))
        return reading.numbers.setdefault((predicate, read), len(reading.numbers))

    def _kind(self, numbers: list[int]) -> Kind:
        """Return a kind from the numbers of all statements; more often than any shape counts is often enough."""
        kind = frozenset(numbers)
        if len(kind) == len(numbers):
            return kind
        return frozenset((one, min(times, self.reading.most)) for one, times in Counter(numbers).items())

    def around(self, nodes: Iterable[Any]) -> set[ox.Triple]:
        """Return what some of the nodes state, with all that shapes reach from there."""
        found = {ox.Triple(node, *fact) for node in nodes for fact in self.stated[node]}
        ahead: list[Any] = [triple.object for triple in found]
        seen: set[Any] = set()
        while ahead:
            node = ahead.pop()
            if node not in seen:
                seen.add(node)
                facts = self.reached.get(node, ())
                found.update(ox.Triple(node, *fact) for fact in facts)
                ahead += [value for _, value in facts]
        return found

    def members(self, nodes: Iterable[Any]) -> dict[Any, list[Any]]:
        """Return which of some nodes are of each class, narrower classes included, or state each property."""
        found: dict[Any, list[Any]] = defaultdict(list)
        for node in nodes:
            classes = {value for predicate, value in self.stated[node] if predicate == RDF_TYPE}
            for one in {predicate for predicate, _ in self.stated[node]} | self._wider(classes):
                found[one].append(node)
        return found

    def _wider(self, classes: Collection[Any]) -> set[Any]:
        """Return some classes and all that are wider."""
        found, ahead = set(), [*classes]
        while ahead:
            if (one := ahead.pop()) not in found:
                found.add(one)
                ahead += [value for predicate, value in self.reached.get(one, ()) if predicate == SUBCLASS]
        return found
