"""Questions put to an organisation, the pauses of their clock, and the answers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Immutable, Organisation, Stateful, User
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import Action, Standing, may
from openscrutiny.scrutiny.models import Enquiry

OUTCOMES = ["answered", "partly", "not_held", "declined"]


class QuestionQuery(models.QuerySet["Question"]):
    def visible_to(self, standing: Standing) -> QuestionQuery:
        """Those that a person may read: drafts only in the forum, others when they were asked."""
        if may(standing, Action.READ_QUESTION_DRAFT):
            return self
        if may(standing, Action.READ_QUESTION):
            return self.filter(issued_at__isnull=False)
        own = [
            code
            for code in sorted(standing.organisations)
            if may(standing, Action.READ_QUESTION, concerning=[code])
        ]
        if not own:
            return self.none()
        return self.filter(issued_at__isnull=False, addressee__code__in=own)

    def whole(self) -> QuestionQuery:
        """With what a page and a clock need of each, in two queries however many there are."""
        return self.select_related("addressee", "draft").prefetch_related("pauses")

    def clocks(self) -> QuestionQuery:
        """With no more than the clock of each needs, and who may do something about it: to put
        every one of them in order. Two queries."""
        needed = "number state issued_at clock_started_at term_length term_unit created_by"
        return (
            self.select_related("addressee")
            .only(*needed.split(), "addressee__code", "addressee__name")
            .prefetch_related("pauses")
        )


class Question(Stateful):
    """A question that an organisation must answer by a day that can be worked out.

    ``clock_started_at`` is when it was issued, or last followed up. The terms it was issued under
    are kept with it (``term_length``, ``term_unit``), so that later terms change nothing.
    """

    MACHINE = QUESTION
    KIND: ClassVar[str] = "question"

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    enquiry = models.ForeignKey(
        Enquiry, on_delete=models.PROTECT, null=True, related_name="questions"
    )
    addressee = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, related_name="questions"
    )
    heading = models.CharField(max_length=200)
    text = models.TextField()
    why = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    clock_started_at = models.DateTimeField(null=True)
    term_length = models.PositiveSmallIntegerField(null=True)
    term_unit = models.CharField(max_length=20, blank=True)

    objects: ClassVar[QuestionQuery] = QuestionQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=list(QUESTION.states)), name="question_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return self.heading

    @property
    def asked(self) -> frozenset[str]:
        """The code of the organisation that was asked; none before the question was issued."""
        if self.issued_at is None or self.addressee is None:
            return frozenset()
        return frozenset({self.addressee.code})


class Pause(models.Model):
    """A stretch in which the clock stood still because the forum was asked what it meant."""

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="pauses")
    since = models.DateTimeField()
    asked = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField(null=True)
    clarified = models.TextField(blank=True)
    clarified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["question"], condition=models.Q(until=None), name="one_open_pause"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="pause_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"pause of {self.question_id}"


class ResponseDraft(models.Model):
    """The answer an organisation is writing. Nobody outside it reads this."""

    class Governance:
        privacy = "confidential"
        mutability = "mutable"

    question = models.OneToOneField(Question, on_delete=models.PROTECT, related_name="draft")
    text = models.TextField()
    outcome = models.CharField(max_length=20, choices=[(o, o) for o in OUTCOMES])
    exemption = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft for {self.question_id}"


class Response(Immutable):
    """An answer as it was signed and sent.

    ``due`` is the first moment that would have been late, as worked out when it was signed; None
    where that could not be worked out.
    """

    KIND: ClassVar[str] = "response"

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    number = models.CharField(max_length=40, unique=True)
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="responses")
    version = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=20, choices=[(o, o) for o in OUTCOMES])
    text = models.TextField()
    exemption = models.TextField(blank=True)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    due = models.DateTimeField(null=True)

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["question", "version"], name="response_versions"),
            models.CheckConstraint(
                condition=~models.Q(outcome="declined") | ~models.Q(exemption=""),
                name="declining_names_an_exemption",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def reference(self) -> str:
        return f"{self.KIND}:{self.number}"

    @property
    def is_late(self) -> bool:
        return self.due is not None and self.signed_at >= self.due


class Assessment(Immutable):
    """What the forum made of an answer."""

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="assessments")
    satisfied = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"assessment of {self.response_id}"
