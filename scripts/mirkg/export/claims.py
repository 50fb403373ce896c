"""Claims: what each claim says, where, and how it stands, as one row; and the statements that claims make together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pyoxigraph as ox

from mirkg.export.things import Term, Things, name
from mirkg.model.vocabulary import Kind, kinds

Value = str | int | bool | list[str]
_SINGLE = """
    claim says kind sign subject subject_kind subject_iri object object_kind object_iri product product_kind product_iri
    denied standing edge_grade mechanism subject_form object_form subject_as_printed object_as_printed voice source
    passage place passage_sha256 curator date
    """.split()  # noqa: SIM905
_SEVERAL = """
    withheld basis through cells compared_with disease treatment bracket references dois pmids retracted concern
    verdicts notes
    """.split()  # noqa: SIM905
COLUMNS: dict[str, type] = {
    **dict.fromkeys(_SINGLE, str),
    **dict.fromkeys(_SEVERAL, list),
    "sign": int,
    "denied": bool,
}


class Statement(NamedTuple):
    """Hold a proposition with the claims that assert it, or those that deny it."""

    proposition: Term
    denied: bool
    claims: list[Term]


def statements(things: Things) -> Iterator[Statement]:
    """Yield what claims assert and deny, each proposition once for either."""
    for proposition in things.of(*(f"mk:{kind}" for kind in kinds())):
        for denied, verb in ((False, "mk:asserts"), (True, "mk:denies")):
            if claims := things.pointing(proposition, verb):
                yield Statement(proposition, denied, claims)


def kind(things: Things, proposition: Term) -> Kind:
    """Return the kind of a proposition."""
    return next(kinds()[found] for found in things.names(proposition, "rdf:type") if found in kinds())


def references(things: Things, claim: Term) -> list[Term]:
    """Return the references that a claim cites, and the one whose title or abstract states it, by their numbers."""
    cited = {
        reference
        for bracket in things.objects(claim, "mk:citedThrough")
        for reference in things.objects(bracket, "cito:citesAsEvidence")
    }
    return sorted(cited | set(things.objects(claim, "mk:voiceOf")), key=lambda node: (number(things, node), str(node)))


def number(things: Things, reference: Term) -> int:
    """Return the number of a reference in the list of its review."""
    return int(things.text(reference, "mk:referenceNumber") or 0)


def rows(things: Things) -> Iterator[dict[str, Value]]:
    """Yield one row per claim, sorted by IRI; what may be several is a list."""
    for claim in things.of("mk:Claim"):
        yield row(things, claim)


def row(things: Things, claim: ox.NamedNode) -> dict[str, Value]:
    """Return what a claim says, with what and where it is from and how it stands."""
    denied = things.objects(claim, "mk:denies")
    proposition = (denied or things.objects(claim, "mk:asserts"))[0]
    told = {
        "claim": claim.value,
        "says": things.label(claim),
        **_proposition(things, proposition),
        "denied": bool(denied),
        **_context(things, claim),
        **_place(things, claim),
        **_evidence(things, claim, proposition),
    }
    return {column: told[column] for column in COLUMNS}


def _proposition(things: Things, proposition: Term) -> dict[str, Value]:
    found = kind(things, proposition)
    told: dict[str, Value] = {"kind": found.name, "sign": found.sign}
    for part in ("subject", "object", "product"):
        nodes = things.objects(proposition, f"mk:{part}")
        told[part] = things.label(nodes[0]) if nodes else ""
        told[f"{part}_kind"] = "".join(things.names(nodes[0], "rdf:type")) if nodes else ""
        told[f"{part}_iri"] = getattr(nodes[0], "value", "") if nodes else ""
    return told


def _context(things: Things, claim: Term) -> dict[str, Value]:
    return {
        "basis": things.names(claim, "mk:basis"),
        "through": things.labels(claim, "mk:through", "mk:throughPathway"),
        "cells": things.labels(claim, "mk:inCellLine", "mk:inCellType"),
        "compared_with": things.labels(claim, "mk:comparedWith"),
        "disease": things.labels(claim, "mk:inDisease"),
        "treatment": things.labels(claim, "mk:underTreatmentWith"),
        "subject_form": things.text(claim, "mk:subjectForm"),
        "object_form": things.text(claim, "mk:objectForm"),
        "subject_as_printed": things.text(claim, "mk:subjectAsPrinted"),
        "object_as_printed": things.text(claim, "mk:objectAsPrinted"),
        "mechanism": next(iter(things.labels(claim, "mk:partOfMechanism")), ""),
    }


def _place(things: Things, claim: Term) -> dict[str, Value]:
    passage = things.objects(claim, "mk:statedIn")[0]
    voice = {"ReferenceTitle": "title", "AbstractSentence": "abstract"}
    return {
        "voice": voice.get("".join(things.names(passage, "rdf:type")), "review"),
        "source": next(iter(things.labels(claim, "mk:voiceOf")), ""),
        "passage": getattr(passage, "value", ""),
        "place": things.label(passage),
        "passage_sha256": things.text(passage, "mk:textDigest"),
        "curator": things.text(claim, "mk:curator"),
        "date": things.text(claim, "dcterms:date"),
    }


def _evidence(things: Things, claim: Term, proposition: Term) -> dict[str, Value]:
    cited = references(things, claim)
    assessments = things.pointing(proposition, "mk:ofProposition")

    def numbers(*statuses: str) -> list[str]:
        having = [one for one in cited if not statuses or {*things.names(one, "mk:publicationStatus")} & {*statuses}]
        return [str(number(things, one)) for one in having]

    verdicts = [one for one in things.pointing(claim, "mk:onClaim") if name(one) and _bracketed(things, one)]
    return {
        "bracket": things.labels(claim, "mk:citedThrough"),
        "references": numbers(),
        "dois": sorted(doi for one in cited for doi in things.texts(one, "bibo:doi")),
        "pmids": sorted(pmid for one in cited for pmid in things.texts(one, "fabio:hasPubMedId")),
        "retracted": numbers("retracted", "withdrawn"),
        "concern": numbers("concern"),
        "verdicts": sorted(found for one in verdicts for found in things.names(one, "mk:verdict")),
        "standing": next(iter(things.names(proposition, "mk:standing")), ""),
        "edge_grade": next((grade for one in assessments for grade in things.names(one, "mk:edgeGrade")), ""),
        "withheld": sorted(why for one in assessments for why in things.names(one, "mk:withheldBecause")),
        "notes": sorted(
            kind for note in things.pointing(claim, "mk:about") for kind in things.names(note, "mk:noteKind")
        ),
    }


def _bracketed(things: Things, verdict: Term) -> bool:
    return "CitationVerdict" in things.names(verdict, "rdf:type")
