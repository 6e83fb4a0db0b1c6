"""`kithwork quarantine`: what could not be read, counted for everybody, shown to whoever may see it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.commands.writing import existing_warehouse, locked, locked_warehouse, told
from dagster_project.console import console, good, note, warn

app = typer.Typer(no_args_is_help=True, help="Count rows that could not be read; show their originals.")

_MOST_CHARACTERS = 2_000
"""Characters shown of one original; a broken day file may hold millions."""


@app.command("list")
def list_quarantine(config: ConfigOption = None) -> None:
    """Count by source, table and reason what could not be read; no original is shown."""
    from rich.table import Table

    from assets.extract.quarantined import counts, unreadable_units

    warehouse = existing_warehouse(checked_settings(config))
    with told(), locked(warehouse.root, "kithwork quarantine list"):
        found = counts(warehouse)
        unreadable = unreadable_units(warehouse)
    if not found and not unreadable:
        good("nothing is in quarantine: every row of every file could be read")
        return
    table = Table("rows", "source", "table", "reason", "what was expected", box=None, pad_edge=False)
    table.columns[0].justify = "right"
    for one in found:
        cells = (f"{one.n_rows:,}", one.source, one.target_table, one.reason, one.detail or "")
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    if found:
        console.print(table)
    for unit in unreadable:
        warn(f"{unit.source}: unit {unit.unit[:12]} as a whole ({unit.reason}): {unit.message}")
    note("`kithwork quarantine show` shows the originals, to whoever may see them")


@app.command("show")
def show(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only this reason, as `list` names it.")] = None,
    unit: Annotated[str | None, typer.Option(help="Only this landing unit: the start of its hash.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows shown at most.")] = 20,
    full: Annotated[bool, typer.Option("--full", help="Show long originals to their end.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show originals from the vault. They hold names, addresses and texts: mind who can see the screen."""
    from assets.extract.quarantined import rows, unreadable_units
    from assets.identity import vault

    settings = checked_settings(config)
    n_shown, n_all = 0, 0
    with locked_warehouse(settings, "kithwork quarantine show") as warehouse:
        chosen, n_all = rows(warehouse, source=source, reason=reason, unit=unit, limit=limit)
        whole = [
            one
            for one in unreadable_units(warehouse)
            if (source is None or one.source == source)
            and (reason is None or one.reason == reason)
            and (unit is None or one.unit.startswith(unit))
        ]
        if (chosen or whole) and vault.exists(warehouse.vault):
            with vault.opened(warehouse.vault, None) as opened:
                for row in chosen:
                    path = opened.landing_path(row.source, row.unit)
                    _tell(f"{row.source}, unit {row.unit[:12]}, {row.position}: {row.reason}", path)
                    _tell_original(row.detail, row.original_id and opened.original(row.original_id), full)
                    n_shown += 1
                for one in whole:
                    path = opened.landing_path(one.source, one.unit)
                    _tell(f"{one.source}, unit {one.unit[:12]} as a whole: {one.reason}", path)
                    typer.echo(f"  {visible(one.message)}")
    if not n_all and not whole:
        good("nothing of that kind is in quarantine")
    elif n_all > n_shown:
        note(f"{n_shown:,} of {n_all:,} rows shown; --limit shows more")


def _tell(headline: str, path: str | None) -> None:
    typer.echo(headline + (f"  ({visible(Path(path).name)})" if path else ""))


def _tell_original(detail: str | None, original: str | None, full: bool) -> None:
    if detail:
        typer.echo(f"  expected: {visible(detail.removeprefix('expected '))}")
    if original is None:
        typer.echo("  original: not kept")
        return
    shown = original if full else original[:_MOST_CHARACTERS]
    typer.echo(f"  original: {visible(shown)}")
    if len(shown) < len(original):
        typer.echo(f"  … {len(original) - len(shown):,} more characters; --full shows them")


def visible(text: str) -> str:
    """``text`` with control characters written out: an export must not steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
