"""What the commands share: the settings file and how its problems are told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dagster_project.console import fail
from dagster_project.settings import Settings, SettingsError, default_settings_file, load

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The settings file; else $KITHWORK_CONFIG, else ./kithwork.yaml."),
]


def checked_settings(config: Path | None) -> Settings:
    """The settings, or the list of their problems and exit code 2."""
    try:
        return load((config or default_settings_file()).resolve())
    except SettingsError as error:
        fail(str(error), code=2)
