"""Verdicts on small graphs: each kind of verdict and finding, what breaks it, and what leaves it whole."""

from collections.abc import Iterable
from typing import NamedTuple

import pyoxigraph as ox
import pytest

from mirkg.ask import store
from mirkg.ask.store import Store
from mirkg.model import derive
from mirkg.model.rdf import serialized
from mirkg.model.vocabulary import kinds, ontology

PREFIXES = """
PREFIX bibo: <http://purl.org/ontology/bibo/>
PREFIX cito: <http://purl.org/spar/cito/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX mk: <https://w3id.org/mirkg/ontology#>
PREFIX mke: <https://w3id.org/mirkg/entity/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX claim: <https://w3id.org/mirkg/claim/r/>
PREFIX bracket: <https://w3id.org/mirkg/source/r/bracket/>
PREFIX passage: <https://w3id.org/mirkg/source/r/passage/>
PREFIX reference: <https://w3id.org/mirkg/source/r/reference/>
"""
ENTITIES = """
mke:breast-cancer a mk:Disease ; rdfs:label "breast cancer" ; mk:broader mke:cancer .
mke:cancer a mk:Disease ; rdfs:label "cancer" .
mke:lung-cancer a mk:Disease ; rdfs:label "lung cancer" ; mk:broader mke:cancer .
mke:drugs a mk:DrugClass ; rdfs:label "drugs" ; skos:exactMatch mk:unnamedDrug .
mke:chemotherapy a mk:DrugClass ; rdfs:label "chemotherapy" ; mk:memberOf mke:drugs .
mke:chemotherapy skos:exactMatch mk:unnamedChemotherapy .
mke:anthracycline a mk:DrugClass ; rdfs:label "anthracycline" ; mk:memberOf mke:chemotherapy .
mke:doxorubicin a mk:Drug ; rdfs:label "doxorubicin" ; mk:memberOf mke:anthracycline .
mke:endocrine-therapy a mk:DrugClass ; rdfs:label "endocrine therapy" ; mk:memberOf mke:drugs .
mke:tamoxifen a mk:Drug ; rdfs:label "tamoxifen" ; mk:memberOf mke:endocrine-therapy .
mke:miR-1 a mk:MicroRNA ; rdfs:label "miR-1" .
mke:miR-2 a mk:MicroRNA ; rdfs:label "miR-2" .
mke:miRNAs a mk:Category ; rdfs:label "miRNAs" ; skos:exactMatch mk:unnamedMicroRNA .
mke:PTEN a mk:Gene ; rdfs:label "PTEN" .
mke:MCF-7 a mk:CellLine ; rdfs:label "MCF-7" ; mk:modelOf mke:breast-cancer .
<https://w3id.org/mirkg/source/r> a mk:Review ; mk:scope mke:breast-cancer .
"""
RESISTS, SENSITIZES, RESPONSE = "ResistanceEffect", "SensitizingEffect", "DrugResponseEffect"
TARGETS = "TargetingEffect"


class Said(NamedTuple):
    """Hold one claim: where ("text", "cell", "title 1", "abstract 1"), what, the references cited, more triples."""

    where: str
    subject: str
    kind: str
    object: str
    cites: str = ""
    denied: bool = False
    more: str = ""


def graph(claims: Iterable[Said], more: str = "", diseases: dict[str, str] | None = None) -> Store:
    """Return what follows from claims; a title is about breast cancer unless told otherwise, and "" for no disease."""
    claims = list(claims)
    numbers = {number for claim in claims for number in claim.cites.split()}
    numbers |= {claim.where.split()[1] for claim in claims if " " in claim.where}
    turtle = [ENTITIES, more]
    for number in sorted(numbers):
        disease = (diseases or {}).get(number, "breast-cancer")
        turtle.append(
            f"reference:{number} a mk:Reference ; mk:referenceNumber {number} ; mk:year 2020 ;"
            f' dcterms:title "Paper {number}" .'
            + (f" reference:{number} mk:mentions mke:{disease} ." if disease else "")
        )
        if f"reference:{number} mk:publicationStatus" not in more:
            turtle.append(f"reference:{number} mk:publicationStatus mk:active .")
    for number, claim in enumerate(claims, 1):
        turtle.append(_claim(number, claim))
    prefixes = PREFIXES.replace("PREFIX", "@prefix").replace(">\n", "> .\n")
    quads = list(ox.parse(prefixes + "\n".join(turtle), format=ox.RdfFormat.TURTLE))
    quads += [*ontology()]
    named = ox.NamedNode("https://w3id.org/mirkg/graph/claims")
    quads = [ox.Quad(*quad.triple, named) for quad in quads]
    return store.of([*quads, *derive.derived(quads)])


