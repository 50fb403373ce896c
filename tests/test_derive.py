"""The rules: each derives what it says from real rows, and one changed row changes just what follows from it."""

import json
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import ROOT, change, drop_abstracts
from mirkg.ask import store
from mirkg.ask.store import Store
from mirkg.cli import main
from mirkg.make import build, entities, tables
from mirkg.model import derive, vocabulary
from mirkg.model.iris import Entities

PREFIXES = """
PREFIX mk: <https://w3id.org/mirkg/ontology#>
PREFIX mke: <https://w3id.org/mirkg/entity/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
RULES = ROOT / "ontology" / "rules"
CLAIMS = "reviews/amiri-2024/claims.tsv"
REFERENCES = "reviews/amiri-2024/references.tsv"
RESISTANCE = "HOTAIR confers resistance to doxorubicin"
SENSITIZING = "HOTAIR sensitizes to doxorubicin"
APOPTOSIS = "HOTAIR promotes apoptosis"


@pytest.fixture(scope="module")
def real(built: build.Built) -> Store:
    return store.of(built.quads)


@pytest.fixture(scope="module")
def of_titles(built_from_titles: build.Built) -> Store:
    return store.of(built_from_titles.quads)


def rebuilt(data: Path) -> Store:
    return store.of(build.build(tables.load(data)).quads)


def rows(source: Store, pattern: str) -> list[tuple[str, ...]]:
    return source.select(f"{PREFIXES} SELECT * WHERE {{ {pattern} }}").rows


def holds(source: Store, triple: str) -> bool:
    return bool(rows(source, triple + " . ?any a mk:Review"))


def standings(source: Store) -> dict[str, tuple[str, str, str]]:
    """Return for each proposition its standing, the grade of its edge, and all reasons why it has none."""
    pattern = """
      ?assessment mk:ofProposition/rdfs:label ?label ; mk:standing/rdfs:label ?standing .
      OPTIONAL { ?assessment mk:edgeGrade/rdfs:label ?grade }
      OPTIONAL { ?assessment mk:withheldBecause/rdfs:label ?why }
    """
    answer = source.select(f"{PREFIXES} SELECT ?label ?standing ?grade ?why WHERE {{ {pattern} }} ORDER BY ?label ?why")
    found: dict[str, tuple[str, str, str]] = {}
    for label, standing, grade, why in answer.rows:
        before = found.get(label, ("", "", ""))[2]
        found[label] = (standing, grade, ", ".join(filter(None, (before, why))))
    return found


def changed(before: dict[str, tuple[str, str, str]], after: dict[str, tuple[str, str, str]]) -> set[str]:
    return {label for label in before | after if before.get(label) != after.get(label)}


def edges(source: Store) -> set[tuple[str, ...]]:
    pattern = "?kind mk:edgeProperty ?edge . ?subject ?edge ?object . ?subject a/rdfs:subClassOf mk:Entity"
    return set(source.select(f"{PREFIXES} SELECT DISTINCT ?subject ?edge ?object WHERE {{ {pattern} }}").rows)


# --- comparability


def test_arms_compare_with_their_mirna_and_not_with_each_other(data: Path) -> None:
    path = data / "entities/mirnas.tsv"
    line = next(line for line in path.read_text("utf-8").splitlines() if line.startswith("miR-221-3p\t"))
    path.write_text(path.read_text("utf-8") + line.replace("221-3p", "221-5p") + "\n", "utf-8")
    graph = ox.Store()
    graph.extend(ox.Quad(*quad.triple, vocabulary.graph("ontology")) for quad in vocabulary.ontology())
    graph.extend(entities.entities(tables.load(data).entities, Entities(), {}))
    derive.apply(graph, ["1-compare/04-comparable"])
    source = Store(graph)
    compared = "mke:{} mk:comparableTo mke:{}"
    assert rows(source, compared.format("miR-221-5p", "miR-221") + " . ?any a mk:MicroRNA")
    assert rows(source, compared.format("miR-221", "miR-221-5p") + " . ?any a mk:MicroRNA")
    assert not rows(source, compared.format("miR-221-3p", "miR-221-5p") + " . ?any a mk:MicroRNA")


def test_comparability_is_reflexive_but_for_categories(real: Store) -> None:
    assert holds(real, "mke:PTEN mk:comparableTo mke:PTEN")
    assert rows(real, "?category a mk:Category ; mk:comparableTo ?other") == []


def test_two_drugs_do_not_compare_through_the_drug_that_is_not_named(real: Store) -> None:
    assert holds(real, "mke:tamoxifen mk:comparableTo mke:antineoplastic-agent")
    assert not holds(real, "mke:tamoxifen mk:comparableTo mke:doxorubicin")


# --- the disease of a claim


def test_disease_is_the_named_one_else_the_line_s_else_the_scope(real: Store) -> None:
    def disease(claim: str) -> list[tuple[str, ...]]:
        return rows(real, f"<https://w3id.org/mirkg/claim/amiri-2024/{claim}> mk:aboutDisease/rdfs:label ?disease")

    assert disease("title-66-1") == [("esophageal squamous cell carcinoma",)]
    assert disease("interaction-1-9-1") == [("breast cancer",)]
    assert disease("table-1-row-1-1") == [("breast cancer",)]


# --- what stands, ranks, the main reason


def test_a_reference_stands_unless_retracted_or_withdrawn() -> None:
    statuses = ["active", "unknown", "corrected", "concern", "retracted", "withdrawn"]
    stated = [f"<urn:{status}> a mk:Reference ; mk:publicationStatus mk:{status} ." for status in statuses]
    graph = ox.Store()
    graph.update(f"{PREFIXES} INSERT DATA {{ {' '.join(stated)} }}")
    derive.apply(graph, ["1-compare/01-stands"])
    assert [status for status in statuses if rows(Store(graph), f"<urn:{status}> mk:stands ?stands")] == statuses[:4]
    assert rows(Store(graph), "?reference mk:stands false") == []


def test_a_withheld_proposition_has_one_main_reason_the_first_by_name(real: Store) -> None:
    reasons: dict[str, set[str]] = {}
    for assessment, why in real.select(f"{PREFIXES} SELECT ?a ?why {{ ?a mk:withheldBecause/rdfs:label ?why }}").rows:
        reasons.setdefault(assessment, set()).add(why)
    main = real.select(f"{PREFIXES} SELECT ?a ?why {{ ?a mk:mainReason/rdfs:label ?why }}").rows
    assert sorted(main) == sorted((assessment, min(found)) for assessment, found in reasons.items())
    assert any(len(found) > 1 for found in reasons.values())


# --- conflict, dispute, doubt


def conflicts(source: Store) -> list[str]:
    return sorted(row[-1] for row in rows(source, "?conflict a mk:Conflict ; mk:reason ?reason"))


MIR_452 = (
    "miR-452 confers resistance to doxorubicin (mirnas ¶1 s18), "
    "but miR-452 sensitizes to doxorubicin (title of reference 107)."
)
DEATH = (
    "HOTAIR promotes apoptosis (interaction ¶1 s17), "
    "but HOTAIR suppresses apoptosis (abstract of reference 72, sentence 10)."
)
DISPUTED_AND_DOUBTED = ("disputed", "", "disputed, doubted")


def test_conflicts_are_two_sentences_with_the_paper_they_cite_and_one_with_a_paper_that_the_table_cites(
    real: Store,
) -> None:
    drug = [
        f"HOTAIR confers resistance to doxorubicin ({voice} of reference 72{sentence}), "
        "but HOTAIR sensitizes to doxorubicin (interaction ¶1 s16)."
        for voice, sentence in (("abstract", ", sentence 11"), ("abstract", ", sentence 12"), ("title", ""))
    ]
    assert conflicts(real) == [*drug, DEATH, MIR_452]
    between = rows(real, "?conflict a mk:Conflict ; mk:between ?claim . ?claim rdfs:label ?label ; mk:statedIn ?place")
    assert len(between) == 2 * len(conflicts(real))


@pytest.mark.slow
def test_titles_alone_have_a_conflict_less(of_titles: Store) -> None:
    [drug, last] = conflicts(of_titles)
    assert drug.startswith(RESISTANCE + " (title of reference 72), ")
    assert last == MIR_452


def test_the_paper_s_own_words_win_and_the_mechanism_falls_with_the_sentence(real: Store, of_titles: Store) -> None:
    """The title turns the sentence on resistance alone, the abstract that on apoptosis too."""
    found = standings(of_titles)
    assert found[RESISTANCE] == ("confirmed", "confirmed", "")
    assert found[SENSITIZING] == ("disputed", "", "disputed")
    assert found[APOPTOSIS] == ("cited", "", "doubted")
    found = standings(real)
    assert found[RESISTANCE] == found["HOTAIR suppresses apoptosis"] == ("confirmed", "confirmed", "")
    assert found[SENSITIZING] == found[APOPTOSIS] == DISPUTED_AND_DOUBTED


TURNED_SENTENCE = (
    "interaction-1-16-1\tinteraction-1-16\tSensitizingEffect",
    "interaction-1-16-1\tinteraction-1-16\tResistanceEffect",
)


def test_turning_the_sentence_turns_just_what_follows_from_it(data: Path, real: Store) -> None:
    change(data / CLAIMS, *TURNED_SENTENCE)
    turned = rebuilt(data)
    assert conflicts(turned) == [DEATH, MIR_452]
    before, after = standings(real), standings(turned)
    assert changed(before, after) == {SENSITIZING, APOPTOSIS}
    assert SENSITIZING not in after
    assert after[APOPTOSIS] == ("disputed", "", "disputed")  # by the abstract; doubted with nothing any more
    assert edges(turned) == edges(real)


@pytest.mark.slow
def test_where_no_title_disputes_it_the_rest_of_the_mechanism_has_its_edge(data: Path, of_titles: Store) -> None:
    drop_abstracts(data)
    change(data / CLAIMS, *TURNED_SENTENCE)
    turned = rebuilt(data)
    assert conflicts(turned) == [MIR_452]
    before, after = standings(of_titles), standings(turned)
    assert changed(before, after) == {SENSITIZING, APOPTOSIS}
    assert after[APOPTOSIS] == ("cited", "cited", "")
    assert edges(turned) - edges(of_titles) == {
        (
            "https://w3id.org/mirkg/entity/HOTAIR",
            "https://w3id.org/mirkg/ontology#promotesProcess",
            "https://w3id.org/mirkg/entity/apoptosis",
        )
    }
    assert edges(of_titles) - edges(turned) == set()


def status(data: Path, number: str, old: str, new: str) -> None:
    path = data / REFERENCES
    line = next(line for line in path.read_text("utf-8").splitlines() if line.startswith(f"{number}\t"))
    change(path, line, line.replace(f"\t{old}\t", f"\t{new}\t"))


@pytest.mark.slow
def test_retracting_the_refuter_brings_the_claim_back_with_its_own_grade(data: Path, real: Store) -> None:
    status(data, "72", "active", "retracted")
    after = standings(rebuilt(data))
    before = standings(real)
    fallen, without_edge = ("retracted only", "", "retracted only"), ("retracted only", "", "")
    assert {label: after[label] for label in changed(before, after)} == {
        RESISTANCE: fallen,
        SENSITIZING: fallen,
        APOPTOSIS: fallen,
        "HOTAIR suppresses apoptosis": fallen,
        "HOTAIR promotes cell proliferation": fallen,
        "HOTAIR activates AKT": fallen,
        "HOTAIR activates MTOR": fallen,
        "HOTAIR activates phosphoinositide 3-kinase": fallen,
        "HOTAIR activates PI3K/AKT/mTOR pathway": fallen,
        "HOTAIR acts through PI3K/AKT/mTOR pathway": fallen,
        "HOTAIR is a therapeutic target in breast cancer": without_edge,
        "HOTAIR is high in cancer": without_edge,
    }


@pytest.mark.slow
def test_refuter_that_is_not_the_cited_paper_confirms_nothing_when_it_falls(data: Path) -> None:
    """A second paper is given the title's claim; once it is retracted the sentence stands on its own bracket again."""
    drop_abstracts(data)
    text = (data / CLAIMS).read_text("utf-8")
    moved = text.replace("title-72-1\ttitle-72\tResistanceEffect", "title-73-9\ttitle-73\tResistanceEffect").replace(
        "title-72-2\ttitle-72\t", "title-73-8\ttitle-73\t"
    )
    assert moved != text
    (data / CLAIMS).write_text(moved, "utf-8")
    assert standings(rebuilt(data))[SENSITIZING] == ("disputed", "", "disputed")
    status(data, "73", "unknown", "withdrawn")
    found = standings(rebuilt(data))
    assert found[SENSITIZING] == ("cited", "cited", "")
    assert found[APOPTOSIS] == ("cited", "cited", "")


