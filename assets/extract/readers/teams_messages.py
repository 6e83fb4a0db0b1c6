"""Teams message records (``chatMessage``) to rows of the contract tables.

What a person or an application wrote becomes a post or a reply; everything else (``eventDetail``,
another ``messageType``) is housekeeping of kind ``system``, without text features, from which only
joining and leaving is learnt. A record is the latest version of its message.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from assets.extract.readers import teams_markup
from assets.extract.readers.chat_rows import ChatRows
from assets.extract.readers.teams_accounts import TeamsAccounts, text_of
from assets.extract.readers.teams_directory import TeamsDirectory, TeamsPlace
from assets.extract.readers.teams_documents import Document, Record
from assets.extract.readers.teams_time import graph_micros
from assets.extract.reading import Border

_JOINS: Final = ("membersAdded", "membersJoined")
_LEAVES: Final = ("membersDeleted", "membersLeft")
_LISTS: Final = ("mentions", "reactions", "attachments")
_FILES: Final = frozenset({"reference", "file"})
_MAX_KEPT_ORIGINAL: Final = 65_536


class TeamsMessages:
    """Reads message records in any order; the same version of a message counts once."""

    def __init__(self, border: Border, accounts: TeamsAccounts, directory: TeamsDirectory) -> None:
        self.rows = ChatRows(border)
        self.first_sent: int | None = None
        self.last_sent: int | None = None
        self.last_seen = 0
        """The latest edit, deletion, reaction or message."""
        self._border = border
        self._accounts = accounts
        self._directory = directory
        self._seen: set[int] = set()

    def add(self, record: Record, document: Document, position: str) -> None:
        """One message; what cannot be read goes to quarantine under ``position``."""
        message_id, sent = text_of(record.get("id")), graph_micros(record.get("createdDateTime"))
        place = self._place(record, document)
        problem = _problem(record, message_id, sent, place)
        if problem is not None or message_id is None or sent is None or place is None:
            self._reject(record, position, *(problem or ("malformed_record", "")))
            return
        moments = [
            graph_micros(record.get(f"{name}DateTime")) for name in ("lastModified", "lastEdited", "deleted")
        ]
        version = max([sent, *(moment for moment in moments if moment is not None)])
        if self._is_repeated(f"{place.channel_id}:{message_id}:{version}"):
            return
        self._see(place, sent, version)
        place.is_delta = place.is_delta or document.is_delta
        if _is_system(record):
            self._add_system(record, f"{place.channel_id}:{message_id}", place, sent, version)
        else:
            edited, deleted = moments[1:]
            self._add_written(record, message_id, place, (sent, edited, deleted, version))
        for index, reply in enumerate(record.get("replies") or ()):
            where = f"{position} reply {index + 1}"
            if isinstance(reply, dict):
                inherited: Record = {name: record.get(name) for name in ("channelIdentity", "chatId")}
                inherited["replyToId"] = message_id
                own = {name: value for name, value in reply.items() if value is not None}
                self.add({**inherited, **own}, document, where)
            else:
                self._reject(reply, where, "not_a_record", "expected an object")

    def finish(self) -> None:
        """Write the memberships, which joins and leaves have dated by now."""
        for place in self._directory.places.values():
            for account, (joined, left) in place.members.items():
                hashed = self._accounts.hashed(account)
                if hashed is not None:
                    self.rows.memberships.rows.append((place.channel_id, hashed, joined, left))

    def _place(self, record: Record, document: Document) -> TeamsPlace | None:
        chat, channel = text_of(record.get("chatId")), record.get("channelIdentity")
        if chat is not None:
            return self._directory.place(chat, is_chat=True)
        if isinstance(channel, dict) and text_of(channel.get("channelId")):
            return self._directory.place(channel["channelId"], is_chat=False)
        for collection in ("chats", "channels"):
            if collection in document.address:
                return self._directory.place(document.address[collection], is_chat=collection == "chats")
        return None

    def _add_written(
        self,
        record: Record,
        message_id: str,
        place: TeamsPlace,
        times: tuple[int, int | None, int | None, int],
    ) -> None:
        sent, edited, deleted, version = times
        author = self._accounts.author(record.get("from"))
        author_hash = self._accounts.hashed(author) if author else None
        if author is not None and author_hash is None:
            return  # refused: neither the message nor what others did to it
        own_id = f"{place.channel_id}:{message_id}"
        root = text_of(record.get("replyToId"))
        parent = f"{place.channel_id}:{root}" if root and root != message_id else None
        n_recipients = self._add_recipients(own_id, place, author)
        text = None if deleted is not None else self._add_text(record, own_id)
        n_files = self._add_files(record, own_id)
        kind = "post" if parent is None else "reply"
        row = (own_id, place.channel_id, parent, parent, author_hash, kind)
        self.rows.messages.append((*row, sent, edited, deleted, version, n_recipients, n_files, False), text)
        self._add_reactions(record, own_id)

    def _add_system(self, record: Record, own_id: str, place: TeamsPlace, sent: int, version: int) -> None:
        event = record.get("eventDetail")
        event = event if isinstance(event, dict) else {}
        author = self._accounts.author(event.get("initiator") or record.get("from"))
        author_hash = self._accounts.hashed(author) if author else None
        if author is not None and author_hash is None:
            return
        kind = str(event.get("@odata.type", "")).rpartition(".")[2]
        members = event.get("members")
        for member in members if isinstance(members, list) else ():
            account = text_of(member.get("id")) if isinstance(member, dict) else None
            if account is not None and kind.startswith(_JOINS):
                place.members[account] = (sent, None)
            elif account is not None and kind.startswith(_LEAVES):
                place.members[account] = (place.members.get(account, (None, None))[0], sent)
        row = (own_id, place.channel_id, None, None, author_hash, "system")
        self.rows.messages.append((*row, sent, None, None, version, None, None, False), None)

    def _add_recipients(self, own_id: str, place: TeamsPlace, author: str | None) -> int | None:
        """How many a chat's message is addressed to; None in a channel, or where nobody knows."""
        if not place.is_chat or not place.members:
            return None
        others = [account for account in place.members if account != author]
        for account in others:
            hashed = self._accounts.hashed(account)
            if hashed is not None:
                self.rows.recipients.rows.append((own_id, hashed, "direct"))
        return len(others)

    def _add_text(self, record: Record, own_id: str) -> str | None:
        """Write mentions and links; the plain text of subject and body, None if there is none."""
        mentioned: dict[str, None] = {}
        is_broadcast = False
        for mention in record.get("mentions") or ():
            target = mention.get("mentioned") if isinstance(mention, dict) else None
            target = target if isinstance(target, dict) else {}
            user = target.get("user")
            if isinstance(user, dict) and text_of(user.get("id")):
                mentioned[self._accounts.user(user)] = None
            elif target.get("conversation") or target.get("tag"):
                is_broadcast = True
        for account in mentioned:
            hashed = self._accounts.hashed(account)
            if hashed is not None:
                self.rows.mentions.rows.append((own_id, hashed, False))
        if is_broadcast:
            self.rows.mentions.rows.append((own_id, None, True))
        body = record.get("body") or {}
        content, subject = body.get("content"), text_of(record.get("subject"))
        if content is None and subject is None:
            return None
        for place, message in teams_markup.linked_messages(content or ""):
            channel_id = self._directory.place(place, is_chat="@thread.tacv2" not in place).channel_id
            self.rows.links.rows.append((own_id, f"{channel_id}:{message}", "message"))
        text = teams_markup.plain_text(content or "", body.get("contentType") != "text")
        return f"{subject}\n{text}" if subject else text

    def _add_files(self, record: Record, own_id: str) -> int:
        """How many files are attached. Cards, quoted messages and previews are none."""
        n_files = 0
        for attachment in record.get("attachments") or ():
            if isinstance(attachment, dict) and text_of(attachment.get("contentType")) in _FILES:
                n_files += 1
                address = text_of(attachment.get("contentUrl"))
                if address is not None:
                    document = self._border.message_id(f"document {address}")
                    self.rows.links.rows.append((own_id, document, "document"))
        return n_files

    def _add_reactions(self, record: Record, own_id: str) -> None:
        seen = set()
        for reaction in record.get("reactions") or ():
            account = self._accounts.author(reaction.get("user"))
            if account is None:
                continue
            raw = teams_markup.reaction_name(reaction["reactionType"], text_of(reaction.get("displayName")))
            name, is_recognition = self.rows.reaction_name(raw)
            hashed = self._accounts.hashed(account)
            if hashed is not None and (name, account) not in seen:  # two skin tones of one reaction
                seen.add((name, account))
                reacted = graph_micros(reaction.get("createdDateTime"))
                self.last_seen = max(self.last_seen, reacted or 0)
                self.rows.reactions.rows.append((own_id, hashed, name, reacted, is_recognition))

    def _is_repeated(self, version: str) -> bool:
        """Whether this version was read before: chats lie in the files of each of their members."""
        mark = hash(version)
        if mark in self._seen:
            return True
        self._seen.add(mark)
        return False

    def _see(self, place: TeamsPlace, sent: int, version: int) -> None:
        for whole in (self, place):
            if whole.first_sent is None or sent < whole.first_sent:
                whole.first_sent = sent
        if self.last_sent is None or sent > self.last_sent:
            self.last_sent = sent
        self.last_seen = max(self.last_seen, version)

    def _reject(self, record: Any, position: str, reason: str, detail: str) -> None:
        original: str | None = orjson.dumps(record).decode()[:_MAX_KEPT_ORIGINAL]
        author = self._accounts.author(record.get("from")) if isinstance(record, dict) else None
        if author is not None and self._accounts.hashed(author) is None:
            original = None  # nothing of a refused person is kept, not even in the vault
        self._border.reject(
            position=position, target_table="messages", reason=reason, detail=detail, original=original
        )


def _problem(
    record: Record, message_id: str | None, sent: int | None, place: TeamsPlace | None
) -> tuple[str, str] | None:
    """Why a record cannot be read, and what was expected; None if it can."""
    if message_id is None:
        return "message_without_id", "expected an id"
    if sent is None:
        return "unreadable_created_at", "expected createdDateTime such as 2021-03-28T21:11:12.395Z"
    if place is None:
        return "message_without_place", "expected chatId or channelIdentity.channelId"
    body = record.get("body")
    lists = [record.get(name) for name in (*_LISTS, "replies")]
    is_shaped = (body is None or isinstance(body, dict)) and all(
        value is None or isinstance(value, list) for value in lists
    )
    if is_shaped and body is not None:
        is_shaped = body.get("content") is None or isinstance(body["content"], str)
    if is_shaped:
        reactions = record.get("reactions") or ()
        is_shaped = all(isinstance(r, dict) and text_of(r.get("reactionType")) for r in reactions)
    if not is_shaped:
        detail = "expected a body with content, and lists of mentions, reactions, attachments and replies"
        return "malformed_record", detail
    return None


def _is_system(record: Record) -> bool:
    declared = record.get("messageType")
    return bool(record.get("eventDetail")) or (declared is not None and declared != "message")
