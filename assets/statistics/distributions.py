"""Quantiles and tails, from the functions behind `scipy.stats`: importing that costs a build a second."""

from __future__ import annotations

from scipy import special


def student_quantile(share: float, freedom: float) -> float:
    """The value that Student's t stays below with probability ``share``."""
    return float(special.stdtrit(freedom, share))


def student_p(statistic: float, freedom: float) -> float:
    """Two-sided p of a t statistic."""
    return float(2 * special.stdtr(freedom, -abs(statistic)))


def f_p(statistic: float, above: float, below: float) -> float:
    """Upper tail of an F statistic with so many degrees of freedom above and below the line."""
    return float(special.fdtrc(above, below, statistic))


def garwood(events: int, tail: float) -> tuple[float, float]:
    """Exact limits of a Poisson mean, ``tail`` on each side. Garwood 1936.

    >>> [round(limit, 4) for limit in garwood(4, 0.025)]
    [1.0899, 10.2416]
    """
    low = float(special.gammaincinv(events, tail)) if events else 0.0
    return low, float(special.gammaincinv(events + 1, 1 - tail))


def clopper_pearson(events: int, total: int, tail: float) -> tuple[float, float]:
    """Exact limits of a proportion, ``tail`` on each side. Clopper & Pearson 1934.

    >>> [round(limit, 4) for limit in clopper_pearson(0, 30, 0.025)]
    [0.0, 0.1157]
    """
    rest = total - events
    low = float(special.betaincinv(events, rest + 1, tail)) if events else 0.0
    return low, float(special.betaincinv(events + 1, rest, 1 - tail)) if rest else 1.0


def binomial_p(events: int, total: int, share: float) -> float:
    """Two-sided exact p: twice the smaller tail of ``events`` out of ``total``, at most 1."""
    lower = float(special.bdtr(events, total, share))
    upper = float(special.bdtrc(events - 1, total, share)) if events else 1.0
    return min(1.0, 2 * min(lower, upper))
