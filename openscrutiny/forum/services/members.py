"""Bringing in a file of members: every row through the services of a click, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from openscrutiny.base import access
from openscrutiny.base.models import Organisation, Person, User
from openscrutiny.core.permits import Action, NotPermitted
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.members_file import Problem, Row
from openscrutiny.forum.models import Membership
from openscrutiny.forum.services.people import Newcomer, add_person
from openscrutiny.forum.services.seats import fill_seat


@dataclass(frozen=True)
class Outcome:
    """What would become of a row: ``words``, or the ``problem`` that stands in its way."""

    row: Row
    words: str = ""
    problem: Problem | None = None


class _Refused(Exception):
    """Ends the trial, so that nothing of it stays."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__()
        self.outcomes = tuple(outcomes)


def try_members(*, rows: Sequence[Row], by: User, now: datetime) -> tuple[Outcome, ...]:
    """What bringing in these rows would do, row by row. Nothing of it is kept."""
    try:
        with transaction.atomic():
            raise _Refused(_each(rows, by=by, now=now))
    except _Refused as trial:
        return trial.outcomes


def bring_in_members(*, rows: Sequence[Row], by: User, now: datetime) -> tuple[Outcome, ...]:
    """Bring in every row, or none where one of them cannot be; the outcomes say which and why."""
    try:
        with transaction.atomic():
            outcomes = _each(rows, by=by, now=now)
            if any(o.problem for o in outcomes):
                raise _Refused(outcomes)
            return tuple(outcomes)
    except _Refused as refused:
        return refused.outcomes


def _each(rows: Sequence[Row], *, by: User, now: datetime) -> list[Outcome]:
    seen: dict[str, int] = {}
    outcomes = []
    for row in rows:
        if row.email and row.email in seen:
            first = f"Row {seen[row.email]} has this e-mail address already."
            wrong = Problem(row.number, "E-mail", first, "Keep one row for each person.")
            outcomes.append(Outcome(row, problem=wrong))
            continue
        if row.email:
            seen[row.email] = row.number
        outcomes.append(_one(row, by=by, now=now))
    return outcomes


def _one(row: Row, *, by: User, now: datetime) -> Outcome:
    def wrong(column: str, what: str, what_to_do: str) -> Outcome:
        return Outcome(row, problem=Problem(row.number, column, what, what_to_do))

    body = Organisation.objects.filter(code=row.body).first()
    known = terms.in_force(row.since)
    rules = known.body(row.body)
    if body is None or rules is None:
        codes = ", ".join(b.code for b in known.bodies)
        return wrong("Body", f"“{row.body}” is no body that meets.", f"Write one of: {codes}.")
    if rules.seat(row.seat) is None:
        codes = ", ".join(s.code for s in rules.seats)
        return wrong(
            "Seat",
            f"“{row.seat}” is no seat of this body on that day.",
            f"Write the code of a seat: {codes}.",
        )
    organisation = _organisation(row.organisation)
    if row.organisation and organisation is None:
        return wrong(
            "Organisation",
            f"“{row.organisation}” is no organisation known here.",
            "Write its code or its name as the terms of reference do, or leave it empty.",
        )
    try:
        access.require(by, Action.FILL_SEATS, concerning=[body.code])
        # A savepoint of its own, so that the rows after a refused one can still be tried.
        with transaction.atomic():
            return Outcome(row, _seated(row, body, organisation, by=by, now=now))
    except NotPossible as refusal:
        return wrong("Seat", refusal.reason, refusal.what_to_do)
    except NotPermitted as refusal:
        return wrong("Body", refusal.reason, refusal.what_to_do)


def _seated(
    row: Row, body: Organisation, organisation: Organisation | None, *, by: User, now: datetime
) -> str:
    person = Person.objects.filter(email__iexact=row.email).first() if row.email else None
    if person is not None and person.name != row.name:
        raise NotPossible(
            "This e-mail address belongs to somebody of another name.",
            "Correct the name or the address.",
        )
    already = {"body": body, "seat": row.seat, "since": row.since, "substitute_for": None}
    same = {"person": person} if person else {"person__name": row.name, "person__email": row.email}
    if Membership.objects.filter(**already, **same).exists():
        return "Is so already; nothing is done."
    new = person is None
    if person is None:
        newcomer = Newcomer(row.name, row.email, organisation)
        person = add_person(newcomer=newcomer, body=body, by=by, now=now)
    fill_seat(
        body=body,
        seat=row.seat,
        person=person,
        since=row.since,
        on_behalf_of=organisation,
        by=by,
        now=now,
    )
    return "A new person, put into the seat." if new else "Somebody known, put into the seat."


def _organisation(said: str) -> Organisation | None:
    if not said:
        return None
    return (
        Organisation.objects.filter(code=said).first()
        or Organisation.objects.filter(name__iexact=said).first()
    )
