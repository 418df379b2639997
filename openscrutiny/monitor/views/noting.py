"""What people say beside the figures: notes on charts and new baselines, and withdrawing them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.base.lists import Asked
from openscrutiny.core.months import Month
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor import noting
from openscrutiny.monitor.forms import AnnotationForm, RebaseForm, WithdrawNoteForm
from openscrutiny.monitor.pages import noting as pages
from openscrutiny.monitor.pages.noting import CannotRebase
from openscrutiny.monitor.responses import as_csv, page

_LONGEST = 60


@require_safe
@page
def annotations(request: HttpRequest) -> HttpResponse:
    shown = {
        "page": pages.annotations_page(Asked.of(request)),
        "may_annotate": access.allows(request.user, Action.ANNOTATE),
    }
    return render(request, "monitor/annotations.html", shown)


@require_safe
@page
def annotations_json(request: HttpRequest) -> HttpResponse:
    told = {"annotations": pages.annotations_json()}
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False})


@require_safe
@page
def annotations_csv(request: HttpRequest) -> HttpResponse:
    return as_csv("annotations.csv", pages.NOTE_COLUMNS, pages.annotations_rows())


@require_http_methods(["GET", "HEAD", "POST"])
@page
def annotate(request: HttpRequest) -> HttpResponse:
    """A note on charts. The chart that led here fills in its area and strand."""
    access.require(request.user, Action.ANNOTATE)
    figures, now = reading.current(), timezone.now()
    sent = request.method == "POST"
    given = {name: request.GET.getlist(name)[:1] for name in ("areas", "strands")}
    form = AnnotationForm(request.POST if sent else None, initial=given, figures=figures, now=now)
    problem: NotPossible | None = None
    if sent and form.is_valid():
        try:
            made = noting.annotate(
                figures=figures, **form.cleaned_data, by=_person(request), now=now
            )
        except NotPossible as refusal:
            problem = refusal
        else:
            messages.success(request, f"Note {made.number} stands on the charts it concerns now.")
            return redirect("annotations")
    shown = {"form": form, "problem": problem}
    return render(request, "monitor/annotate.html", shown, status=_status(sent, form, problem))


@require_http_methods(["GET", "HEAD", "POST"])
@page
def withdraw_annotation(request: HttpRequest, number: str) -> HttpResponse:
    access.require(request.user, Action.ANNOTATE)
    row, line = pages.annotation_of(number)

    def take(reason: str) -> None:
        noting.withdraw_annotation(
            annotation=row, reason=reason, by=_person(request), now=timezone.now()
        )

    said = "It leaves every chart. It stays in the list of notes, with your reason."
    return _withdraw(request, row, line, take, said=said, noun="note", back="annotations")


@require_safe
@page
def rebases(request: HttpRequest) -> HttpResponse:
    shown = {
        "page": pages.rebases_page(Asked.of(request)),
        "display_only": pages.DISPLAY_ONLY,
        "may_rebase": access.allows(request.user, Action.CONFIRM_REBASE),
    }
    return render(request, "monitor/rebases.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@page
def rebase(request: HttpRequest) -> HttpResponse:
    """A new baseline: chosen, looked at as it would be, and only then confirmed."""
    access.require(request.user, Action.CONFIRM_REBASE)
    series = {n: _text(request, n) for n in ("measure", "area", "strand")}
    sent = request.method == "POST"
    try:
        shown = pages.rebasing_page(**series)
        form = RebaseForm(request.POST if sent else None, months=shown.months)
        month: Month | None = None
        problem: NotPossible | None = None
        if sent and form.is_valid():
            month, reason = Month.parse(form.cleaned_data["month"]), form.cleaned_data["reason"]
            # Only what was looked at is confirmed.
            if "confirm" in request.POST and request.POST.get("seen") == str(month):
                try:
                    noting.confirm_rebase(
                        figures=reading.current(),
                        **series,
                        month=month,
                        reason=reason,
                        by=_person(request),
                        now=timezone.now(),
                    )
                except NotPossible as refusal:
                    problem = refusal
                else:
                    words = f"The limits of this chart start afresh in {month.words}."
                    messages.success(request, words)
                    return redirect(f"{shown.back}#nhs-chart")
            shown = pages.rebasing_page(**series, month=month, reason=reason)
    except CannotRebase as error:
        return render(request, "monitor/cannot.html", {"reason": str(error)}, status=400)
    told = {"page": shown, "form": form, "problem": problem}
    return render(request, "monitor/rebase.html", told, status=_status(sent, form, problem))


@require_http_methods(["GET", "HEAD", "POST"])
@page
def withdraw_rebase(request: HttpRequest, number: str) -> HttpResponse:
    access.require(request.user, Action.CONFIRM_REBASE)
    row, line = pages.rebase_of(number)

    def take(reason: str) -> None:
        noting.withdraw_rebase(rebase=row, reason=reason, by=_person(request), now=timezone.now())

    said = "The chart takes its limits from all its months again. Findings stay as they are."
    return _withdraw(request, row, line, take, said=said, noun="new baseline", back="rebases")


def _withdraw(
    request: HttpRequest,
    row: Any,
    line: pages.SaidLine,
    take: Callable[[str], None],
    *,
    said: str,
    noun: str,
    back: str,
) -> HttpResponse:
    """Ask why, withdraw, and go back to the list; what was withdrawn already is refused."""
    noting.refuse_withdrawn(row)
    sent = request.method == "POST"
    form = WithdrawNoteForm(request.POST if sent else None)
    if sent and form.is_valid():
        take(form.cleaned_data["reason"])
        messages.success(request, f"{noun.capitalize()} {line.number} was withdrawn.")
        return redirect(back)
    shown = {"line": line, "form": form, "said": said, "noun": noun, "back": back}
    return render(request, "monitor/withdraw_note.html", shown, status=_status(sent, form, None))


def _status(sent: bool, form: Any, problem: NotPossible | None) -> int:
    return 409 if problem else 422 if sent and form.errors else 200


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "")[:_LONGEST].strip()


def _person(request: HttpRequest) -> Any:
    return request.user
