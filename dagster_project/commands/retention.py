"""`kithwork retention`: the retention cards, readable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from dagster_project.commands.options import ConfigOption
from dagster_project.commands.pages import opened, published_warehouse, rows_of, show, write_page

CARDS_SQL: Final = """
select cards.*, units.path_text as population_name
from fct_retention_card as cards
left join dim_org_unit as units
    on cards.dimension = 'org_unit' and cards.population = cast(units.org_unit_key as varchar)
order by all
"""
"""Cards, those of org units with the unit's name."""


def retention(
    config: ConfigOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the page (retention.md); none without it.")
    ] = None,
) -> None:
    """Whether engaged people leave less often, by every method, from the published version."""
    from assets.retention.report import report

    without = "the published version has no retention cards; build with an HR feed of the purpose retention"
    with opened(published_warehouse(config), "fct_retention_card", without) as connection:
        estimates = rows_of(connection, "select * from fct_retention_estimate order by all")
        page = report(rows_of(connection, CARDS_SQL), estimates)
    show(page)
    if out is not None:
        write_page(out, "retention.md", page)
