"""The steps of one part of a recommendation: respond, plan, report, show evidence, verify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from openscrutiny.accountability.deadlines import due_at
from openscrutiny.accountability.forms.recommendations import (
    ChangedPlanForm,
    EvidenceForm,
    PartResponseForm,
    PlanForm,
    ProgressForm,
    SignForm,
    VerificationForm,
)
from openscrutiny.accountability.models import Part, PartDraft
from openscrutiny.accountability.pages import parts as pages
from openscrutiny.accountability.pages.part_story import ANSWERS
from openscrutiny.accountability.pages.recommendations import (
    part_of,
    recommendation_of,
    recommendation_page,
)
from openscrutiny.accountability.services import parts as services
from openscrutiny.accountability.services.guards import case_of_part
from openscrutiny.accountability.services.independence import refuse_own_work
from openscrutiny.accountability.services.verification import record_verification
from openscrutiny.base import access
from openscrutiny.base.answering import asked_on_form
from openscrutiny.base.steps import shown_again, take_step
from openscrutiny.base.thread import thread_of
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible

_SAID = {
    "start": "It is recorded that work has begun.",
    "report_complete": "It was reported complete. A verifier who was not asked looks at it next.",
    "take_up": "You have begun to verify it.",
    "ask_again": "The organisation is asked again, and its clock runs anew.",
    "close_implemented": "The part was closed as carried out.",
    "close_alternative": "The part was closed as met in another way.",
    "close_not_implemented": "The part was closed as not carried out.",
    "reopen": "The part was reopened.",
    "withdraw": "The part was withdrawn.",
}


@require_POST
def move(request: HttpRequest, number: str, part: str) -> HttpResponse:
    found = _part(request, number, part)

    def take(**step: Any) -> object:
        return services.take_step(part=found, by=request.user, now=timezone.now(), **step)

    return take_step(
        request,
        said=_SAID,
        take=take,
        show=lambda **refusal: _page(request, found, **refusal),
        back=_back(found),
    )


@require_http_methods(["GET", "POST"])
def respond(request: HttpRequest, number: str, part: str) -> HttpResponse:
    found = _part(request, number, part)
    _may(request, found, Action.DRAFT_LIMB_RESPONSE, "not_accept")
    draft = PartDraft.objects.filter(part=found).first()
    text, rest = services.both_parts(draft.text) if draft else ("", "")
    initial = {
        "answer": draft.answer if draft else "",
        "text": text,
        "rest": rest,
        "seen": draft.revision if draft else 0,
    }

    def save(given: dict[str, Any]) -> None:
        services.save_part_draft(part=found, by=request.user, now=timezone.now(), **given)

    return _on_part(
        request,
        found,
        PartResponseForm(request.POST or None, initial=initial),
        save,
        seen=lambda: _draft_revision(found),
        said="The draft is kept. Nobody outside your organisation can read it.",
        heading="Respond to the recommendation",
        intro="Nobody outside your organisation reads this draft. It is sent when it is signed.",
        button="Keep the draft",
        now_stands=draft.text if draft else "",
    )


@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, number: str, part: str) -> HttpResponse:
    found = _part(request, number, part)
    _may(request, found, Action.ANSWER_LIMB, "not_accept")
    draft = PartDraft.objects.filter(part=found).first()
    if draft is None and request.method != "POST":
        return redirect(f"{pages.address_of(found)}respond/")
    form = SignForm(request.POST or None, initial={"seen": draft.revision if draft else 0})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.sign_part_response(
                    part=found,
                    seen_draft=form.cleaned_data["seen"],
                    by=request.user,
                    now=timezone.now(),
                )
            except NotPossible as refusal:
                form.add_error(None, str(refusal))
                status = 409
            else:
                messages.success(request, "The response was signed and sent. It stands as it is.")
                return redirect(_back(found))
    facts = case_of_part(found).facts("accept")
    due = due_at(found, timezone.now())
    shown = {
        "part": _shown(found),
        "form": form,
        "draft": draft,
        "answer": ANSWERS[draft.answer] if draft else "",
        "plain": facts["is_plain"],
        "due": due.sentence if due else "",
        "late": due.late if due else "",
        "back": _back(found),
        "seen": draft.revision if draft else 0,
        "thread": thread_of(
            found.limb.recommendation.reference, standing=access.standing_of(request.user)
        ),
    }
    return render(request, "accountability/recommendation_sign.html", shown, status=status)


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, number: str, part: str) -> HttpResponse:
    found = _part(request, number, part)
    changing = found.state in pages.AT_WORK
    _may(request, found, Action.REPORT_PROGRESS, "" if changing else "plan")
    last = found.plans.last()
    initial: dict[str, Any] = {"seen": found.revision}
    if last is not None:
        initial |= {"steps": last.steps, "complete_by": last.complete_by}
    kind, act = (
        (ChangedPlanForm, services.change_plan) if changing else (PlanForm, services.send_plan)
    )

    def send(given: dict[str, Any]) -> None:
        act(part=found, by=request.user, now=timezone.now(), **given)  # type: ignore[operator]

    return _on_part(
        request,
        found,
        kind(request.POST or None, initial=initial),
        send,
        said="The changed plan was sent." if changing else "The plan was sent.",
        heading="Change the plan" if changing else "Send the plan",
        button="Send it",
    )


@require_http_methods(["GET", "POST"])
def progress(request: HttpRequest, number: str, part: str) -> HttpResponse:
    found = _part(request, number, part)
    _may(request, found, Action.REPORT_PROGRESS, "report_progress")

    def report(given: dict[str, Any]) -> None:
        services.report_progress(part=found, by=request.user, now=timezone.now(), **given)

    return _on_part(
        request,
        found,
        ProgressForm(request.POST or None, initial={"seen": found.revision}),
        report,
        said="The news was sent.",
        heading="Report progress",
        button="Send it",
    )


@require_http_methods(["GET", "POST"])
def evidence(request: HttpRequest, number: str, part: str) -> HttpResponse:
    found = _part(request, number, part)
    access.require(request.user, Action.ADD_EVIDENCE, concerning={found.organisation.code})
    if request.method != "POST":
        services.refuse_evidence_now(found)

    def add(given: dict[str, Any]) -> None:
        services.add_evidence(part=found, by=request.user, now=timezone.now(), **given)

    return _on_part(
        request,
        found,
        EvidenceForm(request.POST or None),
        add,
        said="The evidence was added.",
        heading="Add evidence",
        button="Add it",
    )


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, number: str, part: str) -> HttpResponse:
    found = _part(request, number, part)
    _may(request, found, Action.VERIFY, "verify")
    by: Any = request.user
    refuse_own_work(found, by=by, now=timezone.now())

    def record(given: dict[str, Any]) -> None:
        record_verification(part=found, by=request.user, now=timezone.now(), **given)

    return _on_part(
        request,
        found,
        VerificationForm(request.POST or None, initial={"seen": found.revision}, part=found),
        record,
        said="What you found was recorded.",
        heading="Record what was found",
        intro="A verification stands as it was written. Read it once more before you record it.",
        button="Record it",
    )


def _part(request: HttpRequest, number: str, part: str) -> Part:
    recommendation = recommendation_of(number, request.user)
    found = part_of(recommendation, part, request.user)
    found.limb.recommendation = recommendation
    return found


def _may(request: HttpRequest, part: Part, action: Action, event: str) -> None:
    """The permission; when only looking also that the step can be taken now.

    What was typed is not lost when the state has changed meanwhile: then the service refuses.
    """
    concerning = case_of_part(part).concerning(action)
    access.require(request.user, action, concerning=concerning)
    if event and request.method != "POST":
        guards = (g.name for t in part.MACHINE.transitions for g in t.guards)
        part.MACHINE.step(part.state, event, dict.fromkeys(guards, True))


def _on_part(
    request: HttpRequest,
    part: Part,
    form: forms.Form,
    act: Callable[[dict[str, Any]], None],
    *,
    seen: Callable[[], int] | None = None,
    **shown: Any,
) -> HttpResponse:
    recommendation = part.limb.recommendation
    return asked_on_form(
        request,
        form,
        template="accountability/recommendation_form.html",
        act=act,
        seen=seen or (lambda: Part.objects.values_list("revision", flat=True).get(pk=part.pk)),
        to=lambda: _back(part),
        back=_back(part),
        caption=f"Recommendation {recommendation.number}: {recommendation.heading}",
        part=_shown(part),
        about=recommendation.reference,
        **shown,
    )


def _shown(part: Part) -> dict[str, str]:
    return {
        "letter": part.limb.letter,
        "text": part.limb.text,
        "success": part.limb.success,
        "organisation": part.organisation.name,
    }


def _draft_revision(part: Part) -> int:
    return PartDraft.objects.filter(part=part).values_list("revision", flat=True).first() or 0


def _back(part: Part) -> str:
    return f"/recommendations/{part.limb.recommendation.number}/#{pages.anchor_of(part)}"


def _page(request: HttpRequest, part: Part, *, status: int, **refusal: Any) -> HttpResponse:
    """The page of the recommendation, with a refused step of one of its parts."""
    number = part.limb.recommendation.number
    page = recommendation_page(number, request.user, now=timezone.now())
    shown_parts = (p for limb in page.limbs for p in limb.parts if p.number == part.number)
    offers = next((p.offers for p in shown_parts), ())
    shown = {**shown_again(page, offers=offers, **refusal), "refused_part": part.number}
    return render(request, "accountability/recommendation.html", shown, status=status)


_ONE = "recommendations/<slug:number>/parts/<str:part>/"

urlpatterns: list[URLPattern] = [
    path(f"{_ONE}move/", move, name="part-move"),
    path(f"{_ONE}respond/", respond, name="part-respond"),
    path(f"{_ONE}sign/", sign, name="part-sign"),
    path(f"{_ONE}plan/", plan, name="part-plan"),
    path(f"{_ONE}progress/", progress, name="part-progress"),
    path(f"{_ONE}evidence/", evidence, name="part-evidence"),
    path(f"{_ONE}verify/", verify, name="part-verify"),
]
