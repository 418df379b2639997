"""Notes and new baselines of the invented city, written by its analyst, for tests."""

from __future__ import annotations

from typing import Any

from openscrutiny.core.months import Month
from openscrutiny.core.permits import Role
from openscrutiny.monitor.figures import Figures
from openscrutiny.monitor.models import Annotation, Rebase
from openscrutiny.monitor.noting import annotate, confirm_rebase
from tests.city import NOW
from tests.people import person

ELMSGARTH = "X09000013"
OCTOBER, APRIL = Month.parse("2024-10"), Month.parse("2024-04")
SERIES = {"measure": "recorded_offences", "area": ELMSGARTH, "strand": "disability"}


def write_note(figures: Figures, **changed: Any) -> Annotation:
    """A note on October 2024, for the whole city and every strand unless it is changed."""
    said: dict[str, Any] = {
        "kind": "event",
        "first": OCTOBER,
        "last": changed.get("first", OCTOBER),
        "areas": (),
        "strands": (),
        "text": "After an event far away, more was reported.",
        "source": "Faith Forum, 4 November 2024.",
        "now": NOW,
        **changed,
    }
    said.setdefault("by", None)
    said["by"] = said["by"] or person(Role.ANALYST)
    return annotate(figures=figures, **said)


def begin_afresh(figures: Figures, **changed: Any) -> Rebase:
    """A new baseline of disability hate crime in Elmsgarth from April 2024, unless changed."""
    said: dict[str, Any] = {
        **SERIES,
        "month": APRIL,
        "reason": "Officers were trained (bulletin 12).",
        "now": NOW,
        **changed,
    }
    said["by"] = said.get("by") or person(Role.ANALYST)
    return confirm_rebase(figures=figures, **said)