@pytest.mark.slow
def test_two_titles_that_turn_each_other_leave_no_edge(data: Path) -> None:
    drop_abstracts(data)
    path = data / CLAIMS
    rows_ = path.read_text("utf-8").splitlines()
    line = next(line for line in rows_ if line.startswith("title-72-1\t"))
    other = (
        line.replace("title-72", "title-73")
        .replace("title-73-1", "title-73-9")
        .replace("ResistanceEffect", "SensitizingEffect")
    )
    path.write_text("\n".join([*rows_, other]) + "\n", "utf-8")
    found = standings(rebuilt(data))
    assert found[RESISTANCE][:2] == found[SENSITIZING][:2] == ("disputed", "")


WITHOUT_A_DRUG = (
    "interaction-1-16-1\tinteraction-1-16\tSensitizingEffect\tHOTAIR\tdoxorubicin",
    "interaction-1-16-1\tinteraction-1-16\tSensitizingEffect\tHOTAIR\tantineoplastic-agent",
)


@pytest.mark.slow
def test_turned_sign_does_not_run_through_the_drug_that_is_not_named(data: Path) -> None:
    change(data / CLAIMS, *WITHOUT_A_DRUG)
    assert conflicts(rebuilt(data)) == [DEATH, MIR_452]


@pytest.mark.slow
def test_what_stands_for_no_named_drug_is_marked_in_the_tables_and_not_known_to_the_rules(data: Path) -> None:
    """Without its mark the agent is a class like any other, and a claim on it conflicts with one on a member."""
    mappings = data / "mappings.sssom.tsv"
    marked = "mke:antineoplastic-agent\tantineoplastic agent\tskos:exactMatch\tmk:unnamedDrug\t"
    change(mappings, marked, marked.replace("exactMatch", "closeMatch"))
    change(data / CLAIMS, *WITHOUT_A_DRUG)
    *drug, last, other = conflicts(rebuilt(data))
    assert len(drug) == 3
    assert all(RESISTANCE in each and "HOTAIR sensitizes to antineoplastic agent" in each for each in drug)
    assert [last, other] == [DEATH, MIR_452]
    names = [path for path in RULES.rglob("*.rq") if "mke:" in path.read_text("utf-8")]
    assert names == []


