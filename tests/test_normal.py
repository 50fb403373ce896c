"""One normal form for every door: what print varies is one in names, mentions, digests, search, titles and IRIs."""

import unicodedata
from pathlib import Path

import pytest

from conftest import ROOT
from mirkg.ask.graph import KnowledgeGraph
from mirkg.make import integrity, tables
from mirkg.make.mentions import Namer
from mirkg.make.text import digest, digests
from mirkg.model import normal
from mirkg.model.identifiers import plain_doi, plain_pmid
from mirkg.model.iris import slug
from mirkg.model.retractions import mark
from test_tables import edited, line_of

WRITTEN = {
    "as it is": lambda text: text,
    "U+2010": lambda text: text.replace("-", "\u2010"),
    "U+2011": lambda text: text.replace("-", "\u2011"),
    "minus": lambda text: text.replace("-", "\u2212"),
    "full width": lambda text: text.replace("-", "\uff0d"),
    "soft hyphen": lambda text: text[:3] + "\u00ad" + text[3:],
    "zero width": lambda text: text[:2] + "\u200b" + text[2:],
    "NFD": lambda text: unicodedata.normalize("NFD", text),
    "ligature": lambda text: text.replace("fi", "\ufb01"),
    "Greek spelled": lambda text: text.replace("β", "beta").replace("κ", "kappa").replace("ζ", "zeta"),
}


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("text", ["miR-221", "β-catenin", "NF-κB", "MCF-7", "14-3-3 ζ", "fibroblast"])
def test_ways_of_writing_are_one_form(text: str, way: str) -> None:
    written = WRITTEN[way](text)
    assert normal.plain(written) == normal.plain(text)
    assert digest(text) in digests(written)
    assert slug(written) == slug(text)


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("name", ["miR-221-3p", "TGF-β pathway", "NF-κB pathway", "MCF-7", "breast cancer"])
def test_name_is_found_however_it_is_written(kg: KnowledgeGraph, name: str, way: str) -> None:
    assert kg.names.meant(WRITTEN[way](name)).entity == kg.names.meant(name).entity


@pytest.mark.parametrize("way", WRITTEN)
def test_copy_of_a_text_is_found_however_it_is_set(way: str) -> None:
    recorded = "The TGF-β and NF- κ B pathways of fibroblasts act on miR-21."
    assert digest(recorded) in digests(WRITTEN[way](recorded))
    assert digest(WRITTEN["Greek spelled"](recorded)) in digests(recorded)
    assert digest(recorded) not in digests(recorded.replace("β", "α"))


@pytest.fixture(scope="module")
def namer() -> Namer:
    return Namer(tables.load(ROOT / "data").entities)


@pytest.mark.slow
@pytest.mark.parametrize("way", WRITTEN)
def test_titles_name_the_same_however_they_are_set(namer: Namer, way: str) -> None:
    for row in tables.load(ROOT / "data").reviews[0].references:
        assert namer.mentioned(WRITTEN[way](row["title"])) == namer.mentioned(row["title"]), row["id"]


def test_greek_after_a_word_is_named(namer: Namer) -> None:
    assert "CTNNB1" in namer.mentioned("silencing β-catenin in cells")
    assert "CTNNB1" in namer.mentioned("silencing beta-catenin in cells")


def test_numbers_apart_stay_apart() -> None:
    assert normal.key("miR-1-2") != normal.key("miR-12")
    assert normal.key("miR 221") == normal.key("miR-221")
    assert normal.plain("64–66") == "64–66"
    assert normal.plain("PI3K–AKT") == "PI3K-AKT"


@pytest.mark.parametrize(
    ("twin", "what"),
    [
        ("РТЕN", "holds 'Р' (Cyrillic Capital Letter Er)."),
        ("PT\u200bEN", "holds U+200B, which nobody sees."),
        ("PT\u00adEN", "holds U+00AD, which nobody sees."),
        ("ΡΤΕΝ", "looks like a name of 'PTEN'."),
        ("pten", "is also a name of 'PTEN'."),
        ("PTÉN", "looks like a name of 'PTEN'."),
    ],
)
def test_twin_of_a_name_is_refused(data: Path, twin: str, what: str) -> None:
    path = data / "entities/genes.tsv"
    edited(path, line_of(path, "ZEB1"), "synonyms", twin)
    found = [problem for problem in integrity.problems(tables.load(data)) if problem.column == "synonyms"]
    assert any(what in problem.what for problem in found)
    assert all(problem.do for problem in found)


