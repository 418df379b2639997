"""Who is invited to a meeting and what they answered, and what those who come need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from openscrutiny.base import access
from openscrutiny.base.models import Person, User
from openscrutiny.core.bodies import BodyTerms
from openscrutiny.core.permits import Action
from openscrutiny.forum import terms
from openscrutiny.forum.models import Attendance, Meeting, Membership
from openscrutiny.forum.models.meetings import TO_COME
from openscrutiny.forum.pages.agendas import when_words

_COMING = (Attendance.Reply.COMING, Attendance.Reply.REMOTE)
_NOT_COMING = (Attendance.Reply.APOLOGIES, Attendance.Reply.SUBSTITUTE)
_SEATED = (Attendance.Capacity.SEAT, Attendance.Capacity.SUBSTITUTE)


@dataclass(frozen=True)
class InvitedLine:
    """Somebody who is invited. ``seat`` is empty for who has none; ``gone`` says that they do not
    sit in the body on the day any more. ``substitutes`` are those they may send, ``presents`` the
    item a guest comes for. ``at_address`` says that they can answer at an address of their own
    alone, because they have no account."""

    number: int
    name: str
    seat: str
    capacity: str
    reply: str
    answered: bool
    gone: bool
    presents: str
    at_address: bool
    substitutes: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class InvitedPage:
    """Everybody who is invited, and what their answers promise.

    ``promised`` says whether the quorum will be there by the answers so far; empty once the meeting
    has begun or is off.
    """

    number: str
    href: str
    heading: str
    when: str
    lines: tuple[InvitedLine, ...]
    counts: tuple[tuple[str, int], ...]
    unanswered: tuple[str, ...]
    promised: str
    may_record: bool
    may_invite: bool


@dataclass(frozen=True)
class NeedLine:
    """Somebody who comes, or may come, and what they need, in their own words."""

    name: str
    reply: str
    format: str
    text: str


@dataclass(frozen=True)
class NeedsPage:
    """What people need at a meeting. ``nothing`` counts who comes and told of no need."""

    number: str
    href: str
    heading: str
    when: str
    lines: tuple[NeedLine, ...]
    nothing: int


def invited_page(meeting: Meeting, *, by: User) -> InvitedPage:
    """Who is invited and what they answered. A fixed number of queries."""
    rows = list(meeting.attendances.select_related("person", "membership", "presents"))
    body_terms = terms.of_body(meeting.body.code, on=_day(meeting))
    named = _named_substitutes(meeting)
    order = {seat.code: place for place, seat in enumerate(body_terms.seats)}
    rows.sort(key=lambda r: (order.get(_seat(r), len(order)), r.pk))
    replies = [r.reply for r in rows]

    def may(action: Action) -> bool:
        return access.allows(by, action, concerning=meeting.concerning)

    return InvitedPage(
        number=meeting.number,
        href=meeting.href,
        heading=meeting.heading,
        when=when_words(meeting),
        lines=tuple(_line(r, meeting, body_terms, named) for r in rows),
        counts=tuple((str(r.label), replies.count(r.value)) for r in Attendance.Reply),
        unanswered=tuple(r.person.name for r in rows if r.reply == Attendance.Reply.NONE),
        promised=promised(rows, body_terms, meeting=meeting) if meeting.state in TO_COME else "",
        may_record=meeting.state in TO_COME and may(Action.RECORD_ATTENDANCE),
        may_invite=meeting.state in TO_COME and may(Action.PLAN_MEETING),
    )


def promised(rows: Sequence[Attendance], body_terms: BodyTerms, *, meeting: Meeting) -> str:
    """Whether the quorum will be there by the answers so far; seats count, never people."""
    coming = {_seat(r) for r in rows if r.capacity in _SEATED and r.reply in _COMING}
    there = [s for s in body_terms.voting_seats if s.code in coming]
    rule = body_terms.quorum
    agencies = terms.in_force(_day(meeting)).agency
    missing = [a for a in rule.agencies if a not in {s.agency for s in there}]
    seats = "1 voting seat" if len(there) == 1 else f"{len(there) or 'no'} voting seats"
    needed = "1 is needed" if rule.least == 1 else f"{rule.least} are needed"
    sentences = [f"By the answers so far {seats} will be there; {needed}."]
    for name in (agencies(a) for a in missing):
        sentences.append(
            f"Nobody from {name[:1].lower()}{name[1:]} has said yet that they will come, and "
            "somebody must."
        )
    if len(there) >= rule.least and not missing:
        sentences.append("So the meeting will have its quorum.")
    return " ".join(sentences)


def needs_page(meeting: Meeting) -> NeedsPage:
    """What those who come need, for the secretariat alone. Who sent apologies is left out."""
    rows = meeting.attendances.select_related("person__access_needs").order_by("person__name")
    coming = [r for r in rows if r.reply not in _NOT_COMING]
    lines = [
        NeedLine(
            name=r.person.name,
            reply=r.get_reply_display(),
            format="" if _standard(r.person) else r.person.get_format_display(),
            text=_needs(r.person),
        )
        for r in coming
    ]
    told = [line for line in lines if line.text or line.format]
    return NeedsPage(
        number=meeting.number,
        href=meeting.href,
        heading=meeting.heading,
        when=when_words(meeting),
        lines=tuple(told),
        nothing=len(lines) - len(told),
    )


def people_to_add(meeting: Meeting) -> Iterable[Person]:
    """People who are not invited yet."""
    return Person.objects.exclude(attendances__meeting=meeting)


def _line(
    row: Attendance,
    meeting: Meeting,
    body_terms: BodyTerms,
    named: dict[int, list[tuple[int, str]]],
) -> InvitedLine:
    seat = body_terms.seat(_seat(row)) if row.membership else None
    until = row.membership.until if row.membership else None
    return InvitedLine(
        number=row.pk,
        name=row.person.name,
        seat=seat.title if seat else _seat(row),
        capacity=row.get_capacity_display(),
        reply=row.get_reply_display(),
        answered=row.reply != Attendance.Reply.NONE,
        presents=row.presents.heading if row.presents else "",
        at_address=row.membership_id is None and row.person.user_id is None,
        gone=until is not None and until < _day(meeting),
        substitutes=tuple(named.get(row.membership_id or 0, ())),
    )


def _named_substitutes(meeting: Meeting) -> dict[int, list[tuple[int, str]]]:
    """By the membership they stand in for, those of the day of the meeting. One query."""
    found: dict[int, list[tuple[int, str]]] = {}
    day = Membership.objects.on(_day(meeting))  # type: ignore[attr-defined]
    rows = day.filter(body=meeting.body).exclude(substitute_for=None).select_related("person")
    for row in rows:
        found.setdefault(row.substitute_for_id, []).append((row.pk, row.person.name))
    return found


def _seat(row: Attendance) -> str:
    return row.membership.seat if row.membership else ""


def _day(meeting: Meeting) -> date:
    return timezone.localtime(meeting.starts_at).date()


def _standard(person: Person) -> bool:
    return person.format == Person.Format.STANDARD


def _needs(person: Person) -> str:
    return person.access_needs.text if hasattr(person, "access_needs") else ""
