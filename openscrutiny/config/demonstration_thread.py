"""The demonstration's own record: findings that were asked about, and how far each has come.

Every step goes through the same services as a person's click, at a moment in the past, by the
demonstration's own accounts. What is said is invented, like the city.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from openscrutiny.accountability.models import Part
from openscrutiny.accountability.services import responses
from openscrutiny.config.demonstration_cast import DAY, HOUR, WEEK, Cast, Story, together
from openscrutiny.config.demonstration_meetings import SITTINGS, meet, next_meeting, plan_next
from openscrutiny.config.demonstration_seats import seating
from openscrutiny.config.demonstration_steps import (
    answer,
    ask,
    carry_out,
    close,
    publish,
    recommend,
    verify,
)
from openscrutiny.core.programme import CRITERIA
from openscrutiny.forum.services import programme
from openscrutiny.monitor import figures as reading
from openscrutiny.monitor.models import Finding
from openscrutiny.scrutiny.models import Enquiry

# When the stories begin, before the present: the people are seated, then the forum meets.
BEGAN = 46 * WEEK
# When the forum meets next.
_NEXT = 10 * WEEK


def tell(cast: Cast, *, now: datetime) -> bool:
    """Put the story on the record, once: a year of meetings, and four findings that were asked
    about, each further along than the next.

    False, and nothing written, where lines of enquiry or too few findings are there already.
    """
    found = _findings()
    if Enquiry.objects.exists() or len(found) < 4:
        return False
    # Everything happens in office hours of the middle of a week.
    here = timezone.localtime(now)
    tuesday = (here - (here.weekday() - 1) % 7 * DAY).replace(hour=10, minute=0, second=0)
    with transaction.atomic():
        stories = (
            seating(today=here.date(), began=tuesday - BEGAN),
            *(meet(cast, what, at=tuesday - back) for what, back in SITTINGS),
            plan_next(cast, at=tuesday + _NEXT, told=tuesday - WEEK),
            _whole(cast, found[0], tuesday - 31 * WEEK),
            _waiting_for_the_verifier(cast, found[1], tuesday - 19 * WEEK),
            ask(cast, found[2], at=tuesday - 7 * WEEK),
            _acknowledged(cast, found[3], tuesday - 2 * WEEK),
            _on_the_programme(cast, found[2], tuesday - WEEK + DAY),
        )
        for _ in together(stories):
            pass  # the step whose moment this was is taken as the next one is asked for
    return True


def _findings() -> Sequence[Finding]:
    """Findings in use that a forum would ask about, of four areas: fewer outcomes first."""
    figures = reading.current()
    method = reading.method_in_force().version
    in_use = Finding.objects.filter(
        found_in__data_version=figures.data_version,
        found_in__method_version=method,
        is_whole=False,
    ).select_related("found_in")
    chosen: dict[str, Finding] = {}
    for narrowed in (
        in_use.filter(measure="outcomes_per_100", direction="lower"),
        in_use.filter(measure="recorded_offences", direction="higher"),
        in_use,
    ):
        for finding in narrowed.ranked():  # type: ignore[attr-defined]
            chosen.setdefault(finding.area, finding)
            if len(chosen) == 4:
                return list(chosen.values())
    return list(chosen.values())


# ---- the stories --------------------------------------------------------------------------------

_BRIEFED = (
    "Contact every victim again within five working days, and write down what was said.",
    "In a sample of closed cases, at least nine in ten show a second contact in time.",
)
_REVIEWED = (
    "Have a supervisor look at every case before it is closed without the victim's support.",
    "In the same sample, every such case carries a supervisor's note made before it was closed.",
)


def _whole(cast: Cast, finding: Finding, at: datetime) -> Story[None]:
    question = yield from ask(cast, finding, at=at)
    response = yield from answer(
        cast,
        question,
        text=(
            "Fewer cases ended with a positive outcome because more victims stopped supporting "
            "action, most of them after waiting more than two weeks to hear from us. Two "
            "investigators' posts were empty for most of the period. No change was made to how "
            "outcomes are recorded."
        ),
        at=at + 2 * WEEK,
    )
    made = yield from recommend(
        cast,
        response,
        heading="Keep victims with the case",
        why="The answer says that victims stopped supporting action after long waits.",
        limbs=[_BRIEFED, _REVIEWED],
        at=at + 2 * WEEK + 2 * DAY,
        met=at + 5 * WEEK,
    )
    parts_of_it = Part.objects.filter(limb__recommendation=made).order_by("number")
    yield from together(_part_of_whole(cast, part, at) for part in parts_of_it)
    yield from publish(cast, made, at=at + 19 * WEEK)


def _part_of_whole(cast: Cast, part: Part, at: datetime) -> Story[None]:
    yield from carry_out(
        cast,
        part,
        text="Accepted. It will apply to every hate crime team.",
        shown_by="38 of 40 closed cases meet the test; the other two are explained.",
        at=at + 8 * WEEK,
    )
    yield from verify(
        cast,
        part,
        statement="I read all 40 cases. 38 meet the test, as reported.",
        at=at + 14 * WEEK,
    )
    yield from close(cast, part, told=at + 14 * WEEK + 3 * DAY, met=at + 17 * WEEK)


def _waiting_for_the_verifier(cast: Cast, finding: Finding, at: datetime) -> Story[None]:
    question = yield from ask(cast, finding, at=at)
    response = yield from answer(
        cast,
        question,
        text=(
            "The cases were shared out among teams that had not been trained for them. They have "
            "come back to one team since."
        ),
        at=at + 2 * WEEK,
    )
    made = yield from recommend(
        cast,
        response,
        heading="Trained people for every case",
        why="The answer says that cases went to teams without training.",
        limbs=[
            (
                "Train every investigator who is given a hate crime case before the case is given.",
                "The training record shows no case given to anybody untrained for three months.",
            )
        ],
        at=at + 2 * WEEK + 2 * DAY,
        met=at + 5 * WEEK,
    )
    for part in Part.objects.filter(limb__recommendation=made):
        yield from carry_out(
            cast,
            part,
            text="Accepted. Training has begun.",
            shown_by="The training record, set against the cases given out in three months.",
            at=at + 7 * WEEK,
        )


def _acknowledged(cast: Cast, finding: Finding, at: datetime) -> Story[None]:
    question = yield from ask(cast, finding, at=at)
    yield at + 2 * DAY
    responses.acknowledge(
        question=question,
        by=cast.drafter,
        now=at + 2 * DAY,
        reason="We are drawing the cases together and will answer in full.",
    )


def _on_the_programme(cast: Cast, finding: Finding, at: datetime) -> Story[None]:
    """What a member proposed for the work programme; the next meeting looks at it."""
    yield at
    work = programme.propose_work(
        body=programme.the_forum(),
        heading="What reporting drives leave behind",
        why=(
            "Reports rose and outcomes did not. The forum should hear what happens to people who "
            "report for the first time."
        ),
        origin="finding",
        origin_reference=f"finding:{finding.id}",
        strands=["race", "religion"],
        areas=[finding.area],
        by=cast.member,
        now=at,
    )
    yield at + HOUR
    answers = {q.code: 3 for q in CRITERIA}
    programme.score(
        work=work, answers=answers, seen=work.revision, by=cast.secretariat, now=at + HOUR
    )
    work.refresh_from_db()
    programme.move_work(work=work, event="accept", by=cast.chair, now=at + HOUR)
    yield at + DAY
    work.refresh_from_db()
    programme.move_work(
        work=work, event="schedule", meeting=next_meeting(at), by=cast.secretariat, now=at + DAY
    )
