"""What a build found, on one screen: read from the published version, as every reader could.

Only with ``restricted`` are single people named, by pseudonym, from the restricted file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import duckdb
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from assets.publish.version import current_version
from assets.wording import percent

if TYPE_CHECKING:
    from pathlib import Path

    from assets.layout import Warehouse
    from dagster_project.settings import Settings

_PARTICIPATION = """
    select month_start, n_population, participation_rate, participation_ci_low, participation_ci_high,
        contributions_per_20_days, is_final, suppression_reason
    from fct_participation_org_month where org_unit_key = 0 order by month_start
"""
_RETENTION = """
    select lag_months, is_headline, rate_engaged, rate_not_engaged, rate_ratio, rate_ratio_ci_low,
        rate_ratio_ci_high, n_events_engaged, n_events_not_engaged, is_publishable, reading,
        raw_retention_gap, suppression_reason
    from fct_retention_by_engagement where sample = 'common' order by lag_months
"""
_UNITS = """
    select units.path_text, network.n_population, network.n_hubs, network.n_hubs_band,
        network.n_brokers, network.n_brokers_band, network.ei_excess, network.ei_p_value,
        network.share_without_external, network.silo_flag, network.suppression_reason
    from fct_org_network_month as network
    inner join dim_org_unit as units using (org_unit_key)
    where network.org_unit_key != 0
        and network.month_start = (select max(month_start) from fct_org_network_month where is_final)
    order by network.silo_flag desc nulls last, units.path_text
"""
_PEOPLE = """
    select people.person_id, network.strength_in, network.betweenness, network.constraint_wholenet
    from fct_person_network_month as network
    inner join dim_person as people using (person_key)
    where network.month_start = (select max(month_start) from fct_org_network_month where is_final)
        and network.is_measured
    order by {order} desc nulls last, people.person_id limit 5
"""

BAR = 20
"""Blocks of a share of 100 %."""


def print_summary(
    console: Console, settings: Settings, warehouse: Warehouse, *, restricted: bool = False
) -> None:
    """Print the findings of the current version; a version must be published."""
    folder = warehouse.published / "current"
    with duckdb.connect(str(folder / "kithwork.duckdb"), read_only=True) as connection:
        _print_participation(console, _rows(connection, _PARTICIPATION))
        _print_retention(console, _rows(connection, _RETENTION))
        _print_units(console, _rows(connection, _UNITS), settings.privacy.k_view)
    if restricted:
        _print_people(console, warehouse.restricted / "current" / "kithwork_restricted.duckdb")
    _print_manifest(console, warehouse, json.loads((folder / "manifest.json").read_text(encoding="utf-8")))


def _print_participation(console: Console, rows: list[dict[str, Any]]) -> None:
    """A line per quarter's end and the last month; the whole curve is in the mart."""
    _heading(console, "Participation", "share of eligible people with a visible contribution in the month")
    shown = [row for row in rows if row["participation_rate"] is not None]
    if not shown:
        reasons = sorted({row["suppression_reason"] or "not observed" for row in rows})
        console.print(f"  no figure: {', '.join(reasons)}")
        return
    table = _grid("month", ">people", ">share", "", ">95 % interval", ">contributions*")
    final = [row for row in shown if row["is_final"]] or shown
    picked = [row for row in final if row["month_start"].month % 3 == 0]
    picked += [] if final[-1] in picked else [final[-1]]
    for row in picked:
        table.add_row(
            f"{row['month_start']:%Y-%m}",
            f"{row['n_population']:,}",
            percent(row["participation_rate"]),
            "█" * round(BAR * row["participation_rate"]),
            _interval(row["participation_ci_low"], row["participation_ci_high"]),
            _decimal(row["contributions_per_20_days"], 1),
        )
    console.print(Padding(table, (0, 0, 0, 2)))
    console.print(Padding("*per person and 20 eligible workdays", (0, 4), style="dim"))


def _print_retention(console: Console, rows: list[dict[str, Any]]) -> None:
    _heading(console, "Turnover", "voluntary exits per 100 person-years, by engagement some months before")
    shown = [row for row in rows if row["rate_engaged"] is not None and row["rate_not_engaged"] is not None]
    if not shown:
        reasons = sorted({row["suppression_reason"] or "too few exits or no dates" for row in rows})
        console.print(f"  no figure: {', '.join(reasons) or 'no employment dates'}")
        return
    table = _grid(">lag", ">engaged", ">not engaged", ">ratio", ">95 % interval", "")
    for row in shown:
        table.add_row(
            f"{row['lag_months']} mo",
            _decimal(row["rate_engaged"], 1),
            _decimal(row["rate_not_engaged"], 1),
            _decimal(row["rate_ratio"], 2),
            _range(row["rate_ratio_ci_low"], row["rate_ratio_ci_high"]),
            "← the figure to read" if row["is_headline"] else "",
        )
    console.print(Padding(table, (0, 0, 0, 2)))
    headline = next((row for row in shown if row["is_headline"]), shown[-1])
    console.print(Padding(headline["reading"], (0, 4), style="italic"))


