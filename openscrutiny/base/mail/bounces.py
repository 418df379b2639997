"""Mails that came back: which of ours a delivery report is about, and why it came back."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from email.message import Message as AnyMessage
from typing import Any

from openscrutiny.base.models import Message

# The classes and details of RFC 3463 that a secretariat can do something about.
_REASONS = {
    "5.1.1": "There is no such address.",
    "5.1.2": "The part of the address after the @ does not exist.",
    "5.1.3": "The address is not written as an address.",
    "5.1.10": "This domain takes no mail.",
    "5.2.1": "The mailbox is closed.",
    "5.2.2": "The mailbox is full.",
    "5.3.4": "The mail is too large for that server.",
    "5.4.4": "No way to that mail server was found.",
    "5.7.1": "That mail server refuses our mail.",
}
_LARGEST = 5 * 1024 * 1024


class NoReport(ValueError):
    """What was given is no report of a mail that came back, or of none of ours."""


def note_bounce(raw: bytes) -> int:
    """Mark the messages a delivery report (RFC 3464) is about; returns how many.

    They are found by the Message-ID we gave the mail. NoReport where it is no such report, says
    that the mail arrived or is only late, or is about none of ours.
    """
    if len(raw) > _LARGEST:
        raise NoReport("This is larger than any report of a mail that came back.")
    report: Any = message_from_bytes(raw, policy=policy.default)
    statuses = _failed(report)
    found = Message.objects.filter(message_id__in=_ids(report)).exclude(message_id="")
    found = found.filter(state__in=[Message.State.SENT, Message.State.SENDING])
    problem = _REASONS.get(statuses[0], "It came back.") + f" ({statuses[0]})"
    marked = found.update(state=Message.State.BOUNCED, problem=problem, interrupted=False)
    if not marked:
        raise NoReport("This report is about no mail that was sent from here.")
    return marked


def _failed(report: EmailMessage) -> list[str]:
    """The status of every address a mail failed for."""
    kind = str(report.get_param("report-type") or "").lower()
    if report.get_content_type() != "multipart/report" or kind != "delivery-status":
        raise NoReport("This is no report of a mail that came back (RFC 3464).")
    statuses = [
        _status(block)
        for part in report.walk()
        if part.get_content_type() == "message/delivery-status"
        for block in _blocks(part)
        if str(block.get("Action", "")).strip().lower() == "failed"
    ]
    if not statuses:
        raise NoReport("This report says of no address that the mail failed for good.")
    return statuses


def _blocks(part: AnyMessage) -> list[AnyMessage]:
    """The fields for the whole mail and for each address, which the parser gives as messages."""
    payload = part.get_payload()
    return [b for b in payload if isinstance(b, AnyMessage)] if isinstance(payload, list) else []


def _status(block: AnyMessage) -> str:
    """The code alone, such as 5.1.1: what stands beside it may hold an address."""
    words = str(block.get("Status", "")).split()
    code = words[0] if words else ""
    return code if code.replace(".", "").isdecimal() and len(code) < 12 else "5.0.0"


def _ids(report: EmailMessage) -> set[str]:
    """The Message-IDs of the mail that was returned with the report, whole or its head alone."""
    found = set()
    for part in report.walk():
        if part.get_content_type() == "text/rfc822-headers":
            head = message_from_bytes(part.get_payload(decode=True) or b"", policy=policy.default)
            found.add(str(head.get("Message-ID", "")).strip())
        elif part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, AnyMessage):
                found.add(str(inner.get("Message-ID", "")).strip())
    return {one for one in found if one}
