"""Which column of a file is which column of the contract: the settings' ``columns:`` mapping.

A name is found as written, else without regard to case, blanks and punctuation. What is missing
is said with the known columns that were found, the number of the others, and the setting to write.
A header may hold a person's name, and messages reach the run history: so a message repeats only
words that exports use for columns.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assets.extract.reading import ReaderOptions, UnreadableLandingError

ATTRIBUTE: Final = "attribute:"
"""Prefix of columns that the settings declare as further attributes."""

_OFTEN_NAMED: Final[dict[str, tuple[str, ...]]] = {
    "worker_id": ("employee id", "personnel number", "person id", "staff id", "id"),
    "manager_id": ("supervisor id", "reports to", "reports to id"),
    "hire_date": ("join date", "start date", "entry date"),
    "termination_date": ("leave date", "end date", "exit date"),
    "sender": ("from", "from address", "source"),
    "recipient": ("to", "to address", "target", "receiver"),
    "sent_at": ("date", "time", "event date", "timestamp", "created at"),
    "respondent": ("from", "participant", "ego"),
    "nominee": ("to", "contact", "alter"),
}
"""How exports call these columns: for suggestions only, a mapping is always the user's word."""

_COLUMN_WORDS: Final = frozenset(
    re.findall(
        r"\w+",
        """
    account address answer answered assigned author body business cc channel city code company
    contact contract cost country created creator date day department dept email emp employee
    employment end entry event exit file first from fte function grade group hire hired hypothesis
    id identifier initiative initiatives job join key kind last leave level line location mail
    manager message metric month name new no nominee nr number of office old on org organisation
    organization parent participant path person personnel phone position post reason receiver
    recipient registered relation respondent role row sender sent site staff start state status
    strength supervisor survey target targets team thread time timestamp title to type unit updated
    user valid value week work worker year zone
    """,
    )
)
"""What a column that a message suggests may be made of: words that nobody would take for a person."""

_DATA_LIKE: Final = re.compile(r"@|^[\d\s.,:/+-]+$")
"""No column name looks like this: an address, a number, a date."""


@dataclass(frozen=True)
class Wanted:
    """The contract columns a reader looks for.

    ``is_shared`` tells that one mapping serves files of several kinds: a mapped column that
    this file does not have is then no mistake, unless it is required.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    is_shared: bool = False


def column_names(header: Sequence[str], options: ReaderOptions, wanted: Wanted) -> dict[str, str]:
    """Contract name to the file's column, for those that are there.

    Raises ``UnreadableLandingError`` for a required or mapped column that is missing or there
    twice, and for a mapped name that this kind of file does not know.
    """
    known = (*wanted.required, *wanted.optional)
    strangers = [name for name in options.columns if name not in known]
    if strangers:
        near = difflib.get_close_matches(strangers[0], known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UnreadableLandingError(
            "unknown_column_name",
            f"columns: {strangers[0]} is no column of this kind of file; {hint}Known: {', '.join(known)}",
        )
    by_key: dict[str, list[str]] = {}
    for name in header:
        by_key.setdefault(_key(name), []).append(name)
    names: dict[str, str] = {}
    for contract in known:
        asked = options.columns.get(contract, contract)
        exact = [name for name in header if name == asked]
        found = exact or by_key.get(_key(asked), [])
        if len(found) > 1:
            raise UnreadableLandingError(
                "duplicate_column", f"{len(found)} columns are named {asked!r}; rename or remove one of them"
            )
        if found:
            names[contract] = found[0]
        elif contract in wanted.required or (contract in options.columns and not wanted.is_shared):
            raise _missing_column(contract, asked, header, known)
    for attribute in options.attributes:
        if attribute in header:
            names[ATTRIBUTE + attribute] = attribute
    return names


def _missing_column(
    contract: str, asked: str, header: Sequence[str], known: Sequence[str]
) -> UnreadableLandingError:
    if any(_DATA_LIKE.search(name) for name in header):
        return UnreadableLandingError(
            "no_header",
            f"column {contract!r} is missing: the first row looks like data, expected column names; "
            "add a header row",
        )
    near = [name for name in _near(contract, asked, header) if is_column_word(name)]
    remedy = near[0] if near else "<column of the file>"
    means = f" (the setting columns.{contract} names it)" if asked != contract else ""
    guess = f"; did you mean {' or '.join(repr(name) for name in near)}?" if near else "."
    return UnreadableLandingError(
        "missing_column",
        f"column {asked!r} is missing{means}; {described(header, known)}{guess} "
        f"Write columns: {{{contract}: {remedy}}} in this feed's settings",
    )


def described(header: Sequence[str], known: Sequence[str]) -> str:
    """The columns of a file for a message: the known ones by name, the others by their number."""
    keys = {_key(name) for name in known}
    told = [name for name in header if _key(name) in keys]
    n_others = len(header) - len(told)
    others = f"{n_others} other{'s' if n_others != 1 else ''} whose names are not repeated here"
    if not header:
        return "the file has no header"
    if not told:
        return f"the file has {len(header)} column{'s' if len(header) != 1 else ''}, none of them known"
    return f"known in the file: {', '.join(told)}" + (f"; and {others}" if n_others else "")


def is_column_word(name: str) -> bool:
    """Whether a header consists of nothing but words that exports use for columns."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+", name)
    return bool(words) and all(word.casefold() in _COLUMN_WORDS for word in words)


def _near(contract: str, asked: str, header: Sequence[str]) -> list[str]:
    keys = {_key(name): name for name in reversed(header)}
    found: dict[str, None] = {}
    for word in (asked, contract, *_OFTEN_NAMED.get(contract, ())):
        for key in difflib.get_close_matches(_key(word), list(keys), n=2, cutoff=0.55):
            found[keys[key]] = None
    return list(found)[:2]


def _key(name: str) -> str:
    """A column name for comparison: case, blanks and punctuation do not count."""
    return re.sub(r"[\W_]+", "", name.casefold())
