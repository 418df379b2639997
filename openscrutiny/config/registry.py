"""What stands on the thread, and what waits for people: every kind of thing, app by app."""

from __future__ import annotations

from openscrutiny.base.thread import Kind
from openscrutiny.base.work import Source
from openscrutiny.monitor import threads as monitor

# In the order of the chain.
KINDS: tuple[Kind, ...] = (monitor.BATCH, monitor.FINDING)
WORK: tuple[Source, ...] = ()
