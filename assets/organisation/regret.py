"""Which resignations the employer regrets, and which of them HR wrote down: an assessment, not a cause."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from assets.organisation.arrays import Flags
from assets.organisation.history import History
from assets.organisation.period import WARM_UP
from assets.organisation.roster import VOLUNTARY
from assets.organisation.streams import Streams

LEVEL_REGRET = 0.15
"""What each level above the second adds to the chance of being regretted, as a share of it."""


class Regret(NamedTuple):
    """One value per spell."""

    is_regretted: Flags
    """The truth, of resignations; nothing else is ever regretted."""
    is_assessed: Flags
    """HR wrote it down: only of resignations since the first observed month."""


def regret(history: History) -> Regret:
    """Drawn after the fact from level alone, by a stream of its own: nobody leaves because of it."""
    plan, roster = history.plan, history.roster
    chance, known = Streams(plan.seed).of("regret").random((2, len(roster)))
    resigned = roster.exit_type == VOLUNTARY
    likely = plan.regretted * (1 + LEVEL_REGRET * (roster.level - 2))
    observed = roster.exit >= int(history.period.bounds[WARM_UP])
    return Regret(
        np.asarray(resigned & (chance < likely)),
        np.asarray(resigned & observed & (known < plan.regret_assessed)),
    )
