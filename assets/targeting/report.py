"""Proposals as a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

TITLES: Final = {
    "participation": "Units whose people take part less than their peers",
    "little_flow": "Pairs of groups between which little flows",
    "one_person": "Pairs of groups that hang on one person",
    "newcomer_manager": "Newcomers and their managers",
    "newcomer_buddy": "Newcomers and settled colleagues",
}
CAUTION: Final = (
    "Proposals, in alphabetical order and no order of merit: they say where there is room, not who is good. "
    "A silo may be intended, and two groups may have nothing to say to each other. Write an initiative into "
    "the registry before it starts, draw the lots, and read afterwards what it changed (`kithwork initiative "
    "ID`)."
)


def report(rows: Sequence[Mapping[str, Any]]) -> str:
    """Markdown; rows carry ``unit_name`` and ``other_name`` beside the columns of the mart."""
    lines = ["# Where an initiative would have room", "", CAUTION, ""]
    for kind, title in TITLES.items():
        own = [row for row in rows if row["kind"] == kind]
        lines += [f"## {title}", ""]
        if not own:
            lines += ["Nothing beyond what chance explains.", ""]
        readings = [row["reading"] or f"Withheld ({row['suppression_reason']})." for row in own]
        shared = _shared(readings)
        for row, said in zip(own, readings, strict=True):
            name = row["unit_name"] or "Whole organisation"
            pair = f" and {row['other_name']}" if row["other_name"] else ""
            lines.append(f"- **{name}{pair}**: {' '.join(s for s in _sentences(said) if s not in shared)}")
        lines += ["", f"All of these: {' '.join(shared)}", ""] if shared else [""]
    return "\n".join(lines)


def _shared(readings: Sequence[str]) -> list[str]:
    """Sentences that every proposal of a kind repeats; none where one of them would be left with nothing."""
    if len(readings) < 2:
        return []
    told = [_sentences(reading) for reading in readings]
    shared = [sentence for sentence in told[0] if all(sentence in one for one in told)]
    return shared if all(set(one) - set(shared) for one in told) else []


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=\.) (?=[A-Z])", text)
