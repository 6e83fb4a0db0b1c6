"""Windows of people, and the shares and spreads of their units."""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd
import pytest

from assets import layout
from assets.publish.metrics import read_registry
from assets.warehouse.dbt_invocation import DbtProject
from tests.factories.person_days import COUNTS, of_units


pytestmark = pytest.mark.slow


def test_every_window_of_every_person_is_the_sum_of_its_days(warehouse, expected):
    found = warehouse.frame("select * from intermediate.int_person_windows")
    assert len(found) == len(expected) > 3000
    found["period_start"] = pd.to_datetime(found.period_start)
    both = found.merge(
        expected.rename(columns={"person": "person_key"}),
        on=["person_key", "period_kind", "period_start"],
        suffixes=("", "_expected"),
        validate="one_to_one",
    )
    assert len(both) == len(found)
    pairs = {
        "org_unit_key": "unit", "scheduled_workdays": "scheduled", "eligible_days": "eligible_days_expected",
        "is_eligible": "is_in", "is_partial": "is_partial_expected", "has_account": "has_account_expected",
        "is_employed_at_end": "is_employed_at_end_expected",
    }  # fmt: skip
    counts = [*COUNTS, "active_days", "active_weeks", "creating_weeks"]
    different = {a: int((both[a] != both[b]).sum()) for a, b in pairs.items()}
    seen = both[both.eligible_days > 0]
    different |= {name: int((seen[f"n_{name}"] != seen[name]).sum()) for name in counts}
    assert {name: n for name, n in different.items() if n} == {}
    assert both[both.eligible_days == 0].n_contributions.isna().all(), "nothing observed is not nothing done"
    assert seen[[f"n_{name}" for name in COUNTS]].sum().min() > 0, "every kind of trace occurs"


def test_shares_of_every_unit_and_window(warehouse, expected):
    people = of_units(warehouse, expected)
    people["is_done"] = people.is_in & (people.contributions > 0)
    people["is_made"] = people.is_in & (people.creations > 0)
    people["is_registered"] = people.has_account & ~people.is_opted_out
    is_seen = people.eligible_days > 0
    people["is_registered_done"] = people.is_registered & is_seen & (people.contributions > 0)
    keys = ["org_unit_key", "period_kind", "period_start"]
    want = people.groupby(keys)[
        ["is_in", "is_partial", "is_done", "is_made", "is_registered", "is_registered_done"]
    ].sum()
    found = warehouse.frame("select * from marts.fct_participation_org_window")
    found["period_start"] = pd.to_datetime(found.period_start)
    found = found.set_index(keys).sort_index()
    want = want.sort_index()
    assert list(found.index) == list(want.index)
    np.testing.assert_array_equal(found.n_defined, want.is_in)
    np.testing.assert_array_equal(found.n_partial, want.is_partial)
    np.testing.assert_array_equal(found.n_registered, want.is_registered)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(found.participation_rate, want.is_done / want.is_in)
        np.testing.assert_allclose(found.contribution_rate, want.is_made / want.is_in)
        is_given = found.participation_rate_registered.notna()
        np.testing.assert_allclose(
            found.participation_rate_registered[is_given],
            (want.is_registered_done / want.is_registered)[is_given],
        )
    assert found.reach_rate.isna().all()
    assert set(found.reach_reason) == {"no_views_in_sources"}
    month = warehouse.frame("select * from marts.fct_participation_org_month").set_index("org_unit_key")
    whole = found.loc[(0, "month")]
    np.testing.assert_allclose(
        month.loc[[0]].sort_values("month_start").participation_rate, whole.participation_rate
    )


def test_the_semantic_layer_says_the_same_of_the_whole_organisation(warehouse, tmp_path):
    project = layout.Warehouse(tmp_path)
    project.create()
    manifest = DbtProject(project, {}).parse()
    [model] = manifest["semantic_models"].values()
    sums = {m["name"]: f"cast({m['agg']}({m['expr']}) as double)" for m in model["measures"]}
    ratios = {
        metric["name"]: metric["type_params"]
        for metric in manifest["metrics"].values()
        if metric["type"] == "ratio"
    }
    assert set(ratios) <= {metric.name for metric in read_registry().metrics}
    columns = [
        f"{sums[parts['numerator']['name']]} / nullif({sums[parts['denominator']['name']]}, 0) as {name}"
        for name, parts in ratios.items()
    ]
    found = warehouse.frame(f"select {', '.join(columns)} from marts.fct_person_month group by month_start "
                            "order by month_start")  # fmt: skip
    want = warehouse.frame(
        "select * from marts.fct_participation_org_month where org_unit_key = 0 order by month_start"
    )
    assert len(ratios) == 4
    for name in ratios:
        np.testing.assert_allclose(found[name], want[name], err_msg=name)


def test_the_panel_is_the_same_people_in_every_month(warehouse, expected):
    seen = expected[(expected.period_kind == "month") & (expected.is_in | expected.is_partial)]
    seen = seen.sort_values(["person", "period_start"])
    months = sorted(seen.period_start.unique())
    assert len(months) == 9, "no month is left out of a history shorter than the panel"
    persons = seen.groupby("person").agg(unit=("unit", "last"), n_eligible=("is_in", "sum")).reset_index()
    persons["is_panel"] = persons.n_eligible == len(months)
    assert 0 < persons.is_panel.sum() < len(persons)
    units = of_units(warehouse, persons)
    found = warehouse.frame("select * from marts.fct_participation_panel_month")
    found["month_start"] = pd.to_datetime(found.month_start)
    assert len(found) == units.org_unit_key.nunique() * len(months)
    everybody = of_units(warehouse, seen[seen.is_in])
    for row in found.itertuples():
        here = units[units.org_unit_key == row.org_unit_key]
        panel = set(here[here.is_panel].person)
        now = seen[(seen.period_start == row.month_start) & seen.person.isin(panel)]
        eligible = everybody[
            (everybody.org_unit_key == row.org_unit_key) & (everybody.period_start == row.month_start)
        ]
        assert (row.n_population, row.n_defined, row.n_partial) == (
            len(here), len(panel), len(here) - len(panel),
        )  # fmt: skip
        assert row.n_unlike == len(panel ^ set(eligible.person))
        if panel:
            assert row.participation_rate == pytest.approx((now.contributions > 0).mean())
            assert row.contribution_rate == pytest.approx((now.creations > 0).mean())
        else:
            assert np.isnan(row.participation_rate) and row.suppression_reason == "no_eligible_persons"


def test_spread_over_people(warehouse, expected):
    people = of_units(warehouse, expected[(expected.period_kind == "r28") & expected.is_in])
    found = warehouse.frame("select * from marts.fct_contribution_spread_org_month where n_defined > 0")
    found["month_start"] = pd.to_datetime(found.month_start)
    checked = 0
    for key, x in people.groupby(["org_unit_key", "period_start"]).contributions:
        [row] = found[(found.org_unit_key == key[0]) & (found.month_start == key[1])].to_dict("records")
        values = np.sort(x.to_numpy())
        if values.sum() == 0:
            assert np.isnan(row["gini_contribution"]) and row["suppression_reason"] == "no_contributions"
            continue
        mean_difference = np.abs(values[:, None] - values[None, :]).mean()
        assert row["gini_contribution"] == pytest.approx(mean_difference / (2 * values.mean()))
        top = values[-ceil(0.1 * len(values)) :].sum() / values.sum()
        assert row["top10_share"] == pytest.approx(top)
        checked += 1
    assert checked > 50
