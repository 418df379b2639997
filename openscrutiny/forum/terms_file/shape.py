"""What a file of terms of reference may hold, part by part, and what each part must look like."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from openscrutiny.core.bodies import Majority, Rung
from openscrutiny.core.calendar import Unit
from openscrutiny.core.terms import OrganisationKind

# A longer time than this is a slip of the pen.
MOST = 1000


class Wrong(ValueError):
    """What is wrong with a value, in words, and what to write instead."""

    def __init__(self, what: str, what_to_do: str) -> None:
        super().__init__(what)
        self.what, self.what_to_do = what, what_to_do


@dataclass(frozen=True)
class Text:
    """Words, as they were written; runs of blanks become one."""

    longest: int
    code: bool = False

    def read(self, written: str) -> str:
        text = " ".join(written.split())
        if not text:
            raise Wrong("Nothing is written here.", "Write what it is.")
        if any(unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co") for c in text):
            raise Wrong("This text holds a sign that cannot be kept.", "Write it anew.")
        if len(text) > self.longest:
            raise Wrong(
                f"This text has {len(text)} letters, and {self.longest} fit.", "Shorten it."
            )
        if self.code and not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", text):
            raise Wrong(
                f"“{text}” is no short name for addresses.",
                "Use small letters, digits, hyphens and underscores.",
            )
        return text


@dataclass(frozen=True)
class Whole:
    """A whole number within limits."""

    least: int
    most: int = MOST

    def read(self, written: str) -> int:
        text = written.strip()
        if not re.fullmatch(r"[+-]?[0-9]{1,6}", text, flags=re.ASCII):
            raise Wrong(f"“{_short(text)}” is not a whole number.", "Write it in digits.")
        number = int(text)
        if not self.least <= number <= self.most:
            raise Wrong(
                f"{number} is not between {self.least} and {self.most}.",
                "Write a number between them.",
            )
        return number


@dataclass(frozen=True)
class YesNo:
    """true or false."""

    def read(self, written: str) -> bool:
        text = written.strip().lower()
        if text in ("true", "yes", "on"):
            return True
        if text in ("false", "no", "off"):
            return False
        raise Wrong(f"“{_short(text)}” is neither true nor false.", "Write true or false.")


@dataclass(frozen=True)
class Day:
    """A day, as the document keeps it."""

    def read(self, written: str) -> str:
        try:
            return date.fromisoformat(written.strip()).isoformat()
        except ValueError:
            raise Wrong(
                f"“{_short(written)}” is not a day there is.",
                "Write it as year, month and day, such as 2026-12-24.",
            ) from None


@dataclass(frozen=True)
class OneOf:
    """One of some words."""

    words: tuple[str, ...]

    def read(self, written: str) -> str:
        text = " ".join(written.split())
        if text not in self.words:
            raise Wrong(
                f"“{_short(text)}” is not one of the words that may stand here.",
                f"Write one of these: {', '.join(self.words)}.",
            )
        return text


Value = Text | Whole | YesNo | Day | OneOf


@dataclass(frozen=True)
class Many:
    """A list."""

    of: Shape
    what: str


@dataclass(frozen=True)
class Group:
    """Named parts. Those that may be left out are ``optional``; an empty one counts as left out."""

    what: str
    required: Mapping[str, Shape]
    optional: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def parts(self) -> Mapping[str, Shape]:
        return {**self.required, **self.optional}


Shape = Value | Many | Group


def _one_of(words: Sequence[str]) -> OneOf:
    return OneOf(tuple(words))


_CODE = Text(60, code=True)
_NAME = Text(120)
_LENGTH = Group(
    "a length of time",
    {"length": Whole(1), "unit": _one_of([u.value for u in Unit]), "source": Text(500)},
)
_SEAT = Group(
    "a seat",
    {"code": _CODE, "title": _NAME, "agency": _CODE},
    {
        "strands": Many(_CODE, "strands"),
        "areas": Many(Text(60), "areas"),
        "required": YesNo(),
        "voting": YesNo(),
        "holders": Whole(1, 100),
        "substitutes": YesNo(),
        "term_years": Whole(0, 100),
        "terms": Whole(0, 100),
    },
)
_BODY = Group(
    "a body that meets",
    {
        "code": _CODE,
        "meetings_a_year": Whole(1, 366),
        "quorum": Group(
            "a quorum", {"least": Whole(1)}, {"agencies": Many(_CODE, "kinds of agency")}
        ),
        "notice": _LENGTH,
        "decision_note": _LENGTH,
        "draft_minutes": _LENGTH,
        "seats": Many(_SEAT, "seats"),
    },
    {
        "parent": _CODE,
        "voting": Group(
            "the voting",
            {"majority": _one_of([m.value for m in Majority])},
            {"casting_vote": YesNo()},
        ),
    },
)
TERMS = Group(
    "terms of reference",
    {
        "areas": Text(60),
        "forum": _NAME,
        "parent_committee": _NAME,
        "time_zone": Text(60),
        "holidays": Text(60),
        "strands": Many(_CODE, "strands"),
        "organisations": Many(
            Group(
                "an organisation",
                {
                    "code": _CODE,
                    "name": _NAME,
                    "kind": _one_of([k.value for k in OrganisationKind]),
                },
            ),
            "organisations",
        ),
        "respondent": _CODE,
        "deadlines": Group(
            "the deadlines",
            {
                "question_acknowledgement": _LENGTH,
                "question_answer": _LENGTH,
                "recommendation_response": _LENGTH,
                "progress_update": _LENGTH,
            },
        ),
        "due_soon_days": Whole(0),
        "bodies": Many(_BODY, "bodies that meet"),
    },
    {
        "version": Whole(1, 999_999),
        "valid_from": Day(),
        "closed_days": Many(Group("a closed day", {"date": Day(), "name": _NAME}), "closed days"),
        "agencies": Many(Group("a kind of agency", {"code": _CODE, "name": _NAME}), "agencies"),
        "ladder": Many(
            Group(
                "a step of the ladder",
                {"days": Whole(-MOST), "rung": _one_of([r.value for r in Rung])},
            ),
            "steps",
        ),
    },
)


def _short(text: str) -> str:
    plain = "".join(c for c in " ".join(text.split()) if c.isprintable())
    return plain if len(plain) <= 60 else f"{plain[:59]}…"