DOI = "10.1038/onc.2011.223"


@pytest.mark.parametrize(
    "written",
    [
        DOI,
        DOI.upper(),
        f"https://doi.org/{DOI}",
        f"http://dx.doi.org/{DOI}",
        f"https://www.doi.org/{DOI}/",
        f"doi.org/{DOI}",
        f"doi:{DOI}",
        f"DOI: {DOI}.",
        f"doi:https://doi.org/{DOI}",
        f"info:doi/{DOI}",
        f"urn:doi:{DOI}",
        f"<https://doi.org/{DOI}>",
        f"({DOI})",
        f"{DOI};",
        f" {DOI}\u200b",
        "https://doi.org/10.1038%2Fonc.2011.223",
        f"https://doi-org.proxy.example.org/{DOI}",
        f"https://onlinelibrary.wiley.com/doi/full/{DOI}?utm_source=x",
    ],
)
def test_doi_is_one_in_every_form(written: str) -> None:
    assert plain_doi(written) == DOI


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("10.1002/(SICI)1097(1999)86:1%3C1::AID-X1%3E3.0.CO;2-1", "10.1002/(sici)1097(1999)86:1<1::aid-x1>3.0.co;2-1"),
        ("10.1016/S0140-6736(97)11096-0.", "10.1016/s0140-6736(97)11096-0"),
        ("10.1038/onc\u20112011", "10.1038/onc-2011"),
        ("see 10.1038/onc.2011.223", ""),
        ("unavailable", ""),
        ("10.1/x", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_doi_keeps_what_belongs_to_it(written: str, doi: str) -> None:
    assert plain_doi(written) == doi


@pytest.mark.parametrize(
    ("written", "pmid"),
    [
        *((form, "21666713") for form in ("21666713", "021666713", "21666713.0", "2.1666713E+07", "PMID: 021666713")),
        *((form, "21666713") for form in ("PMID21666713.", "pmid 21666713", "MED:21666713", "pubmed:21666713")),
        ("https://pubmed.ncbi.nlm.nih.gov/21666713/", "21666713"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/21666713", "21666713"),
        *((form, "") for form in ("21666713.1", "0", "", "PMC3175015", "1234567890", "unavailable")),
    ],
)
def test_pubmed_number_is_one_in_every_form(written: str, pmid: str) -> None:
    assert plain_pmid(written) == pmid


@pytest.mark.parametrize(
    ("title", "status"),
    [
        *((f"{start}: miR-21", "retracted") for start in ("Retracted article", "RETRACTED", "Retraction")),
        ("Retraction note: miR-21 in cells", "retracted"),
        ("[Retracted] miR-21 in cells", "retracted"),
        ("\u200bRetracted\u2011 miR-21", "retracted"),
        ("miR-21 in cells (Retracted article. See vol. 3)", "retracted"),
        ("miR-21 in cells [RETRACTED]", "retracted"),
        ("Notice of Retraction: miR-21", "retracted"),
        *((f"{start}: miR-21 in cells", "withdrawn") for start in ("REMOVED", "WITHDRAWN", "Temporarily removed")),
        *((f"{start}: miR-21", "concern") for start in ("Expression of concern", "Editorial Expression of Concern")),
        ("Withdrawn drugs and what they teach", ""),
        ("Withdrawal of tamoxifen: a trial", ""),
        ("Retraction of the nipple in breast cancer", ""),
        ("Removed ribs (removed by surgeons)", ""),
        ("Removal of estrogen receptors", ""),
        ("Concern: what patients fear", ""),
    ],
)  # fmt: skip
def test_mark_in_a_title_is_told_from_its_words(title: str, status: str) -> None:
    assert mark(title) == status