def _claim(number: int, claim: Said) -> str:
    proposition = f"<https://w3id.org/mirkg/proposition/{claim.subject}/{claim.kind}/{claim.object}>"
    label = f"{claim.subject} {kinds()[claim.kind].phrase} {claim.object}"
    kind, _, reference = claim.where.partition(" ")
    passage = {"text": "TextPassage", "cell": "TableCell", "title": "ReferenceTitle", "abstract": "AbstractSentence"}[
        kind
    ]
    place = f"{kind} of reference {reference}" if reference else f"{kind} {number}"
    lines = [
        f"{proposition} a mk:{claim.kind} ; mk:subject mke:{claim.subject} ; mk:object mke:{claim.object} .",
        f'{proposition} rdfs:label "{label}" .',
        f"claim:{number} a mk:Claim ; mk:{'denies' if claim.denied else 'asserts'} {proposition} .",
        f'claim:{number} rdfs:label "{label}" ; mk:basis mk:Gain ; mk:statedIn passage:{number} .',
        f"passage:{number} a mk:{passage} ; dcterms:isPartOf <https://w3id.org/mirkg/source/r> .",
        f'passage:{number} rdfs:label "{place}" .',
        claim.more and f"claim:{number} {claim.more} .",
    ]
    if reference:
        lines.append(f"passage:{number} mk:reference reference:{reference} .")
        if kind == "title":
            lines.append(f"reference:{reference} mk:mentions mke:{claim.subject} , mke:{claim.object} .")
    if claim.cites:
        cited = " , ".join(f"reference:{one}" for one in claim.cites.split())
        lines.append(f"claim:{number} mk:citedThrough bracket:{number} .")
        lines.append(f'bracket:{number} a mk:Bracket ; rdfs:label "[{number}]" ;')
        lines.append(f"mk:statedIn passage:{number} ; cito:citesAsEvidence {cited} .")
    return "\n".join(filter(None, lines))


def verdicts(source: Store) -> dict[str, str]:
    """Return the verdict on each claim by its number."""
    query = """SELECT ?claim ?verdict WHERE {
      ?node a mk:CitationVerdict ; mk:onClaim ?claim ; mk:verdict/rdfs:label ?verdict
    }"""
    return {claim.rpartition("/")[2]: verdict for claim, verdict in source.select(PREFIXES + query).rows}


def nearness(source: Store) -> dict[str, str]:
    query = """SELECT ?claim ?near WHERE {
      ?node a mk:CitationVerdict ; mk:onClaim ?claim ; mk:nearness/rdfs:label ?near
    }"""
    return {claim.rpartition("/")[2]: near for claim, near in source.select(PREFIXES + query).rows}


def standing(source: Store, subject: str, kind: str, object_: str) -> tuple[str, str, str]:
    """Return the standing of a proposition, the grade of its edge, and the main reason why it has none."""
    query = f"""SELECT ?standing ?grade ?why WHERE {{
      ?assessment mk:ofProposition <https://w3id.org/mirkg/proposition/{subject}/{kind}/{object_}> .
      ?assessment mk:standing/rdfs:label ?standing .
      OPTIONAL {{ ?assessment mk:edgeGrade/rdfs:label ?grade }}
      OPTIONAL {{ ?assessment mk:mainReason/rdfs:label ?why }}
    }}"""
    [row] = source.select(PREFIXES + query).rows
    return row[0], row[1], row[2]


