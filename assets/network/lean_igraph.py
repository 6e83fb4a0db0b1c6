"""igraph without its drawing backends: importing matplotlib costs a second that nothing here uses."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

_DRAWING = ("matplotlib", "cairo", "cairocffi", "plotly")


@cache
def load_igraph() -> Any:
    """The igraph module; backends that nobody has imported yet stay unknown to it."""
    hidden = [name for name in _DRAWING if name not in sys.modules and "igraph" not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import igraph
    finally:
        for name in hidden:
            del sys.modules[name]
    return igraph
