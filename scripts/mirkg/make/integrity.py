"""Integrity: what in the tables does not hold together, row by row, before anything is built."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mirkg.make import sssom
from mirkg.make.forms import FORMS, LONGEST, REVIEW_FORMS, UNSTATED_IN_TABLES, Column, fits
from mirkg.make.tables import Review, Row, Tables
from mirkg.model import normal
from mirkg.model.identifiers import plain_doi, plain_pmid
from mirkg.model.iris import slug
from mirkg.model.problems import Problem, nearest
from mirkg.model.retractions import unrecorded
from mirkg.model.vocabulary import classes_of, concepts, entity_kinds, kinds, prefixes


def problems(tables: Tables) -> list[Problem]:
    """Return what makes the tables unfit to build from, sorted by place."""
    entities = {row["id"]: row for row in tables.entities}
    found = [
        *_cells(tables.entities, "entities", {"entities": entities.keys()}),
        *_cells(tables.components, "components", {"entities": entities.keys()}),
        *_cells(tables.mappings, "mappings", {}),
        *_duplicates(tables.entities, lambda row: slug(row["id"]), "id", "gives the same name in an IRI as"),
        *_duplicates(tables.components, lambda row: (row["pathway"], row["component"]), "component", "repeats"),
        *_duplicates(tables.mappings, lambda row: (row["subject_id"], row["object_id"]), "object_id", "repeats"),
        *(
            row.problem("id", "has no letter or digit.", "Give it one.")
            for row in tables.entities
            if not slug(row["id"])
        ),
        *_entity_kinds(tables.entities),
        *_names(tables.entities),
        *_wider(entities),
        *_components(tables.components, entities),
        *_mappings(tables.mappings, entities),
    ]
    ids = [review.id for review in tables.reviews]
    for number, review in enumerate(tables.reviews):
        found += _review_problems(review, entities)
        if not any(getattr(review, form) for form in REVIEW_FORMS):
            what = "has no row in any of its tables: nothing was checked."
            found.append(Problem(review.file, 0, "", what, "Add what the review says."))
        if review.id in ids[:number]:
            found.append(Problem(review.file, 0, "id", f"{review.id!r} is another review's id.", "Give it its own."))
    return sorted(found)


def order_problems(tables: Tables) -> list[Problem]:
    """Return the first row of each table that stands before its place; building does not mind."""
    by_file: dict[str, list[Row]] = defaultdict(list)
    for row in _all_rows(tables):
        by_file[row.file].append(row)
    found = []
    for rows in by_file.values():
        if first := _first_out_of_order(rows, sort_key):
            if "subject_id" in first.cells and not _first_out_of_order(rows, lambda row: row["subject_id"]):
                continue  # the order that the tools of SSSOM write
            column = next(iter(first.cells))
            what = f"{first[column]!r} is out of order."
            found.append(first.problem(column, what, "Sort the table by its first column."))
    return sorted(found)


def advice(tables: Tables) -> list[Problem]:
    """Return what the tables should say and do not: one paper under two numbers, a title that says "retracted"."""
    found: list[Problem] = []
    for review in tables.reviews:
        noted = [set(row.items("about")) for row in review.notes if row["kind"] == "duplicate"]
        for row, other in _same_papers(review.references):
            known = any({f"reference-{one['id']}" for one in (row, other)} <= about for about in noted)
            what = f"reference {row['id']} is the same paper as reference {other['id']} (line {other.line})"
            do = "" if known else "If the review prints it twice, add a note of the kind duplicate."
            found.append(row.problem("id", f"{what}{', as is noted' if known else ''}; it counts once.", do))
        for row in review.references:
            if printed := unrecorded(row["title"], row["status"]):
                what = f"the title says {printed}, and the status is {row['status']}."
                found.append(row.problem("status", what, f"Look it up; if it holds, write {printed}."))
    return sorted(problem._replace(severity="notice") for problem in found)


def _same_papers(references: Iterable[Row]) -> Iterator[tuple[Row, Row]]:
    """Yield references with an earlier one that is the same paper: by an identifier, else by title and year."""
    first: dict[tuple[str, ...], Row] = {}
    for row in references:
        names = [("doi", plain_doi(row["doi"])), ("pmid", plain_pmid(row["pmid"])), ("pmcid", row["pmcid"].upper())]
        known = [name for name in names if name[1]]
        titled = ("title", normal.key(row["title"]), row["year"])
        same = next((first[name] for name in [*known, titled] if name in first), None)
        if same and (any(name in first for name in known) or not _differ(row, same)):
            yield row, same
        for name in [*known, titled]:
            first.setdefault(name, row)


def _differ(one: Row, other: Row) -> bool:
    """Tell whether two references have identifiers of one kind that are not the same."""
    pairs = ((plain(one[name]), plain(other[name])) for name, plain in (("doi", plain_doi), ("pmid", plain_pmid)))
    return any(mine and theirs and mine != theirs for mine, theirs in pairs)


def _first_out_of_order(rows: list[Row], key: Callable[[Row], Any]) -> Row | None:
    keys = [key(row) for row in rows]
    return next((row for before, row, key in zip(keys, rows[1:], keys[1:], strict=False) if key < before), None)


def sort_key(row: Row) -> list[tuple[int, int, str]]:
    """Return the key by which rows are sorted: the cells, with numbers in them read as numbers."""
    parts = re.split(r"([0-9]{1,18})", "\t".join(row.cells.values()))
    return [(0, int(part), "") if "0" <= part[0] <= "9" else (1, 0, part) for part in parts if part]


def _all_rows(tables: Tables) -> Iterator[Row]:
    yield from tables.entities
    yield from tables.components
    yield from tables.mappings
    for review in tables.reviews:
        for form in REVIEW_FORMS:
            yield from getattr(review, form)


def _review_problems(review: Review, entities: dict[str, Row]) -> list[Problem]:
    known: dict[str, Iterable[str]] = {
        "entities": entities.keys(),
        "passages": {row["id"] for row in review.passages},
        "references": {row["id"] for row in review.references},
        "brackets": {row["id"] for row in review.brackets},
    }
    found: list[Problem] = []
    repeated: set[str] = set()
    for form in REVIEW_FORMS:
        rows: list[Row] = getattr(review, form)
        found += _cells(rows, form, known, _unstated(review))
        again = list(_duplicates(rows, lambda row: row["id"], "id", "repeats"))
        repeated |= {fault.what.replace("repeats", "says the same as") for fault in again}
        found += again
    found += [
        fault for fault in _duplicates(review.claims, said, "id", "says the same as") if fault.what not in repeated
    ]
    found += _claims(review.claims, {row["id"]: row for row in review.passages}, entities)
    found += _notes(review)
    found += _concepts("references", review.references)
    if review.kind == "review" and review.scope not in entities:
        found.append(
            Problem(review.file, 0, "scope", f"no entity {review.scope!r}.", "Name the disease by its id in entities/.")
        )
    return found


class _Anything(list[str]):
    """Hold every name: what a row names is looked up elsewhere."""

    def __contains__(self, _: object) -> bool:
        return True


def alone(
    rows: list[Row], form: str, review: Review, entities: dict[str, Row], passages: Mapping[str, Row]
) -> list[Problem]:
    """Return what is wrong with some rows of a review, but for what they repeat and what they name of other tables.

    `passages` are those that claims among the rows are stated in.
    """
    known: dict[str, Iterable[str]] = {**dict.fromkeys(REVIEW_FORMS, _Anything()), "entities": entities.keys()}
    found = [*_cells(rows, form, known, _unstated(review)), *_concepts(form, rows)]
    return found + list(_claims(rows, passages, entities)) if form == "claims" else found


def _unstated(review: Review) -> tuple[str, ...]:
    return UNSTATED_IN_TABLES if review.kind == "table" else ()


def _concepts(form: str, rows: Iterable[Row]) -> Iterator[Problem]:
    """Refuse what is no concept of the scheme of its column."""
    for (table, column), scheme in _SCHEMES.items():
        if table == form:
            yield from _one_of(rows, column, concepts(scheme))


_SCHEMES = {
    ("notes", "kind"): "NoteKindScheme",
    ("references", "abstract_read"): "ReadingScheme",
    ("references", "status"): "StatusScheme",
}


def said(row: Row) -> tuple[str, ...]:
    """Return all that a claim says, without its id and signature."""
    return tuple(cell for column, cell in row.cells.items() if column not in ("id", "curator", "date"))


def _cells(
    rows: Iterable[Row], form: str, known: dict[str, Iterable[str]], without: Iterable[str] = ()
) -> Iterator[Problem]:
    columns = [column._replace(required=False) if column.name in without else column for column in FORMS[form]]
    for row in rows:
        for column in columns:
            yield from _cell(row, column, known)


def _cell(row: Row, column: Column, known: dict[str, Iterable[str]]) -> Iterator[Problem]:
    cell = row[column.name]
    if not cell:
        if column.required:
            yield row.problem(column.name, "is empty.", "Fill it.")
        return
    if len(cell) > LONGEST:
        yield row.problem(column.name, f"has {len(cell)} characters, and may have {LONGEST}.", "Shorten it.")
        return
    if not cell.isprintable() and any(unicodedata.category(character) in ("Cc", "Cn", "Co") for character in cell):
        yield row.problem(column.name, f"{cell!r} holds a control character.", "Remove it.")
    if cell != cell.strip():
        yield row.problem(column.name, f"{cell!r} starts or ends with white space.", "Remove it.")
    for item in row.items(column.name) if column.many else [cell.strip()]:
        if not fits(column.pattern, item):
            yield row.problem(column.name, f"{item!r} is not {column.means}.", "Correct it.")
        elif column.refers and item not in known[column.refers]:
            yield row.problem(
                column.name,
                f"{item!r} is not in {column.refers}.{nearest(item, known[column.refers])}",
                "Add it there or correct it.",
            )


def _duplicates(rows: Iterable[Row], key: Callable[[Row], object], column: str, verb: str) -> Iterator[Problem]:
    first: dict[object, Row] = {}
    for row in rows:
        other = first.setdefault(key(row), row)
        if other is not row:
            place = f"line {other.line}" if other.file == row.file else f"{other.file}:{other.line}"
            yield row.problem(column, f"{row[column]!r} {verb} {place} ({other[column]!r}).", "Keep one of the two.")


def _one_of(rows: Iterable[Row], column: str, allowed: frozenset[str]) -> Iterator[Problem]:
    for row in rows:
        for item in row.items(column):
            if item not in allowed:
                yield row.problem(
                    column, f"{item!r} is none of {', '.join(sorted(allowed))}.{nearest(item, allowed)}", "Correct it."
                )


def _entity_kinds(rows: Iterable[Row]) -> Iterator[Problem]:
    yield from _one_of(rows, "kind", entity_kinds())


def _names(rows: Iterable[Row]) -> Iterator[Problem]:
    """Refuse a name that two entities share or that only looks like another's: nobody could ask for either by it."""
    first: dict[tuple[bool, str], tuple[Row, str]] = {}
    for row in rows:
        for column, names in (("id", [row["id"]]), ("label", [row["label"]]), ("synonyms", row.items("synonyms"))):
            for name in names:
                yield from _letters(row, column, name)
                other, theirs = first.setdefault((column == "id", normal.skeleton(name)), (row, name))
                if other is not row and (column != "id" or row["id"] != other["id"]):
                    verb = "is also" if name.casefold() == theirs.casefold() else "looks like"
                    what = f"{name!r} {verb} a name of {other['id']!r}."
                    yield row.problem(column, what, "Keep it at one of them.")


