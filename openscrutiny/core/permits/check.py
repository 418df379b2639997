"""Whether a person may do something, by the roles they hold; and refusals that say why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from openscrutiny.core.permits.roles import IN_WORDS, Action, Place, Role
from openscrutiny.core.permits.table import PLACES, TABLE, Where


@dataclass(frozen=True)
class Held:
    """A role or a place in a body, and the code of the organisation it is held for."""

    role: Role | Place
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


# What needs other words where it is said to the person themselves.
_TO_YOU = {Action.SEE_OWN_WORK: "see your work"}
NOBODY = Standing((Held(Role.ANYONE),), signed_in=False)


class NotPermitted(Exception):
    """A refusal: ``reason`` says why, ``what_to_do`` what would help. Both are for the screen."""

    def __init__(self, reason: str, what_to_do: str, *, sign_in_helps: bool = False) -> None:
        super().__init__(f"{reason} {what_to_do}")
        self.reason = reason
        self.what_to_do = what_to_do
        self.sign_in_helps = sign_in_helps


def may(
    standing: Standing,
    action: Action,
    *,
    concerning: Collection[str] = (),
    places: Collection[Held] = (),
) -> bool:
    """Whether a person may do something; for hiding what would be refused, never instead of it."""
    return _as_what(standing, action, concerning, places) is not None


def check(
    standing: Standing,
    action: Action,
    *,
    concerning: Collection[str] = (),
    places: Collection[Held] = (),
) -> Held:
    """The role or place in which a person may do something; NotPermitted with the reason otherwise.

    ``concerning`` names by code the body a thing belongs to, and the organisations that were asked.
    ``places`` are those the person has in the body or the meeting, looked up by who asks.
    """
    held = _as_what(standing, action, concerning, places)
    if held is not None:
        return held
    allowed, what = TABLE[action], IN_WORDS[action]
    who = _who(action)
    if not standing.signed_in:
        raise _not_signed_in(action)
    mine = {allowed[r] for r in allowed if standing.has(r)}
    if Where.INDEPENDENT in mine:
        raise own_work(action)
    if Where.BODY in mine:
        roles_of_it = _listed(_roles(action), "or")
        raise NotPermitted(
            f"This belongs to another body than yours, and only {roles_of_it} of that body may "
            f"{what}.",
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
        "Ask one of them to do it. If your role is wrong, the administrator can change it.",
    )


def _who(action: Action) -> str:
    """Those a table allows to do something: ``the chair or the secretariat``."""
    if _every_role(action):
        return "somebody with a role in the forum"
    place = [PLACES[action].words] if action in PLACES else []
    return _listed([*_roles(action), *place], "or")


def _roles(action: Action) -> list[str]:
    return [f"the {r.words}" for r in Role if r in TABLE[action]]


def _every_role(action: Action) -> bool:
    return all(r in TABLE[action] for r in Role if r is not Role.ANYONE)


def _not_signed_in(action: Action) -> NotPermitted:
    """That somebody is not signed in, before anything else."""
    if _every_role(action):
        what = _TO_YOU.get(action, IN_WORDS[action])
        reason, what_to_do = "You are not signed in.", f"Sign in to {what}."
    else:
        reason = f"You are not signed in, and only {_who(action)} may {IN_WORDS[action]}."
        what_to_do = "Sign in with an account that may."
    return NotPermitted(reason, what_to_do, sign_in_helps=True)


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


def _as_what(
    standing: Standing, action: Action, concerning: Collection[str], places: Collection[Held]
) -> Held | None:
    allowed = TABLE[action]
    for held in standing.held:
        where = allowed.get(held.role) if isinstance(held.role, Role) else None
        if (
            where is Where.ANYWHERE
            or (where in (Where.ADDRESSEE, Where.BODY) and held.organisation in concerning)
            or (where is Where.INDEPENDENT and standing.organisations.isdisjoint(concerning))
        ):
            return held
    if not standing.signed_in or action not in PLACES:
        return None
    fitting = (p for p in places if p.role is PLACES[action] and p.organisation in concerning)
    return next(fitting, None)
