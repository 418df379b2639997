"""Public accounts in the browser: the page a journalist reads, and the pages that lead to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import DATASETS, ROOT, Open, Reader

_MAKE = """
from openscrutiny.config.pages_commands import start_django; start_django()
import json, time
from django.contrib.sessions.backends.db import SessionStore
from openscrutiny.core.permits import Role
from tests.apps.chains import whole_chain
from tests.apps.publishing import prepared, published, proposed, withdrawn
made = {"account": published(whole_chain(limbs=2, answer="It was 7 officers.")),
        "prepared": prepared(whole_chain()), "proposed": proposed(whole_chain()),
        "tombstone": withdrawn(whole_chain())}
told = {name: item.href for name, item in made.items()}
chain = whole_chain(answer="It was 7 officers.")
told["new"] = f"/publications/new/?about={chain.subject}"
told["finding"], told["batch"] = chain.finding.pk, chain.batches[0]
for role in (Role.SECRETARIAT, Role.CHAIR):
    user, kept = chain.people[role], SessionStore()
    kept["_auth_user_id"] = str(user.pk)
    kept["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
    kept["_auth_user_hash"] = user.get_session_auth_hash()
    kept["second_factor"] = [user.pk, time.time()]
    kept.create()
    told[role.value] = kept.session_key
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def made(site: str, home: Path) -> dict[str, str]:
    """Publications in every state, and somebody signed in for each role that keeps them."""
    env = {
        **os.environ,
        "OPENSCRUTINY_HOME": str(home),
        "OPENSCRUTINY_CHANCE_DATASETS": str(DATASETS),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "openscrutiny.config.settings",
    }
    told = subprocess.run(
        [sys.executable, "-c", _MAKE], env=env, check=True, capture_output=True, text=True
    )
    found: dict[str, str] = json.loads(told.stdout.splitlines()[-1])
    return found


def _signed_in(person: Reader, key: str) -> Reader:
    person.page.context.add_cookies([{"name": "sessionid", "value": key, "url": person.site}])
    return person


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_everybody_can_read_what_was_published(
    width: str, made: dict[str, str], reader: Open
) -> None:
    person = reader(width=width)
    addresses = ["/", "/publications/", "/publications/log/", made["account"], made["tombstone"]]
    addresses += [f"/findings/{made['finding']}/", f"/data/batches/{made['batch']}/"]
    for address in addresses:
        person.go(address)
        assert person.overflow() == 0, address
    shots = os.environ.get("OPENSCRUTINY_SHOTS")
    if shots:
        for name in ("account", "tombstone"):
            person.go(made[name]).page.screenshot(
                path=f"{shots}/{name}-{width}.png", full_page=True
            )
    assert person.checked >= len(addresses)


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_those_who_keep_publications_see_what_to_do(
    width: str, made: dict[str, str], reader: Open
) -> None:
    office = _signed_in(reader(width=width), made["secretariat"])
    chair = _signed_in(reader(width=width), made["chair"])
    seen = [(office, made["new"]), (office, f"{made['account']}propose/")]
    seen += [(chair, address) for address in (made["prepared"], made["proposed"], "/your-work/")]
    shots = os.environ.get("OPENSCRUTINY_SHOTS")
    for number, (person, address) in enumerate(seen):
        person.go(address)
        assert "You cannot do this" not in person.text(), address
        assert person.overflow() == 0, address
        if shots:
            person.page.screenshot(path=f"{shots}/keeper-{number}-{width}.png", full_page=True)
    office.go(made["new"]).click(office.page.get_by_role("button", name="Prepare this account"))
    assert "There is a problem" in office.text()
