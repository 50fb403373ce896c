"""Resolve: which entity of the tables a printed name means, and which entity a name makes that no table has.

A name is found by id, label, printed form or CURIE, written in whatever case, with `hsa-` or without. Nothing is
guessed: a name that two entities have, that has another kind than is asked for, or that a spreadsheet has damaged is
refused with the reason. The parts of a miRNA's name follow miRBase: species, number, letter, locus, arm.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from mirkg.make.forms import FORMS, LONGEST
from mirkg.make.tables import SEPARATOR, Row
from mirkg.model import normal
from mirkg.model.iris import slug
from mirkg.model.problems import nearest

_MIRNA = re.compile(
    r"(?:(?P<species>[a-z]{3,4})-)?(?P<stem>mir|let)-?(?P<number>\d+)(?P<letter>[a-z]{0,2})"
    r"(?P<locus>-\d)?(?P<arm>-[35]p|\*)?",
    re.IGNORECASE,
)
# What spreadsheets make of names: MARCH1 as 1-Mar, SEPT2 as 2-Sep, an identifier with an E as 2.31E+19.
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    rf"\d{{1,2}}[-/. ](?:{_MONTHS})[a-z]*(?:[-/. ]\d{{2,4}})?|(?:{_MONTHS})[a-z]*[-/. ]\d{{1,4}}"
    r"|\d{4}-\d{2}-\d{2}(?:[T ].*)?|\d{1,2}/\d{1,2}/\d{2,4}",
    re.IGNORECASE,
)
_LOOKED_FOR = 100  # names that are not known for which the nearest are looked for
_POWER = re.compile(r"\d(?:[.,]\d+)?E[+-]?\d+", re.IGNORECASE)


class Unresolved(Exception):
    """Report that a name means no entity: what is wrong, and what to do."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(what)
        self.what, self.do = what, do


class Resolver:
    """Resolve names against the rows of entities and mappings, and keep the entities that names make."""

    def __init__(self, entities: Iterable[Row], mappings: Iterable[Row], curator: str, date: str) -> None:
        self.signature = {"curator": curator, "date": date}
        self.kinds: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self._misses = 0
        self._bearers: dict[str, str] = {}
        self._made: dict[str, dict[str, str]] = {}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._looks: dict[str, str] = {}
        self._slugs: dict[str, str] = {}
        for row in entities:
            self._enter(row["id"], row["label"], row["kind"], row.items("synonyms"))
        for row in mappings:
            if row["predicate_id"] == "skos:exactMatch":
                entity = self._slugs.get(row["subject_id"].removeprefix("mke:"))
                if entity:
                    self._by_name[normal.folded(row["object_id"])].add(entity)

    def _enter(self, id: str, label: str, kind: str, synonyms: Iterable[str]) -> None:
        self.kinds[id], self.labels[id] = kind, label
        self._slugs[slug(id)] = id
        for name in (id, label, *synonyms):
            self._by_name[normal.folded(name)].add(id)
            self._looks.setdefault(normal.skeleton(name), id)

    def find(self, name: str, kind: str, *, new: bool) -> str:
        """Return the id of the entity that a name means; with `new` a name that no entity has makes one.

        Raises:
            Unresolved: no entity, or several, or one of another kind; or a name that none can have.
        """
        if _DATE.fullmatch(name) or _POWER.fullmatch(name):
            what = f"{name!r} looks like what a spreadsheet makes of a name."
            raise Unresolved(what, "Write the name that stood there, in a column of the format text.")
        found = sorted(self._by_name.get(normal.folded(name), ()))
        fitting = [one for one in found if not kind or self.kinds[one] == kind]
        if len(fitting) > 1:
            which = ", ".join(fitting)
            raise Unresolved(f"{name!r} could be {which}.", "Say which under names in the mapping.")
        if fitting:
            return fitting[0]
        if found:
            what = f"{name!r} is a {self.kinds[found[0]]}, and the column holds a {kind}."
            raise Unresolved(what, "Correct the name or the kind in the mapping.")
        if new:
            return self._new(name, kind)
        do = "Add it to entities/, name what it means under names in the mapping, or set new = true there."
        raise Unresolved(f"no entity is called {name!r}.{self._near(name)}", do)

    def _near(self, name: str) -> str:
        """Return the nearest names, of the first names that are not known: to look for more takes too long."""
        self._misses += 1
        return nearest(name, self.labels.values()) if self._misses <= _LOOKED_FOR else ""

    def _new(self, name: str, kind: str) -> str:
        """Make an entity of a name, a miRNA by the parts of its name, and return its id."""
        label, bearer = _mirna(name) if kind == "MicroRNA" else (name, "")
        id = slug(label.replace("*", "-star"))
        self._refuse(label, id)
        row = {column.name: "" for column in FORMS["entities"]} | self.signature
        synonyms = [name] if name != label and normal.skeleton(name) not in self._looks else []
        if bearer:
            self._bearers[id] = bearer
        self._made[id] = row | {
            "id": id,
            "label": label,
            "kind": kind,
            "synonyms": SEPARATOR.join(synonyms),
        }
        self._enter(id, label, kind, synonyms)
        return id

    def made(self, used: set[str]) -> list[dict[str, str]]:
        """Return the rows of the entities that names made and that are used, arms with what they are arms of."""
        arms = {arm: self._by_name.get(normal.folded(bearer), ()) for arm, bearer in self._bearers.items()}
        above = {arm: [one for one in found if self.kinds[one] == "MicroRNA"] for arm, found in arms.items()}
        used = used | {one for arm in above.keys() & used for one in above[arm]}
        return [
            row | {"arm_of": SEPARATOR.join(sorted(above.get(id, []))[:1])}
            for id, row in self._made.items()
            if id in used
        ]

    def _refuse(self, label: str, id: str) -> None:
        """Refuse a name that no entity of the tables may have.

        Raises:
            Unresolved: with the reason.
        """
        odd = normal.unseen(label) or normal.foreign(label) or next((one for one in '|<>"{}^`\\' if one in label), "")
        if odd or not label.isprintable() or len(label) > LONGEST or not id:
            what = f"{label[:60]!r} holds {odd!r}." if odd else f"{label[:60]!r} is no name."
            raise Unresolved(what, "Write names in Latin and Greek letters.")
        if other := self._looks.get(normal.skeleton(label)):
            raise Unresolved(f"{label!r} looks like a name of {other!r}.", "Write it in the same letters.")
        if other := self._slugs.get(id):
            raise Unresolved(
                f"{label!r} would get the same name in an IRI as {other!r}.", "Name what it means in the mapping."
            )


def _mirna(name: str) -> tuple[str, str]:
    """Return the label of a miRNA by miRBase's rules, and, of an arm, the name of the miRNA that it is an arm of.

    Another species than the human stays in the name; * is the arm that an earlier release found less of.

    Raises:
        Unresolved: it is no name of one miRNA.
    """
    match = _MIRNA.fullmatch(normal.plain(name))
    if not match:
        raise Unresolved(f"{name[:60]!r} is no name of one miRNA.", "Write it as miRBase does, such as hsa-miR-21-5p.")
    species = (match["species"] or "").lower()
    stem = "let" if match["stem"].lower() == "let" else "miR"
    bare = f"{stem}-{match['number']}{match['letter'].lower()}{match['locus'] or ''}"
    if species not in ("", "hsa"):
        bare = f"{species}-{bare}"
    return bare + (match["arm"] or "").lower(), bare if match["arm"] else ""
