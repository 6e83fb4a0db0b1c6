"""`kithwork dev`: Dagster's UI on this machine, over one warehouse."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.commands.options import ConfigOption, checked_settings
from dagster_project.console import note

WORKSPACE = Path(__file__).resolve().parents[2] / "workspace.yaml"

ADVICE = "ignore:Function `dev_command` is superseded"
"""Dagster's advice to developers of Dagster projects says nothing to who opens a warehouse."""


def dev(
    config: ConfigOption = None,
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000,
) -> None:
    """Open Dagster on 127.0.0.1."""
    from assets.layout import Warehouse
    from dagster_project.instance import prepare_home
    from dagster_project.settings import SETTINGS_VARIABLE

    settings = checked_settings(config)
    prepare_home(Warehouse(settings.warehouse_path))
    os.environ[SETTINGS_VARIABLE] = str(settings.file)
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (os.environ.get("PYTHONWARNINGS"), ADVICE)))
    note(f"Dagster opens on http://127.0.0.1:{port}; stop it with Ctrl-C")
    command = [
        str(Path(sys.executable).parent / "dagster"),
        "dev",
        "--workspace",
        str(WORKSPACE),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    # A script's background job ignores Ctrl-C, and Dagster would take that for every wish to end it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(command[0], command)
