"""The one table of permissions: which role may do what, and for which organisation."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from openscrutiny.core.permits.roles import Action, Place, Role


class Where(Enum):
    """For which organisation a role must be held."""

    ANYWHERE = "for any organisation"
    BODY = "for the body it belongs to"
    ADDRESSEE = "for the organisation that was asked"
    INDEPENDENT = "for an organisation that was not asked"


_OFFICERS = (Role.SECRETARIAT, Role.CHAIR)
SEATED = (Role.MEMBER, Role.CHAIR, Role.DEPUTY)
_FORUM = (Role.SECRETARIAT, *SEATED)
_PARENT = (Role.COMMITTEE, Role.CLERK)
_DRAFTING = (Role.DRAFTER, Role.CLEARER, Role.PARTNERSHIP)
_SIGNING = (Role.SIGNATORY, Role.COORDINATOR)
RESPONDENTS = (*_DRAFTING, *_SIGNING)


def _anywhere(*roles: Role) -> dict[Role, Where]:
    return dict.fromkeys(roles, Where.ANYWHERE)


def _of_body(*roles: Role) -> dict[Role, Where]:
    return dict.fromkeys(roles, Where.BODY)


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
    Action.READ_AUDIT: _anywhere(*_OFFICERS, *_PARENT),
    Action.TRIAGE_FINDING: _anywhere(*_OFFICERS),
    Action.READ_ENQUIRY: _anywhere(*_FORUM, Role.ANALYST),
    Action.EDIT_ENQUIRY: _anywhere(Role.SECRETARIAT),
    Action.APPROVE_ENQUIRY: _anywhere(Role.CHAIR),
    Action.READ_QUESTION_DRAFT: _anywhere(*_FORUM),
    Action.DRAFT_QUESTION: _anywhere(*_FORUM),
    Action.DECIDE_REMIT: _anywhere(*_OFFICERS),
    Action.ISSUE_QUESTION: _anywhere(*_OFFICERS),
    Action.READ_QUESTION: _anywhere(*_FORUM, *_PARENT, Role.ANALYST, Role.VERIFIER)
    | _asked(*RESPONDENTS),
    Action.DRAFT_RESPONSE: _asked(*RESPONDENTS),
    Action.SIGN_RESPONSE: _asked(*_SIGNING),
    Action.CLARIFY_QUESTION: _anywhere(*_OFFICERS),
    Action.ASSESS_RESPONSE: _anywhere(*_OFFICERS),
    Action.READ_RECOMMENDATION_DRAFT: _anywhere(*_FORUM),
    Action.DRAFT_RECOMMENDATION: _anywhere(Role.SECRETARIAT),
    Action.RECORD_DECISION: _anywhere(Role.SECRETARIAT),
    Action.CERTIFY_DECISION: _anywhere(Role.CHAIR, Role.DEPUTY),
    Action.ISSUE_RECOMMENDATION: _anywhere(Role.SECRETARIAT),
    Action.READ_RECOMMENDATION: _anywhere(*_FORUM, *_PARENT, Role.ANALYST, Role.VERIFIER)
    | _asked(*RESPONDENTS),
    Action.DRAFT_LIMB_RESPONSE: _asked(*RESPONDENTS),
    Action.ANSWER_LIMB: _asked(*_SIGNING),
    Action.REPORT_PROGRESS: _asked(*RESPONDENTS),
    Action.REPORT_COMPLETE: _asked(*_SIGNING),
    Action.ADD_EVIDENCE: _anywhere(Role.SECRETARIAT) | _asked(*RESPONDENTS),
    Action.VERIFY: _apart(Role.VERIFIER),
    Action.CLOSE_LIMB: _anywhere(Role.SECRETARIAT),
    Action.PREPARE_PUBLICATION: _anywhere(Role.SECRETARIAT),
    Action.PUBLISH: _anywhere(Role.CHAIR),
    Action.CHANGE_TERMS: _of_body(Role.SECRETARIAT),
    Action.FILL_SEATS: _of_body(Role.SECRETARIAT),
    Action.READ_SEATS: _of_body(*_FORUM) | _anywhere(*_PARENT),
    Action.READ_ACCESS_NEEDS: _of_body(Role.SECRETARIAT),
    Action.DECLARE_INTEREST: _of_body(*_FORUM),
    Action.READ_INTERESTS: _of_body(*_FORUM) | _anywhere(*_PARENT),
    Action.PROPOSE_WORK: _of_body(*_FORUM) | _anywhere(*_PARENT, *RESPONDENTS),
    Action.SUGGEST_WORK: _anywhere(*Role),
    Action.PLAN_WORK: _of_body(*_OFFICERS),
    Action.READ_WORK: _of_body(*_FORUM) | _anywhere(*_PARENT, Role.ANALYST),
    Action.PLAN_MEETING: _of_body(Role.SECRETARIAT),
    Action.READ_MEETING: _of_body(*_FORUM),
    Action.READ_CLOSED: _of_body(*_FORUM),
    Action.PROPOSE_ITEM: _of_body(*_FORUM) | _anywhere(*RESPONDENTS),
    Action.SUBMIT_PAPER: _of_body(Role.SECRETARIAT) | _asked(*RESPONDENTS),
    Action.ALLOW_LATE: _of_body(Role.CHAIR, Role.DEPUTY),
    Action.PUBLISH_AGENDA: _of_body(*_OFFICERS),
    Action.ATTEND: _of_body(*_FORUM),
    Action.RECORD_ATTENDANCE: _of_body(Role.SECRETARIAT),
    Action.RUN_MEETING: _of_body(*_OFFICERS, Role.DEPUTY),
    Action.PRESIDE: _of_body(Role.CHAIR, Role.DEPUTY),
    Action.VOTE: _of_body(*SEATED),
    Action.RECUSE: _of_body(*_FORUM),
    Action.WRITE_MINUTES: _of_body(Role.SECRETARIAT),
    Action.CORRECT_MINUTES: _of_body(*_FORUM),
    Action.CAPTURE_ACTION: _of_body(Role.SECRETARIAT),
    Action.REPORT_ACTION: _of_body(*_FORUM) | _asked(*RESPONDENTS),
    Action.CONFIRM_ACTION: _of_body(*_OFFICERS),
    Action.CANCEL_ACTION: _of_body(Role.CHAIR, Role.DEPUTY),
    Action.SEND_NOTICES: _of_body(Role.SECRETARIAT),
    Action.BRING_IN_RECORD: _of_body(Role.SECRETARIAT),
}

# What a place in a body allows besides, whatever role an account has: to speak for oneself.
PLACES: Mapping[Action, Place] = {
    Action.ATTEND: Place.INVITED,
    Action.DECLARE_INTEREST: Place.SEAT,
    Action.CORRECT_MINUTES: Place.SAT,
}
