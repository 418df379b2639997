"""What the forum decided. Meetings, seats and minutes attach here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Stateful, User
from openscrutiny.core.machines import DECISION
from openscrutiny.core.permits import Action, Standing, may


class DecisionQuery(models.QuerySet["Decision"]):
    def visible_to(self, standing: Standing) -> DecisionQuery:
        """All of them for the forum, and none for anybody else."""
        return self if may(standing, Action.READ_RECOMMENDATION_DRAFT) else self.none()


class Decision(Stateful):
    """One decision of the forum: recorded by the secretariat, in force once the chair certifies it.

    ``about`` is the reference of what it decides on; ``settles`` names the event of that thing's
    state table which it allows, once, so that a decision to agree can never be used to close. It is
    empty where nothing is to follow.
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
