"""Topics that may be shown: cleared of names and used by enough people.

A topic is declared (``topics.csv``), a hashtag, or the name of a public channel, for threads that
have neither. The lake holds hashes of terms and the vault what they stand for; a label leaves the
vault here, and only if at least ``min_authors`` distinct persons used it and no word of it is
known as part of a name. See ``docs/adr/0008-topics.md``.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa

from assets.extract.reading import erasure_mark, name_words
from assets.extract.topic_terms import normalised_term
from assets.identity.declared_topics import ALL_TOPICS, HiddenTopic
from assets.identity.erasure_list import ErasureList
from assets.identity.listed_persons import persons_of_listed
from assets.identity.name_clearing import NameClearing
from assets.identity.refusals import Declarations
from assets.identity.term_use import authors_of_terms, named_channels, used_terms
from assets.identity.vault import Vault

DECLARED, HASHTAG, CHANNEL = "declared", "hashtag", "channel"
SCHEMAS: Final[dict[str, pa.Schema]] = {
    "topics": pa.schema(
        [
            ("topic_key", pa.int64()),
            ("topic", pa.string()),
            ("kind", pa.string()),
            ("n_authors", pa.int32()),
            ("topics_version", pa.string()),
        ]
    ),
    "topic_terms": pa.schema([("term", pa.string()), ("topic_key", pa.int64())]),
    "topic_channels": pa.schema(
        [("source", pa.string()), ("channel_id", pa.string()), ("topic_key", pa.int64())]
    ),
    "hidden_topics": pa.schema([("person_key", pa.int64()), ("topic_key", pa.int64())]),
}
_TOOLS: Final = frozenset({"bot", "service", "shared"})
"""Accounts whose names are no person's: a shared mailbox ``sales@`` must not hide the topic Sales."""


@dataclass(frozen=True)
class TopicRules:
    """What settings say of topics; ``vocabulary`` is declared term to topic."""

    vocabulary: Mapping[str, str] = field(default_factory=dict)
    hidden: Sequence[HiddenTopic] = ()
    min_authors: int = 5
    channels_as_topics: bool = True
    ignored_channels: Sequence[str] = ()

    @property
    def version(self) -> str:
        """Changes with the declared topics and what counts as one (12 hexadecimal characters)."""
        parts = [*sorted(self.vocabulary.items()), self.channels_as_topics, sorted(self.ignored_channels)]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class TopicTables:
    """The four tables by name, and what should be told about them (no label of a withheld topic)."""

    tables: dict[str, pa.Table]
    messages: list[str]


@dataclass
class _Candidate:
    label: str
    kind: str
    n_authors: int


def topic_key(label: str) -> int:
    """The integer key of a topic: the same in every build and under every pseudonym key."""
    return int.from_bytes(hashlib.sha256(label.casefold().encode()).digest()[:8], "big") >> 1


def clear_topics(
    vault: Vault,
    lake: Path,
    key: bytes,
    rules: TopicRules,
    declared: Declarations,
    accounts: pa.Table,
    workers: pa.Table,
) -> TopicTables:
    """The topics of today's lake, and which terms and channels mean them.

    ``accounts`` and ``workers`` are as in schema ``identity``. Terms that the lake does not use
    any more are forgotten by the vault.
    """
    vault.forget_terms_but(used_terms(lake))
    terms = vault.terms()
    labels = {hashed: _label(term, rules.vocabulary) for hashed, term in terms.items()}
    persons = accounts.select(["source", "account_id", "person_key"])
    n_authors = authors_of_terms(lake, persons, _pairs(labels))
    clearing = NameClearing(_words(vault, accounts), _erased(ErasureList(vault)))
    declared_labels = set(rules.vocabulary.values())
    candidates = [
        _Candidate(label, DECLARED if label in declared_labels else HASHTAG, n_authors.get(label, 0))
        for label in sorted(set(labels.values()))
    ]
    channels = named_channels(lake, persons) if rules.channels_as_topics else []
    of_channel = _of_channels(channels, rules)
    candidates += _only_channels(channels, of_channel, candidates)
    shown, withheld = _cleared(candidates, clearing, rules.min_authors)
    rows = [(topic_key(c.label), c.label, c.kind, c.n_authors, rules.version) for c in shown]
    known = {c.label: topic_key(c.label) for c in shown}
    hidden, unresolved = _hidden(vault, key, rules.hidden, declared, accounts, workers, known)
    content: dict[str, Sequence[tuple[object, ...]]] = {
        "topics": sorted(rows),
        "topic_terms": sorted((term, known[label]) for term, label in labels.items() if label in known),
        "topic_channels": sorted(
            (*place, known[label]) for place, label in of_channel.items() if label in known
        ),
        "hidden_topics": sorted(hidden),
    }
    messages = [f"{n} possible topics are not shown: {reason}" for reason, n in sorted(withheld.items())]
    messages += [f"hidden topics, row {row}: names nobody whom the sources know" for row in unresolved]
    return TopicTables({name: _table(SCHEMAS[name], listed) for name, listed in content.items()}, messages)


