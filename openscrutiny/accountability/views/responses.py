"""Writing an answer, and reading it once more before it is signed and sent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from openscrutiny.accountability.deadlines import lateness
from openscrutiny.accountability.forms.questions import AnswerForm, SignForm
from openscrutiny.accountability.pages import questions as pages
from openscrutiny.accountability.pages.responses import answer_page, draft_of, sign_page
from openscrutiny.accountability.services import responses as services
from openscrutiny.base.moves import Overtaken
from openscrutiny.core.workflow import NotPossible


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Write the answer and save it. Where a colleague was quicker, both texts are shown."""
    question = pages.question_for(number, request.user)
    page = answer_page(question, request.user, now=timezone.now())
    shown: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        form, status = AnswerForm(request.POST), 422
        if form.is_valid():
            try:
                services.save_draft(
                    question=question,
                    **{n: form.cleaned_data[n] for n in ("outcome", "text", "exemption", "seen")},
                    by=request.user,  # type: ignore[arg-type]
                    now=timezone.now(),
                )
            except NotPossible as problem:
                shown["problem"], status = problem, 409
                question = pages.question_for(number, request.user)
                if isinstance(problem, Overtaken):
                    page = answer_page(question, request.user, now=timezone.now())
                    form = AnswerForm({**request.POST.dict(), "seen": page.draft_revision})
                    shown["now_says"] = page.saved
            else:
                return _saved(request, number)
    else:
        form = AnswerForm(initial=AnswerForm.starting_from(draft_of(question)))
    shown |= {"page": page, "form": form, "thread": page.thread}
    return render(request, "accountability/question_answer.html", shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """Show the answer as it will stand; sign and send it when that is confirmed."""
    question = pages.question_for(number, request.user)
    problem, status = None, 200
    form = SignForm(request.POST)
    if request.method == "POST":
        try:
            if not form.is_valid():
                raise Overtaken("draft")
            response = services.sign(
                question=question,
                by=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
                **form.cleaned_data,
            )
        except Overtaken as refused:
            problem, status = refused, 409
            question = pages.question_for(number, request.user)
        else:
            late = lateness(response)
            when = f", {late}" if late else ", in time" if response.due else ""
            messages.success(request, f"The answer was signed and sent{when}.")
            return redirect("question", number)
    page = sign_page(question, request.user, now=timezone.now())
    shown = {"page": page, "problem": problem, "thread": page.thread}
    return render(request, "accountability/question_sign.html", shown, status=status)


def _saved(request: HttpRequest, number: str) -> HttpResponse:
    if "check" in request.POST:
        return redirect("question-sign", number)
    messages.success(request, "The draft was saved. Only your organisation can read it.")
    return redirect("question-answer", number)
