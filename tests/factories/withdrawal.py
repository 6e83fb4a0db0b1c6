"""People who go quiet before they leave: the withdrawal vector, and a simulation with a true null."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from assets.outcomes.exposure import UNOBSERVED, exposure_levels

LAGS = (0, 1, 2, 3, 6)
DAYS_PER_MONTH = 30


def withdrawal_vector_counts(lag: int) -> tuple[int, int, int, int]:
    """Exits and person-months of exposed and unexposed in the published vector (H3, P23).

    A hundred people over months 1 to 12, half of them always active; in each half five leave at
    the end of months 5, 6, 8, 9 and 11; active leavers are quiet in their last two months.
    """
    exits, months = [0, 0], [0, 0]
    for is_active in (True, False):
        for leaves in [5, 6, 8, 9, 11] + [None] * 45:
            for month in range(1, (leaves or 12) + 1):
                seen = month - lag
                is_quiet = leaves is not None and seen > leaves - 2
                exposed = int(is_active and not is_quiet)
                months[exposed] += 1
                exits[exposed] += month == leaves
    return exits[1], months[1], exits[0], months[0]


def simulated_counts(
    seed: int, *, people: int = 4000, months: int = 30, withdrawal_months: int = 3
) -> pa.Table:
    """Counts by lag as the marts give them; engagement has no effect on leaving at all.

    Everybody has a constant tendency to contribute, leaves with the same monthly probability,
    and contributes nothing in the last ``withdrawal_months`` before leaving.
    """
    random = np.random.default_rng(seed)
    tendency = random.beta(1.2, 1.2, people)
    leaves_in = np.minimum(random.geometric(0.015, people) + 9, months + 10)
    cells: dict[tuple[int, str], list[int]] = {}
    for person in range(people):
        last = min(int(leaves_in[person]), months - 1)
        weeks = random.binomial(4, tendency[person], months)
        if leaves_in[person] < months:
            weeks[max(0, last - withdrawal_months + 1) : last + 1] = 0
        window = np.convolve(weeks, np.ones(3, dtype=int))[:months]
        levels = exposure_levels(window.astype(np.int64), np.full(months, 60, dtype=np.int64))
        for month in range(9, last + 1):
            for lag in LAGS:
                level = levels[month - lag]
                name = "unobserved" if level == UNOBSERVED else ("not_engaged", "engaged")[level]
                cell = cells.setdefault((lag, name), [0, 0, 0])
                cell[0] += month == leaves_in[person]
                cell[1] += DAYS_PER_MONTH
    return pa.Table.from_pylist(
        [
            {
                "lag_months": lag,
                "exposure": exposure,
                "sample": "common",
                "n_events": n_events,
                "employed_days": days,
                "n_persons": people,
                "event_clock": "exit",
                "history_months": months,
            }
            for (lag, exposure), (n_events, days, _) in cells.items()
        ]
    )
