"""What was found, kept as it was found: sets of findings and the findings in them."""

from __future__ import annotations

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
