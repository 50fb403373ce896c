"""Intake: from a table that was made elsewhere, by a mapping, to the tables of a source beside the reviews.

Each row is a passage of its own and makes one claim; the article that it names is a reference, whose title nobody has
read for claims. What cannot be resolved is left, with its row, the reason and what to do. No sign is invented: the
mapping says which value means which kind.
"""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mirkg.make import integrity
from mirkg.make.forms import DATE, FORMS, ID, LONGEST, REVIEW_FORMS, fits
from mirkg.make.resolve import Resolver, Unresolved
from mirkg.make.sheet import Line, Sheet
from mirkg.make.tables import Row, Tables, told_text
from mirkg.make.text import digest
from mirkg.model import files, normal
from mirkg.model.identifiers import plain_doi, plain_pmid
from mirkg.model.problems import BadInput, Problem, nearest
from mirkg.model.vocabulary import entity_kinds, kinds

ROLES = ("subject", "object", "disease", "cells", "treatment")
_REFERENCE = ("title", "pmid", "doi", "year", "author", "journal")
_FORM = "docs/import.md shows the form."


class Role(NamedTuple):
    """Say which column names an entity, or which entity it always is, of which kind, and what its names mean."""

    column: str
    always: str
    kind: str
    new: bool
    names: dict[str, str]


class Mapping(NamedTuple):
    """Say what the columns of a table mean."""

    file: str
    facts: dict[str, str]
    roles: dict[str, Role]
    kind_column: str
    kinds: dict[str, str]
    reference: dict[str, str]


class Left(NamedTuple):
    """Hold a row that made no claim: the column, what is wrong with it, and what to do."""

    line: Line
    column: str
    what: str
    do: str


class Intake(NamedTuple):
    """Hold what a table became: the rows of the source's tables, new entities, what was left and what is notable."""

    mapping: Mapping
    sheet: Sheet
    rows: dict[str, list[dict[str, str]]]
    made: list[dict[str, str]]
    left: list[Left]
    labels: dict[str, str]
    conflicting: list[tuple[int, int]]
    repeated: int
    untitled: int
    known_papers: int


# --------------------------------------------------------------------------------------------------
# The mapping
# --------------------------------------------------------------------------------------------------


def mapping(path: str) -> Mapping:
    """Read a mapping.

    Raises:
        BadInput: it cannot be read, is not TOML, or says something that cannot be.
    """
    file = files.shown(path)

    def refused(name: str, what: str, do: str = f"Correct it; {_FORM}") -> BadInput:
        return BadInput(Problem(file, 0, name, what, do))

    try:
        told = tomllib.loads(files.user_text(path, "Name a mapping."))
    except (ValueError, RecursionError) as error:
        what = "is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise refused("", f"is not TOML: {what}.", "Mend it.") from error
    allowed = {*_FACTS, *_OPTIONS, *ROLES, "kind", "reference"}
    if unknown := sorted(told.keys() - allowed):
        raise refused(unknown[0], f"is no part of a mapping.{nearest(unknown[0], allowed)}")
    if missing := [name for name in (*_FACTS, "kind", "subject", "object") if name not in told]:
        raise refused(missing[0], "is missing.", f"Add it; {_FORM}")
    try:
        dated = {name: str(told[name]) for name in ("published", "date")}
        facts = {name: told_text(told | dated, name, pattern) for name, pattern in _FACTS.items()}
        facts |= {name: told_text({name: ""} | told, name, r".*") for name in _OPTIONS}
        roles = {name: _role(told[name], name) for name in ROLES if name in told}
        column, values = _kinds(told["kind"])
        reference = _reference(told.get("reference", {}))
    except TypeError as error:
        raise refused(error.args[0], error.args[1]) from error
    return Mapping(file, facts, roles, column, values, reference)


_FACTS = {"id": ID, "title": r".+", "published": DATE, "curator": r".+", "date": DATE}
_OPTIONS = ("encoding", "sheet")


def _role(told: Any, name: str) -> Role:
    known = _part(told, name, {"column": str, "is": str, "kind": str, "new": bool, "names": dict})
    if bool(known.get("column")) == bool(known.get("is")):
        raise TypeError(name, 'needs column = "…", or is = "…" where all rows are about one thing.')
    kind = known.get("kind", "")
    if kind and kind not in entity_kinds():
        raise TypeError(f"{name}.kind", f"{kind!r} is no kind of entity.{nearest(kind, entity_kinds())}")
    if known.get("new") and not kind:
        raise TypeError(f"{name}.kind", "is missing, and a new entity needs one.")
    names = known.get("names", {})
    if not all(isinstance(meant, str) for meant in names.values()):
        raise TypeError(f"{name}.names", "holds something else than texts.")
    return Role(known.get("column", ""), known.get("is", ""), kind, known.get("new", False), names)


