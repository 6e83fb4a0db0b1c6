"""Marginal structural model of leaving: confounders that earlier engagement may itself have changed.

Stabilised weights of treatment and of censoring (metric specification P24; Robins, Hernán and
Brumback 2000): each month counts by how likely its exposure history was given the person's first
state, over how likely it was given the changing covariates too. Promotion, a new manager or a
transfer may follow from engagement and lead to leaving; adjusting for them would take a part of
the association away, leaving them out would leave confounding in. The weighted model does neither,
if every common cause is measured. Pooled logistic regression, errors clustered by team.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from assets.retention.covariates import Columns, design, independent, indicators, team_attrition
from assets.retention.estimates import Estimate, basis, refuse_few, with_ratio
from assets.retention.person_months import UNOBSERVED, Factor, PersonMonths
from assets.statistics.binary_regression import fit, probabilities
from assets.statistics.clustered import Flags, Floats, Ints
from assets.statistics.estimability import NotEstimableError

TRUNCATION: Final = (1.0, 99.0)
"""Percentiles at which the pooled cumulative weights are cut."""
MEAN_RANGE: Final = (0.9, 1.1)
MINIMUM_CENSORED: Final = 10
CHANGING: Final = ("level", "location", "job_family", "is_part_time")
"""Whether it differs from the first month; new managers and the growth of the team come on top."""


@dataclass(frozen=True)
class Weights:
    """How the weights are distributed: before truncation, their mean after it too."""

    mean: float
    minimum: float
    percentile_1: float
    median: float
    percentile_99: float
    maximum: float
    truncated_mean: float


@dataclass(frozen=True)
class MarginalStructural:
    """The weighted ratio and the weights behind it; ``weights`` is None if they could not be made."""

    estimate: Estimate
    weights: Weights | None


def marginal_structural(rows: PersonMonths) -> MarginalStructural:
    """The ratio of odds of leaving in a month (at monthly rates nearly that of hazards).

    Each employment is followed from its first month at risk while its exposure is known; a month
    without known exposure, or an exit that is not voluntary, censors it.
    """
    followed = rows.where(_is_followed(rows))
    found = basis("marginal_structural", "engaged", followed, followed.exposure, followed.event)
    weights = None
    try:
        refuse_few(found)
        raw = stabilised_weights(followed, _is_censored(rows)[_is_followed(rows)])
        low, high = np.percentile(raw, TRUNCATION)
        used = np.clip(raw, low, high)
        weights = Weights(
            *(float(v) for v in (raw.mean(), raw.min(), low, np.median(raw), high, raw.max(), used.mean()))
        )
        if not MEAN_RANGE[0] <= weights.mean <= MEAN_RANGE[1]:
            raise NotEstimableError("weights_not_stable", f"mean {weights.mean:.2f}")
        engaged = (followed.exposure == 1).astype(np.float64)
        columns = independent(design(_at_first(followed), {"engaged": engaged}, followed.event), n_exposure=1)
        result = fit("logit", columns.values, followed.event, followed.team, weights=used)
    except NotEstimableError as error:
        return MarginalStructural(replace(found, reason=error.reason), weights)
    return MarginalStructural(with_ratio(found, result, 1, columns.covariates), weights)


def stabilised_weights(rows: PersonMonths, is_censored: Flags) -> Floats:
    """Cumulative weight (rows,) of each month; ``rows`` hold known exposures only, without gaps.

    ``is_censored`` (rows,) marks the last month seen of a follow-up that ended without a
    voluntary exit before the data did.
    """
    first = _starts(rows)
    past = np.where(first, 0.0, np.roll(rows.exposure, 1).astype(np.float64))
    history = {"is_first": first.astype(np.float64), "past": past}
    engaged = rows.exposure == 1
    p_base, p_full = _two_models(rows, history, engaged)
    ratio = np.where(engaged, p_base / p_full, (1 - p_base) / (1 - p_full))
    if int(is_censored.sum()) >= MINIMUM_CENSORED:
        c_base, c_full = _two_models(rows, {"engaged": engaged.astype(np.float64)}, is_censored)
        stays = (1 - c_base) / (1 - c_full)
        # staying through a month weighs the months after it
        ratio = ratio * np.where(first, 1.0, np.roll(stays, 1))
    return _cumulated(np.log(ratio), first)


def _two_models(rows: PersonMonths, terms: dict[str, Floats], outcome: Flags) -> tuple[Floats, Floats]:
    """Fitted probabilities given the first state, and given the changing covariates as well."""
    varying = {name: v for name, v in terms.items() if float(v.min()) < float(v.max())}
    if not varying:
        varying = {"engaged": np.zeros(len(rows))}
    columns = _usable(_at_first(rows), varying, outcome)
    base = _fitted_probabilities(columns, rows, outcome)
    now = _changing(rows, outcome)
    if not now:
        return base, base
    joined = Columns(
        np.column_stack([columns.values, *now.values()]), (*columns.names, *now), columns.covariates
    )
    del columns
    return base, _fitted_probabilities(independent(joined, n_exposure=0), rows, outcome)


def _fitted_probabilities(columns: Columns, rows: PersonMonths, outcome: Flags) -> Floats:
    found = fit("logit", columns.values, outcome, rows.team)
    return probabilities("logit", columns.values, found.coefficients)


def _usable(rows: PersonMonths, terms: dict[str, Floats], outcome: Flags) -> Columns:
    return independent(design(rows, terms, outcome), n_exposure=0)


def _changing(rows: PersonMonths, outcome: Flags) -> dict[str, Floats]:
    """Columns of what has changed since the first month, measured before each window.

    A change that fewer than ten months with and ten without the outcome share is left out.
    """
    before = _at_first(rows)
    columns: dict[str, Floats] = {}
    for name in CHANGING:
        now, then = getattr(rows, name), getattr(before, name)
        has_changed = now.codes != then.codes if isinstance(now, Factor) else now != then
        columns |= indicators(name, Factor(has_changed.astype(np.int64), ("kept", "changed")), outcome)
    columns |= indicators(
        "has_new_manager", Factor(rows.has_new_manager.astype(np.int64), ("no", "now")), outcome
    )
    columns |= {f"{name}_now": values for name, values in team_attrition(rows, outcome).items()}
    size = np.log(rows.team_size / before.team_size)
    return columns | ({"team_growth": size} if len(size) and float(np.ptp(size)) > 0 else {})


def _at_first(rows: PersonMonths) -> PersonMonths:
    """The same months with each employment's covariates as they were in its first one."""
    start = np.maximum.accumulate(np.where(_starts(rows), np.arange(len(rows)), 0))
    frozen: dict[str, object] = {}
    for name in ("level", "location", "job_family", "age_band"):
        factor = getattr(rows, name)
        frozen[name] = Factor(factor.codes[start], factor.names)
    for name in ("team_size", "team_attrition", "is_part_time", "has_new_manager"):
        frozen[name] = getattr(rows, name)[start]
    return replace(rows, **frozen)  # type: ignore[arg-type]


