"""When an answer is or was due, how late it is or came, and how that was worked out.

For questions and parts, and for the answers to both. Nothing of it is stored but the due moment
that is kept with an answer when it is signed: that moment stands, so that a later change of the
bank holidays makes nobody late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from openscrutiny.accountability.models import Part, PartResponse, Question, Response
from openscrutiny.core.calendar import Deadline, NotKnownYet, Pause, State, Term, Unit, deadline
from openscrutiny.core.calendar import in_words as day_in_words
from openscrutiny.core.machines import QUESTION
from openscrutiny.core.terms import TermsOfReference
from openscrutiny.core.workflow import NotPossible
from openscrutiny.forum import terms
from openscrutiny.warehouse import definitions

Asked = Question | Part
Sent = Response | PartResponse

# The states in which the organisation has to answer, and that in which its clock stands still.
WAITING = frozenset().union(*(r.sources for r in QUESTION.transitions if r.event == "answer"))
OPEN = WAITING | {"clarifying"}

_PAUSED = "the forum was asked what it meant"


@dataclass(frozen=True)
class Due:
    """How something asked stood against its due date at a moment, in words.

    ``on`` is None while the clock stands still, and where the date cannot be worked out yet
    (``state`` is None then). ``how`` says how much is left, or how late it is; ``late`` only the
    latter; ``steps`` how the date was worked out.
    """

    on: date | None
    state: State | None
    how: str
    late: str
    sentence: str
    steps: tuple[str, ...] = ()

    @property
    def by(self) -> str:
        return f"By the end of {day_in_words(self.on)}" if self.on else ""

    @property
    def words(self) -> str:
        """How it stands in one go, such as ``overdue: 2 working days late``."""
        return f"{self.state}: {self.how}" if self.state else self.how

    @property
    def overdue(self) -> bool:
        return self.state in (State.OVERDUE, State.LONG_OVERDUE)

    @property
    def soon(self) -> bool:
        return self.state is State.DUE_SOON

    @property
    def paused(self) -> bool:
        return self.state is State.PAUSED


def terms_in_force(at: datetime) -> TermsOfReference:
    """The terms of reference that applied at a moment; NotPossible where there is no forum."""
    return terms.in_force(timezone.localtime(at).date())


def require_awaited(question: Question) -> None:
    """NotPossible where no answer to the question is awaited."""
    if question.state not in OPEN:
        raise NotPossible(
            f"This question is {question.state_in_words}, so no answer is awaited.",
            "Read the question again to see what happened.",
        )


def deadline_of(asked: Asked, at: datetime) -> Deadline:
    """When an answer must be or was to be there, as it stood at a moment.

    It rests on the term and the pauses kept with what was asked, and counts from the last time its
    clock was started before. NotKnownYet where the bank holidays are not known that far;
    ValueError where no clock was ever started.
    """
    kept = _clock(asked)
    if kept is None:
        raise ValueError(f"{asked} was not issued, so no clock runs.")
    term, issued, restarted = kept
    started = _started(asked, issued, restarted, at)
    first, again = (
        ("Sent", "Asked for more") if isinstance(asked, Question) else ("Issued", "Asked again")
    )
    agreed = terms_in_force(at)
    return deadline(
        started=started,
        term=term,
        calendar=definitions.calendar(agreed),
        as_of=max(at, started),
        zone=agreed.time_zone,
        pauses=[p for p in _pauses(asked) if p.since >= started],
        due_soon_days=agreed.due_soon_days,
        event=first if started == issued else again,
    )


def acknowledgement_of(question: Question, now: datetime) -> Due | None:
    """When it must be said that a question was received; None where that is not awaited.

    It counts from the day the question was sent, by the terms in force now: nothing else hangs on
    it, and a holding reply never stops the clock of the answer.
    """
    if question.state != "issued" or question.issued_at is None:
        return None
    agreed = terms_in_force(now)
    try:
        found = deadline(
            started=question.issued_at,
            term=agreed.deadlines.question_acknowledgement.term,
            calendar=definitions.calendar(agreed),
            as_of=max(now, question.issued_at),
            zone=agreed.time_zone,
            due_soon_days=0,
            event="Sent",
        )
    except NotKnownYet as unknown:
        return Due(None, None, "the day cannot be worked out yet", "", str(unknown))
    return _in_words(found, now)


def due_at(asked: Asked, at: datetime) -> Due | None:
    """How something asked stood at a moment, in words; None where no clock was ever started."""
    return _due(asked, at, kept=None)


def due_of(question: Question, now: datetime) -> Due | None:
    """How a question stands, in words; None where no answer is awaited."""
    return due_at(question, now) if question.state in OPEN else None


def due_of_answer(sent: Sent) -> Due | None:
    """How an answer stood when it was signed: by the due moment kept with it, if there is one."""
    return _due(_answered(sent), sent.signed_at, kept=sent.due)


def due_when_signed(asked: Asked, now: datetime) -> datetime | None:
    """The first moment that is late, to be kept with an answer; None where it is not known."""
    try:
        return deadline_of(asked, now).due
    except NotKnownYet:
        return None


def lateness(sent: Sent) -> str:
    """How late an answer was; empty if it was not, or where that cannot be worked out."""
    due = due_of_answer(sent)
    return due.late if due else ""


def _due(asked: Asked, at: datetime, *, kept: datetime | None) -> Due | None:
    if _clock(asked) is None:
        return None
    try:
        found = deadline_of(asked, at)
    except NotKnownYet as unknown:
        if kept is None:
            return Due(None, None, "the due date cannot be worked out yet", "", str(unknown))
        found = _as_kept(asked, kept)
    if kept not in (None, found.due):
        found = _as_kept(asked, kept)
    return _in_words(found, at)


def _in_words(found: Deadline, at: datetime) -> Due:
    late = found.late_by(at)
    return Due(
        on=found.due_on,
        state=found.state(at),
        how=late or found.left(at),
        late=late,
        sentence=found.in_one_sentence,
        steps=found.steps,
    )


def _as_kept(asked: Asked, due: datetime) -> Deadline:
    """The deadline that was kept, without the calculation of another one."""
    kept = _clock(asked)
    assert kept is not None
    agreed = terms_in_force(due)
    last = (due - timedelta(microseconds=1)).astimezone(ZoneInfo(agreed.time_zone)).date()
    return Deadline(
        started_on=last,
        term=kept[0],
        due_on=last,
        due=due,
        days_to_go=0,
        steps=(),
        in_one_sentence="This is the day that was due when the answer was sent.",
        calendar=definitions.calendar(agreed),
        zone=agreed.time_zone,
        due_soon_days=agreed.due_soon_days,
    )


def _answered(sent: Sent) -> Asked:
    return sent.question if isinstance(sent, Response) else sent.part


def _clock(asked: Asked) -> tuple[Term, datetime, datetime] | None:
    """The term, when it was issued, and when its clock was last started; None if it never was."""
    set_by = asked if isinstance(asked, Question) else asked.limb.recommendation
    issued = set_by.issued_at or asked.clock_started_at
    if issued is None or set_by.term_length is None:
        return None
    term = Term(set_by.term_length, Unit(set_by.term_unit))
    return term, issued, asked.clock_started_at or issued


def _started(asked: Asked, issued: datetime, restarted: datetime, at: datetime) -> datetime:
    """The last start of a clock before a moment; its first one, if there was none yet."""
    if restarted <= at or restarted == issued:
        return restarted
    starts = [issued]
    if isinstance(asked, Question):
        answers = asked.responses.all()
        starts += [a.at for sent in answers for a in sent.assessments.all() if not a.satisfied]
    return max((s for s in starts if s <= at), default=issued)


def _pauses(asked: Asked) -> list[Pause]:
    if not isinstance(asked, Question):
        return []
    return [Pause(p.since, p.until, _PAUSED) for p in asked.pauses.all()]
