"""The personal scorecard of a small organisation, against an independent calculation."""

from __future__ import annotations

from datetime import date
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from assets.network.network_tables import SCHEMAS
from tests.factories import scored_organisation
from tests.factories.dbt_project import DbtProject
from tests.factories.scores import WEIGHTS, expected_components, expected_scores, mid_rank

AS_OF = "2024-04-30 23:59:59"
APRIL = date(2024, 4, 1)
PAST = """
    select * exclude (event_keys), array_to_string(event_keys, ',') as keys
    from marts.fct_scorecard_component_month
    where month_start < '2024-04-01'
    order by month_start, person_key, component
"""
MARTS = ("+marts.scorecard,resource_type:model", "+marts.recognition,resource_type:model")


def network_rows(made: scored_organisation.Traffic, seed: int = 3) -> pa.Table:
    """Invented snapshots: effective sizes, a few people without any tie."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "month_start": date(2024, month, 1),
            "person_key": int(person),
            "group_key": 1,
            "is_measured": True,
            "network_size": int(size),
            "effective_size": float(size) if size else None,
            "participation_coef": float(rng.random()),
        }
        for month in (1, 2, 3, 4)
        for person, size in zip(made.people["person"], rng.integers(0, 9, len(made.people)), strict=True)
    ]
    schema = SCHEMAS["person_month"]
    return pa.Table.from_pylist([{c: row.get(c) for c in schema.names} for row in rows], schema=schema)


@pytest.fixture(scope="module")
def made() -> scored_organisation.Traffic:
    return scored_organisation.traffic(7)


@pytest.fixture(scope="module")
def past() -> list[list[tuple]]:
    """Rows of the months before April, as they stood in early April."""
    return []


@pytest.fixture(scope="module")
def scored(
    parsed_dbt_project: DbtProject, made: scored_organisation.Traffic, past: list[list[tuple]]
) -> DbtProject:
    """The organisation's scorecard: built in early April from shuffled files, then up to its end."""
    project = parsed_dbt_project
    project.reset()
    shuffled = scored_organisation.Traffic(
        made.people.sample(frac=1, random_state=1),
        made.messages.sample(frac=1, random_state=2),
        made.reactions.sample(frac=1, random_state=3),
        made.mentions.sample(frac=1, random_state=4),
    )
    scored_organisation.write(project, shuffled, as_of="2024-04-10 23:59:59")
    project.computed(network_person_month=network_rows(made))
    project.run(*MARTS)
    past.append(project.rows(PAST))
    scored_organisation.write(project, made, as_of=AS_OF, touched=["2024-04-01"])
    project.run(*MARTS)
    past.append(project.rows(PAST))
    return project


def frame(project: DbtProject, query: str) -> pd.DataFrame:
    return pd.DataFrame(project.dicts(query))


def components(project: DbtProject, month: date = APRIL) -> pd.DataFrame:
    return frame(project, f"select * from marts.fct_scorecard_component_month where month_start = '{month}'")


def peers(made: scored_organisation.Traffic) -> dict[int, frozenset[int]]:
    """Same level and family where there are 30 of them, else the same level."""
    near = made.people.groupby(["level", "family"])["person"].agg(frozenset)
    wide = made.people.groupby("level")["person"].agg(frozenset)
    return {
        row.person: near[row.level, row.family] if len(near[row.level, row.family]) >= 30 else wide[row.level]
        for row in made.people.itertuples()
    }


