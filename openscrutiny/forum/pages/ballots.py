"""A vote as it is shown: who has voted while it is open, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from openscrutiny.base.models import User
from openscrutiny.core.permits import NotPermitted
from openscrutiny.core.quorum import takes_casting_vote
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.models import AgendaItem, Attendance, Ballot, Meeting, Vote
from openscrutiny.forum.quorum import Room
from openscrutiny.forum.services.ballots import refuse_vote


@dataclass(frozen=True)
class Voter:
    """Somebody whose vote is still to come."""

    key: int
    name: str


@dataclass(frozen=True)
class BallotShown:
    """A vote. ``votes`` names who voted how, and only in a named vote that is closed.

    ``waiting`` are those in the meeting who may vote and have not; ``casting`` says that who
    presides has a second vote if it were closed now.
    """

    key: int
    motion: str
    named: bool
    open: bool
    cast: int
    waiting: tuple[Voter, ...]
    casting: bool
    result: str
    carried: bool
    votes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class VotePage:
    """Voting on one's own device: the open vote, whether one may vote in it, and those before."""

    meeting: Meeting
    href: str
    item: AgendaItem | None
    ballot: BallotShown | None
    voted: str
    refused: str
    stances: tuple[tuple[str, str], ...]
    may_step_aside: bool
    results: tuple[BallotShown, ...]
    shown_at: datetime


def shown_ballot(ballot: Ballot, room: Room, *, now: datetime) -> BallotShown:
    """A vote for those who may follow the meeting; its votes are prefetched with their people."""
    votes = list(ballot.votes.all())
    is_open = ballot.closed_at is None
    return BallotShown(
        key=ballot.pk,
        motion=ballot.motion,
        named=ballot.named,
        open=is_open,
        cast=len(votes),
        waiting=_waiting(ballot, votes, room, now=now) if is_open else (),
        casting=is_open and takes_casting_vote(room.terms.voting, [v.stance for v in votes]),
        result=str(ballot.result.get("sentence", "")),
        carried=ballot.result.get("carried") is True,
        votes=tuple((v.attendance.person.name, v.get_stance_display()) for v in votes)
        if ballot.named and not is_open
        else (),
    )


def vote_page(meeting: Meeting, *, by: User, now: datetime) -> VotePage:
    """The vote that is open, for somebody who may vote in the body."""
    room = Room.of(meeting)
    own = room.attendance_of(by)
    ballots = list(
        Ballot.objects.filter(item__meeting=meeting)
        .select_related("item")
        .prefetch_related("votes__attendance__person", "votes__attendance__membership")
    )
    open_now = next((b for b in ballots if b.closed_at is None), None)
    under = meeting.items.filter(state="opened").first()
    voted = ""
    if open_now is not None and own is not None:
        mine = (v for v in open_now.votes.all() if v.attendance_id == own.pk)
        voted = next((v.get_stance_display() for v in mine), "")
    aside = own is not None and own.person_id in room.aside_from(under)
    return VotePage(
        meeting=meeting,
        href=f"{meeting.href}vote/",
        item=under,
        ballot=shown_ballot(open_now, room, now=now) if open_now else None,
        voted=voted,
        refused=_refusal(open_now, own, room, now=now) if open_now and not voted else "",
        stances=tuple(Vote.Stance.choices),
        may_step_aside=under is not None and own is not None and not aside and not voted,
        results=tuple(shown_ballot(b, room, now=now) for b in ballots if b.closed_at is not None),
        shown_at=now,
    )


def _refusal(ballot: Ballot, own: Attendance | None, room: Room, *, now: datetime) -> str:
    """Why somebody may not vote; empty where they may."""
    if own is None:
        return "You are not recorded as being in this meeting. Ask the secretariat to record it."
    try:
        refuse_vote(ballot, own, room, now=now)
    except (NotPossible, NotPermitted) as refusal:
        return str(refusal)
    return ""


def _waiting(ballot: Ballot, votes: list[Vote], room: Room, *, now: datetime) -> tuple[Voter, ...]:
    """Those whose seat counts by them and has not voted; whether they may is asked as they do."""
    voted = {v.attendance_id for v in votes}
    seats = {
        room.attending(pk).membership.seat  # type: ignore[union-attr]
        for pk in voted
        if (known := room.attending(pk)) is not None and known.membership is not None
    }
    return tuple(
        Voter(a.pk, a.person.name)
        for a in room.present(at=now)
        if a.membership is not None
        and a.membership.seat not in seats
        and room.counts(a, at=now, item=ballot.item)
    )
