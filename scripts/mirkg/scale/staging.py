"""Staging: the tables of one review of any size in one SQLite file, from which partitions are read by subject.

Subjects that can be compared, since one includes the other, lie in one partition: all that the rules before inference
join is about comparable subjects, about one claim, or about one paper. What claims of a partition name is read with
them: passages, brackets, references, entities and what includes these.
"""

from __future__ import annotations

import hashlib
import heapq
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from mirkg.make import integrity
from mirkg.make.forms import FORMS, REVIEW_FORMS
from mirkg.make.mentions import Namer
from mirkg.make.tables import SEPARATOR, Review, Row, Tables
from mirkg.model import files
from mirkg.model.iris import slug
from mirkg.model.problems import BadInput, Problem
from mirkg.scale import stream

CLAIMS = 30_000  # that a partition has where no number of partitions is given
_BATCH = 2_000  # rows that are checked at once
_AT_ONCE = 500  # names that are looked up at once
_MOST = 100  # problems that are told
_WIDER = ("broader", "arm_of", "member_of")
_ASKED = ("MicroRNA", "LongNoncodingRNA")  # subjects of which rules look for what the citing claims lack
_LISTED = "MicroRNA"  # what a title names and the table cell that cites it may lack
_One = TypeVar("_One")
_ORDER = ("passages", "references", "brackets", "claims", "notes")
_LINKS = [
    (form, column.name, column.refers) for form in _ORDER for column in FORMS[form] if column.refers in REVIEW_FORMS
]


class Part(NamedTuple):
    """Hold the rows of which one partition is built.

    `review` has the claims of the partition and what they name; `reversing` are claims of others that reverse a
    proposition of this one. `subjects` are the entities whose claims lie in this partition.
    """

    review: Review
    reversing: list[Row]
    tables: Tables
    subjects: frozenset[str]
    names_of_pathways: dict[str, list[str]]
    mentions: dict[str, list[str]]


def clusters(entities: Iterable[Row]) -> dict[str, str]:
    """Return for each entity the first by name of all that it is tied to by what includes what."""
    rows = list(entities)
    parent = {row["id"]: row["id"] for row in rows}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for row in rows:
        for wider in (item for column in _WIDER for item in row.items(column)):
            first, last = sorted((root(row["id"]), root(wider)))
            parent[last] = first
    return {name: root(name) for name in parent}


