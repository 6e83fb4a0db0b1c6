"""How active each person is on each day, and who counts as engaged.

Activity of a person on a day is Poisson. Its mean is the product of latent sociability, the
confounder's effect, adoption, desk or no desk, part time, the season, the weekday, and what is
left of it after a decision to leave.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.organisation.arrays import FAR, Flags, Floats, Ints
from assets.organisation.employment import YEAR, confounder
from assets.organisation.people import Latent
from assets.organisation.period import Period, holidays_of, season_of, week_of, weekday_of
from assets.organisation.plan import Plan
from assets.organisation.roster import Roster
from assets.organisation.streams import Streams
from assets.organisation.structure import PLACES, Structure

CONFOUNDED_ACTIVITY = 0.7
"""Log activity per standard deviation of the confounder at confounding 1."""
FRONTLINE_ACTIVITY = 0.12
"""People without a desk write an eighth of what the others write."""
FRONTLINE_DIRECT = 0.7
WEEKDAY_ACTIVITY = np.array([1.05, 1.1, 1.08, 1.02, 0.75, 0.04, 0.04])
HOLIDAY_ACTIVITY = 0.06
WORKDAYS_PER_MONTH = 21.0
EXPOSURE_MONTHS = 3
CONTRIBUTING_WEEKS = 2
"""Engaged: at least two contributing weeks in the exposure window (three months)."""
OBSERVABLE_DAYS = 20
"""Below so many scheduled days present in the window, the last state is carried forward."""


@dataclass(frozen=True)
class MonthActivity:
    """One month of all spells that run in it; ``rows`` are spell numbers, days are columns."""

    month: int
    rows: Ints
    present: Flags
    """rows x days: employed and not on leave."""
    contributions: Ints
    """rows x days: visible contributions."""
    direct: Ints
    """rows x days: direct chats begun."""
    rate: Floats
    """rows: expected contributions per full working day, before weekday, season and withdrawal."""

    def row_of_person(self, roster: Roster, persons: int) -> Ints:
        """The row of each person, -1 for those who are not here this month."""
        row = np.full(persons, -1, dtype=np.int64)
        row[roster.person[self.rows]] = np.arange(len(self.rows))
        return row


def personal_rate(
    plan: Plan, structure: Structure, roster: Roster, latent: Latent, rows: Ints, day: int
) -> Floats:
    """Contributions per full working day that the person's nature and position give."""
    person = roster.person[rows]
    z = confounder(roster, day)[rows]
    tenure_months = np.maximum(day - roster.hired[rows], 0) / YEAR * 12
    settled = 1 - min(plan.confounding, 1.0) * 0.6 * np.exp(-tenure_months / 2)
    frontline = structure.team_frontline[roster.team[rows]]
    rate = plan.contributions / WORKDAYS_PER_MONTH * latent.sociability[person] * roster.fte[rows]
    strength = plan.confounding * CONFOUNDED_ACTIVITY
    # less half the variance: the mean stays, so that the volume does not depend on the strength
    rate = rate * np.exp(strength * z - strength**2 / 2) * settled
    return np.asarray(rate * np.where(frontline, FRONTLINE_ACTIVITY, 1.0))


def draw_month(
    plan: Plan, structure: Structure, streams: Streams, period: Period, month: int, roster: Roster,
    latent: Latent, absences: list[tuple[int, int, int]], boost: Floats,
) -> MonthActivity:  # fmt: skip
    """Draw one month. ``absences`` are (spell, first day, last day); ``boost`` is per person."""
    days = period.days(month)
    rows = np.flatnonzero(roster.employed_within(int(days[0]), int(days[-1]) + 1)).astype(np.int64)
    person = roster.person[rows]
    present = (roster.hired[rows, None] <= days) & (roster.exit[rows, None] >= days)
    position = {int(spell): i for i, spell in enumerate(rows)}
    for spell, begin, last in absences:
        if spell in position:
            present[position[spell]] &= (days < begin) | (days > last)
    frontline = structure.team_frontline[roster.team[rows]]
    has_account = ~(frontline & (latent.without_account[person] < plan.frontline_without_account))
    rate = personal_rate(plan, structure, roster, latent, rows, int(days[0])) * boost[person]
    shape = _shape_of_days(streams, days)[roster.place[rows]] * present * has_account[:, None]
    withdrawn = 1 - plan.withdrawal_depth * (days >= roster.decided[rows, None])
    shape = shape * withdrawn
    adopted = _adopted(period, roster, latent, rows, days)
    # one draw per spell number, so that a spell's value does not depend on who else is there
    frailty = streams.of("frailty", month).gamma(4, 0.25, int(rows.max()) + 1)[rows]
    rng = streams.of("contributions", month)
    contributions = rng.poisson(rate[:, None] * frailty[:, None] * shape * adopted)
    talk = plan.direct_sessions / WORKDAYS_PER_MONTH * np.sqrt(latent.sociability[person] * boost[person])
    talk = talk * latent.chattiness[person] * roster.fte[rows] * np.where(frontline, FRONTLINE_DIRECT, 1.0)
    direct = streams.of("direct", month).poisson(talk[:, None] * frailty[:, None] * shape)
    return MonthActivity(month, rows, present & has_account[:, None], contributions, direct, rate)


def update_engaged(roster: Roster, history: list[MonthActivity], period: Period) -> None:
    """Set each spell's exposure state from the last three months drawn; a leave keeps the old state."""
    window = history[-EXPOSURE_MONTHS:]
    first_week = int(week_of(period.bounds[[window[0].month]])[0])
    weeks = int(week_of(period.bounds[[window[-1].month + 1]])[0]) - first_week + 1
    contributing = np.zeros((len(roster), weeks), dtype=np.bool_)
    observable = np.zeros(len(roster), dtype=np.int64)
    for activity in window:
        days = period.days(activity.month)
        columns = week_of(days) - first_week
        for week in np.unique(columns):
            wrote = activity.contributions[:, columns == week].any(axis=1)
            contributing[activity.rows, week] |= wrote
        observable[activity.rows] += activity.present[:, weekday_of(days) < 5].sum(axis=1)
    state = contributing.sum(axis=1) >= CONTRIBUTING_WEEKS
    roster.engaged = np.where(observable >= OBSERVABLE_DAYS, state, roster.engaged)


def _shape_of_days(streams: Streams, days: Ints) -> Floats:
    """places x days: how a day compares with a plain working day there."""
    rng = streams.of("season", int(days[0]))
    level = season_of(days, rng) * WEEKDAY_ACTIVITY[weekday_of(days)]
    shape = np.repeat(level[None, :], len(PLACES), axis=0)
    for i, place in enumerate(PLACES):
        free = np.isin(days, holidays_of(place.country, days))
        shape[i, free] = np.minimum(shape[i, free], HOLIDAY_ACTIVITY)
    return shape


def _adopted(period: Period, roster: Roster, latent: Latent, rows: Ints, days: Ints) -> Flags:
    """rows x days: whether the person posts at all by then.

    The date does not depend on the time of hire, or adoption would confound by tenure.
    """
    person = roster.person[rows]
    begin = period.first_day + np.rint(latent.adoption[person] * 30).astype(np.int64)
    begin = np.where(latent.never_posts[person], FAR, begin)
    return np.asarray(days >= begin[:, None])
