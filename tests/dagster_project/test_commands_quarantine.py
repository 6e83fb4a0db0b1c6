"""`kithwork quarantine`: counts for everybody, originals for whoever may see the vault."""

from __future__ import annotations

import pytest

from assets.extract.landing import unit_sha256
from tests.factories.houston_lake import read_into_lake

SECRET = "Zenobia\x1b[31m Quill"


@pytest.fixture
def broken(config):
    """The example with two spells that end before they begin, and a second HR file that is no table."""
    file = config.parent / "landing/hr/employees.csv"
    columns = len(file.read_text().splitlines()[0].split(","))
    with file.open("a") as rows:
        for number in (1, 2):
            cells = [f"X{number}", SECRET, f"x{number}@example.org", "2015-09-31"]
            rows.write(",".join(cells + [""] * (columns - len(cells))) + "\n")
    (config.parent / "landing/hr/other.csv").write_text("colour,shape\nred,round\n")
    read_into_lake(config)
    return config


def test_nothing_in_quarantine_is_good_news(config, kithwork):
    assert "nothing is in quarantine" in kithwork(config, "quarantine", "list").output
    assert "nothing of that kind" in kithwork(config, "quarantine", "show").output


def test_counts_come_without_originals(broken, kithwork):
    result = kithwork(broken, "quarantine", "list")
    assert result.exit_code == 0, result.output
    assert any(line.split()[:2] == ["2", "hris"] for line in result.output.splitlines())
    assert "as a whole (missing_column)" in result.output
    assert "Zenobia" not in result.output and "x1@example.org" not in result.output


def test_originals_come_from_the_vault_and_cannot_steer_the_terminal(broken, kithwork):
    result = kithwork(broken, "quarantine", "show", "--source", "hris")
    assert result.exit_code == 0, result.output
    assert result.output.count("Zenobia") == 2 and "\x1b" not in result.output
    assert "employees.csv" in result.output and "other.csv" in result.output
    one = kithwork(broken, "quarantine", "show", "--limit", "1")
    assert one.output.count("Zenobia") == 1 and "1 of 2 rows shown" in one.output


def test_unit_source_and_reason_choose(broken, kithwork):
    unit = unit_sha256(broken.parent / "landing/hr/employees.csv")
    chosen = kithwork(broken, "quarantine", "show", "--unit", unit[:12])
    assert chosen.output.count("Zenobia") == 2 and "other.csv" not in chosen.output
    for words in (("--unit", "0" * 12), ("--source", "community_slack"), ("--reason", "no_such_reason")):
        assert "nothing of that kind" in kithwork(broken, "quarantine", "show", *words).output
