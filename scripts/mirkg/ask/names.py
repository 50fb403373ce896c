"""Names: which entity a reader means by a label, a printed form, a CURIE or an IRI.

A name is read in several ways, the nearest first: as printed; without what readers vary; as an identifier, in any form
of its registry; with Latin letters for Greek ones; as the end of an IRI; and without a word that only says what kind of
thing it is. The first way that leads to an entity of a kind that is asked for counts, and if it leads to two, both are
named.
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
        A kind can be a class of kinds, such as Therapy for drugs, classes of drugs and other treatments.

        Raises:
            BadInput: nothing of the kinds has that name, or several have.
        """
        entity, remark = self._find(name, tuple(one for kind in kinds for one in self.kinds.get(kind, [kind])))
        around = self.source.select(queries.read("names-narrower", entity=[entity.iri])).rows
        # Where another arm was asked for, the arms that are printed are not it.
        narrower = [] if remark else [(iri, label) for iri, label, how in around if how == "narrower"]
        sets = [(iri, label) for iri, label, how in around if how == "set"]
        remarks = [remark] if remark else []
        if narrower:
            remarks.append(f"{entity.label} also stands for {_listed([label for _, label in narrower])}.")
        for _, label in sets:
            remarks.append(f'What is said of one of {label}, without saying which, is marked "one of".')
        return Meant(entity, [entity.iri, *(iri for iri, _ in narrower + sets)], " ".join(remarks))

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

    def _find(self, name: str, kinds: Sequence[str]) -> tuple[Entity, str]:
        name = " ".join(name.split())
        other: list[Entity] = []
        for found in self._readings(name):
            if fitting := [entity for entity in found if not kinds or entity.kind in kinds]:
                return _one(name, fitting), ""
            other = other or found
        for entity in self._armless(name):
            if not kinds or entity.kind in kinds:
                return entity, f"No arm of {entity.label} is printed as {name}; this is {entity.label}."
        if other:
            raise BadInput(f"{other[0].label} is a {other[0].kind}, and this takes a {' or '.join(kinds)}.")
        if several := self._several(name):
            raise BadInput(f"{name!r} names {' and '.join(one.label for one in several)}. Ask for one of them.")
        known = [
            printed
            for printed, found in sorted(self.by_name.items(), key=lambda item: item[0] == item[1][0].label)
            if not kinds or any(one.kind in kinds for one in found)
        ]
        raise BadInput(f"Nothing here is called {name!r}.{nearest(name, known, normal.folded)}")

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

        bare = name.removeprefix("<").removesuffix(">")
        page = _PAGE.fullmatch(bare)
        own = [unquote(page[1]), unquote(page[1]).rpartition(".")[0]] if page else []
        if bare in self.entities:
            return [self.entities[bare]]
        for iri, entity in self.entities.items() if own else ():
            if iri.rpartition("/entity/")[2] in own:
                return [entity]
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


def _listed(labels: list[str]) -> str:
    return ", ".join(labels[:6]) + (f" and {len(labels) - 6} more" if len(labels) > 6 else "")


def _loose(name: str) -> str:
    """Return a folded name with Latin letters for Greek ones and hyphens for slashes: NF-κB as NF-kB, PI3K-AKT."""
    return _LATIN.sub(lambda letter: letter[0][0], normal.folded(re.sub(r"[/_]", "-", name)))
