"""Alike: nodes of a graph that no shape tells apart, so that one of them is judged for all.

A shape reads what a node states, and how often; of what it names the classes, and what else a path reaches; of a text
the language and whether it fits a pattern. tests/test_alike.py fails if a shape reads more. Nodes and statements are
texts here, as N-Triples write them: large graphs come from files, and most of what is there is never judged.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import pyoxigraph as ox

from mirkg.model import vocabulary

_SH = "http://www.w3.org/ns/shacl#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE, _SUBCLASS = str(vocabulary.RDF_TYPE), str(vocabulary.SUBCLASS)
_COUNTS = ("minCount", "maxCount", "qualifiedMinCount", "qualifiedMaxCount")
_COMPARING = ("hasValue", "in", "minInclusive", "maxInclusive")
_TEXT = re.compile(r'"([^"\\]*)"(@[\w-]+)?')
_INTEGER = re.compile(rf'"-?[0-9]+"\^\^{re.escape(str(vocabulary.INTEGER))}')
Kind = frozenset[Any]  # of a node: all that a shape can read of it
Fact = tuple[str, str]  # what a node states: property and object
Statement = Sequence[str]  # subject, property, object


class Reading:
    """Hold what some shapes read of a graph, and the kinds of nodes that conform to them, as far as was seen."""

    def __init__(self, shapes: Collection[ox.Triple]) -> None:
        """Collect the properties in paths, the terms that are compared, the patterns and the counts."""
        stated: dict[str, list[tuple[str, str]]] = defaultdict(list)
        values: dict[str, list[str]] = defaultdict(list)  # of literals
        for triple in shapes:
            name = triple.predicate.value.removeprefix(_SH)
            stated[name].append((str(triple.subject), str(triple.object)))
            if isinstance(triple.object, ox.Literal):
                values[name].append(triple.object.value)
        objects = {name: [value for _, value in pairs] for name, pairs in stated.items()}
        first, rest = dict(stated[f"{_RDF}first"]), dict(stated[f"{_RDF}rest"])
        further = [node for path in objects["path"] if path in rest for node in _chain(rest[path], rest)]
        self.own = {_TYPE, _SUBCLASS, *first.values(), *objects["path"], *objects["targetSubjectsOf"]}
        self.far = {_TYPE, _SUBCLASS, *(first[node] for node in further)}
        self.terms = {*first.values(), *objects["hasValue"]}
        comparing = {shape for name in _COMPARING for shape, _ in stated[name]}
        self.compared = {path for shape, path in stated["path"] if shape in comparing}
        self.patterns = [re.compile(pattern) for pattern in values["pattern"]]
        self.most = 1 + max(int(number) for name in _COUNTS for number in values[name])
        self.sound: dict[frozenset[Any], set[Kind]] = defaultdict(set)  # by what else a graph says of classes
        self.numbers: dict[Any, int] = {}  # of what was read of a statement


def _text(literal: str, patterns: list[re.Pattern[str]]) -> Any:
    """Return what a shape that compares no values can read of a literal.

    That is all of it, if it is neither text nor integer, or has letters that are escaped: engines differ in what the
    end of a line is to a pattern.
    """
    if _INTEGER.fullmatch(literal):
        return True, *(bool(pattern.search(literal[1 : literal.rindex('"')])) for pattern in patterns)
    if not (found := _TEXT.fullmatch(literal)):
        return literal
    return found[2], *(bool(pattern.search(found[1])) for pattern in patterns)


def _chain(node: str, rest: dict[str, str]) -> Iterator[str]:
    """Yield the parts of a list from one of them on."""
    while node in rest:
        yield node
        node = rest[node]


class Nodes:
    """Hold what a graph states of some nodes, and what shapes reach from there."""

    def __init__(self, nodes: Iterable[str], statements: Iterable[Statement], reading: Reading) -> None:
        """Look at each statement once; the nodes stay in their order."""
        self.reading = reading
        self.stated: dict[str, set[Fact]] = {node: set() for node in nodes}
        self.reached: dict[str, set[Fact]] = defaultdict(set)
        wider: set[tuple[str, Fact]] = set()
        read, far, stated = reading.own, reading.far, self.stated
        for subject, predicate, value in statements:
            if predicate in read:
                fact = (predicate, value)
                if (own := stated.get(subject)) is not None:
                    own.add(fact)
                if predicate in far:
                    self.reached[subject].add(fact)
                    if predicate != _TYPE:
                        wider.add((subject, fact))
        self.sound = reading.sound[frozenset(wider)]

    def kinds(self) -> dict[Kind, list[str]]:
        """Return the nodes by their kinds."""
        far = {subject: frozenset(facts) for subject, facts in self.reached.items()}
        numbers: dict[Fact, int] = {}
        found: dict[Kind, list[str]] = {}
        for node, facts in self.stated.items():
            for fact in facts:
                if fact not in numbers:
                    numbers[fact] = self._number(fact, far)
            found.setdefault(self._kind([numbers[fact] for fact in facts]), []).append(node)
        return found

    def _number(self, fact: Fact, far: dict[str, frozenset[Fact]]) -> int:
        """Return a number for what a shape can read of a statement."""
        reading, (predicate, value) = self.reading, fact
        if value.startswith('"'):
            read: Any = value if predicate in reading.compared else _text(value, reading.patterns)
        else:
            named = predicate in reading.far or value in reading.terms
            read = value if named else (value[:2] if value[:2] in ("_:", "<<") else "", far.get(value))
        return reading.numbers.setdefault((predicate, read), len(reading.numbers))

    def _kind(self, numbers: list[int]) -> Kind:
        """Return a kind from the numbers of all statements; more often than any shape counts is often enough."""
        kind = frozenset(numbers)
        if len(kind) == len(numbers):
            return kind
        return frozenset((one, min(times, self.reading.most)) for one, times in Counter(numbers).items())

    def around(self, nodes: Iterable[str]) -> list[ox.Triple]:
        """Return what some of the nodes state, with all that shapes reach from there."""
        found = {(node, *fact) for node in nodes for fact in self.stated[node]}
        ahead = [value for _, _, value in found]
        seen: set[str] = set()
        while ahead:
            node = ahead.pop()
            if node not in seen:
                seen.add(node)
                facts = self.reached.get(node, ())
                found.update((node, *fact) for fact in facts)
                ahead += [value for _, value in facts]
        text = "".join(f"{' '.join(statement)} .\n" for statement in found)
        return [quad.triple for quad in ox.parse(text, ox.RdfFormat.N_TRIPLES)]

    def members(self, nodes: Iterable[str]) -> dict[str, list[str]]:
        """Return which of some nodes are of each class, narrower classes included, or state each property."""
        found: dict[str, list[str]] = defaultdict(list)
        for node in nodes:
            classes = {value for predicate, value in self.stated[node] if predicate == _TYPE}
            for one in {predicate for predicate, _ in self.stated[node]} | self._wider(classes):
                found[one].append(node)
        return found

    def _wider(self, classes: Collection[str]) -> set[str]:
        """Return some classes and all that are wider."""
        found, ahead = set(), [*classes]
        while ahead:
            if (one := ahead.pop()) not in found:
                found.add(one)
                ahead += [value for predicate, value in self.reached.get(one, ()) if predicate == _SUBCLASS]
        return found