def _print_units(console: Console, rows: list[dict[str, Any]], k_view: int) -> None:
    _heading(console, "Network", "last final month: hubs and brokers per unit, and who keeps to themselves")
    shown = [row for row in rows if row["ei_excess"] is not None]
    if not shown:
        console.print(f"  no unit with enough people and ties (at least {k_view} and 30)")
        return
    table = _grid("unit", ">people", ">hubs", ">brokers", ">E-I", ">within", "")
    for row in shown:
        table.add_row(
            _short(row["path_text"]),
            f"{row['n_population']:,}",
            _count(row["n_hubs"], row["n_hubs_band"]),
            _count(row["n_brokers"], row["n_brokers_band"]),
            "–" if row["ei_excess"] is None else f"{row['ei_excess']:+.2f}",
            percent(row["share_without_external"]),
            "[yellow]silo[/yellow]" if row["silo_flag"] else "",
        )
    console.print(Padding(table, (0, 0, 0, 2)))
    console.print(
        Padding(
            "E-I: outside minus inside ties, compared with chance (0). within: people whose ties all "
            "stay in their unit. 0-2: a small count, withheld.",
            (0, 4),
            style="dim",
        )
    )
    hidden = len(rows) - len(shown)
    if hidden:
        console.print(f"  {hidden} more units are too small to be shown")


def _print_people(console: Console, file: Path) -> None:
    _heading(console, "People", "restricted: pseudonyms of the last final month's hubs and brokers")
    with duckdb.connect(str(file), read_only=True) as connection:
        hubs = _rows(connection, _PEOPLE.format(order="network.strength_in"))
        brokers = _rows(connection, _PEOPLE.format(order="network.betweenness"))
    table = _grid("most sought", ">strength in", "between others", ">betweenness", ">constraint")
    for hub, broker in zip(hubs, brokers, strict=True):
        table.add_row(
            hub["person_id"][:12],
            _decimal(hub["strength_in"], 1),
            broker["person_id"][:12],
            _decimal(broker["betweenness"], 4),
            _decimal(broker["constraint_wholenet"], 2),
        )
    console.print(Padding(table, (0, 0, 0, 2)))


def _print_manifest(console: Console, warehouse: Warehouse, manifest: dict[str, Any]) -> None:
    from assets.extract import ledger

    _heading(console, "Quality", "what was checked, withheld and put aside")
    counts: dict[str, int] = {}
    for check in manifest["checks"]:
        counts[check["status"]] = counts.get(check["status"], 0) + 1
    checks = ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in sorted(counts.items()))
    with ledger.opened(warehouse.ledger) as book:
        put_aside = {entry.source: 0 for entry in book.units()}
        for entry in book.units():
            put_aside[entry.source] += entry.n_quarantined
    listed = ", ".join(f"{source} {n:,}" for source, n in sorted(put_aside.items()) if n)
    console.print(f"  checks        {checks}")
    console.print(f"  quarantined   {listed or 'nothing'}")
    console.print(f"  published     {current_version(warehouse.root)}, {len(manifest['tables'])} tables")


def _heading(console: Console, title: str, explanation: str) -> None:
    console.print(f"\n[bold]{title}[/bold] [dim]{explanation}[/dim]")


def _grid(*columns: str) -> Table:
    """A borderless table; a column that begins with '>' is set to the right."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        justify: Literal["left", "right"] = "right" if column.startswith(">") else "left"
        table.add_column(column.removeprefix(">"), justify=justify, no_wrap=True)
    return table


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.execute(query).to_arrow_table().to_pylist()
    return rows


def _count(value: int | None, band: str | None) -> str:
    return f"{value:,}" if value is not None else band or "–"


def _decimal(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _short(path: str, width: int = 34) -> str:
    """The end of a unit's path, which tells more than its beginning; whole names where they fit."""
    names = path.split(" > ")
    while len(path) > width and len(names) > 1:
        names = names[1:]
        path = " > ".join(["…", *names])
    return path if len(path) <= width else path[: width - 1] + "…"


def _range(low: float | None, high: float | None) -> str:
    return "–" if low is None else f"{low:.2f} to {'∞' if high is None else f'{high:.2f}'}"


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{100 * low:.0f} to {100 * high:.0f} %"
