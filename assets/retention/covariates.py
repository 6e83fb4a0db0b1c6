"""Which covariates a model of retention adjusts for, and the columns they become.

Three declared sets, from large to small. The largest one is used that leaves ten events for each
parameter (H6); smaller than the smallest there is no model. Categories with fewer than ten
events are put together, constant covariates left out: both without looking at the exposure.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from assets.retention.person_months import Factor, PersonMonths
from assets.statistics.clustered import SINGULAR, Flags, Floats, gram
from assets.statistics.estimability import NotEstimableError

EVENTS_PER_PARAMETER: Final = 10
MINIMUM_TEAMS: Final = 10
TEN_POINTS: Final = 0.1
TENURE_BREAKS: Final = (12, 24, 36, 60, 120)
"""Months of tenure where the baseline hazard may jump; within them it follows log tenure."""
SETS: Final[dict[str, tuple[str, ...]]] = {
    "full": (
        "tenure",
        "level",
        "location",
        "job_family",
        "age_band",
        "team_size",
        "team_attrition",
        "is_part_time",
        "has_new_manager",
        "quarter",
    ),
    "reduced": ("tenure", "level", "location", "job_family"),
    "minimal": ("log_tenure",),
}
"""Name of each set and its covariates; all but tenure and quarter are measured before the exposure."""


class Columns(NamedTuple):
    """A design matrix (rows, k), the intercept first, and its column names."""

    values: Floats
    names: tuple[str, ...]
    covariates: str
    """The set's name, or ``none``."""


def design(
    rows: PersonMonths,
    exposure: dict[str, Floats],
    outcome: Flags,
    *,
    sets: tuple[str, ...] = tuple(SETS),
    base: Mapping[str, Floats] = MappingProxyType({}),
) -> Columns:
    """Intercept, the exposure's columns, those of ``base``, then the largest set that the events allow.

    Raises
    ------
    NotEstimableError
        ``no_events``, ``too_few_events``, ``too_few_teams``.
    """
    events = int(outcome.sum())
    if events == 0:
        raise NotEstimableError("no_events")
    if len(np.unique(rows.team)) < MINIMUM_TEAMS:
        raise NotEstimableError("too_few_teams")
    for name in sets:
        columns = {**exposure, **base}
        for covariate in SETS[name]:
            columns |= _columns_of(rows, covariate, outcome)
        if events >= EVENTS_PER_PARAMETER * (len(columns) + 1):
            values = np.empty((len(rows), len(columns) + 1))
            values[:, 0] = 1.0
            for position, column in enumerate(columns.values(), start=1):
                values[:, position] = column
            return Columns(values, ("intercept", *columns), name)
    raise NotEstimableError("too_few_events")


def _columns_of(rows: PersonMonths, covariate: str, outcome: Flags) -> dict[str, Floats]:
    if covariate == "log_tenure":
        return {"log_tenure": log_tenure(rows)}
    if covariate == "tenure":
        band = np.searchsorted(TENURE_BREAKS, rows.tenure, side="right").astype(np.int64)
        bands = Factor(band, tuple(f"from_{month}" for month in (0, *TENURE_BREAKS)))
        return {"log_tenure": log_tenure(rows), **indicators("tenure", bands, outcome)}
    if covariate == "quarter":
        quarter = rows.month // 3
        first = int(quarter.min())
        names = tuple(f"{q // 4}Q{q % 4 + 1}" for q in range(first, int(quarter.max()) + 1))
        return indicators("quarter", Factor(quarter - first, names), outcome)
    if covariate == "team_size":
        return _varying("log_team_size", np.log(rows.team_size))
    if covariate == "team_attrition":
        return team_attrition(rows, outcome)
    value = getattr(rows, covariate)
    if isinstance(value, Factor):
        return indicators(covariate, value, outcome)
    return indicators(covariate, Factor(value.astype(np.int64), ("no", "yes")), outcome)


def team_attrition(rows: PersonMonths, outcome: Flags) -> dict[str, Floats]:
    """The share per ten points, and a level of its own where it is unknown.

    Unknown rows stand at the mean of the others: beside their own level that changes nothing, and
    where they are too few for one they pull in no direction.
    """
    unknown = np.isnan(rows.team_attrition)
    if unknown.all():
        return {}
    share = np.where(unknown, rows.team_attrition[~unknown].mean(), rows.team_attrition) / TEN_POINTS
    is_known = Factor(unknown.astype(np.int64), ("known", "unknown"))
    return _varying("team_attrition", share) | indicators("team_attrition", is_known, outcome)


def log_tenure(rows: PersonMonths) -> Floats:
    """Logarithm of tenure in years, shifted by one so that newcomers count."""
    return np.asarray(np.log1p(rows.tenure / 12))


def merged(factor: Factor, outcome: Flags, least: int = EVENTS_PER_PARAMETER) -> Factor:
    """Categories with fewer than ``least`` events become "other", which joins the largest if it is small.

    The same for categories where fewer than ``least`` rows are without the event.
    """
    rows = np.bincount(factor.codes, minlength=len(factor.names))
    events = np.bincount(factor.codes[outcome], minlength=len(factor.names))
    rarer = np.minimum(events, rows - events)
    kept = [i for i in np.argsort(-rows, kind="stable").tolist() if rarer[i] >= least]
    if not kept:
        return Factor(np.zeros_like(factor.codes), ("all",))
    rest = np.setdiff1d(np.arange(len(rows)), kept)
    has_other = min(int(events[rest].sum()), int((rows - events)[rest].sum())) >= least
    target = np.full(len(factor.names), len(kept) if has_other else 0, dtype=np.int64)
    target[kept] = np.arange(len(kept))
    names = tuple(factor.names[i] for i in kept)
    return Factor(target[factor.codes], (*names, "other") if has_other else names)


def indicators(name: str, factor: Factor, outcome: Flags) -> dict[str, Floats]:
    """A column per merged category but the largest one; none where there is a single one."""
    grouped = merged(factor, outcome)
    return {
        f"{name}={category}": (grouped.codes == code).astype(np.float64)
        for code, category in enumerate(grouped.names)
        if code > 0
    }


def _varying(name: str, values: Floats) -> dict[str, Floats]:
    return {name: values} if len(values) and float(values.min()) < float(values.max()) else {}


def independent(columns: Columns, n_exposure: int) -> Columns:
    """The columns without covariates that follow from the others: the exposure's ratio is the same.

    Raises ``NotEstimableError`` (``collinear``) if one of the ``n_exposure`` exposure columns, which
    come right after the intercept, follows from the covariates.
    """
    k = columns.values.shape[1]
    products = gram(columns.values)
    root = np.sqrt(np.maximum(np.diag(products), 1e-300))
    products = products / np.outer(root, root)
    order = [0, *range(1 + n_exposure, k), *range(1, 1 + n_exposure)]
    kept: list[int] = []
    for column in order:
        cross = products[np.ix_(kept, [column])]
        rest = products[column, column] - (
            float((cross.T @ np.linalg.solve(products[np.ix_(kept, kept)], cross))[0, 0]) if kept else 0.0
        )
        if rest > SINGULAR:
            kept.append(column)
        elif 1 <= column <= n_exposure:
            raise NotEstimableError("collinear")
    if len(kept) == k:
        return columns
    kept.sort()
    # by rows again: picking columns leaves them behind each other, which every later block would pay for
    values = np.ascontiguousarray(columns.values[:, kept])
    return Columns(values, tuple(columns.names[i] for i in kept), columns.covariates)
