"""What questions, answers, recommendations, parts and verifications say, for a meeting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.utils import timezone

from openscrutiny.accountability.models import (
    Limb,
    Part,
    Question,
    Recommendation,
    Response,
    Verification,
)
from openscrutiny.accountability.pages.questions import OUTCOME_IN_WORDS
from openscrutiny.base.models import Organisation
from openscrutiny.base.thread import Passage
from openscrutiny.core.calendar import in_words

_KNOWN_BY = "How the forum will know that it was done"


def of_questions(numbers: Sequence[str]) -> Mapping[str, Sequence[Passage]]:
    """To whom each question is put, what it asks and why, and its latest answer. Two queries."""
    rows = Question.objects.filter(number__in=numbers).select_related("addressee")
    return {q.number: tuple(_of_question(q)) for q in rows.prefetch_related("responses")}


def of_responses(numbers: Sequence[str]) -> Mapping[str, Sequence[Passage]]:
    """What each answer says, after the question it answers. One query."""
    rows = Response.objects.filter(number__in=numbers).select_related("question")
    return {r.number: (Passage("Question", r.question.text), *_answer(r)) for r in rows}


def of_recommendations(numbers: Sequence[str]) -> Mapping[str, Sequence[Passage]]:
    """Why each is recommended, and its parts: what is to be done, and by whom. Three queries."""
    rows = Recommendation.objects.filter(number__in=numbers)
    return {
        r.number: (
            *(limb_passage for limb in r.limbs.all() for limb_passage in _of_limb(limb)),
            Passage("Why", r.why),
        )
        for r in rows.prefetch_related("limbs__addressees")
    }


def of_parts(numbers: Sequence[str]) -> Mapping[str, Sequence[Passage]]:
    """What each part asks, and what was answered, planned, reported and found. Five queries."""
    rows = Part.objects.filter(number__in=numbers).select_related("limb", "organisation")
    whole = rows.prefetch_related("responses", "plans", "updates", "verifications")
    return {p.number: tuple(_of_part(p)) for p in whole}


def of_verifications(numbers: Sequence[str]) -> Mapping[str, Sequence[Passage]]:
    """The part that was verified, and what was found. One query."""
    rows = Verification.objects.filter(number__in=numbers).select_related(
        "part__limb", "part__organisation"
    )
    return {v.number: (_asked(v.part), _found(v)) for v in rows}


def _of_question(question: Question) -> Iterator[Passage]:
    if question.addressee:
        yield Passage("Put to", question.addressee.name)
    yield Passage("Question", question.text)
    yield Passage("Why it is asked", question.why)
    if answers := sorted(question.responses.all(), key=lambda r: r.version):
        yield from _answer(answers[-1])


def _answer(response: Response) -> Iterator[Passage]:
    day = in_words(timezone.localtime(response.signed_at).date())
    yield Passage(f"Answer of {day} ({OUTCOME_IN_WORDS[response.outcome].lower()})", response.text)
    yield Passage("Why something is not answered", response.exemption)


def _of_limb(limb: Limb) -> Iterator[Passage]:
    yield _part(limb, limb.addressees.all())
    yield Passage(_KNOWN_BY, limb.success)


def _of_part(part: Part) -> Iterator[Passage]:
    yield _asked(part)
    yield Passage(_KNOWN_BY, part.limb.success)
    # Their own order is that of time; the newest counts.
    for label, rows, text in (
        ("Its response", part.responses.all(), "text"),
        ("Its plan", part.plans.all(), "steps"),
        ("Its last report", part.updates.all(), "text"),
    ):
        if newest := list(rows)[-1:]:
            yield Passage(label, getattr(newest[0], text))
    if found := list(part.verifications.all())[-1:]:
        yield _found(found[0])


def _asked(part: Part) -> Passage:
    return _part(part.limb, [part.organisation])


def _part(limb: Limb, organisations: Sequence[Organisation]) -> Passage:
    names = ", ".join(o.name for o in organisations)
    return Passage(f"Part {limb.letter}{f', asked of {names}' if names else ''}", limb.text)


def _found(verification: Verification) -> Passage:
    found = verification.get_found_display().lower()
    return Passage(f"What verification found ({found})", verification.statement)
