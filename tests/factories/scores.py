"""The scores of the metric specification, E1 to E3, worked out with numpy from counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "activity": {"posts": 0.3, "replies": 0.4, "active_days": 0.3},
    "reaction": {"responders": 0.6, "responded": 0.4},
    "eminence": {"appreciators": 0.5, "h_index": 0.2, "reuse": 0.3},
    "network": {"effective_size": 0.35, "diverse_ties": 0.25, "reciprocity": 0.2, "persistence": 0.2},
}
RATIOS = {"responders", "responded", "reciprocity", "persistence"}
STATES = {"effective_size", "diverse_ties"}


def mid_rank(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Percentile of each value among all of them: those below and half of the equal ones."""
    below = (values[None, :] < values[:, None]).sum(axis=1)
    equal = (values[None, :] == values[:, None]).sum(axis=1)
    return 100 * (below + 0.5 * equal) / values.size


def expected_components(
    inputs: pd.DataFrame, peers_of: Mapping[int, frozenset[int]], eligible_days: float
) -> pd.DataFrame:
    """Percentile per person and component.

    ``inputs``: person_key, component, numerator, denominator. ``peers_of``: everybody with whom a
    person is compared, the person included; all of them measured, with equal eligible days.
    """
    rows = []
    known = inputs.dropna(subset=["numerator"])
    for peers in sorted(set(peers_of.values()), key=sorted):
        for component, group in known[known["person_key"].isin(peers)].groupby("component"):
            group = group[group["denominator"] != 0] if component in RATIOS else group
            if len(group) < 5:
                continue
            rate = _rates(str(component), group, eligible_days)
            median = np.median(rate)
            if component in WEIGHTS["activity"]:
                rate = np.minimum(rate, np.quantile(rate, 0.9).round(9))
            for person, counted, percentile in zip(group["person_key"], rate, mid_rank(rate), strict=True):
                if peers_of[person] == peers:
                    rows.append((person, component, counted, median, percentile))
    return pd.DataFrame(
        rows, columns=["person_key", "component", "counted_rate", "peer_median", "percentile"]
    )


def _rates(component: str, group: pd.DataFrame, eligible_days: float) -> NDArray[np.float64]:
    made = group["numerator"].to_numpy(float)
    if component in RATIOS:
        cases = group["denominator"].to_numpy(float)
        return ((made + 10 * made.sum() / cases.sum()) / (cases + 10)).round(9)
    return (made if component in STATES else 20 * made / eligible_days).round(9)


def expected_scores(components: pd.DataFrame) -> dict[tuple[int, str], float]:
    """Weighted means of percentiles where at least 0.6 of the weight is defined."""
    found = {}
    for person, group in components.groupby("person_key"):
        percentiles = dict(zip(group["component"], group["percentile"], strict=True))
        for score, weights in WEIGHTS.items():
            defined = {c: w for c, w in weights.items() if c in percentiles}
            total = sum(defined.values())
            if total >= 0.6 - 1e-9:
                found[int(person), score] = sum(w * percentiles[c] for c, w in defined.items()) / total
    return found
