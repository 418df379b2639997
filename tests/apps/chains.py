"""A whole chain for tests: a finding that led to a recommendation, carried out and verified.

The rows stand as the services leave them, in states that a person could have brought about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from openscrutiny.accountability.models import (
    EvidenceItem,
    Limb,
    Part,
    PartResponse,
    Plan,
    Question,
    Recommendation,
    Response,
    Verification,
)
from openscrutiny.base.models import Organisation, User
from openscrutiny.base.thread import link
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import Decision
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.threads import batches_behind
from openscrutiny.scrutiny.models import Enquiry
from tests.city import NOW
from tests.people import person

# Unlike any word of an account, so that a test sees at once where a name got into one.
NAMES = {
    Role.SECRETARIAT: "quillfeather",
    Role.CHAIR: "marlowe-x",
    Role.DRAFTER: "drabwell",
    Role.SIGNATORY: "signolfo",
    Role.VERIFIER: "verrocchio",
}
_ISSUED = datetime.fromisoformat("2026-06-01T10:00:00+01:00")
_numbers = count(1)


@dataclass
class Chain:
    """Everything on one chain, and the people who made it."""

    finding: Finding
    enquiry: Enquiry
    question: Question
    responses: list[Response]
    decision: Decision
    recommendation: Recommendation
    parts: list[Part]
    verifications: list[Verification]
    people: dict[Role, User]
    batches: tuple[str, ...] = ()
    closures: list[Decision] = field(default_factory=list)

    @property
    def subject(self) -> str:
        return self.recommendation.reference


def people() -> dict[Role, User]:
    """One person for each role on the chain, made where there is none."""
    found = {u.username: u for u in User.objects.filter(username__in=NAMES.values())}
    return {role: found.get(name) or person(role, name=name) for role, name in NAMES.items()}


def findings() -> list[Finding]:
    """Findings of one strand, which rest on the same files, that nobody has asked about yet."""
    over_time = Finding.objects.filter(kind="over_time").ranked()
    return list(over_time.filter(strand=over_time[0].strand, enquiries=None))


def whole_chain(
    *, limbs: int = 1, answers: int = 1, finding: Finding | None = None, **texts: str
) -> Chain:
    """A chain whose parts are all closed as carried out. ``texts`` replaces what people wrote."""
    who = people()
    police = Organisation.objects.get(roles__user=who[Role.DRAFTER])
    number = f"2026-{next(_numbers) + 500:03d}"
    found = finding or findings()[0]
    batches = batches_behind(found)
    enquiry = Enquiry.objects.create(
        number=number,
        state="asked",
        finding=found,
        definition="recorded_offences-higher",
        heading=texts.get("enquiry", "A rise in recorded offences"),
        why=texts.get("why", "The rise is larger than chance would often bring."),
        created_by=who[Role.SECRETARIAT],
        created_at=_ISSUED - timedelta(days=9),
    )
    question = Question.objects.create(
        number=number,
        state="satisfied",
        enquiry=enquiry,
        addressee=police,
        heading="What explains the rise?",
        text=texts.get("question", "What do you know of the reasons for the rise?"),
        created_by=who[Role.SECRETARIAT],
        created_at=_ISSUED - timedelta(days=8),
        issued_at=_ISSUED,
        clock_started_at=_ISSUED,
        term_length=20,
        term_unit="working days",
    )
    responses = [
        _response(question, version, who, texts.get("answer", "A change in recording."))
        for version in range(1, answers + 1)
    ]
    recommendation = Recommendation.objects.create(
        number=number,
        state="issued",
        response=responses[-1] if responses else None,
        heading=texts.get("heading", "Check how hate crime is recorded"),
        why=texts.get("because", "The answer did not say how recording is checked."),
        outcome="confidence",
        created_by=who[Role.SECRETARIAT],
        created_at=_ISSUED + timedelta(days=50),
        issued_at=_ISSUED + timedelta(days=60),
        term_length=56,
        term_unit="calendar days",
    )
    decision = _decision(who, recommendation.reference, "agree", f"{number}-A", "The forum agreed.")
    chain = Chain(
        found, enquiry, question, responses, decision, recommendation, [], [], who, batches
    )
    for letter in "ABCDEFGH"[:limbs]:
        _limb(chain, letter, police, texts)
    _links(chain)
    return chain


def _response(question: Question, version: int, who: dict[Role, User], text: str) -> Response:
    return Response.objects.create(
        number=f"{question.number}-{version}",
        question=question,
        version=version,
        outcome="answered",
        text=text,
        drafted_by=who[Role.DRAFTER],
        signed_by=who[Role.SIGNATORY],
        signed_at=_ISSUED + timedelta(days=30 + version),
        due=datetime.fromisoformat("2026-06-30T00:00:00+01:00"),
    )


def _decision(who: dict[Role, User], about: str, settles: str, number: str, text: str) -> Decision:
    return Decision.objects.create(
        number=number,
        state="certified",
        kind="agree",
        about=about,
        settles=settles,
        heading="Decision of the forum",
        text=text,
        decided_on=date(2026, 10, 1),
        recorded_by=who[Role.SECRETARIAT],
        recorded_at=NOW - timedelta(days=20),
        certified_by=who[Role.CHAIR],
        certified_at=NOW - timedelta(days=19),
    )


def _limb(chain: Chain, letter: str, police: Organisation, texts: dict[str, str]) -> None:
    who = chain.people
    limb = Limb.objects.create(
        recommendation=chain.recommendation,
        letter=letter,
        text="Check a sample of records each month.",
        success="A report of the checks reaches the forum each quarter.",
    )
    limb.addressees.add(police)
    part = Part.objects.create(
        number=f"{chain.recommendation.number}-{letter}",
        state="closed_implemented",
        limb=limb,
        organisation=police,
        clock_started_at=chain.recommendation.issued_at,
    )
    stamped: dict[str, Any] = {"part": part, "by": who[Role.DRAFTER]}
    PartResponse.objects.create(
        part=part,
        version=1,
        answer="accepted",
        text=texts.get("response", "We accept this."),
        drafted_by=who[Role.DRAFTER],
        signed_by=who[Role.SIGNATORY],
        signed_at=chain.recommendation.issued_at + timedelta(days=10),
    )
    for day in (date(2026, 9, 1), date(2026, 10, 1)):
        Plan.objects.create(**stamped, steps="Begin to check.", complete_by=day, at=NOW)
    item = EvidenceItem.objects.create(
        **stamped,
        method="documents",
        heading="The reports of the checks",
        shows="That records were checked.",
        where="https://files.example/secret-folder",
        at=NOW - timedelta(days=25),
    )
    verification = Verification.objects.create(
        number=f"{chain.recommendation.number}-{letter}",
        part=part,
        method="documents",
        found="implemented",
        statement=texts.get("statement", "The reports show the checks."),
        by=who[Role.VERIFIER],
        at=NOW - timedelta(days=22),
    )
    verification.evidence.add(item)
    chain.parts.append(part)
    chain.verifications.append(verification)
    closed = "The forum closed this part."
    chain.closures.append(
        _decision(who, part.reference, "close_implemented", f"{part.number}-C", closed)
    )


def _links(chain: Chain) -> None:
    finding, by = f"finding:{chain.finding.pk}", chain.people[Role.SECRETARIAT].pk
    steps = [(f"batch:{b}", finding, "found in") for b in chain.batches]
    steps.append((finding, chain.enquiry.reference, "led to"))
    steps.append((chain.enquiry.reference, chain.question.reference, "asked as"))
    for response in chain.responses:
        steps.append((chain.question.reference, response.reference, "answered by"))
    if chain.responses:
        steps.append((chain.responses[-1].reference, chain.subject, "led to"))
    steps.append((chain.decision.reference, chain.subject, "agreed by"))
    steps += [(chain.subject, v.reference, "verified by") for v in chain.verifications]
    for source, target, kind in steps:
        link(source, target, kind=kind, by=by, now=NOW)
