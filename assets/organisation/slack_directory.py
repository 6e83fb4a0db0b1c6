"""The directory of a Slack export: users, channels, private channels, direct and group chats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from assets.organisation.accounts import BOT, GUEST, Account, slack_id
from assets.organisation.archive import SteadyZip
from assets.organisation.arrays import FAR, Ints
from assets.organisation.messages import SLACK
from assets.organisation.period import DAY_SECONDS
from assets.organisation.traces import Traces

TEAM = "T0ACME00001"


@dataclass(frozen=True)
class Export:
    """One export: what was sent in ``[begin, end)``, as it looked at ``end`` (UTC seconds)."""

    begin: int
    end: int
    is_later: bool
    """The second export shows what was edited and deleted after the first."""


@dataclass(frozen=True)
class Folder:
    """A channel or chat: its record in a list file, and the folder of its messages."""

    record: dict[str, Any]
    name: str
    list_file: str


def folders_of(traces: Traces) -> tuple[list[Folder], Callable[[Ints], Ints]]:
    """Channels first, then chats; and the function from message rows to folder numbers."""
    channels, accounts = traces.channels, traces.accounts.all()
    folders = []
    for i, name in enumerate(channels.names):
        private = bool(channels.is_private[i])
        record = {
            "id": slack_id(i, "G" if private else "C"), "name": name,
            "created": (traces.history.period.first_day - 500) * DAY_SECONDS,
            "creator": accounts[0].slack_id, "is_archived": False, "is_general": name == "general",
            "members": [], "topic": {"value": "", "creator": "", "last_set": 0},
            "purpose": {"value": f"Everything about {name}", "creator": "", "last_set": 0},
        }  # fmt: skip
        folders.append(Folder(record, name, "groups.json" if private else "channels.json"))
    m = traces.messages
    first_sent = np.full(len(traces.chats), FAR * DAY_SECONDS, dtype=np.int64)
    in_chat = m.chat >= 0
    np.minimum.at(first_sent, m.chat[in_chat], m.sent[in_chat])
    for i, members in enumerate(traces.chats):
        ids = [accounts[p].slack_id for p in members]
        record = {"created": int(first_sent[i]) - 5, "members": ids}
        if len(members) == 2:
            chat_id = slack_id(i, "D")
            folders.append(Folder({"id": chat_id, **record}, chat_id, "dms.json"))
        else:
            handles = "--".join(accounts[p].handle for p in members)
            name = f"mpdm-{handles}-1"
            record |= {"id": slack_id(i, "G") + "M", "name": name, "is_archived": False}
            folders.append(Folder(record, name, "mpims.json"))
    n_channels = len(channels.names)

    def folder_of(rows: Ints) -> Ints:
        return np.where(m.chat[rows] >= 0, n_channels + m.chat[rows], m.channel[rows])

    return folders, folder_of


def write_directory(
    archive: SteadyZip, traces: Traces, export: Export, folders: list[Folder], used: set[int]
) -> None:
    """Write the list files; chats only where the export holds messages of them (``used``)."""
    accounts = traces.accounts
    users = [
        _user(traces, account, export)
        for account in accounts.all()
        if account.kind != "person"
        or (accounts.has_account[account.person] and _is_known(traces, account, export))
    ]
    archive.add("users.json", orjson.dumps(users, option=orjson.OPT_INDENT_2))
    members = traces.channel_members(export.end)
    lists: dict[str, list[dict[str, Any]]] = {
        "channels.json": [], "groups.json": [], "dms.json": [], "mpims.json": [],
    }  # fmt: skip
    n_channels = len(traces.channels.names)
    for number, folder in enumerate(folders):
        if number < n_channels:
            if traces.channels.platform[number] != SLACK:
                continue
            folder.record["members"] = members[number]
        elif number not in used:
            continue
        lists[folder.list_file].append(folder.record)
    for name, records in lists.items():
        archive.add(name, orjson.dumps(records, option=orjson.OPT_INDENT_2))
    archive.add("integration_logs.json", b"[]")


def _is_known(traces: Traces, account: Account, export: Export) -> bool:
    return bool(traces.first_hired[account.person] * DAY_SECONDS < export.end)


def _user(traces: Traces, account: Account, export: Export) -> dict[str, Any]:
    updated, deleted, zone = (traces.history.period.first_day - 300) * DAY_SECONDS, False, "Europe/Warsaw"
    if account.kind == "person":
        gone = int(traces.last_exit[account.person])
        deleted = (gone + 1) * DAY_SECONDS < export.end
        since = int(traces.first_hired[account.person])
        updated = (gone + 1 if deleted else since) * DAY_SECONDS
        zone = traces.timezone[account.person]
    profile: dict[str, Any] = {
        "real_name": account.name, "real_name_normalized": account.name,
        "display_name": account.handle if account.kind == "person" else account.name, "title": "",
    }  # fmt: skip
    if account.slack_email:
        profile["email"] = account.slack_email
    is_bot = account.kind == BOT
    if is_bot:
        profile["bot_id"] = "B" + account.slack_id[1:]
    is_guest = account.kind == GUEST
    return {
        "id": account.slack_id, "team_id": TEAM, "name": account.handle, "deleted": deleted,
        "real_name": account.name, "tz": zone, "profile": profile, "is_admin": False, "is_owner": False,
        "is_restricted": is_guest, "is_ultra_restricted": is_guest, "is_bot": is_bot, "is_app_user": False,
        "updated": updated,
    }  # fmt: skip
