"""Probability of having resigned by a time, where people also leave for other reasons.

``1 - Kaplan-Meier`` answers another question: who would have resigned if nobody ever left for
another reason. Aalen & Johansen 1978; metric specification H5, P25.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.outcomes.survival import Lives, risk_table

Floats = npt.NDArray[np.float64]


class Incidence(NamedTuple):
    """Shares that have left, from each time on: shapes (times,). With ``staying`` they add up to 1."""

    times: Floats
    of_event: Floats
    of_competing: Floats
    staying: Floats

    def at(self, time: float) -> tuple[float, float]:
        """Shares that left by ``time``: for cause 1, and for any other."""
        before = int(np.searchsorted(self.times, time, side="right"))
        if before == 0:
            return 0.0, 0.0
        return float(self.of_event[before - 1]), float(self.of_competing[before - 1])


def aalen_johansen(lives: Lives) -> Incidence | None:
    """Cumulative incidence of cause 1 and of all other causes together; None without lives.

    Tied times stay tied: both causes are taken from the same risk set. With delayed entry the
    shares are of those who are there at the first entry.

    Examples
    --------
    >>> ends = np.array([1.0, 2, 3, 4])
    >>> found = aalen_johansen(Lives(np.zeros(4), ends, np.array([1, 2, 1, 0])))
    >>> found.of_event.tolist(), found.of_competing.tolist(), found.staying.tolist()
    ([0.25, 0.25, 0.5, 0.5], [0.0, 0.25, 0.25, 0.25], [0.75, 0.5, 0.25, 0.25])
    """
    if not len(lives):
        return None
    table = risk_table(lives)
    n = table.n_at_risk
    staying = np.cumprod((n - table.n_events - table.n_competing) / n, dtype=np.float64)
    before = np.concatenate([[1.0], staying[:-1]])
    return Incidence(
        table.times,
        np.cumsum(before * table.n_events / n),
        np.cumsum(before * table.n_competing / n),
        staying,
    )
