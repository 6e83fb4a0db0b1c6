"""The files are what the platforms and HR systems write, and they agree with one another."""

from __future__ import annotations

import csv
import io
import itertools
import json
import zipfile
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.organisation.conftest import SMALL

Record = dict[str, Any]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day_files(path: Path) -> dict[tuple[str, str], list[Record]]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {
            (name.split("/")[0], name.split("/")[1].removesuffix(".json")): json.loads(archive.read(name))
            for name in archive.namelist()
            if "/" in name
        }


def listed(path: Path, name: str) -> list[Record]:
    with zipfile.ZipFile(path) as archive:
        return list(json.loads(archive.read(name)))


@pytest.fixture(scope="module")
def first_export(small_organisation: Path) -> Path:
    return small_organisation / "landing" / "slack" / "acme_slack_export.zip"


@pytest.fixture(scope="module")
def second_export(small_organisation: Path) -> Path:
    return small_organisation / "landing" / "slack" / "acme_slack_export_2024-05.zip"


def spells(folder: Path) -> dict[str, list[tuple[date, date]]]:
    found = defaultdict(list)
    for row in rows_of(folder / "landing" / "hr" / "employees.csv"):
        end = date.fromisoformat(row["termination_date"]) if row["termination_date"] else date.max
        found[row["worker_id"]].append((date.fromisoformat(row["hire_date"]), end))
    return found


def test_every_folder_of_the_export_is_listed(first_export: Path) -> None:
    named = set()
    for file in ("channels.json", "groups.json", "mpims.json"):
        named |= {c["name"] for c in listed(first_export, file)}
    named |= {c["id"] for c in listed(first_export, "dms.json")}
    assert {folder for folder, _ in day_files(first_export)} <= named
    ids = [
        c["id"]
        for file in ("channels.json", "groups.json", "mpims.json", "dms.json")
        for c in listed(first_export, file)
    ]
    assert len(ids) == len(set(ids))


def test_messages_lie_in_the_file_of_their_day_and_their_authors_are_known(first_export: Path) -> None:
    users = {u["id"] for u in listed(first_export, "users.json")}
    lost = 0
    seen = set()
    for (folder, day), records in day_files(first_export).items():
        for record in records:
            if "ts" not in record:
                lost += 1
                continue
            moment = datetime.fromtimestamp(float(record["ts"]), tz=UTC)
            assert moment.date().isoformat() == day
            assert (folder, record["ts"]) not in seen
            seen.add((folder, record["ts"]))
            assert record.get("user") in users or record["subtype"] == "bot_message"
    assert lost == SMALL.messages_without_time


def test_threads_and_reactions_are_consistent(first_export: Path) -> None:
    channels: dict[str, dict[str, Record]] = defaultdict(dict)
    for (folder, _), records in day_files(first_export).items():
        channels[folder] |= {r["ts"]: r for r in records if "ts" in r}
    n_replies = n_reactions = 0
    for messages in channels.values():
        for ts, record in messages.items():
            for reaction in record.get("reactions", []):
                n_reactions += 1
                assert reaction["count"] == len(set(reaction["users"])) > 0
                assert record["user"] not in reaction["users"]
            if record.get("thread_ts", ts) != ts:
                n_replies += 1
                parent = messages[record["thread_ts"]]
                assert record["parent_user_id"] == parent["user"] != record["user"]
                assert {"user": record["user"], "ts": ts} in parent["replies"]
                assert parent["reply_count"] == len(parent["replies"])
                assert parent["latest_reply"] >= ts
    assert n_replies > 200 and n_reactions > 200


def test_the_later_export_repeats_edits_and_deletes(first_export: Path, second_export: Path) -> None:
    first, second = day_files(first_export), day_files(second_export)
    assert min(day for _, day in second) >= "2024-05-01"
    overlap = {key for key in first if key[1] >= "2024-05-01"}
    before = {(key[0], r["ts"]): r for key in overlap for r in first[key] if "ts" in r}
    after = {(folder, r["ts"]): r for (folder, _), records in second.items() for r in records}
    assert max(day for _, day in first) <= "2024-05-20" < max(day for _, day in second)
    gone = before.keys() - after.keys()
    changed = [k for k in before.keys() & after.keys() if before[k].get("text") != after[k].get("text")]
    assert 0 < len(gone) < 0.05 * len(before)
    assert 0 < len(changed) < 0.05 * len(before)
    assert all("edited" in after[k] for k in changed)


def test_nobody_writes_before_the_hire_or_after_the_exit(
    small_organisation: Path, first_export: Path
) -> None:
    accounts = pl.read_parquet(small_organisation / "truth" / "accounts.parquet")
    person_of = {r["slack_id"]: r["worker_id"] for r in accounts.iter_rows(named=True) if r["worker_id"]}
    employed = spells(small_organisation)
    slack = timedelta(days=1)  # a local day may be another one in UTC
    for (_, day), records in day_files(first_export).items():
        for record in records:
            actors = [record["user"]] if "user" in record and "ts" in record else []
            for actor in actors:
                if actor in person_of:
                    on = date.fromisoformat(day)
                    assert any(a - slack <= on and on - slack <= b for a, b in employed[person_of[actor]])


