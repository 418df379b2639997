"""Every write about who sits in which seat: filling, ending, renewing it, naming a substitute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from openscrutiny.base.models import Organisation, Person, User
from openscrutiny.base.moves import ReasonMissing, note
from openscrutiny.core.bodies import Seat
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import Membership
from openscrutiny.forum.services.people import Newcomer, add_person

_DAY = timedelta(days=1)
# A break of a year begins a new row of terms.
_BREAK = timedelta(days=365)


# How far back and ahead the first day in a seat may be: what is further is a slip of the pen.
_YEARS_BACK, _YEARS_AHEAD = 40, 10


class UnlikelyDay(NotPossible):
    """A first day so far from today that it must be a slip of the pen."""


@dataclass(frozen=True)
class _Term:
    """A stretch of time in a seat, both days included; without an end where ``until`` is None."""

    since: date
    until: date | None

    def meets(self, other: Membership) -> bool:
        return (other.until is None or self.since <= other.until) and (
            self.until is None or other.since <= self.until
        )


@transaction.atomic
def fill_seat(
    *,
    body: Organisation,
    seat: str,
    person: Person | Newcomer,
    since: date,
    by: User,
    now: datetime,
    on_behalf_of: Organisation | None = None,
) -> Membership:
    """Put somebody into a seat from a day on, for one term by the terms of reference of that day.

    Somebody new becomes known here with it, or not at all. NotPossible where the terms of that day
    have no such seat, it is full, the person sits in this or another seat of the body then, or has
    had as many terms in a row as there may be.
    """
    person = _known(person, body, by=by, now=now)
    _note("fill", body, seat, person, by=by, now=now, since=since)
    _refuse_unlikely(since, now)
    rule = seat_of(body.code, seat, on=since)
    term = _Term(since, end_of_term(since, rule.term_years))
    rows = list(Membership.objects.filter(body=body))
    _refuse_second_place(rows, seat, person, term)
    _refuse_full(rows, rule, term)
    _refuse_too_many_terms(rows, rule, person, since)
    return Membership.objects.create(
        body=body,
        seat=seat,
        person=person,
        on_behalf_of=on_behalf_of,
        since=since,
        until=term.until,
    )


@transaction.atomic
def end_membership(
    *, membership: Membership, until: date, reason: str, by: User, now: datetime
) -> Membership:
    """Let a membership end on a day, with the reason; its substitutes end with it.

    ReasonMissing without one. NotPossible where it would end before it began, or ended already.
    """
    _note("end", membership.body, membership.seat, membership.person, by=by, now=now, until=until)
    if not reason.strip():
        raise ReasonMissing
    found = Membership.objects.get(pk=membership.pk)
    if until < found.since:
        raise NotPossible(
            f"It began on {in_words(found.since)} and would end before that.",
            "Choose that day or a later one.",
        )
    if found.until is not None and until > found.until:
        raise NotPossible(
            f"It ends on {in_words(found.until)} already.",
            "Choose an earlier day, or renew it for another term.",
        )
    found.until, found.ended_because = until, reason.strip()
    found.save(update_fields=["until", "ended_because"])
    for substitute in found.substitutes.all():
        if substitute.until is None or substitute.until > until:
            substitute.until = max(until, substitute.since)
            substitute.ended_because = "The membership it stood in for ended."
            substitute.save(update_fields=["until", "ended_because"])
    return found


@transaction.atomic
def name_substitute(
    *, membership: Membership, person: Person | Newcomer, since: date, by: User, now: datetime
) -> Membership:
    """Name who stands in for a member from a day on, as long as the member's term lasts.

    NotPossible for a substitute's substitute, a seat that has none, a day outside the term, and
    somebody who sits in the body then.
    """
    person = _known(person, membership.body, by=by, now=now)
    _note("substitute", membership.body, membership.seat, person, by=by, now=now, since=since)
    _refuse_unlikely(since, now)
    if membership.substitute_for_id is not None:
        raise NotPossible(
            "This is a substitute, and a substitute has no substitute.",
            "Name another substitute for the member in the seat.",
        )
    if not seat_of(membership.body.code, membership.seat, on=since).substitutes:
        raise NotPossible(
            "The terms of reference allow no substitutes for this seat.",
            "Change the terms of reference first, if the forum so decided.",
        )
    if since < membership.since or (membership.until is not None and since > membership.until):
        raise NotPossible(
            "The member does not sit in the seat on that day.",
            "Choose a day between the first and the last day of the membership.",
        )
    rows = list(Membership.objects.filter(body=membership.body))
    term = _Term(since, membership.until)
    _refuse_second_place(rows, membership.seat, person, term)
    return Membership.objects.create(
        body=membership.body,
        seat=membership.seat,
        person=person,
        on_behalf_of=membership.on_behalf_of,
        substitute_for=membership,
        since=since,
        until=term.until,
    )


@transaction.atomic
def renew(*, membership: Membership, by: User, now: datetime) -> Membership:
    """Give a member another term, which begins the day after the present one runs out.

    NotPossible for a membership without an end, one that was ended before its time, a substitute,
    and wherever ``fill_seat`` would refuse.
    """
    if membership.substitute_for_id is not None:
        raise NotPossible(
            "A substitute is named for one term of a member.",
            "Renew the member's term, then name the substitute for it.",
        )
    if membership.until is None:
        raise NotPossible(
            "This membership has no end, so there is nothing to renew.",
            "End it with a reason when it is over.",
        )
    if membership.ended_because:
        raise NotPossible(
            "This membership was ended before its time.",
            "Fill the seat with the person again, if that is meant.",
        )
    return fill_seat(
        body=membership.body,
        seat=membership.seat,
        person=membership.person,
        on_behalf_of=membership.on_behalf_of,
        since=membership.until + _DAY,
        by=by,
        now=now,
    )


def seat_of(body: str, code: str, *, on: date) -> Seat:
    """A seat by the terms of a day; NotPossible where they have none of this code."""
    found = terms.of_body(body, on=on).seat(code)
    if found is None:
        raise NotPossible(
            f"The terms of reference of {in_words(on)} have no seat “{code}” in this body.",
            "Choose a seat of that day, or another day.",
        )
    return found


def end_of_term(since: date, years: int) -> date | None:
    """The last day of a term of whole years; None for 0, which means without end."""
    if years == 0:
        return None
    try:
        return since.replace(year=since.year + years) - _DAY
    except ValueError:  # from 29 February to a year without one
        return date(since.year + years, 2, 28)


def _known(person: Person | Newcomer, body: Organisation, *, by: User, now: datetime) -> Person:
    if isinstance(person, Person):
        return person
    return add_person(newcomer=person, body=body, by=by, now=now)


def _refuse_unlikely(since: date, now: datetime) -> None:
    year = timezone.localtime(now).year
    if since.year < year - _YEARS_BACK:
        raise UnlikelyDay(
            f"{in_words(since)} is more than {_YEARS_BACK} years ago, and nobody sits in a seat "
            "that long.",
            "Correct the year of the first day.",
        )
    if since.year > year + _YEARS_AHEAD:
        raise UnlikelyDay(
            f"{in_words(since)} is more than {_YEARS_AHEAD} years ahead, and no seat is filled so "
            "long before.",
            "Correct the year of the first day.",
        )


def _refuse_second_place(
    rows: Sequence[Membership], seat: str, person: Person, term: _Term
) -> None:
    """Nobody is in a body twice at once, so that nobody is counted twice."""
    for other in rows:
        if other.person_id != person.pk or not term.meets(other):
            continue
        if other.seat == seat and other.substitute_for_id is None:
            last = f"until {in_words(other.until)}" if other.until else "without an end"
            raise NotPossible(
                f"This would overlap a term of the same person in this seat: it runs from "
                f"{in_words(other.since)}, {last}.",
                "Choose a first day after that term, or end it first.",
            )
        how = "is a substitute in" if other.substitute_for_id else "sits in"
        raise NotPossible(
            f"This person {how} the seat “{other.seat}” of this body at that time, and nobody "
            "counts twice.",
            "Choose somebody else, or end the other membership first.",
        )


def _refuse_full(rows: Sequence[Membership], rule: Seat, term: _Term) -> None:
    beside = [
        r for r in rows if r.seat == rule.code and r.substitute_for_id is None and term.meets(r)
    ]
    for day in {term.since, *(r.since for r in beside if r.since > term.since)}:
        there = sum(_Term(day, day).meets(r) for r in beside)
        if there >= rule.holders:
            most = "one person" if rule.holders == 1 else f"{rule.holders} people"
            raise NotPossible(
                f"This seat is full on {in_words(day)}: it is for {most}.",
                "End the membership that is there, or choose a day after it.",
            )


def _refuse_too_many_terms(
    rows: Sequence[Membership], rule: Seat, person: Person, since: date
) -> None:
    if rule.terms == 0:
        return
    own = [
        r
        for r in rows
        if r.seat == rule.code and r.person_id == person.pk and r.substitute_for_id is None
    ]
    served, first = 0, since
    for row in sorted(own, key=lambda r: r.since, reverse=True):
        if row.until is None or row.until >= first:
            continue
        if first - row.until > _BREAK:
            break
        served, first = served + 1, row.since
    if served >= rule.terms:
        most = "one term" if rule.terms == 1 else f"{rule.terms} terms"
        raise NotPossible(
            f"The term limit of this seat is reached: {most} in a row.",
            "Fill the seat with somebody else; after a break of more than a year the row begins "
            "anew.",
        )


def _note(
    verb: str,
    body: Organisation,
    seat: str,
    person: Person,
    *,
    by: User,
    now: datetime,
    since: date | None = None,
    until: date | None = None,
) -> None:
    days = {"since": since, "until": until}
    note(
        f"forum.seat.{verb}",
        reference=f"seat:{body.code}.{seat}",
        action=Action.FILL_SEATS,
        by=by,
        now=now,
        concerning=[body.code],
        details={"person": person.pk, **{k: str(d) for k, d in days.items() if d}},
    )
