"""Telling whoever watches a build how far it is; nobody has to watch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One message: a stage of the build, what it does now, rows so far (None: not counted)."""

    stage: str
    message: str
    rows: int | None = None


Listener = Callable[[Step], None]
_listeners: list[Listener] = []
_one_at_a_time = threading.Lock()
"""dbt reports from its worker threads; a listener need not know."""


def report(stage: str, message: str, rows: int | None = None) -> None:
    """Tell every listener; without listeners this does nothing."""
    with _one_at_a_time:
        for listener in _listeners:
            listener(Step(stage, message, rows))


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call ``listener`` with every step reported inside the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
