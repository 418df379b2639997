"""How a page object leaves: HTML, JSON or CSV, with a name for its state so that it may be kept."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers

import openscrutiny
from openscrutiny.base.access import standing_of
from openscrutiny.base.layout import asset
from openscrutiny.base.models import AuditHead
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.figures import NothingHere

View = Callable[..., HttpResponse]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def state_of(request: HttpRequest) -> str | None:
    """The ETag of a page: everything that may change it. None for a page with a message on it."""
    if settings.PLACE is None or len(get_messages(request)):
        return None
    place = reading.served_place()
    ledger = place.folder / "ledger.json"
    kept = place.folder / "nulls"
    said = (
        openscrutiny.__version__,
        asset("site.css"),
        reading.method_in_force().version,
        place.id,
        ledger.stat().st_mtime_ns if ledger.exists() else 0,
        sorted(p.name for p in kept.glob("*.npz")),
        request.get_full_path(),
        getattr(request.user, "pk", None),
        standing_of(request.user),
        # A form on a page that was kept must still be good after signing out and in again.
        request.META.get("CSRF_COOKIE", ""),
        # What is overdue is said on the day, also to those who kept the page.
        timezone.localdate(),
        AuditHead.objects.values_list("sequence", flat=True).first(),
    )
    return f'"{hashlib.sha256(repr(said).encode()).hexdigest()[:24]}"'


def page(view: View) -> View:
    """A page of figures: an unknown name is a page that says so; nothing is sent twice."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        etag = state_of(request) if request.method in ("GET", "HEAD") else None
        unchanged = get_conditional_response(request, etag=etag) if etag else None
        response = unchanged or _answer(view, request, *args, **kwargs)
        if etag and response.status_code in (200, 304):
            response["ETag"] = etag
            response["Cache-Control"] = "private, no-cache"
            patch_vary_headers(response, ["Cookie"])
        return response

    return answered


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except NothingHere as nothing:
        return render(request, "monitor/nothing.html", {"reason": str(nothing.args[0])})
    except LookupError as unknown:
        if type(unknown) in (LookupError, KeyError, IndexError):
            raise  # our own mistake, not a name that leads nowhere
        raise Http404(str(unknown.args[0])) from None


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """A CSV file; a text that a spreadsheet would run as a formula is quoted first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _safe(cell: Any) -> Any:
    if cell is None:
        return ""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
