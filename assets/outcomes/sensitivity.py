"""How strong an unmeasured confounder would have to be to explain an association away.

The E-value of VanderWeele and Ding (2017), metric specification H7. It speaks of unmeasured
confounding only: not of withdrawal before leaving, immortal time or misclassified exposure.
"""

from __future__ import annotations

import math


def e_value(risk_ratio: float) -> float:
    """E-value of a point estimate.

    Parameters
    ----------
    risk_ratio
        A ratio of risks or rates, above 0; one below 1 is inverted first.

    Returns
    -------
    float
        At least 1; 1 means that nothing is left to explain. Infinite for a ratio of 0 or infinity.

    Raises
    ------
    ValueError
        If the ratio is negative or not a number.

    Examples
    --------
    >>> round(e_value(1.5), 4)
    2.366
    """
    if math.isnan(risk_ratio) or risk_ratio < 0:
        raise ValueError(f"a risk ratio is at least 0, got {risk_ratio}")
    if risk_ratio == 0 or math.isinf(risk_ratio):
        return math.inf
    ratio = risk_ratio if risk_ratio >= 1 else 1 / risk_ratio
    return ratio + math.sqrt(ratio * (ratio - 1))


def e_value_of_interval(low: float, high: float) -> float:
    """E-value of the confidence limit nearer to 1; 1 if the interval covers 1.

    ``high`` may be infinite (no upper bound).
    """
    if low > high:
        raise ValueError(f"an interval's lower limit {low} lies above its upper limit {high}")
    if low <= 1 <= high:
        return 1.0
    return e_value(low if low > 1 else high)


def risk_ratio_of_hazard_ratio(hazard_ratio: float, *, is_rare: bool) -> float:
    """The risk ratio to put into an E-value when a model gives a hazard ratio.

    With a rare outcome (below 15 % by the end of follow-up) the hazard ratio itself; otherwise
    the approximation ``(1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR))``.
    """
    if hazard_ratio <= 0:
        raise ValueError(f"a hazard ratio is above 0, got {hazard_ratio}")
    if is_rare:
        return hazard_ratio
    return float((1 - 0.5 ** math.sqrt(hazard_ratio)) / (1 - 0.5 ** math.sqrt(1 / hazard_ratio)))
