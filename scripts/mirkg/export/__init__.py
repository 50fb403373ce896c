"""Export: the graph in the forms that other tools read, one room per form."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from mirkg.model.problems import BadInput, nearest

if TYPE_CHECKING:
    from mirkg.export.things import Things

Part = Callable[[BinaryIO], object]  # writes one file
Parts = dict[str, Part]  # by what is added to the name that is given; one file adds nothing


class Format(NamedTuple):
    """Name the room that writes a format, what a list of formats says of it, and what its files add to a name."""

    room: str
    tells: str
    binary: bool = False
    endings: tuple[str, ...] = ("",)


FORMATS = {
    "trig": Format("rdf", "all named graphs as TriG, the bytes of data/mirkg.trig"),
    "nq": Format("rdf", "all named graphs as N-Quads"),
    "jsonld": Format("jsonld", "all named graphs as JSON-LD that a person can read, claim by claim"),
    "ttl": Format("rdf", "the triples of all graphs as Turtle"),
    "nt": Format("rdf", "the triples of all graphs as N-Triples"),
    "rdfxml": Format("rdf", "the triples of all graphs as RDF/XML"),
    "owl": Format("owl", "ontology, entities, their mappings and edges as OWL in RDF/XML"),
    "owl-ttl": Format("owl", "the same in Turtle"),
    "owl-ofn": Format("owl", "the same in OWL functional syntax"),
    "ontology": Format("owl", "the ontology by itself as OWL in RDF/XML"),
    "sssom": Format("sssom", "the mappings to other vocabularies as an SSSOM table"),
    "graphml": Format("network", "entities and what is stated of them as a network in GraphML"),
    "cytoscape": Format("network", "the same as Cytoscape JSON"),
    "kgx": Format("kgx", "nodes and edges of the Biolink model as KGX tables", endings=("_nodes.tsv", "_edges.tsv")),
    "kgx-jsonl": Format("kgx", "the same as KGX JSON lines", endings=("_nodes.jsonl", "_edges.jsonl")),
    "nanopub": Format("nanopub", "one nanopublication per claim as TriG; --key signs them"),
    "csv": Format("table", "one row per claim with its evidence; no cell is taken for a formula"),
    "xlsx": Format("table", "the same as a sheet for Excel", binary=True),
    "parquet": Format("table", "the same for data frames, what may be several as lists", binary=True),
}


def parts(name: str, things: Things) -> Parts:
    """Return what writes the files of a format.

    Raises:
        BadInput: there is no such format, or a library that it needs is not installed.
    """
    parts: Parts = import_module(f"mirkg.export.{found(name).room}").parts(things, name)
    return parts


def found(name: str) -> Format:
    """Return a format by its name.

    Raises:
        BadInput: there is none; the message names the nearest.
    """
    if name not in FORMATS:
        listed = ", ".join(FORMATS)
        raise BadInput(f"There is no format {name!r}.{nearest(name, FORMATS)} The formats are {listed}.")
    return FORMATS[name]


def missing(library: str, form: str, extra: str) -> BadInput:
    """Return what to install for a format."""
    return BadInput(f"{form} needs {library}. Install it with: pip install 'mirkg[{extra}]'")
