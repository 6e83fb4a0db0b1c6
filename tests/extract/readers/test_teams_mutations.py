"""Whatever stands where something else is expected: the reader goes on, or says what is wrong."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assets.extract.readers import teams
from assets.extract.reading import UnreadableLandingError
from tests.factories import teams_export as graph
from tests.factories.reader_run import border, rows_of
from tests.factories.teams_export import chat, event, message, oid, page, reaction, user

WRONG: tuple[Any, ...] = (
    None,
    7,
    -1.5,
    True,
    "",
    "x",
    [],
    {},
    [1],
    {"a": 1},
    [None],
    {"id": 5},
    "2024-13-99T00:00:00Z",
)
AT = "2024-05-06T10:00:00Z"
WEEKLY = graph.meeting_chat("weekly")


def _documents() -> dict[str, Any]:
    """One of every kind of record."""
    moved = {"@odata.type": "#microsoft.graph.membersAddedEventMessageDetail", "members": [{"id": oid(3)}]}
    mention = {"id": 0, "mentioned": {"user": {"id": oid(2), "userIdentityType": "aadUser"}}}
    more = {"mentions": [mention], "reactions": [reaction(2)], "attachments": [{"contentType": "reference"}]}
    records = [
        message(1, 1, AT, replies=[message(2, 2, AT, replyToId="1")], **more),
        message(3, None, AT, chat=WEEKLY, messageType="systemEventMessage", eventDetail=moved),
        message(4, "app", AT, chat=f"19:{oid(1)}_{oid(2)}@unq.gbl.spaces"),
    ]
    held = event(
        "u", "2024-05-06T09:00:00", "2024-05-06T10:00:00", 1, {2: "accepted"}, chat=WEEKLY, isOrganizer=True
    )
    joined = graph.report({2: (AT, AT)}, AT, AT)
    online = {"id": "om", "joinWebUrl": "https://a.test", "chatInfo": {"threadId": WEEKLY}}
    meeting = {"onlineMeetingInfo": {"joinWebUrl": "https://a.test", "calendarEventId": "x"}}
    files = {
        **graph.directory([user(1), user(2), user(3)], [chat(WEEKLY, "meeting", [1, 2], **meeting)]),
        "messages.json": page(records),
        "online.json": page([online]),
        "reports.json": page([joined], "users('x')/onlineMeetings('om')/attendanceReports"),
        "calendar.json": page([held], f"users('{oid(1)}')/calendarView"),
    }
    return {name: json.loads(raw) for name, raw in files.items()}


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from _places(part, (*path, key))


def test_every_field_may_hold_anything(tmp_path: Path) -> None:
    """Every place of every file once, with one wrong value each; and once left out."""
    documents = _documents()
    draw = random.Random(1)
    seen: Counter[str] = Counter()
    for name, document in documents.items():
        for path in _places(document):
            broken = copy.deepcopy(document)
            holder = broken
            for key in path[:-1]:
                holder = holder[key]
            if isinstance(holder, dict) and draw.random() < 0.2:
                del holder[path[-1]]
            else:
                holder[path[-1]] = copy.deepcopy(draw.choice(WRONG))
            files = {**documents, name: broken}
            unit = graph.write_zip(tmp_path / "e.zip", {n: json.dumps(v).encode() for n, v in files.items()})
            at = border()
            try:
                assert rows_of(teams, unit, at)["accounts"]
            except UnreadableLandingError as error:
                seen[error.reason] += 1
            seen.update(record.reason for record in at.rejected)
    assert {"malformed_record", "message_without_id", "event_without_start", "unknown_time_zone"} <= set(seen)
    assert "not_a_teams_export" not in seen
