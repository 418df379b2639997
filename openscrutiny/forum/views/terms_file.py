"""The terms of reference as a file: taken away, and adopted from one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from openscrutiny.base import access
from openscrutiny.base.steps import status_of
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.forum.forms.terms_file import AdoptFileForm, TermsFileForm
from openscrutiny.forum.pages.terms import forum_code, names
from openscrutiny.forum.pages.terms_file import LookedAtPage, looked_at
from openscrutiny.forum.services.terms import adopt_terms
from openscrutiny.forum.terms_file.reading import LARGEST
from openscrutiny.forum.terms_file.writing import as_yaml
from openscrutiny.forum.views.filling_in import day_asked, person


@require_safe
def take_away(request: HttpRequest) -> HttpResponse:
    """The terms of a day as a file, for anybody: they are public."""
    known = terms.versions()
    found = known.on(day_asked(request))
    text = as_yaml(known.document_of(found.version), names=names(found))
    answer = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    name = f"terms-of-reference-version-{found.version}.yaml"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def adopt(request: HttpRequest) -> HttpResponse:
    """Upload, look at every difference, then adopt from a day on."""
    access.require(request.user, Action.CHANGE_TERMS, concerning=[forum_code()])
    if request.method == "POST" and "text" in request.POST:
        return _adopted(request)
    sent = request.method == "POST"
    form = TermsFileForm(request.POST, request.FILES) if sent else TermsFileForm()
    if not (sent and form.is_valid()):
        status = 422 if sent else 200
        return render(request, "forum/terms_adopt.html", {"form": form}, status=status)
    # One byte more than is taken says that there is more.
    content = form.cleaned_data["file"].read(LARGEST + 1)
    page = looked_at(content)
    if page.problems:
        return _looked(request, page, status=422)
    text = content.decode("utf-8-sig")
    ready = AdoptFileForm(
        initial={"text": text, "seen": page.version, "valid_from": timezone.localdate()}
    )
    return _looked(request, page, ready)


def _adopted(request: HttpRequest) -> HttpResponse:
    """The file that was looked at is read once more, and adopted."""
    form = AdoptFileForm(request.POST)
    page = looked_at(request.POST.get("text", "").encode("utf-8", "replace"))
    if page.document is None:
        return _looked(request, page, status=422)
    if not form.is_valid():
        return _looked(request, page, form, status=422)
    said = form.cleaned_data
    try:
        made = adopt_terms(
            document=page.document,
            valid_from=said["valid_from"],
            why=said["why"],
            decision=said["decision"],
            seen=said["seen"],
            by=person(request),
            now=timezone.now(),
        )
    except NotPossible as refusal:
        return _looked(request, page, form, problem=refusal, status=status_of(refusal))
    messages.success(request, f"Version {made.version} is adopted.")
    return redirect("/terms/#versions")


def _looked(
    request: HttpRequest,
    page: LookedAtPage,
    form: AdoptFileForm | None = None,
    *,
    problem: NotPossible | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = {"page": page, "form": form, "problem": problem}
    return render(request, "forum/terms_looked_at.html", shown, status=status)
