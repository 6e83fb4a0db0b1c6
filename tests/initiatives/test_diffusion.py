"""Adoption beside adopting contacts (I9): the logit against statsmodels, the exposure by hand."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from assets.initiatives.clustered_logit import clustered_logit
from assets.initiatives.diffusion import SCHEMA, TARGETS_SQL, WAITING_SQL, diffusion
from assets.initiatives.estimability import NotEstimableError

NO_TARGETS = pl.DataFrame(
    schema={"initiative_id": pl.String, "first_month": pl.Date, "spell_key": pl.Int64}
).to_arrow()
FORBIDDEN = ("peer effect", "influence", "contagi", "spread", "cause", "effect of", "leads to")


def simulated(seed: int, n: int = 3000, slope: float = 2.0) -> tuple:
    random = np.random.default_rng(seed)
    month, cluster = random.integers(0, 6, n), random.integers(0, 40, n)
    x = np.column_stack([random.random(n), random.exponential(1, n)])
    shared = random.normal(0, 0.4, 40)[cluster]
    log_odds = -2.5 + 0.2 * month + slope * x[:, 0] - 0.3 * x[:, 1] + shared
    return (random.random(n) < 1 / (1 + np.exp(-log_odds))).astype(np.int64), x, month, cluster


@pytest.mark.parametrize("seed", range(3))
def test_coefficients_and_clustered_errors_equal_statsmodels(seed: int) -> None:
    from statsmodels.discrete.discrete_model import Logit

    event, x, month, cluster = simulated(seed)
    fit = clustered_logit(event, x, month, cluster)
    dummies = (month[:, None] == np.arange(6)).astype(float)
    peer = Logit(event, np.column_stack([x, dummies])).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": True}
    )
    assert fit.coefficients == pytest.approx(peer.params[:2], abs=1e-6)
    assert fit.standard_errors == pytest.approx(peer.bse[:2], rel=1e-6)
    assert (fit.n_clusters, fit.n_rows) == (40, 3000)


def test_months_without_an_event_say_nothing() -> None:
    event, x, month, cluster = simulated(9)
    quiet = np.zeros(50, dtype=np.int64)
    more = clustered_logit(
        np.concatenate([event, quiet]),
        np.vstack([x, np.full((50, 2), 0.5)]),
        np.concatenate([month, quiet + 99]),
        np.concatenate([cluster, quiet]),
    )
    assert more.coefficients == pytest.approx(clustered_logit(event, x, month, cluster).coefficients)


def test_what_has_no_maximum_is_refused() -> None:
    event, x, month, cluster = simulated(4)
    cases = {
        "no_variation": (event * 0, x, month, cluster),
        "collinear": (event, np.column_stack([x[:, 0], 2 * x[:, 0]]), month, cluster),
        "separation": (event, event[:, None].astype(float), month, cluster),
        "too_few_clusters": (event, x, month, cluster * 0),
    }
    for reason, arguments in cases.items():
        with pytest.raises(NotEstimableError) as problem:
            clustered_logit(*arguments)
        assert problem.value.reason == reason
    with pytest.raises(NotEstimableError) as problem:
        clustered_logit(event, np.ones((len(event), 1)), month, cluster)
    assert problem.value.reason == "no_variation"


def person_months(seed: int, n: int = 4000, slope: float = 2.0, n_units: int = 30) -> pa.Table:
    event, x, month, cluster = simulated(seed, n, slope)
    return pl.DataFrame(
        {
            "spell_key": np.arange(n) // 3,
            "org_unit_key": cluster % n_units,
            "month_start": [date(2024, 1 + m, 1) for m in month],
            "waited_months": (x[:, 1] * 3).astype(int),
            "is_event": event.astype(bool),
            "exposure": [None if place % 10 == 0 else value for place, value in enumerate(x[:, 0])],
        }
    ).to_arrow()


def test_one_row_for_the_organisation_and_one_per_initiative() -> None:
    targets = pl.DataFrame(
        {
            "initiative_id": ["a"] * 900 + ["small"] * 5,
            "first_month": [date(2024, 2, 1)] * 905,
            "spell_key": [*range(900), *range(5)],
        }
    ).to_arrow()
    table = diffusion(person_months(2), targets, ["a", "nobody", "small"])
    assert table.schema == SCHEMA
    whole, aimed, nobody, small = table.to_pylist()
    assert (whole["scope"], whole["n_person_months_without_ties"], whole["reason"]) == (
        "organisation",
        400,
        None,
    )
    assert whole["odds_ratio_ci_low"] < np.exp(0.2) < whole["odds_ratio_ci_high"]
    assert whole["p_value"] < 0.001
    assert aimed["n_person_months"] < whole["n_person_months"] and aimed["odds_ratio"] > 1
    assert (nobody["reason"], nobody["odds_ratio"], nobody["n_persons"]) == ("unknown_targets", None, 0)
    assert (small["reason"], small["odds_ratio"]) == ("too_few_events", None)
    assert small["reading"].startswith("No estimate:")
    for row in (whole, aimed, nobody, small):
        assert not [word for word in FORBIDDEN if word in row["reading"].lower()]
    assert "does not say" in whole["reading"]


def test_few_units_nobody_and_no_association() -> None:
    (row,) = diffusion(person_months(3, n_units=5), NO_TARGETS, []).to_pylist()
    assert (row["reason"], row["log_odds"]) == ("too_few_clusters", None)
    (row,) = diffusion(person_months(3).slice(0, 0), NO_TARGETS, []).to_pylist()
    assert (row["reason"], row["mean_exposure"]) == ("too_few_events", None)
    (row,) = diffusion(person_months(5, slope=0.0), NO_TARGETS, []).to_pylist()
    assert row["odds_ratio_ci_low"] < 1 < row["odds_ratio_ci_high"] and "covers 1" in row["reading"]


def test_exposure_is_the_share_of_tie_weight_to_adopters_in_the_snapshot_before() -> None:
    with duckdb.connect() as connection:
        connection.execute("""
            create schema reference; create schema intermediate; create schema marts;
            create table reference.calendar_bounds as select date '2024-04-15' as as_of_date;
            create table reference.months as
                select unnest([date '2024-01-01', date '2024-02-01', date '2024-03-01', date '2024-04-01'])
                    as month_start, cast(month_start + interval 1 month as date) as month_end;
            create table intermediate.int_adoption_spells as select * from (values
                (10, 1, 7, date '2023-12-15', date '2024-05-01', date '2024-03-20'),
                (20, 2, 7, date '2024-01-01', date '2024-05-01', date '2024-01-31'),
                (30, 3, 8, date '2024-01-01', date '2024-05-01', date '2024-02-10'),
                (40, 4, 8, date '2024-01-10', date '2024-03-10', null)
            ) as s (spell_key, person_key, org_unit_key, origin_date, observed_to, adoption_date);
            create table marts.fct_tie_month as select * from (values
                (date '2024-01-01', 1, 2, 3.0, true), (date '2024-01-01', 3, 1, 1.0, true),
                (date '2024-01-01', 1, 4, 9.0, false),
                (date '2024-02-01', 1, 2, 1.0, true), (date '2024-02-01', 2, 1, 1.0, true),
                (date '2024-02-01', 4, 1, 2.0, true)
            ) as t (month_start, from_person_key, to_person_key, weight, is_tie);
            create table intermediate.int_org_unit_ancestors as
                select * from (values (7, 7), (7, 0), (8, 8), (8, 0))
                    as a (org_unit_key, ancestor_org_unit_key);
            create table intermediate.int_initiatives as
                select 'a' as initiative_id, date '2024-02-01' as first_month;
            create table intermediate.int_initiative_targets as select * from (values
                ('a', 8, null, true), ('a', null, 1, true), ('a', 7, null, false)
            ) as i (initiative_id, org_unit_key, person_key, is_known);
        """)
        rows = connection.execute(WAITING_SQL).fetchall()
        targets = connection.execute(TARGETS_SQL).fetchall()
    found = {(spell, month.month): (waited, event, share) for spell, _, month, waited, event, share in rows}
    assert found == {
        (10, 1): (1, False, None),  # no snapshot before
        (20, 1): (0, True, None),
        (30, 1): (0, False, None),
        (10, 2): (2, False, 0.75),  # 2 had adopted in January, 3 had not
        (30, 2): (1, True, 0.0),
        (40, 2): (1, False, None),  # no ties in January: the weak one does not count
        (10, 3): (3, True, 0.5),
    }
    assert [spell for _, _, spell in targets] == [10, 30, 40]
