"""Programmes that raise participation, one that does not, and young people who need none.

All of them wake the silent: somebody who would have written nothing in a month writes once or
twice. So the effect on participation is known in points: the share of person-months woken.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from assets.organisation.arrays import Flags, Floats, Ints
from assets.organisation.employment import YEAR
from assets.organisation.engagement import MonthActivity
from assets.organisation.period import WARM_UP, Period, weekday_of
from assets.organisation.plan import Plan
from assets.organisation.roster import Roster
from assets.organisation.streams import Streams

BEGINS_AFTER = 6
"""Observed months before the working programme."""
LASTS = 6
NULL_LATER = 2
"""The programme without effect begins so many months later: enough history to match on."""
PHASE_GAP = 3
"""Months between the phases of a phased roll-out."""
YOUNG = 25.0
"""Few but trainees are younger: a wider band would undo the confounding by tenure."""
YOUNG_WAKE = 0.9
"""Share of the silent months of the young that are not silent, where the mix shifts."""
INTAKE = 0.1
"""Trainees hired at once halfway, as a share of the headcount."""
HIRED_YOUNG = 0.8
"""Share of other hires that are below the age, from a month before the working programme on: with the intake
alone the young went from 3 to 12 % of a team, and what that adds to participation was lost in the noise."""
HIRED_YOUNG_BEFORE = 0.12
"""The same until then, and of the first staff that came within the last years. Without them fewer than five
young people stood in the targeted teams before, and a comparison may not show so few apart."""


@dataclass
class Programme:
    """One initiative: its teams and whole months ``begin .. end`` (exclusive), and what it did."""

    id: str
    name: str
    assignment: str
    metric: str
    hypothesis: str
    teams: Ints
    begin: int
    end: int
    effect: float
    woken: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Month to person-months woken and person-months present, in its teams."""


def intake(plan: Plan, month: int) -> tuple[int, int]:
    """Trainees hired in a month (halfway through the observed ones), and all so far: the company grows."""
    halfway = WARM_UP + plan.months // 2
    number = round(INTAKE * plan.people) if plan.mix_shift else 0
    return (number if month == halfway else 0), (number if month >= halfway else 0)


def hired_young(plan: Plan, month: int) -> float:
    """Share of a month's hires that are young, whatever else they would have been."""
    begins = WARM_UP + min(BEGINS_AFTER, plan.months - 1) - 1
    if not plan.mix_shift:
        return 0.0
    return HIRED_YOUNG if month >= begins else HIRED_YOUNG_BEFORE


def begin_programmes(
    plan: Plan, streams: Streams, period: Period, month: int, n_teams: int, roster: Roster,
    history: list[MonthActivity], known: list[Programme],
) -> list[Programme]:  # fmt: skip
    """The programmes that are decided on in this month, from the past alone."""
    begin = WARM_UP + min(BEGINS_AFTER, plan.months - 1)
    order = streams.of("initiatives").permutation(n_teams)
    half = n_teams // 2
    if month == max(0, begin - 1):
        teams = order[:half]
        if plan.initiative_assignment == "targeted":
            teams = _quietest(np.arange(n_teams), roster, history, half)
        return _working(plan, period, begin, teams.astype(np.int64))
    later = min(begin + NULL_LATER, period.months - 1)
    if month == max(begin, later - 1):
        taken = np.concatenate([programme.teams for programme in known]) if known else order[:0]
        free = np.setdiff1d(np.arange(n_teams), taken)
        few = _quietest(free, roster, history, max(1, n_teams // 8))
        return [
            Programme("I2", "Coffee lottery", "targeted", "contribution_rate",
                      "Random pairs talk more across departments", few, later,
                      min(later + LASTS, period.months), 0.0)
        ]  # fmt: skip
    return []


def _working(plan: Plan, period: Period, begin: int, teams: Ints) -> list[Programme]:
    words = ("Working out loud", plan.initiative_assignment, "participation_rate",
             "More people contribute in teams with a coach")  # fmt: skip
    end = min(begin + LASTS, period.months)
    if plan.initiative_assignment != "phased":
        return [Programme("I1", *words, np.sort(teams), begin, end, plan.initiative_effect)]
    cut = len(teams) // 2
    second = min(begin + PHASE_GAP, period.months - 1)
    return [
        Programme("I1a", *words, np.sort(teams[:cut]), begin, end, plan.initiative_effect),
        Programme("I1b", *words, np.sort(teams[cut:]), second, end, plan.initiative_effect),
    ]


def _quietest(teams: Ints, roster: Roster, history: list[MonthActivity], number: int) -> Ints:
    """The teams where the smallest share took part last month: whoever is low by chance will rise again."""
    if not history or not len(teams):
        return np.sort(teams[:number]).astype(np.int64)
    last = history[-1]
    here = last.present.any(axis=1)
    took_part = last.contributions.sum(axis=1) > 0
    team = roster.team[last.rows]
    n = int(max(team.max(initial=0), teams.max())) + 1
    present = np.bincount(team[here], minlength=n)
    share = np.bincount(team[here & took_part], minlength=n) / np.maximum(present, 1)
    return np.sort(teams[np.argsort(share[teams], kind="stable")][:number]).astype(np.int64)


def wake(
    plan: Plan, streams: Streams, period: Period, roster: Roster, activity: MonthActivity,
    programmes: list[Programme],
) -> None:  # fmt: skip
    """Let silent people write: the young always, the teams of a programme while it runs."""
    month, days = activity.month, period.days(activity.month)
    if plan.mix_shift:
        age = (int(days[0]) - roster.born[activity.rows]) / YEAR
        _wake(streams.of("young", month), activity, days, age < YOUNG, YOUNG_WAKE)
    for number, programme in enumerate(programmes):
        if not programme.begin <= month < programme.end or programme.effect == 0:
            continue
        inside = np.isin(roster.team[activity.rows], programme.teams) & activity.present.any(axis=1)
        silent = inside & (activity.contributions.sum(axis=1) == 0)
        share = silent.sum() / max(1, inside.sum())
        chance = min(1.0, programme.effect / share) if share > 0 else 0.0
        rng = streams.of("programme", 1000 * number + month)
        woken = _wake(rng, activity, days, inside, chance)
        programme.woken[month] = (int(woken.sum()), int(inside.sum()))


def _wake(
    rng: np.random.Generator, activity: MonthActivity, days: Ints, among: Flags, chance: float
) -> Flags:
    """Who was silent and now writes on one or two working days; one draw per spell, as elsewhere."""
    n = int(activity.rows.max()) + 1
    draw: Floats = rng.random(n)[activity.rows]
    when: Floats = rng.random((n, 2))[activity.rows]
    workable = activity.present & (weekday_of(days) < 5)
    chosen = among & (activity.contributions.sum(axis=1) == 0) & workable.any(axis=1) & (draw < chance)
    for row in np.flatnonzero(chosen).tolist():
        open_days = np.flatnonzero(workable[row])
        for position in (when[row] * len(open_days)).astype(np.int64).tolist():
            activity.contributions[row, open_days[position]] = 1
    return np.asarray(chosen)
