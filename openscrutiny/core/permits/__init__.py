"""Who may do what: one table of roles and actions, and refusals that say why.

A role is held for an organisation, so some permissions hold only where it is the body a thing
belongs to (*of the body*) or the organisation that was asked (*of the addressee*), and some only
where it is not (*independent*). A place in a body (a seat, an invitation) allows a few things
besides, whatever the role: to speak for oneself.
"""

from openscrutiny.core.permits.check import (
    NOBODY,
    Held,
    NotPermitted,
    Standing,
    check,
    may,
    own_work,
)
from openscrutiny.core.permits.roles import IN_WORDS, Action, Place, Role
from openscrutiny.core.permits.table import PLACES, RESPONDENTS, SEATED, TABLE, Where

__all__ = [
    "IN_WORDS",
    "NOBODY",
    "PLACES",
    "RESPONDENTS",
    "SEATED",
    "TABLE",
    "Action",
    "Held",
    "NotPermitted",
    "Place",
    "Role",
    "Standing",
    "Where",
    "check",
    "may",
    "own_work",
]
