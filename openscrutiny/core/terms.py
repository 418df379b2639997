"""A forum's terms of reference: its strands, the bodies it deals with, and how long each has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from openscrutiny.core.bodies import Agency, Allowed, BodyTerms, LadderStep, ladder
from openscrutiny.core.reading import day, keys


class OrganisationKind(StrEnum):
    """What part a body has in the thread."""

    FORUM = "forum"
    POLICE = "police"
    PARTNER = "partner"
    VERIFIER = "verifier"
    COMMITTEE = "committee"
    SUBGROUP = "subgroup"


ANSWERING = (OrganisationKind.POLICE, OrganisationKind.PARTNER)
MEETING = (OrganisationKind.FORUM, OrganisationKind.SUBGROUP, OrganisationKind.COMMITTEE)
_OPTIONAL = {"closed_days", "agencies", "bodies", "ladder"}


@dataclass(frozen=True)
class Organisation:
    """A body, never a person: its code, its name, and its part."""

    code: str
    name: str
    kind: OrganisationKind


@dataclass(frozen=True)
class Deadlines:
    """How long each thing may take."""

    question_acknowledgement: Allowed
    question_answer: Allowed
    recommendation_response: Allowed
    progress_update: Allowed


@dataclass(frozen=True)
class TermsOfReference:
    """What a forum may do, for whom and how fast, in one version.

    ``areas`` names the area set. ``holidays`` names the list of bank holidays and ``closed_days``
    are days added to it, each with its name. ``respondent`` is the code of the organisation that is
    addressed where nothing else is said. ``due_soon_days`` are working days.
    """

    id: str
    version: int
    valid_from: date
    areas: str
    forum: str
    parent_committee: str
    time_zone: str
    holidays: str
    closed_days: tuple[tuple[date, str], ...]
    strands: tuple[str, ...]
    organisations: tuple[Organisation, ...]
    respondent: str
    deadlines: Deadlines
    due_soon_days: int
    agencies: tuple[Agency, ...] = ()
    bodies: tuple[BodyTerms, ...] = ()
    ladder: tuple[LadderStep, ...] = ()

    @classmethod
    def parse(cls, id: str, data: Mapping[str, Any]) -> TermsOfReference:
        """Read terms of reference; ValueError names a key that is missing, unknown or wrong."""
        keys(id, data, known={f.name for f in fields(cls)} - {"id"}, optional=_OPTIONAL)
        terms = cls(
            id=id,
            version=int(data["version"]),
            valid_from=day(id, data["valid_from"]),
            areas=data["areas"],
            forum=data["forum"],
            parent_committee=data["parent_committee"],
            time_zone=data["time_zone"],
            holidays=data["holidays"],
            closed_days=tuple(
                (day(id, d["date"]), str(d["name"])) for d in data.get("closed_days") or ()
            ),
            strands=tuple(data["strands"]),
            organisations=tuple(
                Organisation(o["code"], o["name"], OrganisationKind(o["kind"]))
                for o in data["organisations"]
            ),
            respondent=data["respondent"],
            deadlines=_deadlines(id, data["deadlines"]),
            due_soon_days=int(data["due_soon_days"]),
            agencies=tuple(Agency(a["code"], a["name"]) for a in data.get("agencies") or ()),
            bodies=_bodies(id, data),
            ladder=ladder(id, data.get("ladder") or ()),
        )
        terms._refuse_what_cannot_be()
        return terms

    def organisation(self, code: str) -> Organisation:
        """The body with this code; KeyError with the codes there are for any other."""
        for organisation in self.organisations:
            if organisation.code == code:
                return organisation
        known = ", ".join(o.code for o in self.organisations)
        raise KeyError(f"“{code}” is not an organisation of {self.forum}. There are: {known}.")

    def body(self, code: str) -> BodyTerms | None:
        """The terms of one body, None where these say nothing of it."""
        return next((b for b in self.bodies if b.code == code), None)

    def agency(self, code: str) -> str:
        """The name of a kind of agency; its code where these terms do not know it any more."""
        return next((a.name for a in self.agencies if a.code == code), code)

    def of_kind(self, kind: OrganisationKind) -> tuple[Organisation, ...]:
        """The bodies of one kind, in the order of the definition."""
        return tuple(o for o in self.organisations if o.kind is kind)

    def _refuse_what_cannot_be(self) -> None:
        codes = [o.code for o in self.organisations]
        if len(set(codes)) != len(codes):
            raise ValueError(f"{self.id}: an organisation's code stands twice.")
        for kind in (OrganisationKind.FORUM, OrganisationKind.COMMITTEE):
            if len(self.of_kind(kind)) != 1:
                raise ValueError(f"{self.id}: there must be exactly one {kind} among the bodies.")
        if self.respondent not in codes:
            raise ValueError(f"{self.id}: the respondent “{self.respondent}” is no organisation.")
        if self.organisation(self.respondent).kind not in ANSWERING:
            raise ValueError(
                f"{self.id}: “{self.respondent}” cannot be the respondent. Only the police or a "
                "partner answers; a forum or a verifier would be judging its own work."
            )
        self._refuse_bodies(codes)
        if not self.of_kind(OrganisationKind.VERIFIER):
            raise ValueError(f"{self.id}: a body that verifies is missing.")
        if len(set(self.strands)) != len(self.strands) or not self.strands:
            raise ValueError(f"{self.id}: name each strand in the remit once.")
        if self.due_soon_days < 0:
            raise ValueError(f"{self.id}: due_soon_days cannot be less than 0.")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{self.id}: “{self.time_zone}” is not a time zone.") from error

    def _refuse_bodies(self, codes: list[str]) -> None:
        for body in self.bodies:
            if unknown := {body.code, body.parent} - {*codes, ""}:
                raise ValueError(f"{self.id}: the bodies {sorted(unknown)} are no organisations.")
            if self.organisation(body.code).kind not in MEETING:
                raise ValueError(f"{self.id}: “{body.code}” is no body that meets.")
        if len({b.code for b in self.bodies}) != len(self.bodies):
            raise ValueError(f"{self.id}: name each body that meets once.")


def _deadlines(id: str, data: Mapping[str, Any]) -> Deadlines:
    keys(f"{id}, deadlines", data, known={f.name for f in fields(Deadlines)}, optional=set())
    return Deadlines(**{name: Allowed.parse(d) for name, d in data.items()})


def _bodies(id: str, data: Mapping[str, Any]) -> tuple[BodyTerms, ...]:
    agencies = frozenset(str(a["code"]) for a in data.get("agencies") or ())
    strands = frozenset(data["strands"])
    return tuple(
        BodyTerms.parse(id, body, agencies=agencies, strands=strands)
        for body in data.get("bodies") or ()
    )