class Staging:
    """Hold the tables of one review in a file, and read partitions and slices from it."""

    def __init__(self, path: Path, data: Tables, review: Review, places: dict[str, Path]) -> None:
        self.data, self.review, self.places = data, review, places
        self.entities = {row["id"]: row for row in data.entities}
        self.cluster = clusters(data.entities)
        self.namer = Namer(data.entities)
        self.names_of_pathways = self.namer.names_of_pathways()
        self.base = sqlite3.connect(path)
        self.base.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        self._columns = {form: [column.name for column in FORMS[form]] for form in _ORDER}
        self._mappings: dict[str, list[Row]] = defaultdict(list)
        for row in data.mappings:
            self._mappings[row["subject_id"].removeprefix("mke:")].append(row)

    # --- filling

    def fill(self, partitions: int, count: Callable[[int], None]) -> None:
        """Read and check all tables, and divide the claims; `count` is called with how many rows are read.

        With 0 partitions there are as many as the claims fill.

        Raises:
            BadInput: the tables do not hold together.
        """
        self._make()
        done = 0
        for form in _ORDER:
            faults: list[Problem] = []
            for rows in _batches(stream.rows(self.places[form], form)):
                faults += self._alone(form, rows)
                if len(faults) > _MOST:
                    raise BadInput(faults[:_MOST])
                if not faults:
                    self._insert(form, rows)
                done += len(rows)
                count(done)
            if faults or (faults := list(self._repeated(form))):
                raise BadInput(faults[:_MOST])
        if faults := [*self._unknown(), *self._said_twice()]:
            raise BadInput(faults[:_MOST])
        self._divide(partitions)
        self.base.commit()

    def _make(self) -> None:
        for form, columns in self._columns.items():
            named = ", ".join(f'"{name}" TEXT' for name in columns)
            self.base.execute(f'CREATE TABLE "{form}" (line INTEGER PRIMARY KEY, {named})')
        for form, column, _ in [*_LINKS, ("notes", "about", "")]:
            self.base.execute(f'CREATE TABLE "{form}_{column}" (line INTEGER, item TEXT)')
        self.base.executescript(
            "CREATE TABLE subjects (line INTEGER PRIMARY KEY, cluster TEXT, said INTEGER);"
            "CREATE TABLE reversing (line INTEGER, cluster TEXT);"
            "CREATE TABLE mentions (reference TEXT, entity TEXT, cluster TEXT);"
            "CREATE TABLE parts (cluster TEXT PRIMARY KEY, part INTEGER);"
        )

    def _alone(self, form: str, rows: list[Row]) -> list[Problem]:
        """Return what is wrong with rows by themselves."""
        stated = self.named("passages", (row["passage"] for row in rows)) if form == "claims" else []
        return integrity.alone(rows, form, self.review, self.entities, {row["id"]: row for row in stated})

    def _insert(self, form: str, rows: list[Row]) -> None:
        marks = ", ".join("?" * (len(self._columns[form]) + 1))
        self._many(f'INSERT INTO "{form}" VALUES ({marks})', ((row.line, *row.cells.values()) for row in rows))
        for column in (column for table, column, _ in [*_LINKS, ("notes", "about", "")] if table == form):
            items = ((row.line, item) for row in rows for item in row.items(column))
            self._many(f'INSERT INTO "{form}_{column}" VALUES (?, ?)', items)
        if form == "claims":
            subjects = ((row.line, self.cluster[row["subject"]], _digest(integrity.said(row))) for row in rows)
            self._many("INSERT INTO subjects VALUES (?, ?, ?)", subjects)
            undone = ((row.line, self.cluster[row["object"].split("/")[0]]) for row in rows if _reverses(row))
            self._many("INSERT INTO reversing VALUES (?, ?)", undone)
        if form == "references" and self.review.kind == "review":
            named = ((row["id"], name) for row in rows for name in self.namer.mentioned(row["title"]))
            listed = ((reference, name, self._listed(name)) for reference, name in named)
            self._many("INSERT INTO mentions VALUES (?, ?, ?)", listed)

    def _listed(self, name: str) -> str | None:
        return self.cluster[name] if self.entities[name]["kind"] == _LISTED else None

    def _many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self.base.executemany(statement, rows)

    def _repeated(self, form: str) -> Iterator[Problem]:
        """Index a table by the ids of its rows, or yield those that stand twice."""
        try:
            self.base.execute(f'CREATE UNIQUE INDEX "{form}_by_id" ON "{form}" (id)')
        except sqlite3.IntegrityError:
            twice = self.base.execute(
                f'SELECT MIN(line), MAX(line) FROM "{form}" GROUP BY id HAVING COUNT(*) > 1 LIMIT {_MOST}'
            )
            for first, last in twice.fetchall():
                yield self._clash(form, first, last, "repeats")
        for column in (column for table, column, _ in [*_LINKS, ("notes", "about", "")] if table == form):
            self.base.execute(f'CREATE INDEX "{form}_{column}_items" ON "{form}_{column}" (item, line)')

    def _said_twice(self) -> Iterator[Problem]:
        twice = self.base.execute("SELECT MIN(line), MAX(line) FROM subjects GROUP BY said HAVING COUNT(*) > 1")
        for first, last in twice.fetchmany(_MOST):
            yield self._clash("claims", first, last, "says the same as")

    def _clash(self, form: str, first: int, last: int, verb: str) -> Problem:
        row, other = self._at(form, last), self._at(form, first)
        return row.problem("id", f"{row['id']!r} {verb} row {first} ({other['id']!r}).", "Keep one of the two.")

    def _unknown(self) -> Iterator[Problem]:
        """Yield what rows name that no other table has."""
        for form, column, target in _LINKS:
            asked = (
                f'SELECT line, item FROM "{form}_{column}" '
                f'WHERE NOT EXISTS (SELECT 1 FROM "{target}" WHERE id = item) LIMIT {_MOST}'
            )
            for line, item in self.base.execute(asked).fetchall():
                what = f"{item!r} is not in {target}."
                yield self._at(form, line).problem(column, what, "Add it there or correct it.")
        asked = (
            "SELECT line, item FROM notes_about WHERE NOT EXISTS (SELECT 1 FROM claims WHERE id = item) "
            "AND NOT EXISTS (SELECT 1 FROM \"references\" WHERE 'reference-' || id = item)"
        )
        for line, item in self.base.execute(asked).fetchmany(_MOST):
            what = f"{item!r} is no claim and no reference."
            yield self._at("notes", line).problem("about", what, "Write a claim's id or reference-N.")

    def _divide(self, partitions: int) -> None:
        """Give every cluster of subjects its partition: the largest first, each to the emptiest."""
        sizes: Counter[str] = Counter(dict.fromkeys(self.cluster.values(), 0))
        sizes.update(dict(self.base.execute("SELECT cluster, COUNT(*) FROM subjects GROUP BY cluster")))
        number = partitions or max(1, -(-sizes.total() // CLAIMS))
        loads = [(0, part) for part in range(number)]
        for cluster, size in sorted(sizes.items(), key=lambda one: (-one[1], one[0])):
            load, part = heapq.heappop(loads)
            heapq.heappush(loads, (load + size, part))
            self.base.execute("INSERT INTO parts VALUES (?, ?)", (cluster, part))
        self.base.executescript(
            "CREATE INDEX subjects_by_cluster ON subjects (cluster);"
            "CREATE INDEX reversing_by_cluster ON reversing (cluster);"
            "CREATE INDEX mentions_by_cluster ON mentions (cluster);"
            "CREATE INDEX mentions_by_reference ON mentions (reference);"
            'CREATE INDEX papers_by_doi ON "references" (doi);'
            'CREATE INDEX papers_by_pmid ON "references" (pmid);'
            'CREATE INDEX papers_by_title ON "references" (title, year);'
        )

    # --- reading

    def sizes(self) -> list[int]:
        """Return how many claims each partition has."""
        counted = "SELECT COUNT(line) FROM parts LEFT JOIN subjects USING (cluster) GROUP BY part ORDER BY part"
        return [size for (size,) in self.base.execute(counted)]

    def size(self) -> int:
        """Return how many claims there are."""
        return int(self.base.execute("SELECT COUNT(*) FROM subjects").fetchone()[0])

    def part(self, number: int) -> Part:
        """Return the rows of one partition."""
        claims, reversing = self._of("subjects", number), self._of("reversing", number)
        own = {row["id"] for row in claims}
        reversing = [row for row in reversing if row["id"] not in own]
        passages = self.named("passages", (row["passage"] for row in claims))
        brackets = self.named("brackets", (item for row in claims for item in row.items("bracket")))
        speaks = {row["id"]: row["reference"] for row in passages if row["reference"]}
        asked = {speaks[row["passage"]] for row in claims if row["passage"] in speaks and self._asked(row)}
        beside, listed = self._beside(number, asked, {row["id"] for row in brackets})
        cited = {item for row in brackets for item in row.items("references")}
        review = self.review._replace(
            passages=_once(passages, self._stating([*brackets, *beside])),
            references=self._papers({*cited, *speaks.values(), *listed}),
            brackets=brackets + beside,
            claims=claims,
            notes=self._select("notes", "line IN (SELECT line FROM notes_about WHERE item IN ({}))", own),
        )
        clusters = {cluster for (cluster,) in self.base.execute("SELECT cluster FROM parts WHERE part = ?", (number,))}
        subjects = frozenset(name for name, cluster in self.cluster.items() if cluster in clusters)
        return self._part(review, reversing, subjects)

    def slice(self, form: str, first: int, last: int) -> tuple[Part, list[Row]]:
        """Return the rows of a slice, as a part that has all that they name."""
        rows = self._rows(form, "line BETWEEN ? AND ?", (first, last))
        found: dict[str, Any] = {one: [] for one in REVIEW_FORMS} | {form: rows}
        if form == "brackets":
            found["passages"] = self._stating(rows)
        names = {row["reference"] for row in rows} if form == "passages" else set()
        names |= {item for row in found["brackets"] for item in row.items("references")}
        names |= {item.removeprefix("reference-") for row in found["notes"] for item in row.items("about")}
        if form == "references":
            found["references"] = self._papers({row["id"] for row in rows})
        else:
            found["references"] = [_named_only(row, self.review) for row in self.named("references", names)]
        return self._part(self.review._replace(**found), [], frozenset()), rows

    def _part(self, review: Review, reversing: list[Row], subjects: frozenset[str]) -> Part:
        """Return a part of some rows with the entities that they name, and what includes these."""
        mentions = self._mentions(review.references)
        named = {name for names in mentions.values() for name in names}
        entities = self._entities([*review.claims, *reversing], {review.scope, *named})
        pathways = {row["id"] for row in entities} & self.names_of_pathways.keys()
        mappings = [row for one in entities for row in self._mappings.get(slug(one["id"]), ())]
        return Part(
            review,
            reversing,
            self.data._replace(entities=entities, mappings=mappings, components=[]),
            subjects,
            {name: self.names_of_pathways[name] for name in sorted(pathways)},
            mentions,
        )

    def _stating(self, brackets: Iterable[Row]) -> list[Row]:
        """Return the passages in which some brackets are printed."""
        return self.named("passages", (row["passage"] for row in brackets))

    def _asked(self, claim: Row) -> bool:
        return self.entities[claim["subject"]]["kind"] in _ASKED

    def _of(self, table: str, part: int) -> list[Row]:
        """Return the claims whose subjects, or the subjects of what they reverse, lie in a partition."""
        where = f"line IN (SELECT line FROM {table} JOIN parts USING (cluster) WHERE part = ?) ORDER BY line"
        return self._rows("claims", where, (part,))

    def _beside(self, part: int, asked: set[str], own: set[str]) -> tuple[list[Row], set[str]]:
        """Return the brackets of others that rules look at, with the references alone for which they do, and these.

        They cite a paper that speaks of a subject of the partition, or are in a table cell and cite one that names it.
        """
        named = self.base.execute(
            "SELECT DISTINCT reference FROM mentions JOIN parts USING (cluster) WHERE part = ?", (part,)
        )
        titled = {reference for (reference,) in named}
        citing = "line IN (SELECT line FROM brackets_references WHERE item IN ({}))"
        cells = f"{citing} AND passage IN (SELECT id FROM passages WHERE kind = 'TableCell')"
        found: dict[str, Row] = {}
        for row in self._select("brackets", citing, asked):
            found[row["id"]] = row
        listed = self._select("brackets", cells, titled)
        found |= {row["id"]: row for row in listed}
        looked_at = asked | {item for row in listed for item in row.items("references") if item in titled}
        beside = [_citing(row, looked_at) for name, row in sorted(found.items()) if name not in own]
        return beside, {item for row in found.values() for item in row.items("references")} & looked_at

    def _papers(self, names: set[str]) -> list[Row]:
        """Return references with all that are the same paper by an identifier, or by title and year."""
        rows = {row["id"]: row for row in self.named("references", names)}
        same = [(name, {row[name] for row in rows.values()} - {""}) for name in ("doi", "pmid", "title")]
        for column, values in same:
            rows |= {row["id"]: row for row in self._select("references", f"{column} IN ({{}})", values)}
        return list(rows.values())

    def _mentions(self, references: Iterable[Row]) -> dict[str, list[str]]:
        """Return for each title of some references the entities that it names."""
        titles = {row["id"]: row["title"] for row in references}
        found: dict[str, list[str]] = {title: [] for title in titles.values()}
        titles = {name: title for name, title in titles.items() if title}
        for names in _batches(iter(titles), _AT_ONCE):
            marks = ", ".join("?" * len(names))
            asked = f"SELECT DISTINCT reference, entity FROM mentions WHERE reference IN ({marks}) ORDER BY entity"
            for reference, entity in self.base.execute(asked, names):
                found[titles[reference]].append(entity)
        return found

    def _entities(self, claims: Iterable[Row], names: set[str]) -> list[Row]:
        """Return the entities that claims or others name, with all that these name in turn."""
        ahead = names | {item for row in claims for column in _NAMING for item in row.items(column)}
        ahead |= {part for row in claims for part in row["object"].split("/")}
        found: dict[str, Row] = {}
        while ahead:
            name = ahead.pop()
            if name in self.entities and name not in found:
                row = found[name] = self.entities[name]
                ahead.update(self.names_of_pathways.get(name, ()))
                ahead.update(item for column in _TIES for item in row.items(column))
        return [row for _, row in sorted(found.items())]

    def named(self, form: str, names: Iterable[str]) -> list[Row]:
        """Return the rows of a table that have some ids, in order."""
        return self._select(form, "id IN ({})", set(names) - {""})

    def _select(self, form: str, where: str, values: Iterable[str]) -> list[Row]:
        """Return the rows for which a condition holds on some of many values, in order."""
        found = {}
        for some in _batches(iter(sorted(values)), _AT_ONCE):
            marks = ", ".join("?" * len(some))
            found.update({row.line: row for row in self._rows(form, where.format(marks), some)})
        return [row for _, row in sorted(found.items())]

    def slices(self, size: int) -> Iterator[tuple[str, int, int]]:
        """Yield the tables but for the claims in slices: the form, and the first and the last line."""
        for form in (form for form in _ORDER if form != "claims"):
            lines = [line for (line,) in self.base.execute(f'SELECT line FROM "{form}" ORDER BY line')]
            for some in _batches(iter(lines), size):
                yield form, some[0], some[-1]

    def mechanisms(self, size: int) -> Iterator[list[str]]:
        """Yield the names of all mechanisms, so many at once."""
        asked = "SELECT DISTINCT mechanism FROM claims WHERE mechanism <> '' ORDER BY mechanism"
        yield from _batches((name for (name,) in self.base.execute(asked).fetchall()), size)

    def _at(self, form: str, line: int) -> Row:
        return self._rows(form, "line = ?", (line,))[0]

    def _rows(self, form: str, where: str, values: Iterable[Any]) -> list[Row]:
        columns, file = self._columns[form], files.shown(self.places[form])
        named = ", ".join(f'"{column}"' for column in columns)
        found = self.base.execute(f'SELECT line, {named} FROM "{form}" WHERE {where}', tuple(values))
        return [Row(file, line, dict(zip(columns, cells, strict=True))) for line, *cells in found]


_NAMING = [column.name for column in FORMS["claims"] if column.refers == "entities"]
_TIES = [column.name for column in FORMS["entities"] if column.refers == "entities"]


def _batches(ahead: Iterator[_One], size: int = _BATCH) -> Iterator[list[_One]]:
    while some := list(islice(ahead, size)):
        yield some


def _digest(said: tuple[str, ...]) -> int:
    """Return a number that stands for what a claim says."""
    return int.from_bytes(hashlib.blake2b("\t".join(said).encode(), digest_size=8).digest(), signed=True)


def _once(*tables: list[Row]) -> list[Row]:
    """Return the rows of tables of one form, each once."""
    return list({row["id"]: row for rows in tables for row in rows}.values())


def _reverses(claim: Row) -> bool:
    return claim["kind"] == "Reversal"


def _named_only(reference: Row, review: Review) -> Row:
    """Return a reference with what others show of it: a table prints no bracket, but the titles."""
    shown = {"id", "title"} if review.kind == "table" else {"id"}
    return Row(
        reference.file,
        reference.line,
        {name: cell if name in shown else "" for name, cell in reference.cells.items()},
    )


def _citing(bracket: Row, references: set[str]) -> Row:
    """Return a bracket with those of its references that are among some."""
    left = SEPARATOR.join(item for item in bracket.items("references") if item in references)
    return Row(bracket.file, bracket.line, {**bracket.cells, "references": left})
