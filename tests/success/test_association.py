"""What is refused and why, how few units are treated, and how the page says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from assets.success.association import Association, associate, associations, family_q
from assets.success.drivers import DRIVERS, LAGS
from assets.success.reading import association_reading
from assets.success.report import report
from assets.success.step import association_table
from benchmarks.success_simulation import World, organisation

TIES = "cross_unit_ties"


def panel(units: int = 40, seed: int = 1, effect: float = 1.0):
    return organisation(World(units, effect), seed)[0]


def cut(one, units: slice, months: slice):
    return replace(
        one,
        unit_keys=one.unit_keys[units],
        months=one.months[months],
        values=one.values[units, months],
        drivers={name: values[units, months] for name, values in one.drivers.items()},
    )


def test_every_metric_driver_and_lag_is_a_test_and_all_are_counted() -> None:
    panels = organisation(World(40), 3)
    found = associations(panels)
    assert len(found) == len(panels) * len(DRIVERS) * len(LAGS)
    table = association_table(panels, [(p.metric, p.entity_type) for p in panels]).to_pylist()
    assert {row["n_tests"] for row in table} == {len(found)}
    assert [row["q_value"] for row in table] == family_q(found)


def test_the_lag_is_that_of_the_driver() -> None:
    """A metric that is the driver of two months before, and nothing else."""
    one = panel()
    driver = one.drivers[TIES]
    values = np.full_like(driver, np.nan)
    values[:, 2:] = 3 * driver[:, :-2]
    exact = associate(replace(one, values=values), TIES, 2)
    assert exact.estimate == pytest.approx(3)
    assert exact.standardised == pytest.approx(1)
    assert associate(replace(one, values=values), TIES, 1).standardised < 0.9


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (lambda p: replace(p, purposes=frozenset({"engagement"})), "purpose_not_allowed"),
        (lambda p: cut(p, slice(0, 7), slice(None)), "too_few_units"),
        (lambda p: cut(p, slice(None), slice(0, 7)), "too_few_periods"),
        (lambda p: replace(p, values=np.full_like(p.values, 3.0)), "no_variation"),
        (lambda p: replace(p, drivers=p.drivers | {TIES: np.full_like(p.values, np.nan)}),
         "driver_not_measured"),
        (lambda p: replace(p, drivers=p.drivers | {TIES: np.full_like(p.values, 0.5)}), "no_variation"),
    ],
)  # fmt: skip
def test_a_number_is_refused_with_its_reason(changed, reason) -> None:
    found = associate(changed(panel()), TIES, 2)
    assert (found.reason, found.estimate, found.p_value) == (reason, None, None)


def test_few_units_are_permuted_and_gaps_refused() -> None:
    few = cut(panel(), slice(0, 12), slice(None))
    found = associate(few, TIES, 2)
    assert (found.inference, found.n_units) == ("permutation", 12)
    assert associate(panel(), TIES, 2).inference == "clustered"
    holes = few.values.copy()
    holes[np.arange(12), np.arange(12) + 4] = np.nan  # every unit lacks another month
    holes[:, 10:] = np.where(np.arange(8) % 2 == np.arange(12)[:, None] % 2, np.nan, holes[:, 10:])
    assert associate(replace(few, values=holes), TIES, 2).reason == "too_few_units_together"


def test_the_page_names_what_stands_out_counts_the_rest_and_claims_no_cause() -> None:
    panels = organisation(World(40, 1.0), 5)
    rows = association_table(panels, [(p.metric, p.entity_type) for p in panels]).to_pylist()
    rows = [{**row, "suppression_reason": row["reason"]} for row in rows]

    def month(number, unit, value):
        return {
            "metric": "sales", "entity_type": "org_unit", "org_unit_key": unit, "unit": None,
            "month_start": date(2024, number, 1), "metric_value": value, "is_final": True,
        }  # fmt: skip

    before = [month(1, 1, 4.0), month(2, 1, 5.0)]
    now = [month(1, 1, 4.0), month(2, 1, 6.0), month(2, 2, 100.0), month(1, 3, None)]
    page = report(rows, now, before)
    assert f"{len(rows)} tests" in page
    assert "sales_per_head is" in page and "not shown to be caused by it" in page
    # the unit that is new in February moves the mean and not the change
    assert "2024-01 4, 2024-02 53 (+2)" in page
    assert "1 values are new, 1 were corrected, 0 are gone" in page
    assert "No success metric" in report([], [])


def test_a_reading_gives_estimate_and_interval_in_one_unit() -> None:
    raw = {"estimate": 1.42, "low": 0.72, "high": 2.13, "p_value": 0.0002}
    relative = {"standardised": 0.15, "standardised_low": 0.08, "standardised_high": 0.22}
    one = Association("incidents", "org_unit", "bridge_dependency", 1, 500, **raw, **relative)
    said = association_reading(one, 0.002, 60, "count", False)
    assert "0.15 standard deviations higher" in said and "(95 % 0.08 to 0.22, " in said
    counted = association_reading(replace(one, driver="cross_unit_ties"), 0.002, 60, "count", False)
    assert "1.42 count higher with one more tie" in counted and "(95 % 0.72 to 2.13, " in counted
