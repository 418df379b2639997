"""The demonstration's own record: a whole chain, told by the services, and what rests on it."""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client

import openscrutiny
from openscrutiny.accountability.models import Part, Question, Recommendation, Response
from openscrutiny.base import audit
from openscrutiny.base.mail.tick import tick
from openscrutiny.base.models import AuditEvent, Link, Message, Organisation, User
from openscrutiny.base.services import ensure_demonstration_accounts, ensure_organisations
from openscrutiny.config import thread_commands
from openscrutiny.config.demonstration_cast import Cast
from openscrutiny.config.demonstration_notes import note_charts
from openscrutiny.config.demonstration_thread import BEGAN, tell
from openscrutiny.core.permits import Role
from openscrutiny.forum.models import (
    ActionPoint,
    Decision,
    Meeting,
    Membership,
    Paper,
    WorkItem,
)
from openscrutiny.forum.services.decisions import move_decision, record_decision
from openscrutiny.forum.services.room import close_item_decided
from openscrutiny.monitor import services as monitor
from openscrutiny.monitor.models import Annotation, Rebase
from openscrutiny.public.models import Publication
from openscrutiny.warehouse import definitions
from openscrutiny.warehouse.places import Place
from tests.apps.meeting_rooms import in_the_room, item, meeting
from tests.people import person, sign_in

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
CHAIN = ["batch", "finding", "enquiry", "question", "response", "recommendation", "verification",
         "publication"]  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(served: Place, tmp_path: Path) -> Cast:
    """The demonstration's accounts and its record, in the test database."""
    terms = definitions.terms(served.id)
    ensure_organisations((o.code, o.name, o.kind) for o in terms.organisations)
    ensure_demonstration_accounts(folder=tmp_path, by="a test", now=NOW - BEGAN - timedelta(days=7))
    cast = Cast.of_accounts()
    assert tell(cast, now=NOW)
    return cast


def test_the_record_holds_a_whole_chain_from_file_to_public_account(
    told: Cast, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_commands, "start_django", lambda: None)
    account = Publication.objects.get(state="published")
    asked = argparse.Namespace(reference=account.reference, json=True)
    assert thread_commands.run_thread(asked) == 0
    links = json.loads(capsys.readouterr().out)["links"]
    assert all(set(x) == {"from", "to", "kind", "at"} for x in links)
    leads = {(x["from"].partition(":")[0], x["to"].partition(":")[0]) for x in links}
    assert set(zip(CHAIN, CHAIN[1:], strict=False)) <= leads


def test_the_record_is_told_once_and_its_audit_trail_holds(told: Cast) -> None:
    before = Link.objects.count(), AuditEvent.objects.count()
    assert not tell(told, now=NOW)
    assert before == (Link.objects.count(), AuditEvent.objects.count())
    assert audit.verify().wrong == ""


def test_the_charts_carry_their_notes_and_one_new_baseline_once(told: Cast) -> None:
    assert note_charts(now=NOW)
    assert not note_charts(now=NOW)
    assert set(Annotation.objects.values_list("kind", flat=True)) == {
        "event",
        "recording",
        "reporting",
    }
    assert Rebase.objects.get().strand == "disability"
    assert audit.verify().wrong == ""


def test_something_waits_for_each_of_those_who_must_act(told: Cast) -> None:
    for name, words in {
        "drafter": "answer",
        "verifier": "erif",
        "secretariat": "",
        "chair": "",
    }.items():
        client = sign_in(Client(), User.objects.get(username=name))
        page = client.get("/your-work/").context["page"]
        if words:
            assert any(words in item.to_do for item in page.listed.lines), (name, page.listed)
        assert page.told, f"the {name} was told nothing"


def test_one_question_of_the_record_is_overdue_and_says_by_how_much(told: Cast) -> None:
    client = sign_in(Client(), told.drafter)
    overdue = Question.objects.get(state="issued")
    assert "working days late" in client.get(f"/questions/{overdue.number}/").content.decode()


def test_the_record_stands_in_the_order_of_its_time(told: Cast) -> None:
    moments = list(AuditEvent.objects.order_by("sequence").values_list("at", flat=True))
    assert len(moments) > 50
    assert moments == sorted(moments)


