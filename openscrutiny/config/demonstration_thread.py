"""The demonstration's own record: findings that were asked about, and how far each has come.

Every step goes through the same services as a person's click, at a moment in the past, by the
demonstration's own accounts. What is said is invented, like the city.

A story is a generator that yields the moment of its next step before taking it, so that steps of
several stories are taken, and stand in the audit trail, in the order of their time.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from openscrutiny.accountability.models import Part, Question, Recommendation, Response
from openscrutiny.accountability.services import (
    parts,
    questions,
    recommendations,
    responses,
    verification,
)
from openscrutiny.base.models import Organisation, User
from openscrutiny.core.permits import Role
from openscrutiny.forum.services import move_decision, record_decision
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.models import Finding
from openscrutiny.public import checks, services
from openscrutiny.public.models import Publication
from openscrutiny.scrutiny.models import Enquiry
from openscrutiny.scrutiny.services import move_enquiry, triage_finding

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
# When the stories begin, before the present.
BEGAN = 30 * _WEEK

_Made = TypeVar("_Made")
Story = Generator[datetime, None, _Made]


@dataclass(frozen=True)
class Cast:
    """The people of the story, one for each role in it, and the organisation that is asked."""

    secretariat: User
    chair: User
    drafter: User
    signatory: User
    verifier: User
    asked: Organisation

    @classmethod
    def of_accounts(cls) -> Cast:
        """The demonstration accounts; User.DoesNotExist before they were made."""
        named = {
            role: User.objects.get(username=role.value)
            for role in (
                Role.SECRETARIAT,
                Role.CHAIR,
                Role.DRAFTER,
                Role.SIGNATORY,
                Role.VERIFIER,
            )
        }
        asked = Organisation.objects.get(
            roles__user=named[Role.SIGNATORY], roles__role=Role.SIGNATORY.value
        )
        return cls(asked=asked, **{role.value: user for role, user in named.items()})


def tell(cast: Cast, *, now: datetime) -> bool:
    """Put the story on the record, once: four findings, each further along than the next.

    False, and nothing written, where lines of enquiry or too few findings are there already.
    """
    found = _findings()
    if Enquiry.objects.exists() or len(found) < 4:
        return False
    # Everything happens in office hours of the middle of a week.
    here = timezone.localtime(now)
    tuesday = (here - (here.weekday() - 1) % 7 * _DAY).replace(hour=10, minute=0, second=0)
    with transaction.atomic():
        stories = (
            _whole(cast, found[0], tuesday - BEGAN),
            _waiting_for_the_verifier(cast, found[1], tuesday - 18 * _WEEK),
            ask(cast, found[2], at=tuesday - 7 * _WEEK),
            _acknowledged(cast, found[3], tuesday - 2 * _WEEK),
        )
        for _ in together(stories):
            pass  # the step whose moment this was is taken as the next one is asked for
    return True


def together(stories: Iterable[Story[Any]]) -> Story[None]:
    """Several stories as one: each time the step that is the earliest of those that are next."""
    waiting = [(next(story), place, story) for place, story in enumerate(stories)]
    heapq.heapify(waiting)
    while waiting:
        moment, place, story = heapq.heappop(waiting)
        yield moment
        if (after := next(story, None)) is not None:
            heapq.heappush(waiting, (after, place, story))


def _findings() -> Sequence[Finding]:
    """Findings in use that a forum would ask about, of four areas: fewer outcomes first."""
    figures = reading.current()
    method = reading.method_in_force().version
    in_use = Finding.objects.filter(
        found_in__data_version=figures.data_version,
        found_in__method_version=method,
        is_whole=False,
    ).select_related("found_in")
    chosen: dict[str, Finding] = {}
    for narrowed in (
        in_use.filter(measure="outcomes_per_100", direction="lower"),
        in_use.filter(measure="recorded_offences", direction="higher"),
        in_use,
    ):
        for finding in narrowed.ranked():  # type: ignore[attr-defined]
            chosen.setdefault(finding.area, finding)
            if len(chosen) == 4:
                return list(chosen.values())
    return list(chosen.values())


# ---- the steps, each by who takes it ------------------------------------------------------------


def ask(cast: Cast, finding: Finding, *, at: datetime) -> Story[Question]:
    """From a finding to a question that was issued: triage, approval, draft, remit, issue."""
    yield at
    enquiry = triage_finding(finding=finding, choice="question", by=cast.secretariat, now=at)
    assert enquiry is not None
    yield at + _HOUR
    move_enquiry(enquiry=enquiry, event="approve", by=cast.chair, now=at + _HOUR)
    yield at + 2 * _HOUR
    question = questions.draft_question(
        enquiry=enquiry,
        heading=enquiry.heading,
        text="\n".join(f"{i}. {asked}" for i, asked in enumerate(enquiry.ask, start=1)),
        why=enquiry.why,
        addressee=cast.asked,
        by=cast.secretariat,
        now=at + 2 * _HOUR,
    )
    questions.submit(question=question, by=cast.secretariat, now=at + 2 * _HOUR)
    yield at + 3 * _HOUR
    questions.accept(question=question, by=cast.chair, now=at + 3 * _HOUR)
    yield at + 4 * _HOUR
    questions.issue(question=question, by=cast.secretariat, now=at + 4 * _HOUR)
    return question


def answer(cast: Cast, question: Question, *, text: str, at: datetime) -> Story[Response]:
    """From an issued question to an answer the forum finds satisfactory."""
    yield at - 12 * _DAY
    responses.acknowledge(question=question, by=cast.drafter, now=at - 12 * _DAY)
    yield at - _HOUR
    draft = responses.save_draft(
        question=question,
        outcome="answered",
        text=text,
        exemption="",
        by=cast.drafter,
        now=at - _HOUR,
        seen=0,
    )
    yield at
    response = responses.sign(
        question=question, by=cast.signatory, now=at, draft_seen=draft.revision
    )
    yield at + _DAY
    responses.assess_satisfied(
        question=question,
        by=cast.chair,
        now=at + _DAY,
        reason="It says what happened and what the figures cannot show.",
    )
    return response


def recommend(
    cast: Cast,
    response: Response,
    *,
    heading: str,
    why: str,
    limbs: Sequence[tuple[str, str]],
    at: datetime,
) -> Story[Recommendation]:
    """From an answer to a recommendation that was agreed and issued, one part for each limb."""
    yield at
    made = recommendations.draft_recommendation(
        response=response,
        heading=heading,
        why=why,
        outcome=Recommendation.Outcome.CONFIDENCE,
        by=cast.secretariat,
        now=at,
    )
    for text, success in limbs:
        recommendations.add_limb(
            recommendation=made,
            text=text,
            success=success,
            addressees=[cast.asked],
            seen=made.revision,
            by=cast.secretariat,
            now=at,
        )
        made.refresh_from_db()
    said = f"To recommend “{heading}”"
    yield from decide(cast, about=made.reference, settles="agree", heading=said, at=at + _HOUR)
    yield at + 3 * _HOUR
    recommendations.agree_recommendation(
        recommendation=made, by=cast.secretariat, now=at + 3 * _HOUR
    )
    yield at + 4 * _HOUR
    recommendations.issue_recommendation(
        recommendation=made, by=cast.secretariat, now=at + 4 * _HOUR
    )
    return made


def decide(cast: Cast, *, about: str, settles: str, heading: str, at: datetime) -> Story[None]:
    """Have the forum decide: recorded by the secretariat, certified by the chair."""
    yield at
    decision = record_decision(
        kind="resolve",
        about=about,
        settles=settles,
        heading=heading,
        text="The forum resolved this at its meeting, with nobody against.",
        decided_on=at.date(),
        by=cast.secretariat,
        now=at,
    )
    yield at + _HOUR
    move_decision(decision=decision, event="certify", by=cast.chair, now=at + _HOUR)


def carry_out(cast: Cast, part: Part, *, text: str, shown_by: str, at: datetime) -> Story[None]:
    """From a part that was issued to one that its organisation reports complete."""
    yield at
    draft = parts.save_part_draft(
        part=part, answer="accepted", text=text, seen=0, by=cast.drafter, now=at
    )
    yield at + _HOUR
    part.refresh_from_db()
    parts.sign_part_response(
        part=part, seen_draft=draft.revision, by=cast.signatory, now=at + _HOUR
    )
    step: dict[str, Any] = {"part": part, "by": cast.drafter}
    yield at + _WEEK
    parts.send_plan(
        steps="Brief every team, change the checklist, then sample cases each month.",
        complete_by=(at + 9 * _WEEK).date(),
        now=at + _WEEK,
        **step,
    )
    yield at + _WEEK + _DAY
    parts.take_step(event="start", now=at + _WEEK + _DAY, **step)
    yield at + 3 * _WEEK
    parts.report_progress(
        text="Every team has been briefed, and the checklist is in use.", now=at + 3 * _WEEK, **step
    )
    yield at + 5 * _WEEK
    parts.add_evidence(
        method="dip_sample",
        heading="Sample of 40 closed cases",
        shows=shown_by,
        where="Held by the police service; shown to the verifier on the premises.",
        now=at + 5 * _WEEK,
        **step,
    )
    yield at + 6 * _WEEK
    parts.take_step(part=part, event="report_complete", by=cast.signatory, now=at + 6 * _WEEK)


def verify(cast: Cast, part: Part, *, statement: str, at: datetime) -> Story[None]:
    """Have the verifier look, and find it carried out as recommended."""
    yield at
    parts.take_step(part=part, event="take_up", by=cast.verifier, now=at)
    yield at + 2 * _DAY
    verification.record_verification(
        part=part,
        found="implemented",
        method="dip_sample",
        statement=statement,
        evidence=part.evidence.all(),
        by=cast.verifier,
        now=at + 2 * _DAY,
    )


def close(cast: Cast, part: Part, *, at: datetime) -> Story[None]:
    """Close a part that was verified, by a decision of the forum."""
    said = f"To close part {part.limb.letter} as carried out"
    yield from decide(cast, about=part.reference, settles="close_implemented", heading=said, at=at)
    yield at + 3 * _HOUR
    parts.take_step(part=part, event="close_implemented", by=cast.secretariat, now=at + 3 * _HOUR)


def publish(cast: Cast, recommendation: Recommendation, *, at: datetime) -> Story[Publication]:
    """Prepare the public account and publish it, by two people."""
    yield at
    account, _ = services.account_of(recommendation.reference, now=at)
    given = checks.Checks(
        exempt=False,
        ground="",
        public_interest="",
        recognisable=False,
        looked_at="Every text was read for names, places and dates that point at somebody.",
        small_numbers_confirmed=True,
        fingerprint=checks.fingerprint(account),
    )
    prepared = services.prepare_publication(
        subject=recommendation.reference, checks=given, by=cast.secretariat, now=at
    )
    yield at + _HOUR
    return services.publish(publication=prepared, seen=None, by=cast.chair, now=at + _HOUR)


# ---- the stories --------------------------------------------------------------------------------

_BRIEFED = (
    "Contact every victim again within five working days, and write down what was said.",
    "In a sample of closed cases, at least nine in ten show a second contact in time.",
)
_REVIEWED = (
    "Have a supervisor look at every case before it is closed without the victim's support.",
    "In the same sample, every such case carries a supervisor's note made before it was closed.",
)


def _whole(cast: Cast, finding: Finding, at: datetime) -> Story[None]:
    question = yield from ask(cast, finding, at=at)
    response = yield from answer(
        cast,
        question,
        text=(
            "Fewer cases ended with a positive outcome because more victims stopped supporting "
            "action, most of them after waiting more than two weeks to hear from us. Two "
            "investigators' posts were empty for most of the period. No change was made to how "
            "outcomes are recorded."
        ),
        at=at + 2 * _WEEK,
    )
    made = yield from recommend(
        cast,
        response,
        heading="Keep victims with the case",
        why="The answer says that victims stopped supporting action after long waits.",
        limbs=[_BRIEFED, _REVIEWED],
        at=at + 4 * _WEEK,
    )
    parts_of_it = Part.objects.filter(limb__recommendation=made).order_by("number")
    yield from together(_part_of_whole(cast, part, at) for part in parts_of_it)
    yield from publish(cast, made, at=at + 20 * _WEEK)


def _part_of_whole(cast: Cast, part: Part, at: datetime) -> Story[None]:
    yield from carry_out(
        cast,
        part,
        text="Accepted. It will apply to every hate crime team.",
        shown_by="38 of 40 closed cases meet the test; the other two are explained.",
        at=at + 7 * _WEEK,
    )
    yield from verify(
        cast,
        part,
        statement="I read all 40 cases. 38 meet the test, as reported.",
        at=at + 14 * _WEEK,
    )
    yield from close(cast, part, at=at + 18 * _WEEK)


def _waiting_for_the_verifier(cast: Cast, finding: Finding, at: datetime) -> Story[None]:
    question = yield from ask(cast, finding, at=at)
    response = yield from answer(
        cast,
        question,
        text=(
            "The cases were shared out among teams that had not been trained for them. They have "
            "come back to one team since."
        ),
        at=at + 2 * _WEEK,
    )
    made = yield from recommend(
        cast,
        response,
        heading="Trained people for every case",
        why="The answer says that cases went to teams without training.",
        limbs=[
            (
                "Train every investigator who is given a hate crime case before the case is given.",
                "The training record shows no case given to anybody untrained for three months.",
            )
        ],
        at=at + 4 * _WEEK,
    )
    for part in Part.objects.filter(limb__recommendation=made):
        yield from carry_out(
            cast,
            part,
            text="Accepted. Training has begun.",
            shown_by="The training record, set against the cases given out in three months.",
            at=at + 6 * _WEEK,
        )


def _acknowledged(cast: Cast, finding: Finding, at: datetime) -> Story[None]:
    question = yield from ask(cast, finding, at=at)
    yield at + 2 * _DAY
    responses.acknowledge(
        question=question,
        by=cast.drafter,
        now=at + 2 * _DAY,
        reason="We are drawing the cases together and will answer in full.",
    )
