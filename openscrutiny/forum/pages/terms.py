"""The terms of reference in plain words: those of a day, every version, and what each changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from openscrutiny.base import access
from openscrutiny.base.layout import area_set
from openscrutiny.core.bodies import Allowed, BodyTerms, LadderStep, Seat
from openscrutiny.core.permits import Action
from openscrutiny.core.terms import OrganisationKind, TermsOfReference
from openscrutiny.core.terms_changes import BODY_LENGTHS, DEADLINES, changes
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import TermsVersion
from openscrutiny.warehouse import definitions

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Fact:
    """One rule in words, and where it comes from if that is kept."""

    label: str
    words: str
    source: str = ""


@dataclass(frozen=True)
class SeatWords:
    """A seat in words. ``change`` is where it is changed, empty for whoever may not."""

    title: str
    agency: str
    voice: str
    rules: str
    term: str
    href: str
    change: str


@dataclass(frozen=True)
class BodyWords:
    """What the terms say of one body."""

    code: str
    name: str
    facts: tuple[Fact, ...]
    seats: tuple[SeatWords, ...]


@dataclass(frozen=True)
class VersionLine:
    """One version: from when until when it applied, why it was adopted, and what it changed."""

    number: int
    since: date
    until: date | None
    why: str
    decision: str
    changed: tuple[str, ...]
    applies: bool
    ahead: bool


@dataclass(frozen=True)
class TermsPage:
    """The terms of a day. ``may_change`` says whether to offer changing them."""

    on: date
    today: bool
    forum: str
    number: int
    since: date
    remit: tuple[str, ...]
    deadlines: tuple[Fact, ...]
    ladder: tuple[str, ...]
    bodies: tuple[BodyWords, ...]
    versions: tuple[VersionLine, ...]
    may_change: bool


def terms_page(user: Any, *, on: date, today: date) -> TermsPage:
    """The terms of a day, for anybody. One query, and those of the permission."""
    known = terms.versions()
    found = known.on(on)
    named = names(found)
    may = may_change(user)
    return TermsPage(
        on=on,
        today=on == today,
        forum=found.forum,
        number=found.version,
        since=found.valid_from,
        remit=tuple(named.get(s, s) for s in found.strands),
        deadlines=tuple(_deadlines(found)),
        ladder=tuple(_rung(step) for step in found.ladder),
        bodies=tuple(_body(found, b, named, may) for b in found.bodies),
        versions=tuple(_versions(known, found, today)),
        may_change=may,
    )


def may_change(user: Any) -> bool:
    """Whether somebody may adopt a version: the secretariat of the forum."""
    return access.allows(user, Action.CHANGE_TERMS, concerning=[forum_code()])


def forum_code() -> str:
    """The code of the forum, whose terms these are."""
    return terms.versions().newest.of_kind(OrganisationKind.FORUM)[0].code


def body_to_change(code: str) -> BodyTerms:
    """A body by the newest version; NotPossible where that has none of this code."""
    found = terms.versions().newest.body(code)
    if found is None:
        raise NotPossible(
            "The newest terms of reference say nothing of this body.",
            "Choose a body on the page of the terms.",
        )
    return found


def names(found: TermsOfReference) -> Mapping[str, str]:
    """What strands, areas and kinds of agency are called."""
    areas = area_set()
    return {
        **{s.code: s.label for s in definitions.taxonomy().strands},
        **({a.code: a.name for a in areas.areas} if areas else {}),
        **{a.code: a.name for a in found.agencies},
    }


def _deadlines(found: TermsOfReference) -> Iterator[Fact]:
    for key, label in DEADLINES.items():
        yield _allowed(label, getattr(found.deadlines, key))


def _allowed(label: str, allowed: Allowed) -> Fact:
    return Fact(label, str(allowed.term), allowed.source)


def _rung(step: LadderStep) -> str:
    if step.days < 0:
        when = f"{-step.days} working days before the due date"
    else:
        when = f"{step.days} working day{'s' if step.days != 1 else ''} after the due date"
    return f"{step.rung.capitalize()}, {when}."


def _body(
    found: TermsOfReference, body: BodyTerms, named: Mapping[str, str], may: bool
) -> BodyWords:
    least = body.quorum.least
    among = [named.get(a, a).lower() for a in body.quorum.agencies]
    voices = f", among them one of each of: {', '.join(among)}" if among else ""
    casting = "has" if body.voting.casting_vote else "has no"
    parent = found.organisation(body.parent).name if body.parent else "nobody"
    facts = [
        Fact("Accounts to", parent),
        Fact("Meets", f"{body.meetings_a_year} times a year"),
        Fact("Quorum", f"{least} of {len(body.voting_seats)} voting seats{voices}"),
        Fact("What carries a motion", f"{body.voting.majority.capitalize()}"),
        Fact("Equal votes", f"Who presides {casting} a casting vote"),
        *(_allowed(label, getattr(body, key)) for key, label in BODY_LENGTHS.items()),
    ]
    return BodyWords(
        code=body.code,
        name=found.organisation(body.code).name,
        facts=tuple(facts),
        seats=tuple(_seat(body, s, named, may) for s in body.seats),
    )


def _seat(body: BodyTerms, seat: Seat, named: Mapping[str, str], may: bool) -> SeatWords:
    rules = [
        "must not stay empty" if seat.required else "may stay empty",
        "votes" if seat.voting else "does not vote",
        "may have substitutes" if seat.substitutes else "has no substitutes",
    ]
    if seat.holders > 1:
        rules.append(f"for up to {seat.holders} people")
    return SeatWords(
        title=seat.title,
        agency=named.get(seat.agency, seat.agency),
        voice=voice_of(seat, named),
        rules="; ".join(rules).capitalize(),
        term=term_of(seat),
        href=f"/seats/{body.code}/{seat.code}/",
        change=f"/terms/{body.code}/seats/{seat.code}/" if may else "",
    )


def voice_of(seat: Seat, named: Mapping[str, str]) -> str:
    """Whom a seat speaks for."""
    listed = [named.get(c, c) for c in (*seat.strands, *seat.areas)]
    return ", ".join(listed) or "The whole remit"


def term_of(seat: Seat) -> str:
    """How long somebody sits in a seat."""
    if seat.term_years == 0:
        return "Without an end"
    years = f"{seat.term_years} year{'s' if seat.term_years > 1 else ''}"
    row = f", at most {seat.terms} in a row" if seat.terms else ""
    return f"Terms of {years}{row}"


def _versions(known: terms.Versions, found: TermsOfReference, today: date) -> Iterator[VersionLine]:
    """Every version, newest first."""
    rows: list[TermsVersion | None] = [*known.adopted, None]
    after: date | None = None
    for place, row in enumerate(rows):
        this = definitions.terms(known.place) if row is None else known.terms_of(row)
        changed: tuple[str, ...] = ()
        if row is not None:
            older = rows[place + 1]
            before = definitions.terms(known.place) if older is None else known.terms_of(older)
            changed = changes(before, this, names={**names(before), **names(this)})
        yield VersionLine(
            number=this.version,
            since=this.valid_from,
            until=after - _DAY if after else None,
            why=row.why if row else "The forum began with these.",
            decision=row.decision if row else "",
            changed=changed,
            applies=this.version == found.version,
            ahead=this.valid_from > today,
        )
        after = this.valid_from
