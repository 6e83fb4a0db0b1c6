"""The accounts of a Viva Engage export: ``Users.csv``, and what messages tell of their senders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from assets.extract.readers.viva_tables import Record
from assets.extract.reading import Border
from assets.extract.row_buffer import Row
from assets.identity.pseudonyms import normalised_email

Micros = Callable[[str | None], int | None]

_BOT_SENDERS: Final = frozenset({"bot", "app", "application", "system", "guide", "integration", "connector"})
_GONE_STATES: Final = frozenset(
    {"deleted", "soft_delete", "hard_delete", "suspended", "inactive", "deactivated"}
)


class VivaAccounts:
    """Answers with an account's keyed hash (None where refused) and remembers its row."""

    def __init__(self, border: Border, micros: Micros) -> None:
        self._border = border
        self._micros = micros
        self._hashes: dict[str, str | None] = {}
        self._rows: dict[str, Row] = {}
        self._id_of_email: dict[str, str] = {}

    def describe(self, user: Record, user_id: str) -> None:
        """One row of ``Users.csv``."""
        email = user.get("email")
        if email:
            self._id_of_email[normalised_email(email)] = user_id
        hashed = self._border.describe_account(user_id, name=user.get("name"), email=email)
        self._hashes[user_id] = hashed
        if hashed is None:
            return
        left = [self._micros(user.get(column)) for column in ("deletedat", "suspendedat")]
        state = user.get("state", "").casefold()
        is_guest = user.get("guest", user.get("isguest", "")).casefold() == "true"
        self._rows[user_id] = (
            hashed,
            "guest" if is_guest else "person",
            any(left) or state in _GONE_STATES,
            user.get("timezone"),
            self._micros(user.get("joinedat")),
            max((moment for moment in left if moment), default=self._micros(user.get("updatedat"))),
        )

    def see_sender(self, message: Record) -> None:
        """Learn the name and e-mail of a sender that ``Users.csv`` does not list."""
        sender = self.sender(message)
        if sender is None or sender in self._hashes:
            return
        email = message.get("senderemail")
        if email:
            self._id_of_email.setdefault(normalised_email(email), sender)
        is_bot = message.get("sendertype", "").casefold() in _BOT_SENDERS
        name = None if is_bot else message.get("sendername")
        hashed = self._border.describe_account(sender, name=name, email=email)
        self._remember(sender, hashed, "bot" if is_bot else "person")

    def sender(self, message: Record) -> str | None:
        """The sender's id; where only an e-mail is given, the account that has it, or the e-mail."""
        if "senderid" in message:
            return message["senderid"]
        if "senderemail" not in message:
            return None
        email = normalised_email(message["senderemail"])
        return self._id_of_email.get(email, email)

    def hashed(self, user_id: str) -> str | None:
        """The account's hash, or None if refused. An id that no list holds is registered here."""
        if user_id not in self._hashes:
            self._remember(user_id, self._border.account(user_id), "person")
        return self._hashes[user_id]

    def rows(self) -> list[Row]:
        """Rows of ``accounts``."""
        return list(self._rows.values())

    def _remember(self, user_id: str, hashed: str | None, kind: str) -> None:
        self._hashes[user_id] = hashed
        if hashed is not None:
            self._rows[user_id] = (hashed, kind, None, None, None, None)
