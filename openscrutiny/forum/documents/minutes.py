"""Minutes and agendas as blocks, from which pages, Word files and packs are all made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from openscrutiny.core.calendar import in_words
from openscrutiny.core.minutes import OPENING
from openscrutiny.forum.documents import blocks
from openscrutiny.forum.documents.blocks import Block, Heading, Listing, Paragraph, Run, Table
from openscrutiny.forum.documents.cleaning import of_markdown

DRAFT = "DRAFT: these minutes are not approved"


def minutes(
    content: Mapping[str, Any], *, names: bool, closed: bool, approval: Sequence[str] = ()
) -> tuple[Block, ...]:
    """A version of minutes. ``names`` shows who sat in which seat and why they stepped aside,
    ``closed`` the closed items; ``approval`` says when and by whom it was approved.

    Without them people are told by their seats alone, and of a closed item its ground and its
    public interest test stand in its place.
    """
    facts, text = content["facts"], content["text"]
    items = (_item(item, facts, text, names=names, closed=closed) for item in facts["items"])
    return (
        *_head(facts, names=names, approval=approval),
        *_attendance(facts, names=names),
        *_interests(facts, names=names, closed=closed),
        *_quorum(facts),
        *_said(text.get(OPENING, ""), "Opening"),
        *(block for item in items for block in item),
    )


def decision_note(
    facts: Mapping[str, Any], *, names: bool, closed: bool, approval: Sequence[str] = ()
) -> tuple[Block, ...]:
    """What a meeting decided and who was there: the note that is out before the minutes are.

    Once those are approved, ``approval`` says when and by whom.
    """
    found: list[Block] = [*_head(facts, names=names)]
    for item in facts["items"]:
        if item["closed"] and not closed:
            found += [_title(item, shown=False), _hidden(item)]
        elif item["decisions"]:
            found += [_title(item), *_decisions(item)]
    if not any(i["decisions"] for i in facts["items"]):
        found.append(_line("The meeting took no decisions."))
    found += _attendance(facts, names=names)
    found += [*_interests(facts, names=names, closed=closed), *_quorum(facts)]
    if approval:
        found += [Heading(1, _runs("The minutes of this meeting")), *map(_line, approval)]
    return tuple(found)


def _head(
    facts: Mapping[str, Any], *, names: bool, approval: Sequence[str] = ()
) -> Iterator[Block]:
    yield from map(_line, approval)
    day = in_words(date.fromisoformat(facts["day"]))
    sat = f"The meeting was opened at {facts['opened']}" if facts["opened"] else ""
    until = f" and closed at {facts['closed']}" if sat and facts["closed"] else ""
    yield _line(f"{facts['body']}, {day}, {facts['venue']}. {sat}{until}{'.' if sat else ''}")
    # Versions from before the chair was kept with them say nothing of it.
    chairs = [_person(one, names) for one in facts.get("chair", ())]
    deputies = [f"{_person(one, names)}, a deputy" for one in facts["presided"]]
    if presiding := "; ".join([*chairs, *deputies]):
        yield Paragraph((Run("In the chair: ", bold=True), Run(f"{presiding}.")))
    if not facts["quorate"]:
        yield _line(
            "The meeting never had a quorum. What was noted stands; nothing was decided.", bold=True
        )


def _attendance(facts: Mapping[str, Any], *, names: bool) -> Iterator[Block]:
    yield Heading(1, _runs("Who was there"))
    if not facts["attendance_known"]:
        yield _line("Who was in the meeting was not recorded.")
    if facts["present"]:
        columns = ["Seat", *(["Name"] if names else []), "In the meeting"]
        yield _table(
            "Who was in the meeting, in which seat, and when",
            columns,
            (
                [
                    one["seat"],
                    *([one["name"]] if names else []),
                    ", ".join(filter(None, (one["times"], one["remote"]))),
                ]
                for one in facts["present"]
            ),
        )
    for one in facts["presided"]:
        yield _line(f"{_person(one, names)} presided: {one['because']}")
    for label, people in (("Apologies", facts["apologies"]), ("Absent", facts["absent"])):
        if people and (label == "Apologies" or facts["attendance_known"]):
            said = [
                _person(p, names) + (" (sent a substitute)" if p.get("substitute") else "")
                for p in people
            ]
            yield Paragraph((Run(f"{label}: ", bold=True), Run(f"{'; '.join(said)}.")))


def _interests(facts: Mapping[str, Any], *, names: bool, closed: bool) -> Iterator[Block]:
    """What was declared; in a closed item, that it was, without the words that would tell more."""
    if not facts["interests"]:
        return
    yield Heading(1, _runs("Interests declared"))
    items = {i["number"]: i for i in facts["items"]}
    said = []
    for one in facts["interests"]:
        item = items.get(one["item"])
        who = f"{_person(one, names)} declared an interest"
        place = f" in item {item['position']}" if item else ""
        if not closed and (item is None or item["closed"]):
            said.append(f"{who}{place}, which is closed to the public." if item else f"{who}.")
        else:
            said.append(f"{who}{place}: {one['text']}")
    yield _list(said)


def _quorum(facts: Mapping[str, Any]) -> Iterator[Block]:
    turns = facts["quorum"]
    if not turns:
        return
    yield Heading(1, _runs("Quorum"))
    said = []
    for place, turn in enumerate(turns):
        if place == 0:
            how = "The meeting had a quorum" if turn["quorate"] else "The meeting had no quorum"
        else:
            how = "The quorum was regained" if turn["quorate"] else "The quorum was lost"
        said.append(f"{turn['at']}: {how} ({turn['counted']}).")
    yield _list(said)


def _item(
    item: Mapping[str, Any],
    facts: Mapping[str, Any],
    text: Mapping[str, str],
    *,
    names: bool,
    closed: bool,
) -> Iterator[Block]:
    if item["closed"] and not closed:
        yield _title(item, shown=False)
        yield _hidden(item)
        return
    yield _title(item)
    if item["closed"]:
        yield _hidden(item)
    for one in item["aside"]:
        # Why is for the body, unless these minutes print it as a declared interest anyway.
        why = f": {one['reason']}" if names or one.get("public") else "."
        yield _line(f"{_person(one, names)} stepped aside at {one['at']}{why}")
    for one in item.get("tabled", ()):  # minutes from before papers were tabled have none
        yield _line(_tabled(one, shown=closed or not one["closed"]))
    yield from _nested(of_markdown(text.get(item["number"], "")))
    for vote in item["votes"]:
        yield from _vote(vote, names=names)
    yield from _decisions(item)
    if item["actions"]:
        yield Heading(2, _runs("Actions and undertakings"))
        yield _table(
            f"What was promised under item {item['position']}, by whom and until when",
            ["What was promised", "By whom", "Until"],
            ([f"{a['sort']} {a['number']}: {a['text']}", a["owner"],
              in_words(date.fromisoformat(a["due"]))] for a in item["actions"]),
        )  # fmt: skip
    yield Paragraph((Run("Outcome: ", bold=True), Run(f"{item['outcome']}.")))


def _tabled(one: Mapping[str, Any], *, shown: bool) -> str:
    what = f"“{one['heading']}”" if shown else "which is closed to the public"
    return (
        f"Paper {one['number']}, {what}, was tabled at {one['at']} and taken. Why it could not "
        f"wait: {one['reason']}"
    )


def _decisions(item: Mapping[str, Any]) -> Iterator[Block]:
    for one in item["decisions"]:
        waits = "" if one["certified"] else " It waits to be certified by the chair."
        yield Paragraph(
            (Run(f"Decision {one['number']} ({one['kind'].lower()}): ", bold=True),
             Run(f"{one['heading']}. {one['text']}{waits} {one['quorum']}".rstrip()))
        )  # fmt: skip


def _vote(vote: Mapping[str, Any], *, names: bool) -> Iterator[Block]:
    counted = f"{vote['for']} for, {vote['against']} against, {vote['abstain']} abstained"
    sentence = vote["sentence"]
    # The sentence of a vote begins with its count.
    result = sentence if sentence.startswith(counted) else f"{counted}. {sentence}".rstrip()
    yield Paragraph((Run("Vote: ", bold=True), Run(f"“{vote['motion']}” {result}")))
    if vote["named"]:
        yield _list(f"{_person(v, names)}: {v['stance'].lower()}" for v in vote["named"])


def _title(item: Mapping[str, Any], *, shown: bool = True) -> Block:
    heading = item["heading"] if shown else "Closed to the public"
    return Heading(1, _runs(f"{item['position']}. {heading}"))


def _hidden(item: Mapping[str, Any]) -> Block:
    return _line(f"Closed to the public. Ground {item['ground']}. {item['test']}")


def _said(text: str, heading: str) -> Iterator[Block]:
    if text.strip():
        yield Heading(1, _runs(heading))
        yield from _nested(of_markdown(text))


def _nested(html: str) -> Iterator[Block]:
    """Text under a heading of ours: its own headings are below that one."""
    for block in blocks.parse(html):
        yield Heading(block.level + 1, block.runs) if isinstance(block, Heading) else block


def _person(one: Mapping[str, Any], names: bool) -> str:
    return f"{one['name']} ({one['seat']})" if names else str(one["seat"])


def _runs(text: str) -> tuple[Run, ...]:
    return (Run(text),)


def _line(text: str, *, bold: bool = False) -> Paragraph:
    return Paragraph((Run(" ".join(text.split()), bold=bold),))


def _list(lines: Iterable[str]) -> Listing:
    return Listing(False, tuple((_line(line),) for line in lines))


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    cells = tuple(tuple(map(_runs, row)) for row in rows)
    return Table(tuple(map(_runs, columns)), cells, caption)
