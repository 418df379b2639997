"""One publication: the account, what it came to in brief, or that and why it was withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openscrutiny.accountability.models import Recommendation
from openscrutiny.base.access import fetch_or_deny, standing_of
from openscrutiny.base.moves import Offer, offers
from openscrutiny.base.thread import Reference, Thread, thread_of
from openscrutiny.core.calendar import in_words
from openscrutiny.core.permits import TABLE, Action, may
from openscrutiny.monitor.figures import NothingHere
from openscrutiny.public.checks import GROUNDS
from openscrutiny.public.compose import compose, day_of
from openscrutiny.public.content import Account, Answer, Asked
from openscrutiny.public.models import LIVE, Publication, keeps_publications
from openscrutiny.public.services import facts_of

OWN_FORMS = ("propose_withdrawal",)


@dataclass(frozen=True)
class Tombstone:
    """What is left of a publication that was withdrawn."""

    published_on: str
    withdrawn_on: str
    kind: str
    reason: str
    by: str


@dataclass(frozen=True)
class Keepers:
    """What those who prepare or publish see besides: the answers to the checks, and offers."""

    banner: str
    changed: str
    checks: tuple[tuple[str, str], ...]
    proposal: tuple[tuple[str, str], ...]
    offers: tuple[Offer, ...]
    may_propose: bool


@dataclass(frozen=True)
class PublicationPage:
    """A publication's page. Exactly one of ``account`` and ``tombstone`` is there."""

    number: str
    heading: str
    href: str
    json_href: str
    revision: int
    published_on: str
    account: Account | None
    brief: tuple[tuple[str, tuple[str, ...]], ...]
    tombstone: Tombstone | None
    keepers: Keepers | None
    thread: Thread
    data_version: str


def fetch_publication(number: str, *, by: Any) -> Publication:
    """The publication a person asked for, through the one door."""
    may_publish = may(standing_of(by), Action.PUBLISH)
    hidden = Action.PUBLISH if may_publish else Action.PREPARE_PUBLICATION
    return fetch_or_deny(
        Publication.objects.filter(number=number).first(),
        by=by,
        hidden=hidden,
        needs=lambda p: (Action.READ if p.is_public else hidden, ()),
    )


def publication_page(number: str, *, by: Any) -> PublicationPage:
    """The page of a publication as a person may see it."""
    publication = fetch_publication(number, by=by)
    standing = standing_of(by)
    withdrawn = publication.state == "withdrawn"
    account = None if withdrawn else Account.from_json(publication.content)
    return PublicationPage(
        number=publication.number,
        heading=publication.title,
        href=publication.href,
        json_href=f"/publications/{publication.number}.json",
        revision=publication.revision,
        published_on=_on(publication.published_at),
        account=account,
        brief=in_brief(account) if account else (),
        tombstone=_tombstone(publication) if withdrawn else None,
        keepers=_keepers(publication, account, by)
        if account and keeps_publications(standing)
        else None,
        thread=thread_of(publication.reference, standing=standing),
        data_version="" if withdrawn else publication.data_version,
    )


def publication_json(number: str, *, by: Any, address: str) -> dict[str, Any]:
    """The same as JSON. Of a withdrawn one nothing is left but its name, its days and why."""
    publication = fetch_publication(number, by=by)
    withdrawn = publication.state == "withdrawn"
    changed = publication.withdrawn_at or publication.published_at or publication.prepared_at
    told: dict[str, Any] = {
        "id": address,
        "type": "openscrutiny.publication",
        "number": publication.number,
        "created": publication.prepared_at.isoformat(),
        "modified": changed.isoformat(),
        "deleted": withdrawn,
    }
    if withdrawn:
        stone = _tombstone(publication)
        return told | {
            "heading": publication.title,
            "published": _iso(publication.published_at),
            "withdrawn": {
                "at": _iso(publication.withdrawn_at),
                "code": publication.withdrawal_code,
                "reason": stone.reason,
                "by": stone.by,
            },
        }
    return told | {
        "published": _iso(publication.published_at),
        "warnings": list(thread_of(publication.reference, standing=standing_of(by)).warnings),
        "account": publication.content,
    }


def role_in_words(action: Action) -> str:
    """Whose task something is: ``the chair``."""
    return " or ".join(f"the {role.value}" for role in TABLE[action])


