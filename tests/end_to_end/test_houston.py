"""The real example from its files to a published version, as its user meets it."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import date

import pytest

from tests.factories.builds import (
    build,
    lake_rows,
    manifest,
    published_rows,
    warehouse_of,
    working_rows,
)

LAST_COVERED_DAY = date(2016, 7, 27)


@pytest.fixture(scope="module")
def settings(houston):
    assert houston.outcome.code == 0, houston.outcome.said
    return houston.settings


def test_the_build_shows_its_stages_and_where_the_result_lies(houston):
    assert houston.outcome.code == 0, houston.outcome.said
    shown = houston.outcome.out
    stages = ["Extract", "Facts", "Network", "Outcomes", "Quality", "Publish"]
    places = [shown.index(f"\n  {stage} ") if stage != "Extract" else shown.index(stage) for stage in stages]
    assert places == sorted(places)
    assert "published/current/kithwork.duckdb" in shown
    assert "Participation" in shown and "quarantined" in shown
    # Calm: no log line of Dagster or dbt, no warning of a library.
    for word in ("dagster", "dbt", "Warning", "INFO", "Traceback"):
        assert word not in shown + houston.outcome.err


def test_the_lake_reconciles_with_the_export(settings):
    messages = lake_rows(settings, "messages", "kind, n_attachments, message_id")
    # 1,382 records: 964 plain messages and 61 uploads; 320 joins and 37 other system records.
    assert len(messages) == len({row[2] for row in messages}) == 1_382
    assert Counter(row[0] for row in messages) == {"post": 964 + 61, "system": 320 + 37}
    assert sum(row[1] or 0 for row in messages) == 61
    assert len(lake_rows(settings, "reactions")) == 199
    # 156 in plain messages, less 3 repeated within one message, and 2 in comments on uploads; 5 name all.
    broadcasts = Counter(row[0] for row in lake_rows(settings, "mentions", "is_broadcast"))
    assert broadcasts == {False: 156 - 3 + 2, True: 5}
    accounts = lake_rows(settings, "accounts", "source, account_id")
    assert Counter(source for source, _ in accounts) == {"community_slack": 71}
    assert len(lake_rows(settings, "channels")) == 16
    assert lake_rows(settings, "quarantine") == []


def test_facts_count_what_the_lake_holds(settings):
    counted = working_rows(
        settings, "select activity_type, count(*) from intermediate.int_activities group by all"
    )
    found = dict(counted)
    people = {row[0] for row in lake_rows(settings, "accounts", "account_id, kind") if row[1] == "person"}
    posts = [row for row in lake_rows(settings, "messages", "author_account_id, kind") if row[1] == "post"]
    assert found["post"] <= sum(author in people for author, _ in posts)
    assert found["post"] > 900 and 150 < found["reaction"] <= 199
    assert "reply" not in found  # the export is older than threads


def test_the_published_file_describes_itself(settings):
    tables = published_rows(
        settings, "select table_name, comment from duckdb_tables() where database_name = current_database()"
    )
    assert {"fct_participation_org_month", "fct_retention_by_engagement", "dim_org_unit"} <= dict(
        tables
    ).keys()
    assert [name for name, comment in tables if not comment] == []
    columns = published_rows(
        settings,
        "select table_name || '.' || column_name, comment from duckdb_columns() "
        "where database_name = current_database() and not internal",
    )
    assert len(columns) > 50
    assert [name for name, comment in columns if not comment] == []
    personal = [
        name for name, _ in columns if name.split(".")[1] in {"person_key", "person_id", "account_id"}
    ]
    assert personal == []


@pytest.mark.parametrize("side", ["published", "restricted"])
def test_the_manifest_tells_rows_and_checksums(settings, side):
    told = manifest(settings, side)
    folder = warehouse_of(settings).root / side / "current"
    assert told["version"] == folder.resolve().name
    assert told["as_of"] == LAST_COVERED_DAY.isoformat()
    files = {path.stem for path in folder.glob("*.parquet")}
    assert set(told["tables"]) == files and files
    for name, entry in told["tables"].items():
        content = (folder / f"{name}.parquet").read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest(), name
        rows = published_rows(settings, f'select count(*) from "{name}"', side)
        assert rows == [(entry["rows"],)], name
    assert {check["status"] for check in told["checks"]} <= {"passed", "warned", "not_applicable"}
    assert told["fingerprints"]["data"].keys() == {"community_slack"}
    assert told["fingerprints"]["hr"].keys() == {"hris"}


def test_nothing_comes_after_the_last_covered_day(settings):
    assert working_rows(settings, "select as_of_date from reference.calendar_bounds") == [(LAST_COVERED_DAY,)]
    for side in ("published", "restricted"):
        for name in manifest(settings, side)["tables"]:
            columns = published_rows(settings, f"select column_name from (describe {name})", side)
            dated = {column for (column,) in columns} & {"month_start", "date", "local_date", "occurred_at"}
            for column in dated - {"date"}:  # the calendar dimension may reach to the end of its month
                latest = published_rows(settings, f"select max({column})::date from {name}", side)[0][0]
                assert latest is None or latest <= LAST_COVERED_DAY, f"{side} {name}.{column}"


def test_a_second_build_does_no_work_and_says_so(settings):
    before = working_file_state(settings)
    again = build(settings)
    assert again.code == 0, again.said
    assert "nothing new" in again.out and manifest(settings)["version"] in again.out
    assert "Extract" not in again.out
    assert working_file_state(settings) == before
    assert again.seconds < 60  # a build takes longer even on an idle machine; this takes a few seconds


def working_file_state(settings):
    stat = warehouse_of(settings).database.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
