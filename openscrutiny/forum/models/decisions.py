"""What the forum decided, and how it was voted on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Immutable, Stateful, User
from openscrutiny.core.machines import DECISION
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.forum.models.meetings import AgendaItem, Attendance


class DecisionQuery(models.QuerySet["Decision"]):
    def visible_to(self, standing: Standing) -> DecisionQuery:
        """All of them for the forum, and none for anybody else."""
        return self if may(standing, Action.READ_RECOMMENDATION_DRAFT) else self.none()


class Decision(Stateful):
    """One decision of the forum: recorded by the secretariat, in force once the chair certifies it.

    ``about`` is the reference of what it decides on; ``settles`` names the event of that thing's
    state table which it allows, once, so that a decision to agree can never be used to close. It is
    empty where nothing is to follow. ``item`` is the agenda item it was taken under, and ``quorum``
    the count of that moment, frozen: a decision was taken by a meeting that could take it, or is
    not one. Both are empty only for decisions from before the forum kept its meetings here.
    """

    MACHINE = DECISION
    KIND: ClassVar[str] = "decision"

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        RECEIVE = "receive", "Receive"
        AGREE = "agree", "Agree"
        ENDORSE = "endorse", "Endorse"
        REFER_BACK = "refer_back", "Refer back"
        RESOLVE = "resolve", "Resolve"

    kind = models.CharField(max_length=20, choices=Kind)
    about = models.CharField(max_length=160)
    settles = models.CharField(max_length=40, blank=True)
    heading = models.CharField(max_length=200)
    text = models.TextField()
    decided_on = models.DateField()
    item = models.ForeignKey(
        AgendaItem, on_delete=models.PROTECT, null=True, related_name="decisions"
    )
    quorum = models.JSONField(default=dict)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    certified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    certified_at = models.DateTimeField(null=True)

    objects: ClassVar[DecisionQuery] = DecisionQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-recorded_at", "-id"]
        indexes = [models.Index(fields=["about", "settles"], name="decision_by_subject")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(DECISION.states)), name="decision_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(certified_at=None, certified_by=None)
                | models.Q(certified_at__isnull=False, certified_by__isnull=False),
                name="certified_at_and_by_go_together",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.heading

    @property
    def href(self) -> str:
        return f"/decisions/{self.number}/"


class Ballot(models.Model):
    """A vote of the room on one motion. ``named`` says whether each person's vote is made known.

    Votes are counted by ``core.quorum`` from the rows; ``result`` is frozen when it is closed.
    """

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="ballots")
    motion = models.TextField(max_length=2000)
    about = models.CharField(max_length=160, blank=True)
    named = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    class Meta:
        ordering = ["opened_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(closed_at=None), name="one_open_ballot_an_item"
            )
        ]

    def __str__(self) -> str:
        return self.motion


class Vote(Immutable):
    """How one person voted in one ballot, once."""

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    class Stance(models.TextChoices):
        FOR = "for", "For"
        AGAINST = "against", "Against"
        ABSTAIN = "abstain", "Abstain"

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="votes")
    attendance = models.ForeignKey(Attendance, on_delete=models.PROTECT, related_name="votes")
    stance = models.CharField(max_length=10, choices=Stance)
    at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ballot", "attendance"], name="one_vote_each")
        ]

    def __str__(self) -> str:
        return f"{self.attendance_id} {self.stance}"
