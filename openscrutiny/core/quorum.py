"""Whether a meeting may decide, moment by moment, and whether a vote carried."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from openscrutiny.core.bodies import BodyTerms, Majority, Voting


class Capacity(StrEnum):
    """As what somebody is in a meeting. Only the first two can count for a quorum."""

    SEAT = "seat"
    SUBSTITUTE = "substitute"
    OTHER = "other"


@dataclass(frozen=True)
class Stay:
    """A stretch of time one person was in the meeting, in the room or from elsewhere alike.

    The moment of leaving is not part of it; None says that the person is still there. ``seat`` is
    the code of the seat, empty for who sits in none.
    """

    person: int
    seat: str
    capacity: Capacity
    arrived: datetime
    left: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        return self.arrived <= moment and (self.left is None or moment < self.left)


@dataclass(frozen=True)
class Aside:
    """Somebody steps aside from what is before the meeting, from a moment until another."""

    person: int
    begins: datetime
    ends: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        return self.begins <= moment and (self.ends is None or moment < self.ends)


@dataclass(frozen=True)
class Count:
    """What a quorum needs and what of it is there: ``present`` are codes of voting seats in the
    order of the terms, ``missing`` codes of kinds of agency that must be there and are not."""

    present: tuple[str, ...]
    needed: int
    missing: tuple[str, ...]

    @property
    def quorate(self) -> bool:
        return len(self.present) >= self.needed and not self.missing

    def sentence(self, agency: Callable[[str], str] = str) -> str:
        """It in words; ``agency`` names a kind of agency by its code."""
        here = len(self.present)
        seats = "1 voting seat is" if here == 1 else f"{here or 'No'} voting seats are"
        needed = "1 is" if self.needed == 1 else f"{self.needed} are"
        absent = [f"nobody from {_inside(agency(code))} is here" for code in self.missing]
        return f"{'; '.join([f'{seats} here and {needed} needed', *absent])}."

    def frozen(self, agency: Callable[[str], str] = str) -> dict[str, Any]:
        """It as data that is kept with what was decided, its sentence included."""
        return {
            "quorate": self.quorate,
            "seats": list(self.present),
            "needed": self.needed,
            "missing": list(self.missing),
            "sentence": self.sentence(agency),
        }


@dataclass(frozen=True)
class Turn:
    """From this moment on the meeting has a quorum, or has none."""

    at: datetime
    count: Count


def count(
    terms: BodyTerms, stays: Iterable[Stay], *, at: datetime, aside: Collection[int] = ()
) -> Count:
    """The quorum at a moment; ``aside`` are the people who stepped aside from the item.

    Seats are counted, and each person for one seat alone. A substitute counts for a seat only while
    nobody who holds it is there. Where who holds a seat stepped aside, the seat did, and no
    substitute stands in for it.
    """
    counting = {s.seat for s in entitled(terms, stays, at=at, aside=aside)}
    seats = [s for s in terms.voting_seats if s.code in counting]
    there = {s.agency for s in seats}
    return Count(
        tuple(s.code for s in seats),
        terms.quorum.least,
        tuple(a for a in terms.quorum.agencies if a not in there),
    )


def entitled(
    terms: BodyTerms, stays: Iterable[Stay], *, at: datetime, aside: Collection[int] = ()
) -> tuple[Stay, ...]:
    """Those who are there at a moment and whose voting seat counts by them.

    Nobody counts twice: of several seats only the first in the order of the terms counts by a
    person, one they hold before one they stand in for.
    """
    places = {s.code: place for place, s in enumerate(terms.voting_seats)}
    here = [s for s in stays if s.seat in places and s.covers(at)]
    held = {s.seat for s in here if s.capacity is Capacity.SEAT}
    counting = (
        s
        for s in here
        if s.person not in aside
        and (
            s.capacity is Capacity.SEAT
            or (s.capacity is Capacity.SUBSTITUTE and s.seat not in held)
        )
    )
    first: dict[int, Stay] = {}
    for stay in sorted(
        counting, key=lambda s: (s.capacity is not Capacity.SEAT, places[s.seat], s.arrived)
    ):
        first.setdefault(stay.person, stay)
    return tuple(first.values())


def quorum_over_time(
    terms: BodyTerms,
    stays: Sequence[Stay],
    *,
    begins: datetime,
    ends: datetime,
    asides: Sequence[Aside] = (),
) -> tuple[Turn, ...]:
    """How it stood when the meeting began, and each moment before its end at which it turned."""
    moments = {begins}
    for one in stays:
        moments |= {m for m in (one.arrived, one.left) if m is not None}
    for other in asides:
        moments |= {m for m in (other.begins, other.ends) if m is not None}
    found: list[Turn] = []
    for moment in sorted(m for m in moments if begins <= m < ends or m == begins):
        aside = {a.person for a in asides if a.covers(moment)}
        now = count(terms, stays, at=moment, aside=aside)
        if not found or found[-1].count.quorate is not now.quorate:
            found.append(Turn(moment, now))
    return tuple(found)


class Stance(StrEnum):
    """How somebody votes."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


