"""The pages of publications: who reads what, the way back to the row, what is left at the end."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from openscrutiny.base.lists import Asked
from openscrutiny.core.permits import Role
from openscrutiny.monitor.services import withdraw_batch
from openscrutiny.public.models import Publication
from openscrutiny.public.pages.publications import log_page, publications_page
from openscrutiny.warehouse.places import Place
from tests.apps.chains import Chain, whole_chain
from tests.apps.publishing import (
    IN_STATE,
    REASON,
    carry_out,
    checks_for,
    prepared,
    proposed,
    published,
    text_of,
    withdrawn,
)
from tests.city import NOW
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db

KEEPERS = {Role.SECRETARIAT, Role.CHAIR}
SECTIONS = ("finding", "batch", "enquiry", "question", "response", "recommendation", "decision",
            "verification")  # fmt: skip


def as_role(role: Role) -> Client:
    client = Client()
    return client if role is Role.ANYONE else sign_in(client, person(role))


def main_of(text: str) -> str:
    return text.split("<main")[1].split("</main", maxsplit=1)[0]


def links_in(text: str) -> list[str]:
    found = re.findall(r'<a [^>]*href="([^"]+)"', main_of(text))
    return [href.replace("&amp;", "&") for href in found]


# ---- who reads what ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("state", IN_STATE)
def test_every_address_answers_each_role_as_the_table_says(role: Role, state: str) -> None:
    chain = whole_chain()
    item = IN_STATE[state](chain)
    client = as_role(role)
    public = state in ("published", "withdrawal_proposed", "withdrawn")
    reads = 200 if public or role in KEEPERS else 403
    assert client.get("/publications/").status_code == 200
    assert client.get("/publications/log/").status_code == 200
    assert client.get(item.href).status_code == reads
    assert client.get(f"/publications/{item.number}.json").status_code == reads
    may_prepare = role is Role.SECRETARIAT
    ended = state in ("sent_back", "withdrawn")
    new = client.get(f"/publications/new/?about={chain.subject}").status_code
    assert new == ((200 if ended else 409) if may_prepare else 403)
    propose = client.get(f"{item.href}propose/").status_code
    assert propose == ((200 if state == "published" else 409) if may_prepare else 403)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("event", ["publish", "send_back", "withdraw", "keep"])
def test_posting_a_step_is_refused_to_all_but_the_chair(role: Role, event: str) -> None:
    item = (prepared if event in ("publish", "send_back") else proposed)(whole_chain())
    sent = {"event": event, "seen": item.revision, "reason": REASON}
    answer = as_role(role).post(f"{item.href}move/", sent)
    before = item.state
    item.refresh_from_db()
    if role is Role.CHAIR:
        assert answer.status_code == 302
        assert item.state != before
    else:
        assert answer.status_code == 403
        assert item.state == before


@pytest.mark.parametrize("role", [r for r in Role if r not in KEEPERS])
def test_of_what_is_not_public_nothing_is_to_be_learned(role: Role) -> None:
    chain = whole_chain()
    item = prepared(chain)
    # Some of them may read the recommendation, so the publication gets words of its own.
    Publication.objects.update(heading="Zebra crossing of records")
    client = as_role(role)
    for address in (item.href, f"/publications/{item.number}.json", f"{item.href}propose/"):
        hidden, missing = client.get(address), client.get(address.replace(item.number, "1999-001"))
        assert hidden.status_code == missing.status_code == 403
        assert "Zebra" not in hidden.content.decode()
        said = [a.content.decode().split("<main")[1] for a in (hidden, missing)]
        assert said[0].replace(item.number, "1999-001") == said[1]
    batch = chain.batches[0]
    for address in (
        "/", "/publications/", "/publications/log/", f"/findings/{chain.finding.pk}/",
        f"/data/batches/{batch}/", f"/thread/batch:{batch}/", f"/thread/{item.reference}/",
    ):  # fmt: skip
        told = text_of(client, address) if "publication:" not in address else ""
        assert "Zebra" not in (told or client.get(address).content.decode()), address
        assert f"/publications/{item.number}" not in told


def test_those_who_publish_see_that_it_is_not_public_yet(client: Client) -> None:
    chain = whole_chain()
    item = prepared(chain)
    sign_in(client, chain.people[Role.CHAIR])
    told = text_of(client, item.href)
    assert "Not public yet" in told
    assert ">Publish</button>" in told
    assert "Every text in the account." in told
    office = text_of(sign_in(Client(), chain.people[Role.SECRETARIAT]), item.href)
    assert ">Publish</button>" not in office


def test_readers_see_no_check_no_proposal_and_no_step(client: Client) -> None:
    item = proposed(whole_chain())
    told = text_of(client, item.href)
    for hidden in ("For those who publish", REASON, "Every text in the account", "<form method"):
        assert hidden not in told.split("<main")[1]
    assert "proposed for withdrawal" not in told


# ---- what the page says -----------------------------------------------------------------------


def test_the_page_holds_every_section_the_thread_leads_to(client: Client) -> None:
    chain = whole_chain(limbs=2)
    item = published(chain)
    told = text_of(client, item.href)
    for section in SECTIONS:
        assert told.count(f'id="{section}"') == 1
    for words in (
        chain.finding.sentence, "3 working days late", "How this day was worked out",
        "Carried out as recommended", "closed: carried out", "first planned for 1 September 2026",
        "In brief", "How sure to be", chain.finding.period.words, chain.finding.baseline.words,
    ):  # fmt: skip
        assert words.replace("'", "&#x27;") in told
    ids = re.findall(r' id="([^"]+)"', told)
    assert len(ids) == len(set(ids))


def test_what_people_wrote_is_shown_as_text(client: Client) -> None:
    told = text_of(client, published(whole_chain(answer="<script>alert(1)</script>")).href)
    assert "<script>" not in told
    assert "&lt;script&gt;" in told


def test_the_json_holds_the_same_account(client: Client) -> None:
    item = published(whole_chain())
    told = json.loads(text_of(client, f"/publications/{item.number}.json"))
    assert told["account"] == item.content
    assert (told["deleted"], told["number"]) == (False, item.number)
    assert told["id"].endswith(f"/publications/{item.number}.json")


def test_the_published_row_is_at_most_four_clicks_away(client: Client) -> None:
    chain = whole_chain()
    item = published(chain)
    page = links_in(text_of(client, item.href))
    finding = next(h for h in page if h == f"/findings/{chain.finding.pk}/")
    trace = next(h for h in links_in(text_of(client, finding)) if h.startswith("/data/trace/"))
    clicks, told = 2, text_of(client, trace)
    while "The published rows" not in told:
        clicks += 1
        assert clicks <= 4
        month = next(h for h in links_in(told) if h.startswith("/data/trace/") and "month=" in h)
        told = text_of(client, month)
    rows = told.split("The published rows")[1]
    assert any(f"/data/batches/{b}/" in rows for b in chain.batches)
    assert any(h.startswith("/data/trace/") for h in page)


def test_from_a_file_every_account_that_rests_on_it_can_be_reached(client: Client) -> None:
    chains = [whole_chain() for _ in range(3)]
    items, gone = [published(c) for c in chains[:2]], withdrawn(chains[2])
    (batch,) = set.intersection(*(set(c.batches) for c in chains))
    found = links_in(text_of(client, f"/data/batches/{batch}/"))
    assert {items[0].href, items[1].href, gone.href} <= set(found)
    assert items[0].href in links_in(text_of(client, f"/findings/{chains[0].finding.pk}/"))


def test_the_home_page_lists_accounts_only_where_there_are_any(client: Client) -> None:
    assert "Latest from the forum" not in text_of(client, "/")
    item = published(whole_chain())
    assert item.href in links_in(text_of(client, "/"))


# ---- withdrawn --------------------------------------------------------------------------------


def test_of_a_withdrawn_account_the_address_stays_and_says_why(client: Client) -> None:
    chain = whole_chain()
    item = withdrawn(chain)
    for reader in (client, as_role(Role.SECRETARIAT), as_role(Role.CHAIR)):
        told = text_of(reader, item.href).split('class="os-thread"')[0]
        for words in (item.heading, REASON, "It is wrong", "by the chair", "2 November 2026"):
            assert words in told
        assert chain.finding.sentence not in told
        assert "A change in recording" not in told
    stone = json.loads(text_of(client, f"/publications/{item.number}.json"))
    assert {"id", "type", "created", "modified"} <= set(stone)
    assert stone["deleted"] is True
    assert stone["withdrawn"]["reason"] == REASON
    assert "account" not in stone
    assert "A change in recording" not in json.dumps(stone)


def test_a_withdrawn_account_is_no_way_to_read_what_led_to_it(client: Client) -> None:
    item = withdrawn(whole_chain())
    told = text_of(client, f"/thread/{item.reference}/")
    assert f"{item.href}#" not in told
    assert "withdrawn" in told


def test_the_log_counts_what_was_published_and_withdrawn(client: Client) -> None:
    published(whole_chain())
    withdrawn(whole_chain())
    prepared(whole_chain(heading="Zebra crossing"))
    page = log_page(Asked())
    assert (page.published, page.standing) == (2, 1)
    assert page.withdrawn == (("It is wrong", 1),)
    assert [e.what for e in page.listed.lines].count("Published") == 2
    told = text_of(client, "/publications/log/")
    assert REASON in told
    assert "Zebra" not in told
    shown = publications_page(Asked())
    assert (shown.listed.count, shown.withdrawn) == (1, 1)
    assert "1 account was withdrawn" in text_of(client, "/publications/")


def test_an_account_that_rests_on_a_withdrawn_file_says_so_at_the_top(
    client: Client, another_city: Place
) -> None:
    chain = whole_chain()
    item = published(chain)
    before = item.content
    withdraw_batch(
        place=another_city, batch=chain.batches[0], reason="Published in error.",
        by=chain.people[Role.SECRETARIAT], now=NOW,
    )  # fmt: skip
    told = text_of(client, item.href)
    assert told.index("Published in error.") < told.index("In brief")
    assert "A published file this rests on" in told
    item.refresh_from_db()
    assert item.content == before
    assert "Published in error." in text_of(client, f"/findings/{chain.finding.pk}/")


# ---- preparing and deciding on the pages ------------------------------------------------------


def _form(chain: Chain, **changed: Any) -> dict[str, str]:
    made = checks_for(chain.subject)
    return {
        "exempt": "no", "ground": "", "public_interest": "", "recognisable": "no",
        "looked_at": "All of it.", "small_numbers_confirmed": "yes",
        "fingerprint": made.fingerprint, **changed,
    }  # fmt: skip


def test_the_whole_way_on_the_pages(client: Client) -> None:
    chain = whole_chain()
    office, chair = (sign_in(Client(), chain.people[r]) for r in (Role.SECRETARIAT, Role.CHAIR))
    new = f"/publications/new/?about={chain.subject}"
    assert chain.finding.sentence in text_of(office, new)
    made = office.post(new, _form(chain), follow=True)
    assert "is prepared. The chair can now publish it." in made.content.decode()
    item = Publication.objects.get()
    done = chair.post(f"{item.href}move/", {"event": "publish", "seen": 1}, follow=True)
    assert "Everybody can read it." in done.content.decode()
    asked = office.post(
        f"{item.href}propose/", {"code": "source", "reason": REASON, "seen": 2}, follow=True
    )
    assert "The chair will decide" in asked.content.decode()
    chair.post(f"{item.href}move/", {"event": "withdraw", "seen": 3})
    assert "was withdrawn on" in text_of(client, item.href)


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"exempt": ""}, 422, "Say whether it contains exempt information."),
        ({"recognisable": "maybe"}, 422, "Select a valid choice"),
        ({"exempt": "yes"}, 409, "Choose the ground of Schedule 12A."),
        ({"recognisable": "yes"}, 409, "could be recognised is not published"),
        ({"looked_at": ""}, 422, "Write down what you looked at."),
        ({"fingerprint": "old"}, 409, "changed while you were checking"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    changed: dict[str, str], status: int, words: str, client: Client
) -> None:
    chain = whole_chain()
    sign_in(client, chain.people[Role.SECRETARIAT])
    sent = _form(chain, **{"public_interest": "What I typed.", **changed})
    answer = client.post(f"/publications/new/?about={chain.subject}", sent)
    told = answer.content.decode()
    assert answer.status_code == status
    assert "There is a problem" in told
    assert words in told
    assert "What I typed." in told
    assert not Publication.objects.exists()


def test_answers_given_for_an_account_that_changed_are_asked_for_again_once(client: Client) -> None:
    chain = whole_chain()
    sign_in(client, chain.people[Role.SECRETARIAT])
    address, sent = f"/publications/new/?about={chain.subject}", _form(chain)
    chain.recommendation.why = "Another reason."
    chain.recommendation.save()
    told = client.post(address, sent).content.decode()
    shown = re.search(r'name="fingerprint" value="(\w+)"', told)
    assert shown is not None
    assert client.post(address, {**sent, "fingerprint": shown[1]}).status_code == 302
    assert Publication.objects.get().content["recommended"]["why"] == "Another reason."


def test_somebody_who_is_second_keeps_their_answers_and_is_told(client: Client) -> None:
    chain = whole_chain()
    item = prepared(chain)
    sign_in(client, chain.people[Role.SECRETARIAT])
    answer = client.post(
        f"/publications/new/?about={chain.subject}", _form(chain, looked_at="My own words.")
    )
    told = answer.content.decode()
    assert answer.status_code == 409
    assert f"Publication {item.number} of the same subject" in told
    assert "My own words." in told


def test_a_step_that_was_overtaken_keeps_the_reason_that_was_typed(client: Client) -> None:
    chain = whole_chain()
    item = prepared(chain)
    sign_in(client, chain.people[Role.CHAIR])
    sent = {"event": "send_back", "seen": 7, "reason": "Because of what I typed."}
    answer = client.post(f"{item.href}move/", sent)
    assert answer.status_code == 409
    assert "Somebody else changed this publication" in answer.content.decode()
    assert "Because of what I typed." in answer.content.decode()
    missing = client.post(f"{item.href}move/", {"event": "send_back", "seen": 1, "reason": " "})
    assert missing.status_code == 422
    for event in ("", "propose_withdrawal", "prepared", "__class__"):
        wrong = client.post(f"{item.href}move/", {"event": event, "seen": 1})
        assert wrong.status_code == 422
    item.refresh_from_db()
    assert item.state == "prepared"


def test_a_proposal_that_is_refused_keeps_what_was_typed(client: Client) -> None:
    chain = whole_chain()
    item = published(chain)
    sign_in(client, chain.people[Role.SECRETARIAT])
    for sent, status, words in (
        ({"code": "", "reason": "Typed.", "seen": 2}, 422, "Choose what kind"),
        ({"code": "wrong", "reason": "Typed: x@example.org", "seen": 2}, 409, "e-mail address"),
        ({"code": "wrong", "reason": "Typed.", "seen": 1}, 409, "Somebody else changed"),
    ):
        answer = client.post(f"{item.href}propose/", sent)
        assert answer.status_code == status
        assert words in answer.content.decode()
        assert "Typed" in answer.content.decode()
    item.refresh_from_db()
    assert item.state == "published"


def test_the_chair_is_told_when_the_account_is_out_of_date(client: Client) -> None:
    chain = whole_chain()
    item = prepared(chain)
    sign_in(client, chain.people[Role.CHAIR])
    assert "Something has changed since" not in text_of(client, item.href)
    chain.recommendation.why = "Another reason."
    chain.recommendation.save()
    assert "Something has changed since" in text_of(client, item.href)
    chain.recommendation.state = "withdrawn"
    chain.recommendation.save()
    assert "The recommendation is withdrawn by now" in text_of(client, item.href)


# ---- how many queries -------------------------------------------------------------------------


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("role", [Role.ANYONE, Role.CHAIR])
@pytest.mark.parametrize("state", ["prepared", "published", "withdrawn"])
def test_a_page_takes_as_many_queries_for_many_limbs_and_answers(role: Role, state: str) -> None:
    if state == "prepared" and role is Role.ANYONE:
        return
    client = as_role(role)
    few = IN_STATE[state](whole_chain())
    many = IN_STATE[state](whole_chain(limbs=6, answers=4))
    for suffix in ("/", ".json"):
        one = _queries(client, f"/publications/{few.number}{suffix}")
        assert one == _queries(client, f"/publications/{many.number}{suffix}")
        assert one <= 16 or role is not Role.ANYONE


@pytest.mark.parametrize("address", ["/publications/", "/publications/log/", "/"])
def test_a_list_takes_as_many_queries_for_many_accounts(address: str, client: Client) -> None:
    published(whole_chain())
    withdrawn(whole_chain())
    few = _queries(client, address)
    for _ in range(4):
        published(whole_chain())
        withdrawn(whole_chain())
    assert _queries(client, address) == few


def test_a_batch_takes_as_many_queries_however_much_rests_on_it(client: Client) -> None:
    batch = whole_chain().batches[0]
    published(whole_chain())
    few = _queries(client, f"/data/batches/{batch}/")
    for _ in range(3):
        published(whole_chain(limbs=2))
    assert _queries(client, f"/data/batches/{batch}/") == few


def test_a_kept_page_is_asked_for_anew_after_another_person_signed_in(client: Client) -> None:
    chain = whole_chain()
    item = published(chain)
    first = client.get(item.href)
    assert client.get(item.href, headers={"If-None-Match": first["ETag"]}).status_code == 304
    carry_out(item, "propose_withdrawal", chain.people[Role.SECRETARIAT])
    assert client.get(item.href, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_no_template_of_publications_holds_a_style_or_a_script() -> None:
    folder = Path(__file__).parents[2] / "openscrutiny" / "public" / "templates"
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert " style=" not in text
        assert "<script" not in text


def test_an_account_withdrawn_because_of_a_person_keeps_not_even_its_heading() -> None:
    chain = whole_chain()
    item = withdrawn(chain)
    Publication.objects.filter(pk=item.pk).update(
        withdrawal_code="personal",
        heading="What happened to the baker of Mill Lane",
        withdrawal_reason="The baker of Mill Lane is named.",
    )
    for address in (
        item.href,
        f"/publications/{item.number}.json",
        "/publications/",
        "/publications/log/",
        f"/thread/{item.reference}/",
        f"/thread/{chain.subject}/",
        "/",
    ):
        said = Client().get(address).content.decode()
        assert "Mill Lane" not in said, address
    assert f"Public account {item.number}" in Client().get(item.href).content.decode()
