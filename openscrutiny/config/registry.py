"""What stands on the thread, what waits for people and what they are told of, app by app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from openscrutiny.accountability import rules as accountability_rules
from openscrutiny.accountability.threads import questions, recommendations
from openscrutiny.base.mail import pages as mail
from openscrutiny.base.mail.rules import Rules
from openscrutiny.base.thread import Kind, Next
from openscrutiny.base.work import Source
from openscrutiny.core.permits import Standing
from openscrutiny.forum import rules as forum_rules
from openscrutiny.forum.candidates import Source as Candidates
from openscrutiny.forum.threads import agendas, decisions, meetings, minutes, programme, seats
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
    "finding": (
        scrutiny.next_from_finding,
        programme.next_from_finding,
        agendas.put_on_an_agenda("finding"),
    ),
    "enquiry": (questions.next_from_enquiry,),
    "question": (questions.next_from_question, agendas.put_on_an_agenda("question")),
    "response": (questions.next_from_response,),
    "recommendation": (
        public.next_of_recommendation,
        programme.next_from_recommendation,
        agendas.put_on_an_agenda("recommendation"),
    ),
    "meeting": (meetings.next_from_meeting, minutes.next_from_meeting),
    "item": (minutes.next_from_item,),
}
WORK: tuple[Source, ...] = (
    scrutiny.work,
    agendas.work,
    decisions.work,
    minutes.work,
    programme.work_on_programme,
    programme.work_on_actions,
    seats.work,
    questions.work_on_questions,
    recommendations.work,
    public.work,
    mail.work,
)
# What proposes itself for the work programme of the forum.
PROGRAMME: tuple[Candidates, ...] = (recommendations.overdue,)
# What people are told of by e-mail or post.
RULES: tuple[Rules, ...] = (forum_rules.RULES, accountability_rules.RULES)