def _kinds(told: Any) -> tuple[str, dict[str, str]]:
    known = _part(told, "kind", {"column": str, "is": str, "values": dict})
    values = known.get("values", {}) if known.get("column") else {"": known.get("is", "")}
    if bool(known.get("column")) == bool(known.get("is")) or not values:
        raise TypeError("kind", 'needs column = "…" and values, or is = "…".')
    for value, kind in values.items():
        if kind not in kinds() or kind in ("Conversion", "Reversal"):
            raise TypeError("kind.values", f"{value!r} is {kind!r}, which is no kind.{nearest(str(kind), kinds())}")
    return known.get("column", ""), values


def _reference(told: Any) -> dict[str, str]:
    known = _part(told, "reference", dict.fromkeys(_REFERENCE, str))
    if known and "title" not in known:
        raise TypeError("reference.title", "is missing: an article is shown by its title.")
    return known


def _part(told: Any, name: str, allowed: dict[str, type]) -> dict[str, Any]:
    """Return one part of a mapping; raise TypeError with its name and what is wrong."""
    if not isinstance(told, dict):
        raise TypeError(name, "is no table.")
    for key, value in told.items():
        if key not in allowed:
            raise TypeError(f"{name}.{key}", f"is no part of a mapping.{nearest(key, allowed)}")
        if not isinstance(value, allowed[key]):
            raise TypeError(f"{name}.{key}", f"{value!r} is none that it can be.")
    return told


# --------------------------------------------------------------------------------------------------
# The rows
# --------------------------------------------------------------------------------------------------


def taken(sheet: Sheet, mapping: Mapping, tables: Tables) -> Intake:
    """Return what the rows of a table become beside the tables of a folder.

    Raises:
        BadInput: the table lacks a column that the mapping names, or the mapping names an entity that is none.
    """
    _columns(sheet, mapping)
    return _Taking(sheet, mapping, tables).run()


def _columns(sheet: Sheet, mapping: Mapping) -> None:
    named = [(f"{name}.column", role.column) for name, role in mapping.roles.items()]
    named += [("kind.column", mapping.kind_column), *((f"reference.{k}", v) for k, v in mapping.reference.items())]
    problems = [
        Problem(mapping.file, 0, place, f"{sheet.file} has no column {column!r}.{nearest(column, sheet.columns)}",
                f"Its columns are: {', '.join(sheet.columns)[:300]}.")
        for place, column in named
        if column and column not in sheet.columns
    ]  # fmt: skip
    if problems:
        raise BadInput(problems)