# --- retraction, agreement, other disease, notes


OF_71 = {
    "HEY1 represses WNT2",
    "LINC00968 inhibits WNT2/β-catenin pathway",
    "LINC00968 is a biomarker for poor prognosis",
    "LINC00968 is low in breast cancer",
    "LINC00968 promotes apoptosis",
    "LINC00968 recruits HEY1",
    "LINC00968 regulates WNT2",
    "LINC00968 represses WNT2",
    "LINC00968 sensitizes to antineoplastic agent",
    "LINC00968 suppresses colony formation",
    "LINC00968 suppresses invasion",
    "LINC00968 suppresses migration",
    "LINC00968 suppresses tumor growth",
    "WNT2 is a biomarker for poor prognosis",
    "WNT2 is high in breast cancer",
}
OF_101 = {  # which the review does not mark
    f"{mirna} {what}"
    for mirna in ("miR-221", "miR-222")
    for what in (
        "confers resistance to tamoxifen",
        "is high in ER-negative breast cancer cell",
        "regulates ESR1",
        "represses ESR1",
        "suppresses apoptosis",
        "targets ESR1",
    )
} | {"some miRNAs is high in ER-negative breast cancer"}


def test_what_stands_on_a_retracted_paper_alone_has_no_edge(real: Store) -> None:
    found = standings(real)
    fallen = {label for label, (standing, _, _) in found.items() if standing == "retracted only"}
    assert fallen == OF_71 | OF_101
    assert {label for label in fallen if found[label][1]} == set()
    assert not [edge for edge in edges(real) if edge[0].endswith("/LINC00968")]


