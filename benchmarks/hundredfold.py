"""The demonstration's record a hundred times over, as plain rows: what twenty-five years pile up.

Every copy has numbers of its own, and references, links and the audit trail say the same of it as
they say of the first. Its days lie up to six weeks from the first's, it stands in one state or
another, and every third copy is asked of another organisation. Every second copy is of other
people; the rest adds to what those have who sign in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import models, transaction

TIMES = 100
_APART = 10_000_000  # between the primary keys of one copy and the next
_NUMBER = re.compile(
    r"((?:^|\b(?:enquiry|question|response|work|meeting|item|paper|decision|action|recommendation"
    r"|part|verification|publication):)\d{4})-(\d{3})\b"
)
_FINDING = re.compile(r"(finding:)(\w+)")
_MEMBERSHIP = re.compile(r"(membership:)(\d+)")
# What is copied, in an order in which everything comes after what it points to. Accounts,
# organisations and sets of findings are shared.
_COPIED = """
    base.User base.RoleHeld base.Person base.SignIn base.AuditEvent base.Notice base.Message
    base.Link monitor.Annotation forum.Membership forum.Meeting forum.AgendaItem forum.Interest
    forum.Attendance forum.Presence forum.Decision forum.RoomNote forum.MinutesVersion
    forum.Paper forum.PaperVersion forum.WorkItem forum.ActionPoint monitor.Finding
    scrutiny.Triage scrutiny.Enquiry accountability.Question accountability.Response
    accountability.Assessment accountability.Recommendation accountability.Limb
    accountability.Part accountability.PartResponse accountability.Plan
    accountability.ProgressUpdate accountability.EvidenceItem accountability.Verification
    public.Publication
