"""Months in order, whether computed here or by other processes."""

from datetime import date

import pytest

from assets.network import backfill
from assets.network.snapshot import SnapshotOptions
from tests.factories.populations import population_tables

MONTHS = [date(2024, month, 1) for month in (1, 2, 3, 4)]
QUICK = SnapshotOptions(permutations=0, leiden_restarts=1)


def load(month):
    return population_tables(n=40, seed=month.month)


@pytest.mark.slow
def test_processes_give_the_same_snapshots_in_the_same_order(monkeypatch):
    here = list(backfill.compute_snapshots(MONTHS, load, QUICK))
    monkeypatch.setattr(backfill, "KERNEL_VERTICES", 10)
    elsewhere = list(backfill.compute_snapshots(MONTHS, load, QUICK, workers=2))
    assert [done.month for done in elsewhere] == MONTHS
    for left, right in zip(here, elsewhere, strict=True):
        assert all(left.tables[name].equals(right.tables[name]) for name in left.tables)


def test_inputs_are_loaded_one_at_a_time():
    loaded = []

    def noted(month):
        loaded.append(month)
        return load(month)

    results = backfill.compute_snapshots(MONTHS, noted, QUICK)
    next(results)
    assert loaded == MONTHS[:1]
    assert list(backfill.compute_snapshots([], noted)) == []
