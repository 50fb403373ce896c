import pytest

from mirkg.make.text import Outline, Section, digest, normal_form, passages, read, sentences
from mirkg.model.problems import BadInput

OUTLINE = Outline(
    sections=(Section("abstract", "Abstract:"), Section("one", "First part"), Section("two", "miRNAs")),
    cells={"table-1": "miRNA"},
    authors=("Ann Author",),
    end="Acknowledgments:",
)
TEXT = """A title

Abstract: It is short. It has two sentences.

First part

The paragraph is cut by a page

*Corresponding author: Bea Author, Somewhere.

Ann Author, Department of Names, University of Places

Figure 1: What is seen.

that goes on here. A second sentence ends (Figure 1).

Another paragraph of et al. and miR-21. miR-22 starts a sentence.

Table 1: What is listed.

Drug\tmiRNA\tRef
tamoxifen\tmiR-1, miR-2\t[1]
cisplatin\tmiR-3\t[2]

miRNAs

The last one.

Acknowledgments: None.

References

1. Nobody N. A title of a paper. J 2020.
"""


def found(text: str = TEXT) -> dict[str, str]:
    return {passage.id: passage.text for passage in passages(text, OUTLINE)}


def test_passages_survive_affiliations_figures_and_tables() -> None:
    assert found() == {
        "abstract-1-1": "It is short.",
        "abstract-1-2": "It has two sentences.",
        "one-1-1": "The paragraph is cut by a page that goes on here.",
        "one-1-2": "A second sentence ends (Figure 1).",
        "one-2-1": "Another paragraph of et al. and miR-21.",
        "one-2-2": "miR-22 starts a sentence.",
        "figure-1-1-1": "What is seen.",
        "table-1-1-1": "What is listed.",
        "table-1-row-1": "miR-1, miR-2",
        "table-1-row-2": "miR-3",
        "two-1-1": "The last one.",
    }


def test_passages_are_the_same_where_pages_break_elsewhere() -> None:
    broken = TEXT.replace("A second sentence ends", "A second\n\n17\n\fsentence ends").replace("goes on", "goes\non")
    assert found(broken) == found()


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("One ends. Two starts.", ["One ends.", "Two starts."]),
        ("Shown by Lee et al. The rest follows.", ["Shown by Lee et al. The rest follows."]),
        ("It is so [1, 2]. miRNAs act.", ["It is so [1, 2].", "miRNAs act."]),
        ("It acts (Figure 2). Hence it works.", ["It acts (Figure 2).", "Hence it works."]),
        ("Because: 1). They differ, 2). They lack.", ["Because: 1). They differ, 2). They lack."]),
        ("By A. B. Author. lower case goes on.", ["By A. B. Author. lower case goes on."]),
        ("It acts through NF- κ B. Therefore it does.", ["It acts through NF- κ B.", "Therefore it does."]),
        ("It acts through NF-κB. Therefore it does.", ["It acts through NF-κB.", "Therefore it does."]),
        ("It needs IKK- α  B. So it is.", ["It needs IKK- α  B.", "So it is."]),
        ("It raises TGF- β . Then it stops.", ["It raises TGF- β .", "Then it stops."]),
        ("By J.-P. Author. They saw.", ["By J.-P. Author.", "They saw."]),
        ("It is factor X-B. Then it acts.", ["It is factor X-B.", "Then it acts."]),
        ("About 11.7 % of all. *In vitro* it held.", ["About 11.7 % of all.", "*In vitro* it held."]),
    ],
)
def test_sentences_end_where_the_next_one_starts(paragraph: str, expected: list[str]) -> None:
    assert sentences(paragraph) == expected


@pytest.mark.parametrize(
    "copy",
    [
        "TGF-β and drug resistance",
        "TGF- β  and drug\nresistance",
        "TGF-β and drug re-\nsistance",
        "*TGF-β* and drug re\u00adsistance",
    ],
)
def test_digest_ignores_what_copies_differ_in(copy: str) -> None:
    assert digest(copy) == digest("TGF-β and drug resistance")


@pytest.mark.parametrize(
    "other", ["TGF-α and drug resistance", "TGF-β or drug resistance", "TGF-β and Drug resistance"]
)
def test_digest_tells_one_changed_word(other: str) -> None:
    assert digest(other) != digest("TGF-β and drug resistance")


def test_normal_form_keeps_numbers_and_marks() -> None:
    assert normal_form("[64–66], 11.7 % “so”") == '[64–66],11.7%"so"'


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"\xff\xfe", "is not UTF-8"), (b" \n", "is empty"), (None, "cannot be read")],
)
def test_unreadable_copy_is_refused(tmp_path, content: bytes | None, message: str) -> None:
    path = tmp_path / "copy.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        read(str(path))
