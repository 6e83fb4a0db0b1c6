"""HR's words as the contract's: reasons for leaving, kinds of employment, unit paths, working time."""

from __future__ import annotations

import re
from typing import Final

import polars as pl

from assets.extract.sheets import numbers

TERMINATION_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "voluntary": ("voluntary", "resign", "quit", "employee initiative", "own request", "eigenkündigung"),
    "retirement": ("retire", "pension", "rente"),
    "death": ("death", "deceased", "died", "tod"),
    "end_of_contract": (
        "end of contract",
        "contract end",
        "contract expir",
        "expir",
        "fixed term end",
        "end of fixed term",
        "end of temporary",
        "end of assignment",
        "end of internship",
        "befristung",
    ),
    "involuntary": (
        "involuntary",
        "redundan",
        "dismiss",
        "layoff",
        "lay off",
        "laid off",
        "fired",
        "discharge",
        "for cause",
        "position eliminat",
        "severance",
        "employer initiative",
        "probation",
        "kündigung durch arbeitgeber",
    ),
    "unknown": ("unknown", "other", "n a", "not stated"),
}
"""Beginnings of words and phrases that tell a type; the longest one that is found decides."""

REGRETTED: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("yes", "y", "true", "1", "regretted", "regrettable", "regret", "ja"), True),
    **dict.fromkeys(
        ("no", "n", "false", "0", "not regretted", "non regretted", "non regrettable", "nein"), False
    ),
    **dict.fromkeys(("unknown", "not assessed", "not stated", "open", "pending", "tbd", "n a", "na"), None),
}
"""Words for whether the employer regrets an exit; None for words that say it was not assessed."""

CONTINGENT: Final = (
    "contingent",
    "contractor",
    "external",
    "temporary agency",
    "agency",
    "freelance",
    "consultant",
    "vendor",
    "leiharbeit",
)
"""Kinds of employment that are not the company's own staff."""

MAX_REASON: Final = 80
"""A longer reason for leaving is prose about a person and is not kept."""


def termination_type(text: str) -> str | None:
    """The type that a word of HR means; None for a word that is not known.

    >>> termination_type("Involuntary - Redundancy"), termination_type("Resignation")
    ('involuntary', 'voluntary')
    """
    words = " " + re.sub(r"[\W_]+", " ", text.casefold()).strip()
    found = [
        (len(phrase), kind)
        for kind, phrases in TERMINATION_TYPES.items()
        for phrase in phrases
        if f" {phrase}" in words
    ]
    return max(found)[1] if found else None


def regretted(text: str) -> tuple[bool, bool | None]:
    """Whether a word of HR is known, and whether it says that an exit is regretted (None: not assessed).

    >>> regretted("Regretted"), regretted("Non-regrettable"), regretted("tbd"), regretted("7")
    ((True, True), (True, False), (True, None), (False, None))
    """
    word = re.sub(r"[\W_]+", " ", text.casefold()).strip()
    return word in REGRETTED, REGRETTED.get(word)


def employment_type(text: str) -> str:
    """``Fixed-term`` as ``fixed_term``; every kind that is not the company's own as ``contingent``."""
    word = re.sub(r"[\W_]+", "_", text.casefold()).strip("_")
    return "contingent" if word.replace("_", " ").startswith(CONTINGENT) else word


def unit_path(text: str) -> list[str]:
    """``Company > Sales > North`` as a list; ``/`` separates where there is no ``>``."""
    parts = text.split(">") if ">" in text else text.split("/")
    return [part.strip() for part in parts if part.strip()]


def full_time_share(texts: pl.Series) -> pl.Series:
    """Working time as a share of full time; a file that speaks of 80 or 80 % means 0.8."""
    is_percent = texts.str.contains("%", literal=True).fill_null(False)
    values = numbers(texts.str.replace("%", "", literal=True))
    plain = values.filter(~is_percent).drop_nulls()
    if len(plain) and bool((plain > 2).any()):
        return values / 100
    return (values / 100).zip_with(is_percent, values)
