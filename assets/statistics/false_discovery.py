"""Many tests at once: Benjamini and Hochberg (1995) over the whole family."""

from __future__ import annotations

from collections.abc import Sequence


def q_values(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values in the same order; None stays None and does not count as a test.

    A q below 0.05: of all that is called an association at this point, at most one in twenty is expected to
    be none, also where tests go together (drivers and neighbouring lags do).

    Examples
    --------
    >>> [round(q, 4) for q in q_values([0.01, 0.04, 0.03, 0.5])]
    [0.04, 0.0533, 0.0533, 0.5]
    """
    known = sorted(((p, i) for i, p in enumerate(p_values) if p is not None), reverse=True)
    adjusted: list[float | None] = [None] * len(p_values)
    reached = 1.0
    for rank, (p, i) in enumerate(known):
        reached = min(reached, p * len(known) / (len(known) - rank))
        adjusted[i] = reached
    return adjusted
