"""A step posted from a page: it is read and taken, or the page is shown again and says why not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from openscrutiny.base.forms import MoveForm
from openscrutiny.base.moves import ReasonMissing
from openscrutiny.core.workflow import Machine, NotPossible


def take_step(
    request: HttpRequest,
    *,
    machine: Machine,
    take: Callable[..., object],
    show: Callable[..., HttpResponse],
    back: str,
    without: Collection[str] = (),
) -> HttpResponse:
    """Take the step that was posted and go back to the page, saying that it was done.

    ``take`` is called with ``event``, ``seen`` and ``reason``. A refusal calls ``show`` with
    ``problem``, ``refused`` (the form as it was sent) and ``status``: nothing typed is lost.
    ``without`` are events that are taken elsewhere, with a form of their own.
    """
    form = MoveForm(request.POST)
    known = set(machine.events) - set(without)
    if not form.is_valid() or form.cleaned_data["event"] not in known:
        unread = NotPossible(
            "What was sent could not be read.",
            "A reason can have up to 5,000 characters. Choose the step again.",
        )
        return show(problem=unread, refused=form, status=422)
    try:
        take(**form.cleaned_data)
    except NotPossible as problem:
        status = 422 if isinstance(problem, ReasonMissing) else 409
        return show(problem=problem, refused=form, status=status)
    event = form.cleaned_data["event"]
    done = next(row for row in machine.transitions if row.event == event)
    messages.success(request, f"“{done.label}” is done and stands in the record.")
    return redirect(back)


def shown_again(
    page: Any, *, problem: NotPossible | None = None, refused: MoveForm | None = None
) -> Mapping[str, Any]:
    """The context of a page with offers, with what was refused and what was typed for it."""
    offered = {offer.event for offer in page.offers if not offer.blocked}
    lost = refused is not None and refused["event"].value() not in offered
    kept = refused["reason"].value() if refused is not None and lost else ""
    return {
        "page": page,
        "thread": page.thread,
        "problem": problem,
        "refused": refused,
        "kept": kept,
    }
