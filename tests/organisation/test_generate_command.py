"""``kithwork generate`` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from assets.organisation.plan import Plan
from dagster_project.commands.generate import generate

app = typer.Typer()
app.command()(generate)
runner = CliRunner()


def test_it_says_what_it_wrote_and_how_to_build_it(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    result = runner.invoke(app, ["--out", str(out), "--people", "40", "--months", "2"])
    assert result.exit_code == 0, result.output
    assert "40 at the start" in result.output
    assert "kithwork build --config" in result.output
    assert (out / "kithwork.yaml").exists()


def test_options_switch_effects_off(tmp_path: Path) -> None:
    out = tmp_path / "null"
    off = [
        "--hazard-ratio",
        "1.0",
        "--confounding",
        "0",
        "--withdrawal",
        "0",
        "--no-silo",
        "--no-bots",
        "--no-hubs",
    ]
    result = runner.invoke(app, ["--out", str(out), "--people", "40", "--months", "2", *off])
    assert result.exit_code == 0, result.output
    plan = json.loads((out / "truth" / "plan.json").read_bytes())
    changed = {key: value for key, value in plan.items() if value != getattr(Plan(), key)}
    assert changed == {
        "people": 40, "months": 2, "hazard_ratio": 1.0, "confounding": 0.0, "withdrawal_depth": 0.0,
        "silo": False, "bots": False, "hubs": False,
    }  # fmt: skip


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = runner.invoke(app, ["--out", str(tmp_path)])
    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == [tmp_path / "notes.txt"]


def test_it_is_ready_to_build_and_keeps_its_key(tmp_path: Path) -> None:
    options = ["--out", str(tmp_path / "demo"), "--people", "40", "--months", "2"]
    assert runner.invoke(app, options).exit_code == 0
    key = tmp_path / "demo" / "kithwork.key"
    made = key.read_bytes()
    assert key.stat().st_mode & 0o777 == 0o600
    assert runner.invoke(app, options).exit_code == 0
    assert key.read_bytes() == made


def test_the_warehouse_of_another_organisation_is_refused_with_the_way_out(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    options = ["--out", str(out), "--people", "40", "--months", "2"]
    assert runner.invoke(app, [*options, "--seed", "1"]).exit_code == 0
    # files alone may be replaced
    assert runner.invoke(app, [*options, "--seed", "2"]).exit_code == 0
    landed = sorted(path.read_bytes() for path in (out / "landing" / "slack").iterdir())
    (out / "warehouse" / "lake" / "messages").mkdir(parents=True)
    refused = runner.invoke(app, [*options, "--seed", "3", "--no-silo"])
    assert refused.exit_code == 2
    said = " ".join(refused.output.split())
    assert "silo True instead of False" in said and "seed 2 instead of 3" in said
    assert "--out" in said and "delete that warehouse" in said
    assert sorted(path.read_bytes() for path in (out / "landing" / "slack").iterdir()) == landed
    # the same organisation again is welcome
    assert runner.invoke(app, [*options, "--seed", "2"]).exit_code == 0
