"""Each limb as asked of one organisation: its answer, plan, progress, evidence, verification."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from openscrutiny.accountability.models.recommendations import Limb
from openscrutiny.base.models import Immutable, Organisation, Stateful, User
from openscrutiny.core.machines import PART

ANSWERS = ["accepted", "part_accepted", "not_accepted"]


class Part(Stateful):
    """One limb of a recommendation as asked of one organisation. Made when it is issued."""

    MACHINE = PART
    KIND: ClassVar[str] = "part"

    class Governance:
        privacy = "internal"
        mutability = "mutable"

    limb = models.ForeignKey(Limb, on_delete=models.PROTECT, related_name="parts")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="parts")
    clock_started_at = models.DateTimeField()

    class Meta:
        ordering = ["limb__letter", "organisation__name"]
        constraints = [
            models.UniqueConstraint(fields=["limb", "organisation"], name="one_part_each"),
            models.CheckConstraint(
                condition=models.Q(state__in=list(PART.states)), name="part_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return f"Part {self.limb.letter} of “{self.limb.recommendation.heading}”"


class PartDraft(models.Model):
    """The response to a part that an organisation is writing. Nobody outside it reads this."""

    class Governance:
        privacy = "confidential"
        mutability = "mutable"

    part = models.OneToOneField(Part, on_delete=models.PROTECT, related_name="draft")
    answer = models.CharField(max_length=20, choices=[(a, a) for a in ANSWERS])
    text = models.TextField()
    revision = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft for {self.part_id}"


class PartResponse(Immutable):
    """An organisation's response to one part, as signed and sent. From ``due`` on it was late."""

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="responses")
    version = models.PositiveSmallIntegerField()
    answer = models.CharField(max_length=20, choices=[(a, a) for a in ANSWERS])
    text = models.TextField()
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    due = models.DateTimeField(null=True)

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["part", "version"], name="part_response_versions")
        ]

    def __str__(self) -> str:
        return f"response {self.version} to {self.part_id}"

    @property
    def is_late(self) -> bool:
        # ``due`` is the midnight that ends the last day: the first moment that is late.
        return self.due is not None and self.signed_at >= self.due


class Plan(Immutable):
    """What an organisation will do about a part, and by when. No plan hides an earlier one."""

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="plans")
    steps = models.TextField()
    complete_by = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"plan for {self.part_id} by {self.complete_by}"


class ProgressUpdate(Immutable):
    """News of a part from the organisation that was asked."""

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="updates")
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"update on {self.part_id}"


class EvidenceItem(Immutable):
    """Something that shows whether a part was carried out, and where it may be seen."""

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    class Method(models.TextChoices):
        DOCUMENTS = "documents", "Documents"
        DIP_SAMPLE = "dip_sample", "Dip sample of cases"
        DATA = "data", "Data"
        VISIT = "visit", "Visit"
        TESTIMONY = "testimony", "Testimony of partners"

    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="evidence")
    method = models.CharField(max_length=20, choices=Method)
    heading = models.CharField(max_length=200)
    shows = models.TextField()
    where = models.CharField(max_length=400)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.heading


class Verification(Immutable):
    """What an independent verifier found, by which method, from which evidence."""

    KIND: ClassVar[str] = "verification"

    class Governance:
        privacy = "internal"
        mutability = "immutable"

    class Found(models.TextChoices):
        IMPLEMENTED = "implemented", "Carried out as recommended"
        ALTERNATIVE = "alternative", "Met in another way"
        NOT_IMPLEMENTED = "not_implemented", "Not carried out"

    number = models.CharField(max_length=40, unique=True)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="verifications")
    method = models.CharField(max_length=20, choices=EvidenceItem.Method)
    found = models.CharField(max_length=20, choices=Found)
    statement = models.TextField()
    evidence = models.ManyToManyField(EvidenceItem, related_name="verifications")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.number

    @property
    def reference(self) -> str:
        return f"{self.KIND}:{self.number}"
