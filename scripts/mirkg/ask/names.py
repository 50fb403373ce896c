"""Names: which entity a reader means by a label, a printed form, a CURIE or an IRI.

A name is read in several ways, the nearest first: as printed; without what readers vary; as an identifier, in any form
of its registry; with Latin letters for Greek ones; as the end of an IRI; and without a word that only says what kind of
thing it is. The first way that leads to an entity of a kind that is asked for counts, and if it leads to two, both are
named. Where other ontologies were merged, a name that no entity has can be that of a class of theirs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from mirkg.ask import queries, sparql
from mirkg.ask.store import Source
from mirkg.model import normal
from mirkg.model.problems import BadInput, nearest

_ARM = re.compile(r"(?:-[35]p|\*)$", re.IGNORECASE)
_LATIN = re.compile("alpha|beta|gamma|delta|epsilon|zeta|theta|kappa|lambda|sigma|omega")
_PATHWAY = re.compile(r"(?:[ -](?:signall?ing|pathways?|axis|cascade))+$", re.IGNORECASE)
_CELLS = re.compile(r" (?:cells?|cell lines?)$", re.IGNORECASE)
_PAGE = re.compile(r"https?://[^?#]*/entity/([^/?#]+)(?:#.*)?")
_AND = re.compile(r" ?(?:[/,&+]|\band\b|\bor\b) ?-?")
_NUMBERED = re.compile(r"(\D*?)(\d+)")


EMPTY = (
    "The graph that is asked holds no entities. If it is an endpoint, load data/mirkg.trig there and make the union "
    "of all graphs its default graph (for Oxigraph, --union-default-graph)."
)


class Entity(NamedTuple):
    """Name one entity of the graph."""

    iri: str
    kind: str
    label: str


class Outside(NamedTuple):
    """Name a class of a merged ontology."""

    iri: str
    label: str
    ontology: str


class Meant(NamedTuple):
    """Hold what a name means: the entity, all that it stands for and is one of, and what a reader should know."""

    entity: Entity
    iris: list[str]
    remark: str


class Names:
    """Resolve names against the entities of one source; all are read when one is asked for that is not as printed."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def by_name(self) -> dict[str, list[Entity]]:
        """Return the entities of each name, as printed.

        Raises:
            BadInput: the source has no entities.
        """
        rows = self.source.select(queries.read("names")).rows
        if not rows:
            raise BadInput(EMPTY)
        return _index(_read(rows))

    @cached_property
    def entities(self) -> dict[str, Entity]:
        """Return each entity by its IRI."""
        return {entity.iri: entity for _, entity in self._named()}

    @cached_property
    def _by_fold(self) -> dict[str, list[Entity]]:
        return _index((normal.folded(name), entity) for name, entity in self._named())

    def _named(self) -> Iterator[tuple[str, Entity]]:
        return ((name, entity) for name, entities in self.by_name.items() for entity in entities)

    def meant(self, name: str, kinds: Iterable[str] = ()) -> Meant:
        """Return the entity of a name; a class or group also stands for what it includes.

        What is said of a set, and not of which of its elements, is found from each: the set is among what is returned.
        A kind can be a class of kinds, such as Therapy for drugs, classes of drugs and other treatments. Where kinds
        are named, a class of a merged ontology stands for its members of these kinds, and is not itself returned.

        Raises:
            BadInput: nothing of the kinds has that name, or several have.
        """
        name = " ".join(name.split())
        fitting = tuple(one for kind in kinds for one in self.kinds.get(kind, [kind]))
        if found := self._find(name, fitting):
            return self._with_narrower(*found)
        if fitting and (outside := self._outside(name)) and (members := self._members(outside, fitting)):
            return members
        raise self._refusal(name, fitting)

    def _with_narrower(self, entity: Entity, remark: str) -> Meant:
        """Return an entity with what it stands for and is one of."""
        narrower, under, sets = self._around([entity.iri])
        if remark:  # another arm was asked for, and the arms that are printed are not it
            narrower, under = {}, {}
        remarks = [remark] if remark else []
        if narrower:
            remarks.append(f"{entity.label} also stands for {_listed([*narrower.values()])}.")
        if under:
            remarks.append(f"By a merged ontology it stands for {_listed([*under.values()])} too.")
        iris = [entity.iri, *narrower, *under, *sets]
        return Meant(entity, iris, " ".join([*remarks, *map(_marked, sets.values())]))

    def _around(self, iris: list[str]) -> list[dict[str, str]]:
        """Return the labels of what entities also stand for, of what is under their classes only, and of their sets."""
        around = self.source.select(queries.read("names-narrower", entity=iris)).rows
        known = set(iris)
        found: list[dict[str, str]] = []
        for wanted in ("narrower", "class", "set"):
            found.append({iri: label for iri, label, how in around if how == wanted and iri not in known})
            known |= found[-1].keys()
        return found

    def _members(self, outside: Outside, kinds: Sequence[str]) -> Meant | None:
        """Return the entities of some kinds that fall under a class of a merged ontology, if there are any."""
        members = {entity.iri: entity.label for entity in self._under(outside) if entity.kind in kinds}
        if not members:
            return None
        narrower, under, sets = self._around([*members])
        members |= narrower | under
        remark = (
            f"{outside.label} is a class of {outside.ontology}, and nothing is said of it; "
            f"this is on its members here: {_listed([*members.values()])}."
        )
        entity = Entity(outside.iri, "Class", outside.label)
        return Meant(entity, [*members, *sets], " ".join([remark, *map(_marked, sets.values())]))

    def _under(self, outside: Outside) -> list[Entity]:
        """Return the entities that fall under a class of a merged ontology."""
        query = queries.read("names-members", outside=[outside.iri])
        return list(dict.fromkeys(Entity(*row) for row in self.source.select(query).rows))

    def search(self, part: str) -> list[Entity]:
        """Return the entities that a name means, then those with it in a name, those that begin with it first."""
        part = " ".join(part.split())
        folded, key = normal.folded(part), normal.key(part)
        if not key:
            return []
        hits: dict[Entity, int] = {}
        for name, entity in self._named():
            for wanted, written in ((folded, normal.folded(name)), (key, normal.key(name))):
                if wanted in written:
                    hits[entity] = min(hits.get(entity, len(written)), written.index(wanted))
        ranked = sorted(hits, key=lambda entity: (hits[entity] > 0, len(entity.label), entity.label))
        named = next((found for found in self._readings(part) if found), []) or self._armless(part)
        return list(dict.fromkeys([*named, *self._several(part), *ranked]))

    @cached_property
    def kinds(self) -> dict[str, list[str]]:
        """Return for each class of entities the kinds that it is short for, a kind for itself."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, kind in self.source.select(queries.read("names-kinds")).rows:
            found[name].append(kind)
        return found

    def _find(self, name: str, kinds: Sequence[str]) -> tuple[Entity, str] | None:
        """Return the entity of a name, if there is one, with a remark on how the name was read."""
        for found in self._readings(name):
            if fitting := [entity for entity in found if not kinds or entity.kind in kinds]:
                return _one(name, fitting), ""
        for entity in self._armless(name):
            if not kinds or entity.kind in kinds:
                return entity, f"No arm of {entity.label} is printed as {name}; this is {entity.label}."
        return None

    def _refusal(self, name: str, kinds: Sequence[str]) -> BadInput:
        """Return what to say of a name that no entity of some kinds has."""
        if other := next((found for found in self._readings(name) if found), []):
            return BadInput(f"{other[0].label} is a {other[0].kind}, and this takes a {' or '.join(kinds)}.")
        if several := self._several(name):
            return BadInput(f"{name!r} names {' and '.join(one.label for one in several)}. Ask for one of them.")
        if outside := self._outside(name):
            if kinds:
                what = f"nothing under it is a {' or '.join(kinds)}"
            else:
                what = (
                    f"nothing is said of it. Ask for a member: {_listed([one.label for one in self._under(outside)])}"
                )
            return BadInput(f"{outside.label} is a class of {outside.ontology}, and {what}.")
        known = [
            printed
            for printed, found in sorted(self.by_name.items(), key=lambda item: item[0] == item[1][0].label)
            if not kinds or any(one.kind in kinds for one in found)
        ]
        return BadInput(f"Nothing here is called {name!r}.{nearest(name, known, normal.folded)}")

    def _outside(self, name: str) -> Outside | None:
        """Return the class of a merged ontology with a label or identifier.

        Raises:
            BadInput: several have the label.
        """
        from mirkg.model import identifiers

        label, identifier = normal.folded(name), identifiers.plain_curie(name.removeprefix("<").removesuffix(">"))
        found: dict[str, Outside] = {}
        for iri, called, ontology, version in self.source.select(queries.read("names-classes")).rows:
            if identifiers.plain_curie(iri) == identifier or (called and normal.folded(called) == label):
                of = f"{ontology} ({version})" if version else ontology
                found.setdefault(iri, Outside(iri, called or iri, of))
        if len(found) > 1:
            which = " or ".join(f"{one.iri} of {one.ontology}" for one in found.values())
            raise BadInput(f"{name!r} could be {which}. Give the IRI of the one that you mean.")
        return next(iter(found.values()), None)

    def _readings(self, name: str) -> Iterator[list[Entity]]:
        """Yield what each way of reading a name leads to, the nearest first."""
        yield self._printed(name)
        yield self._by_fold.get(normal.folded(name), [])
        yield self._identified(name)
        yield self._by_loose.get(_loose(name), [])
        yield self._by_end.get(_loose(name), [])
        yield self._pathways.get(_loose(_PATHWAY.sub("", name)), [])
        cells = self._by_loose.get(_loose(_CELLS.sub("", name)), [])
        yield [entity for entity in cells if entity.kind == "CellLine"]
        yield self._by_loose.get(_loose(name.removesuffix("s")), [])

    def _printed(self, name: str) -> list[Entity]:
        """Return the entities with just this name, from the source alone where not all names were read."""
        if "by_name" in vars(self):
            return self.by_name.get(name, [])
        rows = self.source.select(sparql.bound(queries.read("names"), {"name": [sparql.literal(name)]})).rows
        return _index(_read(rows)).get(name, [])

    @cached_property
    def _by_end(self) -> dict[str, list[Entity]]:
        return _index((_loose(iri.rpartition("/")[2]), entity) for iri, entity in self.entities.items())

    @cached_property
    def _by_loose(self) -> dict[str, list[Entity]]:
        return _index((_loose(name), entity) for name, entity in self._named())

    @cached_property
    def _pathways(self) -> dict[str, list[Entity]]:
        """Return the pathways by their names without the word pathway."""
        pathways = ((name, entity) for name, entity in self._named() if entity.kind == "SignalingPathway")
        return _index((_loose(_PATHWAY.sub("", name)), entity) for name, entity in pathways)

    def _armless(self, name: str) -> list[Entity]:
        """Return the miRNAs of which a name names an arm."""
        bare = normal.plain(name)
        found = self._by_fold.get(normal.folded(_ARM.sub("", bare)), []) if _ARM.search(bare) else []
        return [entity for entity in found if entity.kind == "MicroRNA"]

    def _several(self, name: str) -> list[Entity]:
        """Return the entities that a name names together, as miR-221/222 and miR-181a/b do, if each part names one."""
        first, *others = _AND.split(name)
        numbered = _NUMBERED.match(first)
        starts = {"": "", "number": numbered[1], "letter": numbered[0]} if numbered else {"": ""}
        wholes = [first, *(f"{starts.get(_shortened(part), '')}{part}" for part in others)]
        found = [next((means for means in self._readings(whole) if means), []) for whole in wholes]
        each = [means[0] for means in found if len(means) == 1]
        return each if len(wholes) == len(set(each)) > 1 else []

    def _identified(self, name: str) -> list[Entity]:
        """Return the entities of an IRI, of a page of a server, or of an identifier that they are mapped to."""
        from urllib.parse import unquote  # a label needs none of this, and a cold answer is quick without

        from mirkg.model import identifiers
        from mirkg.model.vocabulary import BASE

        bare = name.removeprefix("<").removesuffix(">")
        page = _PAGE.fullmatch(bare)
        own = [unquote(page[1]), unquote(page[1]).rpartition(".")[0]] if page else []
        for iri in (bare, *(f"{BASE}entity/{end}" for end in own)):
            if iri in self.entities:
                return [self.entities[iri]]
        return self._by_identifier.get(identifiers.plain_curie(bare), [])

    @cached_property
    def _by_identifier(self) -> dict[str, list[Entity]]:
        """Return the entities that are mapped to an identifier exactly, else closely, also by its accession alone."""
        from mirkg.model import identifiers

        best: dict[str, str] = {}
        found: list[tuple[str, Entity]] = []
        for outside, iri, rank in self.source.select(queries.read("names-mapped")).rows:
            curie = identifiers.plain_curie(outside)
            accession = curie.partition(":")[2]
            alone = re.search("[a-z]", accession) and re.search("[0-9]", accession)
            keys = [key for key in (curie, accession if alone else "") if key and best.setdefault(key, rank) == rank]
            found += [(key, self.entities[iri]) for key in keys]
        own = ((identifiers.plain_curie(iri), entity) for iri, entity in self.entities.items())
        return _index(chain(own, found))


def _read(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, Entity]]:
    """Yield the entity of each name; one that a store gives several kinds keeps the first."""
    known: dict[str, Entity] = {}
    for iri, kind, label, name in rows:
        yield name, known.setdefault(iri, Entity(iri, kind, label))


def _one(name: str, fitting: list[Entity]) -> Entity:
    if len(fitting) > 1:
        which = "; ".join(f"{entity.label} ({entity.kind}, {entity.iri})" for entity in fitting)
        raise BadInput(f"{name!r} could be {which}. Give the IRI of the one that you mean.")
    return fitting[0]


def _shortened(part: str) -> str:
    """Return what a part of a name leads off with after a slash: the number or only the letter of a miRNA."""
    return "number" if part[:1].isdigit() else "letter" if re.fullmatch(r"[a-z](?:-[35]p)?", part) else ""


def _index(pairs: Iterable[tuple[str, Entity]]) -> dict[str, list[Entity]]:
    """Return the entities of each key, each once."""
    found: dict[str, dict[Entity, None]] = defaultdict(dict)
    for key, entity in pairs:
        found[key][entity] = None
    return {key: list(entities) for key, entities in found.items()}


def _marked(label: str) -> str:
    return f'What is said of one of {label}, without saying which, is marked "one of".'


def _listed(labels: list[str]) -> str:
    return ", ".join(labels[:6]) + (f" and {len(labels) - 6} more" if len(labels) > 6 else "")


def _loose(name: str) -> str:
    """Return a folded name with Latin letters for Greek ones and hyphens for slashes: NF-κB as NF-kB, PI3K-AKT."""
    return _LATIN.sub(lambda letter: letter[0][0], normal.folded(re.sub(r"[/_]", "-", name)))