class _Taking:
    """Take the rows of one table, one after the other."""

    def __init__(self, sheet: Sheet, mapping: Mapping, tables: Tables) -> None:
        self.sheet, self.mapping = sheet, mapping
        self.signature = {name: mapping.facts[name] for name in ("curator", "date")}
        self.resolver = Resolver(tables.entities, tables.mappings, **self.signature)
        self.papers = _papers(tables)
        self.rows: dict[str, list[dict[str, str]]] = {form: [] for form in REVIEW_FORMS}
        self.left: list[Left] = []
        self.numbers: dict[str, str] = {}
        self.said: dict[tuple[str, ...], tuple[int, str]] = {}
        self.conflicting: list[tuple[int, int]] = []
        self.counts: Counter[str] = Counter()

    def run(self) -> Intake:
        for line in self.sheet.lines:
            if line.what:
                self.left.append(Left(line, "", line.what, line.do))
                continue
            try:
                self._take(line, dict(zip(self.sheet.columns, line.cells, strict=True)))
            except _Refused as refused:
                self.left.append(Left(line, refused.column, refused.what, refused.do))
        return Intake(
            self.mapping,
            self.sheet,
            self.rows,
            self.resolver.made({row[role] for row in self.rows["claims"] for role in ROLES}),
            self.left,
            self.resolver.labels,
            self.conflicting,
            self.counts["repeated"],
            self.counts["untitled"],
            self.counts["known"],
        )

    def _take(self, line: Line, cells: dict[str, str]) -> None:
        kind = self._kind(cells)
        for role in ("subject", "object"):
            self._printed(role, cells)
        reference = self._reference(cells)
        meant = {name: self._meant(name, cells) for name in self.mapping.roles}
        passage = f"row-{line.number}"
        number = self._number(reference) if reference else ""
        self._note_what_is_notable(line.number, kind, meant, number)
        self._add("passages", id=passage, kind="TableRow", row=str(max(line.number, 1)), digest=row_digest(line.cells))
        if number:
            self._add("brackets", id=f"{passage}-b1", passage=passage, references=number)
        disease = meant.pop("disease", "")
        if not disease and self.resolver.kinds[meant["object"]] == "Disease":
            disease = meant["object"]
        self._add(
            "claims",
            id=f"{passage}-1",
            passage=passage,
            kind=kind,
            bracket=f"{passage}-b1" if number else "",
            basis="Unspecified",
            disease=disease,
            printed_subject=self._printed("subject", cells),
            printed_object=self._printed("object", cells),
            **meant,
        )

    def _kind(self, cells: dict[str, str]) -> str:
        column = self.mapping.kind_column
        value = cells[column] if column else ""
        if value not in self.mapping.kinds:
            known = ", ".join(map(repr, self.mapping.kinds))
            what = f"{value[:60]!r} is none of {known}."
            raise _Refused(column, what, "Correct the cell, or say under kind.values in the mapping what it means.")
        return self.mapping.kinds[value]

    def _meant(self, name: str, cells: dict[str, str]) -> str:
        """Return the id of the entity that plays a role in a row; a role beside subject and object may be empty."""
        role = self.mapping.roles[name]
        printed = role.always or cells[role.column]
        if not printed and name not in ("subject", "object"):
            return ""
        if not printed:
            raise _Refused(role.column, "is empty.", "Fill it.")
        try:
            return self.resolver.find(role.names.get(printed, printed), role.kind, new=role.new)
        except Unresolved as unresolved:
            raise _Refused(role.column or name, unresolved.what, unresolved.do) from unresolved

    def _printed(self, name: str, cells: dict[str, str]) -> str:
        """Return a name as the table prints it."""
        role = self.mapping.roles[name]
        printed = cells[role.column] if role.column else ""
        if len(printed) > LONGEST or not printed.isprintable():
            raise _Refused(role.column, f"{printed[:60]!r} is no name.", "Correct it.")
        return printed

    def _reference(self, cells: dict[str, str]) -> dict[str, str]:
        """Return what a row says of its article, or nothing where it has no title."""
        told = {name: " ".join(cells[column].split()) for name, column in self.mapping.reference.items()}
        if not told.get("title"):
            return {}
        if not all(value.isprintable() and len(value) <= LONGEST for value in told.values()):
            do = "Look whether the encoding in the mapping is right."
            raise _Refused(self.mapping.reference["title"], "holds a character that cannot be printed.", do)
        for name, plain in (("pmid", plain_pmid), ("doi", plain_doi)):
            if told.get(name) and not plain(told[name]):
                raise _Refused(
                    self.mapping.reference[name], f"{told[name][:60]!r} is no {name.upper()}.", "Correct it."
                )
            told[name] = plain(told.get(name, ""))
        if told.get("year") and not fits(r"[12][0-9]{3}", told["year"]):
            raise _Refused(self.mapping.reference["year"], f"{told['year'][:60]!r} is no year.", "Correct it.")
        return told

    def _number(self, told: dict[str, str]) -> str:
        """Return the number of the article that a row names, a new one at its first row."""
        key = told["pmid"] or told["doi"] or _title(told["title"])
        if key in self.numbers:
            return self.numbers[key]
        number = self.numbers[key] = str(len(self.numbers) + 1)
        known = next(
            (self.papers[name] for name in (told["pmid"], told["doi"], _title(told["title"])) if name in self.papers),
            None,
        )
        said = {
            "title": told["title"],
            "first_author": told.get("author", ""),
            "year": told.get("year", ""),
            "journal": told.get("journal", ""),
            "pmid": told["pmid"],
            "doi": told["doi"],
            "identifier_seen": f"the table {self.mapping.facts['id']}" if told["pmid"] or told["doi"] else "",
            "type": "not stated",
            "status": "unknown",
        }
        if known:
            self.counts["known"] += 1
            said |= {name: known[name] for name in _SHARED}
            said["identifier_seen"] = f"reference {known['id']} of {_review_of(known)}, which is the same paper"
        self._add("references", id=number, abstract_read="noAbstract", **said)
        return number

    def _note_what_is_notable(self, row: int, kind: str, meant: dict[str, str], number: str) -> None:
        """Count a row that repeats another, or lacks an article, and note one that turns the sign of another."""
        self.counts["untitled"] += not number
        same = (number, *meant.values(), kinds()[kind].family)
        first, before = self.said.setdefault(same, (row, kind))
        if first != row and before == kind:
            self.counts["repeated"] += 1
        elif first != row and kinds()[kind].sign * kinds()[before].sign < 0:
            self.conflicting.append((first, row))

    def _add(self, form: str, **cells: str) -> None:
        empty = {column.name: "" for column in FORMS[form]}
        self.rows[form].append(empty | cells | self.signature)


