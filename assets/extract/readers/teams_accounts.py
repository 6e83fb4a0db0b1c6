"""The accounts of a Teams export: listed users, members and authors, and addresses of invitations."""

from __future__ import annotations

from typing import Any, Final

from assets.extract.readers.teams_documents import Record
from assets.extract.readers.teams_time import graph_micros
from assets.extract.reading import Border
from assets.extract.row_buffer import Row
from assets.identity.pseudonyms import normalised_email

_OWN_IDENTITIES: Final = frozenset({"", "aaduser", "onpremiseaaduser", "unknownfuturevalue"})
"""Kinds of user identity that may be an employee's; the others are guests of one sort or another."""


class TeamsAccounts:
    """Answers with an account's keyed hash (None where refused) and remembers its row.

    An account is known by its object id of Entra ID; calendars name people by address only, which
    leads to the account that has it, else becomes an account of its own.
    """

    def __init__(self, border: Border) -> None:
        self._border = border
        self._hashes: dict[str, str | None] = {}
        self._rows: dict[str, Row] = {}
        self._id_of_address: dict[str, str] = {}
        self._own_domains: set[str] = set()

    def describe(self, user: Record, user_id: str) -> None:
        """A record of ``/users``."""
        principal, mail = text_of(user.get("userPrincipalName")), text_of(user.get("mail"))
        is_guest = (text_of(user.get("userType")) or "").casefold() == "guest"
        is_guest = is_guest or "#ext#" in (principal or "").casefold()
        addresses = [address for address in (mail, principal, *_others(user)) if address]
        handle = principal.partition("@")[0] if principal and not is_guest else None
        for address in reversed(addresses):  # each, so that a refusal by any of them holds; mail stays
            self._border.describe_account(user_id, handle=handle, email=address)
        hashed = self._border.describe_account(
            user_id, name=text_of(user.get("displayName")), handle=handle, email=mail or principal
        )
        self._hashes[user_id] = hashed
        for address in addresses:
            self._id_of_address.setdefault(normalised_email(address), user_id)
            if not is_guest:
                self._own_domains.add(normalised_email(address).rpartition("@")[2])
        if hashed is None:
            self._rows.pop(user_id, None)
            return
        enabled = user.get("accountEnabled")
        self._rows[user_id] = (
            hashed,
            "guest" if is_guest else "person",
            not enabled if isinstance(enabled, bool) else None,
            None,
            graph_micros(user.get("createdDateTime")),
            graph_micros(user.get("deletedDateTime")),
        )

    def see_member(self, account_id: str, name: str | None, email: str | None) -> None:
        """What a list of members tells of somebody whom ``/users`` does not list."""
        if account_id in self._hashes:
            return
        if email and "@" in email:
            self._id_of_address.setdefault(normalised_email(email), account_id)
        else:
            email = None
        self._remember(
            account_id, self._border.describe_account(account_id, name=name, email=email), "person"
        )

    def author(self, identities: Any) -> str | None:
        """The id behind ``from`` (or ``initiator``): a user's, or an application's; None for nobody."""
        if not isinstance(identities, dict):
            return None
        user, application = identities.get("user"), identities.get("application")
        if isinstance(user, dict) and text_of(user.get("id")):
            return self.user(user)
        if isinstance(application, dict) and text_of(application.get("id")):
            application_id = str(application["id"])
            if application_id not in self._hashes:
                self._remember(application_id, self._border.describe_account(application_id), "bot")
            return application_id
        return None

    def user(self, identity: Record) -> str:
        """The id of a user identity; somebody in no list is registered with the name given here."""
        account_id = str(identity["id"])
        if account_id not in self._hashes:
            declared = (text_of(identity.get("userIdentityType")) or "").casefold()
            kind = "person" if declared in _OWN_IDENTITIES else "guest"
            hashed = self._border.describe_account(account_id, name=text_of(identity.get("displayName")))
            self._remember(account_id, hashed, kind)
        return account_id

    def of_address(self, address: str, name: str | None) -> str:
        """The id of whoever has the address; an unknown one of a foreign domain is a guest's."""
        email = normalised_email(address)
        known = self._id_of_address.get(email)
        if known is not None:
            return known
        self._id_of_address[email] = email
        kind = "person" if email.rpartition("@")[2] in self._own_domains else "guest"
        self._remember(email, self._border.describe_account(email, name=name, email=email), kind)
        return email

    def hashed(self, account_id: str) -> str | None:
        """The account's hash, or None if refused. An id that no list holds is registered here."""
        if account_id not in self._hashes:
            self._remember(account_id, self._border.account(account_id), "person")
        return self._hashes[account_id]

    def is_listed(self, account_id: str) -> bool:
        """Whether something was told of this id so far."""
        return account_id in self._hashes

    def rows(self) -> list[Row]:
        """Rows of ``accounts``: every account met, listed or not."""
        return list(self._rows.values())

    def _remember(self, account_id: str, hashed: str | None, kind: str) -> None:
        self._hashes[account_id] = hashed
        if hashed is not None:
            self._rows[account_id] = (hashed, kind, None, None, None, None)


def text_of(value: Any) -> str | None:
    """The value if it is a text with something in it."""
    return value if type(value) is str and value.strip() else None


def _others(user: Record) -> list[str]:
    """Further addresses: ``otherMails``, and ``proxyAddresses`` such as ``smtp:a@b``."""
    found = [address for address in _list(user.get("otherMails")) if text_of(address)]
    for address in _list(user.get("proxyAddresses")):
        scheme, _, value = str(address).partition(":")
        if scheme.casefold() == "smtp" and value:
            found.append(value)
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
