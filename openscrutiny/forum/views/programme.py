"""Views of the work programme: the list, one subject, proposing, and what the public suggests."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.forms import MoveForm
from openscrutiny.base.lists import Asked
from openscrutiny.base.models import Organisation
from openscrutiny.base.steps import said_of, shown_again, status_of, take_step
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.forms.programme import (
    PlaceForm,
    RewordForm,
    ScoreForm,
    SuggestForm,
    WorkForm,
)
from openscrutiny.forum.models import WorkItem
from openscrutiny.forum.pages import programme as pages
from openscrutiny.forum.services import programme as services

_PLACED = {"schedule", "move"}


@require_safe
def programme(request: HttpRequest) -> HttpResponse:
    """The whole programme, or what of it concerns one strand."""
    page = pages.programme_page(request.user, Asked.of(request), now=timezone.now())
    return render(request, "forum/programme.html", {"page": page})


@require_safe
def work(request: HttpRequest, number: str) -> HttpResponse:
    """One subject."""
    return _show(request, _work(request, number))


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Proposing a subject; ``from`` names the thing it comes from."""
    standing = access.standing_of(request.user)
    access.require(request.user, Action.PROPOSE_WORK, concerning=standing.organisations)
    now = timezone.now()
    sent = request.method == "POST"
    asked = (request.POST.get("origin_reference") if sent else request.GET.get("from")) or ""
    start = pages.start_of(asked.replace("\0", "")[:160], by=request.user, now=now)
    form = WorkForm(
        request.POST if sent else None,
        initial=dict(start.initial),
        origin=start.origin,
        bodies=pages.bodies_for(request.user),
        strands=list(pages.strand_names(now).items()),
        areas=pages.area_names(),
    )
    problem: NotPossible | None = None
    if sent and form.is_valid():
        said = {**form.cleaned_data}
        body = Organisation.objects.get(code=said.pop("body"))
        try:
            made = services.propose_work(**said, body=body, by=_person(request), now=now)
        except NotPossible as refusal:
            problem = refusal
        else:
            messages.success(request, f"Proposed as {made.number}. It waits to be scored.")
            return redirect(made.href)
    shown = {"start": start, "form": form, "problem": problem}
    return render(request, "forum/work_new.html", shown, status=_status(form, problem))


@require_http_methods(["GET", "HEAD", "POST"])
def suggest(request: HttpRequest) -> HttpResponse:
    """What anybody suggests, and looking up what became of it by the receipt."""
    now = timezone.now()
    sent = request.method == "POST"
    form = SuggestForm(
        request.POST if sent else None,
        strands=list(pages.strand_names(now).items()),
        areas=pages.area_names(),
    )
    problem: NotPossible | None = None
    if sent and form.is_valid():
        said = {k: v for k, v in form.cleaned_data.items() if k != "website"}
        try:
            made = services.suggest_work(**said, by=request.user, now=now)
        except NotPossible as refusal:
            problem = refusal
        else:
            return redirect(f"/programme/suggest/?receipt={made.receipt}&sent=1")
    asked = request.GET.get("receipt", "").replace("\0", "")[:40]
    shown = {
        "form": form,
        "problem": problem,
        "asked": asked,
        "followed": pages.followed(asked) if asked else None,
        "just_sent": request.GET.get("sent") == "1",
    }
    return render(request, "forum/work_suggest.html", shown, status=_status(form, problem))


@require_POST
def move_work(request: HttpRequest, number: str) -> HttpResponse:
    """A step that needs no meeting: accept, decline, take off the meeting, finish."""
    found = _work(request, number)

    def take(**step: Any) -> object:
        return services.move_work(work=found, **step, by=_person(request), now=timezone.now())

    def again(**refusal: Any) -> HttpResponse:
        return _show(request, _work(request, number), **refusal)

    said = said_of(WorkItem.MACHINE, without=_PLACED)
    return take_step(request, said=said, take=take, show=again, back=found.href)


@require_POST
def place_work(request: HttpRequest, number: str) -> HttpResponse:
    """Scheduling for a meeting, or moving to another."""
    found = _work(request, number)
    now = timezone.now()
    form = PlaceForm(request.POST, meetings=pages.meetings_to_come(found, now=now))
    if not form.is_valid() or form.cleaned_data["event"] not in _PLACED:
        return _show(request, found, placing=form, status=422)
    try:
        services.move_work(work=found, **form.cleaned_data, by=_person(request), now=now)
    except NotPossible as problem:
        again = _work(request, number)
        return _show(request, again, placing=form, problem=problem, status=status_of(problem))
    messages.success(request, f"It is proposed for the agenda of {form.cleaned_data['meeting']}.")
    return redirect(found.href)


@require_POST
def score_work(request: HttpRequest, number: str) -> HttpResponse:
    """Answering the questions of the scoring."""
    found = _work(request, number)
    form = ScoreForm(request.POST)
    if not form.is_valid():
        return _show(request, found, scoring=form, status=422)
    try:
        services.score(
            work=found,
            answers=form.answers,
            seen=form.cleaned_data["seen"],
            by=_person(request),
            now=timezone.now(),
        )
    except NotPossible as problem:
        return _show(request, _work(request, number), scoring=form, problem=problem, status=409)
    messages.success(request, "The scores are saved.")
    return redirect(found.href)


@require_POST
def reword_work(request: HttpRequest, number: str) -> HttpResponse:
    """Putting what the programme shows in other words."""
    found = _work(request, number)
    form = RewordForm(request.POST)
    if not form.is_valid():
        return _show(request, found, rewording=form, status=422)
    try:
        services.reword_work(
            work=found, **form.cleaned_data, by=_person(request), now=timezone.now()
        )
    except NotPossible as problem:
        return _show(request, _work(request, number), rewording=form, problem=problem, status=409)
    messages.success(request, "The words are changed.")
    return redirect(found.href)


def _show(
    request: HttpRequest,
    found: WorkItem,
    *,
    status: int = 200,
    problem: NotPossible | None = None,
    refused: MoveForm | None = None,
    scoring: ScoreForm | None = None,
    rewording: RewordForm | None = None,
    placing: PlaceForm | None = None,
) -> HttpResponse:
    now = timezone.now()
    page = pages.work_page(found, by=request.user, now=now)
    seen = {"seen": found.revision}
    shown = {
        **shown_again(page, offers=page.offers, problem=problem, refused=refused),
        "score_form": _again(scoring, found) or ScoreForm(initial={**found.scores, **seen}),
        "reword_form": _again(rewording, found)
        or RewordForm(initial={"heading": found.heading, "why": found.why, **seen}),
        "placing": placing,
        "scoring": scoring,
        "rewording": rewording,
        "form": scoring or rewording or placing,
    }
    return render(request, "forum/work.html", shown, status=status)


def _again(form: Any, found: WorkItem) -> Any:
    """A refused form as it was sent. Sent again, it is about what the page now shows."""
    if form is None:
        return None
    form.data = {**form.data.dict(), "seen": found.revision}
    return form


def _work(request: HttpRequest, number: str) -> WorkItem:
    found = WorkItem.objects.filter(number=number).select_related("body", "meeting").first()
    standing = access.standing_of(request.user)
    seen = found if found and pages.visible(found, standing, request.user) else None
    return access.found_or_denied(seen, by=request.user, hidden=Action.READ_WORK)


def _status(form: Any, problem: NotPossible | None) -> int:
    return 409 if problem else 422 if form.is_bound and form.errors else 200


def _person(request: HttpRequest) -> Any:
    return request.user
