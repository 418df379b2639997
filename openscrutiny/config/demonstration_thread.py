"""The demonstration's own record: findings that were asked about, and how far each has come.

Every step goes through the same services as a person's click, at a moment in the past, by the
demonstration's own accounts. What is said is invented, like the city.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

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
    with transaction.atomic():
        _whole(cast, found[0], now - 190 * _DAY)
        _waiting_for_the_verifier(cast, found[1], now - 120 * _DAY)
        ask(cast, found[2], at=now - 45 * _DAY)
        question = ask(cast, found[3], at=now - 12 * _DAY)
        responses.acknowledge(
            question=question,
            by=cast.drafter,
            now=now - 10 * _DAY,
            reason="We are drawing the cases together and will answer in full.",
        )
    return True


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


def ask(cast: Cast, finding: Finding, *, at: datetime) -> Question:
    """From a finding to a question that was issued: triage, approval, draft, remit, issue."""
    enquiry = triage_finding(finding=finding, choice="question", by=cast.secretariat, now=at)
    assert enquiry is not None
    move_enquiry(enquiry=enquiry, event="approve", by=cast.chair, now=at + _HOUR)
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
    questions.accept(question=question, by=cast.chair, now=at + 3 * _HOUR)
    questions.issue(question=question, by=cast.secretariat, now=at + 4 * _HOUR)
    return question


def answer(cast: Cast, question: Question, *, text: str, at: datetime) -> Response:
    """From an issued question to an answer the forum finds satisfactory."""
    responses.acknowledge(question=question, by=cast.drafter, now=at - 2 * _DAY)
    draft = responses.save_draft(
        question=question,
        outcome="answered",
        text=text,
        exemption="",
        by=cast.drafter,
        now=at - _DAY,
        seen=0,
    )
    response = responses.sign(
        question=question, by=cast.signatory, now=at, draft_seen=draft.revision
    )
    responses.assess_satisfied(
        question=question,
        by=cast.chair,
        now=at + 4 * _DAY,
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
) -> Recommendation:
    """From an answer to a recommendation that was agreed and issued, one part for each limb."""
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
    decide(cast, about=made.reference, settles="agree", heading=heading, at=at + _HOUR)
    recommendations.agree_recommendation(
        recommendation=made, by=cast.secretariat, now=at + 3 * _HOUR
    )
    recommendations.issue_recommendation(
        recommendation=made, by=cast.secretariat, now=at + 4 * _HOUR
    )
    return made


def decide(cast: Cast, *, about: str, settles: str, heading: str, at: datetime) -> None:
    """Have the forum decide: recorded by the secretariat, certified by the chair."""
    decision = record_decision(
        kind="resolve",
        about=about,
        settles=settles,
        heading=f"{heading}: {settles.replace('_', ' ')}",
        text="The forum resolved this at its meeting, with nobody against.",
        decided_on=at.date(),
        by=cast.secretariat,
        now=at,
    )
    move_decision(decision=decision, event="certify", by=cast.chair, now=at + _HOUR)


def carry_out(cast: Cast, part: Part, *, text: str, shown_by: str, at: datetime) -> None:
    """From a part that was issued to one that its organisation reports complete."""
    draft = parts.save_part_draft(
        part=part, answer="accepted", text=text, seen=0, by=cast.drafter, now=at
    )
    part.refresh_from_db()
    parts.sign_part_response(
        part=part, seen_draft=draft.revision, by=cast.signatory, now=at + _HOUR
    )
    step: dict[str, Any] = {"part": part, "by": cast.drafter}
    parts.send_plan(
        steps="Brief every team, change the checklist, then sample cases each month.",
        complete_by=(at + 60 * _DAY).date(),
        now=at + 5 * _DAY,
        **step,
    )
    parts.take_step(event="start", now=at + 6 * _DAY, **step)
    parts.report_progress(
        text="Every team has been briefed, and the checklist is in use.", now=at + 20 * _DAY, **step
    )
    parts.add_evidence(
        method="dip_sample",
        heading="Sample of 40 closed cases",
        shows=shown_by,
        where="Held by the police service; shown to the verifier on the premises.",
        now=at + 38 * _DAY,
        **step,
    )
    parts.take_step(part=part, event="report_complete", by=cast.signatory, now=at + 40 * _DAY)


def verify(cast: Cast, part: Part, *, statement: str, at: datetime) -> None:
    """Have the verifier look, and find it carried out as recommended."""
    parts.take_step(part=part, event="take_up", by=cast.verifier, now=at)
    verification.record_verification(
        part=part,
        found="implemented",
        method="dip_sample",
        statement=statement,
        evidence=part.evidence.all(),
        by=cast.verifier,
        now=at + 3 * _DAY,
    )


def close(cast: Cast, part: Part, *, at: datetime) -> None:
    """Close a part that was verified, by a decision of the forum."""
    decide(cast, about=part.reference, settles="close_implemented", heading=part.title, at=at)
    parts.take_step(part=part, event="close_implemented", by=cast.secretariat, now=at + 3 * _HOUR)


def publish(cast: Cast, recommendation: Recommendation, *, at: datetime) -> Publication:
    """Prepare the public account and publish it, by two people."""
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


def _whole(cast: Cast, finding: Finding, at: datetime) -> None:
    question = ask(cast, finding, at=at)
    response = answer(
        cast,
        question,
        text=(
            "Fewer cases ended with a positive outcome because more victims stopped supporting "
            "action, most of them after waiting more than two weeks to hear from us. Two "
            "investigators' posts were empty for most of the period. No change was made to how "
            "outcomes are recorded."
        ),
        at=at + 16 * _DAY,
    )
    made = recommend(
        cast,
        response,
        heading="Keep victims with the case",
        why="The answer says that victims stopped supporting action after long waits.",
        limbs=[_BRIEFED, _REVIEWED],
        at=at + 30 * _DAY,
    )
    for part in Part.objects.filter(limb__recommendation=made).order_by("number"):
        carry_out(
            cast,
            part,
            text="Accepted. It will apply to every hate crime team.",
            shown_by="38 of 40 closed cases meet the test; the other two are explained.",
            at=at + 50 * _DAY,
        )
        verify(
            cast,
            part,
            statement="I read all 40 cases. 38 meet the test, as reported.",
            at=at + 100 * _DAY,
        )
        close(cast, part, at=at + 120 * _DAY)
    publish(cast, made, at=at + 130 * _DAY)


def _waiting_for_the_verifier(cast: Cast, finding: Finding, at: datetime) -> None:
    question = ask(cast, finding, at=at)
    response = answer(
        cast,
        question,
        text=(
            "The cases were shared out among teams that had not been trained for them. They have "
            "come back to one team since."
        ),
        at=at + 14 * _DAY,
    )
    made = recommend(
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
        at=at + 25 * _DAY,
    )
    for part in Part.objects.filter(limb__recommendation=made):
        carry_out(
            cast,
            part,
            text="Accepted. Training has begun.",
            shown_by="The training record, set against the cases given out in three months.",
            at=at + 40 * _DAY,
        )
