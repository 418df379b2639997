"""Composes the public account of a recommendation from everything that led to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from openscrutiny.accountability import deadlines
from openscrutiny.accountability.deadlines import due_at, due_of_answer, terms_in_force
from openscrutiny.accountability.models import Part, Question, Recommendation
from openscrutiny.accountability.models import Response as Sent
from openscrutiny.base.models import Link, RoleHeld
from openscrutiny.core import calendar
from openscrutiny.core.permits import NOBODY, Role
from openscrutiny.forum.models import Decision
from openscrutiny.forum.terms import read_once
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.models import Finding
from openscrutiny.monitor.pages.finding import finding_page
from openscrutiny.monitor.pages.findings import KINDS
from openscrutiny.monitor.pages.sources import cite
from openscrutiny.monitor.threads import upstream_of_findings
from openscrutiny.public.content import (
    Account,
    Answer,
    Asked,
    Decided,
    Due,
    Evidence,
    Figure,
    File,
    Found,
    Limb,
    Planned,
    Recommended,
    Response,
    Taken,
    Verified,
    Why,
)

_OUTCOMES = {
    "answered": "answered in full",
    "partly": "answered in part",
    "not_held": "answered that the information is not held",
    "declined": "declined under an exemption",
}
_ANSWERS = {
    "accepted": "accepted",
    "part_accepted": "accepted in part",
    "not_accepted": "not accepted",
}

Decisions = Mapping[str, list[Decision]]


@read_once()
def compose(number: str, *, now: datetime) -> tuple[Account, Recommendation]:
    """The account of a recommendation as things stand now. Recommendation.DoesNotExist if none.

    The number of queries does not grow with limbs, answers or organisations.
    """
    recommendation = (
        Recommendation.objects.select_related(
            "response__question__addressee", "response__question__enquiry"
        )
        .prefetch_related("limbs", Prefetch("limbs__parts", _parts()))
        .get(number=number)
    )
    parts = [p for limb in recommendation.limbs.all() for p in limb.parts.all()]
    question = recommendation.response.question if recommendation.response else None
    enquiry = question.enquiry if question else None
    decided = _decisions([recommendation.reference, *(p.reference for p in parts)])
    account = Account(
        heading=recommendation.heading,
        forum=terms_in_force(now).forum,
        prepared_on=day_of(now),
        files=_files(enquiry.finding_id) if enquiry else (),
        found=_found(enquiry.finding_id) if enquiry else None,
        why=Why(enquiry.number, enquiry.heading, enquiry.why) if enquiry else None,
        asked=_asked(question, now) if question else None,
        recommended=_recommended(recommendation, decided, _verifiers(parts), now),
    )
    return account, recommendation


def _parts() -> Any:
    return Part.objects.select_related("organisation").prefetch_related(
        "responses", "plans", "evidence", "verifications"
    )


def _files(finding: str) -> tuple[File, ...]:
    """The published files behind a finding: those on the thread, else those behind it now."""
    reference = f"finding:{finding}"
    linked = Link.objects.filter(to_ref=reference, from_ref__startswith="batch:")
    named = list(linked.values_list("from_ref", flat=True))
    named = named or [b for found in upstream_of_findings([finding]).values() for b in found]
    ledger = {m.batch: m for m in reading.current_ledger().all}
    cited = [cite(ledger[b]) for b in (r.partition(":")[2] for r in named) if b in ledger]
    return tuple(File(c.batch, c.title, c.publisher, c.licence, c.edition, c.href) for c in cited)


def _found(id: str) -> Found:
    page, measures = finding_page(id, standing=NOBODY), reading.current().measures
    finding = Finding.objects.get(pk=id)
    measure = measures[finding.measure]
    against = finding.baseline.words if finding.kind == "over_time" else KINDS["between"]
    return Found(
        id=page.id,
        href=f"/findings/{page.id}/",
        title=page.title,
        sentence=page.sentence,
        period=finding.period.words,
        held_against=against,
        figures=tuple(Figure(label, n.words, n.href) for label, n in page.facts),
        how_likely=page.how_likely,
        could_explain=page.could_explain,
        cannot_tell=page.cannot_tell,
        measure=measure.label,
        definition=measure.definition,
        caveats=measure.caveats,
        data_version=page.data_version,
        method_version=page.method_version,
    )


def _asked(question: Question, now: datetime) -> Asked:
    prefetch_related_objects([question], "pauses", "responses__assessments")
    sent = list(question.responses.all())
    stood = due_at(question, min((s.signed_at for s in sent), default=now))
    return Asked(
        number=question.number,
        heading=question.heading,
        text=question.text,
        addressee=question.addressee.name if question.addressee else "",
        issued_on=day_of(question.issued_at) if question.issued_at else None,
        due=_due(stood),
        answers=tuple(_answer(s) for s in sent),
        waiting="" if sent else _waiting(stood, now),
    )


def _answer(sent: Sent) -> Answer:
    stood = due_of_answer(sent)
    return Answer(
        number=sent.number,
        outcome=_OUTCOMES[sent.outcome],
        text=sent.text,
        exemption=sent.exemption,
        sent_on=day_of(sent.signed_at),
        due=_due(stood),
        late=stood.late if stood else "",
    )


def _due(stood: deadlines.Due | None) -> Due | None:
    return Due(stood.on, stood.sentence, stood.steps) if stood else None


def _waiting(stood: deadlines.Due | None, now: datetime) -> str:
    told = f"None had come by {calendar.in_words(day_of(now))}"
    return f"{told}: {stood.late}." if stood and stood.late else f"{told}."


def _recommended(
    recommendation: Recommendation,
    decided: Decisions,
    verifiers: Mapping[int, str],
    now: datetime,
) -> Recommended:
    def taken(part: Part) -> Taken:
        return _taken(part, decided, verifiers, now)

    return Recommended(
        number=recommendation.number,
        why=recommendation.why,
        outcome=recommendation.get_outcome_display(),
        issued_on=day_of(recommendation.issued_at) if recommendation.issued_at else None,
        agreed_by=_latest(decided, recommendation.reference, "agree"),
        limbs=tuple(
            Limb(x.letter, x.text, x.success, tuple(taken(p) for p in x.parts.all()))
            for x in recommendation.limbs.all()
        ),
    )


def _taken(
    part: Part,
    decided: Decisions,
    verifiers: Mapping[int, str],
    now: datetime,
) -> Taken:
    responses = []
    for sent in part.responses.all():
        stood = due_of_answer(sent)
        responses.append(
            Response(
                _ANSWERS[sent.answer],
                sent.text,
                day_of(sent.signed_at),
                _due(stood),
                stood.late if stood else "",
            )
        )
    plans = list(part.plans.all())
    return Taken(
        organisation=part.organisation.name,
        came_to=part.state_in_words,
        responses=tuple(responses),
        waiting="" if responses else _waiting(due_at(part, now), now),
        planned=Planned(plans[-1].steps, plans[0].complete_by, plans[-1].complete_by)
        if plans
        else None,
        evidence=tuple(
            Evidence(e.heading, e.get_method_display(), e.shows) for e in part.evidence.all()
        ),
        verified=tuple(
            Verified(
                number=v.number,
                by=verifiers.get(v.by_id, "an independent verifier"),
                method=v.get_method_display(),
                found=v.get_found_display(),
                statement=v.statement,
                on=day_of(v.at),
            )
            for v in part.verifications.all()
        ),
        closed_by=_latest(decided, part.reference, "close_")
        if part.state.startswith("closed_")
        else None,
    )


def _decisions(about: list[str]) -> Decisions:
    found: dict[str, list[Decision]] = {}
    for decision in Decision.objects.filter(about__in=about, state="certified"):
        found.setdefault(decision.about, []).append(decision)
    return found


def _latest(decided: Decisions, about: str, settles: str) -> Decided | None:
    """The newest certified decision on a thing; decisions stand newest first."""
    for d in decided.get(about, ()):
        if d.settles.startswith(settles):
            return Decided(d.number, d.heading, d.text, d.decided_on)
    return None


def _verifiers(parts: Iterable[Part]) -> dict[int, str]:
    """For each verifier the organisation it was done for, in words. One query."""
    people = {v.by_id for p in parts for v in p.verifications.all()}
    held = RoleHeld.objects.filter(user__in=people, role=Role.VERIFIER.value)
    rows = held.values_list("user", "organisation__name")
    return {user: f"a verifier of {name}" for user, name in rows}


def day_of(moment: datetime) -> date:
    """The day of a moment where the forum is."""
    return timezone.localtime(moment).date()
