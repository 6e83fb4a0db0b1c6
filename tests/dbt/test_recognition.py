"""Recognition and recommendations of a few people, against figures counted by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from tests.factories.dbt_project import DbtProject
from tests.factories.employees import FULL, employ

MAY = "2024-05-01"


def message(number: int, author: int, day: str, **more: Any) -> dict[str, Any]:
    """A message of May 2024 or another month; ``to`` names the message it answers."""
    parent = more.pop("to", None)
    return {
        "message_id": f"m{number}",
        "thread_id": f"m{parent or number}",
        "parent_message_id": f"m{parent}" if parent else None,
        "channel_id": "c1",
        "author_account_id": f"a{author}",
        "kind": "reply" if parent else "post",
        "sent_at": f"{day} 10:00",
        **more,
    }


def reaction(number: int, person: int, name: str) -> dict[str, Any]:
    return {
        "message_id": f"m{number}",
        "account_id": f"a{person}",
        "name": name,
        "is_recognition": name in {"pray", "clap"},
    }


@pytest.fixture(scope="module")
def recognised(parsed_dbt_project: DbtProject) -> DbtProject:
    """1 leads 2 and 3 in North, 4 and 5 work in South, 6 is on leave all the time."""
    project = parsed_dbt_project
    project.reset()
    project.reference(start="2024-01-01", as_of="2024-06-30 23:59:59")
    people = {p: {**FULL, "path": ("Sales", "North" if p < 4 else "South")} for p in range(1, 7)}
    messages = [
        message(1, 2, "2024-05-06", is_question=True),
        message(2, 3, "2024-05-06", to=1),  # an answer, thanked twice over
        message(3, 2, "2024-05-07", to=2, is_thanks=True),
        message(4, 4, "2024-05-08", to=1),  # an answer with a thumbs-up
        message(5, 5, "2024-05-08", to=1),  # an answer with a heart
        message(6, 3, "2024-05-09", kind="praise"),  # 3 praises 2: recognised each other
        message(7, 1, "2024-05-10", kind="praise"),  # the manager praises 2
        message(8, 2, "2024-05-13"),
        message(9, 4, "2024-02-01", kind="praise"),  # outside May's window
        message(10, 2, "2024-05-14", to=2, is_accepted_answer=True),  # 3 asked
        message(11, 1, "2024-05-15", n_attachments=2),  # a document with a thumbs-up
        message(12, 1, "2024-05-15"),  # points to a document; a heart is no thanks
        message(13, 4, "2024-05-15", n_attachments=1),  # a document that nobody looked at
        message(14, 5, "2024-05-16", to=11, n_attachments=1),  # a document, for 1
        message(15, 3, "2024-05-16", to=1, n_attachments=1),  # one more answer, not a document besides
        message(16, 1, "2024-05-17"),  # a link to a page; a thumbs-up there is a like
        message(17, 4, "2024-05-31", n_attachments=1),  # thanked in June
    ]
    employ(
        project,
        people,
        messages,
        mentions=[
            {"message_id": "m6", "account_id": "a2", "is_broadcast": False},
            {"message_id": "m7", "account_id": "a2", "is_broadcast": False},
            {"message_id": "m8", "account_id": "a4", "is_broadcast": False},
            {"message_id": "m9", "account_id": "a5", "is_broadcast": False},
        ],
        reactions=[
            reaction(2, 2, "clap"),
            reaction(2, 1, "heart"),
            reaction(4, 2, "+1"),
            reaction(5, 2, "heart"),
            reaction(8, 2, "clap"),  # clapping oneself is nothing
            reaction(11, 4, "thumbsup"),
            reaction(12, 3, "heart"),
            reaction(13, 4, "+1"),  # nobody else
            reaction(16, 3, "+1"),
            {**reaction(17, 5, "+1"), "reacted_at": "2024-06-03 09:00"},
        ],
        links=[
            {"message_id": "m12", "linked_object_id": "d1", "kind": "document"},
            {"message_id": "m12", "linked_object_id": "d2", "kind": "document"},
            {"message_id": "m16", "linked_object_id": "https://a.test", "kind": "url"},
        ],
        absences=[
            {"worker_id": "w6", "absent_from": "2024-01-01", "absent_to": "2024-12-31", "kind": "leave"}
        ],
        jobs=[
            {
                "worker_id": f"w{p}",
                "org_unit_id": "North" if p < 4 else "South",
                "org_unit_path": ["Sales", "North" if p < 4 else "South"],
                "manager_worker_id": "w1" if p in (2, 3) else None,
            }
            for p in people
        ],
    )
    project.computed()
    project.run("+marts.recognition,resource_type:model", "+dim_org_unit")
    return project


def test_thanks_praise_and_clapping_count_and_liking_does_not(recognised: DbtProject) -> None:
    rows = recognised.rows(
        "select from_person_key, to_person_key, kind, is_recognition from intermediate.int_appreciations "
        "where local_date >= '2024-05-01' order by all"
    )
    assert rows == [
        (1, 2, "praise", True),
        (2, 3, "reaction", True),
        (2, 3, "thanks", True),
        (2, 4, "mention", False),
        (3, 2, "accepted_answer", False),
        (3, 2, "praise", True),
    ]


@pytest.mark.parametrize(
    ("month", "expected"),
    [
        (MAY, [(1, 2, 1), (2, 0, 0), (3, 0, 0), (4, 0, 0), (5, 1, 0), (6, None, None)]),
        ("2024-06-01", [(1, 2, 1), (2, 0, 0), (3, 0, 0), (4, 1, 1), (5, 1, 0), (6, None, None)]),
    ],
)
def test_a_document_counts_once_somebody_else_took_part(
    recognised: DbtProject, month: str, expected: list[tuple[int, int | None, int | None]]
) -> None:
    rows = recognised.rows(
        "select person_key, n_documents, n_thanked_documents "
        f"from marts.fct_recognition_person_month where month_start = '{month}' order by 1"
    )
    assert rows == expected


def test_people_receive_give_and_are_thanked_for_answers(recognised: DbtProject) -> None:
    rows = recognised.rows(
        "select person_key, n_received, n_givers, n_from_chain, n_given, n_answers, n_thanked_answers, "
        f"is_measured from marts.fct_recognition_person_month where month_start = '{MAY}' order by 1"
    )
    assert rows == [
        (1, 0, 0, 0, 1, 0, 0, True),
        (2, 2, 2, 1, 2, 0, 0, True),
        (3, 2, 1, 0, 1, 2, 1, True),
        (4, 0, 0, 0, 0, 1, 1, True),
        (5, 0, 0, 0, 0, 1, 0, True),
        (6, None, None, None, None, None, None, False),
    ]


def test_without_a_source_of_meetings_there_are_none_and_not_zero(recognised: DbtProject) -> None:
    rows = recognised.rows(
        "select distinct n_meetings, n_thanked_meetings, meetings_reason"
        " from marts.fct_recognition_person_month"
    )
    assert rows == [(None, None, "no_meetings_in_sources")]
    rates = recognised.rows(
        "select distinct contextual_thanks_rate from marts.fct_recognition_org_month "
        f"where month_start = '{MAY}' and n_population = 6"
    )
    assert rates == [((2 + 1) / (4 + 3),)], "of answers and documents"


def test_units_are_counted_from_people(recognised: DbtProject) -> None:
    rows = {
        row["name"]: row
        for row in recognised.dicts(
            "select * from marts.fct_recognition_org_month join marts.dim_org_unit using (org_unit_key) "
            f"where month_start = '{MAY}'"
        )
    }
    whole, north = rows["Whole organisation"], rows["North"]
    assert (whole["n_population"], whole["n_defined"], whole["n_partial"]) == (6, 5, 1)
    assert whole["eligible_days"] == 5 * 23
    assert whole["recognition_received_rate"] == pytest.approx(20 * 4 / 115)
    assert whole["recognition_given_rate"] == pytest.approx(20 * 4 / 115)
    assert whole["recognition_coverage"] == pytest.approx(2 / 5)
    assert whole["recognition_reciprocity"] == pytest.approx(1 / 2), "2 and 3; 1 has nothing back from 2"
    assert north["recognition_reciprocity"] == pytest.approx(1 / 2)
    assert rows["South"]["recognition_reciprocity"] is None
    assert whole["gini_recognition"] == pytest.approx(0.6)
    assert rows["South"]["gini_recognition"] is None
    assert whole["contextual_thanks_rate"] == pytest.approx((2 + 1) / (4 + 3)), "answers and documents"
    assert rows["South"]["contextual_thanks_rate"] == pytest.approx(1 / (2 + 1))
    assert whole["manager_share"] == pytest.approx(1 / 4)
    received, days = np.array([0, 2, 2, 0, 0]), np.full(5, 23)
    residuals = received - received.sum() / days.sum() * days
    error = np.sqrt(5 / 4 * (residuals**2).sum()) / days.sum()
    skewness = np.sqrt(5 / 4) * (residuals**3).sum() / (residuals**2).sum() ** 1.5
    margin = 20 * error * (1.959963984540054 + 0.473576 * skewness)
    assert whole["recognition_received_ci_high"] == pytest.approx(20 * 4 / 115 + margin)
    assert whole["recognition_received_ci_low"] == 0


def test_the_equity_gap_is_a_regression_with_one_constant_per_stratum(dbt_project: DbtProject) -> None:
    rng = np.random.default_rng(5)
    n, eligible = 240, 60
    level, is_old = rng.choice(["L1", "L2"], n), rng.random(n) < 0.4
    tenure, days = rng.choice([100, 500, 2000], n), rng.integers(0, 40, n)
    received = rng.poisson(1 + 2 * (level == "L2") + days / 20 + 0.5 * is_old).astype(float)
    month = date(2024, 5, 1)
    people = range(1, n + 1)
    dbt_project.reference(start="2024-05-01", as_of="2024-05-31 23:59:59")
    dbt_project.table(
        "marts.fct_recognition_person_month",
        "person_key bigint, month_start date, eligible_days integer, received_per_20_days double, "
        "is_measured boolean",
        [(p, month, eligible, received[p - 1], True) for p in people],
    )
    dbt_project.table(
        "intermediate.int_scorecard_population",
        "person_key bigint, month_start date, gender varchar, age_band varchar, fte_band varchar, "
        "location varchar, level varchar, tenure_days integer",
        [
            (
                p,
                month,
                None,
                "old" if is_old[p - 1] else "young",
                "full",
                None,
                level[p - 1],
                int(tenure[p - 1]),
            )
            for p in people
        ],
    )
    dbt_project.table(
        "intermediate.int_scorecard_inputs",
        "person_key bigint, month_start date, component varchar, numerator double",
        [(p, month, "active_days", float(days[p - 1])) for p in people],
    )
    dbt_project.run("fct_recognition_equity_month")
    [row] = dbt_project.dicts(
        "select * from marts.fct_recognition_equity_month "
        "where attribute_name = 'age_band' and attribute_value = 'old'"
    )
    mid_rank = np.array([((days < day).sum() + 0.5 * (days == day).sum()) / n for day in days])
    third = np.minimum(2, np.floor(3 * mid_rank)).astype(int)
    assert len({(day, t) for day, t in zip(days, third, strict=True)}) == len(set(days)), "no tie is parted"
    strata = np.array([f"{a}{b}{c}" for a, b, c in zip(level, tenure, third, strict=True)])
    kept = np.array([0 < is_old[strata == s].sum() < (strata == s).sum() for s in strata])
    names = sorted(set(strata[kept]))
    design = np.column_stack([is_old[kept], *(strata[kept] == name for name in names)]).astype(float)
    coefficients, *_ = np.linalg.lstsq(design, received[kept], rcond=None)
    assert row["difference_per_20_days"] == pytest.approx(coefficients[0])
    cells = [(strata == name) & (is_old == side) for name in names for side in (True, False)]
    within = sum(((received[cell] - received[cell].mean()) ** 2).sum() for cell in cells)
    deviation = np.sqrt(within / (kept.sum() - len(cells)))
    assert row["recognition_equity_gap"] == pytest.approx(coefficients[0] / deviation)
    assert (row["n_defined"], row["n_rest"]) == (is_old[kept].sum(), (~is_old[kept]).sum())
    assert (row["n_population"], row["n_partial"]) == (is_old.sum(), is_old[~kept].sum())
    assert row["is_final"] is False, "late data may come for a week"


def test_the_interval_of_the_received_rate_is_the_bootstrap_over_persons(dbt_project: DbtProject) -> None:
    """Drawn here by the thousand; the model adds up powers and draws nobody (P27)."""
    rng = np.random.default_rng(11)
    sizes = {1: 15, 2: 40, 3: 150, 4: 700}
    month = date(2024, 5, 1)
    units = [unit for unit, n in sizes.items() for _ in range(n)]
    n = len(units)
    days = rng.integers(5, 24, n)
    received = rng.poisson(rng.gamma(0.3, 2.0, n) * days / 20)
    dbt_project.reference(start="2024-05-01", as_of="2024-06-30 23:59:59")
    dbt_project.table(
        "marts.fct_recognition_person_month",
        "person_key bigint, month_start date, org_unit_key bigint, is_measured boolean, n_received bigint, "
        "n_from_chain bigint, n_answers bigint, n_documents bigint, n_meetings bigint, "
        "n_thanked_answers bigint, n_thanked_documents bigint, n_thanked_meetings bigint",
        [(p, month, unit, True, 0, 0, 0, 0, 0, 0, 0, 0) for p, unit in enumerate(units)],
    )
    dbt_project.table(
        "intermediate.int_appreciations",
        "from_person_key bigint, to_person_key bigint, local_date date, is_recognition boolean",
        [(n + 1, p, date(2024, 5, 6), True) for p in range(n) for _ in range(received[p])],
    )
    dbt_project.table(
        "intermediate.int_employment_segments",
        "person_key bigint, org_unit_key bigint, month_start date, engagement_from date, engagement_to date",
        [(p, unit, month, month, date(2024, 6, 1)) for p, unit in enumerate(units)],
    )
    dbt_project.table(
        "intermediate.int_person_unit_months",
        "person_key bigint, org_unit_key bigint, month_start date, eligible_days integer",
        [(p, unit, month, int(days[p])) for p, unit in enumerate(units)],
    )
    dbt_project.table(
        "intermediate.int_scorecard_population",
        "person_key bigint, org_unit_key bigint, month_start date, observed_from date, observed_to date",
        [(p, unit, month, month, date(2024, 6, 1)) for p, unit in enumerate(units)],
    )
    dbt_project.table(
        "intermediate.int_org_unit_ancestors",
        "org_unit_key bigint, ancestor_org_unit_key bigint",
        [(unit, unit) for unit in sizes],
    )
    dbt_project.run("fct_recognition_org_month")
    rows = {
        row["org_unit_key"]: row for row in dbt_project.dicts("select * from marts.fct_recognition_org_month")
    }
    missed, missed_by_normal = [], []
    for unit, size in sizes.items():
        own = np.array(units) == unit
        x, t = received[own].astype(float), days[own].astype(float)
        drawn = rng.integers(0, size, (8000, size - 1))
        bootstrap = 20 * x[drawn].sum(axis=1) / t[drawn].sum(axis=1)
        rate, deviation = 20 * x.sum() / t.sum(), bootstrap.std()
        low, high = np.quantile(bootstrap, [0.025, 0.975])
        row = rows[unit]
        assert row["recognition_received_rate"] == pytest.approx(rate)
        found = row["recognition_received_ci_low"], row["recognition_received_ci_high"]
        missed += [abs(found[0] - low) / deviation, abs(found[1] - high) / deviation]
        missed_by_normal += [abs(rate - 1.96 * deviation - low) / deviation,
                             abs(rate + 1.96 * deviation - high) / deviation]  # fmt: skip
    assert max(missed) < 0.15, "in standard deviations of the bootstrap"
    assert np.mean(missed) < 0.5 * np.mean(missed_by_normal)
