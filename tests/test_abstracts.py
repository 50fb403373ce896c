"""What abstracts add: one sentence of an abstract that changes, and all that changes with it, over the real tables."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import change
from mirkg.ask import store
from mirkg.ask.store import Store
from mirkg.make import build, tables

PREFIXES = """
PREFIX mk: <https://w3id.org/mirkg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
REVIEW = "reviews/amiri-2024"
SAME, CLASS = "agrees, the same", "agrees, a class"
CONFIRMED, CITED, FALLEN = "confirmed, edge confirmed", "cited, edge cited", "retracted only, without: retracted only"
RELATION = "confirmed"  # of a kind that gives no edge
THROUGH_HOTAIR = (
    "HOTAIR activates PI3K/AKT/mTOR pathway, and HOTAIR confers resistance to doxorubicin through PI3K/AKT/mTOR pathway"
)


class State(NamedTuple):
    """Hold all that a change can change: each thing by its name."""

    verdicts: dict[str, str]
    standings: dict[str, str]
    edges: dict[str, str]
    inferences: dict[str, str]
    conflicts: dict[str, str]


def state(source: Store) -> State:
    def rows(pattern: str, columns: str) -> list[tuple[str, ...]]:
        return source.select(f"{PREFIXES} SELECT DISTINCT {columns} WHERE {{ {pattern} }} ORDER BY {columns}").rows

    verdicts = rows(
        """?node a mk:CitationVerdict ; mk:onClaim ?claim ; mk:verdict/rdfs:label ?verdict .
           OPTIONAL { ?node mk:nearness/rdfs:label ?near }""",
        "?claim ?verdict ?near",
    )
    standings: dict[str, str] = {}
    for label, standing, grade, why in rows(
        """?node mk:ofProposition/rdfs:label ?label ; mk:standing/rdfs:label ?standing .
           OPTIONAL { ?node mk:edgeGrade/rdfs:label ?grade } OPTIONAL { ?node mk:withheldBecause/rdfs:label ?why }""",
        "?label ?standing ?grade ?why",
    ):
        if label in standings:
            standings[label] += f", {why}"
        else:
            standings[label] = standing + f", edge {grade}" * bool(grade) + f", without: {why}" * bool(why)
    edges = rows(
        "?s ?edge ?o . ?kind mk:edgeProperty ?edge . ?s rdfs:label ?from . ?o rdfs:label ?to", "?from ?edge ?to"
    )
    inferences = rows(
        "?node a mk:Inference ; rdfs:label ?path ; mk:infers/rdfs:label ?says ; mk:outcome/rdfs:label ?outcome",
        "?path ?says ?outcome",
    )
    conflicts = rows("?node a mk:Conflict ; mk:reason ?reason", "?reason")
    return State(
        {claim.rpartition("/")[2]: verdict + f", {near}" * bool(near) for claim, verdict, near in verdicts},
        standings,
        {f"{start} {edge.rpartition('#')[2]} {end}": "" for start, edge, end in edges},
        {path: f"{says}: {outcome}" for path, says, outcome in inferences},
        {reason: "" for (reason,) in conflicts},
    )


Changes = dict[str, tuple[str | None, str | None]]


def changes(before: dict[str, str], after: dict[str, str]) -> Changes:
    """Return what each name that differs was and is; None where it is missing."""
    return {name: (before.get(name), after.get(name)) for name in before | after if before.get(name) != after.get(name)}


@pytest.fixture(scope="module")
def before(built: build.Built) -> State:
    return state(store.of(built.quads))


@pytest.fixture
def compare(data: Path, before: State) -> Callable[[], list[Changes]]:
    """Return a function that builds the changed tables and returns all that differs, in the order of State."""

    def compared() -> list[Changes]:
        after = state(store.of(build.build(tables.load(data)).quads))
        return [changes(*pair) for pair in zip(before, after, strict=True)]

    return compared


def gone(value: str, *names: str) -> Changes:
    return dict.fromkeys(names, (value, None))


def unread(data: Path, start: str) -> None:
    """Take the claims and the sentences of an abstract whose names begin so out of the tables."""
    for table in ("claims.tsv", "passages.tsv"):
        path = data / REVIEW / table
        lines = path.read_text("utf-8").splitlines(keepends=True)
        left = [line for line in lines if not line.split("\t")[0].startswith(start)]
        assert len(left) < len(lines)
        path.write_text("".join(left), "utf-8")


