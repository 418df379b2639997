"""What stands on the thread, and what waits for people: every kind of thing, app by app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from openscrutiny.accountability.threads import questions, recommendations
from openscrutiny.base.thread import Kind, Next
from openscrutiny.base.work import Source
from openscrutiny.core.permits import Standing
from openscrutiny.forum.threads import decisions, meetings, seats
from openscrutiny.monitor import threads as monitor
from openscrutiny.public import threads as public
from openscrutiny.scrutiny import threads as scrutiny

# In the order of the chain.
KINDS: tuple[Kind, ...] = (
    monitor.BATCH,
    scrutiny.FINDING,
    scrutiny.ENQUIRY,
    questions.QUESTION_KIND,
    questions.RESPONSE_KIND,
    meetings.WORK,
    meetings.MEETING,
    meetings.ITEM,
    meetings.PAPER,
    decisions.DECISION,
    meetings.ACTION,
    recommendations.RECOMMENDATION,
    recommendations.PART,
    recommendations.VERIFICATION,
    public.PUBLICATION,
)
# For each kind, who says what may be done from a thing of that kind.
NEXT: Mapping[str, Sequence[Callable[[str, Standing], Sequence[Next]]]] = {
    "finding": (scrutiny.next_from_finding,),
    "enquiry": (questions.next_from_enquiry,),
    "question": (questions.next_from_question,),
    "response": (questions.next_from_response,),
    "recommendation": (public.next_of_recommendation,),
}
WORK: tuple[Source, ...] = (
    scrutiny.work,
    decisions.work,
    seats.work,
    questions.work_on_questions,
    recommendations.work,
    public.work,
)
