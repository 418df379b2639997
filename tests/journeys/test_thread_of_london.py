"""The whole thread on the real London files: from a finding to the public account, by all roles.

Every page that anybody sees on the way is checked for accessibility, with scripts and without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser

from openscrutiny.warehouse.places import open_place
from tests.journeys.conftest import Open, Reader, product, reading, serving
from tests.journeys.rooms import before_the_forum

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def london(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the published London files in use."""
    home = tmp_path_factory.mktemp("london")
    product(home, "import", str(real_data))
    return home


@pytest.fixture(scope="module")
def address(london: Path) -> Iterator[str]:
    with serving(london) as found:
        yield found


@dataclass
class Forum:
    """Everybody who takes part, each at a browser of their own."""

    open: Open
    how: dict[str, bool]
    home: Path
    here: dict[str, Reader] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Reader:
        if name not in self.here:
            self.here[name] = self.open(**self.how).sign_in(name)
        return self.here[name]

    def called(self, name: str, title: str) -> Reader:
        """A person opens what waits for them, from their own page of work."""
        person: Reader = getattr(self, name)
        person.go("/your-work/")
        waiting = person.page.locator(".os-work__item").filter(has_text=title)
        assert waiting.count(), f"nothing called “{title}” waits for the {name}: {person.text()}"
        return person.click(waiting.first.get_by_role("link").first)


def press(person: Reader, name: str) -> None:
    main = person.page.get_by_role("main")
    person.click(main.get_by_role("button", name=name).first)


def follow(person: Reader, name: str | re.Pattern[str]) -> None:
    person.click(person.page.get_by_role("main").get_by_role("link", name=name).first)


def explain(person: Reader, step: str, reason: str = "") -> None:
    """Take a step that asks for its reason, or offers to say something with it."""
    summary = person.page.locator("summary", has_text=step)
    form = person.page.get_by_role("main").locator("form").filter(has=summary).first
    if form.locator("details[open]").count() == 0:
        form.locator("summary").click()
    form.get_by_role("textbox").fill(reason)
    person.click(form.get_by_role("button"))


def fill(person: Reader, **answers: str) -> None:
    for name, text in answers.items():
        person.page.locator(f"[name={name}]").fill(text)


def typed(person: Reader, name: str) -> str:
    """What stands in a field that nobody has typed into."""
    return person.page.locator(f"[name={name}]").input_value()


def where(person: Reader) -> str:
    return person.page.url.removeprefix(person.site)


def ask(forum: Forum, place: int) -> tuple[str, str]:
    """From the list of findings to a question that was issued; its address and its heading."""
    officer = forum.secretariat.go("/findings/?measure=outcomes_per_100&month=any")
    officer.click(officer.page.locator(".os-finding__title a").nth(place))
    sentence = officer.page.locator(".os-lead").inner_text()
    press(officer, "Decide what becomes of it")
    officer.page.get_by_label("Ask about it").check()
    press(officer, "Record this")
    heading = officer.page.locator("h1").inner_text()
    press(forum.called("chair", heading), "Approve")
    forum.called("secretariat", heading)
    press(officer, "Draft a question")
    assert typed(officer, "heading") == heading
    assert len(typed(officer, "text")) > 200
    assert typed(officer, "why")
    press(officer, "Save the draft")
    press(officer, "Submit")
    press(forum.called("chair", heading), "Accept as in remit")
    press(forum.called("secretariat", heading), "Issue")
    seen = forum.called("drafter", heading).text()
    assert sentence in seen, "the officer sees why it is asked"
    assert "which is day zero" in seen, "and how the due date was worked out"
    return where(forum.drafter), heading


def answer(forum: Forum, heading: str) -> None:
    """From an issued question to an answer that the forum finds satisfactory."""
    explain(forum.called("drafter", heading), "Acknowledge")
    press(forum.drafter, "Write the answer")
    fill(forum.drafter, text="More victims stopped supporting action after long waits.")
    press(forum.drafter, "Save the draft")
    press(forum.called("signatory", heading), "Check, sign and send")
    press(forum.signatory, "Sign and send for")
    assert "in time" in forum.signatory.text()
    explain(forum.called("chair", heading), "Say the answer is satisfactory", "It says why.")


def recommend(forum: Forum, question: str) -> str:
    """From the answer to a recommendation that was agreed and issued; its address."""
    officer = forum.secretariat.go(question)
    press(officer, "Draft a recommendation")
    assert typed(officer, "why"), "what the question and the answer say is there already"
    fill(officer, heading="Keep victims with the case")
    officer.page.get_by_label("Raise confidence in policing").check()
    press(officer, "Keep the draft")
    address = where(officer)
    press(officer, "Add what is to be done")
    fill(officer, text="Ring every victim within five days.", success="A dip sample shows it.")
    officer.page.get_by_label("Metropolitan Police Service").check()
    press(officer, "Keep it")
    decide(forum)
    press(officer.go(address), "Mark as agreed")
    press(officer, "Issue")
    return address


