"""The file of members: a template, what is there to take away, and bringing rows in."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.core.permits import Action
from openscrutiny.forum import members_file
from openscrutiny.forum.forms.members import LookedAtForm, MembersForm, kept
from openscrutiny.forum.models import Membership
from openscrutiny.forum.services.members import bring_in_members, try_members
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
        rows, problems = members_file.read_members(file.read(members_file.LARGEST + 1))
    except members_file.Unreadable as unreadable:
        return _looked(request, (), [unreadable.problem], file.name)
    return _looked(request, rows, list(problems), file.name)


@require_safe
def take_away(request: HttpRequest, what: str) -> HttpResponse:
    """``template.csv``, ``template.xlsx``, ``members.csv`` or ``members.xlsx``."""
    _require(request)
    name, _, kind = what.rpartition(".")
    if name not in ("template", "members") or kind not in ("csv", "xlsx"):
        raise Http404("There is no such file of members.")
    rows = list(_rows(request)) if name == "members" else []
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
        return _looked(request, rows, [], "the rows you looked at")
    messages.success(request, f"{len(outcomes)} rows were brought in.")
    return redirect("/seats/")


def _looked(
    request: HttpRequest,
    rows: tuple[members_file.Row, ...],
    problems: list[members_file.Problem],
    name: str,
) -> HttpResponse:
    """What each row would do, and what stands in the way; rows are kept only where nothing does."""
    outcomes = try_members(rows=rows, by=person(request), now=timezone.now()) if rows else ()
    problems += [o.problem for o in outcomes if o.problem]
    problems.sort(key=lambda p: p.row)
    shown = {
        "name": name,
        "outcomes": [o for o in outcomes if not o.problem],
        "problems": problems,
        "kept": "" if problems else kept(rows),
    }
    status = 422 if problems else 200
    return render(request, "forum/members_looked_at.html", shown, status=status)


def _rows(request: HttpRequest) -> Iterator[tuple[str, ...]]:
    """Everybody who sits in a seat today, of the bodies whose seats the reader fills."""
    today = timezone.localdate()
    now = Membership.objects.on(today).filter(substitute_for=None)  # type: ignore[attr-defined]
    for m in now.select_related("body", "person", "on_behalf_of"):
        if access.allows(request.user, Action.FILL_SEATS, concerning=[m.body.code]):
            organisation = m.on_behalf_of.code if m.on_behalf_of else ""
            since = m.since.isoformat()
            yield m.body.code, m.seat, m.person.name, m.person.email, organisation, since


def _require(request: HttpRequest) -> None:
    mine = access.standing_of(request.user).organisations
    access.require(request.user, Action.FILL_SEATS, concerning=mine)