class _Refused(Exception):
    """Report that a row makes no claim: the column, what is wrong, and what to do."""

    def __init__(self, column: str, what: str, do: str) -> None:
        super().__init__(what)
        self.column, self.what, self.do = column, what, do


_SHARED = (
    *("title", "first_author", "year", "journal", "pmid", "doi", "pmcid", "type"),
    *("status", "notice_doi", "status_basis"),
)


def _papers(tables: Tables) -> dict[str, Row]:
    """Return the references of the reviews by PubMed number, DOI and title; what two papers share names none."""
    found: dict[str, Row | None] = {}
    for review in tables.reviews:
        for row in review.references if review.kind == "review" else ():
            for name in filter(None, (plain_pmid(row["pmid"]), plain_doi(row["doi"]), _title(row["title"]))):
                found[name] = row if found.get(name, row) is row else None
    return {name: row for name, row in found.items() if row}


def _review_of(row: Row) -> str:
    return Path(row.file).parent.name


def _title(title: str) -> str:
    return normal.key(title).rstrip(".")


def row_digest(cells: Iterable[str]) -> str:
    """Return the digest of a row: that of its cells in order."""
    return digest("\t".join(cells))


# --------------------------------------------------------------------------------------------------
# What is written
# --------------------------------------------------------------------------------------------------


def written(intake: Intake, folder: Path) -> dict[str, bytes]:
    """Return the files of a source, by their paths in a folder of tables."""
    facts = intake.mapping.facts
    source = folder / "reviews" / facts["id"]
    described = "".join(f"{name} = {_quoted(facts[name])}\n" for name in ("id", "title", "published"))
    found = {
        str(source / "review.toml"): f'# A statement table, taken in by mirkg import.\nkind = "table"\n{described}',
        str(source / "unresolved.tsv"): _unresolved(intake),
        str(folder / "entities" / f"{facts['id']}.tsv"): _table("entities", intake.made),
    }
    found |= {str(source / f"{form}.tsv"): _table(form, rows) for form, rows in intake.rows.items()}
    return {path: content.encode() for path, content in found.items()}


def _table(form: str, rows: list[dict[str, str]]) -> str:
    columns = [column.name for column in FORMS[form]]
    ordered = sorted((Row("", 0, {name: row[name] for name in columns}) for row in rows), key=integrity.sort_key)
    return "".join(_line(cells) for cells in [columns, *(list(row.cells.values()) for row in ordered)])


def _unresolved(intake: Intake) -> str:
    header = ["row", "column", "what", "do", *intake.sheet.columns]
    rows = [[str(one.line.number), one.column, one.what, one.do, *one.line.cells] for one in intake.left]
    return "".join(map(_line, [header, *rows]))


def _line(cells: Iterable[str]) -> str:
    return "\t".join(" ".join(cell.split()) for cell in cells) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def report(intake: Intake) -> Iterator[str]:
    """Yield what became of a table, in sentences, the rows that were left by their reason."""
    claims, rows = len(intake.rows["claims"]), len(intake.sheet.lines)
    yield f"{rows:,} rows: {claims:,} became claims, {len(intake.left):,} were left"
    made = Counter(row["kind"] for row in intake.made)
    new = ", ".join(f"{count:,} {kind}" for kind, count in sorted(made.items())) or "none"
    articles = len(intake.rows["references"])
    yield f"{articles:,} articles, {intake.known_papers:,} of them in a review; new entities: {new}"
    nameless = sum(not row["pmid"] and not row["doi"] for row in intake.rows["references"])
    if nameless:
        yield f"{nameless:,} articles have no identifier: no list of retractions can name them"
    if intake.untitled:
        yield f"{intake.untitled:,} rows name no article: their claims cite nothing"
    if intake.repeated:
        yield f"{intake.repeated:,} rows say what an earlier row says of the same article"
    if intake.conflicting:
        pairs = ", ".join(f"{one} and {other}" for one, other in intake.conflicting[:10])
        more = f" and {len(intake.conflicting) - 10:,} more" if len(intake.conflicting) > 10 else ""
        yield f"{len(intake.conflicting):,} rows turn what an earlier row says of the same article: {pairs}{more}"
    reasons: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for one in intake.left:
        reasons[one.column, one.what, one.do].append(one.line.number)
    for (column, what, do), numbers in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[1]))[:_SHOWN]:
        listed = ", ".join(map(str, numbers[:5])) + (f" and {len(numbers) - 5:,} more" if len(numbers) > 5 else "")
        yield f"  row{'s' if len(numbers) > 1 else ''} {listed}:{f' [{column}]' if column else ''} {what} {do}"
    if len(reasons) > _SHOWN:
        yield f"  and {len(reasons) - _SHOWN:,} more reasons, in unresolved.tsv"


_SHOWN = 20  # reasons that the report prints
