"""The steps of the demonstration's record, each by who takes it, through the services of a click.

Each is a generator that yields the moment of its next step before taking it, so that steps of
several stories can be taken, and stand in the audit trail, in the order of their time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openscrutiny.accountability.models import Part, Question, Recommendation, Response
from openscrutiny.accountability.services import (
    parts,
    questions,
    recommendations,
    responses,
    verification,
)
from openscrutiny.config.demonstration_cast import DAY, HOUR, WEEK, Cast, Story
from openscrutiny.config.demonstration_meetings import put_before_forum, resolve
from openscrutiny.forum.services.decisions import move_decision
from openscrutiny.monitor.models import Finding
from openscrutiny.public import checks, services
from openscrutiny.public.models import Publication
from openscrutiny.scrutiny.services import move_enquiry, triage_finding


def ask(cast: Cast, finding: Finding, *, at: datetime) -> Story[Question]:
    """From a finding to a question that was issued: triage, approval, draft, remit, issue."""
    yield at
    enquiry = triage_finding(finding=finding, choice="question", by=cast.secretariat, now=at)
    assert enquiry is not None
    yield at + HOUR
    move_enquiry(enquiry=enquiry, event="approve", by=cast.chair, now=at + HOUR)
    yield at + 2 * HOUR
    question = questions.draft_question(
        enquiry=enquiry,
        heading=enquiry.heading,
        text="\n".join(f"{i}. {asked}" for i, asked in enumerate(enquiry.ask, start=1)),
        why=enquiry.why,
        addressee=cast.asked,
        by=cast.secretariat,
        now=at + 2 * HOUR,
    )
    questions.submit(question=question, by=cast.secretariat, now=at + 2 * HOUR)
    yield at + 3 * HOUR
    questions.accept(question=question, by=cast.chair, now=at + 3 * HOUR)
    yield at + 4 * HOUR
    questions.issue(question=question, by=cast.secretariat, now=at + 4 * HOUR)
    return question


def answer(cast: Cast, question: Question, *, text: str, at: datetime) -> Story[Response]:
    """From an issued question to an answer the forum finds satisfactory."""
    yield at - 12 * DAY
    responses.acknowledge(question=question, by=cast.drafter, now=at - 12 * DAY)
    yield at - HOUR
    draft = responses.save_draft(
        question=question,
        outcome="answered",
        text=text,
        exemption="",
        by=cast.drafter,
        now=at - HOUR,
        seen=0,
    )
    yield at
    response = responses.sign(
        question=question, by=cast.signatory, now=at, draft_seen=draft.revision
    )
    yield at + DAY
    responses.assess_satisfied(
        question=question,
        by=cast.chair,
        now=at + DAY,
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
    met: datetime,
) -> Story[Recommendation]:
    """From an answer to a recommendation that was agreed and issued, one part for each limb.

    It is drafted at a moment and agreed at the meeting that begins at another.
    """
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
    yield from decide(
        cast, about=made.reference, settles="agree", heading=said, told=at + HOUR, met=met
    )
    yield met + 4 * HOUR
    recommendations.agree_recommendation(
        recommendation=made, by=cast.secretariat, now=met + 4 * HOUR
    )
    yield met + 5 * HOUR
    recommendations.issue_recommendation(
        recommendation=made, by=cast.secretariat, now=met + 5 * HOUR
    )
    return made


def decide(
    cast: Cast, *, about: str, settles: str, heading: str, told: datetime, met: datetime
) -> Story[None]:
    """Put a thing on the agenda of the meeting that begins at ``met``, and have it decide."""
    yield told
    item = put_before_forum(cast, about=about, heading=heading, told=told)
    yield met + HOUR
    decision = resolve(cast, item, settles=settles, heading=heading, now=met + HOUR)
    yield met + 3 * HOUR
    move_decision(decision=decision, event="certify", by=cast.chair, now=met + 3 * HOUR)


def carry_out(cast: Cast, part: Part, *, text: str, shown_by: str, at: datetime) -> Story[None]:
    """From a part that was issued to one that its organisation reports complete."""
    yield at
    draft = parts.save_part_draft(
        part=part, answer="accepted", text=text, seen=0, by=cast.drafter, now=at
    )
    yield at + HOUR
    part.refresh_from_db()
    parts.sign_part_response(part=part, seen_draft=draft.revision, by=cast.signatory, now=at + HOUR)
    step: dict[str, Any] = {"part": part, "by": cast.drafter}
    yield at + WEEK
    parts.send_plan(
        steps="Brief every team, change the checklist, then sample cases each month.",
        complete_by=(at + 9 * WEEK).date(),
        now=at + WEEK,
        **step,
    )
    yield at + WEEK + DAY
    parts.take_step(event="start", now=at + WEEK + DAY, **step)
    yield at + 3 * WEEK
    parts.report_progress(
        text="Every team has been briefed, and the checklist is in use.", now=at + 3 * WEEK, **step
    )
    yield at + 5 * WEEK
    parts.add_evidence(
        method="dip_sample",
        heading="Sample of 40 closed cases",
        shows=shown_by,
        where="Held by the police service; shown to the verifier on the premises.",
        now=at + 5 * WEEK,
        **step,
    )
    yield at + 6 * WEEK
    parts.take_step(part=part, event="report_complete", by=cast.signatory, now=at + 6 * WEEK)


def verify(cast: Cast, part: Part, *, statement: str, at: datetime) -> Story[None]:
    """Have the verifier look, and find it carried out as recommended."""
    yield at
    parts.take_step(part=part, event="take_up", by=cast.verifier, now=at)
    yield at + 2 * DAY
    verification.record_verification(
        part=part,
        found="implemented",
        method="dip_sample",
        statement=statement,
        evidence=part.evidence.all(),
        by=cast.verifier,
        now=at + 2 * DAY,
    )


def close(cast: Cast, part: Part, *, told: datetime, met: datetime) -> Story[None]:
    """Close a part that was verified, by a decision of the forum."""
    said = f"To close part {part.limb.letter} as carried out"
    yield from decide(
        cast,
        about=part.reference,
        settles="close_implemented",
        heading=said,
        told=told,
        met=met,
    )
    yield met + 4 * HOUR
    part.refresh_from_db()
    parts.take_step(part=part, event="close_implemented", by=cast.secretariat, now=met + 4 * HOUR)


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
    yield at + HOUR
    return services.publish(publication=prepared, seen=None, by=cast.chair, now=at + HOUR)
