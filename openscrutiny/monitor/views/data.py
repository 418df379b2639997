"""The data pages: what is in use, the way back to the file, bringing files in and taking out."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.contrib import messages
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.base.lists import Asked
from openscrutiny.core.permits import Action
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor import services
from openscrutiny.monitor.forms import ImportForm, WithdrawForm
from openscrutiny.monitor.pages import data as pages
from openscrutiny.monitor.pages.export import (
    SERIES_COLUMNS,
    CannotExport,
    series_export,
    series_json,
)
from openscrutiny.monitor.pages.sources import batch_address
from openscrutiny.monitor.pages.trace import CannotTrace, trace_page
from openscrutiny.monitor.responses import as_csv, page
from openscrutiny.warehouse.batches import WithdrawalRefused
from openscrutiny.warehouse.export import write_facts
from openscrutiny.warehouse.ingest import ImportRefused

_LONGEST = 60


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\0", "")[:_LONGEST].strip()


@require_safe
@page
def data(request: HttpRequest) -> HttpResponse:
    shown = {
        "page": pages.data_page(Asked.of(request)),
        "may_import": access.allows(request.user, Action.IMPORT_FILE),
    }
    return render(request, "monitor/data.html", shown)


@require_safe
@page
def batch(request: HttpRequest, batch: str) -> HttpResponse:
    shown = {
        "page": pages.batch_page(batch, standing=access.standing_of(request.user)),
        "may_withdraw": access.allows(request.user, Action.WITHDRAW_BATCH),
    }
    return render(request, "monitor/batch.html", shown)


@require_safe
@page
def published_file(request: HttpRequest, batch: str) -> HttpResponseBase:
    path, name = pages.published_file(batch)
    return _download(path, name)


@require_safe
@page
def rejected_rows(request: HttpRequest, batch: str) -> HttpResponseBase:
    return _download(pages.rejected_file(batch), f"{batch}-rejected.csv")


@require_safe
@page
def facts(request: HttpRequest, batch: str) -> HttpResponse:
    manifest = pages.figures_of(batch)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "facts.csv"
        write_facts(reading.served_place(), manifest, target)
        response = HttpResponse(target.read_bytes(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{batch}.csv"'
    return response


@require_safe
@page
def trace(request: HttpRequest) -> HttpResponse:
    names = ("counted", "area", "strand", "month")
    try:
        found = trace_page(
            **{n: _text(request, n) for n in names},
            first=_text(request, "from"),
            last=_text(request, "to"),
        )
    except CannotTrace as error:
        return render(request, "monitor/cannot.html", {"reason": str(error)}, status=400)
    return render(request, "monitor/trace.html", {"page": found})


@require_safe
@page
def series(request: HttpRequest) -> HttpResponse:
    try:
        rows = series_export(**_series(request))
    except CannotExport as error:
        return render(request, "monitor/cannot.html", {"reason": str(error)}, status=400)
    return as_csv(f"{_text(request, 'measure')}.csv", SERIES_COLUMNS, rows)


@require_safe
@page
def series_as_json(request: HttpRequest) -> HttpResponse:
    try:
        told = series_json(**_series(request))
    except CannotExport as error:
        return render(request, "monitor/cannot.html", {"reason": str(error)}, status=400)
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False})


def _series(request: HttpRequest) -> dict[str, str]:
    """The series that a query names."""
    asked = {n: _text(request, n) for n in ("measure", "area", "strand", "months")}
    return {**asked, "first": _text(request, "from"), "last": _text(request, "to")}


@require_http_methods(["GET", "POST"])
@page
def import_file(request: HttpRequest) -> HttpResponse:
    access.require(request.user, Action.IMPORT_FILE)
    place = reading.served_place()
    sent = request.method == "POST"
    form = ImportForm(request.POST, request.FILES) if sent else ImportForm()
    if not form.is_valid():
        return render(request, "monitor/import.html", {"form": form})
    given = form.cleaned_data["file"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(given.name).name
        with path.open("wb") as file:
            for chunk in given.chunks():
                file.write(chunk)
        try:
            result = services.bring_in(
                path=path,
                place=place,
                by=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
            )
        except ImportRefused as refused:
            shown = {"problems": refused.problems, "file": given.name}
            return render(request, "monitor/import_refused.html", shown, status=422)
    return render(request, "monitor/imported.html", {"result": result})


@require_http_methods(["GET", "POST"])
@page
def withdraw(request: HttpRequest, batch: str) -> HttpResponse:
    access.require(request.user, Action.WITHDRAW_BATCH)
    shown = pages.batch_page(batch, standing=access.standing_of(request.user))
    form = WithdrawForm(request.POST) if request.method == "POST" else WithdrawForm()
    if form.is_valid():
        try:
            services.withdraw_batch(
                place=reading.served_place(),
                batch=batch,
                reason=form.cleaned_data["reason"],
                by=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
            )
        except WithdrawalRefused as refused:
            form.add_error("reason", str(refused))
        else:
            messages.success(request, f"{shown.line.title} ({batch}) was withdrawn.")
            return redirect(batch_address(batch))
    return render(request, "monitor/withdraw.html", {"page": shown, "form": form})


def _download(path: Path, name: str) -> FileResponse:
    return FileResponse(
        path.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream"
    )
