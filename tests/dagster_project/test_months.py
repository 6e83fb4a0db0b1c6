"""The UI's list of months follows the data, never today's date."""

from __future__ import annotations

from pathlib import Path

from assets.layout import Warehouse
from dagster_project.months import FIRST_GUESS, known_months, remember_last_month, shifted
from dagster_project.settings import Settings


def settings(folder: Path, **calendar: object) -> Settings:
    permission = {"basis": "test", "purposes": ["network"], "reference": "test"}
    source = {"name": "chat", "platform": "slack", "landing": "x", "permission": permission}
    return Settings.model_validate(
        {"warehouse": str(folder), "calendar": {"start": "2023-11", **calendar}, "sources": [source]}
    )


def test_before_a_build_two_years_are_shown(tmp_path: Path) -> None:
    months = known_months(settings(tmp_path))
    assert months[0] == "2023-11"
    assert len(months) == FIRST_GUESS


def test_after_a_build_the_list_ends_with_the_data(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    warehouse.create()
    remember_last_month(warehouse, "2024-02")
    assert known_months(settings(tmp_path)) == ["2023-11", "2023-12", "2024-01", "2024-02"]


def test_the_horizon_bounds_the_list(tmp_path: Path) -> None:
    assert known_months(settings(tmp_path, horizon_months=2)) == ["2023-11", "2023-12"]


def test_months_roll_over_the_year() -> None:
    assert shifted("2023-12", 1) == "2024-01"
    assert shifted("2024-01", -1) == "2023-12"
