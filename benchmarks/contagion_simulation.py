"""What the exposure to leavers (H11) finds, by known truth: contagion, none, and hard quarters of a team.

    python -m benchmarks.contagion_simulation [organisations]

Seeded. The organisations are the generator's, with ``contagion`` and ``hardship`` as planted; a decision
and its exit fall into the same month, so that the exposure of the month of exit is that of the decision.
The exposure is the warehouse's own macro (dbt/macros/contagion.sql) over the strong ties, the risk table
its own SQL, the estimators those of assets/outcomes and assets/retention. Exposed: any strong tie of six
months before has left.

The planted ratio belongs to the ties of the month of leaving, which no warehouse sees. What is right for
the exposure that it does see follows without any decision to leave (``attenuated``), and the estimates are
held against that; with the planted exposure in place of the observed one the same model is held against
the planted ratio.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from assets.organisation.contagion import STRONG
from assets.organisation.history import History
from assets.organisation.history import simulate as play
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams
from assets.organisation.structure import build_structure
from assets.organisation.ties import grow_ties
from assets.outcomes.person_time import Arm, rate_ratio
from assets.retention.adjusted import adjusted
from assets.retention.contagion import exposures
from assets.retention.person_months import ROWS_SQL, UNOBSERVED, PersonMonths, person_months_of
from benchmarks.retention_simulation import Tally, tally
from benchmarks.retention_tables import compiled_models, modelled

PEOPLE, MONTHS = 1_000, 18
LAG = 3


class World(NamedTuple):
    """What is planted: the ratio near a leaver, and the spread of hard quarters."""

    contagion: float
    hardship: float


class Exposed(NamedTuple):
    """Person-months at risk, and the exposure to leavers of each (NaN without strong ties)."""

    rows: PersonMonths
    exposure: np.ndarray
    team_exposure: np.ndarray
    planted: np.ndarray
    """Whether the generator multiplied the hazard of the month; False where nothing is contagious."""

    def level(self, own_team: bool = False) -> np.ndarray:
        """1 if a strong tie (within the own team) has left, 0 if none has, -1 where there are none."""
        share = self.team_exposure if own_team else self.exposure
        return np.where(np.isnan(share), UNOBSERVED, share > 0).astype(np.int64)


WORLDS = (World(1.0, 0.0), World(2.0, 0.0), World(1.0, 1.0))


class Found(NamedTuple):
    """A method over the organisations of a world, held against what is right for its exposure."""

    right: float
    """Geometric mean over the organisations."""
    tally: Tally


METHODS = {
    "naive": "rate near a leaver over that of others",
    "naive in the team": "the same, leavers of the own team",
    "adjusted": "adjusted for tenure, level, location, job family",
    "planted": "the same, with the exposure that was planted",
}


def plan(world: World, seed: int, people: int = PEOPLE) -> Plan:
    """Leaving as planted, and nothing else that would hide it."""
    return Plan(
        people=people, months=MONTHS, seed=seed, voluntary_rate=0.25, hazard_ratio=1.0, withdrawal_months=1,
        withdrawal_depth=0.0, initiative_effect=0.0, contagion=world.contagion, hardship=world.hardship,
    )  # fmt: skip


def exposed(history: History, models: dict[str, str]) -> Exposed:
    """The risk table of one organisation with the warehouse's exposure to leavers."""
    with modelled(history, models) as connection:
        write_ties(connection, history)
        table = connection.execute(ROWS_SQL, {"lag": LAG}).to_arrow_table()
        found = exposures(connection, LAG)
    assert len(found.whole) == len(table)
    near = np.zeros((len(history.roster), history.period.months), dtype=bool)
    for state in history.states:
        near[state.rows, state.month] = state.is_near_leaver
    first = np.datetime64(int(history.period.bounds[0]), "D").astype("datetime64[M]").astype(np.int64)
    month = table["month_number"].to_numpy() - (12 * 1970 + first)
    planted = near[table["spell_key"].to_numpy(), month]
    return Exposed(person_months_of(table), found.whole, found.team, planted)


def attenuated(contagion: float, planted: np.ndarray, level: np.ndarray, years: np.ndarray) -> float:
    """The rate ratio of level 1 over level 0 if the hazard is multiplied where ``planted``, and only there.

    With a share p of the time of level 1 that was planted and q of that of level 0:
    ``(1 + (contagion - 1) p) / (1 + (contagion - 1) q)`` (non-differential misclassification; Copeland
    and others 1977). No event enters. All arrays have shape (rows,).
    """
    of_exposed, of_others = (np.average(planted[level == one], weights=years[level == one]) for one in (1, 0))
    return float((1 + (contagion - 1) * of_exposed) / (1 + (contagion - 1) * of_others))


