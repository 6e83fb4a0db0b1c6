"""The accounts of a Slack export: listed ones from ``users.json``, others as they turn up."""

from __future__ import annotations

from typing import Any, Final

from assets.extract.readers.slack_time import ts_micros
from assets.extract.reading import Border
from assets.extract.row_buffer import Row

SLACKBOT: Final = "USLACKBOT"


class SlackAccounts:
    """Answers with an account's keyed hash (None where refused) and remembers its row.

    Listed accounts must be described before anything else is read, so that a refusal by e-mail
    holds from the first message on.
    """

    def __init__(self, border: Border) -> None:
        self._border = border
        self._hashes: dict[str, str | None] = {}
        self._rows: dict[str, Row] = {}
        self._user_of_bot: dict[str, str] = {}

    def describe(self, user: dict[str, Any], user_id: str) -> None:
        """One record of ``users.json`` or ``org_users.json``."""
        profile = _mapping(user.get("profile"))
        kind = _kind(user, user_id)
        if kind == "bot":
            # a bot's name is no person's: it must not hide channels named after the tool
            hashed = self._border.describe_account(user_id, email=_text(profile.get("email")))
            bot_id = _text(profile.get("bot_id"))
            if bot_id:
                self._user_of_bot[bot_id] = user_id
        else:
            hashed = self._describe_person(user, profile, user_id)
        self._hashes[user_id] = hashed
        if hashed is None:
            self._rows.pop(user_id, None)
            return
        self._rows[user_id] = (
            hashed,
            kind,
            user["deleted"] if isinstance(user.get("deleted"), bool) else None,
            _text(user.get("tz")),
            None,  # Slack exports hold no date of an account's creation
            ts_micros(user.get("updated")),
        )

    def hashed(self, original_id: str, *, is_bot: bool = False) -> str | None:
        """The account's hash, or None if refused. An id that no list holds is registered here."""
        try:
            hashed = self._hashes[original_id]
        except KeyError:
            hashed = self._hashes[original_id] = self._border.account(original_id)
            if hashed is not None:
                kind = "bot" if is_bot or _looks_like_a_bot(original_id) else "person"
                self._rows[original_id] = (hashed, kind, None, None, None, None)
        return hashed

    def see_author(self, original_id: str, profile: Any) -> None:
        """What a message tells of an unlisted author: ``user_profile`` of another workspace's member."""
        if original_id not in self._hashes and isinstance(profile, dict):
            self.describe({**profile, "profile": profile, "is_stranger": True}, original_id)

    def bot(self, bot_id: str | None, username: str | None) -> str | None:
        """The original id under which a bot without a user is kept; None if nothing identifies it."""
        if bot_id:
            return self._user_of_bot.get(bot_id, bot_id)
        return f"bot:{username}" if username else None

    def rows(self) -> list[Row]:
        """Rows of ``accounts``: every account met, listed or not."""
        return list(self._rows.values())

    def _describe_person(self, user: dict[str, Any], profile: dict[str, Any], user_id: str) -> str | None:
        email = _text(profile.get("email"))
        display_name = _text(profile.get("display_name"))
        hashed = self._border.describe_account(user_id, handle=display_name, email=email)
        if hashed is None:
            return None
        return self._border.describe_account(
            user_id,
            name=_text(user.get("real_name")) or _text(profile.get("real_name")),
            handle=_text(user.get("name")) or display_name,
            email=email,
        )


def _kind(user: dict[str, Any], user_id: str) -> str:
    if user.get("is_bot") or _looks_like_a_bot(user_id):
        return "bot"
    is_guest = any(user.get(flag) for flag in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    return "guest" if is_guest else "person"


def _looks_like_a_bot(original_id: str) -> bool:
    """Slack numbers people ``U...`` or ``W...`` and integrations ``B...``."""
    return original_id == SLACKBOT or original_id.startswith(("B", "bot:"))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