def findings(source: Store, kind: str) -> list[tuple[str, str]]:
    """Return the claim and the reference number of each finding of a class, sorted."""
    query = f"""SELECT ?claim ?number WHERE {{
      ?finding a mk:{kind} ; mk:onReference/mk:referenceNumber ?number . OPTIONAL {{ ?finding mk:onClaim ?claim }}
    }} ORDER BY ?claim ?number"""
    return [(claim.rpartition("/")[2], number) for claim, number in source.select(PREFIXES + query).rows]


# --- one paper, one claim


@pytest.mark.parametrize(
    ("title", "verdict"),
    [
        (Said("title 1", "miR-1", RESISTS, "doxorubicin"), "agrees"),
        (Said("title 1", "miR-1", SENSITIZES, "doxorubicin"), "sign conflict"),
        (Said("title 1", "miR-1", RESISTS, "doxorubicin", denied=True), "denied"),
        (Said("title 1", "miR-1", RESPONSE, "doxorubicin", denied=True), "denied"),
        (Said("title 1", "miR-1", RESISTS, "tamoxifen"), "other drug"),
        (Said("title 1", "miR-1", RESPONSE, "doxorubicin"), "indirect"),
        (Said("title 1", "miR-1", TARGETS, "PTEN"), "indirect"),
        (Said("title 1", "miRNAs", RESPONSE, "doxorubicin"), "indirect"),
        (Said("title 1", "miR-2", RESISTS, "doxorubicin"), "other subject"),
        (Said("title 1", "PTEN", TARGETS, "PTEN"), "silent"),
        (Said("abstract 1", "miR-1", SENSITIZES, "doxorubicin"), "sign conflict"),
        (Said("abstract 1", "miR-1", RESISTS, "doxorubicin"), "agrees"),
        (Said("abstract 1", "miR-1", TARGETS, "PTEN"), "indirect"),
        (Said("abstract 1", "miR-2", TARGETS, "PTEN"), "silent"),
    ],
)
def test_each_verdict_by_what_the_paper_says(title: Said, verdict: str) -> None:
    assert verdicts(graph([Said("text", "miR-1", RESISTS, "doxorubicin", "1"), title])) == {"1": verdict}


def test_paper_on_another_disease_would_agree_and_does_not() -> None:
    claims = [Said("text", "miR-1", RESISTS, "doxorubicin", "1"), Said("title 1", "miR-1", RESISTS, "doxorubicin")]
    source = graph(claims, diseases={"1": "lung-cancer"})
    assert verdicts(source) == {"1": "other disease"}
    assert standing(source, "miR-1", RESISTS, "doxorubicin")[1:] == ("", "other disease")


def test_title_that_names_no_disease_confirms_and_disputes_nothing() -> None:
    for kind in (RESISTS, SENSITIZES):
        claims = [Said("text", "miR-1", RESISTS, "doxorubicin", "1"), Said("title 1", "miR-1", kind, "doxorubicin")]
        assert standing(graph(claims, diseases={"1": ""}), "miR-1", RESISTS, "doxorubicin")[0] == "cited"
        named = [claims[0], claims[1]._replace(more="mk:inDisease mke:breast-cancer")]
        assert standing(graph(named, diseases={"1": ""}), "miR-1", RESISTS, "doxorubicin")[0] != "cited"


def test_line_tells_the_disease_where_none_is_named() -> None:
    claims = [
        Said("text", "miR-1", RESISTS, "doxorubicin", "1"),
        Said("title 1", "miR-1", RESISTS, "doxorubicin", more="mk:inCellLine mke:MCF-7"),
    ]
    assert verdicts(graph(claims, diseases={"1": ""})) == {"1": "agrees"}


def test_bracket_takes_the_first_verdict_of_its_papers() -> None:
    claims = [
        Said("text", "miR-1", RESISTS, "doxorubicin", "1 2 3"),
        Said("title 1", "miR-2", RESISTS, "doxorubicin"),
        Said("title 2", "miR-1", RESISTS, "doxorubicin"),
        Said("title 3", "miR-1", TARGETS, "PTEN"),
    ]
    source = graph(claims)
    assert verdicts(source) == {"1": "agrees"}
    query = """SELECT ?number ?verdict WHERE {
      ?node a mk:ReferenceVerdict ; mk:onReference/mk:referenceNumber ?number ; mk:verdict/rdfs:label ?verdict
    } ORDER BY ?number"""
    assert source.select(PREFIXES + query).rows == [("1", "other subject"), ("2", "agrees"), ("3", "indirect")]


