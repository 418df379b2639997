"""How old one must be to read a text easily: the grade of Flesch and Kincaid, plus five years.

Kincaid, Fishburne, Rogers & Chissom (1975, *Derivation of new readability formulas for Navy
enlisted personnel*). A semicolon, colon or bracket ends a clause as a full stop does: it is read
with a pause. Numbers, the names of months, and those in ``known`` (of areas and strands) count as
words of one syllable: whoever reads the page knows them.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection


def reading_age(text: str, *, known: Collection[str] = ()) -> float:
    for name in sorted([*known, *calendar.month_name[1:]], key=len, reverse=True):
        text = re.sub(re.escape(name), "it", text, flags=re.IGNORECASE)
    clauses = [
        c for c in re.split(r"[.;:()]\s*", re.sub(r"(?<=\d)[.,](?=\d)", "", text)) if c.strip()
    ]
    words = re.findall(r"[a-z]+|\d+", text.lower())
    syllables = sum(_syllables(word) for word in words)
    return 0.39 * len(words) / len(clauses) + 11.8 * syllables / len(words) - 15.59 + 5


def _syllables(word: str) -> int:
    if word.isdigit():
        return 1
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = (
        word.endswith(("e", "ed", "es")) and not word.endswith(("le", "ted", "ded")) and groups > 1
    )
    return max(1, groups - silent)
