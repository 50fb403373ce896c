"""Names: which entity a reader means by a label, a printed form, a CURIE or an IRI."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from mirkg.ask import queries
from mirkg.ask.store import Source
from mirkg.model import normal
from mirkg.model.problems import BadInput, nearest

_ARM = re.compile(r"-[35]p$", re.IGNORECASE)


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
    """Hold what a name means: the entity, all that it stands for, and what a reader should know."""

    entity: Entity
    iris: list[str]
    remark: str


class Names:
    """Resolve names against the entities of one source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.entities: dict[str, Entity] = {}
        self.by_name: dict[str, list[Entity]] = defaultdict(list)
        self._by_fold: dict[str, list[Entity]] = defaultdict(list)
        rows = source.select(queries.read("names")).rows
        if not rows:
            raise BadInput(EMPTY)
        for iri, kind, label, name in rows:
            entity = self.entities.setdefault(iri, Entity(iri, kind, label))
            for index, key in ((self.by_name, name), (self._by_fold, normal.folded(name))):
                if entity not in index[key]:
                    index[key].append(entity)

    def meant(self, name: str, kinds: Iterable[str] = ()) -> Meant:
        """Return the entity of a name; a class or group also stands for what it includes.

        A kind can be a class of kinds, such as Therapy for drugs, classes of drugs and other treatments.

        Raises:
            BadInput: nothing of the kinds has that name, or several have.
        """
        entity, remark = self._find(name, tuple(one for kind in kinds for one in self.kinds.get(kind, [kind])))
        if remark:  # another arm was asked for: the arms that are printed are not it
            return Meant(entity, [entity.iri], remark)
        narrower = self.source.select(queries.read("names-narrower", entity=[entity.iri])).rows
        if narrower:
            labels = [label for _, label in narrower]
            shown = ", ".join(labels[:6]) + (f" and {len(labels) - 6} more" if len(labels) > 6 else "")
            remark = f"{entity.label} also stands for {shown}."
        return Meant(entity, [entity.iri, *(iri for iri, _ in narrower)], remark)

    @cached_property
    def kinds(self) -> dict[str, list[str]]:
        """Return for each class of entities the kinds that it is short for, a kind for itself."""
        found: dict[str, list[str]] = defaultdict(list)
        for name, kind in self.source.select(queries.read("names-kinds")).rows:
            found[name].append(kind)
        return found

    def _find(self, name: str, kinds: tuple[str, ...]) -> tuple[Entity, str]:
        name = name.strip()
        candidates = self._candidates(name)
        fitting = [entity for entity in candidates if not kinds or entity.kind in kinds]
        if len(fitting) == 1:
            return fitting[0], ""
        if fitting:
            which = "; ".join(f"{entity.label} ({entity.kind}, {entity.iri})" for entity in fitting)
            raise BadInput(f"{name!r} could be {which}. Give the IRI of the one that you mean.")
        if candidates:
            found = candidates[0]
            raise BadInput(f"{found.label} is a {found.kind}, and this takes a {' or '.join(kinds)}.")
        bare = normal.plain(name)
        if _ARM.search(bare) and (armless := self._candidates(_ARM.sub("", bare))):
            return armless[0], f"No arm of {armless[0].label} is printed as {name}; this is {armless[0].label}."
        known = [
            printed for printed, found in self.by_name.items() if not kinds or any(one.kind in kinds for one in found)
        ]
        raise BadInput(f"Nothing here is called {name!r}.{nearest(name, known)}")

    def _candidates(self, name: str) -> list[Entity]:
        if name.startswith(("http://", "https://")):
            return [self.entities[name]] if name in self.entities else self._mapped(name)
        if found := self.by_name.get(name) or self._by_fold.get(normal.folded(name)):
            return found
        return self._curie(name) if re.fullmatch(r"[A-Za-z][\w.]*:[^\s/]+", name) else []

    def _curie(self, name: str) -> list[Entity]:
        from mirkg.model.vocabulary import prefixes

        prefix, _, local = name.partition(":")
        by_fold = {known.casefold(): namespace for known, namespace in prefixes().items()}
        namespace = by_fold.get(prefix.casefold())
        return self._candidates(namespace + local) if namespace else []

    def _mapped(self, iri: str) -> list[Entity]:
        """Return the entities mapped to an outside IRI: those that match exactly, else closely."""
        outside = re.sub(r"[<>\"{}|^`\\\s]", "", iri)
        rows = self.source.select(queries.read("names-mapped", identifier=[outside])).rows
        return [self.entities[entity] for entity, _, rank in rows if rank == rows[0][2] and entity in self.entities]
