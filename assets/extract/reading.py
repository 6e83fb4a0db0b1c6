"""What a reader gets and gives: options in, Arrow batches of contract tables out.

A reader is a module with

* ``NAME`` - the word that settings use (``platform:`` or ``system:``),
* ``VERSION`` - raised whenever the same file would give other rows,
* ``discover(landing)`` - the landing units below the given paths,
* ``read(unit, options, border)`` - a generator of ``(table, pyarrow.RecordBatch)``.

It never opens the vault, the lake or the network. Identities pass through the ``Border``,
which answers with keyed hashes and keeps what belongs into the vault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from assets.identity.pseudonyms import TERM_KIND, WORKER_SPACE, keyed_hash, normalised_email

Batch = tuple[str, pa.RecordBatch]


class UnreadableLandingError(Exception):
    """A whole landing unit cannot be read: not a zip, truncated, a required column missing.

    The message says what was found, what was expected and the remedy. It never holds a path
    or a personal value; the caller knows which unit it is about.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class ReaderOptions:
    """The part of a source's settings that a reader may look at (all of it enters the ledger's signature)."""

    timezone: str = "UTC"
    columns: Mapping[str, str] = field(default_factory=dict)
    """Contract name to column name in the file, where they differ."""
    attributes: Sequence[str] = ()
    """Further HR columns to keep, by their name in the file."""
    delimiter: str | None = None
    time_format: str | None = None
    encoding: str | None = None
    vocabulary: Sequence[str] = ()
    """Terms of the organisation's topics, to be looked for in texts."""

    def fingerprint(self) -> str:
        """A stable text of these options."""
        return json.dumps(
            {
                **self.__dict__,
                "columns": dict(sorted(self.columns.items())),
                "attributes": list(self.attributes),
                "vocabulary": sorted(self.vocabulary),
            },
            sort_keys=True,
        )


@dataclass(frozen=True)
class Identity:
    """What the vault keeps of one account or worker."""

    kind: str  # account, worker
    source: str
    hashed_id: str
    original_id: str
    name: str | None = None
    handle: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class Rejected:
    """One row or record that could not be read; ``original`` goes to the vault only."""

    position: str
    target_table: str
    reason: str
    detail: str
    original: str | None = None


@dataclass(frozen=True)
class Refusals:
    """People whose traces must not pass: normalised e-mails, (source, account) and worker ids.

    ``workers`` lists opt-outs and erasures, ``erased_workers`` the erasures alone: an opt-out
    removes a person's collaboration traces, an erasure the HR rows too. Of an erased person the
    vault keeps no original, only ``erased_marks``: hashes of ids and addresses under a key of
    the vault's own, which a rotation of the pseudonym key leaves alone.
    """

    emails: frozenset[str] = frozenset()
    accounts: frozenset[tuple[str, str]] = frozenset()
    workers: frozenset[str] = frozenset()
    erased_emails: frozenset[str] = frozenset()
    erased_workers: frozenset[str] = frozenset()
    erased_marks: frozenset[str] = frozenset()
    erasure_key: bytes = field(default=b"", repr=False)

    @property
    def anybody(self) -> bool:
        """Whether there is somebody to refuse."""
        return bool(
            self.emails
            or self.accounts
            or self.workers
            or self.erased_emails
            or self.erased_workers
            or self.erased_marks
        )

    def erases(self, kind: str, space: str, original_id: str, email: str | None = None) -> bool:
        """Whether this account or worker belongs to an erased person. ``kind``: account, worker."""
        address = normalised_email(email) if email else None
        if kind == "worker" and original_id in self.erased_workers:
            return True
        if address in self.erased_emails:
            return True
        if not self.erased_marks:
            return False
        marks = {erasure_mark(self.erasure_key, kind, space, original_id)}
        if address:
            marks.add(erasure_mark(self.erasure_key, "email", "", address))
        return not marks.isdisjoint(self.erased_marks)

    def is_erased_word(self, word: str) -> bool:
        """Whether a word was part of an erased person's name or handle."""
        return bool(self.erased_marks) and (
            erasure_mark(self.erasure_key, "word", "", word) in self.erased_marks
        )

    def refuses_account(self, source: str, original_id: str, email: str | None = None) -> bool:
        """Whether an account's traces must not pass, by opt-out or erasure."""
        return (
            (source, original_id) in self.accounts
            or (email is not None and normalised_email(email) in self.emails)
            or self.erases("account", source, original_id, email)
        )

    def refuses_worker_named(self, named: str) -> bool:
        """Whether somebody named by worker id or address opted out or was erased."""
        email = normalised_email(named) if "@" in named else None
        return (
            named in self.workers
            or (email is not None and email in self.emails)
            or self.erases("worker", WORKER_SPACE, named, email)
        )

    def fingerprint(self) -> str:
        """A stable text; it enters the ledger's signature, so that a changed list re-extracts."""
        texts = [self.emails, self.workers, self.erased_emails, self.erased_workers, self.erased_marks]
        return json.dumps([sorted(self.accounts), *(sorted(part) for part in texts)])