def write_ties(connection: duckdb.DuckDBPyConnection, history: History) -> None:
    """``fct_tie_month`` of the strong ties, and who was in which team, also of the warm-up months."""
    ties, populations = grow_ties(history, Streams(history.plan.seed))
    source = np.concatenate([ties.low, ties.high])
    target = np.concatenate([ties.high, ties.low])
    weight = np.concatenate([ties.strength_up, ties.strength_down])
    since, until = (np.concatenate([column, column]) for column in (ties.since, ties.until))
    tie_months, team_months = [], []
    for month, population in enumerate(populations):
        day = np.datetime64(int(history.period.bounds[month]), "D")
        holds = (since <= month) & (until > month) & (weight >= STRONG)
        tie_months.append(
            pa.table(
                {
                    "month_start": np.full(int(holds.sum()), day),
                    "from_person_key": source[holds],
                    "to_person_key": target[holds],
                    "weight": weight[holds],
                    "is_tie": np.ones(int(holds.sum()), dtype=bool),
                }
            )
        )
        here = population.here
        columns = {
            "month_start": np.full(len(here), day),
            "person_key": here,
            "org_unit_key": population.team[here],
        }
        team_months.append(pa.table(columns))
    connection.execute("create schema marts")
    connection.execute(
        "create table reference.sources as "
        "select true as has_network, true as has_retention, 'collaboration' as kind"
    )
    for name, tables in (
        ("marts.fct_tie_month", tie_months),
        ("intermediate.int_person_months", team_months),
    ):
        connection.register("batch", pa.concat_tables(tables))
        connection.execute(f"create table {name} as select * from batch")
        connection.unregister("batch")


def estimates(data: Exposed, contagion: float) -> dict[str, tuple[float, float, float, float]]:
    """Ratio, interval and what would be right, of every method of ``METHODS`` that gives one."""
    rows, level, in_team = data.rows, data.level(), data.level(own_team=True)
    found = {}
    for name, near in (("naive", level), ("naive in the team", in_team)):
        arms = [
            Arm(int(rows.event[near == one].sum()), float(rows.years[near == one].sum())) for one in (1, 0)
        ]
        ratio = rate_ratio(*arms)
        if ratio is not None:
            right = attenuated(contagion, data.planted, near, rows.years)
            found[name] = (ratio.value, *ratio.interval, right)
    for name, exposure in (("adjusted", level), ("planted", data.planted.astype(np.int64))):
        model = adjusted(rows, exposure)[0]
        if model.ratio is not None and model.low is not None and model.high is not None:
            right = attenuated(contagion, data.planted, exposure, rows.years)
            found[name] = (model.ratio, model.low, model.high, right)
    return found


def simulate(
    world: World, organisations: int, models: dict[str, str], people: int = PEOPLE,
    first_seed: int = 1,
) -> dict[str, Found]:  # fmt: skip
    """Hold every method over independent organisations of one world against what is right for it."""
    results: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in METHODS}
    for seed in range(first_seed, first_seed + organisations):
        chosen = plan(world, seed, people)
        streams = Streams(chosen.seed)
        history = play(chosen, build_structure(chosen, streams), streams)
        for name, found in estimates(exposed(history, models), world.contagion).items():
            results[name].append(found)
    return {name: _held(np.array(rows)) for name, rows in results.items() if rows}


def _held(rows: np.ndarray) -> Found:
    right = rows[:, 3]
    return Found(float(np.exp(np.log(right).mean())), tally(rows[:, :3], right))


def main(say: Callable[[str], None] = print) -> None:
    """Print the table of docs/attrition_in_the_network.md."""
    organisations = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        models = compiled_models(Path(folder))
    say(f"{organisations} organisations of {PEOPLE} people and {MONTHS} months each\n")
    say("| contagion, hardship | method | right | mean ratio | error of the log | covers it | alarms |")
    say("|---" * 7 + "|")
    for world in WORLDS:
        for name, (right, found) in simulate(world, organisations, models).items():
            assert math.isfinite(found.bias)
            say(
                f"| {world.contagion:g}, {world.hardship:g} | {METHODS[name]} | {right:.2f} "
                f"| {found.mean_ratio:.2f} | {found.bias:+.3f} | {found.covered:.3f} | {found.alarms:.3f} |"
            )


if __name__ == "__main__":
    main()
