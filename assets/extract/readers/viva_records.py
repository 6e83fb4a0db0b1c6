"""Rows of ``Messages.csv`` to rows of the contract tables."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Final

from assets.extract.message_buffer import MessageBuffer
from assets.extract.readers.viva_accounts import Micros, VivaAccounts
from assets.extract.readers.viva_tables import Record, is_true
from assets.extract.reading import Border
from assets.extract.row_buffer import RowBuffer
from assets.extract.topic_terms import hashtag

ALL_COMPANY: Final = "all_company"
"""Messages without a group go to the whole network, which has no id of its own."""

_MENTION = re.compile(r"\[+user:(\d+)(?::[^\]]*)?\]+", re.IGNORECASE)
_REFERENCE = re.compile(r"\[+(user|tag|topic|group):([^\]]*)\]+", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_PARTICIPANT = re.compile(r"(?:user:)?(\d+)", re.IGNORECASE)
_BRACKETED = re.compile(r"\[[^\]]*\]")
_ATTACHMENT = re.compile(r"(?:^|[,;])\s*(\w+)\s*:")
_KINDS: Final = {"announcement": "announcement", "praise": "praise", "system": "system"}
_MAX_KEPT_ORIGINAL: Final = 65_536


@dataclass
class VivaChannel:
    """A group, a private conversation, or the whole network; times in microseconds since 1970."""

    channel_id: str
    kind: str
    name: str | None = None
    audience: str = "internal"
    created: int | None = None
    is_archived: bool | None = None
    first_sent: int | None = None


class VivaMessages:
    """Reads message records and knows the channels they lie in."""

    def __init__(
        self, border: Border, accounts: VivaAccounts, channels: dict[str, VivaChannel], micros: Micros
    ) -> None:
        self.messages = MessageBuffer(border)
        self.mentions = RowBuffer("mentions")
        self.recipients = RowBuffer("recipients")
        self.channels = channels
        self.first_sent: int | None = None
        self.last_sent: int | None = None
        self.last_seen = 0
        self._border = border
        self._accounts = accounts
        self._micros = micros
        self._thread_of: dict[str, str] = {}

    def add(self, record: Record, position: str) -> None:
        """One message; what cannot be read goes to quarantine under ``position``."""
        message_id, sent = record.get("id"), self._micros(record.get("createdat"))
        if message_id is None or sent is None:
            reason = "message_without_id" if message_id is None else "unreadable_created_at"
            if "createdat" not in record and message_id is not None:
                reason = "message_without_created_at"
            self._reject(record, position, reason)
            return
        sender = self._accounts.sender(record)
        author = self._accounts.hashed(sender) if sender else None
        thread_id, parent_id = self._place(record, message_id)
        if sender is not None and author is None:
            return  # refused: no trace of this person passes
        channel, participants = self._channel(record, thread_id or message_id)
        self._see(channel, sent)
        kind = self._kind(record, parent_id)
        deleted = self._micros(record.get("deletedat"))
        edited = self._micros(record.get("editedat") or record.get("lasteditedat"))
        version = max(moment for moment in (sent, edited, deleted) if moment is not None)
        self.last_seen = max(self.last_seen, version)
        is_system = kind == "system"
        n_recipients = None if is_system else self._add_recipients(message_id, sender, participants)
        text = None if is_system else self._add_text(record, message_id)
        n_attachments = None if is_system else _n_attachments(record.get("attachments", ""))
        asked = record.get("messagetype", "").casefold() == "question" and parent_id is None
        place = (message_id, channel.channel_id, thread_id, parent_id)
        row = (*place, author, kind, sent, edited, deleted, version, n_recipients, n_attachments, asked)
        self.messages.append(row, text)

    def _place(self, record: Record, message_id: str) -> tuple[str | None, str | None]:
        """Thread and parent from whatever of ``thread_id`` and ``replied_to_id`` there is."""
        thread_id = record.get("threadid")
        parent_id = record.get("repliedtoid") or record.get("parentid")
        if parent_id == message_id:
            parent_id = None
        if thread_id is None and parent_id is not None:
            thread_id = self._thread_of.get(parent_id, parent_id)
            self._thread_of[message_id] = thread_id
        if parent_id is None and thread_id is not None and thread_id != message_id:
            parent_id = thread_id
        return thread_id, parent_id

    def _channel(self, record: Record, thread_id: str) -> tuple[VivaChannel, list[str]]:
        group_id = record.get("groupid")
        if is_true(record.get("inprivateconversation")) or is_true(record.get("directmessage")):
            participants = list(dict.fromkeys(_PARTICIPANT.findall(record.get("participants", ""))))
            channel_id = f"conversation:{record.get('conversationid') or thread_id}"
            channel = self.channels.setdefault(channel_id, VivaChannel(channel_id, "direct"))
            if len(participants) > 2:
                channel.kind = "group_direct"
            return channel, participants
        channel_id = group_id or ALL_COMPANY
        if channel_id not in self.channels:
            kind = "private" if is_true(record.get("inprivategroup")) else "public"
            name = record.get("groupname") if group_id else "All Company"
            if name is not None and self._border.names_a_person(name):
                name = None
            self.channels[channel_id] = VivaChannel(channel_id, kind, name)
        return self.channels[channel_id], []

    def _kind(self, record: Record, parent_id: str | None) -> str:
        if is_true(record.get("systemmessage")) or record.get("sendertype", "").casefold() == "system":
            return "system"
        special = _KINDS.get(record.get("messagetype", "").casefold())
        if special == "system" or (special is not None and parent_id is None):
            return special
        return "post" if parent_id is None else "reply"

    def _add_recipients(self, message_id: str, sender: str | None, participants: list[str]) -> int | None:
        if not participants:
            return None
        others = [participant for participant in participants if participant != sender]
        for participant in others:
            hashed = self._accounts.hashed(participant)
            if hashed is not None:
                self.recipients.rows.append((message_id, hashed, "direct"))
        return len(others)

    def _add_text(self, record: Record, message_id: str) -> str | None:
        """Write the mentions; the plain text of title and body, None if the export has neither."""
        if "body" not in record and "title" not in record:
            return None
        text = "\n".join(record[column] for column in ("title", "body") if column in record)
        if "[" in text:
            for account in dict.fromkeys(_MENTION.findall(text)):
                hashed = self._accounts.hashed(account)
                if hashed is not None:
                    self.mentions.rows.append((message_id, hashed, False))
            text = _REFERENCE.sub(_readable, text)
        if "<" in text:
            text = _TAG.sub(" ", text)
        return html.unescape(text) if "&" in text else text

    def _see(self, channel: VivaChannel, sent: int) -> None:
        for place in (self, channel):
            if place.first_sent is None or sent < place.first_sent:
                place.first_sent = sent
        if self.last_sent is None or sent > self.last_sent:
            self.last_sent = sent

    def _reject(self, record: Record, position: str, reason: str) -> None:
        sender = self._accounts.sender(record)
        is_refused = sender is not None and self._accounts.hashed(sender) is None
        self._border.reject(
            position=position,
            target_table="messages",
            reason=reason,
            detail="expected id, and created_at such as 2022/11/11 20:59:10 +0000 or 2022-11-11T20:59:10Z",
            original=None if is_refused else str(record)[:_MAX_KEPT_ORIGINAL],
        )


def _readable(match: re.Match[str]) -> str:
    """A tag or topic that brings its label becomes a hashtag; every other reference goes away."""
    label = match[2].partition(":")[2].strip()
    is_topic = match[1].casefold() in ("tag", "topic")
    return f" {hashtag(label)} " if is_topic and label else " "


def _n_attachments(text: str) -> int:
    """Files and images; ``opengraphobject`` is the preview of a link."""
    kinds = _ATTACHMENT.findall(_BRACKETED.sub("", text))
    return sum(kind.casefold() != "opengraphobject" for kind in kinds)
