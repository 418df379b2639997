"""What the forum means to look at, and what was promised in its meetings."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Coalesce

from openscrutiny.base.models import Organisation, Person, Stateful, User
from openscrutiny.core.machines import ACTION, WORK
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.core.promised import OPEN
from openscrutiny.forum.models.meetings import AgendaItem, Meeting


class WorkQuery(models.QuerySet["WorkItem"]):
    def visible_to(self, standing: Standing) -> WorkQuery:
        """What was taken in, for anybody; of the own bodies also what was proposed or declined."""
        if may(standing, Action.READ_WORK):
            return self
        public = models.Q(state__in=WorkItem.PUBLIC)
        own = [c for c in standing.organisations if may(standing, Action.READ_WORK, concerning=[c])]
        return self.filter(public | models.Q(body__code__in=own))


class WorkItem(Stateful):
    """One subject on the work programme of a body, scored, and scheduled for a meeting or not yet.

    ``origin_reference`` is what it came from on the thread, where it came from something there.
    ``scores`` holds for each question of the scoring a whole number from 1 to 4. What the public
    suggests has no author: ``receipt`` is what its sender looks it up by, and ``as_sent`` keeps its
    words as they came, for the forum and the sender.
    """

    MACHINE = WORK
    KIND: ClassVar[str] = "work"
    PUBLIC: ClassVar[tuple[str, ...]] = ("accepted", "scheduled", "done")

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    class Origin(models.TextChoices):
        FINDING = "finding", "A finding"
        TERMS = "terms", "A duty in the terms of reference"
        MEMBER = "member", "A member"
        PUBLIC = "public", "The public"
        OVERDUE = "overdue", "An overdue recommendation"

    body = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="programme")
    heading = models.CharField(max_length=200)
    why = models.TextField(max_length=3000)
    origin = models.CharField(max_length=20, choices=Origin)
    origin_reference = models.CharField(max_length=160, blank=True)
    strands = models.JSONField(default=list)
    areas = models.JSONField(default=list)
    scores = models.JSONField(default=dict)
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, null=True, related_name="programme"
    )
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    receipt = models.CharField(max_length=20, unique=True, null=True)
    as_sent = models.TextField(blank=True)

    objects: ClassVar[WorkQuery] = WorkQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(origin="public") | models.Q(proposed_by__isnull=False),
                name="only_the_public_is_unnamed",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=list(WORK.states)), name="work_state_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="scheduled") | models.Q(meeting__isnull=False),
                name="scheduled_work_has_a_meeting",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.heading

    @property
    def href(self) -> str:
        return f"/programme/{self.number}/"

    @property
    def concerning(self) -> tuple[str, ...]:
        """The body whose roles decide who may do what with it."""
        return (self.body.code,)


class ActionQuery(models.QuerySet["ActionPoint"]):
    def visible_to(self, standing: Standing) -> ActionQuery:
        """Those of the own bodies and organisations; of approved minutes, for anybody."""
        codes = standing.organisations
        own = [c for c in codes if may(standing, Action.READ_MEETING, concerning=[c])]
        asked = [c for c in codes if may(standing, Action.REPORT_ACTION, concerning=[c])]
        public = models.Q(item__meeting__state="approved", item__closed=False)
        return self.filter(
            public | models.Q(item__meeting__body__code__in=own) | models.Q(owner__code__in=asked)
        )

    def open_of(self, body: Organisation) -> ActionQuery:
        """What of a body is not yet confirmed or cancelled, what is due first coming first."""
        ended = models.Q(state__in=ACTION.final)
        return self.by_day().filter(~ended, item__meeting__body=body).order_by("day", "pk")

    def by_day(self) -> ActionQuery:
        """With ``day``, the day it is due now."""
        return self.annotate(day=Coalesce("carried_to", "due_on"))

    def late_on(self, day: object) -> ActionQuery:
        """What is still to be done, and was due before a day."""
        return self.by_day().filter(state__in=OPEN, day__lt=day)


class ActionPoint(Stateful):
    """An action or an oral undertaking: what was promised in the room, by whom, until when.

    ``due_on`` is the date first promised and never changes; ``carried_to`` is the date it was last
    carried forward to, ``times_carried`` how often.
    """

    MACHINE = ACTION
    KIND: ClassVar[str] = "action"

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    class Sort(models.TextChoices):
        ACTION = "action", "Action"
        UNDERTAKING = "undertaking", "Oral undertaking"

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="actions")
    sort = models.CharField(max_length=20, choices=Sort)
    text = models.TextField(max_length=2000)
    key = models.UUIDField(unique=True)
    owner = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="actions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="actions")
    due_on = models.DateField()
    carried_to = models.DateField(null=True)
    times_carried = models.PositiveSmallIntegerField(default=0)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects: ClassVar[ActionQuery] = ActionQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(ACTION.states)), name="action_state_is_known"
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.text if len(self.text) <= 120 else f"{self.text[:119]}…"

    @property
    def href(self) -> str:
        return f"/actions/{self.number}/"

    @property
    def concerning(self) -> tuple[str, ...]:
        """The organisation that promised, and the body it promised to."""
        return (self.owner.code, *self.item.meeting.concerning)
