"""RDF: the whole graph in the standard formats, the same triples in each."""

from __future__ import annotations

from typing import BinaryIO

import pyoxigraph as ox

from mirkg.export import Parts
from mirkg.export.things import Things
from mirkg.model import rdf
from mirkg.model.vocabulary import prefixes

_NAMED = {"trig": ox.RdfFormat.TRIG, "nq": ox.RdfFormat.N_QUADS}
_UNION = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES, "rdfxml": ox.RdfFormat.RDF_XML}


def parts(things: Things, form: str) -> Parts:
    """Return what writes the graph in a format: with its named graphs where the format has them, else their union."""

    def write(file: BinaryIO) -> None:
        if form in _NAMED:
            rdf.stream(things.quads, file, _NAMED[form], prefixes())
        else:
            rdf.stream(rdf.union(things.quads), file, _UNION[form], prefixes())

    return {"": write}