def tie_inputs(project: DbtProject) -> pd.DataFrame:
    """Network components from the ties themselves, by networkx."""
    ties = frame(project, "select * from marts.fct_tie_month")

    def mutual(month: date) -> nx.Graph:
        graph: nx.Graph = nx.Graph()
        for row in ties[ties["month_start"] == month].itertuples():
            if row.mutual_weight >= 0.5 and row.n_pair_event_days >= 2:
                graph.add_edge(row.from_person_key, row.to_person_key, weight=row.mutual_weight)
        return graph

    now, before = mutual(APRIL), mutual(date(2024, 1, 1))
    directed = ties[(ties["month_start"] == APRIL) & ties["is_tie"]]
    arcs = set(zip(directed["from_person_key"], directed["to_person_key"], strict=True))
    sizes = frame(project, f"select * from marts.fct_person_network_month where month_start = '{APRIL}'")
    rows: list[tuple[Any, ...]] = []
    for row in sizes.itertuples():
        person = row.person_key
        near = list(now[person]) if person in now else []
        strengths = np.array([now[person][other]["weight"] for other in near]).round(9)
        diverse = 0
        for other, percentile in zip(near, mid_rank(strengths) if near else [], strict=True):
            ours, theirs = set(near) - {other}, set(now[other]) - {person}
            overlap = len(ours & theirs) / len(ours | theirs) if ours | theirs else 0
            diverse += percentile >= 75 and overlap < 0.10
        either = {b for a, b in arcs if a == person} | {a for a, b in arcs if b == person}
        both = {b for b in either if (person, b) in arcs and (b, person) in arcs}
        old = set(before[person]) if person in before else set()
        rows += [
            (person, "effective_size", row.effective_size, None),
            (person, "diverse_ties", diverse, None),
            (person, "reciprocity", len(both), len(either)),
            (person, "persistence", len(old & set(near)), len(old)),
        ]
    return pd.DataFrame(rows, columns=["person_key", "component", "numerator", "denominator"])


@pytest.mark.parametrize(("month", "window_to"), [("2024-03-01", "2024-04-01"), ("2024-04-01", "2024-05-01")])
def test_counts_are_those_of_the_messages(
    scored: DbtProject, made: scored_organisation.Traffic, month: str, window_to: str
) -> None:
    expected = scored_organisation.expected_inputs(made, date.fromisoformat(window_to))
    found = components(scored, date.fromisoformat(month))
    joined = expected.merge(found, on=["person_key", "component"], suffixes=("", "_found"))
    assert len(joined) == 7 * len(made.people)
    rings = {row[0] for row in scored.rows("select distinct person_key from intermediate.int_rings")}
    same = joined[~joined["person_key"].isin(rings) | (joined["component"] != "responders")]
    wrong = same[
        (same["numerator"] != same["numerator_found"])
        | (same["denominator"].fillna(-1) != same["denominator_found"].fillna(-1))
    ]
    assert wrong[["person_key", "component", "numerator", "numerator_found"]].values.tolist() == []
    assert joined.groupby("component")["numerator"].max().min() > 1, "every component has something to count"


def test_percentiles_points_and_scores_are_recomputed_by_numpy(
    scored: DbtProject, made: scored_organisation.Traffic
) -> None:
    found = components(scored)
    assert set(found["eligible_days"]) == {65}
    own = found[~found["component"].isin(WEIGHTS["network"])]
    inputs = pd.concat(
        [own[["person_key", "component", "numerator", "denominator"]], tie_inputs(scored)]
    ).astype({"numerator": float, "denominator": float})
    expected = expected_components(inputs, peers(made), 65)
    joined = expected.merge(found, on=["person_key", "component"], suffixes=("", "_found"))
    assert len(joined) == found["percentile"].notna().sum() == len(expected)
    assert set(joined["component"]) == {c for weights in WEIGHTS.values() for c in weights} - {"reuse"}
    for column in ("percentile", "counted_rate", "peer_median"):
        np.testing.assert_allclose(joined[column], joined[f"{column}_found"], atol=1e-8, err_msg=column)

    scores = expected_scores(expected)
    written = {
        (person, score): value
        for person, score, value in scored.rows(
            "select person_key, score, score_value from marts.fct_scorecard_month "
            f"where month_start = '{APRIL}' and score_value is not null"
        )
    }
    assert written == pytest.approx(scores)
    points = found.groupby(["person_key", "score"])["points"].sum(min_count=1).dropna()
    assert points.to_dict() == pytest.approx(scores)


def test_small_peer_groups_widen_and_the_smallest_have_no_score(scored: DbtProject) -> None:
    groups = dict(
        scored.rows(
            "select peer_group, any_value(peer_n) from intermediate.int_scorecard_population "
            f"where month_start = '{APRIL}' group by 1 order by 1"
        )
    )
    # 34 Sales people of L1 stand for themselves, the six of IT are compared with all of L1;
    # L2 has 34 in Sales as well and two in IT.
    assert groups == {
        "level L1, job family Sales, location unknown, fte band full": 34,
        "level L1, fte band full": 40,
        "level L2, job family Sales, location unknown, fte band full": 34,
        "level L2, fte band full": 36,
    }


