"""Every write of the terms of reference: a new version of them, valid from a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from openscrutiny.base.models import Organisation, User
from openscrutiny.base.moves import Overtaken, ReasonMissing, note
from openscrutiny.base.services import ensure_organisations
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import Action
from openscrutiny.core.terms import OrganisationKind, TermsOfReference
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.models import Decision, Membership, TermsVersion
from openscrutiny.warehouse import definitions

_WHERE = "The terms of reference"


@transaction.atomic
def adopt_terms(
    *,
    document: Mapping[str, Any],
    valid_from: date,
    why: str,
    decision: str,
    by: User,
    now: datetime,
    seen: int | None = None,
) -> TermsVersion:
    """Adopt a whole new version, in force from a day that is today or later.

    ``decision`` is the number of the certified decision it rests on, or empty; ``seen`` the version
    that was changed. NotPossible where the document cannot be, where the day is past or not after
    the newest version's, where nobody says why, or where somebody sits in a seat it takes away.
    Overtaken where another version was adopted meanwhile.
    """
    before = terms.versions()
    number = before.newest.version + 1
    note(
        "forum.terms.adopt",
        reference=f"terms:{number}",
        action=Action.CHANGE_TERMS,
        by=by,
        now=now,
        concerning=[_forum(before.newest)],
        details={"from": str(valid_from), "reason": why.strip(), "decision": decision},
    )
    # Whoever was quicker has the number; the record made us wait for them.
    terms.read_again()
    before = terms.versions()
    if before.newest.version + 1 != number or seen not in (None, before.newest.version):
        raise Overtaken("version of the terms of reference")
    _refuse_day(before, valid_from, now=now)
    if not why.strip():
        raise ReasonMissing
    _refuse_decision(decision)
    whole = {**document, "version": number, "valid_from": str(valid_from)}
    found = read_terms(whole, place=before.place)
    if {**whole, "version": 0, "valid_from": ""} == {
        **before.newest_document,
        "version": 0,
        "valid_from": "",
    }:
        raise NotPossible("Nothing would change.", "Change something, or leave the page.")
    _refuse_other_organisations(before.newest, found)
    _refuse_taking_seats_away(found, valid_from)
    made = TermsVersion.objects.create(
        version=number,
        valid_from=valid_from,
        document=whole,
        why=why.strip(),
        decision=decision,
        adopted_at=now,
        adopted_by=by,
    )
    ensure_organisations((o.code, o.name, o.kind) for o in found.organisations)
    terms.read_again()
    return made


def read_terms(document: Mapping[str, Any], *, place: str) -> TermsOfReference:
    """A document read and checked as a definition file is; NotPossible says what is wrong in it."""
    try:
        found = TermsOfReference.parse(_WHERE, document)
        definitions.check_terms(found, where=_WHERE)
    except KeyError as missing:
        raise NotPossible(f"{_WHERE}: {missing} is missing.", _CORRECT) from None
    except ValueError as wrong:
        raise NotPossible(str(wrong), _CORRECT) from None
    except (AttributeError, TypeError):
        raise NotPossible(f"{_WHERE}: a part has not the shape it must have.", _CORRECT) from None
    if found.areas != place:
        raise NotPossible(
            f"{_WHERE} are those of “{found.areas}”, and this is “{place}”.", _CORRECT
        )
    return found


def _forum(found: TermsOfReference) -> str:
    """The code of the forum, whose secretariat changes the terms of all its bodies."""
    return found.of_kind(OrganisationKind.FORUM)[0].code


def _refuse_day(before: terms.Versions, valid_from: date, *, now: datetime) -> None:
    if valid_from < timezone.localtime(now).date():
        raise NotPossible(
            "Terms of reference are not changed for the past: what applied on a day is what counts "
            "for that day.",
            "Choose today or a later day.",
        )
    newest = before.newest
    if valid_from <= newest.valid_from:
        raise NotPossible(
            f"Version {newest.version} applies from {in_words(newest.valid_from)}, and a new "
            "version follows it.",
            "Choose a day after that one.",
        )


def _refuse_decision(number: str) -> None:
    if not number:
        return
    found = Decision.objects.filter(number=number).first()
    if found is None or found.state != "certified":
        state = "is not certified" if found else "does not exist"
        raise NotPossible(
            f"Decision {number} {state}.",
            "Write the number of a decision that the chair has certified, or leave it empty.",
        )


def _refuse_other_organisations(before: TermsOfReference, after: TermsOfReference) -> None:
    """NotPossible where an organisation would become another one, or take the name of another.

    Roles, seats and everything that was asked hang on its code, and what may be asked of it on its
    part; the forum and its committee stay themselves.
    """
    for kind in (OrganisationKind.FORUM, OrganisationKind.COMMITTEE):
        old, new = (t.of_kind(kind)[0].code for t in (before, after))
        if old != new:
            raise NotPossible(
                f"The code of the {kind} would change from “{old}” to “{new}”, and everybody's "
                "roles hang on it.",
                "Keep the code, and change the name instead.",
            )
    parts = dict(Organisation.objects.values_list("code", "kind"))
    taken = {name: code for code, name in Organisation.objects.values_list("code", "name")}
    for one in after.organisations:
        if parts.get(one.code, one.kind) != one.kind:
            raise NotPossible(
                f"{one.name} is “{parts[one.code]}” and would become “{one.kind}”.",
                "Keep its part, or give the other organisation a code of its own.",
            )
        if taken.get(one.name, one.code) != one.code:
            raise NotPossible(
                f"The name {one.name} is that of the organisation with the code "
                f"“{taken[one.name]}”, also where these terms name that one no more.",
                "Give it another name. Two that exchange their names do so in two versions.",
            )


def _refuse_taking_seats_away(found: TermsOfReference, valid_from: date) -> None:
    """NotPossible where more people sit in a seat from the day on than the new terms allow."""
    sitting = Membership.objects.filter(substitute_for=None, since__lte=valid_from)
    over = sitting.exclude(until__lt=valid_from)
    held: dict[tuple[str, str], int] = {}
    for code, seat in over.values_list("body__code", "seat"):
        held[code, seat] = held.get((code, seat), 0) + 1
    for (code, seat), people in sorted(held.items()):
        body = found.body(code)
        allowed = body.seat(seat) if body else None
        if allowed is None or allowed.holders < people:
            raise NotPossible(
                f"{people} {'person sits' if people == 1 else 'people sit'} in the seat “{seat}” "
                f"on {in_words(valid_from)}, and these terms would allow "
                f"{allowed.holders if allowed else 'none'}.",
                "End the membership before that day, or keep the seat.",
            )


_CORRECT = "Correct it, and adopt the version again."
