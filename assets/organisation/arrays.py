"""The three kinds of array that the organisation is made of, and how groups of rows are walked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

FAR = 10_000_000
"""A day that never comes (days are counted from 1970-01-01)."""


def isin_pairs(low: Ints, high: Ints, known_low: Ints, known_high: Ints) -> Flags:
    """Which pairs ``(low, high)`` are among the known pairs."""
    width = int(max(high.max(initial=0), known_high.max(initial=0))) + 1
    return np.isin(low * width + high, known_low * width + known_high)


def iso_day(day: int) -> str:
    """A day number as ``YYYY-MM-DD``; empty where it never comes."""
    return "" if day >= FAR else str(np.datetime64(int(day), "D"))
