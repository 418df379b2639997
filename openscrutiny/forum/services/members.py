"""Bringing in a file of members: every row through the services of a click, all or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from openscrutiny.base import access
from openscrutiny.base.models import Organisation, Person, User
from openscrutiny.core.calendar import in_words
from openscrutiny.core.names import alike
from openscrutiny.core.permits import Action, NotPermitted
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.members_file import ANOTHER, KNOWN, Problem, Row
from openscrutiny.forum.models import Membership
from openscrutiny.forum.services.people import Newcomer, SameName, people_called
from openscrutiny.forum.services.seats import UnlikelyDay, fill_seat, name_substitute


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
    """What becomes of each row, in their order. Members come before those who stand in for them."""
    outcomes = {}
    for row in sorted(rows, key=lambda r: bool(r.substitute_for)):
        outcomes[row.number] = _one(row, by=by, now=now)
    return [outcomes[row.number] for row in rows]


class _InColumn(NotPossible):
    """What stands in the way in one column."""

    def __init__(self, column: str, reason: str, what_to_do: str) -> None:
        super().__init__(reason, what_to_do)
        self.column = column


def _one(row: Row, *, by: User, now: datetime) -> Outcome:
    try:
        # A savepoint of its own, so that the rows after a refused one can still be tried.
        with transaction.atomic():
            return Outcome(row, _done(row, by=by, now=now))
    except _InColumn as refusal:
        column, told = refusal.column, refusal.what_to_do
        return Outcome(row, problem=Problem(row.number, column, refusal.reason, told))
    except SameName as refusal:
        told = (
            f"Write “{KNOWN}” in the column Person if it is them, or “{ANOTHER}” if it is somebody "
            "else of the same name."
        )
        return Outcome(row, problem=Problem(row.number, "Person", refusal.reason, told))
    except (NotPossible, NotPermitted) as refusal:
        day, body = isinstance(refusal, UnlikelyDay), isinstance(refusal, NotPermitted)
        column = "Since" if day else "Body" if body else "Seat"
        wrong = Problem(row.number, column, refusal.reason, refusal.what_to_do)
        return Outcome(row, problem=wrong)


def _done(row: Row, *, by: User, now: datetime) -> str:
    body = Organisation.objects.filter(code=row.body).first()
    if body is not None:
        access.require(by, Action.FILL_SEATS, concerning=[body.code])
        if _is_so(row, body):
            return "Is so already; nothing is done."
    known = terms.in_force(row.since)
    rules = known.body(row.body)
    if body is None or rules is None:
        codes = ", ".join(b.code for b in known.bodies)
        raise _InColumn("Body", f"“{row.body}” is no body that meets.", f"Write one of: {codes}.")
    if rules.seat(row.seat) is None:
        codes = ", ".join(s.code for s in rules.seats)
        raise _InColumn(
            "Seat",
            f"“{row.seat}” is no seat of this body on that day.",
            f"Write the short name of a seat: {codes}.",
        )
    organisation = _organisation(row.organisation)
    if row.organisation and organisation is None:
        raise _InColumn(
            "Organisation",
            f"“{row.organisation}” is no organisation known here.",
            "Write its short name or its name as the terms of reference do, or leave it empty.",
        )
    return _seated(row, body, organisation, by=by, now=now)


def _is_so(row: Row, body: Organisation) -> bool:
    """Whether the very membership a row tells of is there already."""
    rows = Membership.objects.filter(body=body, seat=row.seat, since=row.since)
    for found in rows.select_related("person", "substitute_for__person"):
        member = found.substitute_for
        if _same_name(found.person.name, row.name) and row.email in (
            "",
            found.person.email.lower(),
        ):
            if member is None and not row.substitute_for:
                return True
            if member is not None and _is_called(member.person, row.substitute_for):
                return True
    return False


def _seated(
    row: Row, body: Organisation, organisation: Organisation | None, *, by: User, now: datetime
) -> str:
    member = _stood_in_for(row, body, organisation) if row.substitute_for else None
    person = _who(row, organisation)
    if member is not None:
        name_substitute(membership=member, person=person, since=row.since, by=by, now=now)
        done = f"named as a substitute for {member.person.name}"
    else:
        fill_seat(
            body=body,
            seat=row.seat,
            person=person,
            since=row.since,
            on_behalf_of=organisation,
            by=by,
            now=now,
        )
        done = "put into the seat"
    if isinstance(person, Person):
        return f"Somebody known, {done}."
    namesake = " of a name that is known here" if person.namesake else ""
    return f"A new person{namesake}, {done}."


def _who(row: Row, organisation: Organisation | None) -> Person | Newcomer:
    """Whom a row is about. The same address and the same name are the same person; SameName where
    the name alone is known and the row does not say who is meant."""
    by_email = Person.objects.filter(email__iexact=row.email).first() if row.email else None
    if by_email is not None:
        if not _same_name(by_email.name, row.name):
            raise _InColumn(
                "E-mail",
                "This e-mail address belongs to somebody of another name.",
                "Correct the name or the address.",
            )
        return by_email
    named = people_called(row.name)
    if named and row.person == KNOWN:
        if len(named) > 1:
            raise _InColumn(
                "Person",
                f"{len(named)} people called “{row.name}” are known here.",
                "Write the e-mail address of the one who is meant.",
            )
        if row.email:
            raise _InColumn(
                "E-mail",
                "The person of this name who is known here has another address, or none.",
                "Write theirs, or change it on their own page first.",
            )
        return named[0]
    if named and row.person != ANOTHER:
        raise SameName(named)
    return Newcomer(row.name, row.email, organisation, namesake=bool(named))


def _stood_in_for(row: Row, body: Organisation, organisation: Organisation | None) -> Membership:
    """The member in the seat for whom somebody stands in."""

    def wrong(what: str, what_to_do: str) -> _InColumn:
        return _InColumn("Substitute for", what, what_to_do)

    sitting = Membership.objects.on(row.since)  # type: ignore[attr-defined]
    there = sitting.filter(body=body, seat=row.seat).select_related("person", "on_behalf_of")
    meant = [m for m in there if _is_called(m.person, row.substitute_for)]
    members = [m for m in meant if m.substitute_for_id is None]
    if not meant:
        raise wrong(
            f"Nobody called “{row.substitute_for}” sits in this seat on {in_words(row.since)}.",
            "Write the name or the e-mail address of the member in the seat.",
        )
    if not members:
        raise wrong(
            f"“{row.substitute_for}” is a substitute, and a substitute has no substitute.",
            "Write the name or the e-mail address of the member in the seat.",
        )
    if len(members) > 1:
        raise wrong(
            f"Several members called “{row.substitute_for}” sit in this seat.",
            "Write the e-mail address of the one who is meant.",
        )
    member: Membership = members[0]
    if organisation is not None and organisation != member.on_behalf_of:
        raise _InColumn(
            "Organisation",
            "A substitute sits for the same organisation as the member.",
            "Write that one, or leave the cell empty.",
        )
    return member


def _same_name(one: str, other: str) -> bool:
    return one == other or alike(one) == alike(other) != ""


def _is_called(person: Person, said: str) -> bool:
    """Whether a name or an address is somebody's."""
    return _same_name(person.name, said) or (said.lower() == person.email.lower() != "")


