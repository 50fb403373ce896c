"""Bulk: the build of a large table in parts, each in a file of its own, with a manifest that proves them.

A part that is finished stays: a build that was broken off goes on with the next. The files hold the quads that
`mirkg build` gives but for the metadata, each quad once, in sorted lines of N-Quads packed with gzip.
"""

from __future__ import annotations

import gc
import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from mirkg import __version__
from mirkg.make import integrity, tables
from mirkg.make.forms import REVIEW_FORMS
from mirkg.make.tables import Review, Tables
from mirkg.model import files
from mirkg.model.problems import BadInput
from mirkg.scale import partition, stream
from mirkg.scale.partition import Made
from mirkg.scale.staging import Part, Staging

MANIFEST = "manifest.json"
_WORK = ".work"  # what is removed in the end: the staged tables, and what inference reads
_SLICE = 20_000  # mechanisms, or rows of passages, references, brackets or notes, in one file

Count = Callable[[str, int, int], None]  # is told what is done, how much of it, and of how much


class Packed(NamedTuple):
    """Hold a finished part: its file and what inference reads, both packed, and what the manifest says of it."""

    content: bytes
    links: bytes
    told: dict[str, Any]


class Task(NamedTuple):
    """Hold what is to be built of a partition: its name and its rows."""

    name: str
    part: Part


def here(tasks: Iterable[Task]) -> Iterator[tuple[str, Packed]]:
    """Build partitions one after another in this process."""
    for task in tasks:
        yield task.name, built(task)


def built(task: Task) -> Packed:
    """Return a partition as its file."""
    return packed(partition.of_claims(task.part), len(task.part.review.claims))


def packed(made: Made, claims: int = 0) -> Packed:
    """Return a part as its file."""
    content = made.quads.content()
    violations = [str(problem) for problem in made.problems if problem.severity == "violation"]
    told = {
        "claims": claims,
        "quads": made.quads.size,
        "sha256": hashlib.sha256(content).hexdigest(),
        "problems": violations,
        "warnings": len(made.problems) - len(violations),
    }
    return Packed(content, made.links.content(), told)


