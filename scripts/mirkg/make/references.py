"""References: how sure it is that a found publication is a reference of a review, and what it would change."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from mirkg.make import tables
from mirkg.make.forms import FORMS
from mirkg.make.integrity import sort_key
from mirkg.make.services import LONGEST, MARK, Notice, Record, Services, Unanswered, identifier, name_of
from mirkg.make.tables import Row
from mirkg.model import identifiers as ids
from mirkg.model import retractions
from mirkg.model.problems import BadInput

SURE, LIKELY, DOUBTFUL = "sure", "likely", "doubtful"
FILLS, OFFERS, SAME, DIFFERS = "fills", "offers", "same", "differs"
SAYS, MISSING, UNASKED = "says", "missing", "not asked"
_LEVELS = (SURE, LIKELY, DOUBTFUL)
_AGREES = "title, first author and year agree"
_NEAR, _FAR = 0.9, 0.6  # how much of two titles is alike


class Judged(NamedTuple):
    """Hold a record beside a reference: how sure it is the same publication, and why."""

    record: Record
    level: str
    reason: str
    alike: float

    def doubted(self, reason: str) -> Judged:
        """Return it as likely at best, with a reason."""
        reasons = [one for one in (self.reason, reason) if one != _AGREES]
        return self._replace(level=max(self.level, LIKELY, key=_LEVELS.index), reason="; ".join(reasons))


def judged(reference: Row, record: Record) -> Judged:
    """Judge whether a record is a reference: sure without a doubt, likely with one that is small, else doubtful."""
    alike, title = _title_doubt(reference["title"], record.titles)
    doubts = [
        title,
        _author_doubt(name_of(reference["first_author"]), record.author),
        _year_doubt(reference["year"], record.years),
        ("it is a preprint", False) if record.preprint else None,
        (f"it is a notice about {record.about}", True) if record.about else None,
    ]
    found = [doubt for doubt in doubts if doubt]
    level = SURE if not found else LIKELY if len(found) == 1 and not found[0][1] else DOUBTFUL
    return Judged(record, level, "; ".join(reason for reason, _ in found) or _AGREES, alike)


Doubt = tuple[str, bool] | None  # a reason, and whether it is grave


def _title_doubt(title: str, others: Sequence[str]) -> tuple[float, Doubt]:
    wanted, found = (
        _folded(MARK.sub("", title)),
        [_folded(MARK.sub("", other)) for other in others],
    )
    if not wanted or not any(found):
        return 0.0, ("there is no title to compare", True)
    alike, nearest = max((SequenceMatcher(None, wanted, one, autojunk=False).ratio(), one) for one in found)
    if wanted == nearest:
        return 1.0, None
    share = f"{min(alike, 0.99):.2f}"
    if sorted(re.findall(r"\d+", wanted)) != sorted(re.findall(r"\d+", nearest)):
        return alike, (f"the title is {share} alike and has other numbers", True)
    return alike, (f"the title is {share} alike", alike < _NEAR)


def _author_doubt(wanted: tuple[str, str], found: tuple[str, str]) -> Doubt:
    one, other = _folded(wanted[0]), _folded(found[0])
    if not other:
        return "it names no author", False
    if one == other:
        initials = {_folded(wanted[1][:1]), _folded(found[1][:1])} - {""}
        return (f"its first author is {found[0][:40]} {found[1]}", False) if len(initials) > 1 else None
    near = min(len(one), len(other)) >= 4 and (one.endswith(other) or other.endswith(one))
    return f"its first author is {found[0][:40]}", not near


def _year_doubt(wanted: str, found: Sequence[str]) -> Doubt:
    years = [year for year in found if re.fullmatch(r"\d{4}", year)]
    if not years:
        return "it names no year", False
    if wanted in years:
        return None
    near = wanted.isdigit() and any(abs(int(year) - int(wanted)) == 1 for year in years)
    return f"its year is {', '.join(years)}", not near


def _folded(text: str) -> str:
    """Return letters and digits alone, without markup, accents and case, Greek spelled and a plus named."""
    plain = re.sub(r"</?[A-Za-z][^<>]*>", "", html.unescape(text)).replace("+", " plus ")
    letters = []
    for character in unicodedata.normalize("NFKD", plain):
        name = unicodedata.name(character, "") if not character.isascii() else ""
        letters.append(name.split()[-1] if name.startswith("GREEK") and character.isalpha() else character)
    return "".join(letter for letter in "".join(letters).casefold() if letter.isalnum())


def _best(reference: Row, records: Iterable[Record]) -> Judged | None:
    """Return the record that fits a reference best; where two are sure, neither is."""
    by_key: dict[str, Judged] = {}
    for record in records:
        by_key.setdefault(record.key, judged(reference, record))
    ranked = sorted(by_key.values(), key=lambda one: (_LEVELS.index(one.level), -one.alike))
    if len(ranked) > 1 and ranked[1].level == SURE:
        return ranked[0].doubted(f"{ranked[1].record.key} agrees as well")
    return ranked[0] if ranked else None


# --------------------------------------------------------------------------------------------------
# Looking up
# --------------------------------------------------------------------------------------------------


class Finding(NamedTuple):
    """Say what was found for one cell of a reference, how sure, and what it would change."""

    reference: str
    column: str
    outcome: str
    level: str = ""
    old: str = ""
    new: str = ""
    seen: str = ""
    reason: str = ""


class RetractionList(NamedTuple):
    """Name a list of retractions by its file."""

    name: str
    notices: retractions.Notices


class Standing(NamedTuple):
    """Hold a status, the DOI of its notice, what it rests on, and how sure it is."""

    status: str
    notice: str
    basis: str
    level: str
    seen: str
    reason: str
    listed: bool = False


_CORRECTED = "corrected"
_GRAVITY = (retractions.RETRACTED, retractions.WITHDRAWN, retractions.CONCERN, _CORRECTED, retractions.ACTIVE)
_STATUSES = {
    "retraction": retractions.RETRACTED,
    "removal": retractions.WITHDRAWN,
    "withdrawal": retractions.WITHDRAWN,
    "expression_of_concern": retractions.CONCERN,
    "correction": _CORRECTED,
    "corrigendum": _CORRECTED,
    "erratum": _CORRECTED,
}
_SILENT = ("addendum", "clarification", "new_edition", "new_version")


def _told(notice: Notice) -> str:
    return notice.kind.replace("_", " ") + (f" of {notice.date}" if notice.date else "")


class Lookup:
    """Look one reference up: ask both services and hold what fits."""

    def __init__(self, reference: Row, services: Services) -> None:
        self.reference, self.services = reference, services
        self.works: list[Record] = []  # all that Crossref answered
        self.failures: list[Unanswered] = []
        doi, pmid = reference["doi"], reference["pmid"]
        self.crossref = self._fitting(*([self._work(doi)] if doi else []), self._works)
        known = doi or _sure(self.crossref, "doi")
        by_number = [self._publications(f"EXT_ID:{pmid} AND SRC:MED")] if pmid else []
        by_doi = [self._publications(f'DOI:"{known}"')] if known and '"' not in known else []
        self.europepmc = self._fitting(*by_number, *by_doi, self._titled)
        other = _sure(self.europepmc, "doi")
        if other and not doi and not self.failures and not _fits(self.crossref):
            self.crossref = self._fitting(self._work(other)) or self.crossref
        self._compare()

    def _fitting(self, *asks: Callable[[], list[Record]]) -> Judged | None:
        """Ask one way after the other until a record fits."""
        records: list[Record] = []
        best = None
        try:
            for ask in asks:
                records += ask()
                best = _best(self.reference, records)
                if _fits(best):
                    break
        except Unanswered as failure:
            self.failures.append(failure)
        return best

    def _work(self, doi: str) -> Callable[[], list[Record]]:
        def ask() -> list[Record]:
            found = self.services.crossref(doi=doi)
            self.works += found
            return found

        return ask

    def _works(self) -> list[Record]:
        parts = (self.reference["title"][:LONGEST], self.reference["first_author"], self.reference["year"])
        found = self.services.crossref(text=" ".join(parts))
        self.works += found
        return self._alike(found)

    def _publications(self, query: str) -> Callable[[], list[Record]]:
        return lambda: self.services.europepmc(query)

    def _titled(self) -> list[Record]:
        words = re.findall(r"\w+", MARK.sub("", self.reference["title"]).lower())[:40]
        family = " ".join(re.findall(r"[\w'-]+", name_of(self.reference["first_author"])[0]))
        author = f' AND AUTH:"{family}"' if family else ""
        return self._alike(self.services.europepmc(f"TITLE:({' '.join(words)}){author}")) if words else []

    def _alike(self, records: list[Record]) -> list[Record]:
        """Return what a search found with a title that is somewhat alike."""
        return [record for record in records if judged(self.reference, record).alike >= _FAR]

    def _compare(self) -> None:
        """Doubt what has another identifier than the table, or than the other service."""
        one, other = self.crossref, self.europepmc
        if _fits(one) and _fits(other) and one and other and "" != one.record.doi != other.record.doi != "":
            self.crossref = one.doubted(f"{other.record.service} has {other.record.doi}")
            self.europepmc = other.doubted(f"{one.record.service} has {one.record.doi}")
        self.crossref, self.europepmc = self._as_curated(self.crossref), self._as_curated(self.europepmc)

    def _as_curated(self, found: Judged | None) -> Judged | None:
        for column in ("doi", "pmid", "pmcid"):
            curated, value = self.reference[column], str(getattr(found.record, column)) if found else ""
            if found and curated and value and not _same(curated, value):
                found = found.doubted(f"its {column} is {value}")
        return found

    def findings(self, listed: RetractionList | None, today: str) -> list[Finding]:
        """Return all that was found, the failures last."""
        number, doi = self.reference["id"], self.reference["doi"]
        identifiers = list(self._identifiers())
        found = identifiers + self._seen(identifiers, today) + list(self._status(listed, today))
        if self.europepmc:
            told = "available" if self.europepmc.record.abstract else "none there"
            level, seen, reason = self.europepmc.level, self.europepmc.record.service, self.europepmc.reason
            found.append(Finding(number, "abstract", SAYS, level, self.reference["abstract_read"], told, seen, reason))
        if not self.failures and doi and ids.plain_doi(doi) not in {work.doi for work in self.works}:
            found.append(Finding(number, "doi", MISSING, old=doi, reason="Crossref has no work with it"))
        if not self.failures and not found:
            found.append(Finding(number, "", MISSING, reason="neither service has a title that is alike"))
        return found + [
            Finding(number, "", UNASKED, seen=failure.service, reason=failure.what) for failure in self.failures
        ]

    def _identifiers(self) -> Iterator[Finding]:
        for column in ("doi", "pmid", "pmcid"):
            offers = [one for one in (self.crossref, self.europepmc) if one and getattr(one.record, column)]
            if offers:
                best = min(offers, key=lambda one: _LEVELS.index(one.level))
                value = getattr(best.record, column)
                seen = [one.record.service for one in offers if getattr(one.record, column) == value]
                yield self._finding(column, value, best.level, " and ".join(seen), best.reason)

    def _seen(self, identifiers: list[Finding], today: str) -> list[Finding]:
        """Return where the identifiers that fill a cell were seen, after what the table says already."""
        told = [f"{one.column}: {one.seen}, {today}, {one.reason}" for one in identifiers if one.outcome == FILLS]
        return self._added("identifier_seen", told)

    def _added(self, column: str, told: list[str]) -> list[Finding]:
        """Return what is written after the text of a cell."""
        old = self.reference[column]
        new = "; ".join(filter(None, [old, *told]))
        return [Finding(self.reference["id"], column, FILLS, SURE, old, new)] if told else []

    def _finding(self, column: str, new: str, level: str, seen: str, reason: str) -> Finding:
        """Return what a value does to a cell: a status that is unknown is an empty one."""
        old = self.reference[column]
        empty = old in ("", retractions.UNKNOWN) if column == "status" else not old
        same = _same(old, new)
        outcome = (FILLS if level == SURE else OFFERS) if empty else SAME if same else DIFFERS
        return Finding(self.reference["id"], column, outcome, level, old, new, seen, reason)

    def _status(self, listed: RetractionList | None, today: str) -> Iterator[Finding]:
        """Return the status that notices give, the DOI of the gravest, and on what it rests."""
        standings = [one for one in (self._noticed(), self._listed(listed)) if one]
        if not standings:
            return
        best = min(standings, key=lambda one: (_GRAVITY.index(one.status), _LEVELS.index(one.level)))
        reinstated = any(one.listed and one.status == retractions.ACTIVE for one in standings)
        if reinstated and best.status != retractions.ACTIVE:
            best = best._replace(level=max(best.level, LIKELY, key=_LEVELS.index), reason="it is listed as reinstated")
        status = self._finding("status", best.status, best.level, best.seen, best.reason)
        yield status
        told = best.notice and status.outcome != DIFFERS
        notice = [self._finding("notice_doi", best.notice, best.level, best.seen, best.reason)] if told else []
        yield from notice
        if FILLS in {one.outcome for one in [status, *notice]}:
            basis = [f"{one.basis}, {today}" for one in standings if one.level == SURE]
            if listed and not any(one.listed for one in standings):
                basis.append(f"not in the list {listed.name}, {today}")
            yield from self._added("status_basis", basis)

    def _noticed(self) -> Standing | None:
        """Return the status by the update notices of Crossref, and active where a work has none."""
        work = self.crossref
        if not work or not work.record.doi:
            return None
        doi, service = work.record.doi, work.record.service
        notices = list(work.record.updated_by)
        for other in self.works:
            notices += [Notice(one.kind, other.doi, one.date) for one in other.updates if one.doi == doi != other.doi]
        grave = [one for one in notices if one.kind in _STATUSES]
        unread = [one.kind for one in notices if one.kind not in (*_STATUSES, *_SILENT)]
        gravest = min(grave, key=lambda one: _GRAVITY.index(_STATUSES[one.kind]), default=None)
        status = _STATUSES[gravest.kind] if gravest else retractions.ACTIVE
        basis = f"doi {doi}: {_told(gravest) if gravest else 'no update notice'} at {service}"
        retracted = work.record.retracted or bool(self.europepmc and self.europepmc.record.retracted)
        if retracted and status not in (retractions.RETRACTED, retractions.WITHDRAWN):
            work, status = work.doubted("its record says retracted, and no notice does"), retractions.RETRACTED
        if unread:
            work = work.doubted(f"a curator must read its notice: {', '.join(unread)[:100]}")
        reason = f"{_told(gravest)}; {work.reason}" if gravest else work.reason
        return Standing(status, gravest.doi if gravest else "", basis, work.level, service, reason)

    def _listed(self, listed: RetractionList | None) -> Standing | None:
        """Return the status by a list of retractions, for identifiers that are curated or sure."""
        if listed is None:
            return None
        row = self.reference
        doi = row["doi"] or _sure(self.crossref, "doi") or _sure(self.europepmc, "doi")
        pmid = row["pmid"] or _sure(self.europepmc, "pmid")
        asked = retractions.Reference(row["id"], doi, pmid, row["status"], row["title"])
        said = retractions.matched(listed.notices, [asked])
        if not said:
            return None
        [match] = said
        basis = f"{match.by}: {match.listed} in the list {listed.name}"
        return Standing(match.listed, identifier("notice_doi", match.notice), basis, SURE, listed.name, basis, True)


def _same(one: str, other: str) -> bool:
    """Tell whether two cells say the same, a DOI in whatever form."""
    return (ids.plain_doi(one) or one) == (ids.plain_doi(other) or other)


def _fits(one: Judged | None) -> bool:
    return one is not None and one.level != DOUBTFUL


def _sure(one: Judged | None, column: str) -> str:
    """Return an identifier of a record that is surely the reference."""
    return str(getattr(one.record, column)) if one and one.level == SURE else ""


# --------------------------------------------------------------------------------------------------
# Writing
# --------------------------------------------------------------------------------------------------


def numbered(references: Iterable[Row]) -> dict[str, Row]:
    """Return references by number.

    Raises:
        BadInput: a number stands twice.
    """
    by_number: dict[str, Row] = {}
    for row in references:
        if row["id"] in by_number:
            raise BadInput(row.problem("id", f"{row['id']!r} stands twice.", "Give each reference a number."))
        by_number[row["id"]] = row
    return by_number


def filled(path: Path, findings: Iterable[Finding]) -> tuple[bytes, list[Finding]]:
    """Return a table of references, sorted, with the cells that findings fill, and those findings.

    The table is read again: where a cell of a reference has changed since it was looked up, the reference is left.
    """
    columns = [column.name for column in FORMS["references"]]
    rows = tables.read(path, "references")
    known = numbered(rows)
    by_reference: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.outcome == FILLS:
            by_reference.setdefault(finding.reference, []).append(finding)
    done = []
    for number, fills in by_reference.items():
        cells = known[number].cells if number in known else {}
        if all(cells.get(one.column) == one.old for one in fills):
            cells.update({one.column: one.new for one in fills})
            done += fills
    end = "\r\n" if b"\r\n" in path.read_bytes() else "\n"
    lines = [columns, *([row[column] for column in columns] for row in sorted(rows, key=sort_key))]
    return "".join("\t".join(line) + end for line in lines).encode(), done
