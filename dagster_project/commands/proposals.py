"""`kithwork proposals`: where an initiative would have most room, and how to measure it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from dagster_project.commands.options import ConfigOption
from dagster_project.commands.pages import opened, published_warehouse, rows_of, show, write_page

PROPOSALS_SQL: Final = """
select proposals.*, units.path_text as unit_name, others.path_text as other_name
from fct_initiative_proposal as proposals
left join dim_org_unit as units using (org_unit_key)
left join dim_org_unit as others on proposals.other_org_unit_key = others.org_unit_key
order by kind, unit_name, other_name
"""
"""Proposals with the names of their units."""


def proposals(
    config: ConfigOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the page (proposals.md); none without it.")
    ] = None,
) -> None:
    """Where an initiative would have most room, from the published version."""
    from assets.targeting.report import report

    without = "the published version knows no proposals; build it again with this release"
    with opened(published_warehouse(config), "fct_initiative_proposal", without) as connection:
        page = report(rows_of(connection, PROPOSALS_SQL))
    show(page)
    if out is not None:
        write_page(out, "proposals.md", page)
