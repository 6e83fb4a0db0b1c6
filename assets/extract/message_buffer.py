"""Messages waiting for the features of their texts, handed on as Arrow batches.

The texts live here and nowhere else, and only until the next batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import pyarrow as pa

from assets.extract.contract import TABLES
from assets.extract.reading import Batch, Border
from assets.extract.row_buffer import BATCH_ROWS
from assets.extract.text_features import FeatureExtractor
from assets.extract.topic_terms import TermFinder

_MAX_CHARACTERS: Final = 64_000_000
"""A few enormous texts end a batch early, so that they do not pile up in memory."""


class Message(NamedTuple):
    """A row of ``messages`` without what follows from its text; times in microseconds since 1970."""

    message_id: str
    channel_id: str
    thread_id: str | None
    parent_message_id: str | None
    author_account_id: str | None
    kind: str
    sent_at: int
    edited_at: int | None
    deleted_at: int | None
    version_at: int
    n_recipients: int | None
    n_attachments: int | None
    is_declared_question: bool
    """The platform itself calls it a question."""


class MessageBuffer:
    """Collects messages and their plain texts; NULL text gives NULL features."""

    def __init__(self, border: Border) -> None:
        self._border = border
        self._extractor = FeatureExtractor(border.signature_key(), TermFinder(border.vocabulary))
        self._messages: list[Message | tuple[object, ...]] = []
        self._texts: list[str | None] = []
        self._characters = 0

    def append(self, message: Message | tuple[object, ...], text: str | None) -> None:
        """Add one message (a plain tuple of the same order will do) with its text."""
        self._messages.append(message)
        self._texts.append(text)
        if text:
            self._characters += len(text)

    def full_batches(self) -> Iterator[Batch]:
        """A batch, if enough has been collected."""
        if len(self._messages) >= BATCH_ROWS or self._characters >= _MAX_CHARACTERS:
            yield from self.last_batches()

    def last_batches(self) -> Iterator[Batch]:
        """Everything that is left."""
        for start in range(0, len(self._messages), BATCH_ROWS):
            end = start + BATCH_ROWS
            yield "messages", self._batch(self._messages[start:end], self._texts[start:end])
        self._messages = []
        self._texts = []
        self._characters = 0

    def _batch(self, messages: list[Message | tuple[object, ...]], texts: list[str | None]) -> pa.RecordBatch:
        schema = TABLES["messages"]
        values: dict[str, Sequence[object]] = dict(
            zip(Message._fields, zip(*messages, strict=True), strict=True)
        )
        features = self._extractor.features(texts)
        declared = values.pop("is_declared_question")
        values.update(vars(features))
        values["topic_terms"] = [
            None if terms is None else [self._border.term(term) for term in terms]
            for terms in features.topic_terms
        ]
        if any(declared):
            values["is_question"] = [
                asked or found for asked, found in zip(declared, features.is_question, strict=True)
            ]
        missing = [None] * len(messages)
        columns = [pa.array(values.get(column.name, missing), type=column.type) for column in schema]
        return pa.RecordBatch.from_arrays(columns, schema=schema)