@pytest.mark.slow
def test_reinstating_the_paper_returns_all(data: Path, real: Store) -> None:
    status(data, "71", "retracted", "active")
    before, after = standings(real), standings(rebuilt(data))
    assert changed(before, after) == OF_71
    cited = {"HEY1 represses WNT2", "LINC00968 recruits HEY1"}  # the sentence alone says so
    assert {label: after[label][0] for label in OF_71} == {
        label: "cited" if label in cited else "confirmed" for label in OF_71
    }
    assert {label for label in OF_71 if after[label][1]} == {
        label for label in OF_71 if " is " not in label and " recruits " not in label
    }


def test_title_agrees_by_family_and_sign(real: Store) -> None:
    found = standings(real)
    assert found["miR-130b regulates PTEN"][0] == "confirmed"  # unsigned, and a title says "targets"
    assert found["miR-451 sensitizes to chemotherapy"][0] == "cited"  # the title is on endocrine therapy
    assert found["miR-205 confers resistance to tamoxifen"][0] == "cited"  # the cited title is on autophagy


@pytest.mark.slow
def test_unsigned_title_is_no_evidence_for_a_signed_claim(data: Path, of_titles: Store) -> None:
    drop_abstracts(data)
    change(data / CLAIMS, "title-73-1\ttitle-73\tSensitizingEffect", "title-73-1\ttitle-73\tDrugResponseEffect")
    before, after = standings(of_titles), standings(rebuilt(data))
    signed, unsigned = "miR-124 sensitizes to doxorubicin", "miR-124 modulates the response to doxorubicin"
    assert changed(before, after) == {signed, unsigned}
    assert (before[signed], after[signed]) == (("confirmed", "confirmed", ""), ("cited", "cited", ""))
    assert unsigned not in before  # the table has miR-124-3p
    assert after[unsigned] == ("confirmed", "confirmed", "")


