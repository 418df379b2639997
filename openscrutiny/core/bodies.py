"""What the terms of reference say of a body: its seats, quorum, votes, notice and ladder.

All of it is data. A body is an organisation with meetings of its own: the forum, a sub-group of it,
or the committee it accounts to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from openscrutiny.core.calendar import Term, Unit
from openscrutiny.core.reading import keys


@dataclass(frozen=True)
class Allowed:
    """How long is allowed for one thing, and where that length comes from."""

    term: Term
    source: str

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Allowed:
        """Read ``{length, unit, source}``; ValueError or KeyError for anything else."""
        return cls(Term(int(data["length"]), Unit(data["unit"])), str(data["source"]))


@dataclass(frozen=True)
class Agency:
    """A kind of agency that sits in the forum, such as housing or victim support."""

    code: str
    name: str


@dataclass(frozen=True)
class Seat:
    """One seat of a body: which kind of agency it is for and whom it is a voice for.

    ``strands`` and ``areas`` name what it represents; none means the whole remit. ``required`` says
    that it must not stay empty. ``holders`` is how many people it may have at once, substitutes not
    counted. A term lasts ``term_years`` and may be had ``terms`` times in a row; 0 means no limit.
    """

    code: str
    title: str
    agency: str
    strands: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    required: bool = True
    voting: bool = True
    holders: int = 1
    substitutes: bool = True
    term_years: int = 3
    terms: int = 2


@dataclass(frozen=True)
class Quorum:
    """How many voting seats must be in the meeting, and which voices must be among them.

    ``least`` counts seats, never people, and of each kind in ``agencies`` one seat must be there.
    Seats that stepped aside from an item do not count for it.
    """

    least: int
    agencies: tuple[str, ...] = ()


class Majority(StrEnum):
    """What carries a motion, of the votes for and against; those who abstain count for neither."""

    MORE_FOR = "more for than against"
    TWO_THIRDS = "at least two thirds for"


@dataclass(frozen=True)
class Voting:
    """What carries a motion, and whether who presides has a second vote where votes are equal."""

    majority: Majority = Majority.MORE_FOR
    casting_vote: bool = True


class Rung(StrEnum):
    """What happens on a step of the ladder when something stays unanswered."""

    REMINDER = "reminder"
    OVERDUE = "overdue notice"
    LETTER = "letter of the chair"
    AGENDA = "next agenda"
    DOSSIER = "dossier for the parent committee"


@dataclass(frozen=True)
class LadderStep:
    """``days`` are working days after the due date; before it where they are negative."""

    days: int
    rung: Rung


@dataclass(frozen=True)
class BodyTerms:
    """The terms of one body.

    ``notice`` is how many clear days before a meeting its agenda and papers go out: neither the day
    they go out nor the day of the meeting counts. ``decision_note`` and ``draft_minutes`` run from
    the meeting. ``parent`` is the code of the body it accounts to, empty for none.
    """

    code: str
    parent: str
    meetings_a_year: int
    quorum: Quorum
    voting: Voting
    notice: Allowed
    decision_note: Allowed
    draft_minutes: Allowed
    seats: tuple[Seat, ...]

    @classmethod
    def parse(
        cls, id: str, data: Mapping[str, Any], *, agencies: frozenset[str], strands: frozenset[str]
    ) -> BodyTerms:
        """Read one body; ValueError says what cannot be."""
        where = f"{id}, {data.get('code', 'a body')}"
        keys(where, data, known={f.name for f in fields(cls)}, optional={"parent", "voting"})
        rule = data["quorum"]
        keys(f"{where}, quorum", rule, known={"least", "agencies"}, optional={"agencies"})
        found = cls(
            code=str(data["code"]),
            parent=str(data.get("parent") or ""),
            meetings_a_year=int(data["meetings_a_year"]),
            quorum=Quorum(int(rule["least"]), tuple(rule.get("agencies") or ())),
            voting=_voting(where, data.get("voting") or {}),
            notice=Allowed.parse(data["notice"]),
            decision_note=Allowed.parse(data["decision_note"]),
            draft_minutes=Allowed.parse(data["draft_minutes"]),
            seats=tuple(_seat(where, s) for s in data["seats"]),
        )
        found._refuse_what_cannot_be(where, agencies, strands)
        return found

    @property
    def voting_seats(self) -> tuple[Seat, ...]:
        return tuple(s for s in self.seats if s.voting)

    def seat(self, code: str) -> Seat | None:
        """The seat with this code, None where these terms have none."""
        return next((s for s in self.seats if s.code == code), None)

    def _refuse_what_cannot_be(
        self, where: str, agencies: frozenset[str], strands: frozenset[str]
    ) -> None:
        codes = [s.code for s in self.seats]
        if len(set(codes)) != len(codes):
            raise ValueError(f"{where}: the code of a seat stands twice.")
        named = {s.agency for s in self.seats} | set(self.quorum.agencies)
        if unknown := named - agencies:
            raise ValueError(f"{where}: {sorted(unknown)} are no agencies of this forum.")
        if unknown := {s for seat in self.seats for s in seat.strands} - strands:
            raise ValueError(f"{where}: strands {sorted(unknown)} are not in the remit.")
        if missing := set(self.quorum.agencies) - {s.agency for s in self.voting_seats}:
            raise ValueError(
                f"{where}: the quorum asks for {sorted(missing)}, and no voting seat is theirs."
            )
        if not 1 <= self.quorum.least <= len(self.voting_seats):
            raise ValueError(
                f"{where}: a quorum of {self.quorum.least} cannot be had with "
                f"{len(self.voting_seats)} voting seats."
            )
        if self.meetings_a_year < 1 or self.notice.term.length < 1:
            raise ValueError(f"{where}: a body meets at least once a year, after some notice.")
        for seat in self.seats:
            if seat.holders < 1 or seat.term_years < 0 or seat.terms < 0:
                raise ValueError(f"{where}: seat {seat.code} has a number that cannot be.")


def ladder(id: str, data: Any) -> tuple[LadderStep, ...]:
    """Read the escalation ladder, its steps in order of time; ValueError for two on one day."""
    steps = tuple(LadderStep(int(d["days"]), Rung(d["rung"])) for d in data)
    days = [s.days for s in steps]
    if days != sorted(set(days)):
        raise ValueError(f"{id}, ladder: name its steps in the order of their days, each day once.")
    return steps


def _seat(where: str, data: Mapping[str, Any]) -> Seat:
    known = {f.name for f in fields(Seat)}
    at = f"{where}, seat {data.get('code', '')}"
    keys(at, data, known=known, optional=known - {"code", "title", "agency"})
    lists = {k: tuple(data.get(k) or ()) for k in ("strands", "areas")}
    return Seat(**{**data, **lists})


def _voting(where: str, data: Mapping[str, Any]) -> Voting:
    keys(
        f"{where}, voting",
        data,
        known={"majority", "casting_vote"},
        optional={"casting_vote"} if data else {"majority", "casting_vote"},
    )
    if not data:
        return Voting()
    return Voting(Majority(data["majority"]), bool(data.get("casting_vote", True)))