def sitting_rows(bodies: Collection[str], *, on: date) -> Iterator[tuple[str, ...]]:
    """Who sits in which seat of some bodies on a day, substitutes too, as ``COLUMNS`` name it.

    Brought in again it changes nothing; brought in elsewhere it says who is the same person.
    """
    rows = Membership.objects.on(on).filter(body__code__in=bodies)  # type: ignore[attr-defined]
    seen: dict[str, set[int]] = {}
    for m in rows.select_related("body", "person", "on_behalf_of", "substitute_for__person"):
        of_the_name = seen.setdefault(alike(m.person.name), set())
        before, others = m.person_id in of_the_name, of_the_name - {m.person_id}
        which = ANOTHER if others and not before else KNOWN if before and not m.person.email else ""
        of_the_name.add(m.person_id)
        member = m.substitute_for
        yield (
            m.body.code,
            m.seat,
            m.person.name,
            m.person.email,
            m.on_behalf_of.code if m.on_behalf_of else "",
            m.since.isoformat(),
            (member.person.email or member.person.name) if member else "",
            which,
        )


def _organisation(said: str) -> Organisation | None:
    if not said:
        return None
    return (
        Organisation.objects.filter(code=said).first()
        or Organisation.objects.filter(name__iexact=said).first()
    )