def test_another_disease_gives_no_edge(real: Store) -> None:
    assert standings(real)["miR-130b represses PTEN"] == ("confirmed", "", "other disease")
    assert not holds(real, "mke:miR-130b mk:represses mke:PTEN")
    assert holds(real, "mke:miR-130b mk:targets mke:PTEN")


def test_noted_claims_give_no_edge(real: Store) -> None:
    found = standings(real)
    assert found["SOCS6 promotes cell growth"] == ("cited", "", "garbled")
    assert found["miR-205 activates caspase pathway"] == ("cited", "", "ambiguous")


def test_categories_give_no_edge(real: Store) -> None:
    found = standings(real)
    assert found["some miRNAs confers resistance to antineoplastic agent"] == ("uncited", "", "generic")


def test_table_cells_stay_unsigned(real: Store) -> None:
    listed = rows(
        real, "?claim mk:statedIn ?cell ; mk:asserts ?p . ?cell a mk:TableCell . ?p a ?kind . ?kind mk:sign ?sign"
    )
    assert len(listed) == 65
    assert {row[-1] for row in listed} == {"0"}


def test_every_derived_node_says_from_what_and_by_which_rule(real: Store) -> None:
    nodes = {row[0] for row in rows(real, "?node a/rdfs:subClassOf+ mk:Derived")}
    assert {row[-1] for row in rows(real, "?node mk:rule ?rule")} <= set(derive.rules())
    explained = {
        row[0] for row in rows(real, "?node mk:rule ?rule ; <http://www.w3.org/ns/prov#wasDerivedFrom> ?source")
    }
    assert nodes and nodes == explained


@pytest.mark.slow
@pytest.mark.parametrize("policy", derive.POLICIES)
def test_the_rule_of_every_node_is_the_file_that_wrote_it(policy: str, built: build.Built) -> None:
    graph = ox.Store()
    graph.extend(quad for quad in built.quads if quad.graph_name != vocabulary.graph("derived"))
    seen: set[ox.Quad] = set()
    for rule in derive.rules(policy):
        assert (ROOT / "ontology" / "rules" / f"{rule}.rq").is_file()
        derive.apply(graph, [rule])
        named = set(graph.quads_for_pattern(None, vocabulary.mk("rule"), None))
        assert {quad.object.value for quad in named - seen} <= {rule}
        seen = named
    assert len(seen) > 1000


