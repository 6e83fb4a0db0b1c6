"""`kithwork summary`: the findings of the current version once more."""

from __future__ import annotations

from typing import Annotated

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.console import console, fail


def summary(
    config: ConfigOption = None,
    restricted: Annotated[
        bool, typer.Option("--restricted", help="Name hubs and brokers by pseudonym.")
    ] = False,
) -> None:
    """Print what the current version found."""
    from assets.layout import Warehouse
    from assets.publish.version import current_version
    from dagster_project.summary import print_summary

    settings = checked_settings(config)
    warehouse = Warehouse(settings.warehouse_path)
    if current_version(warehouse.root) is None:
        fail("nothing is published yet; `kithwork build` publishes the first version")
    print_summary(console, settings, warehouse, restricted=restricted)
