"""Pairs of groups between which little flows, or whose flow rests on one person.

Snapshots a quarter apart share no week, so a pair that is low in all of them is no accident of one month.
The interval is the range over these quarters, no confidence interval: ties are not independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]

LITTLE: Final = 0.25
"""Flow relative to chance below which there is little."""
DEPENDENT: Final = 0.5
"""Share of the weight on one person from which a pair has a single point of failure (D5)."""
LEAST_PERSONS: Final = 3
"""Distinct persons on each side of the ties (metric specification 0.8)."""

Shown = tuple[float | None, float | None, float | None]
NOT_SHOWN: Final[Shown] = (None, None, None)


class PairRoom(NamedTuple):
    """One unordered pair. ``observed`` is the latest flow ratio or dependency, None where too few people
    stand behind it; ``low`` and ``high`` its range over the quarters; ``missing`` the weight that chance
    would add.
    """

    kind: str
    one: int
    other: int
    n_population: int
    observed: float | None
    low: float | None
    high: float | None
    missing: float


def pair_rooms(flows: pl.DataFrame, sizes: dict[int, int], months: Sequence[object]) -> list[PairRoom]:
    """All pairs with room, in every one of ``months`` (the latest last); at least two months.

    Parameters
    ----------
    flows
        month_start, from_org_unit_key, to_org_unit_key, weight, flow_ratio, bridge_dependency, n_people_from,
        n_people_to; one row per ordered pair with a tie.
    sizes
        Persons of each group that may be looked at.
    """
    if len(months) < 2:
        return []
    keys = sorted(sizes)
    quarters = [_quarter(flows.filter(pl.col("month_start") == month), keys) for month in months]
    if any(quarter is None for quarter in quarters):
        return []
    ratio, dependency, few, missing = (
        np.stack([quarter[i] for quarter in quarters if quarter is not None]) for i in range(4)
    )
    found = []
    for i, one in enumerate(keys):
        for j in range(i + 1, len(keys)):
            other = keys[j]
            size = min(sizes[one], sizes[other])
            hidden = bool(few[-1, i, j])
            if (ratio[:, i, j] < LITTLE).all():
                shown = NOT_SHOWN if hidden else _shown(ratio[:, i, j])
                found.append(PairRoom("little_flow", one, other, size, *shown, float(missing[-1, i, j])))
            elif (dependency[-2:, i, j] > DEPENDENT).all() and not few[-2:, i, j].any():
                shown = _shown(dependency[-2:, i, j])
                found.append(PairRoom("one_person", one, other, size, *shown, float(missing[-1, i, j])))
    return found


def _shown(values: Floats) -> Shown:
    last, low, high = (round(float(value), 2) for value in (values[-1], values.min(), values.max()))
    return last, low, high


def _quarter(rows: pl.DataFrame, keys: list[int]) -> tuple[Any, Any, Any, Any] | None:
    """Per pair, both directions together: ratio to chance, dependency, few persons, weight missing."""
    expected = expected_weights(rows, keys)
    if expected is None:
        return None
    n = len(keys)
    at = {key: i for i, key in enumerate(keys)}
    weight, dependency = np.zeros((n, n)), np.zeros((n, n))
    people = np.zeros((n, n))
    for row in rows.iter_rows(named=True):
        i, j = at.get(row["from_org_unit_key"]), at.get(row["to_org_unit_key"])
        if i is None or j is None:
            continue
        weight[i, j] = row["weight"]
        dependency[i, j] = row["bridge_dependency"] or 0.0
        people[i, j] = min(row["n_people_from"] or 0, row["n_people_to"] or 0)
    both, chance = weight + weight.T, expected + expected.T
    few = np.maximum(people, people.T) < LEAST_PERSONS
    return both / chance, np.maximum(dependency, dependency.T), few, np.maximum(chance - both, 0.0)


def expected_weights(rows: pl.DataFrame, keys: list[int]) -> Floats | None:
    """Weight of every ordered pair by chance, from those with a tie: weight / flow_ratio is out x in.

    None where the pairs with ties do not join all groups.
    """
    at = {key: i for i, key in enumerate(keys)}
    known = rows.filter(
        pl.col("from_org_unit_key").is_in(keys) & pl.col("to_org_unit_key").is_in(keys)
        & (pl.col("flow_ratio") > 0)
    )  # fmt: skip
    n, m = len(keys), known.height
    if not m:
        return None
    design = np.zeros((m, 2 * n))
    design[np.arange(m), [at[k] for k in known["from_org_unit_key"]]] = 1.0
    design[np.arange(m), [n + at[k] for k in known["to_org_unit_key"]]] = 1.0
    logs = np.log(known["weight"].to_numpy() / known["flow_ratio"].to_numpy())
    solution, _, rank, _ = np.linalg.lstsq(design, logs, rcond=None)
    if rank < 2 * n - 1:
        return None
    return np.asarray(np.exp(solution[:n, None] + solution[None, n:]))
