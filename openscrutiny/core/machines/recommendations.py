"""The state tables of a recommendation and of each of its parts."""

from __future__ import annotations

from openscrutiny.core.machines.rows import DECIDED, TO_FORUM, row
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import Audience, Guard, Machine

HAS_PARTS = Guard(
    "has_parts",
    "The recommendation has no part that names what is to be done and by whom.",
    "Add at least one part with an organisation that must answer.",
)

RECOMMENDATION = Machine(
    "recommendation",
    "recommendation",
    {
        "drafting": "being drafted",
        "agreed": "agreed by the forum",
        "issued": "issued",
        "withdrawn": "withdrawn",
    },
    (
        row(
            "agree",
            "drafting",
            "agreed",
            Action.RECORD_DECISION,
            "Mark as agreed",
            guards=(HAS_PARTS, DECIDED),
        ),
        row(
            "issue",
            "agreed",
            "issued",
            Action.ISSUE_RECOMMENDATION,
            "Issue",
            notifies=(Audience.RESPONDENTS,),
            told="was issued to your organisation",
        ),
        row(
            "withdraw",
            "agreed issued",
            "withdrawn",
            Action.ISSUE_RECOMMENDATION,
            "Withdraw",
            guards=(DECIDED,),
            notifies=(Audience.RESPONDENTS,),
            told="was withdrawn",
            needs_reason=True,
        ),
        row(
            "abandon",
            "drafting",
            "withdrawn",
            Action.ISSUE_RECOMMENDATION,
            "Abandon the draft",
            needs_reason=True,
        ),
    ),
)

HAS_ANSWER = Guard(
    "has_answer",
    "There is no drafted response for this part.",
    "Draft the response first, then sign and send it.",
)
IS_PLAIN = Guard(
    "is_plain",
    "“Accepted in principle” does not say what will be done.",
    "Say accepted, accepted in part (and which part), or not accepted (and why).",
)
HAS_PLAN = Guard(
    "has_plan",
    "The plan does not say what will be done and by when.",
    "Write the steps and the date by which they will be complete.",
)
HAS_EVIDENCE = Guard(
    "has_evidence",
    "There is no evidence that it was carried out.",
    "Add at least one item of evidence first.",
)
FOUND_IMPLEMENTED = Guard(
    "found_implemented",
    "The verifier did not find it carried out as recommended.",
    "Close it as met in another way, or wait for a new verification.",
)
FOUND_ALTERNATIVE = Guard(
    "found_alternative",
    "The verifier did not find it met in another way.",
    "Close it as carried out, or wait for a new verification.",
)
_OPEN = (
    "issued accepted part_accepted not_accepted planned in_progress reported_complete verifying "
    "verified"
)

PART = Machine(
    "part",
    "part of the recommendation",
    {
        "issued": "waiting for a response",
        "accepted": "accepted",
        "part_accepted": "accepted in part",
        "not_accepted": "not accepted, and still tracked",
        "planned": "planned",
        "in_progress": "in progress",
        "reported_complete": "reported complete by the organisation, and not yet verified",
        "verifying": "being verified",
        "verified": "verified, and waiting for the forum's decision",
        "closed_implemented": "closed: carried out",
        "closed_alternative": "closed: met in another way",
        "closed_not_implemented": "closed: not carried out",
        "withdrawn": "withdrawn",
    },
    (
        row(
            "accept",
            "issued",
            "accepted",
            Action.ANSWER_LIMB,
            "Sign and send: accepted",
            guards=(HAS_ANSWER, IS_PLAIN),
            notifies=TO_FORUM,
            told="was accepted",
        ),
        row(
            "accept_in_part",
            "issued",
            "part_accepted",
            Action.ANSWER_LIMB,
            "Sign and send: accepted in part",
            guards=(HAS_ANSWER, IS_PLAIN),
            notifies=TO_FORUM,
            told="was accepted in part",
        ),
        row(
            "not_accept",
            "issued",
            "not_accepted",
            Action.ANSWER_LIMB,
            "Sign and send: not accepted",
            guards=(HAS_ANSWER,),
            notifies=TO_FORUM,
            told="was not accepted",
        ),
        row(
            "ask_again",
            "not_accepted",
            "issued",
            Action.ISSUE_RECOMMENDATION,
            "Ask again",
            notifies=(Audience.RESPONDENTS,),
            told="is asked of your organisation again",
            needs_reason=True,
        ),
        row(
            "plan",
            "accepted part_accepted",
            "planned",
            Action.REPORT_PROGRESS,
            "Send the plan",
            guards=(HAS_PLAN,),
            notifies=(Audience.SECRETARIAT,),
            told="has a plan",
        ),
        row("start", "planned", "in_progress", Action.REPORT_PROGRESS, "Say work has begun"),
        row(
            "report_progress",
            "in_progress",
            "in_progress",
            Action.REPORT_PROGRESS,
            "Report progress",
            notifies=(Audience.SECRETARIAT,),
            told="has news",
            needs_reason=True,
        ),
        row(
            "report_complete",
            "in_progress",
            "reported_complete",
            Action.REPORT_COMPLETE,
            "Report complete",
            guards=(HAS_EVIDENCE,),
            notifies=(Audience.SECRETARIAT, Audience.VERIFIERS),
            told="was reported complete and waits to be verified",
        ),
        row("take_up", "reported_complete", "verifying", Action.VERIFY, "Begin to verify"),
        row(
            "verify",
            "verifying",
            "verified",
            Action.VERIFY,
            "Record what was found",
            guards=(HAS_EVIDENCE,),
            notifies=TO_FORUM,
            told="was verified",
        ),
        row(
            "return",
            "verifying",
            "in_progress",
            Action.VERIFY,
            "Return: not carried out",
            notifies=(Audience.RESPONDENTS, Audience.SECRETARIAT),
            told="was returned by the verifier: not carried out",
            needs_reason=True,
        ),
        row(
            "close_implemented",
            "verified",
            "closed_implemented",
            Action.CLOSE_LIMB,
            "Close: carried out",
            guards=(FOUND_IMPLEMENTED, DECIDED),
            notifies=(Audience.RESPONDENTS,),
            told="was closed as carried out",
        ),
        row(
            "close_alternative",
            "verified",
            "closed_alternative",
            Action.CLOSE_LIMB,
            "Close: met in another way",
            guards=(FOUND_ALTERNATIVE, DECIDED),
            notifies=(Audience.RESPONDENTS,),
            told="was closed as met in another way",
        ),
        row(
            "close_not_implemented",
            "not_accepted in_progress",
            "closed_not_implemented",
            Action.CLOSE_LIMB,
            "Close: not carried out",
            guards=(DECIDED,),
            notifies=(Audience.RESPONDENTS,),
            told="was closed as not carried out",
            needs_reason=True,
        ),
        row(
            "reopen",
            "closed_implemented closed_alternative closed_not_implemented",
            "in_progress",
            Action.CLOSE_LIMB,
            "Reopen",
            notifies=(Audience.RESPONDENTS,),
            told="was reopened",
            needs_reason=True,
        ),
        row(
            "withdraw",
            _OPEN,
            "withdrawn",
            Action.ISSUE_RECOMMENDATION,
            "Withdraw",
            guards=(DECIDED,),
            needs_reason=True,
        ),
    ),
)
