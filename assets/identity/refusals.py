"""Whose traces must not pass the border: opt-outs and erasures, expanded to the whole person.

Somebody opts out with one address or one account, and owns others. What the vault, the aliases
and the overrides know of the person's other accounts, addresses and worker ids is refused too.
After an extraction the vault may know more than before: ask again, and if the answer has grown,
extract again (``sources_to_repeat`` in ``assets.extract.closure``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assets.extract.reading import Refusals
from assets.identity.declared import OptOut, Override
from assets.identity.erasure_list import ErasureList
from assets.identity.pseudonyms import WORKER_SPACE, normalised_email
from assets.identity.vault import Vault

Node = tuple[str, str, str]
"""('email', '', address), ('account', source, original id) or ('worker', '', original id)."""


@dataclass(frozen=True)
class Declarations:
    """What the settings and their files say about identities.

    ``worker_id_sources`` are the sources whose account ids are worker ids.
    """

    sources: Sequence[str] = ()
    opt_outs: Sequence[OptOut] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    overrides: Sequence[Override] = ()
    worker_id_sources: frozenset[str] = frozenset()


def refusals_of(vault: Vault, declared: Declarations) -> Refusals:
    """Everybody refused, as the reader's border asks for it.

    An address that two workers share does not lead from one of them to the other: nobody is
    refused because a colleague opted out.
    """
    erased = ErasureList(vault).marks()
    erasure_key = ErasureList(vault).key()
    if not declared.opt_outs:
        return Refusals(erased_marks=erased, erasure_key=erasure_key)
    graph = _Relations(vault, declared)
    reached = graph.reached_from(graph.seeds(declared.opt_outs, declared.sources))
    return Refusals(
        emails=frozenset(value for kind, _, value in reached if kind == "email"),
        accounts=frozenset((source, value) for kind, source, value in reached if kind == "account"),
        workers=frozenset(value for kind, _, value in reached if kind == "worker"),
        erased_marks=erased,
        erasure_key=erasure_key,
    )


def related(vault: Vault, declared: Declarations, start: Node) -> set[Node]:
    """All addresses, accounts and worker ids of the person behind ``start``, itself included."""
    return _Relations(vault, declared).reached_from({start})


def nodes_of_listed(
    vault: Vault, declared: Declarations, listed: Sequence[OptOut]
) -> list[set[tuple[str, str, str]]]:
    """For each entry of a list of people the (kind, space, original id) of all accounts and workers."""
    graph = _Relations(vault, declared)
    found = []
    for entry in listed:
        reached = graph.reached_from(graph.seeds([entry], declared.sources))
        found.append(
            {
                (kind, WORKER_SPACE if kind == "worker" else source, value)
                for kind, source, value in reached
                if kind != "email"
            }
        )
    return found


class _Relations:
    """Which ids and addresses belong together, as far as it is known."""

    def __init__(self, vault: Vault, declared: Declarations) -> None:
        self._edges: dict[Node, set[Node]] = defaultdict(set)
        self._named: dict[tuple[str, str], set[Node]] = defaultdict(set)
        owners: dict[str, set[str]] = defaultdict(set)
        addresses = vault.addresses()
        for kind, _, _, original, email in addresses:
            if kind == "worker" and "@" not in original:
                owners[email].add(original)
        self._shared = {email for email, workers in owners.items() if len(workers) > 1}
        for kind, source, _, original, email in addresses:
            self._join(_node(kind, source, original), ("email", "", email))
        for alias, main in declared.aliases.items():
            self._join(("email", "", alias), ("email", "", main))
        self._name_accounts(vault, declared)
        for override in declared.overrides:
            for account in self.accounts_named(override.source, override.account):
                self._join(account, ("worker", "", override.worker_id))

    def _name_accounts(self, vault: Vault, declared: Declarations) -> None:
        for row in vault.known("account").to_pylist():
            node = ("account", row["source"], row["original_id"])
            for name in {row["original_id"], row["handle"]} - {None}:
                self._named[row["source"], name].add(node)
            if row["source"] in declared.worker_id_sources:
                self._join(node, ("worker", "", row["original_id"]))

    def _join(self, one: Node, other: Node) -> None:
        self._edges[one].add(other)
        self._edges[other].add(one)

    def accounts_named(self, source: str, name: str) -> set[Node]:
        """Accounts of a source with this id, handle or address; the id itself if none is known yet."""
        found = set(self._named.get((source, name), ()))
        if "@" in name:
            for node in self._edges.get(("email", "", normalised_email(name)), ()):
                if node[0] == "account" and node[1] == source:
                    found.add(node)
        return found or {("account", source, name)}

    def seeds(self, opt_outs: Sequence[OptOut], sources: Sequence[str]) -> set[Node]:
        """Where the opt-out list points to."""
        seeds: set[Node] = set()
        for entry in opt_outs:
            if entry.email:
                seeds.add(("email", "", normalised_email(entry.email)))
            if entry.worker_id:
                seeds.add(("worker", "", entry.worker_id))
            if entry.account:
                for source in [entry.source] if entry.source else sources:
                    seeds |= self.accounts_named(source, entry.account)
        return seeds

    def reached_from(self, seeds: set[Node]) -> set[Node]:
        """Everything that belongs to the persons behind ``seeds``."""
        reached = set(seeds)
        waiting = list(seeds)
        while waiting:
            node = waiting.pop()
            for other in self._edges.get(node, ()):
                ambiguous = other[0] == "email" and other[2] in self._shared
                if other not in reached and not ambiguous:
                    reached.add(other)
                    waiting.append(other)
        return reached


def _node(kind: str, source: str, original: str) -> Node:
    return ("account", source, original) if kind == "account" else ("worker", "", original)
