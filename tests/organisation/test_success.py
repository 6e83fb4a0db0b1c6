"""Success metrics: what they depend on is counted right, comes back, and can be switched off alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pytest

from assets.organisation.contacts import team_bridges
from assets.organisation.generation import generate
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams
from assets.organisation.success import IDEAS, SALES, team_values
from assets.organisation.traces import Traces, leave_traces
from assets.success.two_way import two_way_fit
from tests.organisation.conftest import SMALL

PLAN = Plan(people=60, months=4, seed=3)


@pytest.fixture(scope="module")
def traces() -> Traces:
    return leave_traces(PLAN)


def test_bridges_are_mutual_contacts_outside_the_team_within_three_months(traces: Traces) -> None:
    """Counted message by message."""
    history, messages = traces.history, traces.messages
    spoke: dict[int, set[tuple[int, int]]] = defaultdict(set)

    def said(source: int, target: int, second: int) -> None:
        month = int(np.searchsorted(history.period.bounds, second // 86_400, "right")) - 1
        if source != target and source < history.persons and 0 <= target < history.persons:
            spoke[month].add((source, target))

    for row in range(len(messages)):
        author, second = int(messages.author[row]), int(messages.sent[row])
        if messages.parent[row] >= 0:
            said(author, int(messages.author[messages.parent[row]]), second)
        if messages.mentioned[row] >= 0:
            said(author, int(messages.mentioned[row]), second)
        if messages.chat[row] >= 0 and len(traces.chats[messages.chat[row]]) <= 8:
            for member in traces.chats[messages.chat[row]]:
                said(author, member, second)
    for author, row in zip(traces.reactions.author.tolist(), traces.reactions.message.tolist(), strict=True):
        said(author, int(messages.author[row]), int(messages.sent[row]))
    found = team_bridges(traces)
    first = history.period.months - PLAN.months
    for column in range(PLAN.months):
        months = range(max(first, first + column - 2), first + column + 1)
        known = set.union(*(spoke[m] for m in months))
        team = traces.populations[first + column].team
        bridges = [
            a for a, b in known if (b, a) in known and -1 not in (team[a], team[b]) and team[a] != team[b]
        ]
        for unit in range(len(history.structure.teams)):
            people = int((team == unit).sum())
            expected = sum(team[a] == unit for a in bridges) / people if people else np.nan
            np.testing.assert_allclose(found[unit, column], expected)


def test_sales_come_back_as_planted_and_ideas_depend_on_nothing() -> None:
    rng = np.random.default_rng(1)
    bridges = 5 + rng.normal(size=(200, 1)) + rng.normal(size=(200, 18))
    lagged = bridges[:, :-2]
    sales = two_way_fit(team_values(SALES, bridges, 1.0, 2, Streams(1))[:, 2:], lagged)
    assert sales.estimate == pytest.approx(SALES.per_bridge, abs=3 * sales.standard_error)
    assert sales.standard_error < 0.05
    ideas = two_way_fit(team_values(IDEAS, bridges, 1.0, 2, Streams(1))[:, 2:], lagged)
    assert ideas.low < 0 < ideas.high


def test_the_effect_can_be_switched_off_without_touching_anything_else(
    small_organisation: Path, tmp_path: Path
) -> None:
    generate(replace(SMALL, success_effect=0.0), tmp_path / "off")
    both = [
        pl.read_csv(folder / "landing" / "success" / "success_metrics.csv")
        for folder in (small_organisation, tmp_path / "off")
    ]
    changed = both[0]["metric"].filter(both[0]["value"] != both[1]["value"]).unique().to_list()
    assert sorted(changed) == ["customer_satisfaction", "sales_per_head"]
    for file in ("landing/hr/jobs.csv", "truth/ties.parquet", "truth/person_months.parquet"):
        assert (small_organisation / file).read_bytes() == (tmp_path / "off" / file).read_bytes()
    truth = [
        orjson.loads((folder / "truth" / "planted.json").read_bytes())["success_metrics"]
        for folder in (small_organisation, tmp_path / "off")
    ]
    assert truth[0]["per_bridge"]["sales_per_head"] == SALES.per_bridge
    assert truth[1]["per_bridge"]["sales_per_head"] == 0.0
