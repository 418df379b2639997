"""Passkeys in a browser with an authenticator of its own: added, used, refused, removed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.journeys.conftest import Open, Reader
from tests.journeys.test_sign_in import seen

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_authenticator(person: Reader) -> tuple[Any, str]:
    """Give a browser an authenticator. Passkeys belong to a name, so the site is called by one."""
    person.site = person.site.replace("127.0.0.1", "localhost")
    devtools = person.page.context.new_cdp_session(person.page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
    return devtools, made["authenticatorId"]


def give_password(person: Reader, name: str) -> None:
    person.go("/sign-in/")
    person.page.get_by_label("Name of the account").fill(name)
    person.page.get_by_label("Password").fill(person.account(name).password)
    person.click(person.page.get_by_role("main").get_by_role("button", name="Sign in"))


@pytest.mark.parametrize(("width", "name"), [("wide", "case_reviewer"), ("narrow", "moderator")])
def test_a_passkey_is_added_signs_in_and_is_removed(width: str, name: str, reader: Open) -> None:
    person = reader(width=width)
    devtools, authenticator = with_authenticator(person)
    person.sign_in(name, afresh=True).go("/account/")
    assert re.search(r"Passkeys\s+None", person.text())
    person.click(person.page.get_by_role("link", name="Add a passkey"))
    seen(person, "passkey-add")
    person.page.get_by_label("What you call it").fill("My <phone>")
    person.click(person.page.get_by_role("button", name="Add the passkey"))
    assert "Your passkey was added." in person.text()
    assert "My <phone>" in person.text()
    seen(person, "passkey-added")
    kept = devtools.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
    assert len(kept["credentials"]) == 1
    # It takes the place of the code
    person.click(person.page.get_by_role("button", name="Sign out"))
    give_password(person, name)
    assert "Enter your code" in person.text()
    seen(person, "passkey-use")
    person.click(person.page.get_by_role("button", name="Use a passkey"))
    assert f"Signed in as {name}" in person.text()
    person.go("/account/")
    assert "Sign in: complete" in person.text()
    # Where the device does not know the person, it says so and the code is there
    person.click(person.page.get_by_role("button", name="Sign out"))
    give_password(person, name)
    devtools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    devtools.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator})
    person.page.get_by_role("button", name="Use a passkey").click()
    person.page.get_by_text("The browser found no passkey of yours").wait_for(timeout=70_000)
    seen(person, "passkey-refused")
    assert person.page.get_by_label("Code", exact=True).is_visible()
    person.give_fresh_code(person.account(name))
    person.go("/account/")
    person.click(person.page.get_by_role("link", name="remove My <phone>"))
    seen(person, "passkey-remove")
    person.click(person.page.get_by_role("button", name="Remove it"))
    assert "Your passkey was removed." in person.text()
    assert re.search(r"Passkeys\s+None", person.text())


def test_without_javascript_the_code_is_offered_and_no_passkey_is(reader: Open) -> None:
    person = reader(scripts=False).sign_in("verifier", afresh=True).go("/account/passkeys/new/")
    assert "it needs JavaScript" in person.text()
    assert not person.page.get_by_role("button", name="Add the passkey").is_visible()
