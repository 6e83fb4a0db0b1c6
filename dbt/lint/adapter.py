"""Stands in for dbt's ``adapter`` while sqlfluff renders a model without dbt."""

from collections.abc import Callable


def dispatch(macro: str, package: str = "") -> Callable[..., str]:
    """A macro that differs between engines is shown to the linter as a plain function call."""
    return lambda *arguments: f"{macro}({', '.join(str(argument) for argument in arguments)})"
