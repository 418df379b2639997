"""Every write about papers: drafting, their versions, handing in, accepting, publishing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from openscrutiny.base import access
from openscrutiny.base.models import AuditEvent, Organisation, User
from openscrutiny.base.moves import Overtaken, ReasonMissing, move, note
from openscrutiny.base.thread import link, next_number
from openscrutiny.core.machines.meetings import (
    HAS_TEXT,
    IN_SESSION,
    IN_TIME,
    PRESIDES,
    READABLE,
    TAKES_PAPERS_NOW,
)
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.deadlines import papers_close_on
from openscrutiny.forum.documents import keeping, reading
from openscrutiny.forum.documents.checks import Check, Read
from openscrutiny.forum.documents.cleaning import of_markdown
from openscrutiny.forum.models import AgendaItem, Paper, PaperVersion
from openscrutiny.forum.quorum import Room
from openscrutiny.forum.services.attendance import lock

# An item whose papers may still change: it stands on an agenda and nothing has become of it.
TAKES_PAPERS = ("proposed", "scheduled", "published", "opened")


@dataclass(frozen=True)
class File:
    """A file as somebody sent it."""

    name: str
    data: bytes


@transaction.atomic
def draft_paper(
    *,
    item: AgendaItem,
    heading: str,
    owner: Organisation,
    by: User,
    now: datetime,
    closed: bool = False,
    exemption: str = "",
    public_interest: str = "",
) -> Paper:
    """A new paper under an agenda item, without any text yet, owned by an organisation.

    A closed one names its ground and its public interest test. NotPossible where the item takes no
    papers any more, or a closed paper does not say why.
    """
    number = next_number(Paper.KIND, now=now)
    note(
        "forum.paper.draft",
        reference=f"{Paper.KIND}:{number}",
        action=Action.SUBMIT_PAPER,
        by=by,
        now=now,
        concerning=_asked(item, owner),
        details={"item": item.number, "owner": owner.code, "closed": closed},
    )
    if item.state not in TAKES_PAPERS:
        raise NotPossible(
            f"This item is {item.state_in_words}, so it takes no more papers.",
            "Ask the secretariat for an item of a meeting that is still to come.",
        )
    if closed and not (exemption and public_interest.strip()):
        raise NotPossible(
            "A closed paper needs the ground for closing it and the public interest test.",
            "Name the ground, and say why the public interest in closing it is the greater one.",
        )
    paper = Paper.objects.create(
        number=number,
        state=Paper.MACHINE.initial,
        item=item,
        heading=heading,
        owner=owner,
        closed=closed,
        exemption=exemption if closed else "",
        public_interest=public_interest.strip() if closed else "",
        created_by=by,
        created_at=now,
    )
    link(item.reference, paper.reference, kind="has the paper", by=by.pk, now=now)
    return paper


@transaction.atomic
def save_version(
    *,
    paper: Paper,
    by: User,
    now: datetime,
    text: str = "",
    file: File | None = None,
    changed_because: str = "",
    seen: int | None = None,
) -> PaperVersion:
    """The next version of a paper: its text in a little Markdown, a file, or both.

    A draft is written by those whose paper it is. A published one is corrected by the secretariat
    alone, with the reason, which is shown with the version. ``seen`` is the version the person had
    before them (0 for none). Unreadable where the file cannot be taken; Overtaken where somebody
    saved another version in the meantime.
    """
    correcting = paper.state == "published"
    read = reading.read(file.name, file.data) if file else None
    html = of_markdown(text) if text.strip() else (read.html if read else "")
    number = _next_version(paper, seen, correcting=correcting, by=by, now=now)
    if not html and read is None:
        raise NotPossible(HAS_TEXT.reason, HAS_TEXT.what_to_do)
    if correcting and not changed_because.strip():
        raise ReasonMissing
    checks = read.checks if read else ()
    if correcting and not _can_be_read(html, checks):
        raise NotPossible(READABLE.reason, READABLE.what_to_do)
    return PaperVersion.objects.create(
        paper=paper,
        version=number,
        html=html,
        checks=[check.as_data() for check in checks],
        changed_because=changed_because.strip(),
        at=now,
        by=by,
        **(_kept(file, read) if file and read else {}),
    )


def _next_version(
    paper: Paper, seen: int | None, *, correcting: bool, by: User, now: datetime
) -> int:
    """The number of the next version, once it is sure that this person may write it."""
    newest = newest_version(paper)
    number = (newest.version if newest else 0) + 1
    note(
        "forum.paper.save",
        reference=paper.reference,
        action=Action.PLAN_MEETING if correcting else Action.SUBMIT_PAPER,
        by=by,
        now=now,
        concerning=paper.item.meeting.concerning if correcting else asked(paper),
        details={"version": number},
    )
    if paper.state not in ("draft", "published"):
        raise NotPossible(
            f"This paper is {paper.state_in_words}, so its text stands as it is.",
            "Ask the secretariat to send it back, then change it and hand it in again.",
        )
    if paper.item.meeting.state == "approved":
        raise NotPossible(
            "The minutes of this meeting are approved, so its papers stand as they are.",
            "Bring what is new to a meeting that is still to come.",
        )
    if seen is not None and seen != number - 1:
        raise Overtaken(paper.MACHINE.noun)
    return number


def _kept(file: File, read: Read) -> dict[str, object]:
    return {
        "file_name": file.name[-200:],
        "file_type": read.kind,
        "file_hash": keeping.keep(file.data, copy=read.copy),
        "file_size": len(file.data),
        "pages": read.pages,
    }


def submit(*, paper: Paper, by: User, now: datetime, seen: int | None = None) -> AuditEvent:
    """Hand a paper in. After the time for papers only where the chair allowed it as a late one."""
    facts = facts_of(paper, now=now, by=by)
    return move(paper, "submit", by=by, now=now, concerning=asked(paper), facts=facts, seen=seen)


def accept(*, paper: Paper, by: User, now: datetime, seen: int | None = None) -> AuditEvent:
    """Take a paper for the meeting, where everybody can read it."""
    return _step(paper, "accept", by=by, now=now, seen=seen)


def return_paper(
    *, paper: Paper, reason: str, by: User, now: datetime, seen: int | None = None
) -> AuditEvent:
    """Send a paper back to those whose paper it is, who are told."""
    return _step(paper, "return", by=by, now=now, seen=seen, reason=reason)


def publish(*, paper: Paper, by: User, now: datetime, seen: int | None = None) -> AuditEvent:
    """Publish a paper. Of a closed one the public learns that it is there, and why it is closed.

    NotPossible before the agenda of its meeting is published.
    """
    access.require(by, Action.PUBLISH_AGENDA, concerning=paper.item.meeting.concerning)
    if paper.item.meeting.agenda_published_at is None:
        raise NotPossible(
            "The agenda of this meeting is not published yet.",
            "Publish the agenda first, then its papers.",
        )
    return _step(paper, "publish", by=by, now=now, seen=seen, published_at=now)


@transaction.atomic
def table(
    *, paper: Paper, reason: str, by: User, now: datetime, seen: int | None = None
) -> AuditEvent:
    """Take a paper at the meeting itself, for the reason why it could not wait, which is public.

    It is published at once. By who presides over its item alone, while the meeting sits and the
    item is not dealt with. NotPossible for one that not everybody can read: nobody in the room is
    to be left out of what is decided on.
    """
    # What is taken in a room rests on who is in it, so it takes its turn.
    item = paper.item
    item.refresh_from_db()
    item.meeting = lock(item.meeting)
    return _step(
        paper,
        "table",
        by=by,
        now=now,
        seen=seen,
        reason=reason,
        tabled_at=now,
        tabled_because=reason.strip(),
        published_at=now,
    )


def withdraw(
    *, paper: Paper, reason: str, by: User, now: datetime, seen: int | None = None
) -> AuditEvent:
    """Take a paper off the meeting. Its page says that it was withdrawn, and why."""
    return _step(paper, "withdraw", by=by, now=now, seen=seen, reason=reason)


@transaction.atomic
def allow_late(*, paper: Paper, reason: str, by: User, now: datetime) -> None:
    """Let a paper come after the time for papers, for the chair's reason, which is public."""
    note(
        "forum.paper.allow_late",
        reference=paper.reference,
        action=Action.ALLOW_LATE,
        by=by,
        now=now,
        concerning=paper.item.meeting.concerning,
        details={"reason": reason.strip()},
    )
    if not reason.strip():
        raise ReasonMissing
    if paper.state != Paper.MACHINE.initial:
        raise NotPossible(
            f"This paper is {paper.state_in_words}, so nothing has to be allowed.",
            "Only a draft that was not handed in yet can be late.",
        )
    if not papers_close_on(paper.item.meeting).over(now):
        raise NotPossible(
            "The time for papers of this meeting is not over.", "The paper can simply be handed in."
        )
    if paper.late_reason:
        raise NotPossible("This paper is allowed already.", "It can be handed in now.")
    Paper.objects.filter(pk=paper.pk).update(late_reason=reason.strip()[:500])
    paper.refresh_from_db()


