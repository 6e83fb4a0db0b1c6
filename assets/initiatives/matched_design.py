"""Matched controls for units and for persons, and whether the match is balanced. Metric specification I5.

Persons: exact on location and level; propensity from the outcome's path before the start, tenure,
age band and job family. Units: propensity from level and trend of the outcome before the start.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from assets.initiatives.estimability import NotEstimableError
from assets.initiatives.matching import (
    LARGEST_DIFFERENCE,
    Pairs,
    matched,
    paired_difference,
    standardised_difference,
)
from assets.initiatives.methods import Found, from_estimate, history
from assets.initiatives.panel import Comparison, Flags, Floats, Ints, Panel, comparison, require_months

PRE_MONTHS: Final = 6
"""Earlier values to match on: matching on the last one alone invites regression to the mean."""
RARE: Final = 10
"""An age band or job family of fewer persons counts with the commonest one."""


class Balance(NamedTuple):
    """One covariate: means of both sides and standardised differences before and after matching."""

    covariate: str
    target_mean: float
    comparison_mean: float
    difference_before: float | None
    difference_after: float | None


class Design(NamedTuple):
    """Covariates (n, k) with their names, and strata within which matching is exact."""

    names: list[str]
    x: Floats
    strata: Ints


class Matched(NamedTuple):
    """The comparison, its pairs, and the balance of every covariate."""

    compared: Comparison
    after: Flags
    pairs: Pairs
    balance: list[Balance]


def match(panel: Panel, outcome: str, attributes: pl.DataFrame | None) -> Matched:
    """Pair the targets of a panel.

    Parameters
    ----------
    attributes
        One row per person with unit_key, location, level, job_family, age_band, tenure_months, as of
        the baseline month; None where units are compared.

    Raises
    ------
    NotEstimableError
        Whatever makes matching impossible; ``pre_period_too_short`` below six months.
    """
    require_months(panel, panel.during, PRE_MONTHS)
    months = panel.before | panel.during
    compared = comparison(panel, outcome, months)
    after = panel.during[months]
    design = _of_units(compared, after) if attributes is None else _of_persons(compared, after, attributes)
    pairs = matched(design.x, compared.is_target, design.strata)
    return Matched(compared, after, pairs, _balance(design, compared.is_target, pairs))


def matched_difference(found: Matched) -> Found:
    """Difference in differences of the pairs; ``not_balanced`` if a covariate still differs by 0.1."""
    worst = max(
        (abs(b.difference_after) for b in found.balance if b.difference_after is not None), default=0.0
    )
    if worst >= LARGEST_DIFFERENCE:
        raise NotEstimableError("not_balanced", f"{worst:.2f}")
    outcome = found.compared.outcome
    changes = outcome[:, found.after].mean(axis=1) - outcome[:, ~found.after].mean(axis=1)
    estimate = paired_difference(changes, found.pairs)
    rows = np.concatenate([found.pairs.treated, found.pairs.controls])
    c = found.compared
    kept = Comparison(
        c.panel,
        c.rows[rows],
        c.outcome[rows],
        c.is_target[rows],
        c.starts[rows],
        np.ones(len(rows)),
        c.months,
    )
    return replace(
        from_estimate(estimate, kept, found.after, "paired"),
        n_target_persons=int(c.weights[found.pairs.treated].sum()),
        n_comparison_persons=int(c.weights[found.pairs.controls].sum()),
    )


def _of_units(compared: Comparison, after: Flags) -> Design:
    level, slope = history(compared.outcome[:, ~after])
    return Design(
        ["level before", "trend before"],
        np.column_stack([level, slope]),
        np.zeros(len(level), dtype=np.int64),
    )


def _of_persons(compared: Comparison, after: Flags, attributes: pl.DataFrame) -> Design:
    rows = attributes.join(
        pl.DataFrame({"unit_key": compared.panel.unit_keys[compared.rows]}), on="unit_key", how="right"
    )
    before = compared.outcome[:, ~after]
    half = before.shape[1] // 2
    names = ["earlier months", "later months", "tenure"]
    tenure = np.log1p(
        rows["tenure_months"].cast(pl.Float64).fill_null(strategy="mean").fill_null(0).to_numpy()
    )
    columns = [before[:, :half].mean(axis=1), before[:, half:].mean(axis=1), tenure]
    for attribute in ("age_band", "job_family"):
        for value, column in _indicators(rows[attribute].fill_null("unknown")):
            names.append(f"{attribute} {value}")
            columns.append(column)
    kept = [i for i, column in enumerate(columns) if np.ptp(column) > 0]
    place = rows["location"].fill_null("") + "\x00" + rows["level"].fill_null("")
    strata = place.rank("dense").cast(pl.Int64).to_numpy()
    return Design([names[i] for i in kept], np.column_stack([columns[i] for i in kept]), strata)


def _indicators(values: pl.Series) -> list[tuple[str, Floats]]:
    """0/1 columns of all values but the commonest; rare ones count with it."""
    counts = values.value_counts(sort=True).sort(["count", values.name], descending=[True, False])
    common = counts.filter(pl.col("count") >= RARE)[values.name].to_list()[1:]
    return [(str(value), (values == value).cast(pl.Float64).to_numpy()) for value in common]


def _balance(design: Design, is_target: Flags, pairs: Pairs) -> list[Balance]:
    rows = []
    for name, column in zip(design.names, design.x.T, strict=True):
        rows.append(
            Balance(
                name,
                float(column[is_target].mean()),
                float(column[~is_target].mean()),
                standardised_difference(column[is_target], column[~is_target]),
                standardised_difference(column[pairs.treated], column[pairs.controls]),
            )
        )
    return rows
