from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import RDF, SH

from mirkg.make import check, shapes
from mirkg.model import files
from mirkg.model.problems import Problem
from mirkg.model.vocabulary import ontology

ROOT = Path(__file__).resolve().parent.parent
PREFIXES = """
PREFIX bibo: <http://purl.org/ontology/bibo/>
PREFIX cito: <http://purl.org/spar/cito/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX mk: <https://w3id.org/mirkg/ontology#>
PREFIX mke: <https://w3id.org/mirkg/entity/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX : <https://example.org/>
"""


def turned(old: str, new: str) -> str:
    return f"DELETE DATA {{ {old} }} ; INSERT DATA {{ {new} }}"


def without(old: str) -> str:
    return f"DELETE DATA {{ {old} }}"


def with_(new: str) -> str:
    return f"INSERT DATA {{ {new} }}"


# One change to the valid graph for each shape: what is changed, and all shapes that fire.
BROKEN = {
    "claim-proposition": (without(":listed mk:asserts :response"), {"claim-proposition"}),
    "claim-passage": (without(":claim mk:statedIn :sentence"), {"claim-passage"}),
    "claim-bracket": (
        turned(":claim mk:citedThrough :bracket", ":claim mk:citedThrough :reference"),
        {"claim-bracket"},
    ),
    "claim-basis": (without(":listed mk:basis mk:Unspecified"), {"claim-basis", "claim-basis-concept"}),
    "claim-basis-concept": (turned(":claim mk:basis mk:Gain", ":claim mk:basis mk:garbled"), {"claim-basis-concept"}),
    "claim-through": (turned(":claim mk:through mke:PTEN", ":claim mk:through mke:MCF-7"), {"claim-through"}),
    "claim-through-pathway": (
        turned(":claim mk:throughPathway mke:PTEN-pathway", ":claim mk:throughPathway mke:PTEN"),
        {"claim-through-pathway"},
    ),
    "claim-cell-line": (
        turned(":claim mk:inCellLine mke:MCF-7", ":claim mk:inCellLine mke:cancer-cell"),
        {"claim-cell-line"},
    ),
    "claim-cell-type": (
        turned(":claim mk:inCellType mke:cancer-cell", ":claim mk:inCellType mke:MCF-7"),
        {"claim-cell-type"},
    ),
    "claim-compared": (
        turned(":claim mk:comparedWith mke:MCF-7-ADR", ":claim mk:comparedWith mke:PTEN"),
        {"claim-compared"},
    ),
    "claim-disease": (
        turned(":claim mk:inDisease mke:breast-cancer", ":claim mk:inDisease mke:PTEN"),
        {"claim-disease"},
    ),
    "claim-treatment": (
        turned(":claim mk:underTreatmentWith mke:doxorubicin", ":claim mk:underTreatmentWith mke:PTEN"),
        {"claim-treatment"},
    ),
    "claim-mechanism": (with_(":second a mk:Mechanism . :claim mk:partOfMechanism :second"), {"claim-mechanism"}),
    "TableCellClaim": (turned(":listed mk:asserts :response", ":listed mk:asserts :resistance"), {"TableCellClaim"}),
    "proposition-kind": (with_(":process a mk:ProcessEffect"), {"proposition-kind"}),
    "proposition-label": (without(':process rdfs:label "e"'), {"proposition-label"}),
    "proposition-subject": (
        turned(":process mk:subject mke:miR-21", ":process mk:subject :review"),
        {"proposition-subject"},
    ),
    "proposition-object": (with_(":conversion mk:object mke:PTEN"), {"proposition-object"}),
    "proposition-standing": (with_(":resistance mk:standing mk:uncited"), {"proposition-standing"}),
    "drug-response-object": (
        turned(":response mk:object mke:anthracycline", ":response mk:object mke:MCF-7"),
        {"drug-response-object"},
    ),
    "molecular-object": (
        turned(":targeting mk:object mke:PTEN", ":targeting mk:object mke:apoptosis"),
        {"molecular-object"},
    ),
    "targeting-subject": (
        turned(":targeting mk:subject mke:miR-21", ":targeting mk:subject mke:PTEN"),
        {"targeting-subject"},
    ),
    "pathway-object": (
        turned(":pathway mk:object mke:PTEN-pathway", ":pathway mk:object mke:PTEN"),
        {"pathway-object"},
    ),
    "process-object": (turned(":process mk:object mke:apoptosis", ":process mk:object mke:PTEN"), {"process-object"}),
    "expression-subject": (
        turned(":state mk:subject mke:miR-21", ":state mk:subject mke:doxorubicin"),
        {"expression-subject"},
    ),
    "expression-object": (turned(":state mk:object mke:MCF-7", ":state mk:object mke:PTEN"), {"expression-object"}),
    "conversion-product": (without(":conversion mk:product mke:PIP2"), {"conversion-product"}),
    "product-kind": (with_(":process mk:product mke:PIP2"), {"product-kind"}),
    "reversal-object": (turned(":reversal mk:object :resistance", ":reversal mk:object mke:PTEN"), {"reversal-object"}),
    "entity-kind": (with_("mke:apoptosis a mk:Condition"), {"entity-kind"}),
    "entity-label": (turned('mke:PTEN rdfs:label "PTEN"', 'mke:PTEN rdfs:label "PTEN"@en'), {"entity-label"}),
    "entity-synonym": (
        turned('mke:doxorubicin skos:altLabel "Adriamycin"', 'mke:doxorubicin skos:altLabel "Adriamycin"@en'),
        {"entity-synonym"},
    ),
    "entity-broader": (
        turned("mke:doxorubicin mk:memberOf mke:anthracycline", "mke:doxorubicin mk:memberOf mke:miRNAs"),
        {"entity-broader"},
    ),
    "mirna-label": (turned('mke:miR-21 rdfs:label "miR-21"', 'mke:miR-21 rdfs:label "mir21"'), {"mirna-label"}),
    "mirna-arm": (turned("mke:miR-21-5p mk:armOf mke:miR-21", "mke:miR-21-5p mk:armOf mke:PTEN"), {"mirna-arm"}),
    "line-model": (
        turned("mke:MCF-7 mk:modelOf mke:breast-cancer", "mke:MCF-7 mk:modelOf mke:cancer-cell"),
        {"line-model"},
    ),
    "line-parent": (
        turned("mke:MCF-7-ADR mk:derivedFromLine mke:MCF-7", "mke:MCF-7-ADR mk:derivedFromLine mke:cancer-cell"),
        {"line-parent"},
    ),
    "line-not-broader": (with_("mke:MCF-7-ADR mk:broader mke:MCF-7"), {"line-not-broader"}),
    "category-alone": (with_("mke:miRNAs mk:memberOf mke:anthracycline"), {"category-alone"}),
    "set-elements": (without("mke:set mk:hasElement mke:PTEN"), {"set-elements"}),
    "review-scope": (without(":review mk:scope mke:breast-cancer"), {"review-scope"}),
    "review-doi": (turned(':review bibo:doi "10.1515/x"', ':review bibo:doi "x"'), {"review-doi"}),
    "passage-review": (without(":cell dcterms:isPartOf :review"), {"passage-review"}),
    "passage-digest": (with_(':cell mk:textDigest "abc"'), {"passage-digest"}),
    "text-section": (without(':sentence mk:section "bc"'), {"text-section"}),
    "text-paragraph": (without(":sentence mk:paragraph 1"), {"text-paragraph"}),
    "text-sentence": (turned(":sentence mk:sentence 2", ':sentence mk:sentence "2"'), {"text-sentence"}),
    "row-row": (without(":row mk:tableRow 5"), {"row-row"}),
    "cell-row": (without(":cell mk:tableRow 3"), {"cell-row"}),
    "title-reference": (turned(":title mk:reference :reference", ":title mk:reference :review"), {"title-reference"}),
    "bracket-passage": (without(":bracket mk:statedIn :sentence"), {"bracket-passage"}),
    "bracket-references": (without(":bracket cito:citesAsEvidence :reference"), {"bracket-references"}),
    "reference-number": (with_(":reference mk:referenceNumber 8"), {"reference-number"}),
    "reference-title": (without(':reference dcterms:title "A title"'), {"reference-title"}),
    "reference-year": (turned(":reference mk:year 2020", ':reference mk:year "2020"'), {"reference-year"}),
    "DatedReference": (without(":reference mk:year 2020"), {"DatedReference"}),
    "reference-status": (without(":reference mk:publicationStatus mk:active"), {"reference-status"}),
    "reference-status-concept": (
        turned(":reference mk:publicationStatus mk:active", ":reference mk:publicationStatus mk:garbled"),
        {"reference-status-concept"},
    ),
    "note-about": (turned(":note mk:about :claim", ":note mk:about mke:PTEN"), {"note-about"}),
    "note-kind": (with_(":note mk:noteKind mk:ambiguous"), {"note-kind"}),
    "note-kind-concept": (turned(":note mk:noteKind mk:garbled", ":note mk:noteKind mk:cited"), {"note-kind-concept"}),
    "note-reason": (without(':note mk:reason "It does not parse."'), {"note-reason"}),
    "derived-rule": (without(':conflict mk:rule "conflict"'), {"derived-rule"}),
    "derived-from": (without(":assessment prov:wasDerivedFrom :claim"), {"derived-from"}),
    "assessment-proposition": (
        turned(":assessment mk:ofProposition :resistance", ":assessment mk:ofProposition :claim"),
        {"assessment-proposition"},
    ),
    "assessment-standing": (without(":assessment mk:standing mk:cited"), {"assessment-standing"}),
    "assessment-grade": (with_(":assessment mk:edgeGrade mk:confirmed"), {"assessment-grade"}),
    "Assessment": (with_(":assessment mk:withheldBecause mk:doubted"), {"Assessment"}),
    "conflict-claims": (without(":conflict mk:between :listed"), {"conflict-claims"}),
    "conflict-pair": (
        with_(
            ":third a mk:Claim ; mk:asserts :response ; mk:statedIn :cell ; mk:basis mk:Unspecified . "
            ":conflict mk:between :third"
        ),
        {"conflict-pair"},
    ),
    "conflict-dimension": (without(":conflict mk:dimension mk:signDimension"), {"conflict-dimension"}),
    "verdict-claim": (turned(":verdict mk:onClaim :claim", ":verdict mk:onClaim :bracket"), {"verdict-claim"}),
    "verdict-bracket": (without(":verdict mk:onBracket :bracket"), {"verdict-bracket"}),
    "verdict-verdict": (with_(":verdict mk:verdict mk:silent"), {"verdict-verdict"}),
    "verdict-concept": (turned(":verdict mk:verdict mk:agrees", ":verdict mk:verdict mk:Gain"), {"verdict-concept"}),
    "verdict-reason": (without(':verdict mk:reason "The title says so."'), {"verdict-reason"}),
    "verdict-nearness": (with_(":paired mk:nearness mk:class"), {"verdict-nearness"}),
    "assessment-nearness": (with_(":assessment mk:nearness mk:same , mk:class"), {"assessment-nearness"}),
    "reference-verdict-reference": (
        without(":paired mk:onReference :reference"),
        {"reference-verdict-reference"},
    ),
    "finding-reference": (without(":secondary mk:onReference :reference"), {"finding-reference"}),
    "finding-reason": (without(':secondary mk:reason "It is a review."'), {"finding-reason"}),
    "unclaimed-bracket": (without(":unclaimed mk:onBracket :bracket"), {"unclaimed-bracket"}),
    "unclaimed-reference": (
        turned(":unclaimed mk:onReference :reference", ":unclaimed mk:onReference :review"),
        {"unclaimed-reference", "finding-reference"},
    ),
    "unclaimed-entity": (
        turned(":unclaimed mk:onEntity mke:miR-21", ":unclaimed mk:onEntity mke:PTEN"),
        {"unclaimed-entity"},
    ),
    "component-pathway": (
        turned(":statement mk:ofPathway mke:PTEN-pathway", ":statement mk:ofPathway mke:PTEN"),
        {"component-pathway"},
    ),
    "component-molecule": (
        turned(":statement mk:ofComponent mke:PTEN", ":statement mk:ofComponent mke:apoptosis"),
        {"component-molecule"},
    ),
    "component-source": (without(':statement dcterms:source "A database."'), {"component-source"}),
    "link-from": (turned(":first mk:from mke:miR-21", ":first mk:from mke:doxorubicin"), {"link-from"}),
    "link-to": (turned(":first mk:to mke:PTEN", ":first mk:to mke:miRNAs"), {"link-to"}),
    "link-sign": (turned(":first mk:netSign -1", ":first mk:netSign 2"), {"link-sign"}),
    "chain-length": (turned(":chain mk:length 2", ":chain mk:length 5"), {"chain-length"}),
    "chain-steps": (without(":chain mk:step :step2"), {"chain-steps", "inference-steps"}),
    "inference-proposition": (without(":chain mk:infers :pathway"), {"inference-proposition"}),
    "inference-steps": (with_(":chain mk:step :first"), {"inference-steps"}),
    "inference-grade": (with_(":chain mk:grade mk:uncited"), {"inference-grade"}),
    "inference-outcome": (turned(":chain mk:outcome mk:agrees", ":chain mk:outcome mk:silent"), {"inference-outcome"}),
    "inference-claims": (without(":chain prov:wasDerivedFrom :claim"), {"inference-claims"}),
    "step-position": (without(":step1 mk:position 1"), {"step-position"}),
    "step-link": (turned(":step1 mk:link :first", ":step1 mk:link :claim"), {"step-link"}),
    "entity-mapping": (without("mke:PTEN skos:exactMatch :hgnc"), {"entity-mapping"}),
    "reference-identifier": (without(':reference bibo:doi "10.1/x"'), {"reference-identifier"}),
}
STYLE_BROKEN = {
    "class-label": (with_('mk:Gene rdfs:label "again"'), {"class-label"}),
    "class-definition": (with_('mk:Odd a owl:Class ; rdfs:label "odd"'), {"class-definition"}),
    "class-one-sentence": (
        with_('mk:Odd a owl:Class ; rdfs:label "odd" ; skos:definition "It is. So it is."'),
        {"class-one-sentence"},
    ),
    "Class": (with_('mk:odd a owl:Class ; rdfs:label "odd" ; skos:definition "It is."'), {"Class"}),
    "property-label": (with_('mk:odd a owl:ObjectProperty ; skos:definition "It is."'), {"property-label"}),
    "property-definition": (
        with_('mk:odd a owl:ObjectProperty ; rdfs:label "odd" ; skos:definition "no period"'),
        {"property-definition"},
    ),
    "property-one-sentence": (
        with_('mk:odd a owl:ObjectProperty ; rdfs:label "odd" ; skos:definition "It is. So it is."'),
        {"property-one-sentence"},
    ),
    "property-no-inverse": (with_("mk:broader owl:inverseOf mk:hasElement"), {"property-no-inverse"}),
    "property-no-disjoint": (
        with_("mk:confersResistanceTo owl:propertyDisjointWith mk:sensitizesTo"),
        {"property-no-disjoint"},
    ),
    "Property": (with_('mk:Odd a owl:ObjectProperty ; rdfs:label "odd" ; skos:definition "It is."'), {"Property"}),
    "concept-label": (
        with_('mk:odd a skos:Concept ; skos:inScheme mk:BasisScheme ; skos:definition "It is."'),
        {"concept-label"},
    ),
    "concept-definition": (
        with_('mk:odd a skos:Concept ; skos:inScheme mk:BasisScheme ; rdfs:label "odd"'),
        {"concept-definition"},
    ),
    "concept-one-sentence": (
        with_(
            'mk:odd a skos:Concept ; skos:inScheme mk:BasisScheme ; rdfs:label "o" ; skos:definition "It is. So it is."'
        ),
        {"concept-one-sentence"},
    ),
    "concept-scheme": (
        with_('mk:odd a skos:Concept ; rdfs:label "odd" ; skos:definition "It is."'),
        {"concept-scheme"},
    ),
    "Concept": (
        with_('mk:Odd a skos:Concept ; skos:inScheme mk:BasisScheme ; rdfs:label "odd" ; skos:definition "It is."'),
        {"Concept"},
    ),
    "kind-sign": (with_("mk:TargetingEffect mk:sign 1"), {"kind-sign"}),
    "kind-family": (with_("mk:TargetingEffect mk:family mk:Relation"), {"kind-family"}),
    "kind-parent": (with_("mk:TargetingEffect rdfs:subClassOf mk:Relation"), {"kind-parent"}),
    "kind-words": (with_('mk:TargetingEffect mk:phrase "hits"'), {"kind-words"}),
}
NO_SHAPES_OF_THEIR_OWN = {"UpperCaseConcept"}  # an exception that a shape refers to


