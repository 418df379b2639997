"""What stands on the thread, and what waits for people: every kind of thing, app by app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from openscrutiny.base.thread import Kind, Next
from openscrutiny.base.work import Source
from openscrutiny.core.permits import Standing
from openscrutiny.monitor import threads as monitor
from openscrutiny.public import threads as public

# In the order of the chain.
KINDS: tuple[Kind, ...] = (monitor.BATCH, monitor.FINDING, public.PUBLICATION)
# For each kind, who says what may be done from a thing of that kind.
NEXT: Mapping[str, Sequence[Callable[[str, Standing], Sequence[Next]]]] = {
    "recommendation": (public.next_of_recommendation,),
}
WORK: tuple[Source, ...] = (public.work,)