def test_another_paper_on_the_right_drug_saves_the_bracket_from_other_drug() -> None:
    claims = [
        Said("text", "miR-1", RESISTS, "doxorubicin", "1 2"),
        Said("title 1", "miR-1", RESISTS, "tamoxifen"),
        Said("title 2", "miR-1", RESPONSE, "doxorubicin"),
    ]
    assert verdicts(graph(claims)) == {"1": "indirect"}
    assert verdicts(graph(claims[:2])) == {"1": "other drug"}


def test_claim_about_a_category_has_a_verdict() -> None:
    claims = [Said("text", "miRNAs", RESPONSE, "doxorubicin", "1"), Said("title 1", "miRNAs", RESPONSE, "doxorubicin")]
    assert verdicts(graph(claims)) == {"1": "agrees"}
    assert verdicts(graph([claims[0], Said("title 1", "PTEN", TARGETS, "PTEN")])) == {"1": "silent"}


# --- names inside names


AXIS = 'mke:SOCS6-STAT3-pathway a mk:SignalingPathway ; rdfs:label "SOCS6-STAT3 pathway" .'
AXIS += 'mke:SOCS6 a mk:Gene ; rdfs:label "SOCS6" . mke:STAT3 a mk:Gene ; rdfs:label "STAT3" ; mk:memberOf mke:STATs .'
AXIS += 'mke:STATs a mk:GeneGroup ; rdfs:label "STATs" .'
NAMED_AFTER = "mke:SOCS6-STAT3-pathway mk:namedAfter mke:SOCS6 , mke:STAT3 ."


def test_title_that_names_a_pathway_names_the_molecules_inside_that_name() -> None:
    claims = [
        Said("text", "SOCS6", "RepressionEffect", "STAT3", "1"),
        Said("text", "miR-1", TARGETS, "SOCS6", "1"),
        Said("title 1", "miR-2", "PathwayEffect", "SOCS6-STAT3-pathway"),
    ]
    assert verdicts(graph(claims, AXIS + NAMED_AFTER)) == {"1": "indirect", "2": "other subject"}
    assert verdicts(graph(claims, AXIS)) == {"1": "silent", "2": "other subject"}
    general = [*claims[:2], claims[2]._replace(subject="miRNAs")]
    assert verdicts(graph(general, AXIS + NAMED_AFTER)) == {"1": "indirect", "2": "indirect"}
    assert verdicts(graph(general, AXIS)) == {"1": "silent", "2": "silent"}


@pytest.mark.parametrize("named", ["STAT3", "STATs"])
def test_title_on_mirnas_in_general_that_names_part_of_a_pathway_s_name_is_not_silent_on_the_pathway(
    named: str,
) -> None:
    claims = [
        Said("text", "miR-1", "PathwayActivationEffect", "SOCS6-STAT3-pathway", "1"),
        Said("title 1", "miRNAs", "MolecularEffect", named),
    ]
    assert verdicts(graph(claims, AXIS + NAMED_AFTER)) == {"1": "indirect"}
    assert verdicts(graph(claims, AXIS)) == {"1": "silent"}
    without_mirnas = [claims[0], claims[1]._replace(subject="PTEN")]
    assert verdicts(graph(without_mirnas, AXIS + NAMED_AFTER)) == {"1": "silent"}


# --- how near


