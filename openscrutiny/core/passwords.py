"""Passwords that are guessed first: repeats, runs, common words, and names that are known here.

No list of breached passwords is asked or kept: a few words typed by hand and the rules below.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

WHAT_TO_DO = (
    "Choose four or more words that have nothing to do with each other, or let a password manager "
    "make one."
)
# Words of which the most common long passwords are made.
_WORDS = """
abc access account admin administrator alexander angel april arsenal ashley august autumn azerty
babygirl baseball basketball batman blessed britain british butterfly changeme charlie cheese
chelsea chocolate committee computer cookie council crime daniel december default diamond dragon
england everton family february flower football forever forget forum freedom friday friend friends
george ginger google guest hannah happy harley hate hello hockey iloveu iloveyou internet january
jasmine jennifer jessica jesus jordan joshua july june killer letmein liverpool login london love
lovely loveme maggie manchester march master matrix matthew meeting member mercedes michael
michelle minutes monday monkey mother mustang nicole november october orange pass passcode
passphrase password passwort pepper pokemon police princess purple question qwerty rangers robert
samsung saturday scotland scrutiny secret secretariat security september shadow silver snoopy
soccer spring starwars summer sunday sunshine superman sweetie temp temporary tennis test thomas
thursday tigger tottenham trustno tuesday unknown user wales wednesday welcome whatever william
winter
"""
_COMMON = frozenset(_WORDS.split())
# Rows of keys, the alphabet and the digits, which are read forwards and backwards.
_ROWS = (
    "12345678901234567890",
    "abcdefghijklmnopqrstuvwxyzabc",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "azertyuiop",
    "qwertzuiop",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
)
_RUNS = (*_ROWS, *(row[::-1] for row in _ROWS))
_SHORTEST_RUN = 4
# Signs that stand for letters in such passwords.
_SIGNS = str.maketrans("0134578@$!", "oieastbasi")
_SHORT_WORD = re.compile(r"[\W\d_]*[^\W\d_]{1,10}[\W\d_]*")
# How many letters must be left when everything that is guessed is taken out.
_LEFT = 4


@dataclass(frozen=True)
class Known:
    """What whoever guesses knows: the person's own names, and those everybody here knows."""

    own: tuple[str, ...] = ()
    here: tuple[str, ...] = ()


def why_guessable(password: str, known: Known) -> str:
    """Why a password is among the first that are tried, in a sentence; empty where it is not."""
    plain = _plain(password)
    if _repeated(plain):
        return "It is one piece written again and again."
    if len(_without_runs(plain)) < _LEFT:
        return "It is a run of the keyboard, of the alphabet or of digits."
    for words, why in (
        (_pieces(known.own), "It is made of your own name, account or address."),
        (_pieces(known.here), "It is made of names that everybody here knows."),
        (_COMMON, "It is made of words that are tried first."),
        (
            _pieces(known.own) | _pieces(known.here) | _COMMON,
            "It is made of names and words that are tried first.",
        ),
    ):
        if _made_of(plain, words):
            return why
    if _SHORT_WORD.fullmatch(plain):
        return "It is one short word with digits or signs around it."
    return ""


def _plain(text: str) -> str:
    """Small letters without accents and without spaces."""
    flat = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in flat if not unicodedata.combining(c) and not c.isspace())


def _repeated(plain: str) -> bool:
    """Whether it is one piece and nothing else, the last time perhaps cut short."""
    return any(
        plain == (plain[:length] * len(plain))[: len(plain)]
        for length in range(1, len(plain) // 2 + 1)
    )


def _without_runs(plain: str) -> str:
    """What is left without its runs; nothing else is taken out."""
    left, at = "", 0
    while at < len(plain):
        end = at + _SHORTEST_RUN
        if not any(plain[at:end] in row for row in _RUNS) or end > len(plain):
            left, at = left + plain[at], at + 1
            continue
        while end < len(plain) and any(plain[at : end + 1] in row for row in _RUNS):
            end += 1
        at = end
    return left


def _pieces(names: Collection[str]) -> frozenset[str]:
    """Names as they may stand in a password: whole, and word by word."""
    found = set()
    for name in names:
        words = [w for w in re.split(r"[\W\d_]+", _spaced(name)) if len(w) > 2]
        found |= {*words, "".join(words)}
    return frozenset(found - {""})


def _spaced(name: str) -> str:
    flat = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in flat if not unicodedata.combining(c))


def _made_of(plain: str, words: Collection[str]) -> bool:
    """Whether nothing much is left without some words and all digits, signs and runs."""
    if not words:
        return False
    any_word = re.compile("|".join(re.escape(w) for w in sorted(words, key=len, reverse=True)))
    inner = plain.strip("0123456789!?.,;:-_*#$@&+")
    for written in {plain, inner.translate(_SIGNS)}:
        rest, taken = any_word.subn("", written)
        letters = re.sub(r"[\W\d_]+", "", _without_runs(rest))
        if taken and len(letters) < _LEFT:
            return True
    return False
