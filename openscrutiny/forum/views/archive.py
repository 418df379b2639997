"""Views of the archive, and of what others take away from the forum's record."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.base.lists import Asked
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import popolo as taken_away
from openscrutiny.forum.forms.archive import RecordForm
from openscrutiny.forum.older_record import BadRecord
from openscrutiny.forum.pages import archive as pages
from openscrutiny.forum.services.archive import Becomes, bring_in, would_become


@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """All meetings of older records."""
    page = pages.archive_page(request.user, Asked.of(request))
    return render(request, "forum/archive.html", {"page": page})


@require_safe
def archived(request: HttpRequest, record: str, edition: int, place: int) -> HttpResponse:
    """One meeting of an older record."""
    known = edition < 2**31 and place < 2**31
    page = pages.archived_page(record, edition, place) if known else None
    if page is None:
        raise Http404("There is no such meeting in the archive. Look for it in its list.")
    return render(request, "forum/archived.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def bring_in_record(request: HttpRequest) -> HttpResponse:
    """Handing in an older record: first it is looked at, then it is brought in."""
    own = access.standing_of(request.user).organisations
    access.require(request.user, Action.BRING_IN_RECORD, concerning=own)
    now = timezone.now()
    if request.method != "POST":
        return _form(request, RecordForm())
    form = RecordForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, status=422)
    content, record = form.cleaned_data["content"], form.cleaned_data["record"]
    try:
        if "confirmed" not in request.POST:
            found = would_become(content, record=record, now=now)
            held = [pages.held_in_words(entry.held) for entry in found.entries]
            shown = {
                "found": found,
                "lines": list(zip(held, found.entries, strict=True)),
                "text": b64encode(content).decode(),
                "changes": found.becomes in (Becomes.FIRST, Becomes.CORRECTED),
            }
            return render(request, "forum/archive_preview.html", shown)
        became = bring_in(content, record=record, by=_person(request), now=now)
    except BadRecord as bad:
        return _form(request, form, problems=bad.problems, status=422)
    except NotPossible as problem:
        return _form(request, form, problem=problem, status=409)
    messages.success(request, became.words)
    return redirect("archive")


@require_safe
def popolo(request: HttpRequest) -> HttpResponse:
    """Bodies, seats, who sits in them and meetings, as Popolo, as far as they are public."""
    found = taken_away.document(now=timezone.now())
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})


def _form(
    request: HttpRequest, form: RecordForm, *, status: int = 200, **said: Any
) -> HttpResponse:
    shown = {"form": form, **said}
    return render(request, "forum/archive_form.html", shown, status=status)


def _person(request: HttpRequest) -> Any:
    return request.user