"""
_PEOPLE = {"base.User", "base.Person", "base.RoleHeld", "base.SignIn", "forum.Membership"}
_STATES = {
    "accountability.Question": "draft submitted issued acknowledged issued clarifying answered "
    "satisfied satisfied closed",
    "accountability.Part": "issued accepted planned in_progress reported_complete verifying "
    "verified not_accepted closed_implemented closed_implemented",
    "accountability.Recommendation": "issued issued issued drafting issued agreed issued",
    "forum.ActionPoint": "open in_progress claimed_done confirmed confirmed cancelled",
    "forum.Decision": "certified certified recorded certified not_certified",
    "forum.WorkItem": "proposed accepted scheduled done declined",
    "scrutiny.Enquiry": "drafted approved asked asked withdrawn",
    "public.Publication": "published published published withdrawn prepared",
}
_ASKED = {"addressee", "owner", "organisation"}
_NAMED = {"reference", "about", "subject", "from_ref", "to_ref", "origin_reference", "number"}


def multiply(*, now: datetime) -> int:
    """Write the copies. Returns how many rows were written."""
    asked = _asked_findings()
    organisations = _those_who_answer()
    written = 0
    with transaction.atomic():
        for label in _COPIED.split():
            model = apps.get_model(label)
            first = [
                r
                for r in model._base_manager.order_by("pk").values()
                if label != "monitor.Finding" or r["id"] in asked
            ]
            rows = [
                model(**Copy(k, asked, organisations, now).of(model, row))
                for k in range(1, TIMES)
                for row in first
            ]
            # A link between things that are shared stays one.
            shared = label == "base.Link"
            model._base_manager.bulk_create(rows, batch_size=500, ignore_conflicts=shared)
            written += len(rows)
        written += _archive(now)
    _addressees(organisations)
    return written


@dataclass(frozen=True)
class Copy:
    """The copy of a number, and how the fields of a row read in it."""

    k: int
    findings: frozenset[str]
    organisations: Sequence[int]
    now: datetime

    def of(self, model: type[models.Model], row: Mapping[str, Any]) -> dict[str, Any]:
        """One row as this copy has it."""
        found = {
            f.attname: self._field(model, f, row[f.attname]) for f in model._meta.concrete_fields
        }
        if states := _STATES.get(model._meta.label, "").split():
            number = sum(map(ord, str(row["number"])))
            self._stand(model, found, states[(self.k + number) % len(states)])
        if model._meta.label in _PEOPLE:
            self._leave(model, found)
        if model._meta.label == "forum.Meeting" and found["state"] == "planned":
            for name in ("starts_at", "ends_at"):
                found[name] = row[name] + timedelta(days=self.k)
        return found

    def _field(self, model: type[models.Model], field: Any, value: Any) -> Any:
        if value is None:
            return None
        if field.primary_key:
            return self._finding(value) if isinstance(value, str) else value + self.k * _APART
        if field.is_relation:
            return self._relation(model, field, value)
        if field.name == "sequence" and model._meta.label != "forum.Meeting":
            return value + self.k * _APART
        if field.get_internal_type() == "UUIDField":
            return uuid4()
        return self._said(field, value)

    def _said(self, field: Any, value: Any) -> Any:
        found = value
        if isinstance(value, datetime | date):
            found = value - timedelta(days=self.k * 7 % 41)
        elif field.name == "covers":
            found = json.loads(self._numbers(json.dumps(value)))
        elif field.name in _NAMED and isinstance(value, str):
            found = self._numbers(value)
        elif value and (field.unique or field.name == "email"):
            found = f"{self.k}.{value}"
        return found

    def _relation(self, model: type[models.Model], field: Any, value: Any) -> Any:
        label = field.related_model._meta.label
        if label == "base.User":
            return value + self.k * _APART if model._meta.label in _PEOPLE else value
        if label in ("base.Person", "forum.Membership"):
            others = model._meta.label in _PEOPLE or self.k % 2
            return value + self.k * _APART if others else value
        if label == "base.Organisation":
            return self._organisation(value) if field.name in _ASKED else value
        if label not in _COPIED.split():
            return value
        return self._finding(value) if isinstance(value, str) else value + self.k * _APART

    def _organisation(self, value: int) -> int:
        if self.k % 3 or value not in self.organisations:
            return value
        place = self.organisations.index(value) + self.k // 3
        return self.organisations[place % len(self.organisations)]

    def _finding(self, number: str) -> str:
        return f"{number[:-3]}{self.k:03d}" if number in self.findings else number

    def _numbers(self, text: str) -> str:
        text = _NUMBER.sub(rf"\g<1>-{self.k:02d}\g<2>", text)
        text = _MEMBERSHIP.sub(lambda m: f"{m[1]}{int(m[2]) + self.k * _APART}", text)
        return _FINDING.sub(lambda m: m[1] + self._finding(m[2]), text)

    def _stand(self, model: type[models.Model], row: dict[str, Any], state: str) -> None:
        """Put a row into a state, and what goes with it."""
        row["state"] = state
        if state in ("draft", "submitted", "drafting", "agreed"):
            row["issued_at"] = None
        if model._meta.label == "public.Publication" and state == "prepared":
            row.update(published_at=None, published_by_id=None)
        if model._meta.label == "public.Publication" and state == "withdrawn":
            row.update(withdrawn_at=self.now, withdrawn_by_id=row["published_by_id"])
            row.update(withdrawal_code="wrong", withdrawal_reason="It was wrong.")
        if state == "not_certified":
            row.update(certified_at=None, certified_by_id=None)
        if state == "recorded":
            row.update(certified_at=None, certified_by_id=None)

    def _leave(self, model: type[models.Model], row: dict[str, Any]) -> None:
        """Those who came before: what they held is over."""
        if "until" not in row:
            return
        ended = self.now.date() - timedelta(days=90 * self.k)
        row["until"], row["since"] = ended, ended - timedelta(days=3 * 365)


def _asked_findings() -> frozenset[str]:
    kinds = [apps.get_model(label) for label in ("scrutiny.Triage", "scrutiny.Enquiry")]
    return frozenset(f for k in kinds for f in k._base_manager.values_list("finding_id", flat=True))


def _those_who_answer() -> list[int]:
    rows = apps.get_model("base.Organisation")._base_manager.filter(kind__in=["police", "partner"])
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _addressees(organisations: Sequence[int]) -> None:
    """Whom the copied limbs are addressed to: those their parts were asked of."""
    part, limb = apps.get_model("accountability.Part"), apps.get_model("accountability.Limb")
    through = limb.addressees.through
    asked = part._base_manager.filter(limb__gt=_APART).values_list("limb_id", "organisation_id")
    rows = [through(limb_id=one, organisation_id=organisation) for one, organisation in asked]
    through._base_manager.bulk_create(rows, batch_size=500)


def _archive(now: datetime) -> int:
    """Twenty meetings of an older record, a hundred times: twelve a year for 167 years."""
    model = apps.get_model("forum.ArchivedMeeting")
    days = [date(now.year, 1, 15) - timedelta(days=31 * n) for n in range(20 * TIMES)]
    rows = [
        model(
            source="0" * 64,
            place=place,
            held=day.isoformat(),
            sorted_by=day,
            body="The forum",
            kind="Meeting",
            items=["Minutes of the last meeting", "Figures of the quarter"],
            brought_in_at=now,
        )
        for place, day in enumerate(days, 1)
    ]
    model._base_manager.bulk_create(rows, batch_size=500)
    return len(rows)
