"""A step posted from a page: it is read and taken, or the page is shown again and says why not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
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
    said: Mapping[str, str],
    take: Callable[..., object],
    show: Callable[..., HttpResponse],
    back: str,
    event: str = "",
) -> HttpResponse:
    """Take the step that was posted and go back to the page, saying that it was done.

    ``said`` holds the events that are taken here, and what is said after each. ``take`` is called
    with ``event``, ``seen`` and ``reason``. A refusal calls ``show`` with ``problem``, ``refused``
    (the form as it was sent) and ``status``: nothing typed is lost. ``event`` is given where the
    address names the step and the form does not.
    """
    form = MoveForm({**request.POST.dict(), "event": event} if event else request.POST)
    if not form.is_valid() or form.cleaned_data["event"] not in said:
        unread = NotPossible(
            "What was sent could not be read.",
            "A reason can have up to 5,000 characters. Choose the step again.",
        )
        return show(problem=unread, refused=form, status=422)
    try:
        take(**form.cleaned_data)
    except NotPossible as problem:
        return show(problem=problem, refused=form, status=status_of(problem))
    messages.success(request, said[form.cleaned_data["event"]])
    return redirect(back)


def said_of(machine: Machine, *, without: Collection[str] = ()) -> Mapping[str, str]:
    """What is said after each step of a table; ``without`` those taken with a form of their own."""
    return {
        row.event: f"“{row.label}” is done and stands in the record."
        for row in machine.transitions
        if row.event not in without
    }


def status_of(problem: NotPossible) -> int:
    """How a refusal is answered: what was sent lacks something, or the thing is not so."""
    return 422 if isinstance(problem, ReasonMissing) else 409


def shown_again(
    page: Any,
    *,
    offers: Iterable[Any],
    problem: NotPossible | None = None,
    refused: MoveForm | None = None,
) -> Mapping[str, Any]:
    """The context of a page that offers steps, with what was refused and what was typed for it.

    What was typed stands in the form of its step; where that is offered no more, beside the reason.
    """
    offered = {offer.event for offer in offers if not getattr(offer, "blocked", "")}
    lost = refused is not None and refused["event"].value() not in offered
    kept = refused["reason"].value() if refused is not None and lost else ""
    return {
        "page": page,
        "thread": page.thread,
        "problem": problem,
        "refused": refused,
        "kept": kept,
    }
