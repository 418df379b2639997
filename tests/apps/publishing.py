"""Publications for tests, brought by the services into each of their states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.test import Client

from openscrutiny.base.models import User
from openscrutiny.core.permits import Role
from openscrutiny.public import services
from openscrutiny.public.checks import Checks, fingerprint
from openscrutiny.public.models import Publication
from tests.apps.chains import Chain
from tests.city import NOW

REASON = "The figure was read from the wrong column."


def checks_for(subject: str, **changed: Any) -> Checks:
    """Answers to every check for the account of a subject as it is now."""
    account, _ = services.account_of(subject, now=NOW)
    made = Checks(
        exempt=False,
        ground="",
        public_interest="",
        recognisable=False,
        looked_at="Every text in the account.",
        small_numbers_confirmed=True,
        fingerprint=fingerprint(account),
    )
    return replace(made, **changed)


def prepared(chain: Chain, **changed: Any) -> Publication:
    return services.prepare_publication(
        subject=chain.subject,
        checks=checks_for(chain.subject, **changed),
        by=chain.people[Role.SECRETARIAT],
        now=NOW,
    )


def published(chain: Chain) -> Publication:
    return carry_out(prepared(chain), "publish", chain.people[Role.CHAIR])


def proposed(chain: Chain) -> Publication:
    return carry_out(published(chain), "propose_withdrawal", chain.people[Role.SECRETARIAT])


def withdrawn(chain: Chain) -> Publication:
    return carry_out(proposed(chain), "withdraw", chain.people[Role.CHAIR])


def sent_back(chain: Chain) -> Publication:
    return carry_out(prepared(chain), "send_back", chain.people[Role.CHAIR])


IN_STATE: Mapping[str, Callable[[Chain], Publication]] = {
    "prepared": prepared,
    "published": published,
    "sent_back": sent_back,
    "withdrawal_proposed": proposed,
    "withdrawn": withdrawn,
}
_GIVEN: Mapping[str, dict[str, str]] = {
    "send_back": {"reason": REASON},
    "propose_withdrawal": {"code": "wrong", "reason": REASON},
    "keep": {"reason": REASON},
}


def carry_out(item: Publication, event: str, by: User, seen: int | None = None) -> Publication:
    """One step of the state table, by the service that carries it out."""
    service = getattr(services, event)
    done: Publication = service(
        publication=item, by=by, now=NOW, seen=seen, **_GIVEN.get(event, {})
    )
    return done


def text_of(client: Client, address: str, status: int = 200) -> str:
    """What an address says, having answered as expected."""
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return str(answer.content.decode())
