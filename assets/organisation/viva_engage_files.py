"""Viva Engage network data exports: one zip of CSV files per quarter.

As Microsoft's export has it: no reactions, no group membership. Columns by header name.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from assets.organisation.archive import SteadyZip
from assets.organisation.messages import VIVA_ENGAGE
from assets.organisation.period import DAY_SECONDS, WARM_UP
from assets.organisation.structure import PLACES
from assets.organisation.traces import Traces

MONTHS_PER_EXPORT = 3
NETWORK_ID = 7_001
USER_COLUMNS = (
    "id", "name", "email", "job_title", "location", "department", "api_url", "deleted_by_id",
    "deleted_by_type",
    "joined_at", "deleted_at", "suspended_by_id", "suspended_by_type", "suspended_at", "guid", "state",
)  # fmt: skip
MESSAGE_COLUMNS = (
    "id", "replied_to_id", "thread_id", "conversation_id", "group_id", "group_name", "participants",
    "in_private_group", "in_private_conversation", "sender_id", "sender_type", "sender_name",
    "sender_email", "body",
    "api_url", "attachments", "deleted_by_id", "deleted_by_type", "created_at", "deleted_at", "title",
    "message_type", "gdpr_delete_url",
)  # fmt: skip
FIRST_MESSAGE, FIRST_GROUP = 500_000_000, 8_100


def write_viva_engage_exports(folder: Path, traces: Traces) -> list[Path]:
    """Write the zips; their paths in order of time."""
    period = traces.history.period
    paths = []
    for first in range(WARM_UP, period.months, MONTHS_PER_EXPORT):
        last = min(first + MONTHS_PER_EXPORT, period.months)
        begin, end = int(period.bounds[first]), int(period.bounds[last])
        path = folder / f"viva_engage_{period.label(first)[:7]}_{period.label(last - 1)[:7]}.zip"
        with SteadyZip(path) as archive:
            archive.add("Messages.csv", _table(MESSAGE_COLUMNS, _messages(traces, begin, end)))
            archive.add("Users.csv", _table(USER_COLUMNS, _users(traces, end)))
            archive.add("Groups.csv", _groups(traces))
            archive.add("Networks.csv", _networks(traces))
            archive.add("Admins.csv", _admins(traces))
            request = f"since={_stamp(begin * DAY_SECONDS)} until={_stamp(end * DAY_SECONDS)} include=csv\n"
            archive.add("request.txt", request.encode())
        paths.append(path)
    return paths


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _stamp(second: int) -> str:
    return f"{np.datetime64(second, 's')}Z"


def _messages(traces: Traces, begin: int, end: int) -> Iterable[Sequence[object]]:
    m, accounts = traces.messages, traces.accounts.of_people
    wanted = (m.platform == VIVA_ENGAGE) & (m.sent >= begin * DAY_SECONDS) & (m.sent < end * DAY_SECONDS)
    for row in np.flatnonzero(wanted).tolist():
        account = accounts[int(m.author[row])]
        parent = int(m.parent[row])
        root = parent if parent >= 0 else row
        group = int(m.channel[row])
        people = [account, accounts[int(m.author[root])]] if parent >= 0 else [account]
        if m.mentioned[row] >= 0:
            people.append(accounts[int(m.mentioned[row])])
        participants = ",".join(dict.fromkeys(f"user:{p.viva_id}" for p in people))
        attachments = f"uploadedfile:{row}" if traces.has_file[row] else ""
        yield (
            FIRST_MESSAGE + row, FIRST_MESSAGE + parent if parent >= 0 else "", FIRST_MESSAGE + root,
            FIRST_MESSAGE + root, FIRST_GROUP + group, traces.channels.names[group], participants, "false",
            "false",
            account.viva_id, "User", account.name, account.viva_email, traces.texts[row], "", attachments,
            "", "",
            _stamp(int(m.sent[row])), "", "", "update", "",
        )  # fmt: skip


def _users(traces: Traces, end: int) -> Iterable[Sequence[object]]:
    history, structure = traces.history, traces.history.structure
    team, place = np.zeros(history.persons, dtype=np.int64), np.zeros(history.persons, dtype=np.int64)
    team[history.roster.person], place[history.roster.person] = history.roster.team, history.roster.place
    for account in traces.accounts.of_people:
        person = account.person
        since, gone = int(traces.first_hired[person]), int(traces.last_exit[person])
        if not traces.accounts.has_account[person] or since >= end:
            continue
        deleted = _stamp((gone + 1) * DAY_SECONDS + 8 * 3600) if gone + 1 < end else ""
        department = structure.departments[int(structure.team_department[team[person]])]
        yield (
            account.viva_id, account.name, account.viva_email, "", PLACES[int(place[person])].name,
            department, "",
            "", "", _stamp(since * DAY_SECONDS + 9 * 3600), deleted, "", "", "",
            f"00000000-0000-4000-9000-{account.viva_id:012d}", "soft_delete" if deleted else "active",
        )  # fmt: skip


def _groups(traces: Traces) -> bytes:
    created = _stamp((traces.history.period.first_day - 500) * DAY_SECONDS)
    rows = [
        (FIRST_GROUP + i, name, f"Everything about {name}", "false", "true", "false", created, created, "")
        for i, name in enumerate(traces.channels.names)
        if traces.channels.platform[i] == VIVA_ENGAGE
    ]
    columns = (
        "id",
        "name",
        "description",
        "private",
        "internal",
        "external",
        "created_at",
        "updated_at",
        "deleted",
    )
    return _table(columns, rows)


def _networks(traces: Traces) -> bytes:
    plan = traces.history.plan
    created = _stamp((traces.history.period.first_day - 500) * DAY_SECONDS)
    columns = (
        "id", "permalink", "name", "url", "paid", "created_at", "moderated", "usage_policy",
        "number_of_users",
        "secure_browser_token",
    )  # fmt: skip
    users = int(traces.accounts.has_account.sum())
    url = f"https://www.yammer.com/{plan.domain}"
    return _table(
        columns, [(NETWORK_ID, plan.domain, plan.company, url, "true", created, "false", "", users, "")]
    )


def _admins(traces: Traces) -> bytes:
    account = traces.accounts.of_people[0]
    return _table(
        ("id", "name", "email", "verified"), [(account.viva_id, account.name, account.viva_email, "true")]
    )
