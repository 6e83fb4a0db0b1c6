"""What must hold of percentiles and points whatever the counts: the models' own SQL on random peers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.factories.dbt_project import DbtProject
from tests.factories.scores import RATIOS, STATES, WEIGHTS, mid_rank

MODELS = ("fct_scorecard_peer_month", "fct_scorecard_component_month")
MONTH, WINDOW_TO = "2024-05-01", "2024-06-01"
COMPONENTS = [(score, component) for score, weights in WEIGHTS.items() for component in weights]


class Scorecard:
    """The compiled models over three tables in memory."""

    def __init__(self, compiled: Path) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as kithwork")
        self.queries = {name: (compiled / f"{name}.sql").read_text() for name in MODELS}

    def of(self, people: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
        """fct_scorecard_component_month, by person and component."""
        write_inputs(self.connection, "kithwork.", people, counts)
        for name, query in self.queries.items():
            self.connection.execute(f"create or replace table kithwork.marts.{name} as {query}")
        return self.connection.execute(
            "select person_key, component, counted_rate, percentile, weight, defined_weight, points "
            f"from kithwork.marts.{MODELS[-1]} order by person_key, component"
        ).df()


def write_inputs(
    connection: duckdb.DuckDBPyConnection, catalog: str, people: pd.DataFrame, counts: pd.DataFrame
) -> None:
    """The two tables that the models read."""
    connection.register("people", people)
    connection.register("counts", counts)
    for schema in ("intermediate", "marts"):
        connection.execute(f"create schema if not exists {catalog}{schema}")
    connection.execute(
        f"create or replace table {catalog}intermediate.int_scorecard_population as select * replace "
        "(cast(eligible_days as integer) as eligible_days, cast(peer_n as integer) as peer_n) from people"
    )
    connection.execute(
        f"create or replace table {catalog}marts.fct_scorecard_input_month as "
        "select *, [cast(1 as bigint)] as event_keys from counts"
    )
    connection.unregister("people")
    connection.unregister("counts")


@pytest.fixture(scope="module")
def scorecard(parsed_dbt_project: DbtProject) -> Iterator[Scorecard]:
    project = parsed_dbt_project
    project.reset()
    with project._connected() as connection:
        write_inputs(connection, "", *organisation([[1.0] * len(COMPONENTS)] * 6))
    project.run(*MODELS, full_refresh=True)
    yield Scorecard(project.folder / "target" / "compiled" / "kithwork" / "models" / "marts" / "scorecard")


def organisation(
    values: list[list[float | None]], group: str = "ours", first: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People of one peer group; ``values`` holds one row per person, one count per component."""
    people: list[dict[str, Any]] = []
    counts: list[dict[str, Any]] = []
    for person, row in enumerate(values, start=first):
        people.append(
            {
                "person_key": person,
                "person_id": f"p{person}",
                "month_start": pd.Timestamp(MONTH).date(),
                "window_to": pd.Timestamp(WINDOW_TO).date(),
                "eligible_days": 20,
                "is_measured": True,
                "peer_group": group,
                "peer_group_1": f"{group} 1",
                "peer_group_2": f"{group} 2",
                "peer_group_3": group,
                "peer_n": len(values),
            }
        )
        for (score, component), value in zip(COMPONENTS, row, strict=True):
            cases = 10.0 if component in RATIOS else None
            counts.append(
                {
                    "person_key": person,
                    "month_start": pd.Timestamp(MONTH).date(),
                    "window_to": pd.Timestamp(WINDOW_TO).date(),
                    "score": score,
                    "component": component,
                    "kind": _kind(component),
                    "is_capped": score == "activity",
                    "weight": WEIGHTS[score][component],
                    "is_observed": value is not None,
                    "numerator": value,
                    "denominator": cases if value is not None else None,
                    "unshrunk_rate": None if value is None else value / cases if cases else value,
                }
            )
    floats = dict.fromkeys(("numerator", "denominator", "unshrunk_rate"), "Float64")  # None stays NULL
    return pd.DataFrame(people), pd.DataFrame(counts).astype(floats)


