"""Bodies, seats, who sits in them, meetings and votes as Popolo, as far as anybody may know them.

A person is named only who agreed to be (``Person.named_publicly``). Anybody else is the holder of a
seat, with an identifier of that membership alone: two seats of one person cannot be brought
together. What people need, how to reach them and who is ill is never part of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from openscrutiny.base.layout import area_set
from openscrutiny.base.models import Organisation
from openscrutiny.core.bodies import Seat
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.forum import terms
from openscrutiny.forum.models import Attendance, Ballot, Meeting, Membership

Thing = dict[str, Any]
_OPTIONS = {"for": "yes", "against": "no", "abstain": "abstain"}
_SEATED = ("seat", "substitute")
_UNKNOWN = "unknown"


def document(*, now: datetime) -> dict[str, list[Thing]]:
    """The whole document, by the plural names of Popolo's classes. A fixed number of queries.

    Every reference in it leads to something in it. Attendance and votes are those of meetings whose
    minutes are approved; votes by person only where the room voted by name.
    """
    return _Document.on(timezone.localtime(now).date()).whole()


@dataclass
class _Document:
    """What is read once and named by every part."""

    today: date
    terms: TermsOfReference
    memberships: list[Membership]
    areas: set[str] = field(default_factory=set)

    @classmethod
    def on(cls, today: date) -> _Document:
        sat = Membership.objects.filter(since__lte=today).select_related(
            "body", "person", "on_behalf_of", "substitute_for"
        )
        return cls(today, terms.in_force(today), list(sat))

    def whole(self) -> dict[str, list[Thing]]:
        posts = list(self._posts())
        meetings = list(
            Meeting.objects.filter(agenda_published_at__isnull=False)
            .select_related("body")
            .order_by("starts_at", "pk")
        )
        ballots = list(
            Ballot.objects.filter(
                item__meeting__in=[m.pk for m in meetings if m.state == "approved"],
                item__closed=False,
                closed_at__isnull=False,
            )
            .select_related("item__meeting__body")
            .prefetch_related("votes__attendance")
        )
        return {
            "persons": list(self._persons()),
            "organizations": list(self._organizations()),
            "posts": posts,
            "memberships": [self._membership(m) for m in self.memberships],
            "areas": list(self._areas()),
            "events": list(self._events(meetings)),
            "motions": [_motion(b) for b in ballots],
            "vote_events": [self._vote_event(b) for b in ballots],
        }

    def _persons(self) -> Iterable[Thing]:
        seen = set()
        for m in self.memberships:
            if (known := _person_id(m)) not in seen:
                seen.add(known)
                yield {"id": known, "name": self._name(m)}

    def _name(self, m: Membership) -> str:
        if m.person.named_publicly:
            return m.person.name
        return f"Holder of the seat “{self._title(m)}”"

    def _organizations(self) -> Iterable[Thing]:
        parents = {b.code: b.parent for b in self.terms.bodies if b.parent}
        rows = list(Organisation.objects.all())
        codes = {row.code for row in rows}
        for row in rows:
            parent = parents.get(row.code)
            yield {
                "id": _organization(row.code),
                "name": row.name,
                "classification": row.kind,
                "parent_id": _organization(parent) if parent in codes else None,
            }
        named = {self._agency(m) for m in self.memberships if m.on_behalf_of is None}
        for code in sorted({a.code for a in self.terms.agencies} | named):
            yield {
                "id": f"agency:{code}",
                "name": self.terms.agency(code) if code != _UNKNOWN else "Agency not recorded",
                "classification": "agency",
            }

    def _posts(self) -> Iterable[Thing]:
        known = set(Organisation.objects.values_list("code", flat=True))
        there = set()
        for body in self.terms.bodies:
            for seat in body.seats if body.code in known else ():
                there.add((body.code, seat.code))
                yield self._post(body.code, seat.code, seat)
        # A seat that the terms of today do not have any more was held all the same.
        for m in self.memberships:
            if (m.body.code, m.seat) not in there:
                there.add((m.body.code, m.seat))
                yield self._post(m.body.code, m.seat, None)

    def _post(self, body: str, code: str, seat: Seat | None) -> Thing:
        areas = seat.areas if seat else ()
        self.areas |= set(areas)
        return {
            "id": _post(body, code),
            "label": seat.title if seat else code,
            "role": self.terms.agency(seat.agency) if seat else None,
            "organization_id": _organization(body),
            # Popolo has one area for a post. A seat for several is for the whole place there.
            "area_id": f"area:{areas[0]}" if len(areas) == 1 else None,
        }

    def _areas(self) -> Iterable[Thing]:
        known = area_set()
        for code in sorted(self.areas):
            yield {
                "id": f"area:{code}",
                "name": known.name(code) if known else code,
                "identifier": code,
                "classification": known.kind if known else None,
            }

    def _membership(self, m: Membership) -> Thing:
        substitute = m.substitute_for is not None
        return {
            "id": f"membership:{m.pk}",
            "person_id": _person_id(m),
            "organization_id": _organization(m.body.code),
            "post_id": _post(m.body.code, m.seat),
            "role": f"{'Substitute: ' if substitute else ''}{self._title(m)}",
            "start_date": m.since.isoformat(),
            "end_date": m.until.isoformat() if m.until else None,
            "on_behalf_of_id": (
                _organization(m.on_behalf_of.code)
                if m.on_behalf_of
                else f"agency:{self._agency(m)}"
            ),
        }

    def _seat(self, m: Membership) -> Seat | None:
        body = self.terms.body(m.body.code)
        return body.seat(m.seat) if body else None

    def _title(self, m: Membership) -> str:
        seat = self._seat(m)
        return seat.title if seat else m.seat

    def _agency(self, m: Membership) -> str:
        seat = self._seat(m)
        return seat.agency if seat else _UNKNOWN

    def _events(self, meetings: list[Meeting]) -> Iterable[Thing]:
        approved = [m.pk for m in meetings if m.state == "approved"]
        came: dict[int, dict[str, Thing]] = {}
        rows = Attendance.objects.filter(
            meeting__in=approved, capacity__in=_SEATED, presences__isnull=False
        ).select_related("membership__person", "membership__body")
        for row in rows.order_by("pk").distinct():
            if row.membership is not None and row.membership.since <= self.today:
                known = _person_id(row.membership)
                person = {"id": known, "name": self._name(row.membership)}
                came.setdefault(row.meeting_id, {})[known] = person
        for m in meetings:
            yield {
                "id": _event(m),
                "name": m.heading,
                "classification": "meeting",
                "organization_id": _organization(m.body.code),
                "start_date": _moment(m.starts_at),
                "end_date": _moment(m.ends_at),
                "location": m.venue,
                "status": m.state_in_words,
                "attendees": list(came.get(m.pk, {}).values()),
            }

    def _vote_event(self, ballot: Ballot) -> Thing:
        votes = list(ballot.votes.all())
        counts = dict.fromkeys(_OPTIONS.values(), 0)
        for vote in votes:
            counts[_OPTIONS[vote.stance]] += 1
        members = {m.pk: m for m in self.memberships}
        sat = [(v, members.get(v.attendance.membership_id or 0)) for v in votes]
        return {
            "id": f"vote_event:{ballot.pk}",
            "organization_id": _organization(ballot.item.meeting.body.code),
            "legislative_session_id": _event(ballot.item.meeting),
            "motion_id": f"motion:{ballot.pk}",
            "start_date": _moment(ballot.opened_at),
            "end_date": _moment(ballot.closed_at) if ballot.closed_at else None,
            "result": _result(ballot),
            "counts": [{"option": option, "value": n} for option, n in counts.items()],
            "votes": [
                {
                    "id": f"vote:{vote.pk}",
                    "vote_event_id": f"vote_event:{ballot.pk}",
                    "voter_id": _person_id(member),
                    "option": _OPTIONS[vote.stance],
                }
                for vote, member in sat
                if ballot.named and member is not None
            ],
        }


def _motion(ballot: Ballot) -> Thing:
    return {
        "id": f"motion:{ballot.pk}",
        "organization_id": _organization(ballot.item.meeting.body.code),
        "legislative_session_id": _event(ballot.item.meeting),
        "text": ballot.motion,
        "identifier": ballot.item.number,
        "date": _moment(ballot.opened_at),
        "result": _result(ballot),
    }


def _result(ballot: Ballot) -> str | None:
    """``pass`` or ``fail`` as frozen when the vote was closed; None where that is not said."""
    return {True: "pass", False: "fail"}.get(ballot.result.get("carried"))


def _person_id(m: Membership) -> str:
    return f"person:{m.person_id}" if m.person.named_publicly else f"holder:{m.pk}"


def _organization(code: str | None) -> str:
    return f"organization:{code}"


def _post(body: str, seat: str) -> str:
    return f"post:{body}/{seat}"


def _event(meeting: Meeting) -> str:
    return f"event:{meeting.number}"


def _moment(at: datetime) -> str:
    """A moment in the place's zone, to the second, with its distance from UTC."""
    return timezone.localtime(at).replace(microsecond=0).isoformat()
