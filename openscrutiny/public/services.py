"""Every write about what is published: preparing, publishing, sending back, withdrawing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from openscrutiny.accountability.models import Recommendation
from openscrutiny.base.access import standing_of
from openscrutiny.base.models import User
from openscrutiny.base.moves import move, note
from openscrutiny.base.thread import Reference, link, next_number, thread_of
from openscrutiny.core.machines import PUBLICATION
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor.figures import NothingHere
from openscrutiny.public.checks import Checks, all_made, personal_in, refuse_unmet
from openscrutiny.public.compose import compose
from openscrutiny.public.content import Account, references
from openscrutiny.public.models import STANDING, Publication

# What leads to a recommendation and is told in the account without a number of its own.
_LED = ("batch", "finding", "enquiry")


@transaction.atomic
def prepare_publication(*, subject: str, checks: Checks, by: User, now: datetime) -> Publication:
    """Freeze the account of a subject as things stand now, with the answers to the checks.

    NotPossible where a check is not answered, the account points at a person, the subject is not
    one that can be published, or another publication of it stands.
    """
    number = next_number(Publication.KIND, now=now)
    note(
        "public.publication.prepare",
        reference=f"{Publication.KIND}:{number}",
        action=Action.PREPARE_PUBLICATION,
        by=by,
        now=now,
        details={"subject": subject},
    )
    account, recommendation = account_of(subject, now=now)
    refuse_unready(recommendation)
    refuse_unmet(checks, account)
    publication = Publication.objects.create(
        number=number,
        state=PUBLICATION.initial,
        subject=subject,
        heading=account.heading,
        content=account.to_json(),
        covers=_covered(account, recommendation.reference, by),
        data_version=account.found.data_version if account.found else "",
        checks=checks.to_json(account),
        prepared_by=by,
        prepared_at=now,
    )
    verified = [v for limb in account.recommended.limbs for t in limb.taken for v in t.verified]
    sources = [recommendation.reference, *(f"verification:{v.number}" for v in verified)]
    for source in sources:
        link(source, publication.reference, kind="published as", by=by.pk, now=now)
    return publication


def _covered(account: Account, recommendation: str, by: User) -> dict[str, str]:
    """Every thing on the thread that the account tells of, with its title as it is now.

    What is linked later, and a decision that the account does not tell of, stay as hidden as they
    are: publishing one thing never opens another.
    """
    told = set(references(account))
    thread = thread_of(recommendation, standing=standing_of(by))
    led_there = {s.reference for s in thread.before if Reference.parse(s.reference).kind in _LED}
    return {s.reference: s.title for s in thread.steps if s.reference in told | led_there}


def account_of(subject: str, *, now: datetime) -> tuple[Account, Recommendation]:
    """The account a subject has now; NotPossible, with what to do, where it can have none."""
    try:
        reference = Reference.parse(subject)
    except ValueError as error:
        raise NotPossible(str(error), "Start from the page of the recommendation.") from None
    if reference.kind != Recommendation.KIND:
        raise NotPossible(
            f"A {reference.kind} has no public account of its own.",
            "Start from the page of the recommendation it led to.",
        )
    try:
        return compose(reference.number, now=now)
    except Recommendation.DoesNotExist:
        raise NotPossible(
            f"There is no recommendation {reference.number}.",
            "Check the number, or start from the page of the recommendation.",
        ) from None
    except NothingHere:
        raise NotPossible(
            "No figures are in use, so the account cannot show what it rests on.",
            "Import the published file it rests on, then prepare the account.",
        ) from None


def refuse_unready(recommendation: Recommendation) -> None:
    """NotPossible where it was not issued, or where a publication of it stands already."""
    if recommendation.state != "issued":
        raise NotPossible(
            f"This recommendation is {recommendation.state_in_words}, and only one that was issued "
            "is published.",
            "Look at the recommendation to see what can be done with it.",
        )
    others = Publication.objects.without_content().filter(
        subject=recommendation.reference, state__in=STANDING
    )
    if (standing := others.first()) is not None:
        raise NotPossible(
            f"Publication {standing.number} of the same subject is {standing.state_in_words}.",
            "Ask the chair to send it back first."
            if standing.state == PUBLICATION.initial
            else "Withdraw it first; then prepare the account anew.",
        )


@transaction.atomic
def publish(*, publication: Publication, seen: int | None, by: User, now: datetime) -> Publication:
    """Make the account public. Only a second person may, once every check is made."""
    facts = facts_of(publication, by)
    move(
        publication,
        "publish",
        by=by,
        now=now,
        seen=seen,
        facts=facts,
        published_by=by,
        published_at=now,
    )
    return publication


@transaction.atomic
def send_back(
    *, publication: Publication, reason: str, seen: int | None, by: User, now: datetime
) -> Publication:
    """Refuse to publish an account, with the reason. It is never published."""
    move(publication, "send_back", by=by, now=now, seen=seen, reason=reason)
    return publication


@transaction.atomic
def propose_withdrawal(
    *, publication: Publication, code: str, reason: str, seen: int | None, by: User, now: datetime
) -> Publication:
    """Propose to take an account back. The code and the reason will be public if it is."""
    if code not in Publication.Code.values:
        raise NotPossible("It does not say what kind of reason it is.", "Choose one of the kinds.")
    if spotted := personal_in("the reason", reason):
        raise NotPossible(
            f"The reason will be public, and it holds {spotted[0].words}.",
            "Write the reason without it.",
        )
    move(
        publication,
        "propose_withdrawal",
        by=by,
        now=now,
        seen=seen,
        reason=reason,
        details={"code": code},
        withdrawal_code=code,
        withdrawal_reason=reason.strip(),
        proposed_by=by,
    )
    return publication


@transaction.atomic
def withdraw(*, publication: Publication, seen: int | None, by: User, now: datetime) -> Publication:
    """Take an account back. Its address stays and says so. Only a second person may."""
    facts = facts_of(publication, by)
    move(
        publication,
        "withdraw",
        by=by,
        now=now,
        seen=seen,
        facts=facts,
        details={"code": publication.withdrawal_code},
        withdrawn_by=by,
        withdrawn_at=now,
    )
    return publication


@transaction.atomic
def keep(
    *, publication: Publication, reason: str, seen: int | None, by: User, now: datetime
) -> Publication:
    """Let an account stand that was proposed for withdrawal, with the reason."""
    move(
        publication,
        "keep",
        by=by,
        now=now,
        seen=seen,
        reason=reason,
        withdrawal_code="",
        withdrawal_reason="",
        proposed_by=None,
    )
    return publication


def facts_of(publication: Publication, by: User) -> dict[str, bool]:
    """What the guards of the table ask, for the step that comes next and the person."""
    proposed = publication.state == "withdrawal_proposed"
    first = publication.proposed_by_id if proposed else publication.prepared_by_id
    return {
        "checked": all_made(publication.checks, Account.from_json(publication.content)),
        "second_person": first != by.pk,
    }
