"""A tiny reader for tests of everything around readers: one JSON record per line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from assets.extract.contract import TABLES
from assets.extract.reading import Batch, Border, ReaderOptions, UnreadableLandingError

NAME = "lines"
VERSION = "1"


def discover(landing: Sequence[Path]) -> list[Path]:
    files = [f for path in landing for f in (path.rglob("*.jsonl") if path.is_dir() else [path])]
    return sorted(files)


def read(unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
    for number, line in enumerate(unit.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            raise UnreadableLandingError(
                "not_json", f"line {number} is not JSON; deliver the file again"
            ) from None
        for table, row in _rows(record, number, border):
            yield table, batch(table, [row])


def batch(table: str, rows: list[dict[str, Any]]) -> pa.RecordBatch:
    """A batch of a contract table; columns not given are NULL."""
    complete = [{name: row.get(name) for name in TABLES[table].names} for row in rows]
    return pa.RecordBatch.from_pylist(complete, schema=TABLES[table])


def _rows(record: dict[str, Any], number: int, border: Border) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = record["is"]
    if kind == "account":
        labels = {name: record.get(name) for name in ("name", "handle", "email")}
        account = border.describe_account(record["id"], **labels)
        if account:
            yield "accounts", {"account_id": account, "kind": record.get("kind", "person")}
    elif kind == "message":
        yield from _message(record, border)
    elif kind == "worker":
        worker = border.describe_worker(record["id"], name=record.get("name"), email=record.get("email"))
        if worker:
            yield "workers", {"worker_id": worker, "is_contingent": False}
    elif kind == "nomination":
        both = (record["from"], record["to"])
        if not any(border.is_refused_worker(one) for one in both):
            respondent, nominee = (border.worker(one) for one in both)
            yield (
                "nominations",
                {"survey": "s", "respondent_worker_id": respondent, "nominee_worker_id": nominee},
            )
    elif kind == "coverage":
        yield (
            "source_coverage",
            {
                "covered_from": datetime.fromisoformat(record["from"]),
                "covered_to": datetime.fromisoformat(record["to"]),
                "contains": ["messages"],
            },
        )
    elif kind == "crash":
        raise ValueError(f"cannot digest {record['value']}")
    else:
        border.reject(
            position=f"line {number}",
            target_table="messages",
            reason="unknown_record",
            detail="expected account or message",
            original=json.dumps(record),
        )


def _message(record: dict[str, Any], border: Border) -> Iterator[tuple[str, dict[str, Any]]]:
    author = border.account(record["by"])
    if author is None:
        return
    sent_at = datetime.fromisoformat(record["at"])
    border.observe(sent_at)
    yield (
        "messages",
        {
            "message_id": record["id"],
            "channel_id": "general",
            "author_account_id": author,
            "kind": record.get("kind", "post"),
            "sent_at": sent_at,
            "version_at": sent_at,
        },
    )
    for mentioned in record.get("mentions", []):
        account = border.account(mentioned)
        if account:
            yield (
                "mentions",
                {"message_id": record["id"], "account_id": account, "is_broadcast": False},
            )
