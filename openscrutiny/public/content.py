"""The frozen account: what a publication says, as one versioned JSON document.

Every name in it is the name of an organisation; people stand in it by their role alone. Fields may
be added in a later version; what was published in an earlier one is read as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

SCHEMA = "openscrutiny.account"
VERSION = 1


@dataclass(frozen=True)
class File:
    """A published file the account rests on."""

    batch: str
    title: str
    publisher: str
    licence: str
    edition: str
    href: str


@dataclass(frozen=True)
class Figure:
    """A number as it was printed, and the address that leads to the rows it came from, if any."""

    label: str
    words: str
    href: str


@dataclass(frozen=True)
class Found:
    """The finding: what was seen, in which months, held against which, and how sure to be."""

    id: str
    href: str
    title: str
    sentence: str
    period: str
    held_against: str
    figures: tuple[Figure, ...]
    how_likely: str
    could_explain: tuple[str, ...]
    cannot_tell: tuple[str, ...]
    measure: str
    definition: str
    caveats: tuple[str, ...]
    data_version: str
    method_version: str


@dataclass(frozen=True)
class Why:
    """Why the forum asked."""

    number: str
    heading: str
    text: str


@dataclass(frozen=True)
class Due:
    """By which day something was due and how that was worked out; no day while a clock stands."""

    on: date | None
    sentence: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """An answer as it was sent. ``late`` says by how much, and is empty for one in time."""

    number: str
    outcome: str
    text: str
    exemption: str
    sent_on: date
    due: Due | None
    late: str


@dataclass(frozen=True)
class Asked:
    """The question. ``waiting`` says how it stood where no answer had come."""

    number: str
    heading: str
    text: str
    addressee: str
    issued_on: date | None
    due: Due | None
    answers: tuple[Answer, ...]
    waiting: str


@dataclass(frozen=True)
class Decided:
    """A decision of the forum, certified."""

    number: str
    heading: str
    text: str
    on: date


@dataclass(frozen=True)
class Response:
    """An organisation's response to one part of the recommendation, as it was sent."""

    answer: str
    text: str
    sent_on: date
    due: Due | None
    late: str


@dataclass(frozen=True)
class Planned:
    """What an organisation plans. ``first_by`` is the day it first gave, ``by`` the day it gives
    now."""

    steps: str
    first_by: date
    by: date


@dataclass(frozen=True)
class Evidence:
    """What was shown, and by which method; never where it lies."""

    heading: str
    method: str
    shows: str


@dataclass(frozen=True)
class Verified:
    """What an independent verifier found."""

    number: str
    by: str
    method: str
    found: str
    statement: str
    on: date


@dataclass(frozen=True)
class Taken:
    """One limb as one organisation took it up, and what it came to."""

    organisation: str
    came_to: str
    responses: tuple[Response, ...]
    waiting: str
    planned: Planned | None
    evidence: tuple[Evidence, ...]
    verified: tuple[Verified, ...]
    closed_by: Decided | None


@dataclass(frozen=True)
class Limb:
    """One thing that was recommended, and how the forum would know that it was done."""

    letter: str
    text: str
    success: str
    taken: tuple[Taken, ...]


@dataclass(frozen=True)
class Recommended:
    """The recommendation, limb by limb."""

    number: str
    why: str
    outcome: str
    issued_on: date | None
    agreed_by: Decided | None
    limbs: tuple[Limb, ...]


@dataclass(frozen=True)
class Account:
    """The whole account. What the thread did not have (no finding, no question) is None."""

    heading: str
    forum: str
    prepared_on: date
    files: tuple[File, ...]
    found: Found | None
    why: Why | None
    asked: Asked | None
    recommended: Recommended

    def to_json(self) -> dict[str, Any]:
        """The account as plain JSON that names its schema and its version."""
        return {"schema": SCHEMA, "version": VERSION, **_plain(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Account:
        """The account from what ``to_json`` made; ValueError where it is none of this version."""
        if data.get("schema") != SCHEMA or data.get("version") != VERSION:
            raise ValueError(
                f"This is no {SCHEMA} of version {VERSION}: "
                f"{data.get('schema')}, version {data.get('version')}."
            )
        return _read(cls, data)


def references(account: Account) -> Iterator[str]:
    """The references of everything an account tells of by its number."""
    if account.asked is not None:
        yield f"question:{account.asked.number}"
        yield from (f"response:{answer.number}" for answer in account.asked.answers)
    recommended = account.recommended
    yield f"recommendation:{recommended.number}"
    decisions = [recommended.agreed_by]
    for taken in (t for limb in recommended.limbs for t in limb.taken):
        yield from (f"verification:{verified.number}" for verified in taken.verified)
        decisions.append(taken.closed_by)
    yield from (f"decision:{decided.number}" for decided in decisions if decided is not None)


def texts(account: Account) -> tuple[tuple[str, str], ...]:
    """Every text that a person wrote, with the words that say where it stands."""
    asked, found, why = account.asked, account.found, account.why
    told = [("the heading", account.heading)]
    if found:
        told.append(("the finding", found.sentence))
    if why:
        told += [("why the forum asked", why.heading), ("why the forum asked", why.text)]
    if asked:
        told += [("the question's heading", asked.heading), ("the question", asked.text)]
        for answer in asked.answers:
            told.append((f"answer {answer.number}", answer.text))
            told.append((f"the exemption of answer {answer.number}", answer.exemption))
    told.append(("why it was recommended", account.recommended.why))
    told += _decided("the decision to recommend", account.recommended.agreed_by)
    for limb in account.recommended.limbs:
        told.append((f"part {limb.letter}", limb.text))
        told.append((f"the success test of part {limb.letter}", limb.success))
        for taken in limb.taken:
            told += _taken(f"of part {limb.letter}, {taken.organisation}", taken)
    return tuple((where, text) for where, text in told if text)


def _taken(of: str, taken: Taken) -> list[tuple[str, str]]:
    told = [(f"the response {of}", r.text) for r in taken.responses]
    if taken.planned:
        told.append((f"the plan {of}", taken.planned.steps))
    for item in taken.evidence:
        told += [(f"the evidence {of}", item.heading), (f"the evidence {of}", item.shows)]
    told += [(f"the verification {of}", v.statement) for v in taken.verified]
    return told + _decided(f"the decision to close {of}", taken.closed_by)


def _decided(where: str, decided: Decided | None) -> list[tuple[str, str]]:
    return [(where, decided.heading), (where, decided.text)] if decided else []


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _read(wanted: Any, value: Any) -> Any:
    """A value of JSON as the type a field declares."""
    if get_origin(wanted) in (Union, UnionType):
        if value is None:
            return None
        return _read(next(t for t in get_args(wanted) if t is not NoneType), value)
    if get_origin(wanted) is tuple:
        return tuple(_read(get_args(wanted)[0], one) for one in value)
    if is_dataclass(wanted):
        types = get_type_hints(wanted)
        return wanted(**{f.name: _read(types[f.name], value[f.name]) for f in fields(wanted)})
    return date.fromisoformat(value) if wanted is date else value
