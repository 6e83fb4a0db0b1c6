"""Small Slack exports for tests: give the records, get a zip or a folder as Slack would make it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def user(user_id: str, name: str = "", **more: Any) -> Json:
    """A record of users.json; ``email`` goes into the profile."""
    name = name or user_id.lower()
    profile = {"real_name": name.title(), "email": more.pop("email", f"{name}@example.org")}
    return {"id": user_id, "name": name, "deleted": False, "is_bot": False, "profile": profile, **more}


def channel(channel_id: str, name: str, members: Sequence[str] = (), **more: Any) -> Json:
    """A record of channels.json, groups.json or mpims.json."""
    return {"id": channel_id, "name": name, "created": 1_600_000_000, "members": list(members), **more}


def message(ts: str, user_id: str | None = "U1", text: str = "hello there", **more: Any) -> Json:
    """A message as a person writes it; None as ``user_id`` leaves the user out."""
    record: Json = {"type": "message", "ts": ts, "text": text, **more}
    if user_id is not None:
        record["user"] = user_id
    return record


def export_members(
    *,
    users: Sequence[Json] | None = (),
    channels: Sequence[Json] = (),
    groups: Sequence[Json] | None = None,
    dms: Sequence[Json] | None = None,
    mpims: Sequence[Json] | None = None,
    days: Mapping[str, Any] | None = None,
) -> dict[str, bytes]:
    """Member name to bytes. ``days`` maps ``folder/YYYY-MM-DD`` to records, or to raw bytes."""
    lists = {"users": users, "channels": channels, "groups": groups, "dms": dms, "mpims": mpims}
    members = {
        f"{name}.json": json.dumps(list(records)).encode()
        for name, records in lists.items()
        if records is not None
    }
    for place, records in (days or {}).items():
        raw = records if isinstance(records, bytes) else json.dumps(records).encode()
        members[f"{place}.json"] = raw
    return members


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    """The members as a zip at ``path``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return path


def write_folder(path: Path, members: Mapping[str, bytes]) -> Path:
    """The members as files below ``path``."""
    for name, raw in members.items():
        place = path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(raw)
    return path
