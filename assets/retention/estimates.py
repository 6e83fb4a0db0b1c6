"""One estimated ratio with its interval, what it rests on, or why there is none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from assets.outcomes.retention import MINIMUM_EXPECTED_EVENTS
from assets.retention.person_months import PersonMonths
from assets.statistics.clustered import ClusteredFit, Flags, Ints
from assets.statistics.columns import interval_fields
from assets.statistics.estimability import NotEstimableError

SCHEMA: Final = pa.schema(
    [
        pa.field("question", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("term", pa.string(), nullable=False),
        pa.field("n_persons", pa.int64(), nullable=False),
        pa.field("n_events", pa.int64(), nullable=False),
        pa.field("person_years", pa.float64(), nullable=False),
        pa.field("expected_events", pa.float64()),
        *interval_fields("ratio"),
        pa.field("p_value", pa.float64()),
        pa.field("n_teams", pa.int64()),
        pa.field("covariates", pa.string()),
        pa.field("reason", pa.string()),
    ]
)
"""Columns of ``outcomes.retention_estimates``."""

FEWEST_EVENTS: Final = 3
"""Events that each arm of a published ratio has: counts of 0 to 2 are one band (P29)."""


@dataclass(frozen=True)
class Estimate:
    """A ratio of hazards (or of odds, for the weighted model). Every number is None with a reason."""

    method: str
    term: str
    n_persons: int = 0
    """Distinct persons of the smaller arm."""
    n_events: int = 0
    """Events of both arms."""
    person_years: float = 0.0
    expected_events: float | None = None
    """Of the arm that expects fewer if both had the same rate; None for a dose."""
    fewest_events: int | None = None
    """Of the arm that had fewer; None where there are no arms."""
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    n_teams: int | None = None
    covariates: str | None = None
    reason: str | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % limits."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    def row(self, question: str) -> dict[str, object]:
        """A row of ``SCHEMA``."""
        return {
            "question": question,
            "method": self.method,
            "term": self.term,
            "n_persons": self.n_persons,
            "n_events": self.n_events,
            "person_years": self.person_years,
            "expected_events": self.expected_events,
            "ratio": self.ratio,
            "ratio_ci_low": self.low,
            "ratio_ci_high": self.high,
            "p_value": self.p_value,
            "n_teams": self.n_teams,
            "covariates": self.covariates,
            "reason": self.reason,
        }


def basis(method: str, term: str, rows: PersonMonths, arm: Ints, outcome: Flags) -> Estimate:
    """What a comparison of ``arm`` 1 with ``arm`` 0 rests on, without a number yet.

    ``arm`` has shape (rows,); other values belong to neither.
    """
    compared = (arm == 0) | (arm == 1)
    years = np.array([float(rows.years[arm == side].sum()) for side in (0, 1)])
    events = int(outcome[compared].sum())
    total = float(years.sum())
    return Estimate(
        method,
        term,
        n_persons=min(len(np.unique(rows.person[arm == side])) for side in (0, 1)),
        n_events=events,
        person_years=total,
        expected_events=events * float(years.min()) / total if total else None,
        fewest_events=min(int(outcome[arm == side].sum()) for side in (0, 1)),
    )


def refuse_few(found: Estimate) -> None:
    """Raise ``NotEstimableError`` unless both arms expect enough events (H9, P22)."""
    if found.n_events == 0:
        raise NotEstimableError("no_events")
    if found.n_persons == 0:
        raise NotEstimableError("no_exposure_contrast")
    if found.expected_events is not None and found.expected_events < MINIMUM_EXPECTED_EVENTS:
        raise NotEstimableError("too_few_expected_events")


def with_ratio(found: Estimate, fit: ClusteredFit, which: int, covariates: str) -> Estimate:
    """The estimate with coefficient ``which`` of a fit as a ratio.

    Without a ratio where an arm had fewer than three events: it would tell the count (P29). The
    gate before the fit looks at expected events only, for observed ones select on the outcome.
    """
    if found.fewest_events is not None and found.fewest_events < FEWEST_EVENTS:
        return replace(found, covariates=covariates, reason="few_events_in_one_group")
    low, high = fit.interval(which)
    return replace(
        found,
        ratio=math.exp(float(fit.coefficients[which])),
        low=math.exp(low),
        high=math.exp(high),
        p_value=fit.p_value(which),
        n_teams=fit.n_clusters,
        covariates=covariates,
    )


def or_reason(found: Estimate, estimate: Callable[[], Estimate]) -> Estimate:
    """The result of ``estimate``, or ``found`` with the reason why there is none."""
    try:
        return estimate()
    except NotEstimableError as error:
        return replace(found, reason=error.reason)
