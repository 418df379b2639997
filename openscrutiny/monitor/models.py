"""What was found, kept as it was found; and what people noted beside the figures."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from openscrutiny.base.models import Immutable
from openscrutiny.core import findings as core_findings
from openscrutiny.core.months import Month, Period

_AS_FOUND = (
    "id measure area strand kind value low high expected observed_count expected_count "
    "exposure_count direction p q once_in_years excess percent persistence force_adjusted"
)
# What a row keeps of a finding under the core's own names.
AS_FOUND = tuple(_AS_FOUND.split())


class FindingSetQuery(models.QuerySet["FindingSet"]):
    def of(self, *, place: str, data_version: str, method_version: str) -> FindingSet | None:
        """The set of a data version made by a method, or None if it was never computed."""
        return self.filter(
            place=place, data_version=data_version, method_version=method_version
        ).first()


class FindingSet(Immutable):
    """Everything found in one data version by one method, and how much was looked at."""

    class Governance:
        privacy = "public"
        mutability = "immutable"

    place = models.CharField(max_length=60)
    data_version = models.CharField(max_length=40)
    method_version = models.CharField(max_length=40)
    computed_at = models.DateTimeField()
    computed_by = models.CharField(max_length=60)
    checked = models.PositiveIntegerField()
    expected_by_chance = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    datasets = models.PositiveIntegerField()
    notes = models.TextField(blank=True)

    objects: ClassVar[models.Manager[FindingSet]] = FindingSetQuery.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place", "data_version", "method_version"],
                name="one_finding_set_per_data_and_method",
            )
        ]

    def __str__(self) -> str:
        return f"{self.data_version}, method {self.method_version}"


class FindingQuery(models.QuerySet["Finding"]):
    def matching(
        self, *, measure: str = "", area: str = "", strand: str = "", kind: str = ""
    ) -> FindingQuery:
        """Those that a filter lets through; an empty choice lets everything through."""
        chosen = {"measure": measure, "area": area, "strand": strand, "kind": kind}
        return self.filter(**{name: value for name, value in chosen.items() if value})

    def in_month(self, month: str) -> FindingQuery:
        """Those whose period ends in a month, YYYY-MM."""
        return self.filter(period_to=month)

    def ranked(self) -> FindingQuery:
        """What matters first: newest month, the whole before its parts, how long it has lasted,
        how unlikely by chance, how large. Each is a column of its own; nothing is added up."""
        return self.order_by("-period_to", "-is_whole", "-persistence", "p", "-size", "id")


class Finding(Immutable):
    """One figure that deserves a question, with everything it rests on. Months are YYYY-MM."""

    class Governance:
        privacy = "public"
        mutability = "immutable"

    id = models.CharField(max_length=20, primary_key=True)
    found_in = models.ForeignKey(FindingSet, on_delete=models.PROTECT, related_name="findings")
    measure = models.CharField(max_length=60)
    area = models.CharField(max_length=60)
    strand = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    is_whole = models.BooleanField()
    period_from = models.CharField(max_length=7)
    period_to = models.CharField(max_length=7)
    baseline_from = models.CharField(max_length=7)
    baseline_to = models.CharField(max_length=7)
    value = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    expected = models.FloatField()
    observed_count = models.IntegerField()
    expected_count = models.FloatField()
    exposure_count = models.FloatField()
    direction = models.CharField(max_length=10)
    p = models.FloatField()
    q = models.FloatField()
    once_in_years = models.FloatField(null=True)
    excess = models.FloatField()
    percent = models.FloatField()
    size = models.FloatField(help_text="Percent away from what was expected, without its sign.")
    persistence = models.PositiveSmallIntegerField()
    force_adjusted = models.BooleanField()
    sentence = models.TextField()
    how_likely = models.TextField()
    could_explain = models.JSONField()
    cannot_tell = models.JSONField()

    objects: ClassVar[FindingQuery] = FindingQuery.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = [
            models.Index(fields=["found_in", "period_to"], name="finding_by_set_and_month"),
            models.Index(fields=["found_in", "area", "period_to"], name="finding_by_area"),
            models.Index(fields=["found_in", "strand", "period_to"], name="finding_by_strand"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def period(self) -> Period:
        return Period(Month.parse(self.period_from), Month.parse(self.period_to))

    @property
    def baseline(self) -> Period:
        return Period(Month.parse(self.baseline_from), Month.parse(self.baseline_to))

    @property
    def scope(self) -> str:
        return "whole" if self.is_whole else "area"

    def as_found(self) -> core_findings.Finding:
        """The same finding as the core made it, for wording and lines of enquiry."""
        return core_findings.Finding(
            scope=self.scope,
            period=self.period,
            baseline=self.baseline,
            data_version=self.found_in.data_version,
            method_version=self.found_in.method_version,
            **{name: getattr(self, name) for name in AS_FOUND},
        )


class InForce(models.QuerySet["BesideFigures"]):
    def in_force(self, place: str) -> InForce:
        """Those of a place that were not withdrawn."""
        return self.filter(place=place, withdrawn_at=None)


class BesideFigures(models.Model):
    """What somebody said beside the figures, in a role, until it is withdrawn with a reason.

    ``number`` is permanent. The person stands in the audit trail alone. Nothing but the withdrawal
    is ever changed.
    """

    number = models.CharField(max_length=40, unique=True)
    place = models.CharField(max_length=60)
    said_at = models.DateTimeField()
    said_as = models.CharField(max_length=40)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_as = models.CharField(max_length=40, blank=True)
    withdrawn_reason = models.CharField(max_length=500, blank=True)

    KIND: ClassVar[str]

    class Meta:
        abstract = True
        ordering = ["-said_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_as="", withdrawn_reason="")
                | models.Q(withdrawn_at__isnull=False)
                & ~models.Q(withdrawn_as="")
                & ~models.Q(withdrawn_reason=""),
                name="%(class)s_is_withdrawn_by_somebody_with_a_reason",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def reference(self) -> str:
        return f"{self.KIND}:{self.number}"

    def withdraw(self, *, reason: str, said_as: str, now: datetime) -> bool:
        """Mark it as withdrawn, once; False where somebody has withdrawn it already."""
        left = type(self)._base_manager.filter(pk=self.pk, withdrawn_at=None)
        done = left.update(withdrawn_at=now, withdrawn_as=said_as, withdrawn_reason=reason)
        self.refresh_from_db()
        return bool(done)


class Annotation(BesideFigures):
    """Something that happened and that every reader of a chart should know of.

    Months are YYYY-MM, both included. ``areas`` and ``strands`` are lists of codes; an empty list
    means the whole place, or every strand.
    """

    KIND = "annotation"

    class Governance:
        privacy = "public"
        mutability = "mutable"

    class Kind(models.TextChoices):
        EVENT = "event", "An event"
        RECORDING = "recording", "A change in how offences are recorded"
        REPORTING = "reporting", "An initiative to report more"
        OTHER = "other", "Something else"

    kind = models.CharField(max_length=20, choices=Kind)
    month_from = models.CharField(max_length=7)
    month_to = models.CharField(max_length=7)
    areas = models.JSONField(default=list)
    strands = models.JSONField(default=list)
    text = models.CharField(max_length=500)
    source = models.CharField(max_length=500)

    objects: ClassVar[InForce] = InForce.as_manager()  # type: ignore[assignment]

    class Meta(BesideFigures.Meta):
        constraints = [
            *BesideFigures.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(month_from__lte=models.F("month_to")),
                name="annotation_does_not_end_before_it_begins",
            ),
        ]

    @property
    def period(self) -> Period:
        return Period(Month.parse(self.month_from), Month.parse(self.month_to))


class Rebase(BesideFigures):
    """A month from which a chart of single values takes its limits afresh, confirmed by a person.

    It concerns how one chart is read and nothing else: no finding knows of it. ``month`` (YYYY-MM)
    is the first of the new baseline.
    """

    KIND = "rebase"

    class Governance:
        privacy = "public"
        mutability = "mutable"

    measure = models.CharField(max_length=60)
    area = models.CharField(max_length=60)
    strand = models.CharField(max_length=60)
    month = models.CharField(max_length=7)
    reason = models.CharField(max_length=500)

    objects: ClassVar[InForce] = InForce.as_manager()  # type: ignore[assignment]

    class Meta(BesideFigures.Meta):
        constraints = [
            *BesideFigures.Meta.constraints,
            models.UniqueConstraint(
                fields=["place", "measure", "area", "strand", "month"],
                condition=models.Q(withdrawn_at=None),
                name="one_rebase_in_force_for_a_month_of_a_series",
            ),
        ]

    @property
    def begins(self) -> Month:
        return Month.parse(self.month)
