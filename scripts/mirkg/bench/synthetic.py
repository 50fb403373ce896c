"""Synthetic: tables of invented claims, as many as one likes, in the proportions of the review, with what was planted.

A claim takes the form of a claim of the review drawn at random: its kind, basis, cells, and whether text, table, title
or abstract says it. It restates an earlier claim of that form, or it has the subject of one claim of that form and the
object of another, so that at its size the tables have the hubs of the review: what is often named as an object is
seldom a subject, but for a few. Of molecules and of propositions there are more the more claims there are, by Heaps'
law: with growth, a molecule of the review gets kin, invented ones that are drawn in its place by Zipf's law. Each
entity is for something or against it, and the direction of an effect is the product of the two: no two inferences of
the review conflict, while many would, were directions drawn one by one. No two claims conflict and no paper
denies a claim, but where that was planted. All that is invented is named as such.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from mirkg.make import tables
from mirkg.make.forms import FORMS, REVIEW_FORMS
from mirkg.make.tables import Review, Row, Tables
from mirkg.model import files
from mirkg.model.problems import BadInput
from mirkg.model.vocabulary import kinds
from mirkg.scale.staging import clusters

_REVIEW, _TITLE = "synthetic", "Invented claims"
_INVENTED = {"MicroRNA": "miR-{}", "Gene": "invented gene {}", "LongNoncodingRNA": "invented lncRNA {}"}
_FIRST = 900001  # number of the first invented entity, beyond those of any that is known
_HEAPS = 0.7  # how the number of molecules grows with that of claims
_DISTINCT = 0.82  # how the number of propositions does: that in a half of the review beside that in the whole
_NAMED = 0.5  # share of citations of papers that speak of the subject
_SPEAKING = {"ReferenceTitle": "title", "AbstractSentence": "abstract"}
_ROWS = 10_000  # that are written at once
_SIGNATURE = {"curator": "invented", "date": "2026-11-27"}


class Planted(NamedTuple):
    """Hold what was planted: claims by their ids, each with the number of its one reference.

    A paper contradicts a claim, denies it, or was retracted; a claim that breaks a shape has no reference.
    """

    conflicts: dict[str, str]
    denials: dict[str, str]
    retractions: dict[str, str]
    violations: set[str]


class Synthetic(NamedTuple):
    """Hold invented tables, and what was planted in them."""

    tables: Tables
    planted: Planted


def made(claims: int, seed: int = 0, planted: int = 4) -> Synthetic:
    """Return tables with a number of claims drawn from a seed, and with so many planted of each sort.

    The same numbers give the same tables on every machine. What is planted comes on top, two claims for each with a
    reference and one for each violation.
    """
    rows: dict[str, list[Row]] = {form: [] for form in REVIEW_FORMS}
    maker = _Maker(claims, seed, lambda form, row: rows[form].append(row))
    maker.draw(claims)
    found = maker.plant(planted)
    review = maker.review._replace(id=_REVIEW, title=_TITLE, file=_REVIEW, **rows)  # type: ignore[arg-type]
    return Synthetic(maker.data._replace(entities=maker.entities, reviews=[review]), found)


def write(claims: int, folder: Path, seed: int = 0, planted: int = 4) -> Planted:
    """Write what `made` returns as a data folder, its claims and what they name as Parquet; see `made`.

    Rows are written as they are drawn, so that memory grows with the number of entities and of papers alone.

    Raises:
        BadInput: the folder is there already, or pyarrow is not installed.
        OSError: it cannot be written.
    """
    if folder.exists():
        raise BadInput(f"{files.shown(folder)} is there already. Name a folder that is not.")
    beside = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        place = beside / "reviews" / _REVIEW
        place.mkdir(parents=True)
        with _Writer(place) as writer:
            maker = _Maker(claims, seed, writer.put)
            maker.draw(claims)
            found = maker.plant(planted)
        (place / "review.toml").write_text(_TOLD, "utf-8")
        (beside / "entities").mkdir()
        (beside / "entities" / "entities.tsv").write_text(_delimited("entities", maker.entities), "utf-8")
        for name in ("components.tsv", "mappings.sssom.tsv"):
            shutil.copyfile(_data() / name, beside / name)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return found


_TOLD = f"""# Invented: no review says any of this.
id = "{_REVIEW}"
title = "{_TITLE}"
doi = "10.5555/invented"
published = "{_SIGNATURE["date"]}"
scope = "breast-cancer"
authors = ["{_SIGNATURE["curator"]}"]
end = "End"