def _starts(rows: PersonMonths) -> Flags:
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = rows.spell[1:] != rows.spell[:-1]
    return first


def _is_followed(rows: PersonMonths) -> Flags:
    """Months up to the first one of their employment without a known exposure."""
    if not len(rows):
        return np.zeros(0, dtype=np.bool_)
    unseen = (rows.exposure == UNOBSERVED).astype(np.int64)
    start = np.maximum.accumulate(np.where(_starts(rows), np.arange(len(rows)), 0))
    total = np.cumsum(unseen)
    return np.asarray(total - (total[start] - unseen[start]) == 0)


def _is_censored(rows: PersonMonths) -> Flags:
    """The last month before an unknown exposure, or one that ends with an exit that is not voluntary."""
    censored = rows.other_exit & ~rows.event
    same = np.zeros(len(rows), dtype=np.bool_)
    same[:-1] = rows.spell[1:] == rows.spell[:-1]
    unseen_next = np.zeros(len(rows), dtype=np.bool_)
    unseen_next[:-1] = rows.exposure[1:] == UNOBSERVED
    return np.asarray(censored | (same & unseen_next))


def _cumulated(logs: Floats, first: Flags) -> Floats:
    """Products within each employment, from logarithms in the order of months."""
    total = np.cumsum(logs)
    start = np.flatnonzero(first)
    before = np.concatenate([[0.0], total])[start]
    counts: Ints = np.diff(np.append(start, len(logs)))
    return np.asarray(np.exp(total - np.repeat(before, counts)))
