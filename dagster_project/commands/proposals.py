"""`kithwork proposals`: where an initiative would have most room, and how to measure it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.console import console, fail, good


def proposals(
    config: ConfigOption = None,
    out: Annotated[Path | None, typer.Option(help="Also write the page to this file.")] = None,
) -> None:
    """Where an initiative would have most room, from the published version."""
    from rich.markdown import Markdown

    from assets.layout import Warehouse
    from assets.publish.version import current_version
    from assets.targeting.report import report

    warehouse = Warehouse(checked_settings(config).warehouse_path)
    if current_version(warehouse.root) is None:
        fail("nothing is published yet; `kithwork build` publishes the first version")
    rows = _rows(warehouse.published / "current" / "kithwork.duckdb")
    if rows is None:
        fail("the published version knows no proposals; build it again with this release")
    page = report(rows)
    console.print(Markdown(page))
    if out is not None:
        try:
            out.write_text(page, encoding="utf-8")
        except OSError as error:
            fail(f"{out}: cannot write there ({error.strerror}); name another file with --out")
        good(str(out))


def _rows(database: Path) -> list[dict[str, Any]] | None:
    """Proposals with the names of their units; None where the version has no such table."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        tables = {row[0] for row in connection.execute("show tables").fetchall()}
        if "fct_initiative_proposal" not in tables:
            return None
        cursor = connection.execute(
            """
            select proposals.*, units.path_text as unit_name, others.path_text as other_name
            from fct_initiative_proposal as proposals
            left join dim_org_unit as units using (org_unit_key)
            left join dim_org_unit as others on proposals.other_org_unit_key = others.org_unit_key
            order by kind, unit_name, other_name
            """
        )
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
