"""The same plan gives the same bytes; a foreign folder is left alone; the settings can be used."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from assets.organisation.generation import generate
from assets.organisation.plan import Plan
from dagster_project.settings import load
from tests.organisation.conftest import SMALL


def checksums(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(small_organisation: Path, tmp_path: Path) -> None:
    generate(SMALL, tmp_path / "again")
    assert checksums(tmp_path / "again") == checksums(small_organisation)


def test_another_seed_gives_other_people(small_organisation: Path, tmp_path: Path) -> None:
    generate(replace(SMALL, seed=12), tmp_path / "other")
    name = "landing/hr/employees.csv"
    assert (tmp_path / "other" / name).read_bytes() != (small_organisation / name).read_bytes()


def test_switching_dirt_off_leaves_everything_else_as_it_was(
    small_organisation: Path, tmp_path: Path
) -> None:
    """Mechanisms draw from streams of their own."""
    clean = replace(SMALL, bots=False, other_accounts=False, untidy_emails=False, second_export=False)
    generate(clean, tmp_path / "clean")
    before, after = checksums(small_organisation), checksums(tmp_path / "clean")
    kept = {name for name in before if before[name] == after.get(name)}
    assert {f"landing/hr/{name}.csv" for name in ("employees", "jobs", "absences")} <= kept
    assert {"landing/survey/network_survey.csv", "truth/ties.parquet", "truth/person_months.parquet"} <= kept
    assert {name for name in before if name.startswith("landing/viva_engage/")} <= kept
    slack = tmp_path / "clean" / "landing" / "slack"
    assert [path.name for path in slack.iterdir()] == ["acme_slack_export.zip"]
    assert (tmp_path / "clean" / "aliases.csv").read_text() == "alias_email,email\n"


def test_switching_the_silo_off_changes_ties_but_not_who_people_are(
    small_organisation: Path, tmp_path: Path
) -> None:
    generate(replace(SMALL, silo=False), tmp_path / "open")
    before, after = (
        pl.read_parquet(folder / "truth" / "people.parquet").head(SMALL.people).drop("has_account")
        for folder in (small_organisation, tmp_path / "open")
    )
    assert after.equals(before)
    changed = checksums(tmp_path / "open")["truth/ties.parquet"]
    assert changed != checksums(small_organisation)["truth/ties.parquet"]


def test_the_settings_are_ready_to_build(small_organisation: Path) -> None:
    settings = load(small_organisation / "kithwork.yaml")
    assert settings.calendar.start == SMALL.start
    assert settings.warehouse_path == small_organisation / "warehouse"
    named = [f.landing[0] for f in settings.feeds]
    named += [
        settings.initiatives,
        settings.identity.aliases,
        settings.identity.overrides,
        settings.privacy.opt_out,
    ]
    for relative in named:
        assert relative is not None and relative.startswith("./")
        assert settings.path(relative).exists(), relative
    assert settings.locations["Tromsø"].holidays == "NO"


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(FileExistsError, match="not made by this command"):
        generate(SMALL, tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_generating_again_keeps_the_warehouse(tmp_path: Path) -> None:
    plan = Plan(people=40, months=2)
    generate(plan, tmp_path / "out")
    (tmp_path / "out" / "warehouse").mkdir()
    (tmp_path / "out" / "landing" / "slack" / "stale.zip").write_bytes(b"old")
    generate(plan, tmp_path / "out")
    assert (tmp_path / "out" / "warehouse").exists()
    assert not (tmp_path / "out" / "landing" / "slack" / "stale.zip").exists()


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ({"people": 5}, "people is 5; expected at least 30"),
        ({"start": "2024-13"}, "expected a month such as '2024-01'"),
        ({"hazard_ratio": 0.0}, "1 is the null"),
        ({"withdrawal_depth": 1.5}, "expected 0"),
        ({"withdrawal_months": 0}, "withdrawal_depth 0 switches"),
    ],
)
def test_an_impossible_plan_is_refused_in_words(mistake: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Plan(**mistake)  # type: ignore[arg-type]


@pytest.mark.parametrize(("people", "months"), [(30, 1), (45, 2), (61, 3)])
def test_small_organisations_work_too(tmp_path: Path, people: int, months: int) -> None:
    summary = generate(Plan(people=people, months=months), tmp_path / "tiny")
    assert summary.people >= people
    assert summary.slack_messages > 0
