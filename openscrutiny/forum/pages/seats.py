"""Who sits where: the seats of a body, and one seat with its history.

Names are for those who may read them. Everybody else reads offices and organisations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from openscrutiny.base import access
from openscrutiny.core.bodies import BodyTerms, Seat
from openscrutiny.core.permits import Action
from openscrutiny.core.representation import Sitting, ends_soon, vacant_since
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import Membership
from openscrutiny.forum.pages.terms import names, term_of, voice_of


@dataclass(frozen=True)
class BodyTab:
    """One body to choose from."""

    code: str
    name: str
    chosen: bool


@dataclass(frozen=True)
class MemberLine:
    """Somebody in a seat, now or once. ``who`` is empty for readers who may not read names.

    ``steps`` are the addresses and labels of what may be done about it.
    """

    who: str
    href: str
    organisation: str
    since: date
    until: date | None
    substitute: bool
    ending: bool
    over: bool
    ahead: bool
    because: str
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SeatLine:
    """A seat in the list, as it stands on the day."""

    code: str
    href: str
    title: str
    agency: str
    voice: str
    voting: bool
    required: bool
    state: str
    vacant: bool
    members: tuple[MemberLine, ...]


@dataclass(frozen=True)
class SeatsPage:
    """The seats of a body on a day. ``named`` says whether the reader sees names."""

    code: str
    body: str
    tabs: tuple[BodyTab, ...]
    on: date
    lines: tuple[SeatLine, ...]
    filled: int
    named: bool
    may_fill: bool

    @property
    def gaps(self) -> tuple[SeatLine, ...]:
        """The seats that must not stay empty and are."""
        return tuple(line for line in self.lines if line.vacant and line.required)


@dataclass(frozen=True)
class SeatPage:
    """One seat: what it is for, who is in it, who was, and what may be done."""

    code: str
    body_code: str
    body: str
    title: str
    agency: str
    voice: str
    rules: str
    term: str
    state: str
    vacant: bool
    now: tuple[MemberLine, ...]
    others: tuple[MemberLine, ...]
    named: bool
    may_fill: bool


def seats_page(code: str, user: Any, *, on: date) -> SeatsPage:
    """The seats of a body; of the first body where ``code`` is empty. Two queries and the roles."""
    found, body = body_of_day(code, on)
    named, may_fill = _rights(user, body.code)
    by_seat: dict[str, list[Membership]] = {s.code: [] for s in body.seats}
    ever = sittings_of(body.code)
    for row in memberships_of(body.code, not_over_on=on):
        by_seat.setdefault(row.seat, []).append(row)
    called = names(found)
    lines = []
    for seat in body.seats:
        rows = by_seat[seat.code]
        state, vacant = state_of(seat, rows, on, ever)
        lines.append(
            SeatLine(
                code=seat.code,
                href=f"/seats/{body.code}/{seat.code}/",
                title=seat.title,
                agency=called.get(seat.agency, seat.agency),
                voice=voice_of(seat, called),
                voting=seat.voting,
                required=seat.required,
                state=state,
                vacant=vacant,
                members=tuple(_lines(_on(rows, on), rows, on=on, named=named, may_fill=False)),
            )
        )
    return SeatsPage(
        code=body.code,
        body=found.organisation(body.code).name,
        tabs=body_tabs(found, body.code),
        on=on,
        lines=tuple(lines),
        filled=sum(not line.vacant for line in lines),
        named=named,
        may_fill=may_fill,
    )


def seat_page(body_code: str, code: str, user: Any, *, on: date) -> SeatPage:
    """One seat; NotPossible where there is none of this code on the day."""
    found, body = body_of_day(body_code, on)
    seat = body.seat(code)
    if seat is None:
        raise NotPossible(
            "There is no such seat today.", "Look in the list of seats, or in the terms."
        )
    named, may_fill = _rights(user, body.code)
    rows = [r for r in memberships_of(body.code) if r.seat == code]
    called = names(found)
    state, vacant = state_of(seat, rows, on, sittings(rows))
    present = _on(rows, on)
    others = [r for r in reversed(rows) if r not in present]
    told = {"on": on, "named": named, "may_fill": may_fill}
    return SeatPage(
        code=code,
        body_code=body.code,
        body=found.organisation(body.code).name,
        title=seat.title,
        agency=called.get(seat.agency, seat.agency),
        voice=voice_of(seat, called),
        rules="; ".join(_rules(seat)).capitalize(),
        term=term_of(seat),
        state=state,
        vacant=vacant,
        now=tuple(_lines(present, rows, **told)),
        others=tuple(_lines(others, rows, **told)),
        named=named,
        may_fill=may_fill,
    )


def body_of_day(code: str, on: date) -> tuple[TermsOfReference, BodyTerms]:
    """The terms of a day and one body of them; the first where ``code`` is empty.

    NotPossible where the terms of that day know no such body.
    """
    found = terms.in_force(on)
    first = found.bodies[0].code if found.bodies else ""
    return found, terms.of_body(code or first, on=on)


def body_tabs(found: TermsOfReference, chosen: str) -> tuple[BodyTab, ...]:
    """The bodies to choose from."""
    return tuple(
        BodyTab(b.code, found.organisation(b.code).name, b.code == chosen) for b in found.bodies
    )


def memberships_of(body: str, *, not_over_on: date | None = None) -> list[Membership]:
    """Every membership of a body that ever was, by seat and first day. One query.

    With a day: those alone that were not over before it.
    """
    rows = Membership.objects.filter(body__code=body)
    if not_over_on is not None:
        rows = rows.filter(Q(until=None) | Q(until__gte=not_over_on))
    return list(rows.select_related("person", "on_behalf_of").order_by("seat", "since", "id"))


def sittings_of(body: str) -> tuple[Sitting, ...]:
    """Every membership of a body that ever was, as numbers and days alone. One query."""
    rows = Membership.objects.filter(body__code=body).order_by("seat", "since", "id")
    said = rows.values_list("seat", "person", "since", "until", "substitute_for")
    return tuple(
        Sitting(seat, person, since, until, instead is not None)
        for seat, person, since, until, instead in said
    )


def sittings(rows: Iterable[Membership]) -> tuple[Sitting, ...]:
    """Memberships as representation is worked out from: numbers and days alone."""
    return tuple(sitting(r) for r in rows)


def sitting(row: Membership) -> Sitting:
    return Sitting(row.seat, row.person_id, row.since, row.until, row.substitute_for_id is not None)


def state_of(
    seat: Seat, rows: Sequence[Membership], on: date, ever: Sequence[Sitting]
) -> tuple[str, bool]:
    """How a seat stands on a day in words without any name, and whether it is vacant.

    ``rows`` are those of the seat on the day at least, ``ever`` everybody who ever sat there.
    """
    holders = [r for r in _on(rows, on) if r.substitute_for_id is None]
    if holders:
        listed = sorted({r.on_behalf_of.name for r in holders if r.on_behalf_of})
        return f"Filled by {', '.join(listed)}" if listed else "Filled", False
    since = vacant_since(seat.code, ever, on)
    if since is None:
        return "Vacant; nobody has sat in it yet", True
    return f"Vacant since {since.day} {since:%B %Y}", True


def _on(rows: Sequence[Membership], on: date) -> list[Membership]:
    return [r for r in rows if r.since <= on and (r.until is None or on <= r.until)]


def _rights(user: Any, body: str) -> tuple[bool, bool]:
    return (
        access.allows(user, Action.READ_SEATS, concerning=[body]),
        access.allows(user, Action.FILL_SEATS, concerning=[body]),
    )


def _rules(seat: Seat) -> list[str]:
    people = "one person" if seat.holders == 1 else f"up to {seat.holders} people"
    return [
        f"for {people}",
        "must not stay empty" if seat.required else "may stay empty",
        "votes" if seat.voting else "does not vote",
        "may have substitutes" if seat.substitutes else "has no substitutes",
    ]


def _lines(
    rows: Sequence[Membership],
    all_rows: Sequence[Membership],
    *,
    on: date,
    named: bool,
    may_fill: bool,
) -> Iterator[MemberLine]:
    beside = sittings(all_rows)
    for row in rows:
        over = row.until is not None and row.until < on
        yield MemberLine(
            who=row.person.name if named else "",
            href=f"/people/{row.person_id}/" if may_fill else "",
            organisation=row.on_behalf_of.name if row.on_behalf_of else "",
            since=row.since,
            until=row.until,
            substitute=row.substitute_for_id is not None,
            ending=ends_soon(sitting(row), beside, on),
            over=over,
            ahead=row.since > on,
            because=row.ended_because if named else "",
            steps=tuple(_steps(row)) if may_fill and not over else (),
        )


def _steps(row: Membership) -> Iterator[tuple[str, str]]:
    at = f"/memberships/{row.pk}/"
    if row.substitute_for_id is None:
        if row.until is not None and not row.ended_because:
            yield f"{at}renew/", "Renew for another term"
        yield f"{at}substitute/", "Name a substitute"
    yield f"{at}end/", "End it"
