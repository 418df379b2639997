"""Signing in, setting up an account, and keeping accounts, in a browser."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from openscrutiny.base.codes import code_at
from tests.journeys.conftest import Open, Reader

WIDTHS = ["wide", "narrow"]


def seen(person: Reader, name: str) -> None:
    """The page fits its window; a picture of it is kept where ``PICTURES`` names a folder."""
    assert person.overflow() == 0, f"{person.page.url} is too wide"
    if folder := os.environ.get("PICTURES"):
        width = person.page.viewport_size["width"]  # type: ignore[index]
        person.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_sign_in_leads_through_password_and_code_to_the_page_asked_for(
    width: str, reader: Open
) -> None:
    person = reader(width=width).go("/data/import/")
    seen(person, "refused")
    person.click(person.page.get_by_role("main").get_by_role("link", name="Sign in"))
    seen(person, "sign-in")
    person.page.get_by_label("Name of the account").fill("secretariat")
    person.page.get_by_label("Password").fill("not the password")
    person.click(person.page.get_by_role("main").get_by_role("button", name="Sign in"))
    assert "do not belong together" in person.text()
    seen(person, "sign-in-refused")
    assert person.page.get_by_label("Name of the account").input_value() == "secretariat"
    account = person.account("secretariat")
    person.page.get_by_label("Password").fill(account.password)
    person.click(person.page.get_by_role("main").get_by_role("button", name="Sign in"))
    assert "Enter your code" in person.text()
    assert "the code is shown here" not in person.text()
    seen(person, "code")
    person.give_code("000000")
    assert "This code is wrong" in person.text()
    seen(person, "code-refused")
    person.give_fresh_code(account)
    assert person.page.url.endswith("/data/import/")
    assert "Signed in as secretariat" in person.text()


@pytest.mark.parametrize("width", WIDTHS)
def test_sign_in_works_without_javascript(width: str, reader: Open) -> None:
    person = reader(width=width, scripts=False).sign_in("member", afresh=True)
    person.go("/account/")
    assert "Member for" in person.text()
    seen(person, "account")


@pytest.mark.parametrize("width", WIDTHS)
def test_sign_in_of_a_new_account_is_set_up_from_one_address_to_recovery_codes(
    width: str, reader: Open
) -> None:
    # Given an administrator who makes an account and hands its address over
    keeper = reader(width=width).sign_in("administrator").go("/accounts/")
    seen(keeper, "accounts")
    keeper.click(keeper.page.get_by_role("button", name="New account"))
    seen(keeper, "account-new")
    name = f"newcomer-{width}"
    keeper.page.get_by_label("Name of the account").fill(name)
    keeper.click(keeper.page.get_by_role("button", name="Make the account"))
    seen(keeper, "set-up-address")
    address = keeper.page.locator(".govuk-inset-text").inner_text().strip()
    keeper.click(keeper.page.get_by_role("button", name="Give the account a role"))
    keeper.page.get_by_text("Grant a role").first.click()
    keeper.page.get_by_label("Role", exact=True).select_option("analyst")
    forum = "Aldermere Hate Crime Forum"
    keeper.page.get_by_label("For which organisation").select_option(label=forum)
    seen(keeper, "account-of")
    keeper.click(keeper.page.get_by_role("button", name="Grant a role"))
    assert "The role was granted." in keeper.text()
    seen(keeper, "account-of-granted")
    # When the person chooses a password and signs in
    person = reader(width=width).go(re.sub(r"^https?://[^/]+", "", address))
    seen(person, "set-up")
    for label in ("Password", "Password again"):
        person.page.get_by_label(label, exact=True).fill("violet anchor stapler")
    person.click(person.page.get_by_role("button", name="Choose"))
    person.page.get_by_label("Name of the account").fill(name)
    person.page.get_by_label("Password").fill("violet anchor stapler")
    person.click(person.page.get_by_role("main").get_by_role("button", name="Sign in"))
    # Then every page leads to the second factor, until it is set up
    person.go("/findings/")
    assert "Set up your second factor" in person.text()
    person.page.get_by_text("You cannot scan it").click()
    seen(person, "set-up-app")
    key = person.page.locator(".os-key").inner_text().replace(" ", "")
    assert person.page.locator(".os-qr").evaluate("e => e.complete && e.naturalWidth > 0")
    person.page.get_by_label("Code", exact=True).fill(code_at(key, time.time()))
    person.click(person.page.get_by_role("button", name="Set up"))
    assert len(person.page.locator(".os-codes li").all()) == 10
    seen(person, "recovery-codes")
    person.click(person.page.get_by_role("button", name="I have kept them"))
    assert person.page.url.endswith("/findings/")
    person.go("/account/")
    seen(person, "own-account")
    for path, name in (
        ("/account/password/", "password"),
        ("/account/second-factor/remove/", "remove-app"),
        ("/account/recovery-codes/", "recovery-codes-again"),
        ("/account/recovery-codes/new/", "new-recovery-codes"),
        ("/account/confirm/code/", "confirm"),
    ):
        person.go(path)
        seen(person, name)
