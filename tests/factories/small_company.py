"""Twelve people as real files: a Slack export, HR lists and a mail trace, with a settings file.

The first of them has a name, address, handle and ids that stand nowhere else, so that any trace
of them can be searched for.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from assets.identity.key import write_key
from tests.factories import slack_export

KEY = bytes(range(1, 33))
PEOPLE = 12
PLANTED = "Zyxwilda Quornfeather"
PLANTED_EMAIL = "zyxwilda.quornfeather@acme.test"
PLANTED_HANDLE = "zyxq77"
PLANTED_WORKER = "WQXZ4711"
PLANTED_ACCOUNT = "UQXZJ4711"
WORD = "plovdivquux"
"""A word of message texts only."""
OPTED_OUT = 3
"""The person (by position) who refuses."""
FIRST_DAY = datetime(2024, 1, 8, tzinfo=UTC)
WEEKS = 12
PERMISSION = {"basis": "invented", "reference": "tests"}
EVERY_PURPOSE = ["engagement", "network", "retention"]


def name(person: int) -> str:
    """Full name."""
    return PLANTED if person == 0 else f"Given{person:02} Family{person:02}"


def email(person: int) -> str:
    """Address in HR, Slack and mail."""
    return PLANTED_EMAIL if person == 0 else f"person{person:02}@acme.test"


def worker(person: int) -> str:
    """Worker id of HR."""
    return PLANTED_WORKER if person == 0 else f"W{person:03}"


def account(person: int) -> str:
    """Account id of Slack."""
    return PLANTED_ACCOUNT if person == 0 else f"U{person:03}"


def handle(person: int) -> str:
    """Handle in Slack."""
    return PLANTED_HANDLE if person == 0 else f"handle{person:02}"


def settings_file(folder: Path, **changes: Any) -> Path:
    """``kithwork.yaml`` for Slack and HR, with the key beside it; ``changes`` replace top-level keys."""
    content: dict[str, Any] = {
        "warehouse": "./warehouse",
        "calendar": {"start": "2024-01"},
        "sources": [source("chat", "slack", "./landing/chat", EVERY_PURPOSE)],
        "hr": [{"name": "hris", "system": "csv", "landing": "./landing/hr", "permission": permission()}],
        **changes,
    }
    folder.mkdir(parents=True, exist_ok=True)
    write_key(folder / "kithwork.key", KEY)
    path = folder / "kithwork.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def permission(purposes: Sequence[str] = EVERY_PURPOSE) -> dict[str, Any]:
    """A permission for these purposes."""
    return {**PERMISSION, "purposes": list(purposes)}


def source(called: str, platform: str, landing: str, purposes: Sequence[str], **more: Any) -> dict[str, Any]:
    """A collaboration source of the settings."""
    feed = {"name": called, "platform": platform, "landing": landing, "permission": permission(purposes)}
    return {**feed, **more}


def write_hr(folder: Path) -> None:
    """``employees.csv`` and ``jobs.csv``: everybody has been there for years, all report to person 1."""
    columns = ["worker_id", "name", "email", "hire_date", "termination_date", "termination_type", "reason"]
    rows = [[worker(p), name(p), email(p), "2020-01-01", "", "", ""] for p in range(PEOPLE)]
    write_csv(folder / "employees.csv", columns, rows)
    columns = ["worker_id", "valid_from", "manager_id", "org_unit_id", "org_unit_path"]
    rows = [
        [worker(p), "2020-01-01", "" if p == 1 else worker(1), f"u{p % 2}", f"Acme > Unit {p % 2}"]
        for p in range(PEOPLE)
    ]
    write_csv(folder / "jobs.csv", columns, rows)


def slack_members(**days: Any) -> dict[str, bytes]:
    """The members of an export: everybody writes, mentions, answers and reacts every week."""
    users = [slack_export.user(account(p), handle(p), email=email(p)) for p in range(PEOPLE)]
    users[0]["profile"]["real_name"] = users[0]["real_name"] = PLANTED
    random_choices = random.Random(1)
    records: dict[str, list[slack_export.Json]] = {}
    for number in range(WEEKS * PEOPLE * 2):
        author = number % PEOPLE
        at = FIRST_DAY + timedelta(
            days=7 * (number // (2 * PEOPLE)) + number % 5, hours=9 + number % 8, minutes=number % 60
        )
        other, third = random_choices.sample([p for p in range(PEOPLE) if p != author], 2)
        text = f"<@{account(other)}> {WORD} thanks for the report {number}, says {name(author)}"
        record = slack_export.message(f"{at.timestamp():.0f}.{number:06}", account(author), text)
        record["reactions"] = [{"name": "clap", "users": [account(third)], "count": 1}]
        records.setdefault(f"general/{at:%Y-%m-%d}", []).append(record)
    everybody = [account(p) for p in range(PEOPLE)]
    channels = [
        slack_export.channel("C1", "general", everybody),
        slack_export.channel("C2", "farewell-zyxwilda", everybody),
    ]
    return slack_export.export_members(users=users, channels=channels, days={**records, **days})


def write_slack(path: Path, **days: Any) -> None:
    """The export as a zip; ``days`` adds or replaces day files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    slack_export.write_zip(path, slack_members(**days))


def write_mail(path: Path) -> None:
    """A trace of mails between everybody and everybody, twice a month, the two-way ones included."""
    rows = [
        [
            email(a),
            email(b),
            f"{FIRST_DAY + timedelta(days=14 * n, hours=8, minutes=a * 13 + b):%Y-%m-%d %H:%M:%S}",
        ]
        for n in range(WEEKS // 2)
        for a in range(PEOPLE)
        for b in range(PEOPLE)
        if a != b and (a + b) % 3 == 0
    ]
    write_csv(path, ["sender", "recipient", "sent_at"], rows)


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A CSV file with a header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)
