"""SSSOM: the mappings of the graph as a table of simple standard mappings.

What a graph does not hold (who mapped, when, why, the label of the object) is taken from the table that the project
curates, of the row that says the same. A label that no row gives stays empty: none is made up.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

import pyoxigraph as ox

from mirkg.export import Parts
from mirkg.export.things import Things
from mirkg.model import files
from mirkg.model.vocabulary import curie, graph, prefixes

_COLUMNS = """
    subject_id subject_label predicate_id object_id object_label mapping_justification author_label mapping_date comment
    """.split()  # noqa: SIM905
_SEMAPV = "https://w3id.org/semapv/vocab/"
_NO_REASON = "semapv:UnspecifiedMatching"


def parts(things: Things, _: str) -> Parts:
    """Return what writes the table."""
    return {"": lambda file: _write(things, file)}


def _write(things: Things, file: BinaryIO) -> None:
    rows = list(_rows(things))
    used = {row[column].partition(":")[0] for row in rows for column in ("subject_id", "predicate_id", "object_id")}
    spaces = {**{prefix: space for prefix, space in prefixes().items() if prefix in used}, "semapv": _SEMAPV}
    dataset = ox.NamedNode("https://w3id.org/mirkg")
    head = {
        "mapping_set_id": "https://w3id.org/mirkg/graph/mappings",
        "mapping_set_title": "mirkg mappings",
        "mapping_set_version": things.text(dataset, "owl:versionInfo"),
        "license": things.text(dataset, "dcterms:license"),
    }
    lines = [f'{slot}: "{value}"' for slot, value in head.items() if value]
    lines += ["curie_map:", *(f'  {prefix}: "{space}"' for prefix, space in sorted(spaces.items()))]
    text = io.StringIO()
    text.writelines(f"#{line}\n" for line in lines)
    writer = csv.DictWriter(text, _COLUMNS, delimiter="\t", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.write(text.getvalue().encode())


def _rows(things: Things) -> Iterator[dict[str, str]]:
    """Yield the mappings, sorted, with what the curated table says of each."""
    curated = list(_curated())
    same = {(row["subject_id"], row["predicate_id"], row["object_id"]): row for row in curated}
    labels = {row["object_id"]: row["object_label"] for row in curated if row["object_label"]}
    told = (quad for quad in things.quads if quad.graph_name == graph("mappings"))
    for quad in sorted(told, key=lambda quad: str(quad.triple)):
        key = (curie(str(quad.subject)[1:-1]), curie(quad.predicate.value), curie(str(quad.object)[1:-1]))
        row = same.get(key, {})
        yield {
            **{column: row.get(column, "") for column in _COLUMNS},
            **dict(zip(("subject_id", "predicate_id", "object_id"), key, strict=True)),
            "subject_label": things.label(quad.subject),
            "object_label": labels.get(key[2]) or things.text(quad.object, "rdfs:label"),
            "mapping_justification": row.get("mapping_justification", _NO_REASON),
        }


def _curated() -> Iterator[dict[str, str]]:
    """Yield the rows of the mapping table that the package ships."""
    lines = files.text(files.resource("data/mappings.sssom.tsv")).splitlines()
    yield from csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