def test_each_policy_has_all_rules_but_those_of_the_other() -> None:
    whole = {path.relative_to(RULES).with_suffix("").as_posix() for path in RULES.rglob("*.rq")}
    for policy, other in zip(derive.POLICIES, reversed(derive.POLICIES), strict=True):
        assert set(derive.rules(policy)) == {rule for rule in whole if f"/{other}/" not in rule}
    assert [rule for rule in derive.rules() if derive.repeated(rule)] == ["5-inference/06-repeated/chain"]


# --- mirkg rules


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with one reference that was retracted, one that was not, and one gene."""
    stated = """
      mke:PTEN a mk:Gene . <urn:kept> a mk:Reference ; mk:publicationStatus mk:active .
      <urn:gone> a mk:Reference ; mk:publicationStatus mk:retracted ."""
    graph = ox.Store()
    graph.extend(ox.Quad(*quad.triple, vocabulary.graph("ontology")) for quad in vocabulary.ontology())
    graph.update(f"{PREFIXES} INSERT DATA {{ {stated} }}")
    path = tmp_path_factory.mktemp("small") / "small.nq"
    graph.dump(str(path), format=ox.RdfFormat.N_QUADS)
    return path


@pytest.mark.parametrize("policy", derive.POLICIES)
def test_rules_are_listed_with_all_that_a_reader_wants_to_know(
    policy: str, small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "--graph", str(small), "--policy", policy, "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert all(list(row) == ["stage", "rule", "says", "writes", "triples", "ms"] for row in listed)
    assert [f"{row['stage']}/{row['rule']}" for row in listed] == derive.rules(policy)
    first, second, third, compared, *others = listed
    others.append(third)  # nobody speaks
    assert {**first, "ms": ""} == {
        "stage": "1-compare",
        "rule": "01-stands",
        "says": "A reference stands unless it was retracted or withdrawn.",
        "writes": "mk:stands",
        "triples": "1",
        "ms": "",
    }
    assert (second["rule"], second["writes"], second["triples"]) == ("02-paper", "mk:paper", "2")
    assert (third["rule"], third["writes"]) == ("03-voice", "mk:voiceOf")
    assert (compared["rule"], compared["triples"]) == ("04-comparable", "2")
    assert {row["triples"] for row in others} == {"0"}
    assert all(float(row["ms"]) >= 0 for row in listed)


def test_profile_has_each_rule_once_the_slowest_first(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--graph", str(small), "--profile", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert all(list(row) == ["stage", "rule", "triples", "ms", "share"] for row in listed)
    assert sorted(f"{row['stage']}/{row['rule']}" for row in listed) == sorted(derive.rules())
    times = [float(row["ms"]) for row in listed]
    assert times == sorted(times, reverse=True)
    assert sum(float(row["share"].rstrip("%")) for row in listed) == pytest.approx(100, abs=5)


@pytest.mark.slow
def test_rules_write_together_what_is_derived(built: build.Built, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--format", "tsv"]) == 0
    header, *listed = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert header == ["stage", "rule", "says", "writes", "triples", "ms"]
    derived = [quad for quad in built.quads if quad.graph_name == vocabulary.graph("derived")]
    assert sum(int(line[4]) for line in listed) == len(derived)
    written = {name for line in listed for name in line[3].split()}
    properties = {vocabulary.curie(quad.predicate.value) for quad in derived} - {"rdf:type"}
    edges = {f"mk:{kind.edge}" for kind in vocabulary.kinds().values()}
    assert properties - edges <= written


@pytest.mark.parametrize("rule", sorted({*derive.rules("curated"), *derive.rules("as-stated")}))
def test_a_rule_begins_with_one_plain_sentence_and_ends_its_header_with_an_example(rule: str) -> None:
    header = [line for line in derive.text(rule).splitlines() if line.startswith("#")]
    assert derive.text(rule).startswith("\n".join(header) + "\nPREFIX")
    assert re.fullmatch(r"[A-Z][^.]+\.", derive.sentence(rule))
    assert header[-1].startswith("# Example: ")
    assert not re.search(r"\b(fell|fallen|falls|turn|turns|turned|told|tells)\b", " ".join(header))