class Bulk:
    """Build a large table into a folder."""

    def __init__(
        self,
        claims: Path,
        data: Path,
        output: Path,
        partitions: int = 0,
        *,
        inference: bool = True,
        by: Callable[[Iterable[Task]], Iterator[tuple[str, Packed]]] = here,
    ) -> None:
        """Read what is small, and compare the folder with what it is to hold; nothing is written yet.

        With 0 partitions there are as many as the claims fill; `by` builds them, in whatever order.

        Raises:
            BadInput: a table is missing or unreadable, or the folder holds something else.
        """
        self.output, self.partitions, self.inference, self.by = output, partitions, inference, by
        self.places = {form: stream.beside(claims, form) for form in REVIEW_FORMS if form != "claims"}
        self.places["claims"] = claims
        self.data: Tables = tables.shared(data)
        self.review: Review = tables.described(claims.parent / "review.toml")
        if faults := integrity.problems(self.data):
            raise BadInput(faults)
        if self.review.kind == "review" and self.review.scope not in {row["id"] for row in self.data.entities}:
            raise BadInput(f"{self.review.file} [scope]: no entity {self.review.scope!r}. Name the disease by its id.")
        self.manifest = self._begun()

    def _begun(self) -> dict[str, Any]:
        """Return the manifest of a build that goes on, or a new one."""
        beside = [*self.places.values(), self.places["claims"].with_name("review.toml")]
        shared = [*self.data.folder.glob("*.tsv"), *self.data.folder.glob("entities/*.tsv")]
        sources = {path.name: path for path in beside}
        sources |= {path.relative_to(self.data.folder).as_posix(): path for path in shared}
        about = {
            "made by": f"mirkg {__version__}",
            "rules": _digest_of_rules(),
            "tables": {name: stream.digest(path) for name, path in sorted(sources.items())},
            "options": {"partitions": self.partitions, "inference": self.inference},
        }
        path = self.output / MANIFEST
        if not path.exists():
            if self.output.exists() and not all(one.name.startswith(".") for one in self.output.iterdir()):
                raise BadInput(f"{files.shown(self.output)} is no empty folder. Name one that is empty or not there.")
            return {**about, "complete": False, "parts": {}}
        try:
            told = json.loads(path.read_bytes())
            wrong = [name for name in about if told[name] != about[name]]
            complete, parts = told["complete"], told["parts"]
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"{files.shown(path)} is no manifest of a build. Name another folder.") from error
        if wrong:
            what = f"{files.shown(self.output)} holds a build of other {' and '.join(wrong)}."
            raise BadInput(f"{what} Name another folder, or remove it.")
        return {**about, "complete": complete, "parts": parts}

    def run(self, count: Count) -> dict[str, Any]:
        """Build what is not there yet and return the manifest.

        Raises:
            BadInput: the tables do not hold together; nothing is written.
            OSError: a file cannot be written; finished parts stay.
        """
        if self.manifest["complete"] and all(map(self._finished, self.manifest["parts"])):
            return self.manifest
        staging = self._staged(count)
        for left in self.output.glob(".*.*"):  # of a build that was killed while it wrote
            if left.suffix in (".part", ".kept"):
                left.unlink()
        self.manifest["complete"] = False
        self._note()
        names = []
        for name, make in self._shared(staging):
            names.append(name)
            if not self._done(name):
                self._write(name, packed(make()))
        sizes = {f"claims-{number:05}": size for number, size in enumerate(staging.sizes())}
        todo = [(number, name) for number, name in enumerate(sizes) if not self._done(name)]
        done, total = sum(sizes.values()) - sum(sizes[name] for _, name in todo), sum(sizes.values())
        count("claims", done, total)
        for name, part in self.by(Task(name, staging.part(number)) for number, name in todo):
            self._write(name, part)
            count("claims", done := done + sizes[name], total)
        if self.inference:
            self._infer([*names, *sizes], total)
        self.manifest["complete"] = True
        self._note()
        shutil.rmtree(self.output / _WORK)
        return self.manifest

    def _staged(self, count: Count) -> Staging:
        """Return the tables in their file, which is made in whole before anything is built."""
        stated = json.dumps([self.manifest["tables"], self.partitions]).encode()
        path = self.output / _WORK / f"{hashlib.sha256(stated).hexdigest()[:16]}.sqlite"
        found = [one for one in (self.output, path.parent) if not one.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        open_ = partial(Staging, data=self.data, review=self.review, places=self.places)
        if path.exists():
            return open_(path)
        beside = path.with_suffix(".part")
        beside.unlink(missing_ok=True)
        try:
            staging = open_(beside)
            staging.fill(self.partitions, lambda done: count("rows", done, 0))
            staging.base.close()
        except BaseException:
            beside.unlink(missing_ok=True)
            for folder in reversed(found):
                folder.rmdir()
            raise
        beside.rename(path)
        return open_(path)

    def _shared(self, staging: Staging) -> Iterator[tuple[str, Callable[[], Made]]]:
        """Yield the parts that have no claims: their names, and what makes them."""
        yield "entities", partial(partition.of_entities, self.data, staging.names_of_pathways, self.review)
        for number, names in enumerate(staging.mechanisms(_SLICE)):
            yield f"mechanisms-{number:05}", partial(partition.of_mechanisms, self.data, self.review, names)
        for number, (form, first, last) in enumerate(staging.slices(_SLICE)):
            yield f"sources-{number:05}", partial(_sources, staging, form, first, last)

    def _infer(self, names: list[str], claims: int) -> None:
        if not self._finished("inferences"):
            links, many = [self._links(name) for name in names], claims >= partition.MANY
            self._write("inferences", packed(partition.of_inferences(links, many, self.data, self.output / _WORK)))

    # --- files

    def _file(self, name: str) -> Path:
        return self.output / f"{name}.nq.gz"

    def _links(self, name: str) -> Path:
        return self.output / _WORK / f"{name}.nq.gz"

    def _finished(self, name: str) -> bool:
        told, path = self.manifest["parts"].get(name), self._file(name)
        return bool(told) and path.exists() and stream.digest(path) == told["sha256"]

    def _done(self, name: str) -> bool:
        """Tell whether a part is finished, and what inference reads of it there, if that is still to run."""
        linked = not self.inference or self._links(name).exists() or self._finished("inferences")
        return linked and self._finished(name)

    def _write(self, name: str, part: Packed) -> None:
        """Write a finished part, and then say so in the manifest."""
        gc.collect()  # what refers to itself is large, and the command lets it lie for long
        files.write({str(self._links(name)): part.links, str(self._file(name)): part.content})
        self.manifest["parts"][name] = part.told
        self._note()

    def _note(self) -> None:
        content = json.dumps({**self.manifest, "with": _versions()}, indent=1, sort_keys=True, ensure_ascii=False)
        files.write({str(self.output / MANIFEST): content.encode() + b"\n"})


def _sources(staging: Staging, form: str, first: int, last: int) -> Made:
    part, own = staging.slice(form, first, last)
    return partition.of_sources(part, form, own)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "pyoxigraph": metadata.version("pyoxigraph")}


def _digest_of_rules() -> str:
    """Return a digest of the ontology, the rules and the shapes, on which what is built depends."""
    digest = hashlib.sha256()
    for folder in ("ontology/rules", "shapes"):
        for name in files.below(folder, ""):
            digest.update(files.text(f"{files.resource(folder)}/{name}").encode())
    digest.update(files.text(files.resource("ontology/mirkg.ttl")).encode())
    return digest.hexdigest()
