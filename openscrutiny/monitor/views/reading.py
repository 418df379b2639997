"""Findings, areas, strands and measures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from openscrutiny.base import access
from openscrutiny.base.access import standing_of
from openscrutiny.core.months import Month
from openscrutiny.core.permits import Action
from openscrutiny.monitor.pages.area import area_page, areas_page
from openscrutiny.monitor.pages.finding import finding_page
from openscrutiny.monitor.pages.findings import (
    ANY,
    COLUMNS,
    Choice,
    FindingsPage,
    findings_page,
)
from openscrutiny.monitor.pages.measure import MeasurePage, measure_page, measures_page
from openscrutiny.monitor.pages.strand import strand_page, strands_page
from openscrutiny.monitor.responses import as_csv, page

_LONGEST = 60


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "")[:_LONGEST].strip()


def _with_charts(request: HttpRequest, page: Any) -> dict[str, Any]:
    """The context of a page with charts in time, and what this person may say beside them."""
    return {
        "page": page,
        "may_annotate": access.allows(request.user, Action.ANNOTATE),
        "may_rebase": access.allows(request.user, Action.CONFIRM_REBASE),
    }


def _asked(request: HttpRequest) -> FindingsPage:
    """The findings page a query asks for. What cannot be read is as if it had not been said."""

    def text(name: str) -> str:
        return _text(request, name)

    number = text("page")
    month = text("month")
    if month and month != ANY:
        try:
            month = str(Month.parse(month))
        except ValueError:
            month = ""
    return findings_page(
        Choice(
            area=text("area"),
            strand=text("strand"),
            measure=text("measure"),
            kind=text("kind"),
            month=month,
            page=int(number) if number.isdecimal() and len(number) < 6 else 1,
        )
    )


@require_safe
@page
def findings(request: HttpRequest) -> HttpResponse:
    shown = {"page": _asked(request), "may_try": access.allows(request.user, Action.TRY_METHODS)}
    return render(request, "monitor/findings.html", shown)


@require_safe
@page
def findings_json(request: HttpRequest) -> HttpResponse:
    asked = _asked(request)
    return JsonResponse(
        {
            "checked": asked.counted.checked if asked.counted else None,
            "expected_by_chance": asked.counted.expected if asked.counted else None,
            "data_version": asked.data_version,
            "method_version": asked.method_version,
            "findings": list(asked.rows),
        },
        json_dumps_params={"ensure_ascii": False},
    )


@require_safe
@page
def findings_csv(request: HttpRequest) -> HttpResponse:
    rows = [[row[c] for c in COLUMNS] for row in _asked(request).rows]
    return as_csv("findings.csv", COLUMNS, rows)


@require_safe
@page
def finding(request: HttpRequest, id: str) -> HttpResponse:
    found = finding_page(id, standing=standing_of(request.user))
    shown = {**_with_charts(request, found), "thread": found.thread}
    return render(request, "monitor/finding.html", shown)


@require_safe
@page
def finding_json(request: HttpRequest, id: str) -> HttpResponse:
    found = finding_page(id, standing=standing_of(request.user))
    return JsonResponse(found.json, json_dumps_params={"ensure_ascii": False})


@require_safe
@page
def areas(request: HttpRequest) -> HttpResponse:
    return render(request, "monitor/areas.html", {"page": areas_page()})


@require_safe
@page
def area(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "monitor/area.html", _with_charts(request, area_page(slug)))


@require_safe
@page
def strands(request: HttpRequest) -> HttpResponse:
    return render(request, "monitor/strands.html", {"page": strands_page()})


@require_safe
@page
def strand(request: HttpRequest, code: str) -> HttpResponse:
    return render(request, "monitor/strand.html", _with_charts(request, strand_page(code)))


@require_safe
@page
def measures(request: HttpRequest) -> HttpResponse:
    shown = {"page": measures_page(today=timezone.localdate())}
    return render(request, "monitor/measures.html", shown)


@require_safe
@page
def measure(request: HttpRequest, id: str) -> HttpResponse:
    return render(request, "monitor/measure.html", _with_charts(request, _measure(request, id)))


@require_safe
@page
def measure_json(request: HttpRequest, id: str) -> HttpResponse:
    return JsonResponse(_measure(request, id).json, json_dumps_params={"ensure_ascii": False})


def _measure(request: HttpRequest, id: str) -> MeasurePage:
    asked = {name: _text(request, name) for name in ("area", "strand")}
    return measure_page(id, today=timezone.localdate(), **asked)
