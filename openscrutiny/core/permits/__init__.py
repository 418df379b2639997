"""Who may do what: one table of roles and actions, and refusals that say why.

A role is held for an organisation, so some permissions hold only where it is the body a thing
belongs to (*of the body*) or the organisation that was asked (*of the addressee*), and some only
where it is not (*independent*).
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
from openscrutiny.core.permits.roles import IN_WORDS, Action, Role
from openscrutiny.core.permits.table import RESPONDENTS, SEATED, TABLE, Where

__all__ = [
    "IN_WORDS",
    "NOBODY",
    "RESPONDENTS",
    "SEATED",
    "TABLE",
    "Action",
    "Held",
    "NotPermitted",
    "Role",
    "Standing",
    "Where",
    "check",
    "may",
    "own_work",
]