@pytest.mark.parametrize(
    ("claimed", "stated", "near", "confirmed"),
    [
        ("doxorubicin", "doxorubicin", "the same", "confirmed"),
        ("anthracycline", "doxorubicin", "a member", "confirmed"),
        ("doxorubicin", "anthracycline", "a class", "confirmed"),
        ("doxorubicin", "drugs", "unnamed drug", "cited"),
        ("doxorubicin", "chemotherapy", "unnamed drug", "cited"),
        ("chemotherapy", "drugs", "a class", "confirmed"),
        ("drugs", "drugs", "the same", "confirmed"),
    ],
)
def test_agreement_says_how_near_and_an_unnamed_drug_confirms_no_named_one(
    claimed: str, stated: str, near: str, confirmed: str
) -> None:
    source = graph([Said("text", "miR-1", RESISTS, claimed, "1"), Said("title 1", "miR-1", RESISTS, stated)])
    assert verdicts(source) == {"1": "agrees"}
    assert nearness(source) == {"1": near}
    assert standing(source, "miR-1", RESISTS, claimed)[0] == confirmed


def test_chemotherapy_is_not_endocrine_therapy() -> None:
    claims = [
        Said("text", "miR-1", RESISTS, "chemotherapy", "1"),
        Said("title 1", "miR-1", RESISTS, "endocrine-therapy"),
    ]
    source = graph(claims)
    assert verdicts(source) == {"1": "other drug"}
    assert standing(source, "miR-1", RESISTS, "chemotherapy")[1:] == ("", "other drug")


# --- denials


def test_denial_disputes_and_withholds_the_edge() -> None:
    claims = [Said("text", "miR-1", TARGETS, "PTEN", "1"), Said("title 1", "miR-1", TARGETS, "PTEN", denied=True)]
    source = graph(claims)
    assert standing(source, "miR-1", TARGETS, "PTEN") == ("disputed", "", "denied")
    retracted = graph(claims, "reference:1 mk:publicationStatus mk:retracted .")
    assert standing(retracted, "miR-1", TARGETS, "PTEN")[0] == "retracted only"


def test_what_is_only_denied_gives_no_edge_and_agrees_with_a_denial() -> None:
    denied = Said("text", "miR-1", TARGETS, "PTEN", "1", denied=True)
    source = graph([denied, Said("title 1", "miR-1", TARGETS, "PTEN", denied=True)])
    assert verdicts(source) == {"1": "agrees"}
    assert standing(source, "miR-1", TARGETS, "PTEN")[1:] == ("", "denied")
    assert verdicts(graph([denied, Said("title 1", "miR-1", TARGETS, "PTEN")])) == {"1": "denied"}


def test_denial_of_a_sign_says_nothing_against_the_unsigned() -> None:
    claims = [
        Said("text", "miR-1", RESPONSE, "doxorubicin", "1"),
        Said("title 1", "miR-1", RESISTS, "doxorubicin", denied=True),
    ]
    assert verdicts(graph(claims)) == {"1": "indirect"}


# --- mixed voices


def test_mixed_voice_neither_confirms_nor_disputes_and_is_a_finding() -> None:
    claims = [
        Said("text", "miR-1", RESISTS, "doxorubicin", "1"),
        Said("title 1", "miR-1", RESISTS, "doxorubicin"),
        Said("abstract 1", "miR-1", SENSITIZES, "doxorubicin"),
    ]
    source = graph(claims)
    assert verdicts(source) == {"1": "indirect"}
    assert standing(source, "miR-1", RESISTS, "doxorubicin")[0] == "cited"
    assert findings(source, "MixedVoice") == [("", "1")]
    assert findings(graph(claims[:2]), "MixedVoice") == []


# --- papers counted once


def test_paper_under_two_numbers_counts_once() -> None:
    claims = [
        Said("text", "miR-1", RESISTS, "doxorubicin", "1 2"),
        Said("title 1", "miR-1", RESISTS, "doxorubicin"),
        Said("title 2", "miR-1", RESISTS, "doxorubicin"),
    ]
    query = f"""{PREFIXES} SELECT ?cited ?agreeing WHERE {{
      ?assessment mk:ofProposition/mk:object mke:doxorubicin ; mk:citedReferenceCount ?cited ;
        mk:agreeingReferenceCount ?agreeing
    }}"""
    assert graph(claims).select(query).rows == [("2", "2")]
    same = 'reference:1 bibo:doi "10.1/x" . reference:2 bibo:doi "10.1/x" .'
    assert graph(claims, same).select(query).rows == [("1", "1")]