@pytest.mark.slow
def test_turning_the_sentence_on_apoptosis_turns_the_verdict_the_standing_and_the_edge(
    data: Path, compare: Callable[[], list[Changes]]
) -> None:
    """The sentence of the review then has its paper with it, and nothing of the mechanism is doubted with it."""
    old = "abstract-of-72-10-2\tabstract-of-72-10\tProcessSuppressionEffect"
    change(data / REVIEW / "claims.tsv", old, old.replace("Suppression", "Promotion"))
    verdicts, standings, edges, inferences, conflicts = compare()
    assert verdicts == {"interaction-1-17-1": ("sign conflict", SAME)}
    assert standings == {
        "HOTAIR promotes apoptosis": ("disputed, without: disputed, doubted", CONFIRMED),
        "HOTAIR suppresses apoptosis": (CONFIRMED, None),
        "HOTAIR sensitizes to doxorubicin": ("disputed, without: disputed, doubted", "disputed, without: disputed"),
    }
    assert edges == {
        "HOTAIR suppressesProcess apoptosis": ("", None),
        "HOTAIR promotesProcess apoptosis": (None, ""),
    }
    assert inferences == {}
    [(reason, turned)] = conflicts.items()
    assert reason.startswith("HOTAIR promotes apoptosis (interaction ¶1 s17)") and turned == ("", None)


@pytest.mark.slow
def test_turning_a_step_turns_exactly_the_inferences_through_it(
    data: Path, before: State, compare: Callable[[], list[Changes]]
) -> None:
    old = "abstract-of-67-8-8\tabstract-of-67-8\tRepressionEffect"
    change(data / REVIEW / "claims.tsv", old, old.replace("Repression", "Activation"))
    verdicts, standings, edges, inferences, conflicts = compare()
    assert verdicts == {}
    link, turned = "PTEN represses ABCG2", "PTEN activates ABCG2"
    assert standings == {link: (CONFIRMED, None), turned: (None, CONFIRMED)}
    assert edges == {"PTEN represses ABCG2": ("", None), "PTEN activates ABCG2": (None, "")}
    through = {path: said for path, said in before.inferences.items() if link in path}
    assert len(through) == 4 + 5 + 4 + 5 + 5 + 4  # from PTEN, miR-130b, -132, -200c, -21, -212
    assert {path: was for path, (was, _) in inferences.items() if was} == through
    came = {path: now for path, (_, now) in inferences.items() if now}
    # of the sign that the chain has now, none was shorter: the direct "miR-132 activates ABCG2" has the other
    hidden = "; miR-487a represses ABCG2, and miR-487a sensitizes to mitoxantrone through ABCG2"
    detours = {
        f"{mirna} represses PTEN, {turned}{hidden}": f"{mirna} sensitizes to mitoxantrone: new"
        for mirna in ("miR-132", "miR-212")
    }
    assert came == {path.replace(link, turned): came[path.replace(link, turned)] for path in through} | detours
    opposite = {
        "sensitizes to": "confers resistance to",
        "confers resistance to": "sensitizes to",
        "activates": "represses",
        "represses": "activates",
        "affects": "affects",  # the sign of the last link is not known
    }
    for path, said in through.items():
        says = said.partition(": ")[0]
        [word] = [word for word in opposite if f" {word} " in says]
        assert came[path.replace(link, turned)].partition(": ")[0] == says.replace(word, opposite[word])
    assert all(was is None and turned in reason for reason, (was, _) in conflicts.items())
    assert conflicts  # with the other ways from PTEN to resistance


@pytest.mark.slow
def test_without_its_sentence_on_three_mirnas_a_paper_speaks_of_the_one_in_its_title(
    data: Path, compare: Callable[[], list[Changes]]
) -> None:
    unread(data, "abstract-of-75-7")
    verdicts, standings, edges, inferences, conflicts = compare()
    assert verdicts == {
        "table-1-row-1-1": (SAME, CLASS),  # the title has aromatase inhibitors
        "table-1-row-1-2": (SAME, "indirect"),  # the abstract has how high they are, and not what they do
        "table-1-row-1-3": (SAME, "indirect"),
    }
    up = {
        "activates": "activatesPathway",
        "confers resistance to": "confersResistanceTo",
        "promotes": "promotesProcess",
    }
    down = {"inhibits": "inhibitsPathway", "sensitizes to": "sensitizesTo", "suppresses": "suppressesProcess"}
    said = {"miR-125b": up, "miR-205": up, "miR-424": down}
    objects = (("AKT/mTOR pathway",), ("anastrozole", "letrozole"), ("stemness",))
    signed = [
        (f"{mirna} {phrase} {name}", f"{mirna} {edge} {name}")
        for mirna, words in said.items()
        for (phrase, edge), names in zip(words.items(), objects, strict=True)
        for name in names
    ]
    assert standings == gone(CONFIRMED, *(label for label, _ in signed)) | {
        "miR-205 modulates the response to anastrozole": (CONFIRMED, CITED),
        "miR-424 modulates the response to anastrozole": (CONFIRMED, CITED),
    }
    assert edges == gone("", *(edge for _, edge in signed))
    wider = "AKT/mTOR pathway acts for PI3K/AKT/mTOR pathway"
    assert inferences == {
        f"miR-125b activates AKT/mTOR pathway, {wider}; {THROUGH_HOTAIR}": (
            "miR-125b confers resistance to doxorubicin: new",
            None,
        ),
        f"miR-205 activates AKT/mTOR pathway, {wider}; {THROUGH_HOTAIR}": (
            "miR-205 confers resistance to doxorubicin: new",
            None,
        ),
        f"miR-424 inhibits AKT/mTOR pathway, {wider}; {THROUGH_HOTAIR}": (
            "miR-424 sensitizes to doxorubicin: new",
            None,
        ),
        # the other way of that length, by the sentence on AKT
        f"miR-205 activates AKT, AKT activates PI3K/AKT/mTOR pathway; {THROUGH_HOTAIR}": (
            None,
            "miR-205 confers resistance to doxorubicin: new",
        ),
        "miR-205 activates AKT, AKT activates PI3K/AKT/mTOR pathway": (
            "miR-205 activates PI3K/AKT/mTOR pathway: agrees",
            "miR-205 activates PI3K/AKT/mTOR pathway: new",
        ),
    }
    assert conflicts == {}


