"""Publications: prepared, published, read by everybody, withdrawn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from openscrutiny.core.permits import Role
from openscrutiny.public.checks import Checks, fingerprint
from openscrutiny.public.models import Publication
from openscrutiny.public.services import (
    account_of,
    prepare_publication,
    propose_withdrawal,
    publish,
    withdraw,
)
from tests.apps.chains import Chain, whole_chain
from tests.city import NOW

pytestmark = pytest.mark.django_db


def checks_for(subject: str, **changed: Any) -> Checks:
    account, _ = account_of(subject, now=NOW)
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


def prepared(chain: Chain) -> Publication:
    return prepare_publication(
        subject=chain.subject,
        checks=checks_for(chain.subject),
        by=chain.people[Role.SECRETARIAT],
        now=NOW,
    )


def published(chain: Chain) -> Publication:
    made = prepared(chain)
    return publish(publication=made, seen=None, by=chain.people[Role.CHAIR], now=NOW)


def withdrawn(chain: Chain) -> Publication:
    made = published(chain)
    by = chain.people
    propose_withdrawal(
        publication=made,
        code="wrong",
        reason="The figure was read from the wrong column.",
        seen=None,
        by=by[Role.SECRETARIAT],
        now=NOW,
    )
    return withdraw(publication=made, seen=None, by=by[Role.CHAIR], now=NOW)


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.content.decode()


def test_an_account_goes_from_prepared_to_public_to_a_tombstone(client: Client) -> None:
    chain = whole_chain()
    made = prepared(chain)
    assert client.get(made.href).status_code == 403
    publish(publication=made, seen=None, by=chain.people[Role.CHAIR], now=NOW)
    told = text_of(client, made.href)
    assert chain.recommendation.heading in told
    for section in ("finding", "enquiry", "question", "response", "recommendation", "verification"):
        assert f'id="{section}"' in told
    assert chain.recommendation.heading in text_of(client, "/publications/")
    assert "Latest from the forum" in text_of(client, "/")
    kept = json.loads(text_of(client, f"/publications/{made.number}.json"))
    assert kept["deleted"] is False
    assert kept["account"]["version"] == 1

    propose_withdrawal(
        publication=made, code="wrong", reason="Read from the wrong column.", seen=None,
        by=chain.people[Role.SECRETARIAT], now=NOW,
    )  # fmt: skip
    assert "A change in recording" in text_of(client, made.href)
    withdraw(publication=made, seen=None, by=chain.people[Role.CHAIR], now=NOW)
    gone = text_of(client, made.href)
    assert "This account was withdrawn on" in gone
    assert "Read from the wrong column." in gone
    assert "A change in recording" not in gone
    stone = json.loads(text_of(client, f"/publications/{made.number}.json"))
    assert stone["deleted"] is True
    assert "account" not in stone
    assert {"id", "type", "created", "modified"} <= set(stone)
