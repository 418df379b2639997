"""The file of members: a template, what is there to take away, and bringing rows in."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.core.permits import Action
from openscrutiny.forum import members_file
from openscrutiny.forum.forms.members import LookedAtForm, MembersForm, kept
from openscrutiny.forum.services.members import bring_in_members, sitting_rows, try_members
from openscrutiny.forum.views.filling_in import person

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request: HttpRequest) -> HttpResponse:
    """Upload, look at what each row would do, then bring in all rows or none."""
    _require(request)
    if request.method == "POST" and "rows" in request.POST:
        return _confirmed(request)
    sent = request.method == "POST"
    form = MembersForm(request.POST, request.FILES) if sent else MembersForm()
    if not (sent and form.is_valid()):
        shown = {"form": form, "columns": members_file.COLUMNS}
        return render(request, "forum/members.html", shown, status=422 if sent else 200)
    file = form.cleaned_data["file"]
    try:
        # One byte more than is taken says that there is more.
        read = members_file.read_members(file.read(members_file.LARGEST + 1))
    except members_file.Unreadable as unreadable:
        read = members_file.Read((), (unreadable.problem,))
    return _looked(request, read, file.name)


@require_safe
def take_away(request: HttpRequest, what: str) -> HttpResponse:
    """``template.csv``, ``template.xlsx``, ``members.csv`` or ``members.xlsx``."""
    _require(request)
    name, _, kind = what.rpartition(".")
    if name not in ("template", "members") or kind not in ("csv", "xlsx"):
        raise Http404("There is no such file of members.")
    mine = access.standing_of(request.user).organisations
    bodies = [c for c in mine if access.allows(request.user, Action.FILL_SEATS, concerning=[c])]
    rows = list(sitting_rows(bodies, on=timezone.localdate())) if name == "members" else []
    if kind == "csv":
        text = members_file.as_csv_text(rows)
        answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    else:
        answer = HttpResponse(members_file.as_workbook(rows), content_type=_XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{what}"'
    return answer


def _confirmed(request: HttpRequest) -> HttpResponse:
    form = LookedAtForm(request.POST)
    if not form.is_valid():
        again = MembersForm({}, {})
        again.full_clean()
        again.errors.clear()
        again.add_error("file", form.errors["rows"][0])
        shown = {"form": again, "columns": members_file.COLUMNS}
        return render(request, "forum/members.html", shown, status=422)
    rows = form.cleaned_data["rows"]
    outcomes = bring_in_members(rows=rows, by=person(request), now=timezone.now())
    if any(o.problem for o in outcomes):
        return _looked(request, members_file.Read(rows, ()), "the rows you looked at")
    number = "1 row was" if len(outcomes) == 1 else f"{len(outcomes)} rows were"
    messages.success(request, f"{number} brought in.")
    return redirect("/seats/")


def _looked(request: HttpRequest, read: members_file.Read, name: str) -> HttpResponse:
    """What each row would do, and what stands in the way; rows are kept only where nothing does."""
    rows = read.rows
    outcomes = try_members(rows=rows, by=person(request), now=timezone.now()) if rows else ()
    problems = [*read.problems, *(o.problem for o in outcomes if o.problem)]
    problems.sort(key=lambda p: p.row)
    shown = {
        "name": name,
        "dates": read.dates,
        "outcomes": [o for o in outcomes if not o.problem],
        "problems": problems,
        "kept": "" if problems else kept(rows),
    }
    status = 422 if problems else 200
    return render(request, "forum/members_looked_at.html", shown, status=status)


def _require(request: HttpRequest) -> None:
    mine = access.standing_of(request.user).organisations
    access.require(request.user, Action.FILL_SEATS, concerning=mine)
