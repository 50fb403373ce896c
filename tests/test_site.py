"""The site: its files, the rules that hosts would run, and how it is written into a folder."""

import errno
import hashlib
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import unquote

import pyoxigraph as ox
import pytest

from conftest import ROOT, Run
from mirkg import __version__
from mirkg.model import about
from mirkg.serve import downloads, negotiation
from mirkg.site import addresses, folder, redirects
from mirkg.site.making import Site

BASE = "https://w3id.org/mirkg/"
HOST = "https://kg.example/mirkg"
SMALL = re.compile(
    r"HOTAIR|reference/72$|interaction-1-1[67]|entity/doxorubicin$|/source/amiri-2024$|#|/mirkg$|questions/"
)
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def small() -> bytes:
    """Return the ontology with what the graph says of HOTAIR."""
    quads = [
        quad
        for quad in ox.parse(path=ROOT / "data" / "mirkg.trig")
        if quad.graph_name.value.endswith("/ontology") or SMALL.search(str(quad.subject).strip("<>"))
    ]
    return ox.serialize(quads, format=ox.RdfFormat.TRIG)


@pytest.fixture(scope="module")
def site(small: bytes) -> Files:
    return dict(Site("small.trig", small, HOST).files())


class Page(HTMLParser):
    """Collect the addresses, the links and the data of a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.links: list[dict[str, str]] = []
        self.ids: set[str] = set()
        self.data: list[str] = []
        self.forms: list[str] = []
        self._in = False
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.addresses += [given[name] for name in ("href", "src", "action", "data-index") if name in given]
        self._in = tag == "script" and given.get("type") == "application/ld+json"
        if tag == "link":
            self.links.append(given)
        if "id" in given:
            self.ids.add(given["id"])
        assert "style" not in given and not any(name.startswith("on") for name in given), "the policy forbids it"
        assert tag != "script" or self._in or given.get("type") == "application/json" or "src" in given

    def handle_data(self, data: str) -> None:
        if self._in:
            self.data.append(data)
            self._in = False


def dead(files: Files) -> list[tuple[str, str]]:
    """Return each page with an address that leads to no file or no place on its page."""
    pages = {name: Page(content) for name, content in files.items() if name.endswith(".html")}
    found = []
    for name, page in pages.items():
        for address in page.addresses:
            if re.match(r"[a-z]+:", address):
                continue
            path, _, fragment = address.partition("#")
            target = normpath(join(dirname(name), unquote(path.partition("?")[0]))) if path else name
            if target not in files or (fragment and target in pages and fragment not in pages[target].ids):
                found.append((name, address))
    return found


# --- files


def test_every_address_on_every_page_leads_to_a_file(site: Files) -> None:
    assert dead(site) == []


def test_a_dead_link_is_found(site: Files) -> None:
    broken = {name: content for name, content in site.items() if name != "entity/HOTAIR.html"}
    assert ("questions/direction-of.html", "../entity/HOTAIR.html") in dead(broken)
    assert ("x.html", "ontology.html#Clame") in dead(site | {"x.html": b'<a href="ontology.html#Clame">x</a>'})


def test_every_thing_has_a_page_and_the_same_triples_in_every_form(small: bytes, site: Files) -> None:
    subjects = {quad.subject.value for quad in ox.parse(small, format=ox.RdfFormat.TRIG) if "c14n" not in str(quad)}
    paths = {iri.removeprefix(BASE).partition("#")[0] for iri in subjects if iri.startswith(BASE)}
    assert {"ontology", "entity/HOTAIR", "proposition/HOTAIR/ResistanceEffect/doxorubicin"} <= paths
    for path in paths:
        assert f"{path}.html" in site
        forms = [
            ox.Dataset(ox.parse(site[f"{path}.{ending}"], format=ox.RdfFormat.from_extension(ending)))
            for ending in ("ttl", "jsonld", "nt", "rdf")
        ]
        for one in forms:
            one.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        assert len(forms[0]) and all(one == forms[0] for one in forms)


@pytest.mark.parametrize("path", ["ontology/0.1.0", "ontology/alignments", "ontology/prefixes", "shapes", "mappings"])
def test_documents_beside_the_graph_are_there_in_every_form(site: Files, path: str) -> None:
    for ending in ("html", "ttl", "jsonld", "nt", "rdf"):
        assert f"{path}.{ending}" in site
    if path != "mappings":  # of which the small graph has none
        assert list(ox.parse(site[f"{path}.ttl"], format=ox.RdfFormat.TURTLE))


def test_questions_have_their_answers_and_their_queries(site: Files) -> None:
    page = site["questions/direction-of.html"].decode()
    assert "<form" not in page.partition("<main")[2]
    assert '<a href="../questions/direction-of.rq">Edit it</a>' in page
    rows = json.loads(site["questions/direction-of.json"])["rows"]
    assert {"subject": "HOTAIR", "drug": "doxorubicin", "effect": "resistance"}.items() <= rows[0].items()
    assert (
        site["questions/direction-of.rq"] == next((ROOT / "ontology/competency").glob("*direction-of.rq")).read_bytes()
    )
    assert site["questions/direction-of.csv"].startswith(b"subject,drug,effect")


def test_what_needs_a_server_is_left_out(site: Files) -> None:
    for name, content in site.items():
        if name.endswith(".html"):
            assert not re.search(rb'(?:href|action)="(?!https:)[^"]*(?:/sparql["?]|/api/)', content), name
            assert b"site.invalid" not in content, name


def test_search_finds_what_the_server_finds(site: Files) -> None:
    index = {one["label"]: one for one in json.loads(site["search.json"])}
    found = index["HOTAIR"]
    assert (found["at"], found["kind"]) == ("entity/HOTAIR.html", "LongNoncodingRNA")
    assert {"hotair", "lncrnahotair"} <= set(found["keys"])
    assert index["mk:ResistanceEffect"]["at"] == "ontology.html#ResistanceEffect"
    assert {one["kind"] for one in index.values()} == {"LongNoncodingRNA", "Drug", "term", "question"}


def test_downloads_say_their_sizes_and_digests(small: bytes, site: Files) -> None:
    assert site["download/mirkg.trig"] == small
    page = site["downloads.html"].decode()
    offered = downloads.KINDS.keys() - {"tables.zip"}  # which are of the project's own graph alone
    assert {name.removeprefix("download/") for name in site if name.startswith("download/")} == offered
    for name in offered:
        content = site[f"download/{name}"]
        row = page[page.index(f'<a href="download/{name}">') :].partition("</tr>")[0]
        assert f">{len(content):,}<" in row
        assert hashlib.sha256(content).hexdigest() in row


def test_the_ontology_shows_terms_with_definitions_facts_and_matches(site: Files) -> None:
    page = site["ontology.html"].decode()
    told = page[page.index('<dt id="ResistanceEffect">') :].partition("</dd>")[0]
    assert '<a href="#DrugResponseEffect">mk:DrugResponseEffect</a>' in told
    assert "PATO_0001650" in told
    drawing = site["static/model.svg"].decode()
    terms = set(re.findall(r"mk:(\w+)", drawing))
    assert {"Claim", "Proposition", "asserts", "denies", "citedThrough"} <= terms
    assert terms <= set(re.findall(r'<dt id="(\w+)"', page))


# --- what pages say to programs


def test_pages_of_things_have_signposts(site: Files) -> None:
    links = Page(site["entity/HOTAIR.html"]).links
    told = [(one["rel"], one["href"], one.get("type", "")) for one in links]
    assert told[:3] == [
        ("cite-as", "https://w3id.org/mirkg/entity/HOTAIR", ""),
        ("type", "https://schema.org/AboutPage", ""),
        ("describedby", "../entity/HOTAIR.ttl", "text/turtle"),
    ]
    assert ("license", "https://creativecommons.org/licenses/by/4.0/", "") in told
    assert ("collection", "../index.html", "text/html") in told


def test_schema_org_of_every_page_is_json_ld(site: Files) -> None:
    kinds: dict[str, str] = {}
    for name, content in site.items():
        if name.endswith(".html") and (data := Page(content).data):
            quads = list(ox.parse(data[0].encode(), format=ox.RdfFormat.JSON_LD))
            assert len(quads) >= 3, name
            kinds[name] = json.loads(data[0])["@type"]
    assert kinds["entity/doxorubicin.html"] == "Drug"
    assert kinds["source/amiri-2024/reference/72.html"] == "ScholarlyArticle"
    assert kinds["claim/amiri-2024/interaction-1-16-1.html"] == "Claim"


def test_sitemap_names_every_page(site: Files) -> None:
    named = re.findall(r"<loc>(.*?)</loc>", site["sitemap.xml"].decode())
    assert named == [f"{HOST}/{name}" for name in sorted(site) if name.endswith(".html")]


# --- the rules of hosts, run as the hosts run them


def apache(rules: str, path: str, accept: str, there: Files) -> tuple[int, str]:
    """Run rules of mod_rewrite as Apache does, for one path under their folder."""
    conditions: list[tuple[str, str]] = []
    form = ""
    for line in rules.splitlines():
        if condition := re.fullmatch(r'RewriteCond (\S+) "?(.+?)"?(?: \[NC\])?', line):
            conditions.append((condition[1], condition[2]))
        elif rule := re.fullmatch(r"RewriteRule (\S+) (\S+) \[(\S+)\]", line):
            pattern, to, flags = rule.groups()
            holds = all(
                path not in there if test == "!-f" else re.search(test, accept, re.IGNORECASE) for _, test in conditions
            )
            match = re.search(pattern, path)
            conditions = []
            if not (holds and match):
                continue
            if flags.startswith("E=FORM:"):
                form = flags.removeprefix("E=FORM:")
                continue
            if to == "-":
                break
            to = re.sub(r"\$(\d)", lambda number, found=match: found[int(number[1])], to)
            return int(re.search(r"R=(\d+)", flags)[1]), to.replace("%{ENV:FORM}", form)
    return (200, path) if path in there else (404, "")


def nginx(rules: str, path: str, accept: str, there: Files) -> tuple[int, str]:
    """Run rules of nginx as it does: the map of the header, then the locations in their order."""
    head, _, server = rules.partition("server {")
    forms = re.findall(r'"~\*(.+)" (\w+);', head)
    form = next((form for pattern, form in forms if re.search(pattern, accept, re.IGNORECASE)), "ttl")
    for pattern, block in re.findall(r'location ~ "([^"]+)" \{\n(.*?)\n  \}', server, re.DOTALL):
        if match := re.search(pattern.replace("(?<", "(?P<"), f"/mirkg/{path}"):
            if answer := re.search(r"return (\d+) (\S+);", block):
                to = answer[2].replace("$mirkg_form", form).replace("$mirkg_path", match[1])
                return int(answer[1]), to
            break
    return (200, path) if path in there else (404, "")


KINDS = {
    "an entity": "entity/HOTAIR",
    "a proposition": "proposition/HOTAIR/ResistanceEffect/doxorubicin",
    "a claim": "claim/amiri-2024/interaction-1-16-1",
    "a review": "source/amiri-2024",
    "a reference": "source/amiri-2024/reference/72",
    "something derived": "derived/assessment/HOTAIR/ResistanceEffect/doxorubicin",
    "a graph": "graph/ontology",
    "the ontology": "ontology",
    "a version": "ontology/0.1.0",
    "the alignments": "ontology/alignments",
    "the prefixes": "ontology/prefixes",
    "the shapes": "shapes",
    "the mappings": "mappings",
    "a question": "questions/direction-of",
    "the endpoint": "sparql",
}
CLIENTS = {
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8": "html",  # browsers
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/n-triples": "nt",
    "application/rdf+xml": "rdf",
    "application/trig": "ttl",
    "application/json": "jsonld",
    "text/plain": "nt",
    "*/*": "ttl",
    "": "ttl",
    "text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7,*/*;q=0.3": "ttl",
    "application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, */*; q=0.09": "rdf",
    "text/html;q=0.5, text/turtle": "ttl",
    "application/xhtml+xml": "html",
    "Text/HTML": "html",
    "application/ld+json;q=0.9, text/turtle;q=0.5": "jsonld",
}


@pytest.mark.parametrize("accept", CLIENTS)
def test_each_host_sends_a_client_to_the_form_that_it_asks_for(site: Files, accept: str) -> None:
    form = CLIENTS[accept]
    for path in KINDS.values():
        sent(site, path, form, accept)
    suffixes = {ending: media for ending, media in negotiation.SUFFIXES.items() if ending != "trig"}
    if "trig" not in accept:  # the server has it, and a file is Turtle
        assert suffixes[form] == negotiation.best(accept, suffixes.values()), "as the server chooses"


def sent(site: Files, path: str, form: str, accept: str) -> None:
    """Assert where each host sends a client from a path."""
    file = f"{path}.{form}"
    assert file in site
    assert apache(site["redirects/w3id.htaccess"].decode(), path, accept, site) == (303, f"{HOST}/{file}")
    assert apache(site[".htaccess"].decode(), path, accept, site) == (303, file)
    assert nginx(site["redirects/nginx.conf"].decode(), path, accept, site) == (303, f"/mirkg/{file}")


@pytest.mark.parametrize("ending", ["html", "ttl", "jsonld", "nt", "rdf"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_suffix_is_answered_with_that_form(site: Files, kind: str, ending: str) -> None:
    file = f"{KINDS[kind]}.{ending}"
    for accept in CLIENTS:
        assert apache(site["redirects/w3id.htaccess"].decode(), file, accept, site) == (302, f"{HOST}/{file}")
        assert apache(site[".htaccess"].decode(), file, accept, site) == (200, file)
        assert nginx(site["redirects/nginx.conf"].decode(), file, accept, site) == (200, file)


def test_the_dataset_and_all_else_lead_to_the_site(site: Files) -> None:
    rules = site["redirects/w3id.htaccess"].decode()
    assert apache(rules, "", "text/html", site) == (303, f"{HOST}/index.html")
    assert apache(rules, "", "text/turtle", site) == (303, f"{HOST}/index.ttl")
    assert apache(rules, "download/mirkg.trig", "*/*", site) == (302, f"{HOST}/download/mirkg.trig")
    assert nginx(site["redirects/nginx.conf"].decode(), "entity/NOBODY.ttl", "*/*", site) == (404, "")
    assert apache(site[".htaccess"].decode(), "entity/NOBODY.ttl", "*/*", site) == (404, "")


@pytest.mark.slow
def test_without_an_address_there_is_no_sitemap(small: bytes) -> None:
    files = dict(Site("small.trig", small, "").files())
    assert not {"sitemap.xml", "redirects/w3id.htaccess"} & set(files)
    assert "RewriteBase" not in files[".htaccess"].decode()


# --- into a folder


def put(path: Path, files: Files) -> folder.Written:
    return folder.write(str(path), files.items(), lambda _: None)


def content(path: Path) -> Files:
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in path.rglob("*") if one.is_file()}


@pytest.mark.slow
def test_two_builds_are_the_same_bytes_and_unchanged_files_are_not_touched(
    small: bytes, site: Files, tmp_path: Path
) -> None:
    done = put(tmp_path / "site", site)
    assert (done.files, done.changed, done.unchanged, done.removed) == (len(site), len(site), 0, 0)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*.*")}
    again = put(tmp_path / "site", dict(Site("small.trig", small, HOST).files()))
    assert (again.changed, again.unchanged, again.removed) == (0, len(site), 0)
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*.*")}
    assert {path.name for path in before if before[path] != after[path]} == {folder.SUMS}
    less = {name: told for name, told in site.items() if not name.startswith("claim/")} | {"index.html": b"new"}
    last = put(tmp_path / "site", less)
    assert (last.changed, last.removed) == (1, len(site) - len(less))
    assert not (tmp_path / "site" / "claim").exists()
    assert set(content(tmp_path / "site")) == {*less, folder.SUMS}


def test_a_folder_of_something_else_is_refused(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    done = mirkg("site", "-o", "thesis")
    assert done.returncode == 2
    assert done.stderr == ("mirkg: thesis holds something else than a site. Name a new or an empty folder with -o.\n")
    assert content(tmp_path) == {"thesis/chapter.txt": b"mine"}


def test_a_file_is_refused(mirkg: Run, tmp_path: Path) -> None:
    (tmp_path / "site").write_text("mine")
    done = mirkg("site", "-o", "site")
    assert (done.returncode, done.stderr) == (2, "mirkg: site is a file. Name a folder with -o.\n")
    assert content(tmp_path) == {"site": b"mine"}


def test_wrong_addresses_and_graphs_are_refused(mirkg: Run, tmp_path: Path) -> None:
    assert "'kg.example' is no address." in mirkg("site", "-o", "site", "--base", "kg.example").stderr
    done = mirkg("site", "-o", "site", "--graph", "none.trig")
    assert (done.returncode, done.stderr) == (
        2,
        "mirkg: none.trig: cannot be read (No such file or directory). Name a graph, or build it.\n",
    )
    assert content(tmp_path) == {}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("before", [True, False], ids=["there", "new"])
def test_where_nothing_can_be_written_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool, number: int
) -> None:
    if before:
        put(tmp_path / "site", {"a.html": b"a", "b.html": b"b"})
    was = content(tmp_path)
    written = folder._put

    def full(path: str, told: bytes, made: set[str]) -> None:
        if path.endswith("b.html"):
            raise OSError(number, os.strerror(number), path)
        written(path, told, made)

    monkeypatch.setattr(folder, "_put", full)
    with pytest.raises(folder.BadInput, match=rf"cannot be written: {os.strerror(number)}. Nothing was changed."):
        put(tmp_path / "site", {"a.html": b"A", "b.html": b"B"})
    assert content(tmp_path) == was
    assert [path.name for path in tmp_path.iterdir()] == (["site"] if before else [])


def test_a_list_that_leads_out_of_the_folder_removes_nothing(tmp_path: Path) -> None:
    put(tmp_path / "site", {"a.html": b"a"})
    (tmp_path / "mine.txt").write_text("mine")
    with (tmp_path / "site" / folder.SUMS).open("a") as file:
        file.write(f"{'0' * 64}  ../mine.txt\n{'0' * 64}  {tmp_path}/mine.txt\n")
    assert put(tmp_path / "site", {"a.html": b"a"}).removed == 0
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_rules_are_patterns_that_hosts_can_read() -> None:
    for pattern, _ in redirects.conditions():
        assert " " not in pattern and '"' not in pattern and "{" not in pattern
        re.compile(pattern)


# --- the description


def described(files: Files) -> list[ox.Quad]:
    return list(ox.parse(files["index.ttl"], format=ox.RdfFormat.TURTLE))


def test_dcat_says_what_the_files_are(site: Files) -> None:
    told: dict[str, dict[str, str]] = {}
    for quad in described(site):
        told.setdefault(str(quad.subject).strip("<>"), {})[re.split("[#/]", quad.predicate.value)[-1]] = str(
            quad.object
        )
    offered = {name for name in site if name.startswith("download/")}
    files = {iri: one for iri, one in told.items() if one.get("type") == "<http://www.w3.org/ns/dcat#Distribution>"}
    assert {iri.removeprefix(BASE) for iri in files} == offered
    for iri, one in files.items():
        content = site[iri.removeprefix(BASE)]
        assert one["byteSize"].startswith(f'"{len(content)}"')
        assert told[f"{iri}#sha256"]["checksumValue"].startswith(f'"{hashlib.sha256(content).hexdigest()}"')
        assert one["mediaType"].startswith("<https://www.iana.org/assignments/media-types/")


def test_every_description_says_the_same(site: Files) -> None:
    crate = {one["@id"]: one for one in json.loads(site["ro-crate-metadata.json"])["@graph"]}
    page = json.loads(Page(site["index.html"]).data[0])
    zenodo = json.loads(site[".zenodo.json"])
    cff = dict(re.findall(r'^([\w-]+): "?(.+?)"?$', site["CITATION.cff"].decode(), re.MULTILINE))
    found = {
        "name": {crate["./"]["name"], page["name"], zenodo["title"], cff["title"]},
        "version": {crate["./"]["version"], page["version"], zenodo["version"], cff["version"]},
        "day": {crate["./"]["datePublished"], page["datePublished"], zenodo["publication_date"], cff["date-released"]},
        "licence": {crate["./"]["license"]["@id"], page["license"]["@id"]},
        "keywords": {tuple(one) for one in (crate["./"]["keywords"], page["keywords"], zenodo["keywords"])},
    }
    assert {name: len(values) for name, values in found.items()} == dict.fromkeys(found, 1)
    assert found["version"] == {__version__}
    told = {str(quad.object) for quad in described(site) if str(quad.subject) == "<https://w3id.org/mirkg>"}
    assert {f"<{one}>" for one in found["licence"]} <= told
    assert {f'"{one}"@en' for one in found["name"]} <= told
    assert {f'"{found["day"].pop()}"^^<http://www.w3.org/2001/XMLSchema#date>', f'"{__version__}"'} <= told
    parts = {one["@id"]: (int(one["contentSize"]), one["sha256"]) for one in crate.values() if one["@type"] == "File"}
    assert parts == {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in site.items()
        if name.startswith("download/")
    }
    assert {one["contentUrl"]["@id"] for one in page["distribution"]} == {BASE + name for name in parts}


@pytest.mark.parametrize("name", ["CITATION.cff", ".zenodo.json"])
def test_the_files_of_the_repository_are_those_that_are_written(site: Files, name: str) -> None:
    assert (ROOT / name).read_bytes() == site[name]


def test_a_dated_version_of_the_changelog_has_the_day_of_the_description() -> None:
    [day] = re.findall(rf"^## {__version__} \((.+)\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert day in ("unreleased", about.DATED)


def test_what_several_facets_choose_has_no_page() -> None:
    assert addresses.target("/audit?voice=title") is not None
    assert addresses.target("/audit?voice=title&section=mirnas") is None
    assert addresses.target("/?standing=cited") is not None
    assert addresses.target("/?standing=cited&order=cluster") is None
    assert addresses.target("/retraction") is None


def test_pictures_are_there_as_pages_and_as_svg(site: Files) -> None:
    pages = {name for name in site if name.startswith("picture/") and name.endswith(".html")}
    drawn = {name.removesuffix(".html") for name in pages if b'class="drawing"' in site[name]}
    assert {name for name in site if name.startswith("picture/") and name.endswith(".svg")} == {
        f"{name}.svg" for name in drawn
    }
    assert b'aria-label="Picture of HOTAIR"' in site["picture/subject/HOTAIR.svg"]
