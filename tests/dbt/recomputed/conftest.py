"""A generated organisation, worked out a second time in pandas.

The second way counts day by day and person by person (``tests.factories.person_days``), uses
lifelines for survival and networkx for ego networks, and knows nothing of the models' SQL. What
the generator planted is compared with what the marts found.
"""

from __future__ import annotations

import fcntl
import os

import pytest

from tests.factories.builds import build, kithwork, warehouse_of
from tests.factories.person_days import Warehouse, events, person_days, person_windows


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Its settings; the processes that share the tests share the build, and nobody changes it."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent
    folder = root / "recomputed_organisation"
    with (root / "recomputed_organisation.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "is_built").exists():
            # without the young, who are hardly ever silent whatever was planted for them
            size = ["--people", "150", "--months", "9", "--seed", "5", "--no-mix-shift"]
            generated = kithwork("generate", *size, "--out", folder)
            assert generated.code == 0, generated.said
            outcome = build(folder / "kithwork.yaml")
            assert outcome.code == 0, outcome.said
            (folder / "is_built").touch()
    return folder / "kithwork.yaml"


@pytest.fixture(scope="session")
def warehouse(built):
    return Warehouse(warehouse_of(built).database)


@pytest.fixture(scope="session")
def days(warehouse):
    return person_days(warehouse)


@pytest.fixture(scope="session")
def traces(warehouse):
    return events(warehouse)


@pytest.fixture(scope="session")
def expected(warehouse, days, traces):
    return person_windows(warehouse, days, traces)
