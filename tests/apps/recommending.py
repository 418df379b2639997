"""A forum for tests of recommendations: its people, and things brought to any state by services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from openscrutiny.accountability.models import Part, Question, Recommendation, Response
from openscrutiny.accountability.services import parts as part_services
from openscrutiny.accountability.services import recommendations as services
from openscrutiny.accountability.services.verification import record_verification
from openscrutiny.base.models import Organisation, User
from openscrutiny.base.moves import note
from openscrutiny.base.thread import next_number
from openscrutiny.core.permits import Action, Role
from openscrutiny.forum.models import Decision
from tests.apps.meeting_rooms import item, meeting
from tests.city import NOW
from tests.people import person

PLAN_BY = date(2027, 3, 31)


def organisation(code: str, kind: str = "partner") -> Organisation:
    made, _ = Organisation.objects.get_or_create(
        code=code, defaults={"name": f"The {code} service", "kind": kind}
    )
    return made


@dataclass(frozen=True)
class Forum:
    """Somebody in each role, and two organisations that may be asked."""

    police: Organisation
    housing: Organisation
    secretariat: User
    chair: User
    drafter: User
    signatory: User
    verifier: User


def forum() -> Forum:
    police = organisation("police", "police")
    return Forum(
        police=police,
        housing=organisation("housing"),
        secretariat=person(Role.SECRETARIAT, name="the-secretariat"),
        chair=person(Role.CHAIR, name="the-chair"),
        drafter=person(Role.DRAFTER, organisation=police, name="a-drafter"),
        signatory=person(Role.SIGNATORY, organisation=police, name="a-signatory"),
        verifier=person(Role.VERIFIER, name="a-verifier"),
    )


@transaction.atomic
def decision(
    f: Forum, about: str, settles: str, *, at: datetime = NOW, state: str = "certified"
) -> Decision:
    """A decision of the forum, even one it could not make, as the record would hold it."""
    certified = state == "certified"
    on = meeting("held", starts_at=at, created_by=f.secretariat)
    made = Decision.objects.create(
        number=next_number(Decision.KIND, now=at),
        state=state,
        kind="resolve",
        about=about,
        settles=settles,
        heading=f"To {settles}",
        text="Resolved.",
        decided_on=at.date(),
        item=item(on, "decided"),
        quorum={"quorate": True},
        recorded_by=f.secretariat,
        recorded_at=at,
        certified_by=f.chair if certified else None,
        certified_at=at if certified else None,
    )
    steps = [("record", Action.RECORD_DECISION, f.secretariat)]
    if certified:
        steps.append(("certify", Action.CERTIFY_DECISION, f.chair))
    for verb, action, by in steps:
        note(f"forum.decision.{verb}", reference=made.reference, action=action, by=by, now=at)
    return made


def response(f: Forum) -> Response:
    """A signed answer to a question, as the questions half leaves it."""
    question = Question.objects.create(
        number="2026-901",
        state="answered",
        addressee=f.police,
        heading="Victims who hear nothing",
        text="How many victims heard nothing for 28 days?",
        why="The figures rose.",
        created_by=f.secretariat,
        created_at=NOW,
        issued_at=NOW,
    )
    made = Response(
        number="2026-901",
        question=question,
        version=1,
        outcome="answered",
        text="About one in three.",
        drafted_by=f.drafter,
        signed_by=f.signatory,
        signed_at=NOW,
    )
    made.save()
    return made


def drafted(f: Forum, limbs: int = 1, asked: Sequence[Organisation] = ()) -> Recommendation:
    made = services.draft_recommendation(
        heading="Tell victims what happens",
        why="Many hear nothing.",
        outcome="confidence",
        by=f.secretariat,
        now=NOW,
    )
    for n in range(limbs):
        services.add_limb(
            recommendation=made,
            text=f"Write to every victim within {n + 7} days.",
            success="Nine in ten of a sample had a letter.",
            addressees=asked or [f.police],
            seen=made.revision,
            by=f.secretariat,
            now=NOW,
        )
    return made


def agreed(f: Forum, limbs: int = 1, asked: Sequence[Organisation] = ()) -> Recommendation:
    made = drafted(f, limbs, asked)
    decision(f, made.reference, "agree")
    services.agree_recommendation(recommendation=made, by=f.secretariat, now=NOW)
    return made


def issued(
    f: Forum, limbs: int = 1, asked: Sequence[Organisation] = (), *, at: datetime = NOW
) -> Recommendation:
    made = agreed(f, limbs, asked)
    services.issue_recommendation(recommendation=made, by=f.secretariat, now=at)
    return made


def part_of(made: Recommendation) -> Part:
    return Part.objects.select_related("limb__recommendation", "organisation").get(
        pk=Part.objects.filter(limb__recommendation=made).first().pk
    )


def fresh(part: Part) -> Part:
    return Part.objects.select_related("limb__recommendation", "organisation").get(pk=part.pk)


def answer(f: Forum, part: Part, given: str, *, at: datetime = NOW, text: str = "We will.") -> None:
    rest = "Not the leaflets: we print none." if given == "part_accepted" else ""
    part_services.save_part_draft(
        part=part, answer=given, text=text, rest=rest, seen=0, by=f.drafter, now=at
    )
    part_services.sign_part_response(part=part, by=f.signatory, now=at)


def evidence(f: Forum, part: Part, *, at: datetime = NOW) -> None:
    part_services.add_evidence(
        part=part,
        method="dip_sample",
        heading="Twenty letters",
        shows="Each went out within a week.",
        where="File 12 at the secretariat",
        by=f.drafter,
        now=at,
    )


def verified(f: Forum, part: Part, found: str, *, at: datetime = NOW) -> None:
    record_verification(
        part=part,
        found=found,
        method="dip_sample",
        statement="Nineteen of twenty had a letter.",
        evidence=part.evidence.all(),
        by=f.verifier,
        now=at,
    )


def step(f: Forum, part: Part, event: str, by: User, *, at: datetime = NOW) -> None:
    part_services.take_step(part=part, event=event, reason="Because.", by=by, now=at)


def bring(f: Forum, part: Part, state: str, *, at: datetime = NOW) -> Part:
    """Bring a part that was just issued to a state, by the way that leads there."""
    if state == "issued":
        return fresh(part)
    if state in ("accepted", "part_accepted", "not_accepted"):
        answer(f, part, state, at=at)
        return fresh(part)
    if state == "closed_not_implemented":
        bring(f, part, "not_accepted", at=at)
        part = fresh(part)
        decision(f, part.reference, "close_not_implemented", at=at)
        step(f, part, "close_not_implemented", f.secretariat, at=at)
        return fresh(part)
    if state == "withdrawn":
        decision(f, part.reference, "withdraw", at=at)
        step(f, part, "withdraw", f.secretariat, at=at)
        return fresh(part)
    _forward(f, part, state, at)
    return fresh(part)


def _forward(f: Forum, part: Part, state: str, at: datetime) -> None:
    found = "alternative" if state == "closed_alternative" else "implemented"
    way = [
        ("accepted", lambda: answer(f, part, "accepted", at=at)),
        (
            "planned",
            lambda: part_services.send_plan(
                part=part, steps="Letters.", complete_by=PLAN_BY, by=f.drafter, now=at
            ),
        ),
        ("in_progress", lambda: step(f, part, "start", f.drafter, at=at)),
        ("with evidence", lambda: evidence(f, part, at=at)),
        ("reported_complete", lambda: step(f, part, "report_complete", f.signatory, at=at)),
        ("verifying", lambda: step(f, part, "take_up", f.verifier, at=at)),
        ("verified", lambda: verified(f, part, found, at=at)),
    ]
    closing = {"closed_implemented": "close_implemented", "closed_alternative": "close_alternative"}
    for name, act in way:
        act()
        part.refresh_from_db()
        if name == state:
            return
    event = closing[state]
    decision(f, part.reference, event, at=at)
    step(f, part, event, f.secretariat, at=at)


LATER = NOW + timedelta(days=1)
