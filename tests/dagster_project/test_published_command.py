"""`kithwork published` as a user meets it in the terminal."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from dagster_project.commands.published import app
from tests.factories.publication_case import publish_case

SETTINGS = """
warehouse: ./warehouse
calendar: {start: 2024-01}
sources:
  - name: chat
    platform: slack
    landing: ./landing
    permission: {basis: works agreement, purposes: [engagement], reference: dpia.pdf}
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "kithwork.yaml").write_text(SETTINGS)
    return tmp_path / "kithwork.yaml"


def run(config, *arguments):
    return CliRunner().invoke(app, [*arguments, "--config", str(config)])


def test_nothing_published_yet_is_said_and_there_is_nothing_to_roll_back(config):
    assert "nothing is published yet" in run(config, "list").output
    assert run(config, "rollback").exit_code == 1


def test_versions_are_listed_compared_and_rolled_back(config):
    root = config.parent / "warehouse"
    first = publish_case(root).version
    change = "update marts.fct_participation_org_month set participation_rate = 0.8 where org_unit_key = 1"
    second = publish_case(root, change, data={"chat": "data2"}).version
    listed = run(config, "list")
    assert listed.exit_code == 0
    marked = [line for line in listed.output.splitlines() if "→" in line]
    assert first in listed.output and len(marked) == 1 and second in marked[0]
    compared = run(config, "diff", first, second)
    assert compared.exit_code == 0 and "moved by data" in compared.output
    back = run(config, "rollback")
    assert back.exit_code == 0 and f"current version: {first} (was {second})" in back.output
    assert run(config, "diff", first, "0009-2024-01-01-00000000").exit_code == 1
