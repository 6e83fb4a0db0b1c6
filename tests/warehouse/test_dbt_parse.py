"""Parsing: one parse serves every warehouse, and says so to nobody unless asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assets.warehouse import dbt_parse
from dagster_project.settings import Ties


def test_only_variables_that_depart_from_the_defaults_are_passed(tmp_path: Path) -> None:
    options = dbt_parse.arguments(tmp_path, {"half_life_days": 14, "window_weeks": 13, "go_live": ""})

    assert json.loads(options[options.index("--vars") + 1]) == {"half_life_days": 14}


def test_the_settings_defaults_are_dbts_defaults(tmp_path: Path) -> None:
    options = dbt_parse.arguments(tmp_path, Ties().model_dump())

    assert json.loads(options[options.index("--vars") + 1]) == {}


@pytest.mark.parametrize(("wish", "calm"), [("1", False), ("0", True)])
def test_dbt_writes_to_the_terminal_only_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: str, calm: bool
) -> None:
    monkeypatch.setenv("KITHWORK_VERBOSE", wish)

    assert ("--quiet" in dbt_parse.arguments(tmp_path, {})) is calm


def test_a_kept_parse_gives_the_same_models_as_a_fresh_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbt_parse, "KEPT", tmp_path / "environment" / "partial_parse.msgpack")
    dbt_parse.keep_parse()
    monkeypatch.setenv("KITHWORK_DATABASE", str(tmp_path / "elsewhere" / "kithwork.duckdb"))
    other, target = tmp_path / "none", tmp_path / "target"
    target.mkdir()

    from_kept = dbt_parse.parse(target, {})
    monkeypatch.setattr(dbt_parse, "KEPT", other)
    (tmp_path / "fresh").mkdir()
    fresh = dbt_parse.parse(tmp_path / "fresh", {})

    assert from_kept.nodes.keys() == fresh.nodes.keys()
    assert {key: node.raw_code for key, node in from_kept.nodes.items()} == {
        key: node.raw_code for key, node in fresh.nodes.items()
    }
    assert {source.schema for source in from_kept.sources.values()} >= {"lake", "reference"}
