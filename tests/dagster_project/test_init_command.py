"""`kithwork init` as a user meets it: settings to read, a key, and nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.testing import CliRunner

from assets.identity import vault
from assets.identity.key import load_key
from dagster_project import settings as settings_file
from dagster_project.commands.init import init

app = typer.Typer()
app.command()(init)
runner = CliRunner()


def test_it_writes_settings_that_load_and_a_private_key(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    result = runner.invoke(app, [str(folder)])
    assert result.exit_code == 0, result.output
    assert settings_file.load(folder / "kithwork.yaml").sources[0].platform == "slack"
    assert len(load_key(None, folder / "kithwork.key")) == 32
    assert "kithwork.key" in (folder / ".gitignore").read_text()


def test_it_overwrites_neither_settings_nor_key(tmp_path: Path) -> None:
    assert runner.invoke(app, [str(tmp_path)]).exit_code == 0
    key = (tmp_path / "kithwork.key").read_bytes()
    again = runner.invoke(app, [str(tmp_path)])
    assert again.exit_code == 1 and "exists already" in again.output
    (tmp_path / "kithwork.yaml").unlink()
    assert runner.invoke(app, [str(tmp_path)]).exit_code == 0
    assert (tmp_path / "kithwork.key").read_bytes() == key


def test_settings_without_a_key_get_one(tmp_path: Path) -> None:
    assert runner.invoke(app, [str(tmp_path)]).exit_code == 0
    settings = (tmp_path / "kithwork.yaml").read_text()
    (tmp_path / "kithwork.key").unlink()

    result = runner.invoke(app, [str(tmp_path)])

    assert result.exit_code == 0, result.output
    assert len(load_key(None, tmp_path / "kithwork.key")) == 32
    assert (tmp_path / "kithwork.yaml").read_text() == settings


def test_a_lost_key_of_a_built_warehouse_is_not_replaced(tmp_path: Path) -> None:
    assert runner.invoke(app, [str(tmp_path)]).exit_code == 0
    with vault.opened(tmp_path / "warehouse" / "vault", load_key(None, tmp_path / "kithwork.key")):
        pass
    (tmp_path / "kithwork.key").unlink()

    result = runner.invoke(app, [str(tmp_path)])

    assert result.exit_code == 1
    assert "restore it" in result.output.replace("\n", " ")
    assert not (tmp_path / "kithwork.key").exists()
