"""`kithwork doctor`: everything that a build needs, checked and explained, nothing changed."""

from __future__ import annotations

import typer

from dagster_project.commands.options import ConfigOption
from dagster_project.console import bad, errors, good, note, warn
from dagster_project.settings import SettingsError, default_settings_file, load


def doctor(config: ConfigOption = None) -> None:
    """Check settings, files, permissions, key and versions. Exit code 1 if a build cannot succeed."""
    from dagster_project.readiness import findings, versions

    file = (config or default_settings_file()).resolve()
    found = [*versions()]
    try:
        settings = load(file)
    except SettingsError as error:
        for finding in found:
            _tell(finding.status, finding.text, finding.remedy)
        for line in str(error).splitlines():
            bad(line)
        errors.print("Not ready: nothing else can be checked before the settings are right.")
        raise typer.Exit(1) from None
    _tell("good", f"settings: {file}")
    n_failed, n_warned = 0, 0
    for finding in [*found, *findings(settings)]:
        _tell(finding.status, finding.text, finding.remedy)
        n_failed += finding.status == "fail"
        n_warned += finding.status == "warn"
    if n_failed:
        errors.print(f"Not ready: {n_failed} problem(s) to solve first.")
        raise typer.Exit(1)
    note(f"Ready{f', with {n_warned} thing(s) to look at' if n_warned else ''}: kithwork build")


def _tell(status: str, text: str, remedy: str = "") -> None:
    say = {"good": good, "warn": warn, "fail": bad}[status]
    first, *more = text.splitlines()
    say(f"{first}; {remedy}" if remedy and not more else first)
    for line in more:
        say(line)
