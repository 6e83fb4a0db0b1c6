"""A full disk is recognised in whatever words it comes, and nothing else is taken for one."""

from __future__ import annotations

import errno
import sqlite3

import duckdb
import pytest
import typer

from dagster_project.full_disk import is_full_disk, telling_full_disk


def wrapped(error):
    """As Dagster and SQLAlchemy hand it on: as the cause, or the context, of an error of their own."""
    try:
        try:
            raise error
        except Exception as inner:
            raise RuntimeError("(Background on this error at: somewhere)") from inner
    except RuntimeError as outer:
        return outer


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        sqlite3.OperationalError("database or disk is full"),
        duckdb.IOException("IO Error: Could not write file: No space left on device"),
        RuntimeError("the dbt project does not parse: [Errno 28] No space left on device"),
    ],
)
def test_every_library_has_its_words(tmp_path, error):
    assert is_full_disk(error, tmp_path) and is_full_disk(wrapped(error), tmp_path)


def test_an_error_of_the_disk_counts_only_where_the_disk_is_full(tmp_path, monkeypatch):
    error = sqlite3.OperationalError("disk I/O error")
    assert not is_full_disk(error, tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 4096})())
    assert is_full_disk(error, tmp_path)
    assert not is_full_disk(ValueError("a defect"), tmp_path)


def test_the_command_ends_with_the_remedy_and_other_errors_pass(tmp_path, capsys):
    with pytest.raises(typer.Exit) as left, telling_full_disk(tmp_path):
        raise wrapped(OSError(errno.ENOSPC, "No space left on device", "/landing/Ana Sofia.zip"))
    told = " ".join(capsys.readouterr().err.split())
    assert left.value.exit_code == 1
    assert "Make room there and run kithwork build again" in told and "nothing is published yet" in told
    assert "Ana" not in told
    with pytest.raises(typer.Exit) as left, telling_full_disk(tmp_path):
        raise typer.Exit(0)
    assert left.value.exit_code == 0
    with pytest.raises(ValueError, match="a defect"), telling_full_disk(tmp_path):
        raise ValueError("a defect")
