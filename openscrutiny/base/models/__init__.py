"""The kernel's tables: people and their roles, the record of what happened, the thread."""

from openscrutiny.base.models.people import Organisation, RoleHeld, User
from openscrutiny.base.models.record import (
    AuditEvent,
    AuditHead,
    Immutable,
    ImmutableRow,
    Notice,
    Stateful,
)
from openscrutiny.base.models.thread import Counter, Link

__all__ = [
    "AuditEvent",
    "AuditHead",
    "Counter",
    "Immutable",
    "ImmutableRow",
    "Link",
    "Notice",
    "Organisation",
    "RoleHeld",
    "Stateful",
    "User",
]
