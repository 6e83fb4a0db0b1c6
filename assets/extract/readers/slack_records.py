"""Slack message records to rows of the contract tables, one channel at a time.

What counts as what:

* written by a person or a bot: no subtype, ``me_message``, ``thread_broadcast``, ``file_share``,
  ``bot_message`` and its like, and unknown subtypes that a Slack client sent
  (``client_msg_id``). They become posts or replies.
* everything else is housekeeping (joins, topics, pins, calls, the file comments of the time before
  threads): kind ``system``, without text features and mentions, because Slack wrote the text.
* ``message_changed``, ``message_deleted`` and ``tombstone`` are versions of the message they name.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from assets.extract.readers import slack_markup
from assets.extract.readers.chat_rows import ChatRows
from assets.extract.readers.slack_accounts import SLACKBOT, SlackAccounts
from assets.extract.readers.slack_directory import SlackChannel
from assets.extract.readers.slack_time import ts_micros
from assets.extract.reading import Border

_BOT_SUBTYPES: Final = frozenset({"bot_message", "slackbot_response", "assistant_app_thread"})
_WRITTEN: Final = frozenset({None, "", "me_message", "thread_broadcast", "file_share"}) | _BOT_SUBTYPES
_JOINS: Final = frozenset({"channel_join", "group_join", "mpim_join"})
_LEAVES: Final = frozenset({"channel_leave", "group_leave", "mpim_leave"})
_MOVES: Final = _JOINS | _LEAVES
_MAX_KEPT_ORIGINAL: Final = 65_536
"""Characters of an unreadable record that go to the vault."""


class ChannelReader:
    """Reads one channel's records in the order of their days; ``finish`` when all are read."""

    def __init__(
        self, channel: SlackChannel, rows: ChatRows, accounts: SlackAccounts, border: Border
    ) -> None:
        self.channel = channel
        self.first_sent: int | None = None
        self.last_sent: int | None = None
        """The span of the channel's records, microseconds since 1970; None before the first one."""
        self.last_seen = 0
        """The latest edit, deletion or message."""
        self.day_span = (0, 0)
        """From when to when the day file being read may hold messages, in microseconds; zeros: always."""
        self._rows = rows
        self._accounts = accounts
        self._border = border
        self._joined: dict[str, tuple[int | None, int | None]] = dict.fromkeys(channel.members, (None, None))
        self._tombstones: dict[str, tuple[dict[str, Any], int, str | None]] = {}

    def add(self, record: Any, position: str) -> None:
        """One element of a day file; what cannot be read goes to quarantine under ``position``."""
        if type(record) is not dict:
            self._reject(record, position, "not_a_record", "expected an object")
            return
        ts = record.get("ts")
        sent = ts_micros(ts)
        if sent is None:
            reason = "message_without_ts" if ts in (None, "") else "unreadable_ts"
            detail = "expected ts as seconds since 1970 with six decimals, such as 1433558319.000002"
            self._reject(record, position, reason, detail)
            return
        if record.get("type", "message") != "message":
            self._reject(record, position, "unknown_record_type", "expected the type message")
            return
        if any(self.day_span) and not self.day_span[0] <= sent < self.day_span[1]:
            detail = "expected a ts within a day of its file's date; a wrong clock would move the calendar"
            self._reject(record, position, "ts_outside_its_day", detail)
            return
        self._see(sent)
        subtype = record.get("subtype")
        if subtype == "message_changed" or subtype == "message_deleted":
            self._add_change(record, subtype, sent, position)
        else:
            self._add_message(record, _ts_text(ts), sent, position)

    def finish(self) -> None:
        """Write what only the whole channel tells: memberships, and who wrote deleted thread starts."""
        for ts, (record, sent, author) in self._tombstones.items():
            deleted = max(filter(None, (ts_micros(record.get("latest_reply")), _edited(record), sent)))
            author_hash = self._accounts.hashed(author) if author else None
            if author is None or author_hash is not None:
                row = (*self._place(record, ts), author_hash, "post", sent, None, deleted, deleted)
                self._rows.messages.append((*row, None, None, False), None)
                self.last_seen = max(self.last_seen, deleted)
        for account, (joined, left) in self._joined.items():
            hashed = self._accounts.hashed(account)
            if hashed is not None:
                self._rows.memberships.rows.append((self.channel.channel_id, hashed, joined, left))

    def _add_message(self, record: dict[str, Any], ts: str, sent: int, position: str) -> None:
        text, subtype, reactions = record.get("text"), record.get("subtype"), record.get("reactions")
        is_text = text is None or type(text) is str
        if not is_text or not (subtype is None or type(subtype) is str) or not _are_reactions(reactions):
            self._reject(
                record, position, "malformed_record", "expected text, subtype and a list of reactions"
            )
            return
        if subtype == "tombstone":
            self._tombstones[ts] = (record, sent, None)
            return
        is_written = subtype in _WRITTEN or "client_msg_id" in record
        author = self._author(record, subtype)
        author_hash = self._accounts.hashed(author, is_bot=subtype in _BOT_SUBTYPES) if author else None
        if author is not None and author_hash is None:
            return  # refused: neither the message nor what others did to it
        if subtype is not None:
            self._see_membership(subtype, author, sent)
        place = self._place(record, ts)
        if place[3] is not None:
            self._see_thread_start(record)
        edited = _edited(record)
        if edited is not None and edited > self.last_seen:
            self.last_seen = edited
        if is_written:
            kind = "post" if place[3] is None else "reply"
            n_recipients = self._add_recipients(place[0], author)
            if subtype == "file_share" and text:
                text = slack_markup.comment_on_upload(text)
            text = self._add_text(place[0], text or "")
            attachments = _n_files(record)
        else:
            kind, n_recipients, text, attachments = "system", None, None, None
        row = (
            *place,
            author_hash,
            kind,
            sent,
            edited,
            None,
            edited or sent,
            n_recipients,
            attachments,
            False,
        )
        self._rows.messages.append(row, text)
        if reactions:
            self._add_reactions(place[0], reactions)

    def _place(self, record: dict[str, Any], ts: str) -> tuple[str, str, str | None, str | None]:
        """message_id, channel_id, thread_id, parent_message_id. Slack's threads have one level."""
        channel_id = self.channel.channel_id
        message_id = f"{channel_id}:{ts}"
        thread_ts = record.get("thread_ts")
        if not thread_ts or type(thread_ts) is not str:
            return message_id, channel_id, None, None
        if thread_ts == ts:
            return message_id, channel_id, message_id, None
        thread_id = f"{channel_id}:{thread_ts}"
        return message_id, channel_id, thread_id, thread_id

    def _author(self, record: dict[str, Any], subtype: Any) -> str | None:
        user = record.get("user")
        if type(user) is str and user:
            if "user_profile" in record:
                self._accounts.see_author(user, record["user_profile"])
            return user
        bot = self._accounts.bot(_text(record.get("bot_id")), _text(record.get("username")))
        if bot is not None and (subtype in _BOT_SUBTYPES or record.get("bot_id")):
            return bot
        for part in ("comment", "file"):
            inner = record.get(part)
            if isinstance(inner, dict) and _text(inner.get("user")):
                return _text(inner["user"])
        return None

    def _add_text(self, message_id: str, raw: str) -> str:
        """Write mentions and links of ``raw``; the plain text for its features."""
        if "<" not in raw:
            return slack_markup.plain_text(raw)
        mentioned, is_broadcast = slack_markup.mentions(raw)
        for account in mentioned:
            hashed = self._accounts.hashed(account)
            if hashed is not None:
                self._rows.mentions.rows.append((message_id, hashed, False))
        if is_broadcast:
            self._rows.mentions.rows.append((message_id, None, True))
        for linked in slack_markup.linked_messages(raw):
            self._rows.links.rows.append((message_id, linked, "message"))
        return slack_markup.plain_text(raw)

    def _add_recipients(self, message_id: str, author: str | None) -> int | None:
        """How many the message is addressed to; None in a channel, or where nobody knows."""
        channel = self.channel
        if not channel.is_direct or not channel.members:
            return None
        others = [member for member in channel.members if member != author]
        for member in others:
            hashed = self._accounts.hashed(member)
            if hashed is not None:
                self._rows.recipients.rows.append((message_id, hashed, "direct"))
        return len(others)

    def _add_reactions(self, message_id: str, reactions: list[dict[str, Any]]) -> None:
        seen = set()
        for reaction in reactions:
            name, is_recognition = self._rows.reaction_name(reaction["name"])
            for user in reaction["users"]:
                if (name, user) not in seen:  # two skin tones of one reaction
                    seen.add((name, user))
                    hashed = self._accounts.hashed(user)
                    if hashed is not None:
                        self._rows.reactions.rows.append((message_id, hashed, name, None, is_recognition))

    def _add_change(self, record: dict[str, Any], subtype: str, changed: int, position: str) -> None:
        """A logged edit or deletion: one more version of the message it names."""
        before: Any = next(
            (record[k] for k in ("previous_message", "original", "previous") if record.get(k)), {}
        )
        content = record.get("message") if subtype == "message_changed" else before
        content = content if isinstance(content, dict) else {}
        was = _text(content.get("subtype"))
        target = _text(record.get("deleted_ts")) or _text(content.get("ts"))
        sent = ts_micros(target)
        if target is None or sent is None:
            detail = f"expected the ts of the message that was {subtype.removeprefix('message_')}"
            self._reject(record, position, "change_without_target", detail)
            return
        if subtype == "message_changed":
            edited = {"ts": _ts_text(record["ts"])} if _edited(content) is None else content["edited"]
            self._add_message({**content, "edited": edited}, target, sent, position)
            return
        author = self._author(content, was)
        author_hash = self._accounts.hashed(author) if author else None
        if author is not None and author_hash is None:
            return
        place = self._place({"thread_ts": content.get("thread_ts", record.get("thread_ts"))}, target)
        kind = "post" if place[3] is None else "reply"
        if was not in _WRITTEN:
            kind = "system"
        row = (*place, author_hash, kind, sent, _edited(content), changed, changed, None, None, False)
        self._rows.messages.append(row, None)

    def _see_thread_start(self, reply: dict[str, Any]) -> None:
        """Replies name the author of a thread's first message even after that one was deleted."""
        start = self._tombstones.get(reply["thread_ts"])
        if start is not None and start[2] is None:
            author = _text(reply.get("parent_user_id"))
            if author != SLACKBOT:
                self._tombstones[reply["thread_ts"]] = (start[0], start[1], author)

    def _see_membership(self, subtype: Any, account: str | None, when: int) -> None:
        if account is None or subtype not in _MOVES:
            return
        joined, _ = self._joined.get(account, (None, None))
        if subtype in _JOINS:
            self._joined[account] = (when, None)
        elif account not in self.channel.members:
            self._joined[account] = (joined, when)

    def _see(self, sent: int) -> None:
        """A record's own time; that of a message it changes may lie long before the export's period."""
        if self.first_sent is None or sent < self.first_sent:
            self.first_sent = sent
        if self.last_sent is None or sent > self.last_sent:
            self.last_sent = sent
        if sent > self.last_seen:
            self.last_seen = sent

    def _reject(self, record: Any, position: str, reason: str, detail: str) -> None:
        original: str | None = orjson.dumps(record).decode()[:_MAX_KEPT_ORIGINAL]
        author = _text(record.get("user")) if isinstance(record, dict) else None
        if author is not None and self._accounts.hashed(author) is None:
            original = None  # nothing of a refused person is kept, not even in the vault
        self._border.reject(
            position=position, target_table="messages", reason=reason, detail=detail, original=original
        )


def _ts_text(ts: Any) -> str:
    return ts if type(ts) is str else f"{ts:.6f}"


def _text(value: Any) -> str | None:
    return value if type(value) is str and value else None


def _edited(record: dict[str, Any]) -> int | None:
    edited = record.get("edited")
    return ts_micros(edited.get("ts")) if type(edited) is dict else None


def _n_files(record: dict[str, Any]) -> int:
    """Files only: what Slack calls attachments are previews of links and the bodies of bot messages."""
    files = record.get("files")
    if type(files) is list:
        return len(files)
    return 1 if record.get("file") else 0


def _are_reactions(reactions: Any) -> bool:
    if reactions is None:
        return True
    if type(reactions) is not list:
        return False
    for reaction in reactions:
        if type(reaction) is not dict or type(reaction.get("name")) is not str:
            return False
        users = reaction.get("users")
        if type(users) is not list or not all(map(_text, users)):
            return False
    return True