@dataclass(frozen=True)
class Result:
    """What a vote came to. ``casting`` is how who presides gave the second vote, empty without."""

    votes_for: int
    votes_against: int
    abstained: int
    casting: str
    carried: bool
    sentence: str


def equal(stances: Iterable[str]) -> bool:
    """Whether as many voted for as against, and anybody did."""
    given = list(stances)
    votes_for, votes_against = given.count(Stance.FOR), given.count(Stance.AGAINST)
    return votes_for == votes_against > 0


def takes_casting_vote(voting: Voting, stances: Iterable[str]) -> bool:
    """Whether a second vote of who presides settles it: never where two thirds are needed."""
    return voting.casting_vote and voting.majority is Majority.MORE_FOR and equal(stances)


def tally(voting: Voting, stances: Sequence[str], *, casting: str = "") -> Result:
    """Count a vote. Who abstains counts for neither side; equal votes carry nothing by themselves.

    ``casting`` is counted where the terms give a casting vote and the votes are equal, and nowhere
    else. ValueError for a stance there is not.
    """
    given = [Stance(s) for s in stances]
    votes_for, votes_against = given.count(Stance.FOR), given.count(Stance.AGAINST)
    settles = takes_casting_vote(voting, given) and casting in (Stance.FOR, Stance.AGAINST)
    if settles:
        carried = casting == Stance.FOR
    elif voting.majority is Majority.TWO_THIRDS:
        carried = votes_for > 0 and 3 * votes_for >= 2 * (votes_for + votes_against)
    else:
        carried = votes_for > votes_against
    abstained = given.count(Stance.ABSTAIN)
    counted = f"{votes_for} for, {votes_against} against, {abstained} abstained"
    second = f", and the casting vote {casting}" if settles else ""
    outcome = "carried" if carried else "not carried"
    why = "" if carried else _why_not(voting, votes_for, votes_against, settled=settles)
    return Result(
        votes_for,
        votes_against,
        abstained,
        casting if settles else "",
        carried,
        f"{counted}{second}: {outcome}{why}.",
    )


def _why_not(voting: Voting, votes_for: int, votes_against: int, *, settled: bool) -> str:
    if votes_for + votes_against == 0:
        return ", because nobody voted for or against"
    if voting.majority is Majority.TWO_THIRDS:
        return ", because it takes two thirds of the votes for and against"
    if votes_for == votes_against and not settled:
        return ", because the votes are equal"
    return ""


def of_frozen(kept: Mapping[str, Any]) -> bool:
    """Whether what was kept with a decision says that a quorum took it."""
    return kept.get("quorate") is True


def _inside(name: str) -> str:
    """A name inside a sentence."""
    return f"{name[:1].lower()}{name[1:]}"
