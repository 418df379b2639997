"""What stands on the thread, and what waits for people: every kind of thing, app by app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from openscrutiny.accountability.threads import recommendations
from openscrutiny.base.thread import Kind, Next
from openscrutiny.base.work import Source
from openscrutiny.core.permits import Standing
from openscrutiny.monitor import threads as monitor

# In the order of the chain.
KINDS: tuple[Kind, ...] = (
    monitor.BATCH,
    monitor.FINDING,
    recommendations.RECOMMENDATION,
    recommendations.PART,
    recommendations.VERIFICATION,
)
# For each kind, who says what may be done from a thing of that kind.
NEXT: Mapping[str, Sequence[Callable[[str, Standing], Sequence[Next]]]] = {}
WORK: tuple[Source, ...] = (recommendations.work,)
