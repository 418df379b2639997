"""Whether a person may do something, by the roles they hold; and refusals that say why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from openscrutiny.core.permits.roles import IN_WORDS, Action, Role
from openscrutiny.core.permits.table import TABLE, Where


@dataclass(frozen=True)
class Held:
    """A role, and the code of the organisation it is held for."""

    role: Role
    organisation: str = ""


@dataclass(frozen=True)
class Standing:
    """What a person is at one moment: every role held then.

    Somebody who is signed in may hold none. Who is not signed in is ``NOBODY``.
    """

    held: tuple[Held, ...]
    signed_in: bool = True

    @property
    def organisations(self) -> frozenset[str]:
        return frozenset(h.organisation for h in self.held if h.organisation)

    def has(self, role: Role) -> bool:
        return any(h.role is role for h in self.held)


NOBODY = Standing((Held(Role.ANYONE),), signed_in=False)


class NotPermitted(Exception):
    """A refusal: ``reason`` says why, ``what_to_do`` what would help. Both are for the screen."""

    def __init__(self, reason: str, what_to_do: str, *, sign_in_helps: bool = False) -> None:
        super().__init__(f"{reason} {what_to_do}")
        self.reason = reason
        self.what_to_do = what_to_do
        self.sign_in_helps = sign_in_helps


def may(standing: Standing, action: Action, *, concerning: Collection[str] = ()) -> bool:
    """Whether a person may do something; for hiding what would be refused, never instead of it."""
    return _in_which_role(standing, action, concerning) is not None


def check(standing: Standing, action: Action, *, concerning: Collection[str] = ()) -> Held:
    """The role in which a person may do something; NotPermitted with the reason otherwise.

    ``concerning`` names by code the body a thing belongs to, and the organisations that were asked.
    """
    held = _in_which_role(standing, action, concerning)
    if held is not None:
        return held
    allowed, what = TABLE[action], IN_WORDS[action]
    who = _listed([f"the {r.words}" for r in Role if r in allowed], "or")
    if not standing.signed_in:
        raise NotPermitted(
            f"Only {who} may {what}, and you are not signed in.",
            "Sign in with an account that has one of these roles.",
            sign_in_helps=True,
        )
    mine = [h.role for h in standing.held if h.role in allowed]
    if any(allowed[role] is Where.INDEPENDENT for role in mine):
        raise own_work(action)
    if any(allowed[role] is Where.BODY for role in mine):
        raise NotPermitted(
            f"This belongs to another body than yours, and only {who} of that body may {what}.",
            "Ask the secretariat of that body.",
        )
    if mine:
        raise NotPermitted(
            f"Only the organisation that was asked may {what}, and yours was not.",
            "Ask the secretariat if it should have been.",
        )
    roles = [r.words for r in Role if r is not Role.ANYONE and standing.has(r)]
    if not roles:
        raise NotPermitted(
            f"Only {who} may {what}, and you hold no role today.",
            "Ask the administrator of the forum if you should hold one.",
        )
    raise NotPermitted(
        f"Only {who} may {what}; you are signed in as {_listed(roles, 'and')}.",
        "Ask one of them to do it, or ask the secretariat to change your role.",
    )


def _listed(words: list[str], joined_by: str) -> str:
    """``a, b or c``."""
    *first, last = words
    return f"{', '.join(first)} {joined_by} {last}" if first else last


def own_work(action: Action, *, before: bool = False) -> NotPermitted:
    """The refusal of a judge in their own cause; ``before`` says they belonged to it earlier."""
    belong = "belonged then" if before else "belong"
    return NotPermitted(
        f"You {belong} to an organisation that was asked, so you may not {IN_WORDS[action]}: "
        "nobody judges their own work.",
        "Ask the secretariat for somebody from another organisation.",
    )


def _in_which_role(standing: Standing, action: Action, concerning: Collection[str]) -> Held | None:
    allowed = TABLE[action]
    for held in standing.held:
        where = allowed.get(held.role)
        if (
            where is Where.ANYWHERE
            or (where in (Where.ADDRESSEE, Where.BODY) and held.organisation in concerning)
            or (where is Where.INDEPENDENT and standing.organisations.isdisjoint(concerning))
        ):
            return held
    return None