def test_every_page_that_rests_on_a_withdrawn_file_says_so(
    another_city: Place, tmp_path: Path
) -> None:
    """The figures a question was asked about are withdrawn afterwards."""
    terms = definitions.terms(another_city.id)
    ensure_organisations((o.code, o.name, o.kind) for o in terms.organisations)
    ensure_demonstration_accounts(folder=tmp_path, by="a test", now=NOW)
    assert tell(Cast.of_accounts(), now=NOW)
    batch = Link.objects.filter(to_ref__startswith="finding:").values_list("from_ref", flat=True)[0]
    monitor.withdraw_batch(
        place=another_city,
        batch=batch.partition(":")[2],
        reason="The publisher counted twice.",
        by=person(Role.ANALYST),
        now=NOW,
    )
    chair, anybody = sign_in(Client(), User.objects.get(username="chair")), Client()
    rests = _resting_on(batch)
    pages = {
        "finding": "/findings/{}/",
        "enquiry": "/enquiries/{}/",
        "question": "/questions/{}/",
        "recommendation": "/recommendations/{}/",
        "publication": "/publications/{}/",
        "decision": "/decisions/{}/",
        "batch": "/data/batches/{}/",
    }
    seen = set()
    for ref in rests:
        kind, _, number = ref.partition(":")
        for address in {f"/thread/{ref}/", pages.get(kind, f"/thread/{ref}/").format(number)}:
            said = chair.get(address).content.decode()
            assert "The publisher counted twice." in said, address
        seen.add(kind)
    assert set(CHAIN) <= seen
    marked = "rests on a withdrawn file"
    for address in ("/enquiries/", "/questions/", "/recommendations/", "/decisions/"):
        assert chair.get(f"{address}").content.decode().count(marked), address
    assert anybody.get("/publications/").content.decode().count(marked) == 1
    for role, addresses in _forms(rests).items():
        client = sign_in(Client(), User.objects.get(username=role))
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200, (address, role)
            assert "The publisher counted twice." in answer.content.decode(), address
    account = Publication.objects.get(state="published")
    for address in (f"/publications/{account.number}/", f"/thread/{account.reference}/"):
        assert "The publisher counted twice." in anybody.get(address).content.decode(), address
    for address in (f"/publications/{account.number}.json", f"/findings/{_finding(rests)}.json"):
        (said,) = anybody.get(address).json()["warnings"]
        assert "The publisher counted twice." in said


def _resting_on(batch: str) -> set[str]:
    """A batch, everything it led to, and the decisions that were made on any of that."""
    found, rows = {batch}, list(Link.objects.values_list("from_ref", "to_ref"))
    while more := {to for of, to in rows if of in found} - found:
        found |= more
    made_on = Decision.objects.filter(about__in=found)
    return found | {f"decision:{d.number}" for d in made_on}


def _forms(rests: set[str]) -> dict[str, list[str]]:
    """The forms on which somebody writes about what rests on the file, by who may open them."""
    part = Part.objects.get(state="reported_complete")
    here = f"/recommendations/{part.limb.recommendation.number}/parts/{part.number}"
    response = Response.objects.earliest("signed_at")
    return {
        "drafter": [f"{here}/evidence/"],
        "secretariat": [f"/recommendations/new/?response={response.number}"],
    }


def _finding(references: set[str]) -> str:
    return next(r.partition(":")[2] for r in references if r.startswith("finding:"))


def test_no_name_of_an_account_is_in_the_public_account_or_the_audit_trail(told: Cast) -> None:
    User.objects.filter(username="drafter").update(username="q.quillfeather")
    account = Publication.objects.get(state="published")
    assert "quillfeather" not in Client().get(f"/publications/{account.number}/").content.decode()
    assert not AuditEvent.objects.filter(details__icontains="quillfeather").exists()


def _told(address: str, client: Client) -> tuple[int, str]:
    """What an address answers, without what differs between any two pages."""
    answer = client.get(address)
    words = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return answer.status_code, words


@pytest.mark.parametrize("who", ["", "drafter"])
def test_what_is_hidden_and_what_is_not_there_have_the_same_thread_page(
    told: Cast, who: str
) -> None:
    client = sign_in(Client(), User.objects.get(username=who)) if who else Client()
    hidden = Link.objects.filter(to_ref__startswith="enquiry:").latest("at")
    there, nowhere = hidden.to_ref, "enquiry:2099-001"
    status, said = _told(f"/thread/{there}/", client)
    assert status == 404
    assert said.replace(there, nowhere) == _told(f"/thread/{nowhere}/", client)[1]


def test_a_finding_that_is_being_enquired_into_looks_like_any_other_to_the_police(
    told: Cast,
) -> None:
    asked = Link.objects.filter(to_ref__startswith="enquiry:").latest("at").from_ref
    Question.objects.filter(enquiry__finding=asked.partition(":")[2]).update(
        state="draft", issued_at=None, clock_started_at=None
    )
    for client in (Client(), sign_in(Client(), told.drafter)):
        for address in (f"/findings/{asked.partition(':')[2]}/", f"/thread/{asked}/"):
            page = client.get(address).content.decode()
            assert "not public" not in page
            assert "not open to you" not in page
            assert "2026-004" not in page


