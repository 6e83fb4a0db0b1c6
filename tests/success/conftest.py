"""The dbt project on a temporary warehouse, as in tests/dbt."""

from __future__ import annotations

import pytest

from tests.factories.dbt_project import DbtProject


@pytest.fixture(scope="session")
def parsed_dbt_project(tmp_path_factory: pytest.TempPathFactory) -> DbtProject:
    return DbtProject(tmp_path_factory.mktemp("success"))
