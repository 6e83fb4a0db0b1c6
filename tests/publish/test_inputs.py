"""Unchanged inputs are recognised, and every change is."""

from __future__ import annotations

import json
import stat

import pytest

from assets.publish.inputs import (
    LastBuild,
    build_fingerprint,
    known_outcome,
    last_build,
    remember,
)


@pytest.fixture
def landing(tmp_path):
    export = tmp_path / "landing" / "ana.silva_export"
    (export / "general").mkdir(parents=True)
    (export / "users.json").write_text("[]")
    (export / "general" / "2024-01-01.json").write_text("[1]")
    (tmp_path / "landing" / "hr.csv").write_text("worker_id\n1\n")
    return tmp_path / "landing"


def fingerprint(landing, **changes):
    parts = {"settings": "s", "code": "c", "key": "k", "readers": {"slack": "1"}, **changes}
    feeds = {"chat": [landing / "ana.silva_export"], "hris": [landing / "hr.csv"]}
    return build_fingerprint(feeds, landing.parent / "landing_stat.json", **parts)


def test_only_a_change_changes_the_fingerprint(landing):
    first = fingerprint(landing)
    assert fingerprint(landing) == first
    for changes in ({"settings": "t"}, {"code": "d"}, {"key": "l"}, {"readers": {"slack": "2"}}):
        assert fingerprint(landing, **changes).digest != first.digest
    (landing / "ana.silva_export" / "general" / "2024-01-01.json").write_text("[2]")
    changed = fingerprint(landing)
    assert changed.feeds["chat"] != first.feeds["chat"] and changed.feeds["hris"] == first.feeds["hris"]
    (landing / "ana.silva_export" / "general" / "2024-01-02.json").write_text("[]")
    assert fingerprint(landing).feeds["chat"] != changed.feeds["chat"]
    (landing / "hr.csv").unlink()
    assert fingerprint(landing).feeds["hris"] != changed.feeds["hris"]


def test_files_are_read_once_and_the_cache_shows_no_path(landing):
    first = fingerprint(landing)
    (landing / "hr.csv").chmod(0o644)  # the change time moves, so the file is read again
    cache = landing.parent / "landing_stat.json"
    assert "silva" not in cache.read_text() and stat.S_IMODE(cache.stat().st_mode) == 0o600
    fingerprint(landing)
    poisoned = cache.read_text()
    digest = next(entry[-1] for entry in json.loads(poisoned).values())
    cache.write_text(poisoned.replace(digest, "0" * 64))
    assert fingerprint(landing).digest != first.digest, "the cached hash was not used"
    cache.write_text("damaged")
    assert fingerprint(landing).digest == first.digest


def test_an_outcome_is_repeated_only_while_it_still_holds(landing, tmp_path):
    today = fingerprint(landing)
    state = tmp_path / "state"
    assert known_outcome(last_build(state), today, None) is None
    remember(state, LastBuild(today.digest, "published", "0001-2024-01-01-abcdef01"))
    assert known_outcome(last_build(state), today, "0001-2024-01-01-abcdef01").outcome == "published"
    assert known_outcome(last_build(state), today, "0000-rolled-back") is None
    remember(state, LastBuild(today.digest, "failed", failures=("K2 identity match rate: 80 %",)))
    assert known_outcome(last_build(state), today, None).failures == ("K2 identity match rate: 80 %",)
    assert known_outcome(last_build(state), fingerprint(landing, code="d"), None) is None
    (state / "last_build.json").write_text("{")
    assert last_build(state) is None
