"""The pages of papers: the list, one paper with its versions, and writing one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openscrutiny.base import access
from openscrutiny.base.access import standing_of
from openscrutiny.base.lists import Asked, Listed, listed
from openscrutiny.base.models import Organisation
from openscrutiny.base.moves import Offer, last_reason, offers
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.deadlines import PapersClose, papers_close_on
from openscrutiny.forum.documents.checks import Check
from openscrutiny.forum.models import AgendaItem, Paper, PaperVersion
from openscrutiny.forum.services.papers import asked, facts_of, readable

_OF_THE_BODY = frozenset(Paper.MACHINE.events) - {"submit"}


@dataclass(frozen=True)
class PaperLine:
    """A paper in a list."""

    number: str
    href: str
    heading: str
    owner: str
    meeting: str
    item: str
    state: str
    closed: bool


@dataclass(frozen=True)
class VersionLine:
    """One version: when, what changed and why. ``file`` is what its copy is called, or empty."""

    version: int
    at: datetime
    changed_because: str
    href: str
    file: str
    size_kb: int
    pages: int | None


@dataclass(frozen=True)
class PaperPage:
    """A paper as one person may see it.

    ``open`` says whether they may read what it says: of a closed one the public sees that it is
    there, its ground and its test. ``html`` is the text of the ``shown`` version, clean.
    ``original`` is the address of the file as it was handed in, for those whose paper it is and
    the secretariat.
    """

    number: str
    href: str
    moving: str
    heading: str
    owner: str
    state: str
    item: AgendaItem
    closed: bool
    ground: str
    test: str
    late_reason: str
    tabled_at: datetime | None
    tabled_because: str
    reason: str
    open: bool
    html: str
    shown: VersionLine | None
    newest: bool
    checks: tuple[Check, ...]
    readable: bool
    versions: tuple[VersionLine, ...]
    original: str
    closes: PapersClose
    allows_late: bool
    edit: str
    revision: int
    offers: tuple[Offer, ...]
    thread: Thread


def papers_page(user: Any, wanted: Asked) -> Listed:
    """The papers a person may see, newest first, by their state."""
    seen = Paper.objects.visible_to(standing_of(user)).distinct().order_by("-id")
    labels = {state: words.capitalize() for state, words in Paper.MACHINE.states.items()}
    rows = seen.select_related("item__meeting__body", "owner")
    standing = standing_of(user)
    return listed(
        rows, by="state", labels=labels, asked=wanted, lines=lambda found: _lines(found, standing)
    )


def _lines(rows: list[Paper], standing: Standing) -> Iterable[PaperLine]:
    for row in rows:
        readable_here = row.open_to(standing)
        yield PaperLine(
            row.number,
            row.href,
            row.heading if readable_here else "A paper closed to the public",
            row.owner.name,
            row.item.meeting.heading,
            row.item.heading if readable_here or not row.item.closed else "a closed item",
            row.state_in_words,
            row.closed_to_the_public,
        )


def paper_page(paper: Paper, *, by: Any, now: datetime, version: int | None = None) -> PaperPage:
    """A paper for a person who may see that it is there; LookupError for a version there is not.

    The public sees versions from the one that was published on.
    """
    standing = standing_of(by)
    is_open = paper.open_to(standing)
    kept = _versions(paper, standing) if is_open else []
    shown = kept[0] if kept and version is None else None
    if version is not None:
        shown = next((v for v in kept if v.version == version), None)
        if shown is None:
            raise LookupError("This paper has no such version.")
    meeting = paper.item.meeting
    closes = papers_close_on(meeting)
    facts = facts_of(paper, now=now, by=by)
    # Taking it at the meeting is offered while that sits.
    elsewhere = {"submit"} if meeting.state == "in_session" else {"submit", "table"}
    offered = [
        *offers(paper, by=by, concerning=asked(paper), facts=facts, without=_OF_THE_BODY),
        *offers(paper, by=by, concerning=meeting.concerning, facts=facts, without=elsewhere),
    ]
    whole = is_open and _own(paper, standing)
    chair = access.allows(by, Action.ALLOW_LATE, concerning=meeting.concerning)
    return PaperPage(
        number=paper.number,
        href=paper.href,
        moving=f"{paper.href}move/",
        heading=paper.heading if is_open else "A paper closed to the public",
        owner=paper.owner.name,
        state=paper.state_in_words,
        item=paper.item,
        closed=paper.closed_to_the_public,
        ground=(paper if paper.closed else paper.item).get_exemption_display(),
        test=paper.public_interest if paper.closed else paper.item.public_interest,
        late_reason=paper.late_reason,
        tabled_at=paper.tabled_at,
        tabled_because=paper.tabled_because,
        reason="" if paper.tabled_at and paper.state == "published" else last_reason(paper),
        open=is_open,
        html=shown.html if shown else "",
        shown=_version(paper, shown) if shown else None,
        newest=bool(shown and shown == kept[0]),
        checks=tuple(Check.from_data(c) for c in shown.checks) if shown and whole else (),
        readable=readable(shown),
        versions=tuple(_version(paper, v) for v in kept),
        original=_version(paper, shown).href + "?original=1"
        if shown and shown.file_hash and whole
        else "",
        closes=closes,
        allows_late=chair and paper.state == "draft" and not paper.late_reason and closes.over(now),
        edit=f"{paper.href}edit/" if may_write(paper, standing) else "",
        revision=paper.revision,
        offers=tuple(offered),
        thread=thread_of(paper.reference, standing=standing),
    )


def may_write(paper: Paper, standing: Standing) -> bool:
    """Whether somebody may save a version as the paper stands now."""
    if paper.state == "draft":
        return may(standing, Action.SUBMIT_PAPER, concerning=asked(paper))
    concerning = paper.item.meeting.concerning
    return paper.state == "published" and may(standing, Action.PLAN_MEETING, concerning=concerning)


def version_to_give(
    paper: Paper, version: int, *, standing: Standing, original: bool
) -> PaperVersion:
    """The version whose file somebody may have; LookupError where there is none for them.

    The file as it was handed in is for the secretariat and those whose paper it is.
    """
    found = next((v for v in _versions(paper, standing) if v.version == version), None)
    may_have = found is not None and found.file_hash and paper.open_to(standing)
    if not may_have or (original and not _own(paper, standing)):
        raise LookupError("This paper has no such file for you.")
    assert found is not None
    return found


def owners_for(user: Any, item: AgendaItem) -> list[Organisation]:
    """The organisations whose paper somebody may draft for an item."""
    standing = standing_of(user)
    body = item.meeting.concerning
    if may(standing, Action.SUBMIT_PAPER, concerning=body):
        return list(Organisation.objects.order_by("name"))
    codes = [
        c for c in standing.organisations if may(standing, Action.SUBMIT_PAPER, concerning=[c])
    ]
    return list(Organisation.objects.filter(code__in=codes).order_by("name"))


def _versions(paper: Paper, standing: Standing) -> list[PaperVersion]:
    """Newest first. What came before it was published is for the body and its owner."""
    kept = list(paper.versions.order_by("-version"))
    concerning = paper.item.meeting.concerning
    if _own(paper, standing) or may(standing, Action.READ_MEETING, concerning=concerning):
        return kept
    published = paper.published_at
    before = [v for v in kept if published and v.at <= published]
    after = [v for v in kept if published and v.at > published]
    return [*after, *before[:1]]


def _own(paper: Paper, standing: Standing) -> bool:
    return may(standing, Action.SUBMIT_PAPER, concerning=asked(paper))


def _version(paper: Paper, kept: PaperVersion) -> VersionLine:
    return VersionLine(
        kept.version,
        kept.at,
        kept.changed_because,
        f"{paper.href}file/{kept.version}/" if kept.file_hash else "",
        {"application/pdf": "PDF"}.get(kept.file_type, "Word") if kept.file_hash else "",
        max(1, round(kept.file_size / 1024)) if kept.file_hash else 0,
        kept.pages,
    )
