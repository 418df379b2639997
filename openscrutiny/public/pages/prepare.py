"""Preparing a publication: the account as it would be, and what must be looked at first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openscrutiny.base.access import require, standing_of
from openscrutiny.base.thread import Thread, thread_of
from openscrutiny.core.permits import Action
from openscrutiny.public.checks import Spotted, fingerprint, personal_data, small_numbers
from openscrutiny.public.content import Account
from openscrutiny.public.pages.publication import in_brief
from openscrutiny.public.services import account_of, refuse_unready


@dataclass(frozen=True)
class PreparePage:
    """The account of ``subject`` as it would be frozen now, under ``fingerprint``."""

    subject: str
    account: Account
    brief: tuple[tuple[str, tuple[str, ...]], ...]
    small_numbers: tuple[Spotted, ...]
    personal: tuple[Spotted, ...]
    fingerprint: str
    thread: Thread
    data_version: str


def prepare_page(subject: str, *, by: Any, now: datetime, answered: bool = False) -> PreparePage:
    """NotPossible, with what to do, where the subject can have no account.

    ``answered`` shows the page to somebody whose answers are refused, so that they are not lost.
    """
    require(by, Action.PREPARE_PUBLICATION)
    account, recommendation = account_of(subject, now=now)
    if not answered:
        refuse_unready(recommendation)
    return PreparePage(
        subject=subject,
        account=account,
        brief=in_brief(account),
        small_numbers=small_numbers(account),
        personal=personal_data(account),
        fingerprint=fingerprint(account),
        thread=thread_of(recommendation.reference, standing=standing_of(by)),
        data_version=account.found.data_version if account.found else "",
    )
