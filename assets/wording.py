"""How figures are written wherever people read them."""

from __future__ import annotations


def percent(value: float | None) -> str:
    """A share of 0 to 1 in whole per cent; a dash for NULL."""
    return "–" if value is None else f"{100 * value:.0f} %"
