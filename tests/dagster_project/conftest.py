"""The example read into a lake, once, and a copy of it for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.factories.houston_lake import copied, read_into_lake

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/houston/kithwork.yaml"


@pytest.fixture(scope="session")
def lake_settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings file of a copy of `examples/houston`; its feeds are in the lake, nothing is computed."""
    from assets.identity.key import make_key

    settings_file = copied(EXAMPLE, tmp_path_factory.mktemp("lake") / "example", "warehouse", "*.key")
    make_key(settings_file.parent / "kithwork.key")
    read_into_lake(settings_file)
    return settings_file


@pytest.fixture
def config(lake_settings: Path, tmp_path: Path) -> Path:
    """The settings file of a private copy, lake included."""
    return copied(lake_settings, tmp_path / "copy")


@pytest.fixture
def kithwork():
    """Run the command as a user would: words and the settings file."""
    from dagster_project.cli import app

    def run(settings_file: Path, *words: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, [*words, "--config", str(settings_file)], input=answer)

    return run
