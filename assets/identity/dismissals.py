"""Recommendations that people do not want to see: a person's own word, until a day or for good (E4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa

from assets.identity.declared import DeclarationError, OptOut, read_listed, read_required
from assets.identity.listed_persons import persons_of_listed
from assets.identity.refusals import Declarations
from assets.identity.vault import Vault

RULES: Final = ("R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8")
"""The recommendation rules of METRICS.md E4, as in the macro ``recommendation_rules``."""
DISMISSED_RULES: Final = "dismissed_rules"
SCHEMA: Final = pa.schema(
    [
        ("person_key", pa.int64()),
        ("rule_id", pa.string()),
        ("dismissed_on", pa.date32()),
        ("dismissed_until", pa.date32()),
    ]
)
_HARMLESS: Final = re.compile(r"[A-Za-z]?[0-9]{0,4}|[0-9][0-9./: -]{0,18}")
"""What an error may repeat; anything else in the wrong column could be a name or an address."""


@dataclass(frozen=True)
class Dismissal:
    """One line of the list: the person (as in the opt-out list), the rule, and from when to when."""

    person: OptOut
    rule: str
    dismissed_on: date
    until: date | None
    """First day on which the rule may be shown again; None: never."""


def read_dismissals(file: Path, sources: Sequence[str]) -> list[Dismissal]:
    """Who dismissed what: columns rule, dismissed_on, until (may be empty or missing), and email,
    account or worker_id (and source).

    Raises ``DeclarationError`` as the opt-out list does, and for a rule that does not exist, a
    day that is none, and an ``until`` that does not lie after ``dismissed_on``.
    """
    rows = dict(read_required(file, ("rule", "dismissed_on")))
    found: list[Dismissal] = []
    problems: list[str] = []
    for person in read_listed(file, sources, "nobody dismisses anything by it"):
        row, where = rows[person.row], f"{file.name} row {person.row}"
        rule = row["rule"].upper()
        begin, end = _day(row["dismissed_on"]), _day(row.get("until", ""))
        if rule not in RULES:
            problems.append(
                f"{where}: rule is {_shown(row['rule'])}; expected one of {', '.join(RULES)}:"
                " take the rule_id of the recommendation"
            )
        elif begin is None:
            problems.append(_no_day(where, "dismissed_on", row["dismissed_on"]))
        elif end is None and "until" in row:
            problems.append(_no_day(where, "until", row["until"]) + ", or leave it empty: for good")
        elif end is not None and end <= begin:
            problems.append(
                f"{where}: until is {end}, expected a day after dismissed_on ({begin}): it is the first day"
                " on which the rule may be shown again; leave it empty for good"
            )
        else:
            found.append(Dismissal(person, rule, begin, end))
    if problems:
        raise DeclarationError("\n".join(problems))
    return found


def dismissed_rules(
    vault: Vault,
    key: bytes,
    dismissals: Sequence[Dismissal],
    declared: Declarations,
    accounts: pa.Table,
    workers: pa.Table,
) -> tuple[pa.Table, list[str]]:
    """Table ``dismissed_rules`` (see ``SCHEMA``; ``dismissed_until`` NULL: for good), and what to tell."""
    listed = [entry.person for entry in dismissals]
    persons = persons_of_listed(vault, key, listed, declared, accounts, workers)
    rows = {
        (person, entry.rule, entry.dismissed_on, entry.until)
        for entry, found in zip(dismissals, persons, strict=True)
        for person in found
    }
    ordered = sorted(rows, key=lambda row: (*row[:3], row[3] or date.max))
    columns = list(zip(*ordered, strict=True)) if ordered else [()] * len(SCHEMA)
    table = pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, SCHEMA.types, strict=True)], schema=SCHEMA
    )
    messages = [
        f"dismissed recommendations, row {entry.person.row}: names nobody whom the sources know"
        for entry, found in zip(dismissals, persons, strict=True)
        if not found
    ]
    return table, messages


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2024-03-01") else None
    except ValueError:
        return None


def _no_day(where: str, column: str, value: str) -> str:
    return f"{where}: {column} is {_shown(value)}; expected a day such as 2024-03-01"


def _shown(value: str) -> str:
    return repr(value) if _HARMLESS.fullmatch(value) else "something that is not repeated here"