def fired(update: str, quads: list[ox.Quad], judge) -> set[str]:
    """Return the names of the shapes that fire once a graph is changed."""
    return {problem.what.partition(":")[0] for problem in judge(changed(update, quads))}


def changed(update: str, quads: list[ox.Quad]) -> list[ox.Quad]:
    """Return a graph after an update; the change must be real."""
    store = ox.Store()
    store.extend(quads)
    before = set(map(str, store))
    store.update(PREFIXES + update)
    assert set(map(str, store)) != before
    return list(store)


def of_data(quads: list[ox.Quad]) -> list[Problem]:
    return shapes.judged(quads, {}, "pyshacl")


def of_style(quads: list[ox.Quad]) -> list[Problem]:
    return shapes.validated(own_terms(quads), shapes.load(shapes.STYLE), {}, "pyshacl")


def own_terms(quads: list[ox.Quad]) -> list[ox.Quad]:
    return [quad for quad in quads if str(quad.subject).startswith("<https://w3id.org/mirkg/ontology#")]


@pytest.fixture(scope="module")
def valid() -> list[ox.Quad]:
    return check.read(ROOT / "tests" / "cases" / "valid.ttl")


def test_valid_graph_is_quiet(valid: list[ox.Quad]) -> None:
    assert of_data(valid) == []