def _kind(component: str) -> str:
    return "ratio" if component in RATIOS else "state" if component in STATES else "flow"


count = st.integers(0, 9).map(float)
peers = st.lists(
    st.lists(st.one_of(count, count, count, st.none()), min_size=12, max_size=12), min_size=6, max_size=14
)
quickly = settings(deadline=None, max_examples=20, database=None, derandomize=True, phases=[Phase.generate])


def test_the_activity_score_of_the_specification(scorecard: Scorecard) -> None:
    """E2: percentiles 70, 85 and 60 with weights .3, .4 and .3 make 73.0."""
    posts = [7, 1, 2, 3, 4, 5, 6, 7, 9, 10]
    replies = [9, 1, 2, 3, 4, 5, 6, 7, 8, 10]
    active_days = [6, 1, 2, 3, 4, 5, 6, 8, 9, 10]
    others: list[float | None] = [None] * (len(COMPONENTS) - 3)
    values = [[*map(float, counts), *others] for counts in zip(posts, replies, active_days, strict=True)]
    found = scorecard.of(*organisation(values))
    own = found[found["person_key"] == 1].set_index("component").loc[["posts", "replies", "active_days"]]
    assert own["percentile"].tolist() == [70, 85, 60]
    assert own["points"].sum() == pytest.approx(73.0)


@quickly
@given(values=peers)
def test_points_add_up_and_percentiles_average_to_fifty(scorecard: Scorecard, values: list) -> None:
    found = scorecard.of(*organisation(values))
    ranked = found.dropna(subset=["percentile"])
    assert ranked["percentile"].between(0, 100, inclusive="neither").all()
    means = ranked.groupby("component")["percentile"].mean()
    np.testing.assert_allclose(means, 50)
    for component, group in ranked.groupby("component"):
        np.testing.assert_allclose(
            group["percentile"], mid_rank(group["counted_rate"].to_numpy()), err_msg=component
        )
    found["score"] = found["component"].map({component: score for score, component in COMPONENTS})
    for _, row in found.groupby(["person_key", "score"]):
        defined = row.dropna(subset=["percentile"])
        if defined["weight"].sum() < 0.6 - 1e-9:
            assert row["points"].isna().all()
        else:
            mean = np.average(defined["percentile"], weights=defined["weight"])
            assert row["points"].sum() == pytest.approx(mean)


@quickly
@given(values=peers, person=st.integers(0, 5), component=st.integers(0, 11), more=st.integers(1, 5))
def test_doing_more_never_costs_a_percentile_and_never_helps_others(
    scorecard: Scorecard, values: list, person: int, component: int, more: int
) -> None:
    values[person][component] = values[person][component] or 0.0
    before = scorecard.of(*organisation(values))
    values[person][component] += more
    after = scorecard.of(*organisation(values))
    name = COMPONENTS[component][1]
    change = (after["percentile"] - before["percentile"])[before["component"] == name]
    is_own = before["person_key"][before["component"] == name] == person + 1
    assert (change[is_own].dropna() >= -1e-9).all()
    assert (change[~is_own].dropna() <= 1e-9).all()
    rest = before["component"] != name
    pd.testing.assert_series_equal(before["percentile"][rest], after["percentile"][rest])


@quickly
@given(values=peers, strangers=peers, seed=st.integers(0, 99))
def test_neither_strangers_nor_the_order_of_rows_change_anything(
    scorecard: Scorecard, values: list, strangers: list, seed: int
) -> None:
    people, counts = organisation(values)
    before = scorecard.of(people, counts)
    others, their_counts = organisation(strangers, "theirs", 100)
    after = scorecard.of(
        pd.concat([people, others]).sample(frac=1, random_state=seed),
        pd.concat([counts, their_counts]).sample(frac=1, random_state=seed),
    )
    pd.testing.assert_frame_equal(before, after[after["person_key"] < 100].reset_index(drop=True))
