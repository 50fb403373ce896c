"""What a title names: the traps of names that entities share, read once over all titles of the review."""

import random
import re

import pytest

from conftest import ROOT
from mirkg.make import tables
from mirkg.make.mentions import Namer
from mirkg.model import normal


@pytest.fixture(scope="module")
def namer() -> Namer:
    return Namer(tables.load(ROOT / "data").entities)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("c-myc via c-myc/miR-29b-3p/CDK6 axis", {"MYC", "miR-29b-3p", "CDK6"}),
        ("MicroRNA-221/222 in cells", {"miR-221", "miR-222"}),
        ("MiRNAs-181a/b", {"miR-181a", "miR-181b"}),
        ("miRNA-221 and miRNA-222", {"miR-221", "miR-222"}),
        ("miR-221-3p alone", {"miR-221-3p"}),
        ("Let-7i", {"let-7i"}),
        ("miR-9999 is not ours", set()),
        ("HER2-positive breast cancer", {"HER2-positive-breast-cancer"}),
        ("response to HER-targeting drugs", {"HER-targeting-drug"}),
        ("HER2 regulated miRNA expression", {"ERBB2", "miRNAs"}),
        ("the AKT inhibitor capivasertib", {"AKT-inhibitor", "capivasertib"}),
        ("PTEN targets", {"PTEN"}),
        ("pten targets", set()),
        ("the PTEN/Akt/mTOR signaling", {"PTEN-AKT-mTOR-pathway"}),
        ("PTEN-AKT/NF- κ B signaling pathway", {"PTEN-AKT-NF-kappaB-pathway"}),
        ("the Wnt2/ β -catenin signaling pathway", {"WNT2-beta-catenin-pathway"}),
        ("TGF β signaling", {"TGF-beta-pathway"}),
        ("increases 14-3-3 ζ", {"YWHAZ"}),
        ("Tamoxifen and TAMOXIFEN", {"tamoxifen"}),
        ("TAM resistance", {"tamoxifen"}),
        ("a tam of wool", set()),
        ("breast cancer resistance protein (BCRP/ABCG2)", {"ABCG2"}),
        (
            "letrozole-resistant breast cancer cells",
            {"letrozole", "breast-cancer", "letrozole-resistant-breast-cancer-cell"},
        ),
        ("ovarian cancer cells", {"ovarian-cancer", "ovarian-cancer-cell"}),
        ("Monoclonal antibodies", {"monoclonal-antibody"}),
        ("multi-drug resistance of microRNAs", {"multidrug-resistance", "miRNAs"}),
        ("miR-7 as a tumor-suppressive microRNA", {"miR-7"}),  # speaks of one miRNA, not of miRNAs in general
        ("Developmental signaling pathways", {"signaling-pathways"}),
        ("a network of tumour-suppressor genes", {"tumor-suppressor-genes"}),
        ("the tumor suppressor gene Tpe2", {"TNFAIP8L2"}),  # speaks of one gene, not of such genes in general
        ("PTEN signaling pathway", {"PTEN-pathway"}),
        ("", set()),
    ],
)
def test_title_names(namer: Namer, title: str, expected: set[str]) -> None:
    assert set(namer.mentioned(title)) == expected


def test_every_mirna_of_the_titles_is_named(namer: Namer) -> None:
    """Count by hand: the miRNAs with a number in the 112 titles, in their printed form."""
    review = tables.load(ROOT / "data").reviews[0]
    mirnas = set(namer.mirnas.values())
    named = {row["id"]: set(namer.mentioned(row["title"])) & mirnas for row in review.references}
    assert sum(map(len, named.values())) == 50
    assert {number for number, found in named.items() if found} == {
        *(
            "32",
            "40",
            "41",
            "42",
            "61",
            "63",
            "64",
            "66",
            "67",
            "68",
            "69",
            "73",
            "74",
            "75",
            "76",
            "77",
            "78",
            "80",
            "81",
        ),
        *("83", "84", "87", "89", "90", "91", "93", "94", "95", "96", "98", "100", "101", "103", "104", "105", "106"),
        *("107", "108", "109", "110", "111"),
    }


def test_pathway_is_named_after_the_molecules_inside_its_names(namer: Namer) -> None:
    pathways = {row["id"]: row for row in tables.load(ROOT / "data").entities if row["kind"] == "SignalingPathway"}
    named = {name: namer.named_after(row) for name, row in pathways.items()}
    assert named["SOCS6-STAT3-pathway"] == ["SOCS6", "STAT3"]
    assert named["GSK-3beta-beta-catenin-pathway"] == ["CTNNB1", "GSK3B"]
    assert named["MYC-miR-29b-3p-CDK6-axis"] == ["CDK6", "MYC", "miR-29b-3p"]
    assert named["PTEN-AKT-NF-kappaB-pathway"] == ["AKT", "PTEN"]
    assert named["TGF-beta-pathway"] == ["TGF-beta"]
    assert named["Notch-pathway"] == named["canonical-Wnt-pathway"] == []


def test_looking_for_few_names_finds_what_looking_for_all_finds(namer: Namer) -> None:
    chance = random.Random(3)
    names = [name for row in tables.load(ROOT / "data").entities for name in [row["label"], *row.items("synonyms")]]
    changes = [str, str.upper, str.lower, lambda name: name.replace("-", " "), lambda name: name.replace("-", "")]
    for reader in namer.readers:
        every = re.compile("|".join(f"({pattern})" for pattern in reader.patterns))
        for _ in range(500):
            parts = [
                chance.choice(changes)(name) + chance.choice(["", "s", "+"]) for name in chance.choices(names, k=5)
            ]
            text = normal.plain(chance.choice([" ", "/", "-", ", ", ""]).join(parts))
            at_once = {reader.ids[match.lastindex - 1] for match in every.finditer(text) if match.lastindex}
            assert reader.read(text) == at_once, text
