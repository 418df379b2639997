"""The state tables of what the forum decides and of what it publishes."""

from __future__ import annotations

from openscrutiny.core.machines.rows import PRESIDED, QUORATE, SECOND_PERSON, row
from openscrutiny.core.permits import Action
from openscrutiny.core.workflow import Audience, Guard, Machine

DECISION = Machine(
    "decision",
    "decision",
    {
        "recorded": "recorded, and not yet certified",
        "certified": "certified",
        "not_certified": "not certified",
    },
    (
        row(
            "certify",
            "recorded",
            "certified",
            Action.CERTIFY_DECISION,
            "Certify",
            guards=(SECOND_PERSON, QUORATE, PRESIDED),
            notifies=(Audience.SECRETARIAT,),
            told="was certified",
        ),
        row(
            "not_certify",
            "recorded",
            "not_certified",
            Action.CERTIFY_DECISION,
            "Refuse to certify",
            notifies=(Audience.SECRETARIAT,),
            told="was not certified",
            needs_reason=True,
        ),
    ),
)

CHECKED = Guard(
    "checked",
    "The checks before publishing have not all been made.",
    "Answer every question of the check: exempt information, people who could be recognised, "
    "small numbers.",
)

PUBLICATION = Machine(
    "publication",
    "publication",
    {
        "prepared": "prepared, and not yet public",
        "published": "published",
        "sent_back": "sent back, and never published",
        "withdrawal_proposed": "published, and proposed for withdrawal",
        "withdrawn": "withdrawn",
    },
    (
        row(
            "publish",
            "prepared",
            "published",
            Action.PUBLISH,
            "Publish",
            guards=(CHECKED, SECOND_PERSON),
            notifies=(Audience.SECRETARIAT,),
            told="was published",
        ),
        row(
            "send_back",
            "prepared",
            "sent_back",
            Action.PUBLISH,
            "Send back",
            notifies=(Audience.SECRETARIAT,),
            told="was sent back",
            needs_reason=True,
        ),
        row(
            "propose_withdrawal",
            "published",
            "withdrawal_proposed",
            Action.PREPARE_PUBLICATION,
            "Propose to withdraw",
            notifies=(Audience.CHAIR,),
            told="is proposed for withdrawal",
            needs_reason=True,
        ),
        row(
            "withdraw",
            "withdrawal_proposed",
            "withdrawn",
            Action.PUBLISH,
            "Withdraw",
            guards=(SECOND_PERSON,),
            notifies=(Audience.SECRETARIAT,),
            told="was withdrawn",
        ),
        row(
            "keep",
            "withdrawal_proposed",
            "published",
            Action.PUBLISH,
            "Keep it published",
            notifies=(Audience.SECRETARIAT,),
            told="stays published",
            needs_reason=True,
        ),
    ),
)
