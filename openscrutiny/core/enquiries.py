"""Lines of enquiry: what the forum asks when a figure is out of the ordinary, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from itertools import combinations
from string import Formatter
from typing import Any

from openscrutiny.core.reading import day, keys

ANY = "any"
KINDS = ("between", "over_time")
DIRECTIONS = ("higher", "lower", ANY)
SCOPES = ("area", "whole", ANY)

# What may stand in braces, filled by ``wording.named_parts``.
PLACEHOLDERS = frozenset(
    {
        "area",
        "areas",
        "baseline",
        "count",
        "crimes",
        "period",
        "place",
        "police",
        "strand",
        "usual",
        "value",
    }
)
_FEWEST, _MOST = 2, 4  # questions: one is no enquiry, and more than four are not answered


class Outcome(StrEnum):
    """What the forum is for: which of its three aims a line of enquiry serves."""

    FIGHT_CRIME = "fight crime"
    CONFIDENCE = "raise confidence in policing"
    VALUE = "give value for money"


class NoEnquiry(ValueError):
    """A finding for which no line of enquiry is defined, or more than one equally well."""


@dataclass(frozen=True)
class Enquiry:
    """One line of enquiry, for one measure and kind of finding.

    ``direction`` and ``scope`` may be ``any``. ``why`` says why the forum cares, ``could_explain``
    what else may lie behind the figure, ``ask`` what is asked of the police, ``evidence`` what
    would show the answer to be right. All texts may hold ``{placeholders}`` until ``filled``.
    """

    id: str
    measure: str
    kind: str
    direction: str
    scope: str
    title: str
    why: str
    could_explain: tuple[str, ...]
    ask: tuple[str, ...]
    evidence: tuple[str, ...]
    outcome: Outcome
    review_on: date

    @classmethod
    def parse(cls, id: str, data: Mapping[str, Any]) -> Enquiry:
        """Read a line of enquiry; ValueError names a key, placeholder or value that is wrong."""
        where = {"measure", "kind", "direction", "scope"}
        known = {f.name for f in fields(cls)} - {"id"} - where | {"for"}
        keys(id, data, known=known, optional=set())
        keys(f"{id}, for", data["for"], known=where, optional=set())
        _refuse_what_is_no_text(id, data)
        enquiry = cls(
            id=id,
            **{name: str(data["for"][name]) for name in where},
            title=data["title"].strip(),
            why=data["why"].strip(),
            could_explain=tuple(data["could_explain"]),
            ask=tuple(data["ask"]),
            evidence=tuple(data["evidence"]),
            outcome=Outcome(data["outcome"]),
            review_on=day(id, data["review_on"]),
        )
        for name, value, allowed in (
            ("kind", enquiry.kind, KINDS),
            ("direction", enquiry.direction, DIRECTIONS),
            ("scope", enquiry.scope, SCOPES),
        ):
            if value not in allowed:
                raise ValueError(f"{id}: {name} is “{value}”; it can be {', '.join(allowed)}.")
        if not _FEWEST <= len(enquiry.ask) <= _MOST:
            raise ValueError(f"{id}: ask {_FEWEST} to {_MOST} questions, not {len(enquiry.ask)}.")
        if not (enquiry.could_explain and enquiry.evidence):
            raise ValueError(f"{id}: say what could explain the figure and what would show it.")
        for text in enquiry.texts:
            _refuse_unknown_placeholders(id, text)
        return enquiry

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything a person reads, in order."""
        return (self.title, self.why, *self.could_explain, *self.ask, *self.evidence)

    def filled(self, parts: Mapping[str, str]) -> Enquiry:
        """The same line of enquiry about one finding, given its ``wording.named_parts``."""

        def fill(texts: Iterable[str]) -> tuple[str, ...]:
            return tuple(text.format_map(parts) for text in texts)

        title, why = fill((self.title, self.why))
        return replace(
            self,
            title=title,
            why=why,
            could_explain=fill(self.could_explain),
            ask=fill(self.ask),
            evidence=fill(self.evidence),
        )

    def fits(self, *, measure: str, kind: str, direction: str, scope: str) -> bool:
        """Whether it is for such findings."""
        return (
            (self.measure, self.kind) == (measure, kind)
            and self.direction in (direction, ANY)
            and self.scope in (scope, ANY)
        )

    @property
    def specific(self) -> int:
        """How closely it says which findings it is for."""
        return (self.direction != ANY) + (self.scope != ANY)


def enquiry_for(
    enquiries: Iterable[Enquiry], *, measure: str, kind: str, direction: str, scope: str
) -> Enquiry:
    """The most specific line of enquiry for such a finding; NoEnquiry unless there is one."""
    wanted = {"measure": measure, "kind": kind, "direction": direction, "scope": scope}
    fitting = sorted((e for e in enquiries if e.fits(**wanted)), key=lambda e: -e.specific)
    said = ", ".join(wanted.values())
    if not fitting:
        raise NoEnquiry(
            f"No line of enquiry is defined for {said}. Add one in definitions/enquiries/."
        )
    if len(fitting) > 1 and fitting[0].specific == fitting[1].specific:
        raise NoEnquiry(
            f"{fitting[0].id} and {fitting[1].id} are equally specific for {said}. Make one of "
            "them more specific."
        )
    return fitting[0]


def refuse_ambiguous(enquiries: Iterable[Enquiry]) -> None:
    """NoEnquiry where some finding would have two equally specific lines of enquiry."""
    defined = tuple(enquiries)
    for one, other in combinations(defined, 2):
        if (one.measure, one.kind) != (other.measure, other.kind):
            continue
        for direction in DIRECTIONS[:2]:
            for scope in SCOPES[:2]:
                wanted = {"direction": direction, "scope": scope}
                if all(e.fits(measure=one.measure, kind=one.kind, **wanted) for e in (one, other)):
                    enquiry_for(defined, measure=one.measure, kind=one.kind, **wanted)


def _refuse_what_is_no_text(id: str, data: Mapping[str, Any]) -> None:
    for name in ("title", "why"):
        if not isinstance(data[name], str) or not data[name].strip():
            raise ValueError(f"{id}: {name} is not a text.")
    for name in ("could_explain", "ask", "evidence"):
        listed = data[name]
        if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
            raise ValueError(f"{id}: {name} is not a list of texts.")


def _refuse_unknown_placeholders(id: str, text: str) -> None:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{id}: “{text}” has a brace that does not belong ({error}).") from error
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in PLACEHOLDERS or form or conversion:
            raise ValueError(
                f"{id}: “{{{name}}}” cannot be filled; there are {', '.join(sorted(PLACEHOLDERS))}."
            )