def test_a_decision_certified_after_publishing_is_not_made_public_by_it(told: Cast) -> None:
    account = Publication.objects.get(state="published")
    on = meeting("in_session", starts_at=NOW, opened_at=NOW)
    for member in Membership.objects.on(NOW.date()).filter(body=on.body, substitute_for=None):  # type: ignore[attr-defined]
        in_the_room(on, member)
    for about in (account.subject, "enquiry:2026-001", "question:2026-001"):
        under = item(on, "opened", about=about, heading="Sealed")
        decision = record_decision(
            item=under, kind="note", about=about, settles="", heading="Sealed words",
            text="Sealed.", by=told.secretariat, now=NOW,
        )  # fmt: skip
        close_item_decided(item=under, by=told.secretariat, now=NOW)
        move_decision(decision=decision, event="certify", by=told.chair, now=NOW)
    for ref in [account.reference, *account.covers]:
        for client in (Client(), sign_in(Client(), told.drafter)):
            assert "Sealed" not in client.get(f"/thread/{ref}/").content.decode(), ref
    assert "Sealed" not in Client().get(f"/publications/{account.number}/").content.decode()


def test_everything_the_demonstration_decided_a_quorate_meeting_decided(told: Cast) -> None:
    decided = Decision.objects.select_related("item__meeting")
    assert len(decided) >= 4
    for one in decided:
        assert one.item is not None
        assert one.quorum["quorate"], one
        assert one.quorum["presided_as"] == "chair"
        assert one.item.state == "decided"
        assert one.item.meeting.state in {"circulated", "approved"}


@pytest.mark.parametrize("on", ["2026-01-05", "2026-04-22", "2026-11-25", "2027-01-20"])
def test_it_can_be_told_on_any_day_whatever_bank_holidays_lie_before_its_meetings(
    on: str, served: Place, tmp_path: Path
) -> None:
    now = datetime.fromisoformat(f"{on}T09:00:00+00:00")
    terms = definitions.terms(served.id)
    ensure_organisations((o.code, o.name, o.kind) for o in terms.organisations)
    ensure_demonstration_accounts(folder=tmp_path, by="a test", now=now - BEGAN - timedelta(days=7))
    assert tell(Cast.of_accounts(), now=now)
    assert audit.verify().wrong == ""


def test_the_forum_has_met_for_a_year_and_approved_the_minutes_of_all_but_the_last(
    told: Cast,
) -> None:
    states = list(Meeting.objects.order_by("starts_at").values_list("state", flat=True))
    assert states == ["approved", "approved", "approved", "circulated", "planned"]
    promises = list(ActionPoint.objects.order_by("created_at").values_list("state", flat=True))
    assert promises == ["confirmed", "confirmed", "confirmed", "open"]
    assert Paper.objects.filter(state="published").count() == 4
    assert WorkItem.objects.get().state == "scheduled"


def test_the_record_is_for_the_organisation_of_the_signatory(told: Cast) -> None:
    police = Organisation.objects.get(kind="police")
    assert told.asked == police
    assert set(Question.objects.values_list("addressee", flat=True)) == {police.pk}
    assert Recommendation.objects.count() == 2


def _services() -> list[ast.FunctionDef]:
    root = Path(openscrutiny.__file__).parent
    files = [*root.glob("*/services.py"), *root.glob("*/services/*.py")]
    files += [
        root / "base" / name for name in ("accounts.py", "invitations.py", "mail/services.py")
    ]
    return [
        node
        for path in files
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    ]


def test_every_service_that_acts_for_somebody_writes_to_the_audit_trail() -> None:
    """Followed through what each service calls, down to the only three that write events."""
    functions = {node.name: node for node in _services()}
    writing = {"move", "note", "record"}

    def writes(name: str, on_the_way: frozenset[str] = frozenset()) -> bool:
        if name in writing:
            return True
        if name not in functions or name in on_the_way:
            return False
        called = {
            getattr(n.func, "id", getattr(n.func, "attr", ""))
            for n in ast.walk(functions[name])
            if isinstance(n, ast.Call)
        }
        return any(writes(one, on_the_way | {name}) for one in called)

    acting = [
        name
        for name, node in functions.items()
        if not name.startswith(("_", "refuse_"))
        and {"by", "now"} <= {a.arg for a in node.args.kwonlyargs}
        and name not in {"see_notices", "compute_findings", "ensure_demonstration_accounts"}
    ]
    assert len(acting) > 40
    assert [name for name in acting if not writes(name)] == []


def test_the_first_tick_of_a_history_gives_nobody_a_mail_for_each_thing_of_last_year(
    told: Cast, settings: Any
) -> None:
    settings.MAIL_SERVER = "smtp://mail.example.org"
    tick(NOW)
    mails = Counter(one for sent in outbox.outbox for one in sent.to)
    assert max(mails.values(), default=0) <= 1
    late = Message.objects.filter(state=Message.State.LATE)
    assert late.filter(rule="meeting.agenda").exists()
    assert late.filter(rule="notice").exists()
    assert all(m.problem for m in late)
    before = Message.objects.count()
    tick(NOW + timedelta(days=1))
    new = Message.objects.count() - before
    assert new < 5, "a second tick tells of what is new alone"
