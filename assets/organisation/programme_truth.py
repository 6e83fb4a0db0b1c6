"""What the programmes and the shift of the workforce really did to participation."""

from __future__ import annotations

from typing import Any

import numpy as np

from assets.organisation.arrays import Flags
from assets.organisation.employment import YEAR
from assets.organisation.history import History
from assets.organisation.hr_files import org_unit_id
from assets.organisation.period import WARM_UP
from assets.organisation.programmes import YOUNG, YOUNG_WAKE, Programme


def programme_truth(history: History, programme: Programme) -> dict[str, Any]:
    """What was done and what it changed: share of person-months in its teams that would have been silent."""
    woken, present = (
        (sum(part) for part in zip(*programme.woken.values(), strict=True)) if programme.woken else (0, 0)
    )
    label = history.period.label
    return {
        "initiative_id": programme.id,
        "assignment": programme.assignment,
        "effect": programme.effect,
        "effect_realised": woken / present if present else 0.0,
        "by_month": {label(month): n / max(1, of) for month, (n, of) in programme.woken.items()},
        "units": [org_unit_id(int(team)) for team in programme.teams],
        "kitagawa": _kitagawa(history, programme),
    }


def _kitagawa(history: History, programme: Programme) -> dict[str, float] | None:
    """Change of participation in its teams from two months before to its last month, split by age alone.

    The month right before the start is left out, as nobody knows who had heard of it. None where the mix does
    not shift, or nobody is young in one of the months.
    """
    begin, end = programme.begin - 2, programme.end - 1
    if not history.plan.mix_shift or begin < 0:
        return None
    counts = []
    for month in (begin, end):
        activity = history.activity[month]
        here = activity.present.any(axis=1) & np.isin(history.roster.team[activity.rows], programme.teams)
        young = (history.period.bounds[month] - history.roster.born[activity.rows]) / YEAR < YOUNG
        wrote = activity.contributions.sum(axis=1) > 0
        counts.append([(int((here & who).sum()), int((here & who & wrote).sum())) for who in (young, ~young)])
    if min(n for month in counts for n, _ in month) == 0:
        return None
    shares, rates = (
        np.array([[pair[0] for pair in month] for month in counts], dtype=float),
        np.array([[k / n for n, k in month] for month in counts]),
    )
    shares /= shares.sum(axis=1, keepdims=True)
    return {
        "rate_effect": float(shares.mean(axis=0) @ (rates[1] - rates[0])),
        "composition_effect": float(rates.mean(axis=0) @ (shares[1] - shares[0])),
        "share_young_before": float(shares[0, 0]),
        "share_young_after": float(shares[1, 0]),
    }


def mix_shift_truth(history: History) -> dict[str, Any] | None:
    """Share of people below the age and of these and the others who take part, by observed month."""
    if not history.plan.mix_shift:
        return None
    months = {}
    for activity in history.activity[WARM_UP:]:
        here = activity.present.any(axis=1)
        born = history.roster.born[activity.rows]
        young = (history.period.bounds[activity.month] - born) / YEAR < YOUNG
        wrote = activity.contributions.sum(axis=1) > 0
        months[history.period.label(activity.month)] = {
            "share_young": float(young[here].mean()),
            "participation_young": _share(wrote[here & young]),
            "participation_others": _share(wrote[here & ~young]),
        }
    return {"age": YOUNG, "wake": YOUNG_WAKE, "by_month": months}


def _share(flags: Flags) -> float | None:
    return float(flags.mean()) if len(flags) else None
