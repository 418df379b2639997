"""What runs each minute: every rule is asked, who was not told yet is told, what is due is sent."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from openscrutiny.base.mail.digests import settle
from openscrutiny.base.mail.queue import tell_all
from openscrutiny.base.mail.rules import HEARTBEAT, Contacts, of_notices, registered
from openscrutiny.base.mail.sending import Sending, send_waiting
from openscrutiny.base.models import Heartbeat

SILENT_AFTER = timedelta(minutes=15)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ticked:
    """What one run did. ``problem`` says which rules could not be asked, empty if all could."""

    sending: Sending
    problem: str


def tick(now: datetime) -> Ticked:
    """Tell and send what is due. Running it twice, or two at once, tells and sends nothing twice.

    A rule that fails keeps no other from being asked: it is named in the heartbeat.
    """
    contacts = Contacts.on(timezone.localtime(now).date())
    failing = []
    for rules in registered():
        try:
            tell_all(rules.alerts(now, contacts), now=now)
        except Exception as error:  # one app's fault must not silence the others
            name = rules.alerts.__module__.removeprefix("openscrutiny.")
            # The kind alone: what an error says may hold what somebody wrote.
            _log.error("The rules of %s could not be asked: %s", name, type(error).__name__)
            failing.append(name)
    tell_all(of_notices(now), now=now)
    settle(now)
    sending = send_waiting(now)
    problem = f"The rules of {', '.join(failing)} could not be asked." if failing else ""
    Heartbeat.objects.update_or_create(
        name=HEARTBEAT, defaults={"at": now, "problem": problem[:300]}
    )
    return Ticked(sending, problem)


@dataclass(frozen=True)
class Pulse:
    """Whether the tick runs: when it last did (None: never), and what to say if it does not."""

    at: datetime | None
    warning: str


def pulse(now: datetime) -> Pulse:
    """How the tick stands at a moment. One query."""
    beat = Heartbeat.objects.filter(name=HEARTBEAT).first()
    how = "Have “openscrutiny tick” run each minute."
    if beat is None:
        return Pulse(None, f"Nothing is sent: the notices have never run here. {how}")
    if now - beat.at > SILENT_AFTER:
        return Pulse(beat.at, f"Nothing is sent: the notices have stood still. {how}")
    return Pulse(beat.at, beat.problem)
