"""RDF: graphs as bytes and triples as quads, where the library's types leave a choice open."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import pyoxigraph as ox

from mirkg.model.problems import BadInput, Problem

_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")  # no vocabulary: asking imports this
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_PLAIN = re.compile(r"(?:\w(?:[\w.-]*[\w-])?)?", re.ASCII)
_FUNCTIONAL = re.compile(rb"(?:#[^\n]*\n|\s)*(?:Prefix|Ontology)\s*[(:]")
_JUDGE = """
import sys, threading
import pyoxigraph as ox
content = sys.stdin.buffer.read()
def judge():
    for quad in ox.parse(content, format=ox.RdfFormat.from_extension(sys.argv[1])):
        str(quad)
threading.stack_size(1_000_000)
judging = threading.Thread(target=judge)
judging.start()
judging.join()
"""


def read(name: str, content: bytes) -> tuple[bytes, ox.RdfFormat]:
    """Return the bytes of an RDF file without a byte order mark, and their format, by content before the ending.

    Raises:
        BadInput: it is packed, of another encoding or of no RDF format, declares a document type, whose entities can
            grow without bound, or is nested so deep that a parser would break.
    """

    def refused(what: str, do: str) -> BadInput:
        return BadInput(Problem(name, 0, "", what, do))

    content = unpacked(name, content)
    form = _form(name, content)
    if form is None:
        do = "Name it .trig, .ttl, .nq, .nt, .rdf, .owl or .jsonld."
        if _FUNCTIONAL.match(content[:4_000]) or b"<Ontology" in content[:4_000]:
            do = "It looks like OWL in another syntax: save it as Turtle or RDF/XML."
        raise refused("has no ending of an RDF format.", do)
    if form == ox.RdfFormat.RDF_XML:
        whole_xml(name, content)
    if (b"<<" in content or form == ox.RdfFormat.JSON_LD) and _breaks(content, form):
        raise refused("is nested so deep that it cannot be read.", "Nest triples and objects less deep.")
    return content, form


def unpacked(name: str, content: bytes) -> bytes:
    """Return the bytes of a file without a byte order mark.

    Raises:
        BadInput: it is packed or of another encoding.
    """
    for mark, packing in _PACKED.items():
        if content.startswith(mark):
            raise BadInput(Problem(name, 0, "", f"is packed with {packing}.", "Unpack it first."))
    if content[:2] in _BOMS:
        raise BadInput(Problem(name, 0, "", "is UTF-16.", "Save it as UTF-8."))
    return content.removeprefix(b"\xef\xbb\xbf")


def whole_xml(name: str, content: bytes) -> None:
    """Refuse XML that is not well formed to its end, which not every reader of it notices.

    Raises:
        BadInput: it is cut off or otherwise not well formed, or it declares a document type, whose entities can grow
            without bound.
    """
    if b"<!doctype" in content.lower():
        do = "Remove the <!DOCTYPE>."
        raise BadInput(Problem(name, 0, "", "declares a document type, which is not read.", do))
    try:
        well_formed(content)
    except SyntaxError as error:
        raise ill_formed(name, error, "Is the file whole? Mend it there, or fetch it again.") from error


def well_formed(content: bytes) -> None:
    """Read XML to its end and forget it.

    Raises:
        SyntaxError: it is cut off, or otherwise not well formed.
    """
    from xml.parsers import expat

    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as error:
        fault = SyntaxError(expat.ErrorString(error.code))
        fault.lineno = error.lineno
        raise fault from error


def _form(name: str, content: bytes) -> ox.RdfFormat | None:
    """Return the format of a file: XML is known by its first mark, everything else by the ending."""
    ending = name.rpartition(".")[2].lower()
    named = ox.RdfFormat.RDF_XML if ending == "owl" else ox.RdfFormat.from_extension(ending)
    head = content[:4_000].lstrip()
    if named is None or b"<Ontology" in head or _FUNCTIONAL.match(head):
        return None
    if head.startswith((b"<?xml", b"<rdf:RDF")):
        return ox.RdfFormat.RDF_XML
    if named == ox.RdfFormat.RDF_XML and head and not head.startswith(b"<!"):
        return ox.RdfFormat.JSON_LD if head.startswith(b"{") else ox.RdfFormat.TRIG
    return named


def _breaks(content: bytes, form: ox.RdfFormat) -> bool:
    """Tell whether a parser dies on what is nested too deep; it is judged in a process of its own, which may."""
    import subprocess

    command = [sys.executable, "-c", _JUDGE, form.file_extension]
    done = subprocess.run(command, input=content, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode not in (0, 1)


def parsed(name: str, content: bytes) -> list[ox.Quad]:
    """Return the quads of an RDF file.

    Raises:
        BadInput: see `read`; or it is not well formed, and the message names the line.
    """
    content, form = read(name, content)
    try:
        return list(ox.parse(content, format=form))
    except (SyntaxError, ValueError, MemoryError) as error:
        raise ill_formed(name, error, "Mend the file there.") from error


def ill_formed(name: str, error: SyntaxError | ValueError | MemoryError, do: str) -> BadInput:
    """Return what a parser found wrong with a file, with its line."""
    if isinstance(error, MemoryError):
        return BadInput(Problem(name, 0, "", "holds a term above 16 MB, which is not read.", "Shorten it."))
    message = str(error).partition(" (")[0].strip().rstrip(".") or "the file breaks off"
    message = "".join(letter for letter in message if letter.isprintable())[:300]
    return BadInput(Problem(name, getattr(error, "lineno", None) or 0, "", f"is not well formed: {message}.", do))


def serialized(
    statements: Iterable[ox.Quad] | Iterable[ox.Triple], form: ox.RdfFormat, prefixes: dict[str, str] | None = None
) -> bytes:
    """Return quads or triples in a format, in the order given; no name is escaped behind a prefix."""
    file = io.BytesIO()
    stream(statements, file, form, prefixes)
    return file.getvalue()


def stream(
    statements: Iterable[ox.Quad] | Iterable[ox.Triple],
    file: BinaryIO,
    form: ox.RdfFormat,
    prefixes: dict[str, str] | None = None,
) -> None:
    """Write quads or triples to a file as `serialized` returns them."""
    listed: list[ox.Quad | ox.Triple] = list(statements)
    ox.serialize(listed, file, format=form, prefixes=unescaped(listed, prefixes) if prefixes else None)  # type: ignore[arg-type]


def unescaped(statements: Iterable[ox.Quad | ox.Triple], prefixes: dict[str, str]) -> dict[str, str]:
    r"""Return the prefixes behind which every name of some statements can stand without an escape.

    Some stores read the backslash of `a\/b` as a part of the name. An IRI is shortened by the longest that fits.
    """
    iris = {term.value for statement in statements for term in _terms(statement)}
    left = {space: prefix for prefix, space in prefixes.items()}
    while True:
        longest = re.compile("|".join(map(re.escape, sorted(left, key=len, reverse=True))) or "(?!)")
        fitting = ((iri, found[0]) for iri in iris if (found := longest.match(iri)))
        unfit = {space for iri, space in fitting if not _PLAIN.fullmatch(iri, len(space))}
        if not unfit:
            return {prefix: space for space, prefix in left.items()}
        left = {space: prefix for space, prefix in left.items() if space not in unfit}


def _terms(statement: ox.Quad | ox.Triple) -> Iterator[ox.NamedNode]:
    """Yield the IRIs of a statement, those of datatypes and quoted triples too."""
    terms: list[object] = list(statement)
    for term in terms:
        if isinstance(term, ox.NamedNode):
            yield term
        elif isinstance(term, ox.Literal):
            yield term.datatype
        elif isinstance(term, ox.Triple):
            yield from _terms(term)


def in_graph(triples: Iterable[ox.Triple], name: ox.NamedNode) -> list[ox.Quad]:
    """Return triples as quads of one named graph."""
    return [ox.Quad(triple.subject, triple.predicate, triple.object, name) for triple in triples]


def order(quad: ox.Quad) -> tuple[str, str, bool, str, str]:
    """Return by what quads are sorted: graph, subject, the class first, predicate, object."""
    subject, predicate = str(quad.subject), quad.predicate
    return str(quad.graph_name), subject, predicate != _TYPE, predicate.value, str(quad.object)


def union(quads: Iterable[ox.Quad]) -> list[ox.Triple]:
    """Return the triples of all graphs, each once and sorted."""
    return [triple for _, triple in sorted({str(quad.triple): quad.triple for quad in quads}.items())]
