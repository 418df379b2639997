"""Trying other settings: the page, and its list as JSON and CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openscrutiny.base import access
from openscrutiny.core.permits import Action
from openscrutiny.monitor.forms import TryForm
from openscrutiny.monitor.pages import what_if as pages
from openscrutiny.monitor.pages.what_if import Answer, Asked
from openscrutiny.monitor.responses import as_csv, page

_LONGEST = 60


@require_safe
@page
def what_if(request: HttpRequest) -> HttpResponse:
    return _page(request, *_tried(request))


@require_safe
@page
def what_if_json(request: HttpRequest) -> HttpResponse:
    asked, form, answer = _tried(request)
    if form.errors:
        told = {"errors": {name: list(said) for name, said in form.errors.items()}}
        return _json(told, status=422)
    return _json(
        {
            "settings": {s.name: form.moved.get(s.name, s.now) for s in asked.settings},
            "in_force": {s.name: s.now for s in asked.settings},
            "measure": asked.measure.id,
            "month": asked.month,
            **(answer.counts if answer else {}),
            "data_version": asked.data_version,
            "method_version_in_force": asked.method_version,
            "findings": list(answer.rows) if answer else [],
        }
    )


@require_safe
@page
def what_if_csv(request: HttpRequest) -> HttpResponse:
    asked, form, answer = _tried(request)
    if form.errors:
        return _page(request, asked, form, answer)
    rows = [[row[c] for c in pages.COLUMNS] for row in (answer.rows if answer else ())]
    return as_csv("what-if.csv", pages.COLUMNS, rows)


def _tried(request: HttpRequest) -> tuple[Asked, TryForm, Answer | None]:
    """What is asked for, the form it was asked with, and the answer where it can be read."""
    access.require(request.user, Action.TRY_METHODS)
    given = request.GET.copy()
    asked = pages.asked(*(_text(request, name) for name in ("measure", "month")))
    # Nothing said is the first measure and the latest month.
    given["measure"] = given.get("measure") or asked.measure.id
    given["month"] = given.get("month") or asked.month
    form = TryForm(given, measures=asked.measures, months=asked.months, settings=asked.settings)
    return asked, form, pages.answer(asked, form.moved) if form.is_valid() else None


def _page(request: HttpRequest, asked: Asked, form: TryForm, answer: Answer | None) -> HttpResponse:
    shown = {"page": asked, "form": form, "answer": answer}
    return render(request, "monitor/what_if.html", shown, status=422 if form.errors else 200)


def _json(told: dict[str, Any], status: int = 200) -> JsonResponse:
    return JsonResponse(told, status=status, json_dumps_params={"ensure_ascii": False})


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "")[:_LONGEST].strip()
