"""Accounts to persons: who of the HR records stands behind which account.

In this order, the first answer that names exactly one worker counts:

1. *override*: the overrides file says so;
2. *worker_id*: the source names people by their worker id;
3. *email*: the account's address is a worker's (case and plus tags aside), today's address
   before earlier ones;
4. *alias*: the same through the aliases file.

An address that two workers share matches neither: the account is reported (K4). Without HR every
person's account is a person of its own, accounts of one address together (*self*).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from assets.extract.reading import Refusals
from assets.identity.bots import automation_kind
from assets.identity.declared import Override
from assets.identity.pseudonyms import normalised_email

PERSON_KINDS = frozenset({"person", "guest"})


@dataclass(frozen=True)
class Account:
    """An account as the vault knows it; ``kind`` as the platform says."""

    source: str
    account_id: str
    original_id: str
    kind: str
    name: str | None = None
    handle: str | None = None
    email: str | None = None
    addresses: frozenset[str] = frozenset()
    """Every address it was ever seen with, normalised."""


@dataclass(frozen=True)
class Worker:
    """A worker as the vault knows them; ``is_in_hr`` if an HR feed has them."""

    worker_id: str
    original_id: str
    email: str | None = None
    addresses: frozenset[str] = frozenset()
    is_in_hr: bool = True


@dataclass(frozen=True)
class Match:
    """What an account turned out to be."""

    account: Account
    kind: str
    person_id: str | None
    method: str
    reason: str | None = None
    """Why a person's account has no person: no_address, address_unknown_in_hr, several_workers …"""


@dataclass
class Matching:
    """Everything that matching says. ``persons``: person_id to whether they opted out."""

    matches: list[Match] = field(default_factory=list)
    persons: dict[str, bool] = field(default_factory=dict)
    workers: dict[str, str] = field(default_factory=dict)
    """worker_id to person_id, also of workers whom surveys name by address."""
    messages: list[str] = field(default_factory=list)


class _Directory:
    """Workers of the HR records by id and address."""

    def __init__(self, workers: Iterable[Worker], aliases: Mapping[str, str]) -> None:
        self.by_original: dict[str, str] = {}
        self._today: dict[str, set[str]] = defaultdict(set)
        self._ever: dict[str, set[str]] = defaultdict(set)
        self._aliases = aliases
        for worker in workers:
            self.by_original[worker.original_id] = worker.worker_id
            if worker.email:
                self._today[normalised_email(worker.email)].add(worker.worker_id)
            for address in worker.addresses:
                self._ever[address].add(worker.worker_id)

    def at(self, address: str) -> set[str]:
        """Workers of an address: who has it today, else who had it once."""
        return self._today.get(address) or self._ever.get(address) or set()

    def at_alias(self, address: str) -> set[str]:
        """Workers of the address that ``address`` is an alias of, or whose alias it leads to."""
        main = self._aliases.get(address)
        mains = {main} if main else set()
        mains |= {alias for alias, target in self._aliases.items() if target == address}
        return set().union(*(self.at(other) for other in mains)) if mains else set()


def match_to_hr(
    accounts: Sequence[Account],
    workers: Sequence[Worker],
    *,
    aliases: Mapping[str, str] | None = None,
    overrides: Sequence[Override] = (),
    worker_id_sources: frozenset[str] = frozenset(),
    refusals: Refusals | None = None,
) -> Matching:
    """Match accounts to the workers of the HR records; every worker in HR is a person."""
    refusals = refusals or Refusals()
    in_hr = [worker for worker in workers if worker.is_in_hr]
    directory = _Directory(in_hr, aliases or {})
    result = Matching()
    for worker in in_hr:
        result.persons[worker.worker_id] = refusals.refuses_worker_named(worker.original_id) or (
            worker.email is not None and normalised_email(worker.email) in refusals.emails
        )
        result.workers[worker.worker_id] = worker.worker_id
    for worker in workers:
        if not worker.is_in_hr:
            found = set().union(*(directory.at(a) or directory.at_alias(a) for a in worker.addresses))
            if len(found) == 1:
                result.workers[worker.worker_id] = found.pop()
    by_account = _overridden(accounts, overrides, directory, result)
    for account in accounts:
        result.matches.append(
            _matched(
                account, directory, by_account.get((account.source, account.account_id)), worker_id_sources
            )
        )
    return result