def decide(forum: Forum) -> None:
    """From a page where a decision is missing: recorded, prefilled, and certified by the chair."""
    officer = forum.secretariat
    before_the_forum(forum.home)
    follow(officer, "Record the forum’s decision")
    assert typed(officer, "heading")
    assert typed(officer, "text")
    press(officer, "Record this decision")
    press(forum.chair.go(where(officer)), "Certify")


def carry_out(forum: Forum, address: str) -> None:
    """From an issued part to one that its organisation reports complete, and no further."""
    press(forum.called("drafter", "Keep victims with the case"), "Draft the response")
    forum.drafter.page.get_by_label("Accepted: all of it will be done").check()
    fill(forum.drafter, text="We will ring each of them.")
    press(forum.drafter, "Keep the draft")
    press(forum.called("signatory", "Keep victims with the case"), "Sign and send the response")
    press(forum.signatory, "Sign and send")
    press(forum.drafter.go(address), "Send the plan")
    fill(forum.drafter, steps="Brief every team.", complete_by="2027-03-31")
    press(forum.drafter, "Send it")
    press(forum.drafter, "Say work has begun")
    press(forum.drafter, "Add evidence")
    fill(forum.drafter, heading="Sample of 40 cases", shows="All rung.", where="File 12/3")
    forum.drafter.page.get_by_label("Dip sample of cases").check()
    press(forum.drafter, "Add it")
    press(forum.signatory.go(address), "Report complete")
    assert "not yet verified" in forum.signatory.text()


def verify_and_close(forum: Forum, address: str) -> None:
    """The verifier looks, the forum decides, the secretariat closes."""
    press(forum.called("verifier", "Keep victims with the case"), "Begin to verify")
    press(forum.verifier, "Record what was found")
    forum.verifier.page.get_by_label("Carried out as recommended").check()
    forum.verifier.page.get_by_label("Dip sample of cases", exact=True).check()
    forum.verifier.page.get_by_label("Sample of 40 cases").check()
    fill(forum.verifier, statement="I read all of them, and every victim was rung.")
    press(forum.verifier, "Record it")
    forum.secretariat.go(address)
    decide(forum)
    press(forum.secretariat.go(address), "Close: carried out")


def publish(forum: Forum) -> str:
    """The public account, prepared by one person and published by another; its address."""
    officer = forum.secretariat
    press(officer, "Prepare the public account")
    for name in ("exempt", "recognisable"):
        officer.page.locator(f"[name={name}]").select_option("no")
    if officer.page.locator("[name=small_numbers_confirmed]").count():
        officer.page.locator("[name=small_numbers_confirmed]").select_option("yes")
    fill(officer, looked_at="Every text was read.")
    press(officer, "Prepare this account")
    press(forum.called("chair", "Keep victims with the case"), "Publish")
    return where(forum.chair)


def four_clicks(reader: Reader, account: str) -> None:
    """From the public account to the row of the published file, as anybody may go."""
    reader.go(account)
    clicks = 0
    while reader.page.get_by_text("In the publisher's words").count() == 0:
        assert clicks < 4, f"{clicks} clicks led only to {reader.page.url}"
        number = reader.page.get_by_role("main").locator("a.os-number")
        link = (
            number.first if number.count() else reader.page.locator("a[href*='/findings/']").first
        )
        reader.click(link)
        clicks += 1
    assert clicks <= 4


@pytest.mark.parametrize(("scripts", "place"), [(True, 0), (False, 1)], ids=["scripts", "none"])
def test_a_finding_on_london_comes_to_a_public_account_through_all_roles(
    scripts: bool, place: int, browser: Browser, address: str, london: Path
) -> None:
    with reading(browser, address, london) as sat_down:
        forum = Forum(sat_down, {"scripts": scripts}, london)
        question, heading = ask(forum, place)
        answer(forum, heading)
        recommendation = recommend(forum, question)
        carry_out(forum, recommendation)
        verify_and_close(forum, recommendation)
        account = publish(forum)

        reader = sat_down(scripts=scripts)
        four_clicks(reader, account)
        reader.go(account)
        assert heading in reader.text()
        follow(reader, "The whole thread")
        kinds = reader.page.locator(".os-thread__label").all_inner_texts()
        assert kinds[0] == "Published file"
        assert kinds[-1] == "Public account"
        assert {"Finding", "Line of enquiry", "Question", "Answer", "Recommendation"} < set(kinds)

        # And back: from the published file to every statement that rests on it.
        reader.click(reader.page.locator(".os-thread__step a").first)
        assert "/data/batches/" in reader.page.url
        assert reader.page.locator(f"a[href='{account}']").count()


def test_the_brief_on_every_borough_of_london_has_two_pages(address: str) -> None:
    pages = {}
    for area in open_place("london").areas.areas:
        with urlopen(f"{address}/areas/{area.slug}/brief.pdf", timeout=60) as answer:
            pages[area.slug] = len(re.findall(rb"/Type\s*/Page\b", answer.read()))
    assert len(pages) == 32
    assert set(pages.values()) == {2}, pages