@pytest.mark.parametrize("shape", BROKEN)
def test_one_change_fires_just_its_shapes(shape: str, valid: list[ox.Quad]) -> None:
    update, expected = BROKEN[shape]
    assert fired(update, valid, of_data) == expected
    assert shape in expected


@pytest.mark.parametrize("shape", STYLE_BROKEN)
def test_one_change_to_the_ontology_fires_just_its_style_shape(shape: str) -> None:
    update, expected = STYLE_BROKEN[shape]
    assert fired(update, list(ontology()), of_style) == expected


def test_ontology_keeps_its_own_style() -> None:
    assert check.style() == []


@pytest.mark.parametrize(
    "quiet",
    [
        with_(
            ":claim mk:citedThrough :two . :two a mk:Bracket ; mk:statedIn :sentence ; cito:citesAsEvidence :reference"
        ),
        with_(":claim mk:basis mk:Association"),
        turned(":listed mk:asserts :response", ":listed mk:denies :response"),
        without(":claim mk:citedThrough :bracket"),
        turned(":response mk:subject mke:miR-21", ":response mk:subject mke:miRNAs"),
        turned(":response mk:object mke:anthracycline", ":response mk:object mke:doxorubicin"),
        turned(":reference mk:publicationStatus mk:active", ":reference mk:publicationStatus mk:withdrawn"),
        turned(":note mk:about :claim", ":note mk:about :reference"),
    ],
)
def test_what_is_allowed_stays_quiet(quiet: str, valid: list[ox.Quad]) -> None:
    assert fired(quiet, valid, of_data) == set()


@pytest.fixture(scope="module")
def shape_graph() -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in files.resources("shapes", ".ttl"):
        graph.parse(path)
    return graph


def test_every_property_shape_is_named_and_described(shape_graph: rdflib.Graph) -> None:
    listed = set(shape_graph.objects(None, SH.property))
    assert listed == set(shape_graph.subjects(RDF.type, SH.PropertyShape))
    for shape in listed:
        assert isinstance(shape, rdflib.URIRef)
        assert shape_graph.value(shape, SH.name)
        assert shape_graph.value(shape, SH.description)
        message = str(shape_graph.value(shape, SH.message))
        severity = shape_graph.value(shape, SH.severity)
        assert (" SHOULD " if severity == SH.Warning else " MUST ") in message, shape


def test_every_shape_is_broken_by_a_test(shape_graph: rdflib.Graph) -> None:
    of_properties = {str(shape).rpartition("#")[2] for shape in shape_graph.subjects(RDF.type, SH.PropertyShape)}
    with_message = {
        str(shape).rpartition("#")[2]
        for shape in shape_graph.subjects(RDF.type, SH.NodeShape)
        if (shape, SH.message, None) in shape_graph
    }
    assert of_properties | with_message == set(BROKEN) | set(STYLE_BROKEN)
