"""About: what the project says of itself, stated once; whatever describes it, a graph or a file, reads it here."""

from __future__ import annotations

TITLE = "mirkg: an audited, executable knowledge graph of a scientific review"
DESCRIPTION = (
    "Every claim of a scientific review on miRNAs and drug resistance in breast cancer as RDF, with its place and the "
    "papers that it cites, what those papers say for themselves, whether they still stand, and what follows."
)
CREATOR = "mirkg contributors"
DATED = "2026-11-27"  # the day of this version
KEYWORDS = ("breast cancer", "drug resistance", "knowledge graph", "linked data", "miRNA", "RDF", "SHACL", "SPARQL")
CODE_LICENCE = "https://www.apache.org/licenses/LICENSE-2.0"
DATA_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_NAMES = {CODE_LICENCE: "Apache-2.0", DATA_LICENCE: "CC-BY-4.0"}
