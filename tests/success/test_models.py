"""The SQL around success metrics on a small organisation, against figures worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from assets.success.step import associations_from
from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ, posts

TEAMS = {p: f"T{(p - 1) // 12 + 1}" for p in range(1, 28)}
"""Two teams of twelve and one of three, below one department."""
FEED = {"source": "sales", "platform": "success_metrics", "kind": "success_metrics"}
OWN_MODELS = ("int_success_values", "fct_success_driver_month", "fct_success_org_month")
FEBRUARY = date(2024, 2, 1)


def said(entity, metric="sales", value=1.0, begin=FEBRUARY, end=date(2024, 3, 1), kind="org_unit"):
    return {
        "source": "sales", "entity_type": kind, "entity_id": entity, "metric": metric,
        "period_start": begin, "period_end": end, "value": value, "unit": "kEUR", "higher_is_better": True,
    }  # fmt: skip


SALES = [
    said("T1", value=5.0),
    said("T1", value=1.0, begin=date(2024, 2, 26), end=date(2024, 3, 4)),
    said("T1", value=4.0, begin=date(2024, 3, 4), end=date(2024, 3, 11)),
    said("T3", value=9.0),
    said("Sales", value=30.0),
    said("nobody"),
]
RATINGS = [said(f"w{p}", "rating", float(p), kind="person") for p in range(1, 13)]
FEW = [said(f"w{p}", "skill", kind="person") for p in range(1, 10)]
UNKNOWN = [said("w999", "rating", kind="person"), said("Mars", "landings")]


def exchange(one, other):
    """Both write to each other on every day of March."""
    rows = []
    for day in range(1, 29):
        (first,) = posts(one, f"2024-03-{day:02}")
        (answer,) = posts(other, f"2024-03-{day:02}", kind="reply")
        first["message_id"] = f"{one}-{other}-{day}"
        answer |= {
            "message_id": f"a{one}-{other}-{day}", "thread_id": first["message_id"],
            "parent_message_id": first["message_id"], "sent_at": f"2024-03-{day:02} 11:00",
        }  # fmt: skip
        rows += [first, answer]
    return rows


def company(project: DbtProject, metrics) -> None:
    """Three of T1 post in February; in March 1 talks with 13 of the other team and with 2 of the own."""
    staff = {p: {**FULL, "path": ("Sales", TEAMS[p])} for p in TEAMS}
    messages = [row for p in (1, 2, 3) for row in posts(p, "2024-02-07")]
    for one, other in ((1, 13), (13, 1), (1, 2), (2, 1)):
        messages += exchange(one, other)
    jobs = [
        {"worker_id": f"w{p}", "org_unit_id": TEAMS[p], "org_unit_path": ["Sales", TEAMS[p]]} for p in TEAMS
    ]
    employ(project, staff, messages, success_metrics=metrics, jobs=jobs)


def feed(project: DbtProject, **changes) -> None:
    project.reference(as_of="2024-05-20 23:59:59", sources=({}, {**FEED, **changes}))


@pytest.fixture(scope="module")
def project(parsed_dbt_project):
    """Built once; what a test changes it builds again from its own models on."""
    parsed_dbt_project.reset()
    feed(parsed_dbt_project)
    company(parsed_dbt_project, [*SALES, *RATINGS, *FEW, *UNKNOWN])
    parsed_dbt_project.run("+fct_success_org_month", "+fct_success_driver_month", "+stg_success_metrics")
    return parsed_dbt_project


def associated(project):
    with project._connected() as connection:
        return associations_from(connection).to_pylist()


def values(project, columns, where="true"):
    return project.rows(
        f"""
        select {columns} from intermediate.int_success_values
        inner join intermediate.int_org_units using (org_unit_key) where {where} order by all
        """
    )


def test_values_of_units_belong_to_the_month_of_their_last_day(project) -> None:
    assert values(project, "org_unit_id, month_start, metric_value", "metric = 'sales'") == [
        ("T1", FEBRUARY, 5.0),
        ("T1", date(2024, 3, 1), 2.5),  # two weeks that end in March: their mean
        ("T3", FEBRUARY, 9.0),
    ]
    small = project.rows(
        "select metric_value, suppression_reason from marts.fct_success_org_month where n_population = 3"
    )
    assert small == [(None, "below_minimum_group_size")]


def test_values_of_people_are_the_mean_of_their_group_from_k_outcome_on(project) -> None:
    columns = "metric, n_population, is_large_enough, metric_value"
    assert values(project, columns, "entity_type = 'person'") == [
        ("rating", 12, True, 6.5),
        ("skill", 9, False, 1.0),
    ]
    shown = "select metric, metric_value from marts.fct_success_org_month where entity_type = 'person'"
    assert dict(project.rows(shown)) == {"rating": 6.5, "skill": None}


def drivers(project, month):
    found = project.rows(
        f"""
        select org_unit_id, participation_rate, cross_unit_ties, ei_excess, bridge_dependency
        from marts.fct_success_driver_month inner join intermediate.int_org_units using (org_unit_key)
        where month_start = date '{month}'
        """
    )
    return {row[0]: row[1:] for row in found}


def test_participation_and_no_network_before_its_window_is_full(project) -> None:
    found = drivers(project, "2024-02-01")
    assert found["T1"] == (pytest.approx(3 / 12), None, None, None)
    assert found["T3"] == (None, None, None, None)  # fewer than k_view people


def test_ties_to_other_units_by_hand(project) -> None:
    found = drivers(project, "2024-03-01")
    # one of twelve holds the only outside tie, and two ties are too few for an index
    assert found["T1"][1:] == (pytest.approx(1 / 12), None, 1.0)


def test_what_cannot_be_estimated_says_why(project) -> None:
    rows = associated(project)
    reasons = {row["metric"]: row["reason"] for row in rows if row["driver"] == "participation_rate"}
    few, none = "too_few_units", "no_units"
    assert reasons == {"sales": few, "rating": few, "skill": none, "landings": none}
    assert {row["reason"] for row in rows if row["driver"] == "ei_excess"} == {"driver_not_measured", none}
    assert len(rows) == 4 * 5 * 3
    assert all(row["estimate"] is None and row["q_value"] is None for row in rows)


def test_a_feed_without_the_purpose_is_not_joined(project) -> None:
    feed(project, has_network=False)
    project.run(*OWN_MODELS)
    reasons = {(row["driver"], row["reason"]) for row in associated(project) if row["metric"] == "sales"}
    assert ("cross_unit_ties", "purpose_not_allowed") in reasons
    assert ("participation_rate", "too_few_units") in reasons
    feed(project, has_network=False, has_engagement=False)
    project.run(*OWN_MODELS)
    assert {row["reason"] for row in associated(project)} == {"no_units"}
    assert project.rows("select count(*) from marts.fct_success_org_month") == [(0,)]


def test_without_success_metrics_the_tables_are_empty(project) -> None:
    feed(project)
    company(project, [])
    project.run(*OWN_MODELS)
    assert associated(project) == []
    assert project.rows("select count(*) from marts.fct_success_driver_month") == [(0,)]