[[section]]
id = "bc"
heading = "Text"

[[section]]
id = "conclusion"
heading = "Planted"

[[table]]
id = "table-1"
cell = "miRNA"
"""


def _delimited(form: str, rows: list[Row]) -> str:
    lines = ["\t".join(column.name for column in FORMS[form]), *("\t".join(row.cells.values()) for row in rows)]
    return "\n".join(lines) + "\n"


class _Writer:
    """Write rows to Parquet tables in a folder, some thousands at once."""

    def __init__(self, folder: Path) -> None:
        if find_spec("pyarrow") is None:
            raise BadInput("To write Parquet mirkg needs pyarrow. Install it with: pip install 'mirkg[parquet]'")
        import pyarrow
        from pyarrow import parquet

        self.schemas = {
            form: pyarrow.schema([(column.name, pyarrow.string()) for column in FORMS[form]]) for form in REVIEW_FORMS
        }
        self.files = {
            form: parquet.ParquetWriter(folder / f"{form}.parquet", schema, compression="zstd")
            for form, schema in self.schemas.items()
        }
        self.waiting: dict[str, list[dict[str, str]]] = {form: [] for form in REVIEW_FORMS}

    def put(self, form: str, row: Row) -> None:
        self.waiting[form].append(row.cells)
        if len(self.waiting[form]) == _ROWS:
            self._flush(form)

    def _flush(self, form: str) -> None:
        import pyarrow

        self.files[form].write_table(pyarrow.Table.from_pylist(self.waiting[form], self.schemas[form]))
        self.waiting[form] = []

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        for form, file in self.files.items():
            self._flush(form)
            file.close()


def _data() -> Path:
    return Path(files.resource("data"))


Form = tuple[str, str, str]  # the family of a claim, and the kinds of its subject and its object
Pair = tuple[str, str]


class _Maker:
    """Draw the rows of one review, put each where the caller wants it, and keep what later rows must know."""

    def __init__(self, claims: int, seed: int, put: Callable[[str, Row], None]) -> None:
        self.data = tables.load(_data())
        self.review: Review = self.data.reviews[0]
        self.seed, self.chance = seed, random.Random(seed)
        self.growth = claims / len(self.review.claims)
        self.kin: dict[str, list[str]] = {}  # the invented molecules that are drawn in the place of one, with itself
        self.entities = [*self.data.entities, *self._invented()]
        self.kind = {row["id"]: row["kind"] for row in self.entities}
        self.label = {row["id"]: row["label"] for row in self.entities}
        self.root = clusters(self.entities)
        self.polarity = self._polarities()
        self.put = put
        self.count: Counter[str] = Counter()  # how many rows each table has
        self.said: set[tuple[str, ...]] = set()  # by the passage at hand
        self.speaking: dict[str, list[str]] = defaultdict(list)  # the references that speak of an entity
        self.titles: dict[str, list[str]] = defaultdict(list)
        self.abstracts: set[str] = set()  # the references whose abstracts speak
        self.forms = [row for row in self.review.claims if self._fit(row)]
        self.places = {row["id"]: row["kind"] for row in self.review.passages}
        self.told: dict[str, list[Row]] = defaultdict(list)  # by the kind of passage
        self.like: dict[Form, list[Row]] = defaultdict(list)
        for row in self.forms:
            self.told[self.places[row["passage"]]].append(row)
            self.like[self._form(row)].append(row)
        self.pairs: dict[Form, list[Pair]] = defaultdict(list)  # what claims are about, as often as they state it
        self.distinct: set[tuple[Form, Pair]] = set()
        self.propositions = len(
            {(self._form(row), row["subject"], row["object"]) for row in self.forms}
        )  # of the review

    def _invented(self) -> Iterator[Row]:
        """Yield invented molecules, so that there are as many as so many claims would name."""
        kind = {row["id"]: row["kind"] for row in self.data.entities}
        used = Counter(row[column] for row in self.review.claims for column in ("subject", "object"))
        numbers = itertools.count(_FIRST)
        for rank, name in enumerate(sorted(used, key=lambda one: (-used[one], one))):
            self.kin[name] = [name]
            growth = self.growth**_HEAPS if kind.get(name) in _INVENTED else 1
            for _ in range(math.floor(growth * (rank + 1)) - math.floor(growth * rank) - 1):
                label = _INVENTED[kind[name]].format(next(numbers))
                self.kin[name].append(label.replace(" ", "-"))
                yield _row("entities", id=self.kin[name][-1], label=label, kind=kind[name])

    def draw(self, claims: int) -> None:
        """Draw so many claims, with their passages, brackets and references."""
        drawn: dict[str, list[Row]] = defaultdict(list)
        for form in self.chance.choices(self.forms, k=claims):
            drawn[self.places[form["passage"]]].append(form)
        share = len(self.review.references) / len(self.review.claims)
        self.papers = [str(number) for number in range(1, max(2, round(claims * share)) + 1)]
        for kind in _SPEAKING:
            self._speak(kind, drawn[kind])
        for number in self.papers:
            self._refer(number)
        for kind in ("TextPassage", "TableCell"):
            self._tell(kind, drawn[kind])

    def _fit(self, row: Row) -> bool:
        """Tell whether a claim of the review is one that others can be drawn like."""
        named = (row["subject"], row["object"])
        return not row["denied"] and all(self.kind.get(name, "EntitySet") != "EntitySet" for name in named)

    def _count(self, kind: str, forms: list[Row]) -> int:
        """Return over how many passages of a kind so many claims are spread, as in the review."""
        places = {row["id"] for row in self.review.passages if row["kind"] == kind}
        told = [row["passage"] for row in self.review.claims if row["passage"] in places]
        return max(1, round(len(forms) * len(set(told)) / len(told)))

    def _speak(self, kind: str, forms: list[Row]) -> None:
        """Draw what papers say in their titles, or in the sentences of their abstracts."""
        count = self._count(kind, forms)
        voices = self.papers[: min(count, len(self.papers))]
        for number in range(count):
            reference = voices[number * len(voices) // count]
            passage = f"{_SPEAKING[kind]}-of-{reference}-{number + 1}"
            where = {"sentence": str(number + 1)} if kind == "AbstractSentence" else {}
            self.abstracts.update([reference] if where else [])
            self._passage(passage, kind, reference=reference, **where)
            for form in _part(forms, number, count):
                row = self._claim(form, passage)
                self.speaking[row["subject"]].append(reference)
                if kind == "ReferenceTitle":
                    self.titles[reference] += [self.label[row["subject"]], self.label[row["object"]]]

    def _tell(self, kind: str, forms: list[Row]) -> None:
        """Draw what the review says in sentences or cells, and what it cites for it."""
        places = {row["id"] for row in self.review.passages if row["kind"] == kind}
        sizes = [len(row.items("references")) for row in self.review.brackets if row["passage"] in places]
        count = self._count(kind, forms)
        for number in range(count):
            passage = f"{'text' if kind == 'TextPassage' else 'table'}-{number + 1}"
            place = (
                {"section": "bc", "paragraph": str(number + 1), "sentence": "1"}
                if kind == "TextPassage"
                else {"section": "table-1", "row": str(number + 1)}
            )
            self._passage(passage, kind, **place)
            bracket = f"{passage}-b"
            rows = [
                self._claim(form, passage, bracket if form["bracket"] else "") for form in _part(forms, number, count)
            ]
            if any(row["bracket"] for row in rows):
                self._bracket(bracket, passage, self._cited(rows[0]["subject"], self.chance.choice(sizes)))

    def _cited(self, subject: str, size: int) -> list[str]:
        """Draw the papers of a bracket: some speak of the subject, others are any."""
        near = self.speaking[subject]
        drawn = {
            self.chance.choice(near if near and self.chance.random() < _NAMED else self.papers) for _ in range(size)
        }
        return sorted(drawn, key=int)

    # --- one row

    def _claim(self, form: Row, passage: str, bracket: str = "") -> Row:
        """Draw a claim in the form of one of the review, or of another such, that its passage does not make yet."""
        subject, object_ = self._drawn(form)
        kind = self._signed(form["kind"], subject, object_)
        if subject == object_ or (kind, subject, object_) in self.said:
            return self._claim(self.chance.choice(self.told[self.places[form["passage"]]]), passage, bracket)
        self.pairs[self._form(form)].append((subject, object_))
        self.distinct.add((self._form(form), (subject, object_)))
        kept = {name: form[name] for name in ("product", "basis", "cells", "compared", "disease", "treatment")}
        through = "|".join(map(self._one_of, form.items("through")))
        mechanism = f"of-{passage}" if form["mechanism"] else ""
        return self._say(passage, kind, subject, object_, bracket=bracket, through=through, mechanism=mechanism, **kept)

    def _form(self, row: Row) -> Form:
        kind = row["kind"]
        return kinds()[kind].family if kind in kinds() else kind, self.kind[row["subject"]], self.kind[row["object"]]

    def _drawn(self, form: Row) -> Pair:
        """Draw what a claim is about: as an earlier one if there are propositions enough, else anew."""
        like = self._form(form)
        share = self.count["claims"] / len(self.forms)
        if self.pairs[like] and len(self.distinct) > share**_DISTINCT * self.propositions:
            return self.chance.choice(self.pairs[like])
        subject, object_ = (self.chance.choice(self.like[like])[column] for column in ("subject", "object"))
        return self._one_of(subject), self._one_of(object_)

    def _one_of(self, name: str) -> str:
        """Draw a molecule or one of its kin by Zipf's law."""
        kin = self.kin.get(name, [name])
        return self.chance.choices(kin, [1 / rank for rank in range(1, len(kin) + 1)])[0]

    def _entity(self, kind: str) -> str:
        """Draw an entity of a kind that the review names."""
        named = [row[column] for row in self.forms for column in ("subject", "object")]
        return self._one_of(self.chance.choice([name for name in named if self.kind[name] == kind]))

    def _signed(self, kind: str, subject: str, object_: str) -> str:
        """Return the kind of the same family with the direction that the two entities have for good."""
        one = kinds()[kind]
        if not one.sign:
            return kind
        sign = self._sign(subject, object_)
        if one.sign == sign:
            return kind
        return min(other.name for other in kinds().values() if other.family == one.family and other.sign == sign)

    def _polarities(self) -> dict[str, int]:
        """Return for the roots of pathways and their components whether more of each is for (1) or against (-1)."""
        polarity: dict[str, int] = {}
        for row in self.data.components:
            pathway, component = self.root[row["pathway"]], self.root[row["component"]]
            sign = 1 if row["sign"] == "positive" else -1
            polarity.setdefault(pathway, sign * polarity.get(component, sign * self._coin(pathway)))
            polarity.setdefault(component, sign * polarity[pathway])
        return polarity

    def _coin(self, name: str) -> int:
        return 1 if hashlib.sha256(f"{self.seed} {name}".encode()).digest()[0] % 2 else -1

    def _sign(self, subject: str, object_: str) -> int:
        """Return the direction of an effect, for which all ways from one entity to another agree."""
        first, last = (self.polarity.get(root) or self._coin(root) for root in (self.root[subject], self.root[object_]))
        return first * last

    def _say(self, passage: str, kind: str, subject: str, object_: str, **more: str) -> Row:
        self.said.add((kind, subject, object_))
        row = _row(
            "claims",
            **{"basis": "Unspecified"} | more,
            id=f"{passage}-{len(self.said)}",
            passage=passage,
            kind=kind,
            subject=subject,
            object=object_,
        )
        self._put("claims", row)
        return row

    def _put(self, form: str, row: Row) -> None:
        self.count[form] += 1
        self.put(form, row)

    def _passage(self, name: str, kind: str, **place: str) -> None:
        digest = hashlib.sha256(name.encode()).hexdigest()
        self._put("passages", _row("passages", id=name, kind=kind, digest=digest, **place))
        self.said.clear()

    def _bracket(self, name: str, passage: str, references: list[str]) -> None:
        self._put("brackets", _row("brackets", id=name, passage=passage, references="|".join(references)))

    def _refer(self, number: str, status: str = "active") -> None:
        """Add a reference whose title names what it says."""
        like = self.chance.choice(self.review.references)
        title = ", ".join([*dict.fromkeys(self.titles[number]), f"breast cancer: invented paper {number}"])
        self._put(
            "references",
            _row(
                "references",
                id=number,
                first_author=f"Invented {number}",
                year=like["year"],
                title=title,
                type=like["type"],
                status=status,
                abstract_read="wholeAbstract" if number in self.abstracts else "noAbstract",
            ),
        )

    # --- what is planted

    def plant(self, count: int) -> Planted:
        """Add so many conflicts, denials, retractions and violations, each with passages of its own."""
        opposite = {"ResistanceEffect": "SensitizingEffect", "SensitizingEffect": "ResistanceEffect"}
        planted = Planted({}, {}, {}, set())
        for _ in range(count):
            claim, number = self._planted(opposite)
            planted.conflicts[claim] = number
            claim, number = self._planted({}, denied="yes")
            planted.denials[claim] = number
            claim, number = self._planted({}, status="retracted")
            planted.retractions[claim] = number
            planted.violations.add(self._violation())
        return planted

    def _planted(self, turned: dict[str, str], status: str = "active", **more: str) -> tuple[str, str]:
        """Add a claim that cites one new paper, and what the title of that paper says; return claim and number."""
        subject, drug = self._entity("MicroRNA"), self._entity("Drug")
        kind = self._signed("ResistanceEffect", subject, drug)
        number = str(self.count["references"] + 1)
        self._passage(f"title-of-{number}", "ReferenceTitle", reference=number)
        self._say(f"title-of-{number}", turned.get(kind, kind), subject, drug, **more)
        self.titles[number] = [self.label[subject], self.label[drug]]
        self._refer(number, status)
        passage = f"planted-{number}"
        self._passage(passage, "TextPassage", section="conclusion", paragraph=number, sentence="1")
        self._bracket(f"{passage}-b", passage, [number])
        return self._say(passage, kind, subject, drug, bracket=f"{passage}-b")["id"], number

    def _violation(self) -> str:
        """Add a claim of a pathway effect on a gene, which the shapes forbid."""
        number = str(self.count["passages"] + 1)
        self._passage(f"violating-{number}", "TextPassage", section="conclusion", paragraph=number, sentence="2")
        subject, gene = self._entity("MicroRNA"), self._entity("Gene")
        return self._say(f"violating-{number}", "PathwayEffect", subject, gene)["id"]


def _row(form: str, **cells: str) -> Row:
    return Row(f"{form}.tsv", 0, {column.name: "" for column in FORMS[form]} | _SIGNATURE | cells)


def _part(forms: list[Row], number: int, count: int) -> list[Row]:
    """Return one of so many equal parts of a list."""
    return forms[number * len(forms) // count : (number + 1) * len(forms) // count]