DRUGS = ("afatinib", "lapatinib", "neratinib")
MEDIATED = {
    f"miR-630 represses IGF1R, and miR-630 sensitizes to {drug} through IGF1R": (
        f"IGF1R confers resistance to {drug}: new",
        None,
    )
    for drug in DRUGS
}
IN_GENERAL = (
    "miR-630 represses IGF1R, IGF1R activates PI3K/AKT pathway; miR-130b represses PTEN, PTEN inhibits "
    "PI3K/AKT pathway, and miR-130b confers resistance to antineoplastic agent through PI3K/AKT pathway"
)


@pytest.mark.slow
def test_paper_whose_abstract_is_not_read_speaks_through_its_title(
    data: Path, compare: Callable[[], list[Changes]]
) -> None:
    unread(data, "abstract-of-80-")
    path = data / REVIEW / "references.tsv"
    line = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("80\t"))
    seen = line.split("\tpartOfAbstract\t")[1].split("\t")[0]
    change(path, line, line.replace(f"\tpartOfAbstract\t{seen}\t", "\tnoAbstract\t\t"))
    verdicts, standings, edges, inferences, conflicts = compare()
    assert verdicts == {"table-1-row-4-1": (SAME, CLASS)}  # the title has drugs that target HER
    sensitizes = [f"miR-630 sensitizes to {drug}" for drug in DRUGS]
    assert standings == gone(CONFIRMED, "miR-630 regulates IGF1R", *sensitizes) | gone(
        RELATION, "HER-targeting drug treats HER2-positive breast cancer"
    )
    assert edges == gone("", "miR-630 regulates IGF1R", *(f"miR-630 sensitizesTo {drug}" for drug in DRUGS))
    says = "miR-630 sensitizes to antineoplastic agent"
    assert inferences == MEDIATED | {IN_GENERAL: (f"{says}: agrees", f"{says}: new")}
    assert conflicts == {}


@pytest.mark.slow
def test_retracting_a_paper_takes_what_its_title_and_its_abstract_support_and_leaves_what_they_say(
    data: Path, compare: Callable[[], list[Changes]]
) -> None:
    path = data / REVIEW / "references.tsv"
    line = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("80\t"))
    change(path, line, line.replace("\tactive\t", "\tretracted\t"))
    verdicts, standings, edges, inferences, conflicts = compare()
    assert verdicts == {}
    with_edge = {
        "miR-630 regulates IGF1R": "miR-630 regulates IGF1R",
        "miR-630 targets IGF1R": "miR-630 targets IGF1R",
        "miR-630 affects tumor progression": "miR-630 affectsProcess tumor progression",
        "miR-630 modulates the response to HER-targeting drug": "miR-630 modulatesResponseTo HER-targeting drug",
        "miR-630 modulates the response to lapatinib": "miR-630 modulatesResponseTo lapatinib",
        **{f"miR-630 sensitizes to {drug}": f"miR-630 sensitizesTo {drug}" for drug in DRUGS},
    }
    assert standings == dict.fromkeys(with_edge, (CONFIRMED, FALLEN)) | {
        "HER-targeting drug treats HER2-positive breast cancer": (RELATION, "retracted only")
    }
    assert edges == gone("", *with_edge.values())
    pathway = "miR-630 represses IGF1R, IGF1R activates PI3K/AKT pathway"
    assert inferences == MEDIATED | {
        pathway: ("miR-630 inhibits PI3K/AKT pathway: new", None),
        IN_GENERAL: ("miR-630 sensitizes to antineoplastic agent: agrees", None),
        f"{pathway}, PI3K/AKT pathway acts for PI3K/AKT/mTOR pathway; {THROUGH_HOTAIR}": (
            "miR-630 sensitizes to doxorubicin: new",
            None,
        ),
    }
    assert conflicts == {}
