"""What is true of what was asked, answered and thanked for: frames of the truth."""

from __future__ import annotations

from typing import Any

import polars as pl

from assets.organisation.accounts import worker_id
from assets.organisation.message_ids import MessageIds
from assets.organisation.messages import SLACK
from assets.organisation.topics import TOPICS
from assets.organisation.traces import Traces


def experts(traces: Traces) -> pl.DataFrame:
    """One row per planted expert."""
    knowledge = traces.knowledge
    rows = [
        {
            "topic": TOPICS[topic].name,
            "worker_id": worker_id(person),
            "is_hidden": (topic, person) in knowledge.hidden,
        }
        for topic, person in knowledge.experts
    ]
    schema = {"topic": pl.String, "worker_id": pl.String, "is_hidden": pl.Boolean}
    return pl.DataFrame(rows, schema=schema)


def questions(traces: Traces) -> pl.DataFrame:
    """One row per planted question, with the platform's own ids as the readers see them."""
    knowledge, messages, ids = traces.knowledge, traces.messages, MessageIds(traces.messages)
    rows = [
        {
            "platform": "slack" if messages.platform[row] == SLACK else "viva_engage",
            "message_id": ids.of(row),
            "topic": TOPICS[topic].name,
            "worker_id": worker_id(int(messages.author[row])),
            "asked_at": int(messages.sent[row]),
            "answer_id": ids.of(answer) if (answer := knowledge.answer.get(row)) is not None else None,
            "answered_by": worker_id(int(messages.author[answer])) if answer is not None else None,
            "is_accepted": answer in knowledge.accepted,
            "repeats_message_id": ids.of(knowledge.repeats[row]) if row in knowledge.repeats else None,
            "links_to_message_id": ids.of(knowledge.links[answer]) if answer in knowledge.links else None,
        }
        for row, topic in sorted(knowledge.topic.items())
    ]
    text = ("platform", "message_id", "topic", "worker_id")
    may_lack = ("answer_id", "answered_by", "repeats_message_id", "links_to_message_id")
    schema: dict[str, Any] = dict.fromkeys((*text, *may_lack), pl.String)
    schema |= {"asked_at": pl.Int64, "is_accepted": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema)
    return frame.with_columns(pl.from_epoch("asked_at", time_unit="s"))


def thanks(traces: Traces) -> pl.DataFrame:
    """One row per answer or document: whether somebody else took part, and whether one said thanks."""
    messages, ids, thanks = traces.messages, MessageIds(traces.messages), traces.thanks
    rows = sorted(row for row in thanks.kinds if messages.author[row] < traces.history.persons)
    return pl.DataFrame(
        {
            "message_id": [ids.of(row) for row in rows],
            "kind": [thanks.kinds[row] for row in rows],
            "worker_id": [worker_id(int(messages.author[row])) for row in rows],
            "sent_at": messages.sent[rows],
            "is_shared": [row in thanks.shared for row in rows],
            "is_thanked": [row in thanks.thanked for row in rows],
        },
        schema_overrides={"message_id": pl.String, "kind": pl.String, "worker_id": pl.String},
    ).with_columns(pl.from_epoch("sent_at", time_unit="s"))