# --- findings on references


def test_unclaimed_effect_is_what_the_review_says_nowhere() -> None:
    claims = [Said("text", "miR-1", TARGETS, "PTEN", "1"), Said("title 1", "miR-1", RESISTS, "tamoxifen")]
    assert findings(graph(claims), "UnclaimedEffect") == [("1", "1")]
    for known in (Said("cell", "miR-1", RESPONSE, "tamoxifen"), Said("text", "miR-1", SENSITIZES, "endocrine-therapy")):
        assert findings(graph([*claims, known]), "UnclaimedEffect") == []
    general = Said("text", "miR-1", RESISTS, "drugs")
    assert findings(graph([*claims, general]), "UnclaimedEffect") == [("1", "1")]


def test_other_drug_elsewhere_needs_that_no_paper_has_the_drug_and_none_cited_the_subject() -> None:
    claims = [
        Said("cell", "miR-1", RESPONSE, "doxorubicin", "1"),
        Said("title 1", "miR-2", RESISTS, "doxorubicin"),
        Said("title 2", "miR-1", RESISTS, "tamoxifen"),
    ]
    assert findings(graph(claims), "OtherDrugElsewhere") == [("1", "2")]
    assert findings(graph([*claims, Said("title 3", "miR-1", RESISTS, "anthracycline")]), "OtherDrugElsewhere") == []
    assert findings(graph([*claims, Said("title 1", "miR-1", TARGETS, "PTEN")]), "OtherDrugElsewhere") == []


def test_secondary_source_is_a_review_cited_for_an_experiment() -> None:
    claim = Said("text", "miR-1", TARGETS, "PTEN", "1", more="mk:inCellLine mke:MCF-7")
    review = 'reference:1 mk:publicationType "review" .'
    assert findings(graph([claim], review), "SecondarySource") == [("1", "1")]
    assert findings(graph([claim], 'reference:1 mk:publicationType "research article" .'), "SecondarySource") == []
    assert findings(graph([claim._replace(more="")], review), "SecondarySource") == []
    beside = review + ' reference:2 mk:publicationType "research article" .'
    title = Said("title 2", "miR-1", TARGETS, "PTEN")
    assert findings(graph([claim._replace(cites="1 2"), title], beside), "SecondarySource") == []


def test_other_disease_of_one_reference_beside_a_right_one() -> None:
    claims = [Said("text", "miR-1", TARGETS, "PTEN", "1 2"), Said("title 1", "miR-1", TARGETS, "PTEN")]
    assert findings(graph(claims, diseases={"2": "lung-cancer"}), "OtherDiseaseReference") == [("1", "2")]
    assert findings(graph(claims, diseases={"2": "cancer"}), "OtherDiseaseReference") == []


# --- standing


def test_cited_needs_a_reference_that_counts() -> None:
    lone = graph([Said("title 1", "miR-1", RESISTS, "doxorubicin")], diseases={"1": "lung-cancer"})
    assert standing(lone, "miR-1", RESISTS, "doxorubicin")[0] == "uncited"


def test_paper_on_another_disease_does_not_hold_up_what_a_retracted_paper_said() -> None:
    claims = [Said("title 1", "miR-1", TARGETS, "PTEN"), Said("title 2", "miR-1", TARGETS, "PTEN")]
    fallen = "reference:1 mk:publicationStatus mk:retracted ."
    other = graph(claims, fallen, diseases={"2": "lung-cancer"})
    assert standing(other, "miR-1", TARGETS, "PTEN") == ("retracted only", "", "retracted only")
    assert standing(graph(claims, fallen), "miR-1", TARGETS, "PTEN")[:2] == ("confirmed", "confirmed")
    both = graph(claims, diseases={"2": "lung-cancer"})
    assert standing(both, "miR-1", TARGETS, "PTEN")[:2] == ("confirmed", "confirmed")


def test_turtle_of_the_small_graph_is_read_whole() -> None:
    source = graph([Said("text", "miR-1", TARGETS, "PTEN", "1")])
    assert b"miR-1" in serialized(list(source.graph), ox.RdfFormat.N_QUADS)
