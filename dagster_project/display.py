"""The live view of a build: one line per stage with what it does, rows and elapsed time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.table import Table

from assets.progress import Step, listening


@dataclass
class _Stage:
    name: str
    started: float
    ended: float | None = None
    message: str = ""
    rows: int | None = None

    def elapsed(self, now: float) -> float:
        return (self.ended or now) - self.started


class BuildDisplay:
    """Collects steps; renders as a small table on a terminal, as plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stages: dict[str, _Stage] = {}

    def take(self, step: Step) -> None:
        """Note one step; a new stage ends the one before."""
        now = time.monotonic()
        if step.stage not in self._stages:
            self.finish(now)
            self._stages[step.stage] = _Stage(step.stage, now)
        stage = self._stages[step.stage]
        stage.ended = None
        stage.message = step.message
        stage.rows = step.rows if step.rows is not None else stage.rows

    def finish(self, now: float | None = None) -> None:
        """End the stage that is running, if one is."""
        for stage in self._stages.values():
            if stage.ended is None:
                stage.ended = time.monotonic() if now is None else now
                if not self._console.is_terminal:
                    self._console.print(_line(stage))

    def __rich__(self) -> Table:
        """The table, as of now."""
        table = Table.grid(padding=(0, 2))
        table.add_column(min_width=14)
        table.add_column(justify="right", min_width=10)
        table.add_column(justify="right", min_width=8)
        table.add_column(style="dim", no_wrap=True, overflow="ellipsis")
        now = time.monotonic()
        for stage in list(self._stages.values()):  # drawn by a thread of its own
            mark = "[green]✓[/green]" if stage.ended else "[cyan]▸[/cyan]"
            table.add_row(
                f"{mark} {stage.name}",
                "" if stage.rows is None else f"{stage.rows:,}",
                f"{stage.elapsed(now):.1f} s",
                stage.message,
            )
        return table


def _line(stage: _Stage) -> str:
    rows = "" if stage.rows is None else f"{stage.rows:>12,} rows"
    return f"  {stage.name:<16}{rows:<18}{stage.elapsed(time.monotonic()):>7.1f} s"


@contextmanager
def live(console: Console, *, quiet: bool = False) -> Iterator[BuildDisplay]:
    """Show a build's steps while the block runs; ``quiet`` collects them without drawing."""
    display = BuildDisplay(console)
    with listening(display.take):
        if quiet or not console.is_terminal:
            yield display
            display.finish()
        else:
            with Live(display, console=console, refresh_per_second=4, vertical_overflow="visible"):
                yield display
                display.finish()
