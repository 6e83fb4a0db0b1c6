from __future__ import annotations

from pathlib import Path

import pytest

from assets.organisation.generation import generate
from assets.organisation.plan import Plan

SMALL = Plan(people=120, months=5, seed=11, messages_without_time=2)


@pytest.fixture(scope="session")
def small_organisation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated folder of 120 people and five months."""
    out = tmp_path_factory.mktemp("organisation") / "small"
    generate(SMALL, out)
    return out
