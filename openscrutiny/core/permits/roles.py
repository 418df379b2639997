"""What people are to the forum, what they may want to do, and what each is called."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person does for the forum. ANYONE is a person who has not signed in."""

    ANYONE = "anyone"
    MEMBER = "member"
    CHAIR = "chair"
    DEPUTY = "deputy"
    SECRETARIAT = "secretariat"
    ANALYST = "analyst"
    DRAFTER = "drafter"
    CLEARER = "clearer"
    SIGNATORY = "signatory"
    PARTNERSHIP = "partnership"
    COORDINATOR = "coordinator"
    VERIFIER = "verifier"
    CASE_REVIEWER = "case_reviewer"
    MODERATOR = "moderator"
    COMMITTEE = "committee"
    CLERK = "clerk"
    ADMINISTRATOR = "administrator"

    @property
    def words(self) -> str:
        """What people call the role: ``deputy chair``."""
        return _CALLED.get(self.value, self.value)


_CALLED = {
    "deputy": "deputy chair",
    "partnership": "area partnership",
    "case_reviewer": "case reviewer",
    "committee": "committee member",
    "clerk": "committee clerk",
}


class Place(StrEnum):
    """What somebody is to a body by a place in it, whatever roles their account has.

    A place is looked up where it matters and allows little: to speak for oneself.
    """

    SEAT = "in_a_seat"
    INVITED = "invited"
    SAT = "in_a_seat_at_the_meeting"

    @property
    def words(self) -> str:
        """Who that is, after ``only``: ``whoever is invited``."""
        return _IN_PLACE[self.value]


_IN_PLACE = {
    "in_a_seat": "whoever sits in a seat of the body",
    "invited": "whoever is invited to the meeting",
    "in_a_seat_at_the_meeting": "whoever was invited to the meeting in a seat",
}


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
    CHANGE_TERMS = "change_terms"
    FILL_SEATS = "fill_seats"
    READ_SEATS = "read_seats"
    READ_ACCESS_NEEDS = "read_access_needs"
    DECLARE_INTEREST = "declare_interest"
    READ_INTERESTS = "read_interests"
    PROPOSE_WORK = "propose_work"
    SUGGEST_WORK = "suggest_work"
    PLAN_WORK = "plan_work"
    READ_WORK = "read_work"
    PLAN_MEETING = "plan_meeting"
    READ_MEETING = "read_meeting"
    READ_CLOSED = "read_closed"
    PROPOSE_ITEM = "propose_item"
    SUBMIT_PAPER = "submit_paper"
    ALLOW_LATE = "allow_late"
    PUBLISH_AGENDA = "publish_agenda"
    ATTEND = "attend"
    RECORD_ATTENDANCE = "record_attendance"
    RUN_MEETING = "run_meeting"
    PRESIDE = "preside"
    VOTE = "vote"
    RECUSE = "recuse"
    WRITE_MINUTES = "write_minutes"
    CORRECT_MINUTES = "correct_minutes"
    CAPTURE_ACTION = "capture_action"
    REPORT_ACTION = "report_action"
    CONFIRM_ACTION = "confirm_action"
    CANCEL_ACTION = "cancel_action"
    SEND_NOTICES = "send_notices"
    BRING_IN_RECORD = "bring_in_record"


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
    Action.CHANGE_TERMS: "change a body or its terms of reference",
    Action.FILL_SEATS: "change the seats of a body and who sits in them",
    Action.READ_SEATS: "read who sits in which seat",
    Action.READ_ACCESS_NEEDS: "read what people need to take part",
    Action.DECLARE_INTEREST: "declare an interest",
    Action.READ_INTERESTS: "read the register of interests",
    Action.PROPOSE_WORK: "propose something for the work programme",
    Action.SUGGEST_WORK: "suggest what the forum should look at",
    Action.PLAN_WORK: "score, schedule or move the work programme",
    Action.READ_WORK: "read the work programme",
    Action.PLAN_MEETING: "plan, move, postpone or cancel a meeting",
    Action.READ_MEETING: "read what is not yet published of a meeting",
    Action.READ_CLOSED: "read what is closed to the public",
    Action.PROPOSE_ITEM: "propose an item for an agenda",
    Action.SUBMIT_PAPER: "submit a paper",
    Action.ALLOW_LATE: "allow a late paper or item, or take a paper at the meeting",
    Action.PUBLISH_AGENDA: "publish an agenda",
    Action.ATTEND: "say whether they will attend",
    Action.RECORD_ATTENDANCE: "record who is in the room",
    Action.RUN_MEETING: "open, adjourn or close a meeting and its items",
    Action.PRESIDE: "preside over a meeting",
    Action.VOTE: "vote",
    Action.RECUSE: "step aside from an item",
    Action.WRITE_MINUTES: "write the minutes",
    Action.CORRECT_MINUTES: "ask for a correction of the minutes",
    Action.CAPTURE_ACTION: "record an action or an undertaking",
    Action.REPORT_ACTION: "report on an action or an undertaking",
    Action.CONFIRM_ACTION: "confirm that an action was done, or carry it forward",
    Action.CANCEL_ACTION: "cancel an action",
    Action.SEND_NOTICES: "send notices and see what became of them",
    Action.BRING_IN_RECORD: "bring in an older record",
}
