"""SSSOM: what a mapping table may say beyond its rows, so that the files of other tools are read as they are.

The header is the YAML of comment lines, of which this reads what SSSOM writes there: scalars, lists, and the map of
prefixes. A slot that the header gives for all rows fills the column that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mirkg.model.problems import Problem
from mirkg.model.vocabulary import prefixes

# The slots that SSSOM 1.0 and 1.1 have beside those that become triples. They are read over.
FURTHER = frozenset(
    """
    author_id cardinality_scope confidence creator_id creator_label curation_rule curation_rule_text
    issue_tracker_item license mapping_cardinality mapping_date mapping_provider mapping_set_id mapping_source
    mapping_tool mapping_tool_id mapping_tool_version match_string object_category object_match_field
    object_preprocessing object_source object_source_version object_type other predicate_label
    predicate_modifier predicate_type publication_date record_id review_date reviewer_agreement reviewer_id
    reviewer_label see_also similarity_measure similarity_score subject_category subject_match_field
    subject_preprocessing subject_source subject_source_version subject_type
    """.split()  # noqa: SIM905
)

# What follows a prefix, as its registry writes it.
_ACCESSIONS = {
    "CHEBI": r"[0-9]+",
    "CHEMBL.COMPOUND": r"CHEMBL[0-9]+",
    "CL": r"[0-9]{7}",
    "complexportal": r"CPX-[0-9]+",
    "DOID": r"[0-9]+",
    "DRUGBANK": r"DB[0-9]{5}",
    "EFO": r"[0-9]{7}",
    "ENSEMBL": r"ENS[A-Z]*[EGPRT][0-9]{11}",
    "FPLX": r"[A-Za-z0-9]\w*",
    "GO": r"[0-9]{7}",
    "HGNC": r"[0-9]{1,5}",
    "hgnc.genegroup": r"[0-9]+",
    "HP": r"[0-9]{7}",
    "kegg.pathway": r"[a-z]{2,4}[0-9]{5}",
    "MAXO": r"[0-9]{7}",
    "MESH": r"[CDM][0-9]{6,9}",
    "mirbase": r"MI[0-9]{7}",
    "mirbase.family": r"MIPF[0-9]{7}",
    "mirbase.mature": r"MIMAT[0-9]{7}",
    "MOD": r"[0-9]{5}",
    "MONDO": r"[0-9]{7}",
    "NCBIGene": r"[0-9]+",
    "NCIT": r"C[0-9]+",
    "pharmgkb.drug": r"PA[0-9]+",
    "PW": r"[0-9]{7}",
    "Reactome": r"R-[A-Z]{3}-[0-9]+",
    "SO": r"[0-9]{7}",
    "UBERON": r"[0-9]+",
    "UniProtKB": r"[OPQ][0-9][A-Z0-9]{3}[0-9]|[A-NR-Z][0-9](?:[A-Z][A-Z0-9]{2}[0-9]){1,2}",
    "wikipathways": r"WP[0-9]{1,5}",
    "cellosaurus": r"CVCL_[A-Z0-9]{4}",
}


def misnamed(identifier: str) -> str:
    """Return what is wrong with what follows the prefix of a CURIE, or nothing."""
    prefix, _, local = identifier.partition(":")
    pattern = _ACCESSIONS.get(prefix)
    if pattern is None or re.fullmatch(pattern, local):
        return ""
    twice = f" Write {local}." if local.startswith(f"{prefix}:") else ""
    return f"{identifier!r}: after {prefix}: stands {pattern} in that registry.{twice}"


def header(lines: Iterable[tuple[int, str]]) -> dict[str, list[tuple[int, str]]]:
    """Return the slots that comment lines give, each with its values; a prefix is `curie_map.PREFIX`."""
    told: dict[str, list[tuple[int, str]]] = {}
    slot = ""
    for number, line in lines:
        text = line.lstrip("#").rstrip("\t ")
        indented = text.removeprefix(" ")[:1].isspace() or text.lstrip().startswith("- ")
        name, colon, value = text.strip().partition(":")
        if indented and text.strip().startswith("- "):
            told.setdefault(slot, []).append((number, _scalar(text.strip()[2:])))
        elif colon and indented and slot == "curie_map":
            told[f"curie_map.{_scalar(name)}"] = [(number, _scalar(value))]
        elif colon:
            slot = name.strip()
            if value.strip():
                told[slot] = [(number, _scalar(value))]
    return told


def _scalar(text: str) -> str:
    bare = text.strip()
    return bare[1:-1] if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'" else bare


def disagreeing(file: str, told: dict[str, list[tuple[int, str]]]) -> Iterator[Problem]:
    """Return where the prefixes of a header stand for something else than here."""
    for slot, [(line, namespace), *_] in told.items():
        prefix = slot.removeprefix("curie_map.")
        ours = prefixes().get(prefix)
        if slot != prefix and ours not in (None, namespace):
            what = f"{prefix} is {namespace} here, and {ours} in ontology/prefixes.ttl."
            yield Problem(file, line, "curie_map", what, "Write the identifiers with prefixes that mean the same.")
