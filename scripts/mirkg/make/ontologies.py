"""Ontologies: the file of an ontology, in the syntaxes that ontologies come in, as facts on its terms.

Turtle, RDF/XML and their like are read by pyoxigraph; OBO and the other syntaxes of OWL by horned-owl, of the extra
``owl``, which leaves out most of the header of OBO, so that this header is read here.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import PurePath
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.model import files, rdf
from mirkg.model.problems import BadInput, Problem
from mirkg.model.vocabulary import BASE, LABEL, RDF_TYPE, RDFS, curie, expand

OBO = "http://purl.obolibrary.org/obo/"
Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Facts = dict[ox.NamedNode | ox.BlankNode | ox.Triple, list[tuple[ox.NamedNode, Term]]]

VERSION = ox.NamedNode(expand("owl:versionIRI"))
LICENCE = ox.NamedNode(expand("dcterms:license"))
DEPRECATED = ox.NamedNode(expand("owl:deprecated"))
REPLACED = ox.NamedNode(expand("IAO:0100001"))
TITLE = ox.NamedNode(expand("dcterms:title"))
VERSION_INFO = ox.NamedNode(expand("owl:versionInfo"))
_ONTOLOGY = ox.NamedNode(expand("owl:Ontology"))
_IMPORTS = ox.NamedNode(expand("owl:imports"))
_DC, _CC = "http://purl.org/dc/elements/1.1/", "http://creativecommons.org/ns#"
_HEADER = {  # what a header tells, and the property under which it is kept
    VERSION: VERSION,
    VERSION_INFO: VERSION_INFO,
    LICENCE: LICENCE,
    ox.NamedNode(f"{_DC}license"): LICENCE,
    ox.NamedNode(f"{_CC}license"): LICENCE,
    TITLE: TITLE,
    ox.NamedNode(f"{_DC}title"): TITLE,
}
# What a term is called, means and is mapped to.
TOLD = {
    LABEL,
    DEPRECATED,
    REPLACED,
    ox.NamedNode(expand("IAO:0000115")),
    ox.NamedNode("http://www.geneontology.org/formats/oboInOwl#hasDbXref"),
    ox.NamedNode("http://www.geneontology.org/formats/oboInOwl#hasExactSynonym"),
    *(ox.NamedNode(expand(f"skos:{name}Match")) for name in ("broad", "close", "exact", "narrow", "related")),
}
_LOGIC = (expand("owl:"), expand("rdf:"), RDFS)
_ANNOTATING = {expand(f"owl:{name}") for name in ("annotatedSource", "annotatedProperty", "annotatedTarget")}
_DO = "Is the file whole? Mend it there, or fetch it again."
_HORNED = ("obo", "ofn", "omn", "owx")


class Ontology(NamedTuple):
    """Hold an ontology: its file, its IRI, what its header tells, and for each of its terms what is stated of it."""

    file: str
    iri: ox.NamedNode
    header: dict[ox.NamedNode, Term]
    facts: Facts

    @property
    def name(self) -> str:
        """What to call it: its IRI, with its version where it has one."""
        version = self.header.get(VERSION) or self.header.get(VERSION_INFO)
        told = getattr(version, "value", "")
        return f"{self.iri.value} ({told})" if told else self.iri.value

    def describes(self, term: ox.NamedNode) -> bool:
        """Tell whether it states more of a term than that there is one, as it does of those of other ontologies."""
        return any(predicate != RDF_TYPE for predicate, _ in self.facts.get(term, ()))

    def objects(self, term: Term, predicate: ox.NamedNode) -> list[Term]:
        """Return what a predicate leads to from a term."""
        told = () if isinstance(term, ox.Literal) else self.facts.get(term, ())
        return [value for one, value in told if one == predicate]


def read(file: str) -> Ontology:
    """Read an ontology.

    Raises:
        BadInput: the file cannot be read, is not well formed, names no ontology or several, or is a graph of mirkg.
    """
    content = rdf.unpacked(file, files.user_bytes(file, "Name the file of an ontology."))
    syntax = PurePath(file).suffix.lower().removeprefix(".")
    header = dict(_obo_header(files.decoded(content, file))) if syntax == "obo" else {}
    quads = _horned(file, content, syntax) if syntax in _HORNED else _parsed(file, content)
    facts: Facts = {}
    try:
        for quad in quads:
            if quad.predicate in TOLD or quad.predicate in _HEADER or _logical(quad.predicate):
                facts.setdefault(quad.subject, []).append((quad.predicate, quad.object))
    except (SyntaxError, ValueError, MemoryError) as error:
        raise rdf.ill_formed(file, error, _DO) from error
    iri = _named(file, facts)
    for predicate, value in facts[iri]:
        if predicate in _HEADER:
            header.setdefault(_HEADER[predicate], value)
    return Ontology(file, iri, header, facts)


def _logical(predicate: ox.NamedNode) -> bool:
    return predicate.value.startswith(_LOGIC) and predicate.value not in _ANNOTATING


def _parsed(file: str, content: bytes) -> Iterator[ox.Quad]:
    content, form = rdf.read(file, content)
    return ox.parse(content, format=form, rename_blank_nodes=True)


# Cross-references that releases have and horned-owl does not read: with an escape, or of several words.
_ODD = re.compile(r'^xref:(?![ \t]*[^\s\\]+[ \t]*(?:["{!].*)?$).*$', re.MULTILINE)
_CONVERT = """
import sys
import pyhornedowl
read = pyhornedowl.open_ontology_from_string(sys.stdin.buffer.read().decode(), sys.argv[1])
sys.stdout.buffer.write(read.save_to_string("rdf").encode())
"""
_SECONDS = 600


def _horned(file: str, content: bytes, syntax: str) -> Iterator[ox.Quad]:
    """Return what horned-owl reads, as RDF; it reads in a process of its own, which may break or never end."""
    if find_spec("pyhornedowl") is None:
        raise BadInput(f"To read .{syntax} takes py-horned-owl. Install it with: pip install 'mirkg[owl]'")

    def refused(line: int = 0) -> BadInput:
        return BadInput(Problem(file, line, "", f"is not well formed {syntax.upper()}.", _DO))

    text = files.decoded(content, file)
    if syntax == "obo":
        text = _ODD.sub("", text)
    if syntax == "owx":  # over a file that is cut horned-owl never ends
        rdf.whole_xml(file, content)
    command = [sys.executable, "-c", _CONVERT, syntax]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise refused() from error
    if done.returncode:
        place = re.search(r"line_col: Pos\(\((\d+)", done.stderr.decode("utf-8", "replace"))
        raise refused(int(place[1]) if place else 0)
    return ox.parse(done.stdout, format=ox.RdfFormat.RDF_XML, rename_blank_nodes=True)


def _obo_header(text: str) -> Iterator[tuple[ox.NamedNode, Term]]:
    """Yield what the header of OBO tells of version, licence and title, as the OBO format maps it to OWL."""
    tags = [line.split(":", 1) for line in text.partition("\n[")[0].splitlines() if ":" in line]
    told = {tag: value.strip() for tag, value in tags if tag != "property_value"}
    if version := told.get("data-version", "").strip("/"):
        name = told.get("ontology", "")
        place = version if version.endswith((".owl", ".obo")) else f"{name}/{version}/{name}.owl"
        if re.fullmatch(r"[\w./-]+", place):
            yield VERSION, ox.NamedNode(OBO + place)
        yield VERSION_INFO, ox.Literal(version)
    for tag, line in tags:
        found = re.match(r'\s*(\S+)\s+(?:"([^"]*)"|(\S+))', line) if tag == "property_value" else None
        if found and found[1].endswith("license"):
            value = found[2] or found[3]
            yield LICENCE, ox.NamedNode(value) if re.match(r"https?://\S+$", value) else ox.Literal(value)
        elif found and found[1].endswith("title"):
            yield TITLE, ox.Literal(found[2] or found[3])


def _named(file: str, facts: Facts) -> ox.NamedNode:
    """Return the IRI of the ontology that a file holds."""

    def refused(what: str, do: str) -> BadInput:
        return BadInput(Problem(file, 0, "", what, do))

    headers = [one for one in facts if isinstance(one, ox.NamedNode) and (RDF_TYPE, _ONTOLOGY) in facts[one]]
    if any(one.value.startswith(BASE) for one in headers):
        raise refused("is a graph of mirkg and no other ontology.", "To add to it, name it with --graph.")
    imported = {value for one in headers for predicate, value in facts[one] if predicate == _IMPORTS}
    own = [one for one in headers if one not in imported]
    if not own:
        raise refused("names no ontology.", "It must state that an IRI is an owl:Ontology; in OBO, the tag ontology.")
    if len(own) > 1:
        names = " and ".join(curie(one.value) for one in sorted(own, key=str)[:2])
        raise refused(f"names {len(own)} ontologies, such as {names}.", "Give each in a file of its own.")
    return own[0]
