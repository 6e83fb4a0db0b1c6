"""The kithwork command: one function per word; heavy imports wait until a word needs them."""

from __future__ import annotations

import gc

import typer

from dagster_project.commands.backup import backup, migrate, restore
from dagster_project.commands.build import build
from dagster_project.commands.dev import dev
from dagster_project.commands.doctor import doctor
from dagster_project.commands.erase import erase
from dagster_project.commands.experts import experts
from dagster_project.commands.generate import generate
from dagster_project.commands.init import init
from dagster_project.commands.initiative import initiative
from dagster_project.commands.key import app as key
from dagster_project.commands.network import network
from dagster_project.commands.proposals import proposals
from dagster_project.commands.published import app as published
from dagster_project.commands.quarantine import app as quarantine
from dagster_project.commands.retention import retention
from dagster_project.commands.success import success
from dagster_project.commands.summary import summary

app = typer.Typer(
    name="kithwork",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="An open collaboration warehouse: engagement, network and retention facts.",
)

for command in (
    init,
    doctor,
    build,
    summary,
    experts,
    generate,
    network,
    initiative,
    success,
    retention,
    proposals,
    erase,
    backup,
    restore,
    migrate,
    dev,
):
    app.command()(command)
app.add_typer(published, name="published")
app.add_typer(quarantine, name="quarantine")
app.add_typer(key, name="key")


def main() -> None:
    """Entry point of the package."""
    try:
        app()
    finally:
        gc.freeze()  # or the interpreter walks through everything once more before it ends


if __name__ == "__main__":
    main()
