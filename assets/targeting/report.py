"""Proposals as a page."""

from __future__ import annotations

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
        for row in own:
            name = row["unit_name"] or "Whole organisation"
            pair = f" and {row['other_name']}" if row["other_name"] else ""
            said = row["reading"] or f"withheld ({row['suppression_reason']})"
            lines += [f"- **{name}{pair}**: {said}"]
        lines.append("")
    return "\n".join(lines)
