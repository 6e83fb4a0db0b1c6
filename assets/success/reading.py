"""An association as a sentence that claims no more than it shows."""

from __future__ import annotations

from assets.success.association import DISCOVERY, REASONS, Association
from assets.success.drivers import DRIVERS


def association_reading(
    one: Association, q: float | None, n_tests: int, unit: str | None, higher_is_better: bool | None
) -> str:
    """One row in plain words: what goes with what, how sure, and that it is no proof."""
    words = DRIVERS[one.driver].words
    months = "1 month" if one.lag == 1 else f"{one.lag} months"
    if one.estimate is None or one.standardised is None or q is None:
        why = REASONS[one.reason or "no_variation"]
        return f"{one.metric} and {words} {months} before: not estimated; {why}."
    if q >= DISCOVERY:
        return (
            f"{one.metric} and {words} {months} before: no association that stands out among {n_tests} tests "
            f"(q = {q:.2f})."
        )
    direction = "higher" if one.estimate > 0 else "lower"
    step = DRIVERS[one.driver].step
    size = (
        f"{abs(one.estimate):.3g}{f' {unit}' if unit else ''} {direction} with {step}"
        if step
        else f"{abs(one.standardised):.2f} standard deviations {direction} with one more of {words}"
    )
    # the interval is in the unit of the estimate before it
    low, high = (one.low, one.high) if step else (one.standardised_low, one.standardised_high)
    good = "" if higher_is_better is None else _judged(one.estimate, higher_is_better)
    return (
        f"{one.metric} is {size}, {months} later{good} (95 % {_limit(low)} to {_limit(high)}, "
        f"{_q_text(q)} over {n_tests} tests, {one.n_units} units, {one.n_periods} periods). "
        "Associated within units over time; not shown to be caused by it."
    )


def _limit(value: float | None) -> str:
    return "unbounded" if value is None else f"{value:.3g}"


def _q_text(q: float) -> str:
    return "q below 0.001" if q < 0.001 else f"q = {q:.3f}"


def _judged(estimate: float, higher_is_better: bool) -> str:
    return ", for the better" if (estimate > 0) == higher_is_better else ", for the worse"