class Border:
    """Between a platform's identities and the lake.

    ``account`` and ``worker`` answer with a keyed hash, or ``None`` where that person's traces
    must not pass. Call ``describe_account`` (or ``describe_worker``) before the first use of an
    id whose e-mail is known, so that a refusal by e-mail is honoured from the first row on.
    """

    def __init__(
        self,
        source: str,
        key: bytes,
        refusals: Refusals | None = None,
        known_names: frozenset[str] = frozenset(),
        vocabulary: Sequence[str] = (),
    ) -> None:
        self.source = source
        self.vocabulary = vocabulary
        """Declared terms that texts are searched for."""
        self._known_names = known_names
        self._key = key
        self._refusals = refusals or Refusals()
        self._own_names: set[str] = set()
        self._hashes: dict[tuple[str, str], str | None] = {}
        self.identities: dict[tuple[str, str], Identity] = {}
        self.opted_out: dict[tuple[str, str], Identity] = {}
        """Accounts refused by an opt-out: the vault must know them to find the person's others."""
        self.erased: set[tuple[str, str, str]] = set()
        """(kind, source, original id) met of erased people; only marks of them may be kept."""
        self.erased_words: set[str] = set()
        """Words of erased people's names and handles: only marks of them may be kept."""
        self.terms: dict[str, str] = {}
        """Hashed terms to readable ones: for the vault only."""
        self._term_hashes: dict[str, str] = {}
        self.rejected: list[Rejected] = []
        self.observed_at: datetime | None = None

    def describe_account(
        self,
        original_id: str,
        *,
        name: str | None = None,
        handle: str | None = None,
        email: str | None = None,
    ) -> str | None:
        """Register an account with what the vault may know of it; its hash, or None if refused."""
        refused = self._refusals.refuses_account(self.source, original_id, email)
        return self._register("account", self.source, original_id, refused, name, handle, email)

    def account(self, original_id: str) -> str | None:
        """The account's keyed hash, or None if refused."""
        known = self._hashes.get(("account", original_id), "")
        if known != "":
            return known
        email = original_id if "@" in original_id else None
        return self.describe_account(original_id, email=email)

    def describe_worker(
        self,
        original_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
    ) -> str | None:
        """Register a worker (HR feeds only); None only after an erasure, not after an opt-out."""
        refused = self._refusals.erases("worker", WORKER_SPACE, original_id, email)
        return self._register("worker", WORKER_SPACE, original_id, refused, name, None, email)

    def worker(self, original_id: str) -> str | None:
        """A worker referred to (manager, respondent, target): by worker id, or by e-mail."""
        known = self._hashes.get(("worker", original_id), "")
        if known != "":
            return known
        email = normalised_email(original_id) if "@" in original_id else None
        return self.describe_worker(original_id, email=email)

    def is_refused_worker(self, original_id: str) -> bool:
        """Whether this worker opted out or was erased: surveys and recognitions leave them out."""
        return self._refusals.refuses_worker_named(original_id)

    def message_id(self, original_id: str) -> str:
        """A keyed hash for message ids that carry an address, as in mail."""
        return keyed_hash(self._key, "message", self.source, original_id)

    def term(self, text: str) -> str:
        """The keyed hash of a topic term; the vault learns what it stands for."""
        hashed = self._term_hashes.get(text)
        if hashed is None:
            hashed = self._term_hashes[text] = keyed_hash(self._key, TERM_KIND, "", text)
            self.terms[hashed] = text
        return hashed

    def names_a_person(self, text: str) -> bool:
        """Whether a word of ``text`` is part of a name or handle that the vault or this file knows.

        The names of erased people count: the vault keeps marks of their words.
        """
        words = name_words(text)
        return (
            bool(words & self._known_names)
            or bool(words & self._own_names)
            or any(self._refusals.is_erased_word(word) for word in words)
        )

    def signature_key(self) -> bytes:
        """The key of text signatures, so that they cannot be compared outside this warehouse."""
        return self._key

    def reject(
        self,
        *,
        position: str,
        target_table: str,
        reason: str,
        detail: str,
        original: str | None = None,
    ) -> None:
        """Put one record into quarantine. ``detail`` holds no value of an identifying column."""
        self.rejected.append(Rejected(position, target_table, reason, detail, original))

    def observe(self, instant: datetime | None) -> None:
        """Tell an instant found inside the export; the latest becomes ``_observed_at``."""
        if instant is not None and (self.observed_at is None or instant > self.observed_at):
            self.observed_at = instant

    def _register(
        self,
        kind: str,
        space: str,
        original_id: str,
        refused: bool,
        name: str | None,
        handle: str | None,
        email: str | None,
    ) -> str | None:
        for label in (name, handle):
            self._own_names.update(name_words(label) if label else ())
        place = (kind, original_id)
        if refused or (place in self._hashes and self._hashes[place] is None):
            self._hashes[place] = None
            known = self.identities.pop(place, None) or self.opted_out.pop(place, None)
            if self._refusals.erases(kind, space, original_id, email):
                self.erased.add((kind, space, original_id))
                for label in (name, handle):
                    self.erased_words.update(name_words(label) if label else ())
            if (kind, space, original_id) not in self.erased:
                hashed = keyed_hash(self._key, kind, space, original_id)
                self.opted_out[place] = _merged(
                    known, Identity(kind, space, hashed, original_id, name, handle, email)
                )
            return None
        hashed = self._hashes.get(place) or keyed_hash(self._key, kind, space, original_id)
        self._hashes[place] = hashed
        described = Identity(kind, space, hashed, original_id, name, handle, email)
        self.identities[place] = _merged(self.identities.get(place), described)
        return hashed


def _merged(known: Identity | None, described: Identity) -> Identity:
    """The newer description, its gaps filled from the one known before."""
    if known is None:
        return described
    return replace(
        described,
        name=described.name or known.name,
        handle=described.handle or known.handle,
        email=described.email or known.email,
    )


def erasure_mark(erasure_key: bytes, kind: str, space: str, value: str) -> str:
    """What remains of an erased id (kind account, worker), address or word of a name (space '')."""
    return keyed_hash(erasure_key, "erased " + kind, space, value)


def name_words(label: str) -> set[str]:
    """The words of a name or handle that would recognise a person (three letters or more)."""
    return {word for word in re.split(r"[^\w]+|_", label.casefold()) if len(word) > 2}


class Reader(Protocol):
    """The shape of a reader module."""

    NAME: str
    VERSION: str

    def discover(self, landing: Sequence[Path]) -> list[Path]:
        """The landing units below the given files and folders, sorted."""
        ...

    def read(self, unit: Path, options: ReaderOptions, border: Border) -> Iterator[Batch]:
        """The unit's rows as batches of contract tables. Raises ``UnreadableLandingError``."""
        ...
