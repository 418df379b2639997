"""What was recorded of a meeting, as data for its minutes: who was there and when, what became of
each item. Nothing is counted that was not recorded, and what is not known is said to be unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from openscrutiny.core.bodies import BodyTerms
from openscrutiny.core.minutes import OPENING
from openscrutiny.core.permits import Role
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import (
    AgendaItem,
    Attendance,
    Ballot,
    Decision,
    Interest,
    Meeting,
    Presence,
    Recusal,
)
from openscrutiny.forum.quorum import Room

Facts = dict[str, Any]
_NOT_TAKEN = ("proposed", "scheduled")
_IN_SEATS = (Attendance.Capacity.SEAT, Attendance.Capacity.SUBSTITUTE)


def facts_of(meeting: Meeting) -> Facts:
    """Everything about a meeting that its minutes say and nobody writes by hand.

    A fixed number of queries. Times are those of the place; days are ISO. ``attendance_known`` is
    false where nobody's presence was recorded, which is not the same as nobody being there.
    """
    day = timezone.localtime(meeting.starts_at).date()
    try:
        rules = terms.of_body(meeting.body.code, on=day)
    except NotPossible:  # a body from before its terms were kept here
        rules = None
    titles = _titles(rules)
    people = _in_order(
        meeting.attendances.select_related("person", "membership").prefetch_related("presences"),
        list(titles),
    )
    room = Room.of(meeting) if rules else None
    declared = list(Interest.objects.filter(item__meeting=meeting).select_related("person", "item"))
    return {
        "heading": meeting.heading,
        "body": meeting.body.name,
        "venue": meeting.venue,
        "day": day.isoformat(),
        "opened": _clock(meeting.opened_at),
        "closed": _clock(meeting.closed_at),
        "quorate": meeting.state != "inquorate",
        "attendance_known": any(p.presences.all() for p in people),
        **_attendance(people, titles),
        "chair": _in_the_chair(people, room, titles),
        "quorum": list(_quorum(meeting, room)),
        "interests": [
            {
                **_declared_by(i, people, titles),
                "item": i.item.number if i.item else "",
                "text": i.text,
            }
            for i in declared
        ],
        "items": [_item(item, titles, declared) for item in _items(meeting)],
    }


def first_text(meeting: Meeting) -> dict[str, str]:
    """The notes of the room by section, from which the first draft is written."""
    found: dict[str, list[str]] = defaultdict(list)
    numbers = list(_taken(meeting).values_list("number", flat=True))
    for note in meeting.notes.select_related("item"):
        known = note.item is not None and note.item.number in numbers
        found[note.item.number if note.item and known else OPENING].append(note.text.strip())
    return {name: "\n\n".join(found.get(name, [])) for name in (OPENING, *numbers)}


def _taken(meeting: Meeting) -> Any:
    return meeting.items.exclude(state__in=_NOT_TAKEN).order_by("position", "id")


def _items(meeting: Meeting) -> list[AgendaItem]:
    ballots = Ballot.objects.exclude(closed_at=None).prefetch_related(
        "votes__attendance__membership", "votes__attendance__person"
    )
    decisions = Decision.objects.exclude(state="not_certified").order_by("recorded_at", "id")
    return list(
        _taken(meeting).prefetch_related(
            "papers",
            "recusals__attendance__membership",
            "recusals__attendance__person",
            Prefetch("decisions", decisions),
            Prefetch("ballots", ballots),
            "actions__owner",
            "deferred_to__meeting",
        )
    )


# ---- who was there ----------------------------------------------------------------------------


def _in_order(people: Iterable[Attendance], seats: Sequence[str]) -> list[Attendance]:
    """People in the order of the seats in the terms of reference; those in no seat after them."""
    place = {code: n for n, code in enumerate(seats)}
    return sorted(
        people,
        key=lambda a: (place.get(a.membership.seat, len(place)) if a.membership else len(place) + 1,
                       a.capacity == Attendance.Capacity.SUBSTITUTE, a.pk),
    )  # fmt: skip


def _in_the_chair(
    people: Sequence[Attendance], room: Room | None, titles: Mapping[str, str]
) -> list[dict[str, str]]:
    """The chair, where the chair was there: who presides without anything being recorded of it."""
    if room is None:
        return []
    return [
        _who(one, titles)
        for one in people
        if room.holds(one, Role.CHAIR) and one.presences.all()
    ]  # fmt: skip


def _attendance(people: Sequence[Attendance], titles: Mapping[str, str]) -> Facts:
    """Present, apologies and absent; one who sent apologies and came was present."""
    present, apologies, absent, presided = [], [], [], []
    for one in people:
        who = _who(one, titles)
        stays = list(one.presences.all())
        if stays:
            present.append({**who, "times": _times(stays), "remote": _from_elsewhere(stays)})
        elif one.reply in (Attendance.Reply.APOLOGIES, Attendance.Reply.SUBSTITUTE):
            sends = one.reply == Attendance.Reply.SUBSTITUTE
            apologies.append({**who, "substitute": sends})
        elif one.capacity in _IN_SEATS:
            absent.append(who)
        if one.presides_because:
            presided.append({**who, "because": one.presides_because})
    return {"present": present, "apologies": apologies, "absent": absent, "presided": presided}


def _who(one: Attendance, titles: Mapping[str, str]) -> dict[str, str]:
    """Somebody by seat, for everybody, and by name, for the body alone."""
    seat = titles.get(one.membership.seat, one.membership.seat) if one.membership else ""
    capacity = one.get_capacity_display()
    if one.capacity == Attendance.Capacity.SUBSTITUTE and seat:
        seat = f"{seat} (substitute)"
    return {"seat": seat or capacity, "name": one.person.name}


def _times(stays: Sequence[Presence]) -> str:
    """``13:00 to 14:10, 14:20 to the end``."""
    return ", ".join(f"{_clock(s.arrived_at)} to {_clock(s.left_at) or 'the end'}" for s in stays)


def _from_elsewhere(stays: Sequence[Presence]) -> str:
    if all(s.remote for s in stays):
        return "from elsewhere"
    return "partly from elsewhere" if any(s.remote for s in stays) else ""


def _quorum(meeting: Meeting, room: Room | None) -> Iterator[dict[str, Any]]:
    """When the meeting had a quorum and when it lost it: each moment at which that changed.

    Whoever stepped aside from the item before the meeting is left out while it was; the count of a
    decision stands with the decision itself.
    """
    if meeting.opened_at is None or room is None:
        return
    for turn in room.turns(until=meeting.closed_at or meeting.ends_at):
        here, needed = len(turn.count.present), turn.count.needed
        yield {
            "at": _clock(turn.at),
            "quorate": turn.count.quorate,
            "counted": f"{here} voting seat{'' if here == 1 else 's'} there, {needed} needed",
        }


def _declared_by(
    interest: Interest, people: Sequence[Attendance], titles: Mapping[str, str]
) -> dict[str, str]:
    """Who declared an interest for an item of this meeting, there or not."""
    own = next((one for one in people if one.person_id == interest.person_id), None)
    if own is None:
        return {"seat": "Somebody in the meeting", "name": interest.person.name}
    return _who(own, titles)


# ---- what became of each item -----------------------------------------------------------------


def _item(
    item: AgendaItem, titles: Mapping[str, str], declared: Sequence[Interest]
) -> dict[str, Any]:
    return {
        "number": item.number,
        "position": item.position,
        "heading": item.heading,
        "closed": item.closed,
        "ground": item.get_exemption_display() if item.closed else "",
        "test": item.public_interest if item.closed else "",
        "outcome": _outcome(item),
        "tabled": [
            {
                "number": p.number,
                "heading": p.heading,
                "closed": p.closed,
                "reason": p.tabled_because,
                "at": _clock(p.tabled_at),
            }
            for p in item.papers.all()
            if p.tabled_at is not None
        ],
        "aside": [
            {
                **_who(r.attendance, titles),
                "reason": r.reason,
                "public": _declared_openly(r, declared),
                "at": _clock(r.at),
            }
            for r in item.recusals.all()
        ],
        "votes": [_vote(ballot, titles) for ballot in item.ballots.all()],
        "decisions": [
            {
                "number": d.number,
                "kind": d.get_kind_display(),
                "heading": d.heading,
                "text": d.text,
                "certified": d.state == "certified",
                "quorum": _counted_then(d.quorum),
            }
            for d in item.decisions.all()
        ],
        "actions": [
            {
                "number": a.number,
                "sort": a.get_sort_display(),
                "text": a.text,
                "owner": a.owner.name,
                "due": a.due_on.isoformat(),
            }
            for a in item.actions.all()
        ],
    }


def declared_in_words(texts: Iterable[str]) -> str:
    """The reason for stepping aside that declared interests give."""
    return "Declared an interest: " + " ".join(f"{t.rstrip('.')}." for t in texts)


def _declared_openly(recusal: Recusal, declared: Sequence[Interest]) -> bool:
    """Whether the reason is an interest that was declared for an open item of this meeting, which
    these minutes print anyway. Any other reason is for the body alone."""
    return any(
        i.person_id == recusal.attendance.person_id
        and i.item is not None
        and not i.item.closed
        and recusal.reason in (i.text, declared_in_words([i.text]))
        for i in declared
    )


def _outcome(item: AgendaItem) -> str:
    if item.state == "deferred":
        later = [d.meeting for d in item.deferred_to.all()]
        return f"Deferred to {later[0].heading}" if later else "Deferred"
    words = {"opened": "Not closed", "published": "Not reached"}
    return words.get(item.state, item.state_in_words.capitalize())


def _vote(ballot: Ballot, titles: Mapping[str, str]) -> dict[str, Any]:
    """A vote by its rows; who voted how is told only where the meeting asked for names."""
    votes = list(ballot.votes.all())
    counts = {s: sum(1 for v in votes if v.stance == s) for s in ("for", "against", "abstain")}
    named = [
        {**_who(v.attendance, titles), "stance": v.get_stance_display()} for v in votes
    ] if ballot.named else []  # fmt: skip
    return {
        "motion": ballot.motion,
        **counts,
        "sentence": str(ballot.result.get("sentence", "")),
        "named": named,
    }


def _counted_then(quorum: Mapping[str, Any]) -> str:
    """The count of the moment a decision was taken, as it was frozen with it."""
    if not quorum:
        return "The quorum was not recorded with this decision."
    said = str(quorum.get("sentence", ""))
    return f"The meeting had a quorum: {said[:1].lower()}{said[1:]}" if said else ""


def _titles(rules: BodyTerms | None) -> dict[str, str]:
    return {seat.code: seat.title for seat in rules.seats} if rules else {}


def _clock(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%H:%M}" if moment else ""
