"""What people declare about identities: opt-outs, aliases and overrides, as small CSV files.

Messages name the file, the row and the column; they never repeat a value, because the values
are addresses and ids of people.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.identity.pseudonyms import normalised_email


class DeclarationError(Exception):
    """A declaration that cannot be used; one line per problem."""


@dataclass(frozen=True)
class OptOut:
    """One line of the opt-out list; at least one of the three is given."""

    row: int
    email: str | None
    account: str | None
    worker_id: str | None
    source: str | None
    """Where ``account`` lives; None: wherever an account of that id or handle exists."""


@dataclass(frozen=True)
class Override:
    """An account (original id, handle or address) that belongs to this worker, whatever else says."""

    row: int
    source: str
    account: str
    worker_id: str


def read_opt_outs(file: Path, sources: Sequence[str]) -> list[OptOut]:
    """The opt-out list: columns email, account, worker_id, source, in any order, any subset.

    Raises ``DeclarationError`` for a file without one of the first three columns, a row that
    says nothing, an address without @ and a source that is not configured.
    """
    return read_listed(file, sources, "nobody opts out by it")


def read_listed(file: Path, sources: Sequence[str], consequence: str) -> list[OptOut]:
    """People named by email, account or worker_id (and source); ``consequence`` of a row without any.

    Raises ``DeclarationError``.
    """
    rows, columns = _rows(file)
    if not {"email", "account", "worker_id"} & columns:
        raise DeclarationError(
            f"{file.name}: expected a header with at least one of email, account, worker_id"
            " (and source, where account ids of two sources could be mistaken for each other)"
        )
    problems: list[str] = []
    found: list[OptOut] = []
    for number, row in rows:
        entry = OptOut(number, row.get("email"), row.get("account"), row.get("worker_id"), row.get("source"))
        where = f"{file.name} row {number}"
        if not (entry.email or entry.account or entry.worker_id):
            problems.append(f"{where}: has neither email, account nor worker_id, so {consequence}")
        elif entry.email and "@" not in entry.email:
            problems.append(f"{where}: email has no @; an id belongs into account or worker_id")
        elif entry.source and entry.source not in sources:
            problems.append(f"{where}: source is none of {', '.join(sources)}")
        found.append(entry)
    if problems:
        raise DeclarationError("\n".join(problems))
    return found


def read_aliases(file: Path) -> dict[str, str]:
    """Alias address to main address, both normalised; columns alias_email, email.

    Raises ``DeclarationError``, also where one alias is given to two addresses.
    """
    rows = read_required(file, ("alias_email", "email"))
    aliases: dict[str, str] = {}
    problems: list[str] = []
    for number, row in rows:
        alias, main = normalised_email(row["alias_email"]), normalised_email(row["email"])
        if "@" not in alias or "@" not in main:
            problems.append(f"{file.name} row {number}: expected two e-mail addresses")
        elif aliases.setdefault(alias, main) != main:
            problems.append(f"{file.name} row {number}: this alias was given to another address above")
    if problems:
        raise DeclarationError("\n".join(problems))
    return aliases


def read_overrides(file: Path, sources: Sequence[str]) -> list[Override]:
    """Accounts matched by hand: columns source, account, worker_id.

    Raises ``DeclarationError``, also for an account that is given to two workers.
    """
    problems: list[str] = []
    found: dict[tuple[str, str], Override] = {}
    for number, row in read_required(file, ("source", "account", "worker_id")):
        entry = Override(number, row["source"], row["account"], row["worker_id"])
        if entry.source not in sources:
            problems.append(f"{file.name} row {number}: source is none of {', '.join(sources)}")
        earlier = found.setdefault((entry.source, entry.account), entry)
        if earlier.worker_id != entry.worker_id:
            problems.append(
                f"{file.name} row {number}: this account was given to another worker in row {earlier.row}"
            )
    if problems:
        raise DeclarationError("\n".join(problems))
    return list(found.values())


def read_required(file: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Rows with their number, all of ``columns`` given. Raises ``DeclarationError``."""
    rows, present = _rows(file)
    missing = [column for column in columns if column not in present]
    if missing:
        raise DeclarationError(
            f"{file.name}: the header lacks {', '.join(missing)}; expected {', '.join(columns)}"
        )
    for number, row in rows:
        empty = [column for column in columns if column not in row]
        if empty:
            raise DeclarationError(f"{file.name} row {number}: {', '.join(empty)} is empty")
    return rows


def _rows(file: Path) -> tuple[list[tuple[int, dict[str, str]]], set[str]]:
    """Rows with their number in the file (the header is 1); empty values and rows are left out."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise DeclarationError(f"{file}: no such file; the settings name it") from None
    except OSError as error:
        raise DeclarationError(f"{file}: cannot be read ({error.strerror})") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    for values in reader:
        if not names:
            names = [name.strip().casefold() for name in values]
            continue
        row = {name: value.strip() for name, value in zip(names, values, strict=False) if value.strip()}
        if row:
            rows.append((reader.line_num, row))
    return rows, set(names)
