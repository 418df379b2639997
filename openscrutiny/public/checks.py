"""What must hold before an account is published, and how that is found out."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from openscrutiny.core.workflow import NotPossible
from openscrutiny.public.content import Account, texts

# Schedule 12A to the Local Government Act 1972, part 1 (England), in short.
GROUNDS = {
    "1": "1. Information relating to any individual",
    "2": "2. Information likely to reveal who an individual is",
    "3": "3. The financial or business affairs of anybody, the authority included",
    "4": "4. Consultations or negotiations on a labour relations matter",
    "5": "5. Information protected by legal professional privilege",
    "6": "6. A notice, order or direction that the authority proposes",
    "7": "7. Preventing, investigating or prosecuting crime",
}
SMALL = 10

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.,-])(?:\+\d{1,3}|\(?0(?!\.))(?:[\s().-]{0,2}\d){8,11}(?![\d])")
_POSTCODE = re.compile(
    r"\b(?:GIR\s?0AA|[A-PR-UWYZ][A-HK-Y]?\d[\dA-Z]?\s{0,2}\d[ABD-HJLNP-UW-Z]{2})\b"
    r"|\b[a-pr-uwyz][a-hk-y]?\d[\da-z]?\s{0,2}\d(?!st\b|nd\b|rd\b|th\b)[abd-hjlnp-uw-z]{2}\b"
)
_PERSONAL = (
    ("an e-mail address", _EMAIL),
    ("a telephone number", _PHONE),
    ("a postcode", _POSTCODE),
)
# A digit that stands alone, or a number word; not a day of the month, a length of time, a share.
_MONTHS = "January February March April May June July August September October November December"
_NOT_A_COUNT = "|".join([*_MONTHS.split(), "in", "per", "of a", "o'clock", "%"])
_TIME = "(?:working|calendar) days?|days?|weeks?|months?|years?|hours?|minutes?"
_FEW = re.compile(
    r"(?<![\w.,:/£(-])(?:\d|two|three|four|five|six|seven|eight|nine|one(?=\s(?:person|victim|case|"
    r"offence|incident|crime|report|complaint|officer|man|woman|child|pupil|resident|family)))"
    rf"(?![\w:/)%-]|[.,]\d|\s+(?:{_NOT_A_COUNT}|{_TIME})\b)",
    re.IGNORECASE,
)
_AROUND = 40


@dataclass(frozen=True)
class Spotted:
    """Something in the account that a person must look at: where it stands, and its words."""

    where: str
    words: str


@dataclass(frozen=True)
class Checks:
    """The answers of the person who prepared a publication, kept with it.

    ``fingerprint`` names the account they were given on.
    """

    exempt: bool
    ground: str
    public_interest: str
    recognisable: bool
    looked_at: str
    small_numbers_confirmed: bool
    fingerprint: str

    def to_json(self, account: Account) -> dict[str, Any]:
        """The answers, with what was listed when they were given."""
        return {
            **asdict(self),
            "small_numbers": [asdict(s) for s in small_numbers(account)],
            "accessible_format": "a web page, and JSON",
        }


def fingerprint(account: Account) -> str:
    """A name for everything an account says, so that nobody answers for another one."""
    plain = json.dumps(account.to_json(), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(plain.encode()).hexdigest()[:24]


def personal_data(account: Account) -> tuple[Spotted, ...]:
    """E-mail addresses, telephone numbers and postcodes in what people wrote."""
    return tuple(_personal(texts(account)))


def personal_in(where: str, text: str) -> tuple[Spotted, ...]:
    """The same for one text that is to be public."""
    return tuple(_personal(((where, text),)))


def _personal(told: tuple[tuple[str, str], ...]) -> Iterator[Spotted]:
    for where, text in told:
        for what, pattern in _PERSONAL:
            for found in pattern.finditer(unicodedata.normalize("NFKC", text)):
                yield Spotted(where, f"{what} ({found[0].strip()})")


def small_numbers(account: Account) -> tuple[Spotted, ...]:
    """Every count below ten: among the figures, and in what people wrote."""
    found = []
    for figure in account.found.figures if account.found else ():
        if figure.words.isdecimal() and int(figure.words) < SMALL:
            found.append(Spotted("the figures of the finding", f"{figure.label}: {figure.words}"))
    for where, text in texts(account):
        flat = " ".join(unicodedata.normalize("NFKC", text).split())
        for hit in _FEW.finditer(flat):
            start, end = max(0, hit.start() - _AROUND), hit.end() + _AROUND
            before, after = "…" if start else "", "…" if end < len(flat) else ""
            found.append(Spotted(where, f"{before}{flat[start:end]}{after}"))
    return tuple(found)


@dataclass(frozen=True)
class Unmet:
    """A check that does not hold: of which answer, why, and what to do."""

    answer: str
    reason: str
    what_to_do: str


class NotChecked(NotPossible):
    """A refusal by the checks, with every one that does not hold."""

    def __init__(self, unmet: tuple[Unmet, ...]) -> None:
        super().__init__(unmet[0].reason, unmet[0].what_to_do)
        self.unmet = unmet


def refuse_unmet(checks: Checks, account: Account) -> None:
    """NotChecked where a check is not answered, or not so that the account may be published."""
    if unmet := tuple(_unmet(checks, account)):
        raise NotChecked(unmet)


def _unmet(checks: Checks, account: Account) -> Iterator[Unmet]:
    if checks.fingerprint != fingerprint(account):
        yield Unmet(
            "",
            "The account changed while you were checking it.",
            "Read it again, then answer the checks for what it says now.",
        )
    if spotted := personal_data(account):
        listed = "; ".join(f"{s.words} in {s.where}" for s in spotted)
        yield Unmet(
            "",
            f"The account contains what points at a person: {listed}.",
            "Have it taken out where it was written, then prepare the account again.",
        )
    if checks.exempt and checks.ground not in GROUNDS:
        yield Unmet(
            "ground",
            "It does not say which exempt information it contains.",
            "Choose the ground of Schedule 12A.",
        )
    if checks.exempt and not checks.public_interest.strip():
        yield Unmet(
            "public_interest",
            "It contains exempt information, and does not say why that may be published.",
            "Write down what speaks for and against publishing it, and which weighs more.",
        )
    if checks.recognisable:
        yield Unmet(
            "recognisable",
            "An account in which somebody could be recognised is not published.",
            "Have what gives them away taken out where it was written, then prepare it again.",
        )
    if not checks.looked_at.strip():
        yield Unmet(
            "looked_at",
            "It does not say what was looked at to see whether anybody could be recognised.",
            "Write down what you looked at.",
        )
    if small_numbers(account) and not checks.small_numbers_confirmed:
        yield Unmet(
            "small_numbers_confirmed",
            "The small numbers were not confirmed.",
            "Look at each of them; confirm them if all come from figures already published.",
        )


def all_made(kept: Mapping[str, Any], account: Account) -> bool:
    """Whether the answers kept with a publication are complete, for the account it holds."""
    try:
        answers = Checks(**{name: kept[name] for name in Checks.__dataclass_fields__})
        refuse_unmet(answers, account)
    except (KeyError, TypeError, NotChecked):
        return False
    return True
