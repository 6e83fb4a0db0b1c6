"""Adjusted hazard ratios of leaving voluntarily, at any size: discrete-time complementary log-log.

The coefficient is the log hazard ratio of a proportional hazards model whose time was cut into
months; errors are clustered by team (the manager before the exposure window). Metric
specification H6, H8, P25. Associations, never effects.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from assets.retention.covariates import SETS, Columns, design, independent, log_tenure
from assets.retention.estimates import Estimate, basis, or_reason, refuse_few, with_ratio
from assets.retention.person_months import UNOBSERVED, Factor, PersonMonths
from assets.statistics.binary_regression import fit
from assets.statistics.clustered import ClusteredFit, Flags, Floats, Ints
from assets.statistics.estimability import NotEstimableError

PERIODS: Final = {
    "tenure_below_1_year": (0, 12),
    "tenure_1_to_3_years": (12, 36),
    "tenure_3_years_on": (36, 10_000),
}
"""Terms of the period-specific ratios and their months of tenure."""
NOT_PROPORTIONAL: Final = 0.05
"""Below this p the one ratio for all tenures is not the one to read."""
MINIMUM_UNOBSERVED_EVENTS: Final = 10
ALL_ALIKE: Final = "all alike"
"""Term of the test that one ratio holds in every part."""
DOUBLING: Final = float(np.log(2))


class Proportionality(NamedTuple):
    """Test that the ratio does not change with tenure, and the ratios by tenure."""

    p_value: float | None
    reason: str | None
    by_tenure: tuple[Estimate, ...]


def adjusted(rows: PersonMonths, exposure: Ints, method: str = "adjusted") -> list[Estimate]:
    """Ratios of engaged and of unobserved against not engaged people, one model.

    Parameters
    ----------
    rows
        Person-months at risk.
    exposure
        Shape (rows,): 1, 0, or -1 where unobserved; the latter is a level of its own if it has
        at least ten events, else its rows are left out.

    Returns
    -------
    list of Estimate
        Terms ``engaged`` and ``unobserved``; NULL with a reason where a ratio does not exist.
    """
    found = basis(method, "engaged", rows, exposure, rows.event)
    unseen = exposure == UNOBSERVED
    other = basis(method, "unobserved", rows, _inside(np.abs(exposure), exposure != 1), rows.event)
    has_level = int(rows.event[unseen].sum()) >= MINIMUM_UNOBSERVED_EVENTS
    try:
        refuse_few(found)
        kept = rows if has_level else rows.where(~unseen)
        level = exposure if has_level else exposure[~unseen]
        terms = {"engaged": (level == 1).astype(np.float64)}
        if has_level:
            terms["unobserved"] = (level == UNOBSERVED).astype(np.float64)
        columns, result = fitted(kept, terms, kept.event)
    except NotEstimableError as error:
        return [replace(found, reason=error.reason), replace(other, reason=error.reason)]
    estimates = [with_ratio(found, result, 1, columns.covariates)]
    if not has_level:
        return [*estimates, replace(other, reason="too_few_events")]

    def unobserved() -> Estimate:
        refuse_few(other)
        return with_ratio(other, result, 2, columns.covariates)

    return [*estimates, or_reason(other, unobserved)]


def proportionality(rows: PersonMonths) -> Proportionality:
    """Whether the ratio is the same at all tenures (engaged times log tenure), and what it is at each."""
    rows, engaged = _observed(rows)
    found = [
        basis("by_tenure", term, rows, _inside(rows.exposure, _within(rows, months)), rows.event)
        for term, months in PERIODS.items()
    ]
    try:
        refuse_few(basis("by_tenure", "all", rows, rows.exposure, rows.event))
        time = log_tenure(rows)
        crossed = engaged * (time - time.mean())
        p_value = fitted(rows, {"engaged": engaged, "times_tenure": crossed}, rows.event)[1].p_value(2)
    except NotEstimableError as error:
        return Proportionality(None, error.reason, tuple(replace(e, reason=error.reason) for e in found))
    inside = {term: _within(rows, months) for term, months in PERIODS.items()}
    return Proportionality(p_value, None, _by_group(rows, engaged, inside, found))


def by_part(rows: PersonMonths, part: Factor, dimension: str) -> tuple[Estimate, ...]:
    """The ratio within each part of the workforce (Ballinger 2016 for levels), from one model.

    The parts have base rates of their own. The last estimate has no ratio: its ``p_value`` is that
    of all parts having the same one.
    """
    kept = rows.exposure != UNOBSERVED
    rows, engaged = _observed(rows)
    codes = part.codes[kept]
    method = f"by_{dimension}"
    found = [
        basis(method, name, rows, _inside(rows.exposure, codes == code), rows.event)
        for code, name in enumerate(part.names)
    ]
    alike = replace(basis(method, ALL_ALIKE, rows, rows.exposure, rows.event), expected_events=None)
    if len(found) < 2:
        return (replace(alike, reason="no_variation"),)
    try:
        for estimate in found:
            refuse_few(estimate)
        terms = {f"engaged in {name}": engaged * (codes == code) for code, name in enumerate(part.names)}
        base = {f"{dimension}={name}": (codes == code) * 1.0 for code, name in enumerate(part.names) if code}
        columns, result = fitted(rows, terms, rows.event, base=base)
        contrasts = np.zeros((len(found) - 1, len(result.coefficients)))
        contrasts[:, 1] = -1
        contrasts[np.arange(len(found) - 1), np.arange(2, len(found) + 1)] = 1
        p_value = result.contrasts_p_value(contrasts)
    except NotEstimableError as error:
        return tuple(replace(e, reason=error.reason) for e in (*found, alike))
    ratios = (with_ratio(e, result, 1 + i, columns.covariates) for i, e in enumerate(found))
    return (*ratios, replace(alike, p_value=p_value, n_teams=result.n_clusters))


def dose(rows: PersonMonths, values: Floats, method: str, term: str) -> Estimate:
    """The ratio per doubling of one plus an amount; rows with NaN are left out.

    ``values`` (rows,) at least 0. The months above the median amount and the others take the place
    of the two arms: where most amounts are 0 the former may be too few.
    """
    known = ~np.isnan(values)
    kept, amount = rows.where(known), np.log1p(values[known]) / DOUBLING
    upper = (amount > np.median(amount)).astype(np.int64) if len(amount) else np.zeros(0, dtype=np.int64)
    found = basis(method, term, kept, upper, kept.event)

    def estimate() -> Estimate:
        refuse_few(found)
        columns, result = fitted(kept, {term: amount}, kept.event)
        return with_ratio(replace(found, expected_events=None), result, 1, columns.covariates)

    return or_reason(found, estimate)


def negative_outcome(rows: PersonMonths) -> Estimate:
    """Engagement against exits that it cannot have prevented (H8), within locations.

    Redundancies where the data name at least ten; otherwise all involuntary exits, which
    dismissals for cause make a weaker control (``term`` says which). A ratio away from 1 says
    that engaged people differ in ways the model does not see.
    """
    rows, engaged = _observed(rows)
    has_redundancies = int(rows.redundancy.sum()) >= 10
    outcome = rows.redundancy if has_redundancies else rows.involuntary
    term = "redundancy" if has_redundancies else "involuntary"
    found = basis("negative_outcome", term, rows, rows.exposure, outcome)

    def estimate() -> Estimate:
        """The ratio within locations; refused with a reason where it cannot be fitted."""
        refuse_few(found)
        if len(np.unique(rows.location.codes)) < 2:
            sets: tuple[str, ...] = ("full", "reduced", "minimal")
        else:
            sets = ("full", "reduced")  # a smaller set would compare across locations
        columns, result = fitted(rows, {"engaged": engaged}, outcome, sets=sets)
        return with_ratio(found, result, 1, columns.covariates)

    return or_reason(found, estimate)


def fitted(
    rows: PersonMonths,
    terms: dict[str, Floats],
    outcome: Flags,
    sets: tuple[str, ...] = tuple(SETS),
    base: dict[str, Floats] | None = None,
) -> tuple[Columns, ClusteredFit]:
    """The model with the largest covariate set that the events allow; terms come after the intercept.

    ``base`` are columns that stand beside the covariates of any set.

    A month that an exit or the end of the data cut short counts with its share; an event may
    have come on any day of its month.
    """
    columns = independent(design(rows, terms, outcome, sets=sets, base=base or {}), n_exposure=len(terms))
    offset = np.where(outcome, 0.0, np.log(rows.month_share))
    return columns, fit("cloglog", columns.values, outcome, rows.team, offset=offset)


def _observed(rows: PersonMonths) -> tuple[PersonMonths, Floats]:
    kept = rows.where(rows.exposure != UNOBSERVED)
    return kept, (kept.exposure == 1).astype(np.float64)


def _within(rows: PersonMonths, months: tuple[int, int]) -> Flags:
    return np.asarray((rows.tenure >= months[0]) & (rows.tenure < months[1]))


def _inside(exposure: Ints, group: Flags) -> Ints:
    """The exposure within a group of rows, 2 (neither arm) elsewhere."""
    return np.where(group, exposure, 2).astype(np.int64)


def _by_group(
    rows: PersonMonths, engaged: Floats, inside: dict[str, Flags], found: list[Estimate]
) -> tuple[Estimate, ...]:
    """A ratio per group from one model, for the groups that are large enough."""
    estimates = {}
    sufficient = []
    for estimate in found:
        try:
            refuse_few(estimate)
            sufficient.append(estimate.term)
        except NotEstimableError as error:
            estimates[estimate.term] = replace(estimate, reason=error.reason)
    if sufficient:
        terms = {term: engaged * inside[term] for term in sufficient}
        left = ~np.logical_or.reduce([inside[term] for term in sufficient])
        if float((engaged * left).sum()) > 0:
            terms["elsewhere"] = engaged * left
        try:
            columns, result = fitted(rows, terms, rows.event)
        except NotEstimableError as error:
            return tuple(estimates.get(e.term, replace(e, reason=error.reason)) for e in found)
        for position, estimate in enumerate((e for e in found if e.term in sufficient), start=1):
            estimates[estimate.term] = with_ratio(estimate, result, position, columns.covariates)
    return tuple(estimates[estimate.term] for estimate in found)