def _label(term: str, vocabulary: Mapping[str, str]) -> str:
    """A declared term stands for its topic, also as a hashtag."""
    plain = term.removeprefix("#")
    return vocabulary.get(plain) or vocabulary.get(plain.replace("-", " ")) or term


def _of_channels(
    channels: Sequence[tuple[str, str, str, int]], rules: TopicRules
) -> dict[tuple[str, str], str]:
    """The topic of each channel: a declared one of its name, else the name itself."""
    ignored = {name.casefold() for name in rules.ignored_channels}
    labels = {}
    for source, channel_id, name, _ in channels:
        if name.casefold() not in ignored:
            words = normalised_term(name.replace("-", " ").replace("_", " "))
            labels[source, channel_id] = rules.vocabulary.get(words) or name
    return labels


def _only_channels(
    channels: Sequence[tuple[str, str, str, int]],
    of_channel: Mapping[tuple[str, str], str],
    candidates: Sequence[_Candidate],
) -> list[_Candidate]:
    """Topics that exist by a channel's name; two channels of one name are one topic."""
    taken = {candidate.label for candidate in candidates}
    n_authors: dict[str, int] = defaultdict(int)
    for source, channel_id, _, n in channels:
        label = of_channel.get((source, channel_id))
        if label is not None and label not in taken:
            n_authors[label] = max(n_authors[label], n)
    return [_Candidate(label, CHANNEL, n) for label, n in sorted(n_authors.items())]


def _cleared(
    candidates: Sequence[_Candidate], clearing: NameClearing, min_authors: int
) -> tuple[list[_Candidate], Counter[str]]:
    shown, withheld = [], Counter[str]()
    for candidate in candidates:
        if candidate.n_authors < min_authors:
            withheld[f"fewer than {min_authors} people used them"] += 1
        elif clearing.names_a_person(candidate.label, runs_together=candidate.kind != DECLARED):
            withheld["they could name a person"] += 1
        else:
            shown.append(candidate)
    return shown, withheld


def _words(vault: Vault, accounts: pa.Table) -> set[str]:
    """Words of names, handles and the part before the @ of everybody who is a person."""
    kinds = zip(accounts["account_id"].to_pylist(), accounts["kind"].to_pylist(), strict=True)
    tools = {account for account, kind in kinds if kind in _TOOLS}
    words: set[str] = set()
    rows = vault.connection.execute("select distinct hashed_id, name, handle, email from labels").fetchall()
    for hashed, name, handle, email in rows:
        if hashed not in tools:
            for label in (name, handle, email.partition("@")[0] if email else None):
                words |= name_words(label) if label else set()
    return words


def _erased(listed: ErasureList) -> Callable[[str], bool]:
    marks = listed.marks()
    if not marks:
        return lambda word: False
    key = listed.key()
    return lambda word: erasure_mark(key, "word", "", word) in marks


def _hidden(
    vault: Vault,
    key: bytes,
    hidden: Sequence[HiddenTopic],
    declared: Declarations,
    accounts: pa.Table,
    workers: pa.Table,
    known: Mapping[str, int],
) -> tuple[set[tuple[int, int]], list[int]]:
    """(person, topic) pairs, and the rows of the list that name nobody."""
    folded = {label.casefold(): number for label, number in known.items()}
    pairs: set[tuple[int, int]] = set()
    unresolved = []
    listed = [entry.person for entry in hidden]
    persons = persons_of_listed(vault, key, listed, declared, accounts, workers)
    for entry, found in zip(hidden, persons, strict=True):
        if not found:
            unresolved.append(entry.person.row)
        if entry.topic == ALL_TOPICS:
            topics: Collection[int] = known.values()
        else:
            number = folded.get(entry.topic.casefold(), folded.get("#" + entry.topic.casefold()))
            topics = () if number is None else (number,)
        pairs |= {(person, topic) for person in found for topic in topics}
    return pairs, unresolved


def _pairs(labels: Mapping[str, str]) -> pa.Table:
    return pa.table(
        {
            "term": pa.array(list(labels), pa.string()),
            "label": pa.array(list(labels.values()), pa.string()),
        }
    )


def _table(schema: pa.Schema, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    return pa.table(
        [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema
    )
