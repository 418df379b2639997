"""The representation matrix: the page and its table as CSV."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.pages.representation import (
    COLUMNS,
    MEETINGS,
    MOST_MEETINGS,
    RepresentationPage,
    csv_rows,
    representation_page,
)
from openscrutiny.forum.views.filling_in import day_asked, of_a_known_day
from openscrutiny.monitor.responses import as_csv


@require_safe
@of_a_known_day
def representation(request: HttpRequest) -> HttpResponse:
    """Who is represented, and who was in the room: ``?body=``, ``?meetings=``, ``?on=``."""
    return render(request, "forum/representation.html", {"page": _page(request)})


@require_safe
@of_a_known_day
def representation_csv(request: HttpRequest) -> HttpResponse:
    """The table, one row for each strand and kind of agency that has a seat."""
    page = _page(request)
    return as_csv(f"representation-{page.code}-{page.on}.csv", COLUMNS, csv_rows(page))


def _page(request: HttpRequest) -> RepresentationPage:
    said = request.GET.get("meetings", "")
    readable = said.isascii() and said.isdecimal() and len(said) < 4
    last = min(max(int(said), 1), MOST_MEETINGS) if readable else MEETINGS
    body = request.GET.get("body", "")
    try:
        return representation_page(
            body, on=day_asked(request), last=last, today=timezone.localdate()
        )
    except NotPossible as none:
        raise Http404(str(none)) from None