def in_brief(account: Account) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The account in a few sentences under the headings a reader looks for."""
    taken = [(limb, one) for limb in account.recommended.limbs for one in limb.taken]
    told: list[tuple[str, tuple[str, ...]]] = []
    if account.found:
        told.append(("What was found", (account.found.sentence,)))
        told.append(("How sure to be", (account.found.how_likely,)))
    if account.asked:
        told.append(("What was asked", (_asked(account.asked),)))
        answers = tuple(answered(a) for a in account.asked.answers)
        told.append(("What was answered", answers or (account.asked.waiting,)))
    told.append(
        ("What was recommended", tuple(f"{x.letter}. {x.text}" for x in account.recommended.limbs))
    )
    told.append(
        (
            "What each part came to",
            tuple(
                f"Part {limb.letter}, {one.organisation}, is {one.came_to}." for limb, one in taken
            ),
        )
    )
    verified = tuple(
        f"Part {limb.letter}: {v.found.lower()}, says {v.by} (by {v.method.lower()})."
        for limb, one in taken
        for v in one.verified
    )
    told.append(("How it was verified", verified or ("Nothing has been verified yet.",)))
    return tuple(told)


def answered(answer: Answer) -> str:
    """When an answer came and whether that was in time, in one sentence."""
    due = f", {answer.late or 'in time'}" if answer.due and answer.due.on else ""
    return f"{answer.outcome.capitalize()} on {in_words(answer.sent_on)}{due}."


def _asked(asked: Asked) -> str:
    when = f" on {in_words(asked.issued_on)}" if asked.issued_on else ""
    due = f", to answer by {in_words(asked.due.on)}" if asked.due and asked.due.on else ""
    return f"{asked.addressee} was asked{when}{due}."


def _tombstone(publication: Publication) -> Tombstone:
    return Tombstone(
        published_on=_on(publication.published_at),
        withdrawn_on=_on(publication.withdrawn_at),
        kind=publication.get_withdrawal_code_display(),
        reason=publication.public_reason,
        by=role_in_words(Action.PUBLISH),
    )


def _keepers(publication: Publication, account: Account, by: Any) -> Keepers:
    proposed = publication.state == "withdrawal_proposed"
    live = publication.state in LIVE
    return Keepers(
        banner="" if live else f"This account is {publication.state_in_words}.",
        changed=_changed(publication, account) if publication.state == "prepared" else "",
        checks=_answers(publication.checks),
        proposal=(
            ("Proposed because", publication.get_withdrawal_code_display()),
            ("Reason", publication.withdrawal_reason),
        )
        if proposed
        else (),
        offers=offers(publication, by=by, facts=facts_of(publication, by), without=OWN_FORMS),
        may_propose=publication.state == "published"
        and may(standing_of(by), Action.PREPARE_PUBLICATION),
    )


def _changed(publication: Publication, account: Account) -> str:
    """Whether the thread says something else by now than when the account was frozen."""
    number = Reference.parse(publication.subject).number
    try:
        now, recommendation = compose(number, now=publication.prepared_at)
    except (Recommendation.DoesNotExist, NothingHere):
        return "What this account rests on can no longer be read. Send it back."
    if recommendation.state != "issued":
        return f"The recommendation is {recommendation.state_in_words} by now. Send it back."
    if now == account:
        return ""
    return (
        "Something has changed since this account was prepared, and the account does not say so. "
        "Send it back to have it prepared anew, or publish it as it stood on that day."
    )


def _answers(kept: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    listed = [f"{s['words']} ({s['where']})" for s in kept.get("small_numbers", ())]
    exempt = "No"
    if kept.get("exempt"):
        ground = GROUNDS.get(kept.get("ground", ""), "")
        exempt = f"Yes: {ground}. {kept.get('public_interest', '')}"
    return (
        ("Exempt information", exempt),
        ("Could anybody be recognised", f"No. {kept.get('looked_at', '')}"),
        ("Small numbers", "; ".join(listed) or "None"),
        ("Accessible format", str(kept.get("accessible_format", ""))),
        ("Personal data", "No e-mail address, telephone number or postcode was found"),
    )


def _on(moment: datetime | None) -> str:
    return in_words(day_of(moment)) if moment else ""


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
