"""The kernel's tables: people and their roles, the record of what happened, the thread."""

from openscrutiny.base.models.contacts import AccessNeeds, Heartbeat, Message, Person
from openscrutiny.base.models.people import Organisation, RoleHeld, SignIn, User
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
    "AccessNeeds",
    "AuditEvent",
    "AuditHead",
    "Counter",
    "Heartbeat",
    "Immutable",
    "ImmutableRow",
    "Link",
    "Message",
    "Notice",
    "Organisation",
    "Person",
    "RoleHeld",
    "SignIn",
    "Stateful",
    "User",
]
