"""Views of papers: the list, one of them, its versions and files, and every step of it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.lists import Asked
from openscrutiny.base.steps import said_of, shown_again, take_step
from openscrutiny.core.permits import Action
from openscrutiny.forum.documents import keeping
from openscrutiny.forum.forms.papers import LateForm, PaperForm, VersionForm
from openscrutiny.forum.models import AgendaItem, Paper
from openscrutiny.forum.pages import papers as pages
from openscrutiny.forum.services import papers as services
from openscrutiny.forum.views.forms import form_answer

_STEPS = {
    "submit": services.submit,
    "accept": services.accept,
    "return": services.return_paper,
    "publish": services.publish,
    "table": services.table,
    "withdraw": services.withdraw,
}
_NEED_A_REASON = {t.event for t in Paper.MACHINE.transitions if t.needs_reason}
_ENDINGS = {"application/pdf": "pdf"}


@require_safe
def papers(request: HttpRequest) -> HttpResponse:
    """Every paper a person may see."""
    page = pages.papers_page(request.user, Asked.of(request))
    return render(request, "forum/papers.html", {"page": page})


@require_safe
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """One paper as a page."""
    return _show(request, _paper(request, number))


@require_safe
def paper_version(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """A version of a paper that may not be the newest."""
    return _show(request, _paper(request, number), version=version)


@require_POST
def move_paper(request: HttpRequest, number: str) -> HttpResponse:
    """A step of a paper."""
    found = _paper(request, number)

    def take(*, event: str, seen: int, reason: str) -> object:
        said = {"reason": reason} if event in _NEED_A_REASON else {}
        step: Any = _STEPS[event]
        return step(paper=found, by=request.user, now=timezone.now(), seen=seen, **said)

    def again(**refusal: Any) -> HttpResponse:
        return _show(request, _paper(request, number), **refusal)

    return take_step(request, said=said_of(Paper.MACHINE), take=take, show=again, back=found.href)


@require_http_methods(["GET", "HEAD", "POST"])
def new_paper(request: HttpRequest, number: str) -> HttpResponse:
    """Drafting a paper under an item."""
    # What is not there and what is hidden from those who are not signed in are answered alike.
    known = access.allows(request.user, Action.SEE_OWN_WORK)
    found = AgendaItem.objects.select_related("meeting__body").filter(number=number).first()
    item = access.fetch_or_deny(
        found if known else None,
        by=request.user,
        hidden=Action.READ,
        needs=lambda _: (Action.SEE_OWN_WORK, ()),
    )
    owners = pages.owners_for(request.user, item)
    if not owners:
        access.require(request.user, Action.SUBMIT_PAPER, concerning=item.meeting.concerning)
    sent = request.POST if request.method == "POST" else None
    form = PaperForm(sent, owners=owners)

    def act(said: dict[str, Any]) -> str:
        made = services.draft_paper(
            item=item,
            heading=said["heading"],
            owner=form.owners[said["owner"]],
            closed=bool(said["exemption"]),
            exemption=said["exemption"],
            public_interest=said["public_interest"],
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return f"{made.href}edit/"

    shown = {"heading": "Draft a paper", "caption": f"For item {item.number}", "back": item.href,
             "button": "Draft this paper"}  # fmt: skip
    return form_answer(
        request, form, act=act, said="The paper is begun. Write its text, or hand in a file.",
        template="forum/paper_form.html", shown=shown,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def edit_paper(request: HttpRequest, number: str) -> HttpResponse:
    """Writing a version of a paper."""
    found = _paper(request, number)
    if not pages.may_write(found, access.standing_of(request.user)):
        correcting = found.state == "published"
        action = Action.PLAN_MEETING if correcting else Action.SUBMIT_PAPER
        concerning = found.item.meeting.concerning if correcting else services.asked(found)
        access.require(request.user, action, concerning=concerning)
    newest = services.newest_version(found)
    seen = newest.version if newest else 0
    form = (
        VersionForm(request.POST, request.FILES)
        if request.method == "POST"
        else VersionForm(initial={"seen": seen})
    )

    def act(said: dict[str, Any]) -> str:
        sent = said["file"]
        services.save_version(
            paper=found,
            text=said["text"],
            file=services.File(sent.name, sent.read()) if sent else None,
            changed_because=said["changed_because"],
            seen=said["seen"],
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return found.href

    shown = {"heading": found.heading, "caption": f"Paper {found.number}, version {seen + 1}",
             "back": found.href, "button": "Save this version", "has_file": True,
             "html": newest.html if newest else ""}  # fmt: skip
    return form_answer(
        request, form, act=act, said="This version is saved. Read it as others will.",
        template="forum/paper_form.html", shown=shown,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def allow_late(request: HttpRequest, number: str) -> HttpResponse:
    """The chair allows a late paper."""
    found = _paper(request, number)
    access.require(request.user, Action.ALLOW_LATE, concerning=found.item.meeting.concerning)
    form = LateForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> str:
        services.allow_late(
            paper=found,
            reason=said["reason"],
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return found.href

    shown = {"heading": "Allow a late paper", "caption": f"Paper {found.number}",
             "back": found.href, "button": "Allow it"}  # fmt: skip
    return form_answer(
        request, form, act=act, said="It may be handed in now; your reason is public.",
        template="forum/paper_form.html", shown=shown,
    )  # fmt: skip


@require_safe
def paper_file(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """The file of a version: the copy that may be given away, or the original for its owners."""
    found = _paper(request, number)
    original = request.GET.get("original") == "1"
    standing = access.standing_of(request.user)
    try:
        kept = pages.version_to_give(found, version, standing=standing, original=original)
        data = keeping.kept(kept.file_hash) if original else keeping.copy_of(kept.file_hash)
    except LookupError as error:
        raise Http404(str(error)) from None
    if not data:
        raise Http404("This file has no text that could be given away.")
    answer = HttpResponse(data, content_type=kept.file_type)
    name = keeping.safe_name(
        f"paper {found.number} {found.heading}", _ENDINGS.get(kept.file_type, "docx")
    )
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _show(
    request: HttpRequest,
    found: Paper,
    *,
    status: int = 200,
    version: int | None = None,
    **refusal: Any,
) -> HttpResponse:
    try:
        page = pages.paper_page(found, by=request.user, now=timezone.now(), version=version)
    except LookupError as error:
        raise Http404(str(error)) from None
    shown = shown_again(page, offers=page.offers, **refusal)
    return render(request, "forum/paper.html", shown, status=status)


def _paper(request: HttpRequest, number: str) -> Paper:
    """A paper that this person may know of; one that is hidden is refused as one that is not."""
    standing = access.standing_of(request.user)
    rows = Paper.objects.select_related("item__meeting__body", "owner")
    found = rows.visible_to(standing).filter(number=number).first()
    return access.fetch_or_deny(
        found, by=request.user, hidden=Action.READ, needs=lambda _: (Action.READ, ())
    )
