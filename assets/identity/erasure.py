"""Erasing a person, and proving that nothing of them is left.

The person's accounts, addresses and worker ids go onto the vault's erasure list as marks: enough
to refuse them at the border for ever, under whatever key, and not enough to say who they were.
Names, originals and integer keys go away at once; the rows in the lake with the next extraction,
because the sources concerned count as not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from assets.extract import ledger
from assets.extract.reading import name_words
from assets.identity import vault as vaults
from assets.identity.erasure_list import ErasureList
from assets.identity.pseudonyms import WORKER_SPACE, keyed_hash, normalised_email
from assets.identity.refusals import Declarations, Node, related
from assets.identity.term_use import used_terms
from assets.identity.vault import Vault
from assets.identity.vault_format import compact
from assets.layout import Warehouse


class ErasureError(Exception):
    """The person to erase is not clear; the message says what to give instead."""


@dataclass(frozen=True)
class ErasureReport:
    """What was found of the person and is refused from now on."""

    n_accounts: int
    n_workers: int
    n_addresses: int
    sources: tuple[str, ...]
    """Sources that the next extraction reads again."""


@dataclass(frozen=True)
class Finding:
    """A string that should not be there; told by its number, not by its value."""

    file: str
    """Relative to the folder that was searched."""
    number: int
    """1 for the first of the strings searched for."""
    where: str
    """'bytes', 'name', or the table whose values hold it."""


def erase(
    warehouse: Warehouse,
    key: bytes,
    declared: Declarations,
    *,
    worker_id: str | None = None,
    email: str | None = None,
) -> ErasureReport:
    """Erase the person of this worker id or address, with all accounts and addresses known of them.

    Asking twice is harmless, and completes what a killed process left undone. Somebody whom the
    vault does not know is refused from now on all the same. Raises ``ErasureError`` if neither
    is given and for an address that several workers share.
    """
    if not worker_id and not email:
        raise ErasureError("give the worker_id or an e-mail address of the person to erase")
    start: Node = ("worker", "", worker_id) if worker_id else ("email", "", normalised_email(email or ""))
    with ledger.opened(warehouse.ledger) as book, vaults.opened(warehouse.vault, key) as vault:
        nodes = related(vault, declared, start) | (
            {("email", "", normalised_email(email))} if email else set()
        )
        workers = {value for kind, _, value in nodes if kind == "worker" and "@" not in value}
        if len(workers) > 1 and not worker_id:
            raise ErasureError(
                f"this address belongs to {len(workers)} workers; give the worker_id of the one to erase"
            )
        sources = _concerned(book, nodes)
        for source in sources:  # first: if killed after it, the sources are read once more for nothing
            book.invalidate_source(source)
        words = _forget_originals(vault, nodes)
        places = {_place(node): _pseudonym(key, node) for node in nodes}
        with vault.transaction():
            listed = ErasureList(vault)
            listed.add_words(words)
            listed.add(places)
            gone = {hashed for hashed in places.values() if hashed}
            vault.forget_terms_but(used_terms(warehouse.lake, but_by=gone))
    compact(warehouse.vault)
    kinds = [kind for kind, _, _ in nodes]
    return ErasureReport(kinds.count("account"), kinds.count("worker"), kinds.count("email"), tuple(sources))


def find_strings(folder: Path, strings: Sequence[str], *, leave_out: Sequence[str] = ()) -> list[Finding]:
    """Search every file below ``folder`` for ``strings``, in any case of letters.

    Names of files, raw bytes, and the values inside Parquet and DuckDB files, which are
    compressed. ``leave_out``: parts of the folder that may hold them, such as ``vault``.
    """
    wanted = [text.casefold() for text in strings]
    spared = tuple(f"{part}/" for part in leave_out)
    findings: list[Finding] = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        if not path.is_file() or f"{relative}/".startswith(spared):
            continue
        content = path.read_bytes()
        lowered = content.lower()
        for number, text in enumerate(wanted, 1):
            if text in relative.casefold():
                findings.append(Finding(relative, number, "name"))
            if text.encode() in lowered or text.encode("utf-16-le") in lowered:
                findings.append(Finding(relative, number, "bytes"))
        for place, number in _inside(path, content[:16], wanted):
            findings.append(Finding(relative, number, place))
    return findings


def _inside(path: Path, head: bytes, wanted: Sequence[str]) -> Iterator[tuple[str, int]]:
    is_parquet, is_database = head[:4] == b"PAR1", head[8:12] == b"DUCK"
    if not (is_parquet or is_database):
        return  # before a connection is made: most files of a warehouse are small texts
    quoted = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        if is_parquet:
            relations = [("values", f"read_parquet('{quoted}', hive_partitioning = false)")]
        else:
            connection.execute(f"attach '{quoted}' as searched (read_only)")
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'searched'"
            ).fetchall()
            relations = [(f"{s}.{t}", f'searched."{s}"."{t}"') for s, t in tables]
        for place, relation in relations:
            checks = ", ".join(
                f"bool_or(contains(lower(t::varchar), ${n}))" for n in range(1, len(wanted) + 1)
            )
            row = connection.execute(f"select {checks} from {relation} as t", list(wanted)).fetchone()
            for number, found in enumerate(row or (), 1):
                if found:
                    yield place, number


def _concerned(book: ledger.Ledger, nodes: set[Node]) -> list[str]:
    """Sources that know an account of the person, and those that name workers."""
    own = {source for kind, source, _ in nodes if kind == "account"}
    naming = {"workers", "spells", "jobs", "absences", "nominations", "initiatives", "success_metrics"}
    return [
        source
        for source in book.sources()
        if source in own or any(naming & entry.rows.keys() for entry in book.units(source))
    ]


def _forget_originals(vault: Vault, nodes: set[Node]) -> set[str]:
    """Forget quarantined originals that name the person; the words of the person's names."""
    words: set[str] = set()
    labels = {value for kind, _, value in nodes if kind == "email" or len(value) > 3}
    hit = {(source, value) for kind, source, value in nodes if kind == "account"}
    for row in vault.known("account").to_pylist() + vault.known("worker").to_pylist():
        place = (row["source"], row["original_id"])
        if place in hit or ("worker", "", row["original_id"]) in nodes:
            labels |= {row[name] for name in ("name", "handle", "email") if row[name] and len(row[name]) > 3}
            for name in ("name", "handle"):
                words |= name_words(row[name]) if row[name] else set()
    for label in labels:
        vault.connection.execute(
            "delete from originals where contains(lower(original), ?)", [label.casefold()]
        )
    return words


def _place(node: Node) -> tuple[str, str, str]:
    kind, source, value = node
    return (kind, WORKER_SPACE if kind == "worker" else source, value)


def _pseudonym(key: bytes, node: Node) -> str | None:
    return None if node[0] == "email" else keyed_hash(key, *_place(node))
