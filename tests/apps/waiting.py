"""What one app says waits for somebody, in full, for tests of that app alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from openscrutiny.base.work import Source, WorkItem, waiting_for
from openscrutiny.core.permits import Standing


def in_full(source: Source) -> Callable[[Any, Standing, datetime], list[WorkItem]]:
    """A source as a function that gives all that waits, what is due first coming first."""

    def waiting(user: Any, standing: Standing, now: datetime) -> list[WorkItem]:
        return list(waiting_for(user, standing, now=now, of=[source]))

    return waiting
