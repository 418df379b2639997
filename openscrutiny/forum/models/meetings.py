"""Meetings: their agenda, who was in the room and when, and what was written down there."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Organisation, Person, Stateful, User
from openscrutiny.core.machines import AGENDA_ITEM, MEETING
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.models.seats import Membership

# A meeting that is still to take place, and one whose day is off.
TO_COME = ("planned", "agenda_published")
CALLED_OFF = ("postponed", "cancelled")


class MeetingQuery(models.QuerySet["Meeting"]):
    def visible_to(self, standing: Standing) -> MeetingQuery:
        """Those whose agenda was published, for anybody; those still planned for the own body."""
        own = [
            c for c in standing.organisations if may(standing, Action.READ_MEETING, concerning=[c])
        ]
        public = models.Q(agenda_published_at__isnull=False)
        return self.filter(public | models.Q(body__code__in=own))

    def taking_place(self) -> MeetingQuery:
        """Those that are or were to take place on their day: not cancelled, not postponed."""
        return self.exclude(state__in=CALLED_OFF)

    def open_for_items(self, *, now: datetime) -> MeetingQuery:
        """Those that may still be given an item: planned or published, and not yet begun."""
        return self.filter(state__in=TO_COME, starts_at__gt=now)


class Meeting(Stateful):
    """One meeting of a body. A postponed or cancelled one keeps its agenda and the reason.

    ``sequence`` counts the changes that calendars must learn of. ``joining`` is how to take part
    from elsewhere and is for those who are invited. ``late_reason`` is the chair's, where an agenda
    went out with less notice than the terms of reference ask for.
    """

    MACHINE = MEETING
    KIND: ClassVar[str] = "meeting"

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="meetings")
    heading = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    venue = models.CharField(max_length=300)
    access = models.TextField(max_length=1000, blank=True)
    joining = models.TextField(max_length=500, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    late_reason = models.CharField(max_length=500, blank=True)
    agenda_published_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects: ClassVar[MeetingQuery] = MeetingQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-starts_at", "-id"]
        indexes = [models.Index(fields=["body", "starts_at"], name="meeting_by_body")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(MEETING.states)), name="meeting_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="meeting_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.heading

    @property
    def href(self) -> str:
        return f"/meetings/{self.number}/"

    @property
    def concerning(self) -> tuple[str, ...]:
        """The body whose roles decide who may do what with it."""
        return (self.body.code,)


class AgendaItemQuery(models.QuerySet["AgendaItem"]):
    def on_the_agenda(self) -> AgendaItemQuery:
        """Those that have a place on the agenda, in its order."""
        return self.exclude(position=0).exclude(state="proposed").order_by("position", "id")


class AgendaItem(Stateful):
    """One item on an agenda. Its number is the meeting's and its own: ``2026-004-3``.

    ``position`` counts from 1 on the agenda and is 0 for an item that has no place on it.
    ``heading`` is what everybody reads; ``closed_heading`` is what a closed item is called where
    the public does not read, where its heading says less. ``about`` is the reference of what it is
    about, where it is about a thing on the thread. ``deferred_from`` is the item of an earlier
    meeting it comes from.
    """

    MACHINE = AGENDA_ITEM
    KIND: ClassVar[str] = "item"

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    class Section(models.TextChoices):
        OPENING = "opening", "Opening"
        MINUTES = "minutes", "Minutes of the last meeting"
        ARISING = "arising", "Matters arising"
        BUSINESS = "business", "Business"
        CLOSING = "closing", "Closing"

    class Exemption(models.TextChoices):
        """Why an item may be closed: Schedule 12A to the Local Government Act 1972, Part 1."""

        INDIVIDUAL = "1", "1: information about an individual"
        IDENTITY = "2", "2: likely to reveal who an individual is"
        FINANCIAL = "3", "3: financial or business affairs"
        LABOUR = "4", "4: labour relations"
        LEGAL = "5", "5: legal professional privilege"
        NOTICE = "6", "6: a notice or order that is to be given"
        CRIME = "7", "7: preventing, investigating or prosecuting crime"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField()
    section = models.CharField(max_length=20, choices=Section, default=Section.BUSINESS)
    heading = models.CharField(max_length=200)
    closed_heading = models.CharField(max_length=200, blank=True)
    text = models.TextField(max_length=5000, blank=True)
    presenter = models.CharField(max_length=120, blank=True, help_text="An office, never a name.")
    minutes_planned = models.PositiveSmallIntegerField(default=10)
    strands = models.JSONField(default=list)
    about = models.CharField(max_length=160, blank=True)
    closed = models.BooleanField(default=False)
    exemption = models.CharField(max_length=2, choices=Exemption, blank=True)
    public_interest = models.TextField(max_length=1000, blank=True)
    late_reason = models.CharField(max_length=500, blank=True)
    deferred_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="deferred_to"
    )
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[AgendaItemQuery] = AgendaItemQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["meeting", "position", "id"]
        indexes = [models.Index(fields=["about"], name="item_by_subject")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(AGENDA_ITEM.states)), name="item_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(closed=False)
                | (~models.Q(exemption="") & ~models.Q(public_interest="")),
                name="closed_item_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.heading

    @property
    def href(self) -> str:
        return f"/meetings/items/{self.number}/"


class Attendance(models.Model):
    """One person and one meeting: invited, what they answered, as what they came.

    Somebody who was expected and has no ``Presence`` was absent; where nobody recorded presence at
    all, attendance is not known, which is never shown as nought. ``presents`` is the item that
    somebody who holds no seat was invited for.
    """

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    class Reply(models.TextChoices):
        NONE = "none", "No answer yet"
        COMING = "coming", "Will attend"
        REMOTE = "remote", "Will take part from elsewhere"
        APOLOGIES = "apologies", "Sends apologies"
        SUBSTITUTE = "substitute", "Sends a substitute"

    class Capacity(models.TextChoices):
        SEAT = "seat", "In a seat"
        SUBSTITUTE = "substitute", "As a substitute"
        SECRETARIAT = "secretariat", "Secretariat"
        PRESENTER = "presenter", "Presenting or answering"
        OBSERVER = "observer", "Observing"

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="attendances")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attendances")
    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="attendances"
    )
    capacity = models.CharField(max_length=20, choices=Capacity)
    reply = models.CharField(max_length=20, choices=Reply, default=Reply.NONE)
    presents = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, null=True, related_name="presenters"
    )
    presides_because = models.CharField(
        max_length=300,
        blank=True,
        help_text="Why a deputy presides: the chair is absent or recused.",
    )

    class Meta:
        ordering = ["meeting", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person"], name="attends_once"),
            models.CheckConstraint(
                condition=~models.Q(capacity__in=["seat", "substitute"])
                | models.Q(membership__isnull=False),
                name="a_seat_is_filled_by_a_membership",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.person_id}"


class Presence(models.Model):
    """A stretch of time somebody was in the meeting, in the room or from elsewhere."""

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    attendance = models.ForeignKey(Attendance, on_delete=models.PROTECT, related_name="presences")
    remote = models.BooleanField(default=False)
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    # Made where the button was pressed, so that one that is sent again is taken once.
    arrival_key = models.UUIDField(null=True, unique=True)
    departure_key = models.UUIDField(null=True, unique=True)

    class Meta:
        ordering = ["arrived_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["attendance"],
                condition=models.Q(left_at=None),
                name="present_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(left_at=None) | models.Q(left_at__gte=models.F("arrived_at")),
                name="leaves_after_arriving",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attendance_id} from {self.arrived_at:%H:%M}"

    def holds_at(self, moment: datetime) -> bool:
        """Whether it covers a moment; the moment of leaving is not covered."""
        return self.arrived_at <= moment and (self.left_at is None or moment < self.left_at)


class Recusal(models.Model):
    """Somebody steps aside from an item, and why: they count for no quorum and no vote of it."""

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="recusals")
    attendance = models.ForeignKey(Attendance, on_delete=models.PROTECT, related_name="recusals")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["item", "attendance"], name="steps_aside_once")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.attendance_id}"