def test_viva_engage_replies_point_to_messages_that_exist(small_organisation: Path) -> None:
    seen: set[str] = set()
    users: set[str] = set()
    n_replies = 0
    for path in sorted((small_organisation / "landing" / "viva_engage").iterdir()):
        with zipfile.ZipFile(path) as archive:
            tables = {
                name: list(csv.DictReader(io.StringIO(archive.read(name).decode())))
                for name in archive.namelist()
                if name.endswith(".csv")
            }
        assert {"Messages.csv", "Users.csv", "Groups.csv", "Networks.csv", "Admins.csv"} <= tables.keys()
        users |= {row["id"] for row in tables["Users.csv"]}
        groups = {row["id"] for row in tables["Groups.csv"]}
        for row in tables["Messages.csv"]:
            assert row["sender_id"] in users and row["group_id"] in groups
            assert not row["replied_to_id"] or row["replied_to_id"] in seen
            n_replies += bool(row["replied_to_id"])
            seen.add(row["id"])
    assert n_replies > 20


def test_hr_spells_and_jobs_are_sound(small_organisation: Path) -> None:
    employed = spells(small_organisation)
    for periods in employed.values():
        ordered = sorted(periods)
        assert all(a <= b for a, b in ordered)
        assert all(x[1] < y[0] for x, y in itertools.pairwise(ordered))
    jobs = rows_of(small_organisation / "landing" / "hr" / "jobs.csv")
    by_worker = defaultdict(list)
    for row in jobs:
        since = date.fromisoformat(row["valid_from"])
        until = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
        assert since < until
        assert any(a <= since <= b for a, b in employed[row["worker_id"]])
        assert len(row["org_unit_path"].split(" > ")) == 3
        by_worker[row["worker_id"]].append((since, until))
    assert by_worker.keys() == employed.keys()
    for intervals in by_worker.values():
        ordered = sorted(intervals)
        assert all(x[1] <= y[0] for x, y in itertools.pairwise(ordered))


@pytest.mark.parametrize("on", [date(2024, 1, 1), date(2024, 3, 15), date(2024, 5, 31)])
def test_everybody_reports_to_somebody_employed_and_nobody_to_themselves(
    small_organisation: Path, on: date
) -> None:
    manager = {}
    for row in rows_of(small_organisation / "landing" / "hr" / "jobs.csv"):
        until = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
        if date.fromisoformat(row["valid_from"]) <= on < until:
            manager[row["worker_id"]] = row["manager_id"]
    heads = [worker for worker, above in manager.items() if not above]
    assert len(heads) == 1
    for worker in manager:
        chain = [worker]
        while manager[chain[-1]]:
            chain.append(manager[chain[-1]])
            assert len(chain) <= 6
        assert chain[-1] == heads[0]


def test_survey_and_initiatives_name_people_and_units_that_exist(small_organisation: Path) -> None:
    workers = spells(small_organisation).keys()
    answers = rows_of(small_organisation / "landing" / "survey" / "network_survey.csv")
    assert len(answers) > 100
    for row in answers:
        assert {row["respondent"], row["nominee"]} <= workers
        assert row["respondent"] != row["nominee"]
    units = {row["org_unit_id"] for row in rows_of(small_organisation / "landing" / "hr" / "jobs.csv")}
    for row in rows_of(small_organisation / "initiatives.csv"):
        assert {target.removeprefix("unit:") for target in row["targets"].split(";")} <= units


def test_untidy_accounts_are_told_in_the_truth(small_organisation: Path) -> None:
    dirt = json.loads((small_organisation / "truth" / "dirt.json").read_bytes())
    kinds = {entry["what"] for entry in dirt}
    assert {"bot", "service", "shared", "guest", "without_hr_record", "message_without_time"} <= kinds
    aliases = rows_of(small_organisation / "aliases.csv")
    assert len(aliases) == sum(entry["what"] == "other_domain" for entry in dirt)
    assert all(row["email"].endswith("@acme.example") for row in aliases)


def test_two_people_share_a_name_and_nobody_an_address(small_organisation: Path) -> None:
    employees = rows_of(small_organisation / "landing" / "hr" / "employees.csv")
    named = {row["worker_id"]: (row["name"], row["email"]) for row in employees}
    assert len({name for name, _ in named.values()}) < len(named)
    assert len({email for _, email in named.values()}) == len(named)
    assert any(not name.isascii() for name, _ in named.values())
    assert all(email.isascii() for _, email in named.values())
