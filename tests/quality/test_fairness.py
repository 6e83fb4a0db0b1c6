"""A score whose version is new is not released while it puts a group of people at a disadvantage."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assets.publish.metrics import Registry, read_registry
from assets.quality.definition import CheckContext, CheckResult
from assets.quality.fairness import CHECKS
from assets.quality.validation import run_checks
from dagster_project import build_state
from tests.factories.quality_case import write_case
from tests.factories.working_file import execute

ROWS = """
    insert into marts.fct_scorecard_fairness_month values
        ('2024-04-01', 'activity', 'gender', 'w', 40, -0.9, true, true),
        ('2024-05-01', 'activity', 'gender', 'w', 40, -0.15, false, true),
        ('2024-05-01', 'activity', 'age_band', 'under 25', 30, -0.41, true, true),
        ('2024-05-01', 'activity', 'tenure_band', 'under a year', 30, -0.8, true, true),
        ('2024-05-01', 'network', 'gender', 'w', 40, 0.19, false, true),
        ('2024-05-01', 'network', 'level', '1', 40, 0.9, true, true),
        ('2024-06-01', 'network', 'gender', 'w', 40, 0.7, true, false)
"""


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    working, lake = write_case(tmp_path_factory.mktemp("fairness"))
    execute(working, ROWS)
    return working, lake


def judged(case: tuple[Path, Path], *changed: str) -> CheckResult:
    context = CheckContext(has_hr=True, changed_scores=changed)
    (result,) = run_checks(*case, context, checks=CHECKS)
    return result


def test_a_changed_score_is_judged_in_the_newest_final_month_by_what_people_are(case) -> None:
    unfair = judged(case, "activity", "network")
    assert (unfair.status, unfair.measured, unfair.subject) == ("failed", 0.41, "activity by age_band")
    assert (unfair.n_judged, unfair.n_failing) == (30, 30)
    fair = judged(case, "network")
    assert (fair.status, fair.measured) == ("passed", 0.19)


def test_a_score_that_readers_already_have_is_not_judged(case) -> None:
    assert judged(case).status == "not_applicable"


def test_only_scores_with_another_version_than_readers_have_are_changed(tmp_path, monkeypatch) -> None:
    registry = read_registry()
    manifest = tmp_path / "manifest.json"
    assert build_state.changed_scores(manifest) == (), "nothing was ever published"
    known = {metric.name: {"version": metric.version} for metric in registry.metrics}
    manifest.write_text(json.dumps({"metrics": known}))
    assert build_state.changed_scores(manifest) == ()
    areas = tuple(
        replace(
            area,
            metrics=tuple(
                replace(metric, version=metric.version + 1) if metric.name == "network_score" else metric
                for metric in area.metrics
            ),
        )
        for area in registry.areas
    )
    monkeypatch.setattr(build_state, "read_registry", lambda: Registry(areas))
    assert build_state.changed_scores(manifest) == ("network",)
