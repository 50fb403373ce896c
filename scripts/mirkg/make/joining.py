"""Joining: mappings that were made elsewhere, as mappings of the entities of the tables.

A row of SSSOM joins where one of its ends is an entity, or an identifier that an entity has exactly; its other end gets
the relation that the row states, turned round where the entity stands on the right. Nothing is taken twice, and nothing
is changed that is there.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from mirkg.make import integrity, sssom
from mirkg.make.forms import DATE, FORMS
from mirkg.make.tables import Row, Tables
from mirkg.model import files
from mirkg.model.identifiers import plain_curie
from mirkg.model.iris import slug
from mirkg.model.vocabulary import prefixes

_TURNED = {
    "skos:exactMatch": "skos:exactMatch",
    "skos:closeMatch": "skos:closeMatch",
    "skos:relatedMatch": "skos:relatedMatch",
    "skos:broadMatch": "skos:narrowMatch",
    "skos:narrowMatch": "skos:broadMatch",
}
# Columns that SSSOM need not have, and one that says that a mapping does not hold.
LAX = ("subject_label", "author_label", "mapping_date", "predicate_modifier")
_SHOWN = 20  # rows that the report prints


class Joined(NamedTuple):
    """Hold what became of mappings: new rows, how many were there or are about nothing here, and which were left."""

    made: list[dict[str, str]]
    known: int
    elsewhere: int
    left: list[tuple[int, str]]


def joined(rows: list[Row], data: Tables, curator: str, today: str) -> Joined:
    """Return the mappings that rows of SSSOM give the entities of tables."""
    labels = {f"mke:{slug(row['id'])}": row["label"] for row in data.entities}
    bearers: dict[str, set[str]] = defaultdict(set)
    for entity in labels:
        bearers[plain_curie(entity)].add(entity)
    for row in data.mappings:
        if row["predicate_id"] == "skos:exactMatch":
            bearers[plain_curie(row["object_id"])].add(row["subject_id"])
    there = {(row["subject_id"], plain_curie(row["object_id"])): row["predicate_id"] for row in data.mappings}
    found = Joined([], 0, 0, [])
    counts: Counter[str] = Counter()
    for row in rows:
        ends = [bearers.get(plain_curie(row[f"{end}_id"]), set()) for end in ("subject", "object")]
        if not any(ends):
            counts["elsewhere"] += 1
        elif ends[0] & ends[1]:
            counts["known"] += 1
        elif wrong := _refused(row, ends):
            found.left.append((row.line, wrong))
        else:
            side, other = ("subject", "object") if ends[0] else ("object", "subject")
            identifier = _written(row[f"{other}_id"])
            relation = row["predicate_id"] if ends[0] else _TURNED[row["predicate_id"]]
            for entity in sorted(ends[0] or ends[1]):
                key = (entity, plain_curie(identifier))
                if key in there:
                    if there[key] == relation:
                        counts["known"] += 1
                    else:
                        what = f"{entity} has {identifier} by {there[key]}, and this says {relation}."
                        found.left.append((row.line, what))
                    continue
                there[key] = relation
                named = row[f"{side}_id"] == entity
                found.made.append(
                    {
                        "subject_id": entity,
                        "subject_label": labels[entity],
                        "predicate_id": relation,
                        "object_id": identifier,
                        "object_label": row[f"{other}_label"],
                        "mapping_justification": row["mapping_justification"] if named else "semapv:MappingChaining",
                        "comment": row["comment"] if named else f"through {_written(row[f'{side}_id'])}",
                        "author_label": row["author_label"] or curator,
                        "mapping_date": row["mapping_date"] if re.fullmatch(DATE, row["mapping_date"]) else today,
                    }
                )
    return found._replace(known=counts["known"], elsewhere=counts["elsewhere"])


def _refused(row: Row, ends: list[set[str]]) -> str:
    """Return why a row that names an entity gives it no mapping, or nothing."""
    other = row["object_id" if ends[0] else "subject_id"]
    if row["predicate_modifier"]:
        return f"it says that {row['subject_id']} is {row['predicate_modifier'].lower()} {row['predicate_id']}."
    if row["predicate_id"] not in _TURNED:
        return f"{row['predicate_id']} is no relation of mappings here: {', '.join(_TURNED)}."
    if all(ends):
        return f"{row['subject_id']} and {row['object_id']} are two entities here."
    if not _written(other):
        return f"the prefix of {other!r} is not in ontology/prefixes.ttl."
    return sssom.misnamed(_written(other))


def _written(identifier: str) -> str:
    """Return an identifier with its prefix as it is written here, or nothing where the prefix is unknown."""
    prefix, _, accession = identifier.partition(":")
    ours = {known.casefold(): known for known in prefixes()}.get(prefix.casefold(), "")
    return f"{ours}:{accession}" if ours and accession and not accession.startswith("//") else ""


def written(found: Joined, data: Tables) -> bytes:
    """Return the table of mappings with those that joined, under the header that it has."""
    columns = [column.name for column in FORMS["mappings"]]
    lines = files.user_text(data.folder / "mappings.sssom.tsv", "Add the file.").splitlines()
    header = [line for line in lines if line.startswith("#")]
    declared = {line.lstrip("# ").partition(":")[0] for line in header}
    used = {row["object_id"].partition(":")[0] for row in found.made} - declared
    header += [f'#   {prefix}: "{prefixes()[prefix]}"' for prefix in sorted(used)]
    rows = [*data.mappings, *(Row("", 0, {name: made[name] for name in columns}) for made in found.made)]
    cells = [columns, *([row[name] for name in columns] for row in sorted(rows, key=integrity.sort_key))]
    return "".join(f"{line}\n" for line in header + ["\t".join(row) for row in cells]).encode()


def report(found: Joined) -> Iterator[str]:
    """Yield what became of mappings, in sentences."""
    yield f"mappings joined: {len(found.made):,}, there already: {found.known:,}"
    yield f"rows about no entity here: {found.elsewhere:,}, left: {len(found.left):,}"
    yield from (f"  line {line}: {what}" for line, what in found.left[:_SHOWN])
    if len(found.left) > _SHOWN:
        yield f"  and {len(found.left) - _SHOWN:,} more"
