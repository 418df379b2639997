"""The room as it was recorded: who was there at a moment, who presided, whether it could decide.

Everything is computed from what was recorded, never stored, so that a corrected time corrects it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils import timezone

from openscrutiny.base.models import RoleHeld
from openscrutiny.core.bodies import BodyTerms, Seat
from openscrutiny.core.permits import Role
from openscrutiny.core.quorum import (
    Aside,
    Capacity,
    Count,
    Stay,
    Turn,
    count,
    entitled,
    quorum_over_time,
)
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.forum.models import AgendaItem, Attendance, Meeting, Presence, Recusal
from openscrutiny.forum.terms import in_force, of_body

_COUNTING = {
    Attendance.Capacity.SEAT.value: Capacity.SEAT,
    Attendance.Capacity.SUBSTITUTE.value: Capacity.SUBSTITUTE,
}


def day_of(meeting: Meeting) -> date:
    """The day of a meeting where it is held; what applied on it is what counts for the meeting."""
    return timezone.localtime(meeting.starts_at).date()


@dataclass(frozen=True)
class Room:
    """One meeting's room, read once: five queries, however many people are in it."""

    meeting: Meeting
    terms: BodyTerms
    reference: TermsOfReference
    attendances: tuple[Attendance, ...]
    recusals: tuple[Recusal, ...]
    roles: frozenset[tuple[int, str]]

    @classmethod
    def of(cls, meeting: Meeting) -> Room:
        """NotPossible where the terms of reference of that day say nothing of the body."""
        day = day_of(meeting)
        attending = (
            Attendance.objects.filter(meeting=meeting)
            .select_related("person__organisation", "membership__on_behalf_of")
            .prefetch_related("presences")
        )
        presiding = RoleHeld.objects.on(day).filter(  # type: ignore[attr-defined]
            organisation=meeting.body, role__in=[Role.CHAIR.value, Role.DEPUTY.value]
        )
        return cls(
            meeting,
            of_body(meeting.body.code, on=day),
            in_force(day),
            tuple(attending),
            tuple(Recusal.objects.filter(item__meeting=meeting).select_related("item")),
            frozenset(presiding.values_list("user_id", "role")),
        )

    @cached_property
    def stays(self) -> tuple[Stay, ...]:
        return tuple(
            Stay(
                a.person_id,
                a.membership.seat if a.membership else "",
                _COUNTING.get(a.capacity, Capacity.OTHER),
                p.arrived_at,
                p.left_at,
            )
            for a in self.attendances
            for p in a.presences.all()
        )

    @cached_property
    def asides(self) -> tuple[Aside, ...]:
        """Those who stepped aside, from when they did or the item was opened until it was closed.

        An item that was never opened has none.
        """
        people = {a.pk: a.person_id for a in self.attendances}
        return tuple(
            Aside(people[r.attendance_id], max(r.at, r.item.opened_at), r.item.closed_at)
            for r in self.recusals
            if r.item.opened_at is not None
        )

    def aside_from(self, item: AgendaItem | None) -> frozenset[int]:
        """The people who stepped aside from an item."""
        if item is None:
            return frozenset()
        stepped = {r.attendance_id for r in self.recusals if r.item_id == item.pk}
        return frozenset(a.person_id for a in self.attendances if a.pk in stepped)

    def count(self, *, at: datetime, item: AgendaItem | None = None) -> Count:
        """The quorum at a moment; for an item without those who stepped aside from it."""
        return count(self.terms, self.stays, at=at, aside=self.aside_from(item))

    def sentence(self, found: Count) -> str:
        return found.sentence(self.reference.agency)

    def turns(self, *, until: datetime) -> tuple[Turn, ...]:
        """When quorum was lost and regained since the meeting was opened; none before."""
        begins = self.meeting.opened_at
        if begins is None:
            return ()
        return quorum_over_time(
            self.terms, self.stays, begins=begins, ends=until, asides=self.asides
        )

    def ever_quorate(self, *, until: datetime) -> bool:
        """Whether there was a quorum at any moment of the meeting so far.

        Those who stepped aside from one item count here: the meeting as such had its quorum.
        """
        begins = self.meeting.opened_at
        if begins is None:
            return False
        turns = quorum_over_time(self.terms, self.stays, begins=begins, ends=until)
        return any(t.count.quorate for t in turns)

    def present(self, *, at: datetime) -> tuple[Attendance, ...]:
        """Everybody who is there at a moment, in a seat or not."""
        return tuple(a for a in self.attendances if self.stay_of(a, at=at) is not None)

    def stay_of(self, attendance: Attendance, *, at: datetime) -> Presence | None:
        """The stretch of somebody's presence that covers a moment."""
        mine = self.attending(attendance.pk)
        return next((p for p in mine.presences.all() if p.holds_at(at)), None) if mine else None

    def attending(self, pk: int) -> Attendance | None:
        return next((a for a in self.attendances if a.pk == pk), None)

    def attendance_of(self, user: Any) -> Attendance | None:
        """Somebody's own place in this meeting, by their account."""
        return next((a for a in self.attendances if a.person.user_id == user.pk), None)

    def seat_of(self, attendance: Attendance) -> Seat | None:
        return self.terms.seat(attendance.membership.seat) if attendance.membership else None

    def counts(
        self, attendance: Attendance, *, at: datetime, item: AgendaItem | None = None
    ) -> bool:
        """Whether somebody's voting seat counts by them at a moment."""
        found = entitled(self.terms, self.stays, at=at, aside=self.aside_from(item))
        return any(s.person == attendance.person_id for s in found)

    def holds(self, attendance: Attendance, role: Role) -> bool:
        """Whether somebody held a role for the body on the day of the meeting."""
        return (attendance.person.user_id, role.value) in self.roles

    def presiding(self, *, at: datetime, item: AgendaItem | None = None) -> Attendance | None:
        """Who presides at a moment: the chair, or where the chair is not there or stepped aside
        from the item, the deputy of whom that was recorded; nobody where neither is there."""
        aside = self.aside_from(item)
        here = [a for a in self.present(at=at) if a.person_id not in aside]
        chairs: Sequence[Attendance] = [a for a in here if self.holds(a, Role.CHAIR)]
        deputies = [a for a in here if self.holds(a, Role.DEPUTY) and a.presides_because]
        return next(iter([*chairs, *deputies]), None)
