"""The thread: walkable both ways, as far as each person may see it, in few and fixed queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openscrutiny.base import thread
from openscrutiny.base.models import Counter, Link
from openscrutiny.base.thread import Described, Kind, Reference, link, links_of, next_number
from openscrutiny.core.permits import NOBODY, Held, Role, Standing

NOW = datetime(2025, 9, 1, 12, tzinfo=UTC)
INSIDER = Standing((Held(Role.CHAIR, "forum"), Held(Role.ANYONE)))
CHAIN = ["file:a", "sign:1", "ask:1", "reply:1", "told:1"]

pytestmark = pytest.mark.django_db


TOLD = {"file:a": "A file", "sign:1": "A sign", "ask:1": "As it was asked", "reply:1": "A reply"}


def _kind(name: str, *, secret: bool = False, public: bool = False, warning: str = "") -> Kind:
    def describe(numbers, standing):
        may = not secret or standing.signed_in
        told = TOLD if public else {}
        return {
            n: Described(f"{name} {n}", f"/{name}/{n}/", "open", may, warning, told)
            for n in numbers
        }

    return Kind(name, name.capitalize(), describe)


@pytest.fixture
def kinds(monkeypatch):
    made = {
        k.name: k
        for k in (
            _kind("file", warning="The file was withdrawn."),
            _kind("sign"),
            _kind("ask", secret=True),
            _kind("reply", secret=True),
            _kind("told", public=True),
        )
    }
    monkeypatch.setattr(thread, "kinds", lambda: made)
    monkeypatch.setattr(thread, "next_steps", dict)
    return made


def _chain(*references: str) -> None:
    for i, (one, other) in enumerate(zip(references, references[1:], strict=False)):
        link(one, other, kind="led to", by=None, now=NOW + timedelta(minutes=i))


def test_from_every_step_the_whole_chain_is_seen_in_its_order(kinds) -> None:
    _chain(*CHAIN)
    for reference in CHAIN:
        seen = thread.thread_of(reference, standing=INSIDER)
        assert [s.reference for s in seen.steps] == CHAIN
        assert [s.reference for s in seen.steps if s.here] == [reference]
        assert [s.reference for s in seen.before] == CHAIN[: CHAIN.index(reference)]
        assert [s.reference for s in seen.after] == CHAIN[CHAIN.index(reference) + 1 :]


def test_a_sibling_is_not_on_the_way(kinds) -> None:
    _chain(*CHAIN)
    _chain("sign:1", "ask:2", "reply:2")
    assert "ask:2" not in {s.reference for s in thread.thread_of("ask:1", standing=INSIDER).steps}
    assert {"ask:1", "ask:2"} <= {
        s.reference for s in thread.thread_of("sign:1", standing=INSIDER).steps
    }


def test_the_public_sees_where_a_published_thing_may_be_read_and_nothing_that_is_not(kinds) -> None:
    _chain("file:a", "sign:1", "ask:1", "reply:1")
    hidden = thread.thread_of("sign:1", standing=NOBODY)
    assert [s.reference for s in hidden.steps] == ["file:a", "sign:1"]
    assert hidden.hidden == 0, "nor is the public told that there is anything"
    _chain("reply:1", "told:1")
    shown = thread.thread_of("sign:1", standing=NOBODY)
    assert shown.hidden == 0
    assert {s.reference: s.href for s in shown.steps}["ask:1"] == "/told/1/#ask"
    assert {s.reference: s.href for s in shown.steps}["reply:1"] == "/told/1/#reply"
    assert {s.reference: s.title for s in shown.steps}["ask:1"] == "As it was asked"


def test_what_is_linked_after_publishing_stays_hidden(kinds) -> None:
    _chain(*CHAIN)
    _chain("reply:9", "told:1")
    _chain("reply:8", "reply:1")
    for reference in ("told:1", "reply:1", "sign:1"):
        titles = {s.reference for s in thread.thread_of(reference, standing=NOBODY).steps}
        assert titles.isdisjoint({"reply:9", "reply:8"})


def test_those_who_may_read_enquiries_are_told_how_much_they_may_not_see(kinds) -> None:
    kinds["reply"] = _kind("reply", secret=True)
    kinds["ask"] = Kind(
        "ask", "Ask", lambda n, _: {x: Described(f"ask {x}", "/", visible=False) for x in n}
    )
    _chain("sign:1", "ask:1", "reply:1")
    assert thread.thread_of("sign:1", standing=INSIDER).hidden == 1


def test_the_page_of_a_hidden_thing_tells_the_public_neither_title_nor_state(kinds) -> None:
    _chain("sign:1", "ask:1")
    seen = thread.thread_of("ask:1", standing=NOBODY)
    (step,) = (s for s in seen.steps if s.here)
    assert (step.title, step.href, step.state) == ("Not public", "", "")
    assert not seen.open


def test_a_warning_reaches_everything_that_rests_on_it_and_nothing_beside_it(kinds) -> None:
    _chain(*CHAIN)
    _chain("sign:9", "ask:9")
    for reference in CHAIN:
        assert thread.thread_of(reference, standing=INSIDER).warnings == (
            "The file was withdrawn.",
        )
    assert thread.thread_of("ask:9", standing=INSIDER).warnings == ()


def test_lists_mark_what_rests_on_a_warning_in_as_many_queries_for_one_as_for_many(
    kinds, django_assert_num_queries
) -> None:
    for i in range(60):
        _chain("file:a", f"sign:{i}", f"ask:{i}", f"reply:{i}")
        _chain(f"sign:x{i}", f"ask:x{i}")
    asked = [f"reply:{i}" for i in range(60)] + [f"ask:x{i}" for i in range(60)]
    with django_assert_num_queries(1):
        assert thread.warned(asked, standing=INSIDER) == {f"reply:{i}" for i in range(60)}
    with django_assert_num_queries(1):
        assert thread.warned(["ask:x1"], standing=INSIDER) == frozenset()
    assert thread.warned([], standing=INSIDER) == frozenset()


def test_lists_follow_what_a_thing_came_from_by_nature_too(kinds) -> None:
    kinds["sign"] = Kind(
        "sign", "Sign", kinds["sign"].describe, lambda ns: {n: [f"file:{n}"] for n in ns}
    )
    _chain("sign:1", "ask:1")
    assert thread.warned(["sign:7"], standing=INSIDER) == {"sign:7"}
    # What the start of a chain came from by nature is written when somebody takes it up.
    _chain("file:1", "sign:1")
    assert thread.warned(["ask:1", "told:3"], standing=INSIDER) == {"ask:1"}


def test_a_circle_of_links_ends(kinds) -> None:
    _chain("ask:1", "reply:1", "ask:1")
    assert len(thread.thread_of("ask:1", standing=INSIDER).steps) == 2


def test_the_links_of_a_thing_take_one_query_however_many_there_are(
    kinds, django_assert_num_queries
) -> None:
    for i in range(40):
        _chain("file:a", f"sign:{i}", f"ask:{i}", f"reply:{i}", "told:1")
    with django_assert_num_queries(1):
        found = thread.thread_of("file:a", standing=INSIDER)
    assert len(found.steps) == 122


def test_the_same_link_written_twice_stands_once() -> None:
    link("a:1", "b:1", kind="led to", by=1, now=NOW)
    link("a:1", "b:1", kind="led to", by=2, now=NOW + timedelta(days=1))
    assert [(x.by, x.at) for x in Link.objects.all()] == [(1, NOW)]
    assert len(links_of("b:1")) == 1


def test_a_thing_without_links_still_has_what_it_came_from(kinds, monkeypatch) -> None:
    kinds["sign"] = Kind(
        "sign", "Sign", kinds["sign"].describe, lambda ns: {n: [f"file:{n}"] for n in ns}
    )
    seen = thread.thread_of("sign:1", standing=NOBODY)
    assert [s.reference for s in seen.steps] == ["file:1", "sign:1"]


def test_numbers_count_up_within_a_year_and_kind() -> None:
    later = NOW.replace(year=2026)
    assert [next_number("question", now=NOW) for _ in range(3)] == [
        "2025-001",
        "2025-002",
        "2025-003",
    ]
    assert next_number("question", now=later) == "2026-001"
    assert next_number("response", now=NOW) == "2025-001"
    assert Counter.objects.get(kind="question", year=2025).last == 3


@pytest.mark.parametrize("text", ["", "question", "question:", ":1"])
def test_what_is_no_reference_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"question:2026-001"):
        Reference.parse(text)


def test_every_registered_kind_can_be_described_when_nothing_has_its_number() -> None:
    for kind in thread.kinds().values():
        assert kind.describe(["no-such-number"], NOBODY) == {}
