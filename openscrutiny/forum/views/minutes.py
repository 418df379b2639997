"""Views of minutes: reading, writing in them, corrections, the note of decisions, Word files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openscrutiny.base import access
from openscrutiny.base.steps import said_of, shown_again, status_of, take_step
from openscrutiny.core.minutes import OPENING
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum.documents import keeping, writing
from openscrutiny.forum.documents.word import KIND as WORD
from openscrutiny.forum.forms.minutes import CorrectionForm, SettleForm
from openscrutiny.forum.models import Correction, Meeting
from openscrutiny.forum.pages import minutes as pages
from openscrutiny.forum.places import at_meeting
from openscrutiny.forum.services import minutes as services
from openscrutiny.forum.services.late_notes import Settled
from openscrutiny.forum.views.forms import form_answer

_STEPS: Mapping[str, Any] = {
    "draft_minutes": services.draft_minutes,
    "circulate": services.circulate,
    "approve_minutes": services.approve_minutes,
}
_LONGEST = 60_000
_CLOSED = "CLOSED TO THE PUBLIC: it holds closed items and names"


@require_safe
def minutes(request: HttpRequest, number: str) -> HttpResponse:
    """The minutes of a meeting."""
    return _show(request, _meeting(request, number))


@require_safe
def minutes_version(request: HttpRequest, number: str, version: int) -> HttpResponse:
    """A version of the minutes that may not be the newest."""
    return _show(request, _meeting(request, number), version=version)


@require_safe
def minutes_word(request: HttpRequest, number: str) -> HttpResponse:
    """The minutes as a Word document, marked on every page while they are a draft.

    It holds what everybody may read. With ``closed=1`` it holds names and closed items as well, for
    those who may read them, and says so at the head and the foot of every page.
    """
    found = _meeting(request, number)
    full = request.GET.get("closed") == "1"
    if full:
        access.require(request.user, Action.READ_CLOSED, concerning=found.concerning)
    newest = services.newest_version(found)
    if newest is None:
        raise Http404("There are no minutes of this meeting yet.")
    page = pages.minutes_page(found, by=request.user, now=timezone.now())
    closed = _CLOSED if full else ""
    made = writing.document(
        pages.blocks_of(newest, names=full, closed=full),
        title=page.title,
        mark=". ".join(filter(None, (closed, page.draft))),
    )
    name = f"minutes {found.number}{' full' if full else ''}{' draft' if page.draft else ''}"
    return word_file(made, name)


@require_POST
def move_minutes(request: HttpRequest, number: str) -> HttpResponse:
    """A step of the minutes: drafted, circulated, approved."""
    found = _meeting(request, number)

    def take(*, event: str, seen: int, reason: str) -> object:
        return _STEPS[event](meeting=found, by=request.user, now=timezone.now(), seen=seen)

    def again(**refusal: Any) -> HttpResponse:
        return _show(request, _meeting(request, number), **refusal)

    said = {event: words for event, words in said_of(Meeting.MACHINE).items() if event in _STEPS}
    back = f"{found.href}minutes/"
    return take_step(request, said=said, take=take, show=again, back=back)


@require_POST
def take_in(request: HttpRequest, number: str) -> HttpResponse:
    """What changed in the record comes into a new version of the minutes."""
    found = _meeting(request, number)
    try:
        made = services.take_in_record(
            meeting=found,
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
    except NotPossible as problem:
        return _show(request, found, problem=problem, status=status_of(problem))
    messages.success(request, f"Version {made.version} has the record as it is now.")
    return redirect(f"{found.href}minutes/")


@require_http_methods(["GET", "HEAD", "POST"])
def edit_minutes(request: HttpRequest, number: str) -> HttpResponse:
    """Writing in the minutes. Where somebody else was faster with the same part, both are shown."""
    found = _writing(request, number)
    if request.method != "POST":
        return _edit(request, pages.edit_page(found))
    typed = {k.removeprefix("text:"): v[:_LONGEST] for k, v in request.POST.items()
             if k.startswith("text:")}  # fmt: skip
    because = request.POST.get("changed_because", "")[:300]
    chosen = _chosen(request)
    given = request.POST.get("base", "")
    base = int(given) if given.isascii() and given.isdecimal() and len(given) < 6 else 0
    try:
        made = services.save_minutes(
            meeting=found,
            base=base,
            text=typed,
            changed_because=because,
            notes=[
                Settled(key, seen, choice == "add", why)
                for key, (choice, why, seen) in chosen.items()
                if choice in ("add", "aside")
            ],
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
    except services.Conflicting as conflict:
        page = pages.edit_page(
            found,
            chosen={key: said[:2] for key, said in chosen.items()},
            typed=conflict.merged.sections,
            conflicts=conflict.merged.conflicts,
            changed_because=because,
            base=conflict.newest.version,
        )
        return _edit(request, page, problem=conflict)
    except NotPossible as problem:
        page = pages.edit_page(
            found,
            typed=typed,
            changed_because=because,
            base=base,
            chosen={key: said[:2] for key, said in chosen.items()},
        )
        return _edit(request, page, problem=problem)
    messages.success(request, f"Version {made.version} of the minutes is saved.")
    return redirect(f"{found.href}minutes/")


@require_http_methods(["GET", "HEAD", "POST"])
def ask_correction(request: HttpRequest, number: str) -> HttpResponse:
    """Asking for a correction of circulated minutes."""
    found = _meeting(request, number)
    access.require(
        request.user,
        Action.CORRECT_MINUTES,
        concerning=found.concerning,
        places=at_meeting(request.user, found),
    )
    page = pages.edit_page(found)
    closed = pages.closed_to(access.standing_of(request.user), found)
    sections = [(s.name, s.label) for s in page.sections if s.name not in closed]
    sent = request.POST if request.method == "POST" else None
    form = CorrectionForm(sent, sections=sections, initial={"version": page.base})

    def act(said: dict[str, Any]) -> str:
        named = said["section"]
        services.ask_correction(
            meeting=found,
            version=said["version"],
            item=None if named == OPENING else found.items.get(number=named),
            page=said["page"],
            text=said["text"],
            by=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        return f"{found.href}minutes/"

    shown = {"heading": "Ask for a correction of the minutes", "caption": found.heading,
             "back": f"{found.href}minutes/", "button": "Ask for this correction"}  # fmt: skip
    return form_answer(
        request, form, act=act, said="The correction is asked for. What becomes of it stands here.",
        template="forum/paper_form.html", shown=shown,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def settle_correction(request: HttpRequest, number: str, correction: int) -> HttpResponse:
    """Making a correction, or declining it with the reason."""
    found = _writing(request, number)
    rows = Correction.objects.filter(version__meeting=found).select_related("item", "version")
    asked = rows.filter(pk=correction).first()
    if asked is None:
        raise Http404("There is no such correction of these minutes.")
    asked.version.meeting = found
    section = pages.part_of(asked)
    page = pages.edit_page(found, only=section)
    text = page.sections[0].text if page.sections else ""
    sent = request.POST if request.method == "POST" else None
    form = SettleForm(sent, initial={"base": page.base, "text": text, "outcome": "made"})

    def act(said: dict[str, Any]) -> str:
        try:
            services.settle_correction(
                correction=asked,
                made=said["outcome"] == "made",
                reason=said["reason"],
                base=said["base"],
                text={section: said["text"]},
                by=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
            )
        except services.Conflicting as conflict:
            # Sent again, what was written goes on top of what is shown now.
            form.data = {**form.data.dict(), "base": str(conflict.newest.version)}
            raise
        return f"{found.href}minutes/"

    shown = {"heading": "A correction that was asked for", "caption": found.heading,
             "back": f"{found.href}minutes/", "button": "Settle this correction",
             "quoted": asked.text}  # fmt: skip
    return form_answer(
        request, form, act=act, said="The correction is settled.",
        template="forum/paper_form.html", shown=shown,
    )  # fmt: skip


@require_safe
def decision_note(request: HttpRequest, number: str) -> HttpResponse:
    """What a meeting decided: public once it is held."""
    found = _found(request, number)
    if not pages.was_held(found):
        raise Http404("This meeting is not over, so there is no note of its decisions yet.")
    page = pages.note_page(found, by=request.user, now=timezone.now())
    return render(request, "forum/decision_note.html", {"page": page})


def word_file(made: bytes, name: str) -> HttpResponse:
    """A Word document as a download with a safe name."""
    answer = HttpResponse(made, content_type=WORD)
    answer["Content-Disposition"] = f'attachment; filename="{keeping.safe_name(name, "docx")}"'
    return answer


def _chosen(request: HttpRequest) -> dict[int, tuple[str, str, int]]:
    """By the key of a note that came after the draft: what was chosen, why, which revision."""

    def number(text: str) -> int:
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0

    keys = (k.removeprefix("note:") for k in request.POST if k.startswith("note:"))
    return {
        number(key): (
            request.POST[f"note:{key}"],
            request.POST.get(f"because:{key}", "")[:300],
            number(request.POST.get(f"seen:{key}", "")),
        )
        for key in keys
    }


def _edit(
    request: HttpRequest, page: pages.EditPage, *, problem: NotPossible | None = None
) -> HttpResponse:
    status = status_of(problem) if problem else 200
    shown = {"page": page, "problem": problem}
    return render(request, "forum/minutes_edit.html", shown, status=status)


def _show(
    request: HttpRequest,
    found: Meeting,
    *,
    status: int = 200,
    version: int | None = None,
    **refusal: Any,
) -> HttpResponse:
    try:
        page = pages.minutes_page(found, by=request.user, now=timezone.now(), version=version)
    except LookupError as error:
        raise Http404(str(error)) from None
    shown = shown_again(page, offers=page.offers, **refusal)
    return render(request, "forum/minutes.html", shown, status=status)


def _writing(request: HttpRequest, number: str) -> Meeting:
    """A meeting in whose minutes this person may write now."""
    found = _meeting(request, number)
    access.require(request.user, Action.WRITE_MINUTES, concerning=found.concerning)
    if request.method != "POST":
        services.refuse_unwritable(found)
    return found


def _meeting(request: HttpRequest, number: str) -> Meeting:
    """A meeting whose minutes this person may read as they stand."""
    found = _found(request, number)
    if not pages.may_read(found, access.standing_of(request.user)):
        access.require(request.user, Action.READ_MEETING, concerning=found.concerning)
    return found


def _found(request: HttpRequest, number: str) -> Meeting:
    rows = Meeting.objects.visible_to(access.standing_of(request.user)).select_related("body")
    return access.fetch_or_deny(
        rows.filter(number=number).first(),
        by=request.user,
        hidden=Action.READ,
        needs=lambda _: (Action.READ, ()),
    )
