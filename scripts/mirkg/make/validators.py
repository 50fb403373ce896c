"""Validators: SHACL engines behind one door, from the triples of data and shapes to those of a report.

pySHACL is the reference. pyrudof, where it is installed, does the same in less time; tests/test_validators.py compares
what the two find.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

import pyoxigraph as ox

from mirkg.model.problems import BadInput
from mirkg.model.rdf import serialized

logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)  # what it would say of literals, `ill_typed` tells
warnings.filterwarnings("ignore", module="rdflib.term")
NAMES = ("pyrudof", "pyshacl")
_STRING = "http://www.w3.org/2001/XMLSchema#string"


def chosen(engine: str) -> str:
    """Return the engine that is named, else the fastest that is installed.

    Raises:
        BadInput: it is not installed.
    """
    found = find_spec("pyrudof") is not None
    if engine == "pyrudof" and not found:
        raise BadInput("--engine pyrudof needs pyrudof. Install it with: pip install 'mirkg[scale]'")
    return engine or ("pyrudof" if found else "pyshacl")


def report(data: Iterable[ox.Triple], shapes: Iterable[ox.Triple], engine: str = "") -> list[ox.Triple]:
    """Return the validation report of an engine on some data and shapes.

    Raises:
        BadInput: the engine is not installed, or cannot judge the data.
    """
    return (_by_pyrudof if chosen(engine) == "pyrudof" else _by_pyshacl)(data, shapes)


def _by_pyrudof(data: Iterable[ox.Triple], shapes: Iterable[ox.Triple]) -> list[ox.Triple]:
    import pyrudof

    session, strict = pyrudof.Rudof(pyrudof.RudofConfig()), pyrudof.ReaderMode.Strict
    try:
        session.read_data(_lines(data), pyrudof.RDFFormat.NTriples, reader_mode=strict)
        session.read_shacl(_lines(shapes), pyrudof.ShaclFormat.NTriples, reader_mode=strict)
        session.validate_shacl(pyrudof.ShaclValidationMode.Native)
    except pyrudof.RudofError as error:
        why = " ".join(str(error).split())[:200]
        raise BadInput(f"pyrudof cannot judge this graph ({why}). Try --engine pyshacl.") from error
    told = session.serialize_shacl_validation_results(pyrudof.ResultShaclValidationFormat.NTriples)
    return [quad.triple for quad in ox.parse(told, format=ox.RdfFormat.N_TRIPLES)]


def _lines(triples: Iterable[ox.Triple]) -> str:
    return serialized(triples, ox.RdfFormat.N_TRIPLES).decode()


def _by_pyshacl(data: Iterable[ox.Triple], shapes: Iterable[ox.Triple]) -> list[ox.Triple]:
    import pyshacl

    _, found, _ = pyshacl.validate(
        in_memory(data), shacl_graph=in_memory(shapes), inference="none", allow_warnings=True
    )
    told = found.serialize(format="nt", encoding="utf-8")
    return [quad.triple for quad in ox.parse(told, format=ox.RdfFormat.N_TRIPLES)]


def ill_typed(literal: ox.Literal) -> bool:
    """Tell whether a literal is not of its datatype, by what pySHACL's library makes of it."""
    import rdflib

    return bool(rdflib.Literal(literal.value, datatype=literal.datatype.value).ill_typed)


def in_memory(triples: Iterable[ox.Triple]) -> Any:
    """Return triples as an rdflib graph in memory, which is what pySHACL judges rightly."""
    import rdflib

    graph, known = rdflib.Graph(), {}

    def term(one: Any) -> Any:
        if one not in known:
            known[one] = _term(one)
        return known[one]

    graph.addN((term(one.subject), term(one.predicate), term(one.object), graph) for one in triples)
    return graph


def _term(one: Any) -> Any:
    import rdflib

    if isinstance(one, ox.NamedNode):
        return rdflib.URIRef(one.value)
    if isinstance(one, ox.BlankNode):
        return rdflib.BNode(one.value)
    kind = None if one.language or one.datatype.value == _STRING else rdflib.URIRef(one.datatype.value)
    return rdflib.Literal(one.value, lang=one.language, datatype=kind, normalize=False)
