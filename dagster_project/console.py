"""The terminal: one console, one way to fail."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def fail(message: str, code: int = 1) -> NoReturn:
    """Print what is wrong, line by line, and leave with a non-zero exit code."""
    for line in message.splitlines():
        errors.print(f"[red]✗[/red] {_escaped(line)}", soft_wrap=True)
    raise typer.Exit(code)


def bad(message: str) -> None:
    """One line of what is wrong."""
    errors.print(f"[red]✗[/red] {_escaped(message)}", soft_wrap=True)


def note(message: str) -> None:
    """One calm line."""
    console.print(_escaped(message), soft_wrap=True)


def good(message: str) -> None:
    """One line of good news."""
    console.print(f"[green]✓[/green] {_escaped(message)}", soft_wrap=True)


def warn(message: str) -> None:
    """One line that deserves a look."""
    console.print(f"[yellow]![/yellow] {_escaped(message)}", soft_wrap=True)


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")
