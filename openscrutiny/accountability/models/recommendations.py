"""Recommendations and the limbs they are made of."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.accountability.models.questions import Response
from openscrutiny.base.models import Organisation, Stateful, User
from openscrutiny.core.machines import RECOMMENDATION
from openscrutiny.core.permits import Action, Standing, may


class RecommendationQuery(models.QuerySet["Recommendation"]):
    def visible_to(self, standing: Standing) -> RecommendationQuery:
        """Those a person may read: all, those issued, or those issued to the own organisations."""
        if may(standing, Action.READ_RECOMMENDATION_DRAFT):
            return self
        issued = self.exclude(issued_at=None)
        if may(standing, Action.READ_RECOMMENDATION):
            return issued
        asked = [
            code
            for code in standing.organisations
            if may(standing, Action.READ_RECOMMENDATION, concerning=[code])
        ]
        asked_of = Limb.objects.filter(addressees__code__in=asked)
        return issued.filter(pk__in=asked_of.values("recommendation"))


class Recommendation(Stateful):
    """What the forum recommends. Whether it is carried out is held by each of its parts.

    The terms of its response are kept with it when it is issued (``term_length``, ``term_unit``).
    """

    MACHINE = RECOMMENDATION
    KIND: ClassVar[str] = "recommendation"

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    class Outcome(models.TextChoices):
        FIGHT_CRIME = "fight_crime", "Fight crime"
        CONFIDENCE = "confidence", "Raise confidence in policing"
        VALUE = "value", "Better value for money"

    response = models.ForeignKey(
        Response, on_delete=models.PROTECT, null=True, related_name="recommendations"
    )
    heading = models.CharField(max_length=200)
    why = models.TextField()
    outcome = models.CharField(max_length=20, choices=Outcome)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    term_length = models.PositiveSmallIntegerField(null=True)
    term_unit = models.CharField(max_length=20, blank=True)

    objects: ClassVar[models.Manager[Recommendation]] = RecommendationQuery.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(RECOMMENDATION.states)),
                name="recommendation_state_is_known",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.heading

    @property
    def asked(self) -> frozenset[str]:
        """The codes of every organisation that one of its limbs is addressed to."""
        return frozenset(o.code for limb in self.limbs.all() for o in limb.addressees.all())

    @property
    def reading_needs(self) -> tuple[Action, frozenset[str]]:
        """The permission it takes to read it: one that was never issued is hidden from outside."""
        if self.issued_at is None:
            return Action.READ_RECOMMENDATION_DRAFT, frozenset()
        return Action.READ_RECOMMENDATION, self.asked


class Limb(models.Model):
    """One thing to be done, in one sentence, and how the forum will know it was done.

    May be changed only while its recommendation is being drafted.
    """

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    recommendation = models.ForeignKey(
        Recommendation, on_delete=models.PROTECT, related_name="limbs"
    )
    letter = models.CharField(max_length=2)
    text = models.TextField()
    success = models.TextField(help_text="How the forum will know that it was done.")
    addressees = models.ManyToManyField(Organisation, related_name="+")

    class Meta:
        ordering = ["letter"]
        constraints = [
            models.UniqueConstraint(fields=["recommendation", "letter"], name="limb_letters")
        ]

    def __str__(self) -> str:
        return f"{self.recommendation_id}({self.letter})"