def _step(
    paper: Paper,
    event: str,
    *,
    by: User,
    now: datetime,
    seen: int | None,
    reason: str = "",
    **changes: Any,
) -> AuditEvent:
    """A step of those who run the meeting. The owner is told, and may not take it for the body."""
    action = Paper.MACHINE.action_of(event)
    access.require(by, action, concerning=paper.item.meeting.concerning)
    facts = facts_of(paper, now=now, by=by)
    return move(
        paper,
        event,
        by=by,
        now=now,
        concerning=asked(paper),
        facts=facts,
        reason=reason,
        seen=seen,
        **changes,
    )


def asked(paper: Paper) -> tuple[str, ...]:
    """The body of the meeting, and the organisation whose paper it is."""
    return _asked(paper.item, paper.owner)


def _asked(item: AgendaItem, owner: Organisation) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*item.meeting.concerning, owner.code)))


def newest_version(paper: Paper) -> PaperVersion | None:
    """The last version there is. No query where the versions were fetched with the paper."""
    if "versions" in getattr(paper, "_prefetched_objects_cache", {}):
        return max(paper.versions.all(), key=lambda v: v.version, default=None)
    return paper.versions.order_by("-version").first()


def readable(version: PaperVersion | None) -> bool:
    """Whether everybody can read a version: it has its text, or a PDF that nothing stands in."""
    return version is not None and _can_be_read(
        version.html, [Check.from_data(c) for c in version.checks]
    )


def _can_be_read(html: str, checks: Iterable[Check]) -> bool:
    return bool(html) or not any(check.blocks for check in checks)


def facts_of(
    paper: Paper, *, now: datetime, by: Any = None, room: Room | None = None
) -> dict[str, bool]:
    """What the guards of a paper's steps ask. ``room`` is that of its meeting, if it is known."""
    newest = newest_version(paper)
    meeting = paper.item.meeting
    closes = papers_close_on(meeting)
    sits = meeting.state == "in_session"
    presiding = None
    if sits and by is not None and by.is_authenticated:
        presiding = (room or Room.of(meeting)).presiding(at=now, item=paper.item)
    return {
        IN_SESSION.name: sits,
        TAKES_PAPERS_NOW.name: paper.item.state in ("published", "opened"),
        PRESIDES.name: presiding is not None and presiding.person.user_id == by.pk,
        HAS_TEXT.name: newest is not None,
        IN_TIME.name: bool(paper.late_reason) or not closes.over(now),
        READABLE.name: readable(newest),
    }
