"""Every metric against every driver at every lag: associations, never a ranking of units.

For each cell one regression with effects of units and periods: whatever distinguishes a unit for good, and
whatever a month brings to all, is out. At least 30 units: error clustered by unit, t(G-1). Fewer: the units'
labels are permuted. One family, all tests counted, false discovery rate by Benjamini and Hochberg.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from assets.statistics.false_discovery import q_values
from assets.success.drivers import DRIVERS, LAGS
from assets.success.label_permutation import permuted, rectangle
from assets.success.panel import Floats, MetricPanel, lagged
from assets.success.two_way import NoVariationError, TwoWayFit, two_way_fit

MINIMUM_UNITS: Final = 8
"""Fewer units: six units have only 720 orders, and one odd unit makes the result."""
MINIMUM_PERIODS: Final = 6
FEW_UNITS: Final = 30
"""Below so many units the clustered error is too small (metric specification I4)."""
DISCOVERY: Final = 0.05

REASONS: Final = {
    "purpose_not_allowed": "the source of the metric has no permission to be joined with this driver",
    "driver_not_measured": "no source measures the driver in these units",
    "too_few_units": f"fewer than {MINIMUM_UNITS} units have metric and driver",
    "too_few_periods": f"fewer than {MINIMUM_PERIODS} periods have metric and driver",
    "too_few_units_together": (
        f"fewer than {MINIMUM_UNITS} units have both without a gap over {MINIMUM_PERIODS} periods, "
        "and with fewer than 30 units gaps are not allowed"
    ),
    "no_variation": "metric or driver does not vary beyond what units and months explain",
    "no_units": "no value belongs to a unit of the organisation that is large enough",
}
"""Why there is no estimate."""


@dataclass(frozen=True)
class Association:
    """One metric, driver and lag. All numbers None where ``reason`` says why.

    ``estimate``: change of the metric per unit of the driver; ``standardised``: the same in standard
    deviations within units and months, both ways.
    """

    metric: str
    entity_type: str
    driver: str
    lag: int
    n_persons: int
    reason: str | None = None
    inference: str | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    standardised: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None
    p_value: float | None = None
    p_value_clustered: float | None = None
    n_units: int | None = None
    n_periods: int | None = None
    n_cells: int | None = None


def associations(panels: Sequence[MetricPanel]) -> list[Association]:
    """All metrics x drivers x lags, in this order; ``q`` comes from ``family_q`` over all of them."""
    return [
        associate(panel, driver, lag) for panel in panels for driver in DRIVERS for lag in LAGS
    ]  # fmt: skip


def family_q(found: Sequence[Association]) -> list[float | None]:
    """Benjamini-Hochberg over every test that was made."""
    return q_values([one.p_value for one in found])


def associate(panel: MetricPanel, driver: str, lag: int) -> Association:
    """One cell; its reason where there is no number."""
    name = (panel.metric, panel.entity_type, driver, lag, panel.n_persons)
    regressor = lagged(panel.drivers[driver], lag)
    reason = _missing(panel, driver, regressor)
    if reason:
        return Association(*name, reason=reason)
    try:
        return _estimated(name, panel.values, regressor)
    except NoVariationError:
        return Association(*name, reason="no_variation")


def _missing(panel: MetricPanel, driver: str, regressor: Floats) -> str | None:
    if DRIVERS[driver].purpose not in panel.purposes:
        return "purpose_not_allowed"
    if not len(panel.unit_keys):
        return "no_units"
    if not np.isfinite(panel.drivers[driver]).any():
        return "driver_not_measured"
    complete = np.isfinite(panel.values) & np.isfinite(regressor)
    if (complete.any(axis=1)).sum() < MINIMUM_UNITS:
        return "too_few_units"
    if (complete.sum(axis=0) >= 2).sum() < MINIMUM_PERIODS:
        return "too_few_periods"
    return None


def _estimated(name: tuple[str, str, str, int, int], outcome: Floats, regressor: Floats) -> Association:
    complete = np.isfinite(outcome) & np.isfinite(regressor)
    if complete.any(axis=1).sum() >= FEW_UNITS:
        fit = two_way_fit(outcome, regressor)
        return _answer(name, fit, fit.low, fit.high, fit.p_value, "clustered")
    inside = rectangle(complete, MINIMUM_UNITS, MINIMUM_PERIODS)
    if inside is None:
        return Association(*name, reason="too_few_units_together")
    units, periods = inside
    y, x = outcome[np.ix_(units, periods)], regressor[np.ix_(units, periods)]
    seed = zlib.crc32("|".join(map(str, name[:4])).encode())
    test = permuted(y, x, seed)
    return _answer(name, two_way_fit(y, x), test.low, test.high, test.p_value, "permutation")


def _answer(
    name: tuple[str, str, str, int, int], fit: TwoWayFit, low: float, high: float, p: float, inference: str
) -> Association:
    scale = fit.within_x / fit.within_y
    limits = [limit if math.isfinite(limit) else None for limit in (low, high)]
    standardised = [None if limit is None else limit * scale for limit in limits]
    return Association(
        *name, inference=inference, estimate=fit.estimate, low=limits[0], high=limits[1],
        standardised=fit.estimate * scale, standardised_low=standardised[0],
        standardised_high=standardised[1], p_value=p, p_value_clustered=fit.p_value, n_units=fit.n_units,
        n_periods=fit.n_periods, n_cells=fit.n_cells,
    )  # fmt: skip
