"""The list of meetings, and one meeting: when, where, its agenda, and what may be done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.http import Http404

from openscrutiny.base import access
from openscrutiny.base.access import standing_of
from openscrutiny.base.lists import Asked, Listed, listed_in_groups
from openscrutiny.base.moves import Offer, offers
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.notice import ClearDays
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import Attendance, Meeting
from openscrutiny.forum.models.meetings import CALLED_OFF, TO_COME
from openscrutiny.forum.notice import notice_of
from openscrutiny.forum.pages.agendas import AgendaSection, agenda_of, when_words
from openscrutiny.forum.pages.postponements import Dates, dates_of, ever_postponed, published_for
from openscrutiny.forum.pages.reasons import reasons_of
from openscrutiny.forum.places import at_meeting, in_bodies
from openscrutiny.forum.services.invitations import (
    may_send,
    nobody_in_a_seat_is_invited,
    to_invite,
)
from openscrutiny.forum.services.meetings import BEFORE_IT_SITS, facts_of

_GROUPS = {"coming": "Upcoming", "past": "Past", "off": "Postponed or cancelled"}
# Closed in the room, which may be before it was planned to end.
_OVER = ("held", "inquorate", "minutes_draft", "circulated", "approved")
_NEVER_HERE = tuple(e for e in Meeting.MACHINE.events if e not in BEFORE_IT_SITS)


@dataclass(frozen=True)
class MeetingLine:
    """A meeting in the list; ``reason`` says why it was put or called off, ``postponed`` from which
    days it was put off before and why."""

    number: str
    href: str
    heading: str
    body: str
    when: str
    venue: str
    state: str
    off: bool
    reason: str
    postponed: tuple[str, ...]


@dataclass(frozen=True)
class Invitation:
    """A person's own invitation. ``substitutes`` are those they may send, by number and name.

    ``presents`` is the item a guest comes for, ``guest`` that they hold no seat. ``declare`` is
    where they declare an interest, empty for who has no say in the body.
    """

    number: int
    capacity: str
    reply: str
    answered: bool
    substitutes: tuple[tuple[int, str], ...]
    open: bool
    guest: bool
    presents: str
    declare: str


@dataclass(frozen=True)
class MeetingPage:
    """A meeting as a person may see it.

    ``postponed`` are the days it was put off from before, with why; ``published_for`` is the day
    its agenda went out for, where that is another. ``notice`` is None where it cannot be worked
    out, and ``notice_unknown`` then says why. ``invites`` says whom publishing the agenda invites,
    where it may be published and no member is invited yet; empty otherwise. ``links`` lead to what
    is done on pages of its own. ``joining`` is empty for who is not invited.
    """

    number: str
    href: str
    moving: str
    heading: str
    body: str
    when: str
    venue: str
    access: str
    joining: str
    state: str
    off: bool
    reason: str
    postponed: tuple[str, ...]
    late_reason: str
    published_at: datetime | None
    published_for: str
    sections: tuple[AgendaSection, ...]
    strands: tuple[str, ...]
    notice: ClearDays | None
    notice_unknown: str
    shows_notice: bool
    invitation: Invitation | None
    links: tuple[tuple[str, str], ...]
    invites: str
    revision: int
    offers: tuple[Offer, ...]
    thread: Thread


def meetings_page(user: Any, asked: Asked, *, now: datetime) -> Listed:
    """The meetings a person may know of; those that were to come and are off show among both."""
    known = list(Meeting.objects.visible_to(standing_of(user)).select_related("body"))
    coming = [m for m in reversed(known) if not _is_over(m, now)]
    past = [m for m in known if _is_over(m, now)]
    put_off = ever_postponed()
    off = [m for m in known if m.state in CALLED_OFF or m.reference in put_off]
    return listed_in_groups(
        {"coming": coming, "past": past, "off": off},
        labels=_GROUPS,
        asked=asked,
        lines=partial(_lines),
    )


def _is_over(meeting: Meeting, now: datetime) -> bool:
    return meeting.ends_at <= now or meeting.state in _OVER


def _lines(rows: list[Meeting]) -> Iterable[MeetingLine]:
    reasons, dates = reasons_of(rows), dates_of(rows)
    for row in rows:
        off = row.state in CALLED_OFF
        yield MeetingLine(
            number=row.number,
            href=row.href,
            heading=row.heading,
            body=row.body.name,
            when=when_words(row),
            venue=row.venue,
            state=row.state_in_words,
            off=off,
            reason=reasons.get(row.reference, "") if off else "",
            postponed=_postponed(row, dates.get(row.reference, Dates())),
        )


def _postponed(meeting: Meeting, dates: Dates) -> tuple[str, ...]:
    return tuple(one.sentence for one in dates.earlier(meeting))


def meeting_for(number: str, user: Any) -> Meeting:
    """A meeting a person may know of: anybody once its agenda was published, before that the body
    and those who are invited.

    Who may not is told the same whether or not there is one: NotPermitted, or Http404 for who reads
    the meetings of a body.
    """
    standing = standing_of(user)
    found = Meeting.objects.select_related("body").filter(number=number).first()
    seen = found if found is not None and _visible(found, standing, user) else None
    if seen is None and _reads_meetings(standing):
        raise Http404("There is no meeting with this number. Check it, or look in the list.")
    return access.fetch_or_deny(
        seen, by=user, hidden=Action.READ_MEETING, needs=lambda _: (Action.READ, ())
    )


def meeting_page(meeting: Meeting, user: Any, *, now: datetime) -> MeetingPage:
    """The page of a meeting, for a person who may know of it."""
    standing = standing_of(user)
    own = may(standing, Action.READ_MEETING, concerning=meeting.concerning)
    mine = _own_row(meeting, user)
    sections = agenda_of(meeting, standing=standing)
    notice, unknown = _notice(meeting, now)
    dates = dates_of([meeting]).get(meeting.reference, Dates())
    off = meeting.state in CALLED_OFF
    strands = (s for part in sections for line in part.lines for s in line.strands)
    steps = offers(
        meeting,
        by=user,
        concerning=meeting.concerning,
        facts=facts_of(meeting, now=now),
        without=_NEVER_HERE,
    )
    return MeetingPage(
        number=meeting.number,
        href=meeting.href,
        moving=f"{meeting.href}move/",
        heading=meeting.heading,
        body=meeting.body.name,
        when=when_words(meeting),
        venue=meeting.venue,
        access=meeting.access,
        joining=meeting.joining if own or mine else "",
        state=meeting.state_in_words,
        off=off,
        reason=reasons_of([meeting]).get(meeting.reference, ""),
        postponed=_postponed(meeting, dates),
        late_reason=meeting.late_reason,
        published_at=meeting.agenda_published_at,
        published_for=published_for(meeting, dates),
        sections=sections,
        strands=tuple(dict.fromkeys(strands)),
        notice=notice,
        notice_unknown=unknown,
        shows_notice=not off and (own or meeting.agenda_published_at is not None),
        invitation=_invitation(mine, meeting, user),
        links=_links(meeting, user, notice),
        invites=_invites(meeting, steps),
        revision=meeting.revision,
        offers=steps,
        thread=thread_of(meeting.reference, standing=standing, ends=(Meeting.KIND,)),
    )


def _visible(meeting: Meeting, standing: Standing, user: Any) -> bool:
    own = may(standing, Action.READ_MEETING, concerning=meeting.concerning)
    return own or meeting.agenda_published_at is not None or bool(at_meeting(user, meeting))


def _reads_meetings(standing: Standing) -> bool:
    return any(may(standing, Action.READ_MEETING, concerning=[c]) for c in standing.organisations)


def _notice(meeting: Meeting, now: datetime) -> tuple[ClearDays | None, str]:
    try:
        return notice_of(meeting, now=now), ""
    except NotPossible as unknown:
        return None, str(unknown)


def _own_row(meeting: Meeting, user: Any) -> Attendance | None:
    if not user.is_authenticated:
        return None
    rows = meeting.attendances.select_related("membership", "person", "meeting", "presents")
    return rows.filter(person__user=user).first()


def _invitation(row: Attendance | None, meeting: Meeting, user: Any) -> Invitation | None:
    if row is None:
        return None
    declares = access.allows(
        user, Action.DECLARE_INTEREST, concerning=meeting.concerning, places=in_bodies(user)
    )
    return Invitation(
        number=row.pk,
        capacity=row.get_capacity_display(),
        reply=row.get_reply_display(),
        answered=row.reply != Attendance.Reply.NONE,
        substitutes=tuple((m.pk, m.person.name) for m in may_send(row)),
        open=meeting.state in TO_COME,
        guest=row.membership_id is None,
        presents=row.presents.heading if row.presents else "",
        declare=f"/interests/new/?body={meeting.body.code}" if declares else "",
    )


def _invites(meeting: Meeting, steps: Iterable[Offer]) -> str:
    """Whom publishing the agenda invites, as it is said beside its button. Three queries."""
    if not any(step.event == "publish_agenda" for step in steps):
        return ""
    if not nobody_in_a_seat_is_invited(meeting):
        return ""
    count = len(to_invite(meeting))
    if not count:
        return (
            "Nobody is invited yet, and nobody sits in this body on the day of the meeting. Fill "
            "its seats first, or publishing the agenda will invite nobody."
        )
    who = "the one person who sits" if count == 1 else f"the {count} people who sit"
    return (
        f"No member is invited yet: publishing the agenda invites {who} in this body on the day of "
        "the meeting. To invite others, or fewer, do so first."
    )


def _links(meeting: Meeting, user: Any, notice: ClearDays | None) -> tuple[tuple[str, str], ...]:
    """What is done about a meeting on pages of its own, as far as this person may."""

    def may_do(action: Action) -> bool:
        return access.allows(user, action, concerning=meeting.concerning)

    short = meeting.state == "planned" and (notice is None or not notice.enough)
    to_come = meeting.state in TO_COME
    offered = (
        ("Build the agenda", "agenda/", to_come and may_do(Action.PLAN_MEETING)),
        ("Who is invited", "invited/", may_do(Action.READ_MEETING)),
        ("What people need at this meeting", "needs/", may_do(Action.READ_ACCESS_NEEDS)),
        ("Change the arrangements", "edit/", to_come and may_do(Action.PLAN_MEETING)),
        (
            "Set a new date",
            "new-date/",
            meeting.state == "postponed" and may_do(Action.PLAN_MEETING),
        ),
        (
            "Record why the agenda goes out late",
            "short-notice/",
            short and not meeting.late_reason and may_do(Action.ALLOW_LATE),
        ),
    )
    links = [(label, f"{meeting.href}{place}") for label, place, there in offered if there]
    if to_come and may_do(Action.PROPOSE_ITEM):
        links.append(("Propose an item", f"/meetings/items/new/?meeting={meeting.number}"))
    return tuple(links)
