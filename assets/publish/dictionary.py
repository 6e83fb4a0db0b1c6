"""The data dictionary: every table and column that leaves the working file, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from assets.publish.catalogue import PublishedTable
from assets.publish.disclosure import REASONS
from assets.publish.metrics import Registry


def data_dictionary(tables: Sequence[PublishedTable], registry: Registry) -> str:
    """Markdown from the marts' own descriptions; one section per table, tables by name.

    A column that shows a metric names it, with its version and section, as ``registry`` has it.
    """
    parts = [
        "# Data dictionary\n",
        "Generated from the descriptions of the marts. `published` tables hold groups and passed disclosure "
        "control; `restricted` tables hold persons, ties and groups below the minimum size. The last column "
        "names the metric that a column shows, its version and its section of the metric specification; "
        "`metrics.md` beside this page defines each.\n",
    ]
    for audience in ("published", "restricted"):
        chosen = [table for table in tables if table.audience == audience]
        if chosen:
            parts.append(f"## {audience.capitalize()} tables\n")
            parts += [_section(table, registry) for table in sorted(chosen, key=lambda table: table.name)]
    parts.append("## Reasons of withheld values\n")
    parts.append("| suppression_reason | meaning |\n| --- | --- |")
    parts += [f"| `{reason}` | {meaning} |" for reason, meaning in REASONS.items()]
    return "\n".join(parts) + "\n"


def _section(table: PublishedTable, registry: Registry) -> str:
    lines = [f"### {table.name}\n", f"{_cell(table.description)}\n"]
    if table.grain:
        lines.append(f"Grain: {table.grain}.\n")
    if table.rule is not None:
        lines.append(
            f"Protected with `{table.rule.threshold}` on `{table.rule.population}`; never withheld: "
            f"{', '.join(f'`{key}`' for key in table.rule.keys)}.\n"
        )
    lines.append("| column | meaning | metric |\n| --- | --- | --- |")
    for name, description in table.columns.items():
        metrics = ", ".join(
            f"{metric.name} v{metric.version} ({metric.source})"
            for metric in registry.of_column(table.name, name)
        )
        lines.append(f"| `{name}` | {_cell(description)} | {metrics} |")
        if table.rule is not None and name in table.rule.numerators:
            lines.append(f"| `{name}_band` | Where `{name}` is withheld: the band that holds it. | |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