def test_own_and_peer_change_add_up_and_a_score_that_stands_still_among_still_peers_stays(
    scored: DbtProject,
) -> None:
    rows = scored.rows(
        "select score_change, own_change, peer_change from marts.fct_scorecard_month "
        "where score_change is not null and own_change is not null"
    )
    assert len(rows) > 100
    assert all(change == pytest.approx(own + peers, abs=1e-9) for change, own, peers in rows)
    assert any(abs(own) > 1 and abs(peers) > 0.5 for _, own, peers in rows)


def test_a_later_day_changes_nothing_that_is_past(scored: DbtProject, past: list[list[tuple]]) -> None:
    assert len(past[0]) == 3 * 76 * 12
    assert past[0] == past[1]


def test_the_marts_own_checks_hold(scored: DbtProject) -> None:
    passed = scored.test("marts.scorecard,test_type:data", "marts.recognition,test_type:data")
    assert any("fct_scorecard_month" in name for name in passed)
    assert any("fct_recognition_org_month" in name for name in passed)


def test_fairness_is_the_standardised_difference_of_mean_scores(
    scored: DbtProject, made: scored_organisation.Traffic
) -> None:
    scores = frame(
        scored,
        "select person_key, score, score_value from marts.fct_scorecard_month "
        f"where month_start = '{APRIL}' and score_value is not null",
    ).merge(made.people, left_on="person_key", right_on="person")
    found = {
        (row["score"], row["attribute_value"]): row
        for row in scored.dicts(
            f"select * from marts.fct_scorecard_fairness_month where month_start = '{APRIL}' "
            "and attribute_name = 'job_family'"
        )
    }
    for score, group in scores.groupby("score"):
        sales, rest = (group["score_value"][group["family"] == name] for name in ("Sales", "IT"))
        row = found[score, "Sales"]
        assert (row["n_defined"], row["n_rest"]) == (len(sales), len(rest))
        assert (
            row["n_population"]
            == row["n_defined"] + row["n_partial"]
            == (made.people["family"] == "Sales").sum()
        )
        assert row["is_final"] is False, "late data may come for a week"
        if len(rest) < 10:
            assert (row["standardised_difference"], row["null_reason"]) == (None, "below_minimum_group_size")
    for score, group in scores.groupby("score"):
        first, rest = (group["score_value"][group["level"] == name] for name in ("L1", "L2"))
        [row] = scored.dicts(
            f"select * from marts.fct_scorecard_fairness_month where month_start = '{APRIL}' "
            f"and attribute_name = 'level' and attribute_value = 'L1' and score = '{score}'"
        )
        pooled = np.sqrt(
            ((len(first) - 1) * first.var() + (len(rest) - 1) * rest.var()) / (len(first) + len(rest) - 2)
        )
        difference = (first.mean() - rest.mean()) / pooled
        assert row["standardised_difference"] == pytest.approx(difference)
        assert row["is_beyond_limit"] == (abs(difference) > 0.2)


def test_units_show_quartiles_of_raw_rates(scored: DbtProject, made: scored_organisation.Traffic) -> None:
    counts = scored_organisation.expected_inputs(made, date(2024, 5, 1))
    replies = counts[counts["component"] == "replies"]["numerator"].to_numpy(float) * 20 / 65
    [row] = scored.dicts(
        "select * from marts.fct_scorecard_distribution_month "
        f"where month_start = '{APRIL}' and org_unit_key = 0 and component = 'replies'"
    )
    quartiles = [row[name] for name in ("lower_quartile", "median", "upper_quartile")]
    assert quartiles == pytest.approx(np.quantile(replies, [0.25, 0.5, 0.75]))
    assert (row["n_population"], row["n_defined"], row["n_partial"]) == (76, 76, 0)
    assert row["mean"] == pytest.approx(replies.mean())
