"""`kithwork doctor`: says what is ready, names each problem with its remedy, changes nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from assets.publish.inputs import write_json
from dagster_project import readiness

HOLD = """
import sys, time
from pathlib import Path
from assets.lock import BuildLock
BuildLock(Path(sys.argv[1])).acquire("kithwork build")
print("held", flush=True)
time.sleep(60)
"""


def everything_below(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.name != "build.lock"}


def changed(config, before, after):
    text = config.read_text()
    assert before in text
    config.write_text(text.replace(before, after))


def test_a_warehouse_in_order_is_ready_and_the_key_stays_secret(config, kithwork):
    result = kithwork(config, "doctor")
    assert result.exit_code == 0, result.output
    assert "✗" not in result.output and "Ready" in result.output
    for part in (
        "landing of community_slack: 1 unit",
        "vault: written with this key",
        "duckdb 1.5",
        "dbt-core 1.11",
    ):
        assert part in result.output
    assert "permission of hris: engagement, network, retention (basis: invented" in result.output
    assert (config.parent / "kithwork.key").read_text().strip() not in result.output


def test_a_teams_export_is_known_by_what_its_files_hold(config, kithwork):
    landing = config.parent / "landing/teams"
    landing.mkdir(parents=True)
    (landing / "a.json").write_bytes(b'{"value": [{"id": "1", "userPrincipalName": "a@b"}]}')
    changed(config, "platform: slack", "platform: teams")
    changed(config, "landing: ./landing/slack", "landing: ./landing/teams")
    assert "landing of community_slack: 1 unit" in kithwork(config, "doctor").output
    (landing / "a.json").write_bytes(b'{"value": [{"id": "1"}]}')
    result = kithwork(config, "doctor")
    assert result.exit_code == 1 and "expected the answers of Microsoft Graph" in result.output


def test_before_the_first_build_nothing_is_made(config, kithwork):
    changed(config, "warehouse: ./warehouse", "warehouse: ./elsewhere/warehouse")
    before = everything_below(config.parent)
    result = kithwork(config, "doctor")
    assert result.exit_code == 0 and "nothing there yet" in result.output
    assert everything_below(config.parent) == before


def test_every_problem_of_the_settings_is_told_at_once(config, kithwork):
    changed(config, "timezone: America/Chicago\ncal", "timezone: America/Chicgo\ncal")
    changed(config, "platform: slack", "platform: slak")
    result = kithwork(config, "doctor")
    assert result.exit_code == 1
    assert "did you mean 'America/Chicago'" in result.output and "did you mean 'slack'" in result.output


def test_problems_outside_the_settings_are_named_with_a_remedy(config, kithwork):
    folder = config.parent
    (folder / "landing/slack/slack_export_houston.zip").chmod(0o600)
    (folder / "landing/slack/slack_export_houston.zip").write_bytes(b"PK\x03\x04 cut off")
    (folder / "landing/hr/employees.csv").write_text("number,first\n1,2\n")
    (folder / "dismissed.csv").write_text("email,rule,dismissed_on\nana@example.org,R9,2024-01-01\n")
    (folder / "opt_out.csv").write_text("email\nana.example.org\n")
    (folder / "kithwork.key").chmod(0o644)
    changed(config, "holidays: US-TX", "holidays: XX")
    with config.open("a") as file:
        file.write("privacy: {opt_out: opt_out.csv}\nidentity: {aliases: none.csv}\n")
        file.write("scorecard: {dismissed: dismissed.csv}\n")
        file.write("quality: {K99: {warn: 1, reason: because it is so}}\n")
    result = kithwork(config, "doctor")
    assert result.exit_code == 1
    problems = [line for line in result.output.splitlines() if line.startswith("✗")]
    for said in (
        "landing of community_slack:",
        "column 'worker_id' is missing",
        "privacy.opt_out: opt_out.csv row 2: email has no @",
        "identity.aliases:",
        "scorecard.dismissed: dismissed.csv row 2: rule is 'R9'; expected one of R1, R2",
        "chmod 600",
        "locations.Houston.holidays: no holiday calendar of 'XX'",
        "quality.K99 is not a check",
    ):
        assert sum(said in line for line in problems) == 1, (said, problems)
    assert "Not ready: 8 problem(s)" in result.output
    assert "ana.example.org" not in result.output


def test_a_landing_that_is_no_export_of_its_platform_is_recognised(config, kithwork):
    changed(config, "landing: ./landing/slack", "landing: ./landing/hr")
    changed(
        config,
        "landing: ./landing/hr\n    permission:\n      basis: invented",
        "landing: ./none\n    permission:\n      basis: invented",
    )
    result = kithwork(config, "doctor")
    assert "landing of community_slack: nothing to read in" in result.output
    assert "Export zips" in result.output
    assert "landing of hris: landing './none' does not exist" in result.output


def test_purposes_say_which_tables_a_source_leaves_empty(config, kithwork):
    changed(config, "purposes: [engagement, network, retention]", "purposes: [network]")
    result = kithwork(config, "doctor")
    assert result.exit_code == 0
    assert "community_slack: network only; will feed no engagement and no retention table" in result.output
    assert "no source has the purpose retention" in result.output


def test_another_key_an_open_vault_and_a_newer_format_stop_a_build(config, kithwork):
    vault, key = config.parent / "warehouse/vault", config.parent / "kithwork.key"
    key.write_text("ab" * 32)
    assert "the vault was written with the key of fingerprint" in kithwork(config, "doctor").output
    vault.chmod(0o755)
    opened = kithwork(config, "doctor")
    assert opened.exit_code == 1 and f"chmod 700 '{vault}'" in opened.output
    assert vault.stat().st_mode & 0o777 == 0o755, "the doctor changes nothing"
    write_json(config.parent / "warehouse/format.json", {"format": 99})
    assert "written by a newer Kithwork" in kithwork(config, "doctor").output


def test_who_holds_the_lock_is_told(config, kithwork):
    root = config.parent / "warehouse"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(root)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        result = kithwork(config, "doctor")
        assert result.exit_code == 0
        assert f"kithwork build (process {holder.pid}) is writing" in result.output
        busy = kithwork(config, "quarantine", "show")
        assert busy.exit_code == 1 and f"process {holder.pid}" in busy.output
    finally:
        holder.kill()
        holder.wait()


def test_a_library_of_another_version_is_named(monkeypatch):
    real = readiness.metadata.version
    monkeypatch.setattr(readiness.metadata, "version", lambda n: "1.4.0" if n == "duckdb" else real(n))
    problems = [finding for finding in readiness.versions() if finding.status == "fail"]
    assert [finding.text for finding in problems] == ["versions: duckdb is 1.4.0, expected ==1.5.5"]


@pytest.mark.parametrize(("free", "status"), [(10_000, "fail"), (6 * 10**9, "warn"), (10**12, "good")])
def test_disk_space_is_judged_by_the_landing(config, monkeypatch, free, status):
    from dagster_project.settings import load

    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert [finding.status for finding in readiness.disk(load(config), 5 * 10**9)] == [status]
