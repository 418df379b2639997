"""Who may do what: one table of roles and actions, and refusals that say why.

A role is held for an organisation, so some permissions hold only where the organisation is the one
that was asked (*of the addressee*), and some only where it is not (*independent*).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class Role(StrEnum):
    """What a person does for the forum. ANYONE is a person who has not signed in."""

    ANYONE = "anyone"
    MEMBER = "member"
    CHAIR = "chair"
    SECRETARIAT = "secretariat"
    ANALYST = "analyst"
    DRAFTER = "drafter"
    SIGNATORY = "signatory"
    VERIFIER = "verifier"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """What a person may want to do."""

    READ = "read"
    IMPORT_FILE = "import_file"
    WITHDRAW_BATCH = "withdraw_batch"
    ANNOTATE = "annotate"
    CONFIRM_REBASE = "confirm_rebase"
    TRY_METHODS = "try_methods"
    SEE_OWN_WORK = "see_own_work"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_AUDIT = "read_audit"
    TRIAGE_FINDING = "triage_finding"
    READ_ENQUIRY = "read_enquiry"
    EDIT_ENQUIRY = "edit_enquiry"
    APPROVE_ENQUIRY = "approve_enquiry"
    READ_QUESTION_DRAFT = "read_question_draft"
    DRAFT_QUESTION = "draft_question"
    DECIDE_REMIT = "decide_remit"
    ISSUE_QUESTION = "issue_question"
    READ_QUESTION = "read_question"
    DRAFT_RESPONSE = "draft_response"
    SIGN_RESPONSE = "sign_response"
    CLARIFY_QUESTION = "clarify_question"
    ASSESS_RESPONSE = "assess_response"
    READ_RECOMMENDATION_DRAFT = "read_recommendation_draft"
    DRAFT_RECOMMENDATION = "draft_recommendation"
    RECORD_DECISION = "record_decision"
    CERTIFY_DECISION = "certify_decision"
    ISSUE_RECOMMENDATION = "issue_recommendation"
    READ_RECOMMENDATION = "read_recommendation"
    DRAFT_LIMB_RESPONSE = "draft_limb_response"
    ANSWER_LIMB = "answer_limb"
    REPORT_PROGRESS = "report_progress"
    REPORT_COMPLETE = "report_complete"
    ADD_EVIDENCE = "add_evidence"
    VERIFY = "verify"
    CLOSE_LIMB = "close_limb"
    PREPARE_PUBLICATION = "prepare_publication"
    PUBLISH = "publish"


class Where(Enum):
    """For which organisation a role must be held."""

    ANYWHERE = "for any organisation"
    ADDRESSEE = "for the organisation that was asked"
    INDEPENDENT = "for an organisation that was not asked"


IN_WORDS: Mapping[Action, str] = {
    Action.READ: "read the published pages",
    Action.IMPORT_FILE: "import a published file",
    Action.WITHDRAW_BATCH: "withdraw a batch",
    Action.ANNOTATE: "add a note to a chart or withdraw one",
    Action.CONFIRM_REBASE: "confirm a new baseline of a chart or withdraw one",
    Action.TRY_METHODS: "try other settings on the findings",
    Action.SEE_OWN_WORK: "see what waits for them",
    Action.MANAGE_ACCOUNTS: "manage accounts",
    Action.READ_AUDIT: "read the audit trail",
    Action.TRIAGE_FINDING: "decide what becomes of a finding",
    Action.READ_ENQUIRY: "read a line of enquiry",
    Action.EDIT_ENQUIRY: "change a line of enquiry",
    Action.APPROVE_ENQUIRY: "approve a line of enquiry",
    Action.READ_QUESTION_DRAFT: "read a question that has not been issued",
    Action.DRAFT_QUESTION: "draft a question",
    Action.DECIDE_REMIT: "decide whether a question is in the forum's remit",
    Action.ISSUE_QUESTION: "issue a question",
    Action.READ_QUESTION: "read a question",
    Action.DRAFT_RESPONSE: "draft the answer to a question",
    Action.SIGN_RESPONSE: "sign and send the answer to a question",
    Action.CLARIFY_QUESTION: "clarify a question",
    Action.ASSESS_RESPONSE: "say whether an answer is satisfactory",
    Action.READ_RECOMMENDATION_DRAFT: "read a recommendation that has not been issued",
    Action.DRAFT_RECOMMENDATION: "draft a recommendation",
    Action.RECORD_DECISION: "record a decision of the forum",
    Action.CERTIFY_DECISION: "certify a decision of the forum",
    Action.ISSUE_RECOMMENDATION: "issue a recommendation",
    Action.READ_RECOMMENDATION: "read a recommendation",
    Action.DRAFT_LIMB_RESPONSE: "draft a response to a recommendation",
    Action.ANSWER_LIMB: "sign and send a response to a recommendation",
    Action.REPORT_PROGRESS: "report progress on a recommendation",
    Action.REPORT_COMPLETE: "report a recommendation complete",
    Action.ADD_EVIDENCE: "add evidence",
    Action.VERIFY: "verify that a recommendation was carried out",
    Action.CLOSE_LIMB: "close or reopen a part of a recommendation",
    Action.PREPARE_PUBLICATION: "prepare a publication",
    Action.PUBLISH: "publish or withdraw",
}

_OFFICERS = (Role.SECRETARIAT, Role.CHAIR)
_FORUM = (Role.SECRETARIAT, Role.CHAIR, Role.MEMBER)
_RESPONDENTS = (Role.DRAFTER, Role.SIGNATORY)


def _anywhere(*roles: Role) -> dict[Role, Where]:
    return dict.fromkeys(roles, Where.ANYWHERE)


def _asked(*roles: Role) -> dict[Role, Where]:
    return dict.fromkeys(roles, Where.ADDRESSEE)


def _apart(*roles: Role) -> dict[Role, Where]:
    return dict.fromkeys(roles, Where.INDEPENDENT)


TABLE: Mapping[Action, Mapping[Role, Where]] = {
    Action.READ: _anywhere(*Role),
    Action.IMPORT_FILE: _anywhere(Role.ANALYST, Role.SECRETARIAT),
    Action.WITHDRAW_BATCH: _anywhere(Role.ANALYST, Role.SECRETARIAT),
    Action.ANNOTATE: _anywhere(Role.ANALYST, Role.SECRETARIAT),
    Action.CONFIRM_REBASE: _anywhere(Role.ANALYST, Role.SECRETARIAT),
    Action.TRY_METHODS: _anywhere(*_FORUM, Role.ANALYST),
    Action.SEE_OWN_WORK: _anywhere(*(r for r in Role if r is not Role.ANYONE)),
    Action.MANAGE_ACCOUNTS: _anywhere(Role.ADMINISTRATOR),
    Action.READ_AUDIT: _anywhere(*_OFFICERS),
    Action.TRIAGE_FINDING: _anywhere(*_OFFICERS),
    Action.READ_ENQUIRY: _anywhere(*_FORUM, Role.ANALYST),
    Action.EDIT_ENQUIRY: _anywhere(Role.SECRETARIAT),
    Action.APPROVE_ENQUIRY: _anywhere(Role.CHAIR),
    Action.READ_QUESTION_DRAFT: _anywhere(*_FORUM),
    Action.DRAFT_QUESTION: _anywhere(*_FORUM),
    Action.DECIDE_REMIT: _anywhere(*_OFFICERS),
    Action.ISSUE_QUESTION: _anywhere(*_OFFICERS),
    Action.READ_QUESTION: _anywhere(*_FORUM, Role.ANALYST, Role.VERIFIER) | _asked(*_RESPONDENTS),
    Action.DRAFT_RESPONSE: _asked(*_RESPONDENTS),
    Action.SIGN_RESPONSE: _asked(Role.SIGNATORY),
    Action.CLARIFY_QUESTION: _anywhere(*_OFFICERS),
    Action.ASSESS_RESPONSE: _anywhere(*_OFFICERS),
    Action.READ_RECOMMENDATION_DRAFT: _anywhere(*_FORUM),
    Action.DRAFT_RECOMMENDATION: _anywhere(Role.SECRETARIAT),
    Action.RECORD_DECISION: _anywhere(Role.SECRETARIAT),
    Action.CERTIFY_DECISION: _anywhere(Role.CHAIR),
    Action.ISSUE_RECOMMENDATION: _anywhere(Role.SECRETARIAT),
    Action.READ_RECOMMENDATION: _anywhere(*_FORUM, Role.ANALYST, Role.VERIFIER)
    | _asked(*_RESPONDENTS),
    Action.DRAFT_LIMB_RESPONSE: _asked(*_RESPONDENTS),
    Action.ANSWER_LIMB: _asked(Role.SIGNATORY),
    Action.REPORT_PROGRESS: _asked(*_RESPONDENTS),
    Action.REPORT_COMPLETE: _asked(Role.SIGNATORY),
    Action.ADD_EVIDENCE: _anywhere(Role.SECRETARIAT) | _asked(*_RESPONDENTS),
    Action.VERIFY: _apart(Role.VERIFIER),
    Action.CLOSE_LIMB: _anywhere(Role.SECRETARIAT),
    Action.PREPARE_PUBLICATION: _anywhere(Role.SECRETARIAT),
    Action.PUBLISH: _anywhere(Role.CHAIR),
}


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

    ``concerning`` names the organisations that were asked (the addressees), by code.
    """
    held = _in_which_role(standing, action, concerning)
    if held is not None:
        return held
    allowed, what = TABLE[action], IN_WORDS[action]
    who = _listed([f"the {r.value}" for r in Role if r in allowed], "or")
    if not standing.signed_in:
        raise NotPermitted(
            f"Only {who} may {what}, and you are not signed in.",
            "Sign in with an account that has one of these roles.",
            sign_in_helps=True,
        )
    mine = [h.role for h in standing.held if h.role in allowed]
    if any(allowed[role] is Where.INDEPENDENT for role in mine):
        raise own_work(action)
    if mine:
        raise NotPermitted(
            f"Only the organisation that was asked may {what}, and yours was not.",
            "Ask the secretariat if it should have been.",
        )
    roles = [r.value for r in Role if r is not Role.ANYONE and standing.has(r)]
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
            or (where is Where.ADDRESSEE and held.organisation in concerning)
            or (where is Where.INDEPENDENT and standing.organisations.isdisjoint(concerning))
        ):
            return held
    return None
