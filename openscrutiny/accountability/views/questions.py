"""Questions: the list, one question, drafting it, and every step of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.accountability.forms.questions import QuestionForm
from openscrutiny.accountability.models import Question
from openscrutiny.accountability.pages import questions as pages
from openscrutiny.accountability.pages.question_list import questions_page
from openscrutiny.accountability.services import questions as services
from openscrutiny.accountability.services import responses
from openscrutiny.accountability.views import responses as answering
from openscrutiny.base import access
from openscrutiny.base.access import standing_of
from openscrutiny.base.lists import Asked
from openscrutiny.base.moves import Overtaken
from openscrutiny.base.steps import shown_again, take_step
from openscrutiny.base.thread import thread_of
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible

# What each step does, and what is said once it was done.
STEPS: Mapping[str, tuple[Callable[..., Any], str]] = {
    "submit": (services.submit, "The question was submitted."),
    "accept": (services.accept, "The question was accepted as in the forum's remit."),
    "send_back": (services.send_back, "The question is a draft again."),
    "redirect": (services.redirect, "The question was redirected."),
    "refuse": (services.refuse, "The question was refused."),
    "issue": (services.issue, "The question was issued. Its clock runs."),
    "withdraw": (services.withdraw, "The question was withdrawn."),
    "acknowledge": (responses.acknowledge, "The question was acknowledged. Its clock runs on."),
    "ask_clarification": (
        responses.ask_clarification,
        "The forum was asked what it means. The clock stands still until it answers.",
    ),
    "clarify": (responses.clarify, "The question was clarified. The clock runs again."),
    "assess_satisfied": (responses.assess_satisfied, "The answer was found satisfactory."),
    "follow_up": (responses.follow_up, "More was asked for. The clock started anew."),
    "close": (responses.close, "The question was closed."),
}


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """The questions of a group that this person may read."""
    page = questions_page(request.user, Asked.of(request), now=timezone.now())
    return render(request, "accountability/questions.html", {"page": page})


@require_safe
def question(request: HttpRequest, number: str) -> HttpResponse:
    """One question, as this person may see it."""
    return _shown(request, pages.question_for(number, request.user))


@require_POST
def move(request: HttpRequest, number: str) -> HttpResponse:
    """Carry out one step. Where it is refused, the page is shown again with what was typed."""
    found = pages.question_for(number, request.user)

    def take(*, event: str, **step: Any) -> object:
        return STEPS[event][0](question=found, by=request.user, now=timezone.now(), **step)

    def again(**refusal: Any) -> HttpResponse:
        return _shown(request, pages.question_for(number, request.user), **refusal)

    said = {event: words for event, (_, words) in STEPS.items()}
    return take_step(request, said=said, take=take, show=again, back=pages.address_of(found))


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draft a question, prefilled from the line of enquiry it came from."""
    given = request.GET.get("enquiry", "").replace("\0", "")[:40]
    start = pages.prefilled(given, request.user, now=timezone.now())
    form = QuestionForm(request.POST or None, initial=start.initial)
    shown = {"form": form, "start": start, "thread": start.thread}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = services.draft_question(
                    enquiry=start.enquiry,
                    **_written(form),
                    by=request.user,  # type: ignore[arg-type]
                    now=timezone.now(),
                )
            except NotPossible as problem:
                shown["problem"], status = problem, 409
            else:
                messages.success(
                    request, f"Question {made.number} was drafted. Nobody was told yet."
                )
                return redirect("question", made.number)
    return render(request, "accountability/question_form.html", shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """Change a draft. Where somebody was quicker, both versions are shown and nothing is lost."""
    found = pages.question_for(number, request.user)
    access.require(request.user, Action.DRAFT_QUESTION)
    QUESTION.step(found.state, "submit", {"has_addressee": True})
    shown: dict[str, Any] = {"question": found, "status": 200}
    if request.method == "POST":
        form = QuestionForm(request.POST)
        shown["status"] = 422
        if form.is_valid():
            try:
                services.edit_question(
                    question=found,
                    **_written(form),
                    by=request.user,  # type: ignore[arg-type]
                    now=timezone.now(),
                    seen=form.cleaned_data["seen"] or 0,
                )
            except NotPossible as problem:
                shown |= {"problem": problem, "status": 409}
                if isinstance(problem, Overtaken):
                    found = pages.question_for(number, request.user)
                    form = QuestionForm({**request.POST.dict(), "seen": found.revision})
                    shown |= {"question": found, "now_says": found}
            else:
                messages.success(request, "The draft was saved.")
                return redirect("question", number)
    else:
        form = QuestionForm(
            initial={
                "heading": found.heading,
                "text": found.text,
                "why": found.why,
                "addressee": found.addressee,
                "seen": found.revision,
            }
        )
    shown |= {
        "form": form,
        "thread": thread_of(found.reference, standing=standing_of(request.user)),
    }
    return render(request, "accountability/question_form.html", shown, status=shown["status"])


def _written(form: QuestionForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("heading", "text", "why", "addressee")}


def _shown(
    request: HttpRequest, found: Question, *, status: int = 200, **refusal: Any
) -> HttpResponse:
    page = pages.question_page(found, request.user, now=timezone.now())
    shown = shown_again(page, offers=(*page.steps, *page.offers), **refusal)
    return render(request, "accountability/question.html", shown, status=status)


urlpatterns = [
    path("questions/", questions, name="questions"),
    path("questions/new/", new, name="question-new"),
    path("questions/<slug:number>/", question, name="question"),
    path("questions/<slug:number>/edit/", edit, name="question-edit"),
    path("questions/<slug:number>/move/", move, name="question-move"),
    path("questions/<slug:number>/answer/", answering.answer, name="question-answer"),
    path("questions/<slug:number>/sign/", answering.sign, name="question-sign"),
]
