"""The state tables of a line of enquiry and of a question."""

from __future__ import annotations

from openscrutiny.core.machines.rows import TO_FORUM, row
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import Audience, Guard, Machine, Transition

ENQUIRY = Machine(
    "enquiry",
    "line of enquiry",
    {
        "drafted": "drafted",
        "approved": "approved",
        "asked": "asked about",
        "withdrawn": "withdrawn",
    },
    (
        row(
            "approve",
            "drafted",
            "approved",
            Action.APPROVE_ENQUIRY,
            "Approve",
            notifies=(Audience.SECRETARIAT,),
            told="was approved",
        ),
        row(
            "send_back",
            "approved",
            "drafted",
            Action.APPROVE_ENQUIRY,
            "Send back for redrafting",
            notifies=(Audience.SECRETARIAT,),
            told="was sent back for redrafting",
            needs_reason=True,
        ),
        row("ask", "approved asked", "asked", Action.DRAFT_QUESTION, "Draft a question"),
        row(
            "withdraw",
            "drafted approved",
            "withdrawn",
            Action.TRIAGE_FINDING,
            "Withdraw",
            needs_reason=True,
        ),
    ),
)

HAS_ADDRESSEE = Guard(
    "has_addressee",
    "The question names nobody who must answer.",
    "Choose the organisation that must answer, then issue it.",
)
HAS_DRAFT = Guard(
    "has_draft",
    "There is no drafted answer to send.",
    "Draft the answer first, then sign and send it.",
)
_ANSWERABLE = "issued acknowledged follow_up"
_ANSWERED = "answered partly not_held declined"


def _answer(event: str, target: str, label: str, told: str) -> Transition:
    return row(
        event,
        _ANSWERABLE,
        target,
        Action.SIGN_RESPONSE,
        label,
        guards=(HAS_DRAFT,),
        notifies=TO_FORUM,
        told=told,
    )


QUESTION = Machine(
    "question",
    "question",
    {
        "draft": "a draft",
        "submitted": "submitted",
        "in_remit": "accepted as in the forum's remit",
        "redirected": "redirected",
        "refused": "refused",
        "issued": "issued and waiting for an answer",
        "acknowledged": "acknowledged and waiting for an answer",
        "clarifying": "waiting for the forum to clarify it",
        "answered": "answered",
        "partly": "answered in part",
        "not_held": "answered: the information is not held",
        "declined": "declined under an exemption",
        "follow_up": "followed up and waiting for a further answer",
        "satisfied": "answered to the forum's satisfaction",
        "closed": "closed",
        "withdrawn": "withdrawn",
    },
    (
        row(
            "submit",
            "draft",
            "submitted",
            Action.DRAFT_QUESTION,
            "Submit",
            guards=(HAS_ADDRESSEE,),
            notifies=TO_FORUM,
            told="was submitted",
        ),
        row("accept", "submitted", "in_remit", Action.DECIDE_REMIT, "Accept as in remit"),
        row(
            "send_back",
            "submitted",
            "draft",
            Action.DECIDE_REMIT,
            "Send back for redrafting",
            notifies=(Audience.SECRETARIAT,),
            told="was sent back",
            needs_reason=True,
        ),
        row(
            "redirect",
            "submitted",
            "redirected",
            Action.DECIDE_REMIT,
            "Redirect elsewhere",
            needs_reason=True,
        ),
        row("refuse", "submitted", "refused", Action.DECIDE_REMIT, "Refuse", needs_reason=True),
        row(
            "issue",
            "in_remit",
            "issued",
            Action.ISSUE_QUESTION,
            "Issue",
            guards=(HAS_ADDRESSEE,),
            notifies=(Audience.RESPONDENTS,),
            told="was put to your organisation",
        ),
        row(
            "acknowledge",
            "issued",
            "acknowledged",
            Action.DRAFT_RESPONSE,
            "Acknowledge",
            notifies=(Audience.SECRETARIAT,),
            told="was acknowledged",
        ),
        row(
            "ask_clarification",
            _ANSWERABLE,
            "clarifying",
            Action.DRAFT_RESPONSE,
            "Ask what is meant",
            notifies=TO_FORUM,
            told="needs to be clarified",
            needs_reason=True,
        ),
        row(
            "clarify",
            "clarifying",
            "acknowledged",
            Action.CLARIFY_QUESTION,
            "Clarify",
            notifies=(Audience.RESPONDENTS,),
            told="was clarified",
            needs_reason=True,
        ),
        _answer("answer", "answered", "Sign and send as a full answer", "was answered"),
        _answer(
            "answer_partly", "partly", "Sign and send as a part answer", "was answered in part"
        ),
        _answer(
            "answer_not_held",
            "not_held",
            "Sign and send: the information is not held",
            "was answered: not held",
        ),
        _answer("decline", "declined", "Decline under an exemption", "was declined"),
        row(
            "assess_satisfied",
            _ANSWERED,
            "satisfied",
            Action.ASSESS_RESPONSE,
            "Say the answer is satisfactory",
            notifies=(Audience.RESPONDENTS,),
            told="was answered to the forum's satisfaction",
            needs_reason=True,
        ),
        row(
            "follow_up",
            _ANSWERED,
            "follow_up",
            Action.ASSESS_RESPONSE,
            "Ask for more",
            notifies=(Audience.RESPONDENTS,),
            told="needs a further answer",
            needs_reason=True,
        ),
        row("close", "satisfied", "closed", Action.ASSESS_RESPONSE, "Close"),
        row(
            "withdraw",
            "draft submitted in_remit issued acknowledged clarifying follow_up",
            "withdrawn",
            Action.ISSUE_QUESTION,
            "Withdraw",
            notifies=(Audience.RESPONDENTS,),
            told="was withdrawn",
            needs_reason=True,
        ),
    ),
)