def _letters(row: Row, column: str, name: str) -> Iterator[Problem]:
    """Refuse a character in a name that no reader sees, or that looks like another and is none."""
    if code := normal.unseen(name):
        yield row.problem(column, f"{name!r} holds {code}, which nobody sees.", "Remove it.")
    if letter := normal.foreign(name):
        what = f"{name!r} holds {letter!r} ({unicodedata.name(letter, 'a letter').title()})."
        yield row.problem(column, what, "Write names in Latin and Greek letters.")


_WIDER = {("Gene", "GeneGroup"), ("Drug", "DrugClass")}


def _wider(entities: dict[str, Row]) -> Iterator[Problem]:
    """Refuse what includes an entity and is of another kind, or is included by it in turn."""
    for row in entities.values():
        for column in ("broader", "arm_of", "member_of"):
            for name in row.items(column):
                wider = entities.get(name)
                if wider and wider["kind"] != row["kind"] and (row["kind"], wider["kind"]) not in _WIDER:
                    yield row.problem(column, f"a {row['kind']} cannot be part of a {wider['kind']}.", "Correct it.")
                elif wider and row["id"] in _above(name, entities):
                    yield row.problem(column, f"{name!r} is itself part of {row['id']!r}.", "Break the circle.")


def _above(name: str, entities: dict[str, Row]) -> set[str]:
    """Return an entity and all that includes it."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        one = ahead.pop()
        if one not in found and one in entities:
            found.add(one)
            ahead += [wide for column in ("broader", "arm_of", "member_of") for wide in entities[one].items(column)]
    return found


def _components(rows: Iterable[Row], entities: dict[str, Row]) -> Iterator[Problem]:
    molecules = classes_of("Molecule")
    for row in rows:
        for column, allowed in (("pathway", ("SignalingPathway",)), ("component", molecules)):
            kind = entities[row[column]]["kind"] if row[column] in entities else allowed[0]
            if kind not in allowed:
                yield row.problem(column, f"{row[column]!r} is a {kind}.", f"Name a {' or '.join(allowed)}.")


def _mappings(rows: Iterable[Row], entities: dict[str, Row]) -> Iterator[Problem]:
    by_slug = {slug(name): row for name, row in entities.items()}
    for row in rows:
        subject = by_slug.get(row["subject_id"].removeprefix("mke:"))
        if subject is None:
            yield row.problem("subject_id", f"{row['subject_id']!r} is not in entities.", "Add it there or correct it.")
        elif normal.plain(subject["label"]) != normal.plain(row["subject_label"]):
            yield row.problem(
                "subject_label", f"{row['subject_label']!r} is not the label {subject['label']!r}.", "Copy the label."
            )
        if wrong := sssom.misnamed(row["object_id"]):
            yield row.problem("object_id", wrong, "Copy the accession from the registry.")
        prefix = row["object_id"].partition(":")[0]
        if prefix not in prefixes():
            yield row.problem(
                "object_id", f"the prefix {prefix!r} is not in ontology/prefixes.ttl.", "Declare it there."
            )


def _claims(claims: Iterable[Row], passages: Mapping[str, Row], entities: dict[str, Row]) -> Iterator[Problem]:
    for row in claims:
        yield from _one_of([row], "kind", frozenset(kinds()))
        yield from _one_of([row], "basis", concepts("BasisScheme"))
        kind, passage = kinds().get(row["kind"]), passages.get(row["passage"])
        yield from _object(row, entities)
        if not re.fullmatch(re.escape(row["passage"]) + r"-[1-9][0-9]*", row["id"]):
            yield row.problem(
                "id", f"{row['id']!r} is not the passage and a number.", f"Write {row['passage']}-1, -2 …"
            )
        if passage and kind and passage["kind"] == "TableCell" and kind.sign:
            yield row.problem(
                "kind",
                f"{kind.name} signs a table cell, and a cell lists without a direction.",
                f"Write {kind.family}.",
            )
        if passage and passage["reference"] and row["bracket"]:
            yield row.problem("bracket", "a title or an abstract cites nothing.", "Leave it empty.")
        if bool(row["product"]) != (row["kind"] == "Conversion"):
            yield row.problem("product", "a Conversion has a product, and nothing else has one.", "Fill or empty it.")


def _object(row: Row, entities: dict[str, Row]) -> Iterator[Problem]:
    """Check that an object is an entity, or for a Reversal a proposition subject/kind/object."""
    if row["kind"] != "Reversal":
        if row["object"] and row["object"] not in entities:
            what = f"{row['object']!r} is not in entities.{nearest(row['object'], entities)}"
            yield row.problem("object", what, "Add it there or correct it.")
        return
    parts = row["object"].split("/")
    if len(parts) != 3 or parts[0] not in entities or parts[1] not in kinds() or parts[2] not in entities:
        yield row.problem(
            "object", f"{row['object']!r} is no proposition.", "Write subject/kind/object, each by its id."
        )


def _notes(review: Review) -> Iterator[Problem]:
    known = {row["id"] for row in review.claims} | {f"reference-{row['id']}" for row in review.references}
    yield from _concepts("notes", review.notes)
    for row in review.notes:
        for item in row.items("about"):
            if item not in known:
                yield row.problem(
                    "about", f"{item!r} is no claim and no reference.", "Write a claim's id or reference-N."
                )
