"""What stands on the thread: every kind of thing, in the order of the chain."""

from __future__ import annotations

from openscrutiny.base.thread import Kind
from openscrutiny.monitor import threads as monitor

KINDS: tuple[Kind, ...] = (monitor.BATCH, monitor.FINDING)
