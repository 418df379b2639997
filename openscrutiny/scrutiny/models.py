"""What becomes of findings: how each was triaged, and the lines of enquiry drafted from them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Immutable, Stateful, User
from openscrutiny.core.machines import ENQUIRY
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.monitor.models import Finding


class TriageQuery(models.QuerySet["Triage"]):
    def that_count(self) -> TriageQuery:
        """The latest one of each finding."""
        later = Triage.objects.filter(
            finding=models.OuterRef("finding"), id__gt=models.OuterRef("id")
        )
        return self.filter(~models.Exists(later))

    def visible_to(self, standing: Standing) -> TriageQuery:
        """All of them for those who read lines of enquiry, and none for anybody else."""
        return self if may(standing, Action.READ_ENQUIRY) else self.none()


class EnquiryQuery(models.QuerySet["Enquiry"]):
    def visible_to(self, standing: Standing) -> EnquiryQuery:
        """All of them for those who read lines of enquiry, and none for anybody else."""
        return self if may(standing, Action.READ_ENQUIRY) else self.none()

    def open(self) -> EnquiryQuery:
        """Those that were not withdrawn. A finding has one at most."""
        return self.exclude(state="withdrawn")


class Triage(Immutable):
    """What somebody decided to do about a finding, and why. The latest one counts."""

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    class Choice(models.TextChoices):
        QUESTION = "question", "Ask about it"
        WATCH = "watch", "Watch it"
        DISMISS = "dismiss", "Dismiss it"

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="triages")
    choice = models.CharField(max_length=20, choices=Choice)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects: ClassVar[TriageQuery] = TriageQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(choice__in=["question", "watch", "dismiss"]),
                name="triage_choice_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(choice="question") | ~models.Q(reason=""),
                name="watching_and_dismissing_have_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finding_id}: {self.choice}"


class Enquiry(Stateful):
    """A line of enquiry: what the forum wants to know about a finding, and why."""

    MACHINE = ENQUIRY
    KIND: ClassVar[str] = "enquiry"

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="enquiries")
    definition = models.CharField(max_length=80)
    heading = models.CharField(max_length=200)
    why = models.TextField()
    could_explain = models.JSONField(default=list)
    ask = models.JSONField(default=list)
    evidence = models.JSONField(default=list)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects: ClassVar[EnquiryQuery] = EnquiryQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(ENQUIRY.states)), name="enquiry_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["finding"],
                condition=~models.Q(state="withdrawn"),
                name="one_open_enquiry_for_a_finding",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.heading

    @property
    def href(self) -> str:
        return f"/enquiries/{self.number}/"
