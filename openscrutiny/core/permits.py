"""Who may do what: one table of roles and actions, and refusals that say why.

Reading is for everyone. What changes the figures in use is for the people who answer for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person does for the forum. ANYONE is a person who has not signed in."""

    ANYONE = "anyone"
    MEMBER = "member"
    CHAIR = "chair"
    ANALYST = "analyst"
    SECRETARIAT = "secretariat"


class Action(StrEnum):
    """What a person may want to do."""

    READ = "read"
    IMPORT_FILE = "import_file"
    WITHDRAW_BATCH = "withdraw_batch"


IN_WORDS: Mapping[Action, str] = {
    Action.READ: "read the published pages",
    Action.IMPORT_FILE: "import a published file",
    Action.WITHDRAW_BATCH: "withdraw a batch",
}

_KEEPERS = frozenset({Role.ANALYST, Role.SECRETARIAT})
_MAY: Mapping[Action, frozenset[Role]] = {
    Action.READ: frozenset(Role),
    Action.IMPORT_FILE: _KEEPERS,
    Action.WITHDRAW_BATCH: _KEEPERS,
}


class NotPermitted(Exception):
    """A refusal: ``reason`` says why, ``what_to_do`` what would help. Both are for the screen."""

    def __init__(self, reason: str, what_to_do: str, *, sign_in_helps: bool = False) -> None:
        super().__init__(f"{reason} {what_to_do}")
        self.reason = reason
        self.what_to_do = what_to_do
        self.sign_in_helps = sign_in_helps


def may(role: Role, action: Action) -> bool:
    """Whether a role may do something; for hiding what would be refused, never instead of it."""
    return role in _MAY[action]


def check(role: Role, action: Action) -> None:
    """Return in silence, or raise NotPermitted with the reason and what to do."""
    if may(role, action):
        return
    who = " and ".join(f"the {r.value}" for r in sorted(_MAY[action], key=lambda r: r.value))
    if role is Role.ANYONE:
        raise NotPermitted(
            f"Only {who} may {IN_WORDS[action]}, and you are not signed in.",
            "Sign in with an account that has one of these roles.",
            sign_in_helps=True,
        )
    raise NotPermitted(
        f"Only {who} may {IN_WORDS[action]}; you are signed in as {role.value}.",
        "Ask one of them to do it, or ask the secretariat to change your role.",
    )