def match_to_themselves(
    accounts: Sequence[Account],
    workers: Sequence[Worker],
    *,
    aliases: Mapping[str, str] | None = None,
    known_persons: Mapping[str, int] | None = None,
) -> Matching:
    """Without HR: each person's account is a person, accounts that share an address one person.

    A person keeps the ``person_id`` that got the earliest key (``known_persons``: person_id to
    key), also when further accounts join; a new one takes that of its first account in order
    of source and pseudonym.
    """
    aliases = aliases or {}
    known = known_persons or {}
    groups = _Groups()
    people: list[Account] = []
    result = Matching()
    for account in sorted(accounts, key=lambda a: (a.source, a.account_id)):
        kind = account.kind
        if kind == "person":
            kind = automation_kind(account.name, account.handle, account.email) or kind
        if kind != "person":
            result.matches.append(Match(account, kind, None, "none"))
            continue
        people.append(account)
        groups.join(account.account_id, account.account_id)
        for address in account.addresses:
            groups.join(account.account_id, "@" + aliases.get(address, address))
    members: dict[str, list[str]] = defaultdict(list)
    for account in people:
        members[groups.root(account.account_id)].append(account.account_id)
    person_of: dict[str, str] = {}
    for group in members.values():
        with_key = [one for one in group if one in known]
        person = min(with_key, key=lambda one: known[one]) if with_key else group[0]
        person_of.update(dict.fromkeys(group, person))
        result.persons[person] = False
    result.matches += [Match(account, "person", person_of[account.account_id], "self") for account in people]
    for worker in workers:
        roots = {groups.root("@" + aliases.get(address, address)) for address in worker.addresses}
        owners = {person_of[members[root][0]] for root in roots if root in members}
        if len(owners) == 1:
            result.workers[worker.worker_id] = owners.pop()
    return result


def _matched(
    account: Account, directory: _Directory, override: str | None, worker_id_sources: frozenset[str]
) -> Match:
    if override is not None:
        return Match(account, "person", override, "override")
    if account.kind not in PERSON_KINDS:
        return Match(account, account.kind, None, "none")
    reason = "address_unknown_in_hr" if account.addresses else "no_address"
    if account.source in worker_id_sources:
        worker = directory.by_original.get(account.original_id)
        if worker is not None:
            return Match(account, "person", worker, "worker_id")
        reason = "worker_id_unknown_in_hr"
    today = [normalised_email(account.email)] if account.email else []
    earlier = sorted(account.addresses.difference(today))
    for method, lookup in (("email", directory.at), ("alias", directory.at_alias)):
        for addresses in (today, earlier):
            found = set().union(*(lookup(address) for address in addresses))
            if len(found) == 1:
                return Match(account, "person", found.pop(), method)
            if found:
                reason = "several_workers"
    kind = automation_kind(account.name, account.handle, account.email) or account.kind
    return Match(account, kind, None, "none", reason if kind in PERSON_KINDS else None)


def _overridden(
    accounts: Sequence[Account], overrides: Sequence[Override], directory: _Directory, result: Matching
) -> dict[tuple[str, str], str]:
    """(source, account_id) to worker_id; overrides that lead nowhere are told by their row."""
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    for account in accounts if overrides else ():
        for name in (account.original_id, account.handle, *account.addresses):
            if name:
                named[account.source, name].add(account.account_id)
    answer: dict[tuple[str, str], str] = {}
    for override in overrides:
        worker = directory.by_original.get(override.worker_id)
        name = normalised_email(override.account) if "@" in override.account else override.account
        found = named.get((override.source, override.account)) or named.get((override.source, name), set())
        if worker is None:
            result.messages.append(f"overrides row {override.row}: no HR feed has this worker_id")
        elif len(found) != 1:
            what = "no account" if not found else f"{len(found)} accounts"
            result.messages.append(
                f"overrides row {override.row}: {what} of {override.source} has this id, handle or address"
            )
        else:
            answer[override.source, next(iter(found))] = worker
    return answer


class _Groups:
    """Disjoint sets of account ids and addresses."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, one: str) -> str:
        """The set's representative."""
        path = []
        while self._parent.setdefault(one, one) != one:
            path.append(one)
            one = self._parent[one]
        for node in path:
            self._parent[node] = one
        return one

    def join(self, one: str, other: str) -> None:
        """Make two sets one."""
        self._parent[self.root(one)] = self.root(other)
