"""Whether a topic's label could tell of a person: checked against every name that the vault knows.

Strict on purpose: a topic lost is an inconvenience, a name shown is harm. A label is refused if

* one of its parts (between spaces, hyphens, underscores, digits) is a word of a name, of a handle
  or of the part of an address before the ``@``; or, for hashtags, whose words often run together,
* two such words adjoin anywhere in it (``johnsmith``), or a part begins or ends with such a word
  of five letters or more (``thankspeter``), or holds one of six or more.

Words of bots, service and shared accounts are no names. Erased people's words count, by their marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final

MIN_WORD: Final = 3
MIN_AT_END: Final = 5
MIN_INSIDE: Final = 6


class NameClearing:
    """Knows the words of all names; ``is_erased`` answers for those of erased people."""

    def __init__(self, words: Collection[str], is_erased: Callable[[str], bool] = lambda word: False) -> None:
        self._words = frozenset(word for word in words if len(word) >= MIN_WORD)
        self._is_erased = is_erased

    def names_a_person(self, label: str, *, runs_together: bool = False) -> bool:
        """Whether ``label`` is refused; ``runs_together`` for hashtags."""
        parts = [part for part in re.split(r"[\W_\d]+", label.casefold()) if part]
        whole = [part for part in re.split(r"[\W_]+", label.casefold()) if part]
        if any(self._is_name(part) for part in {*parts, *whole}):
            return True
        return runs_together and any(self._holds_name(part) for part in parts)

    def _is_name(self, word: str) -> bool:
        return len(word) >= MIN_WORD and (word in self._words or self._is_erased(word))

    def _holds_name(self, part: str) -> bool:
        spans = [
            (start, end)
            for start in range(len(part))
            for end in range(start + MIN_WORD, len(part) + 1)
            if self._is_name(part[start:end])
        ]
        starts = {start for start, _ in spans}
        return any(
            end in starts
            or end - start >= MIN_INSIDE
            or (end - start >= MIN_AT_END and (start == 0 or end == len(part)))
            for start, end in spans
        )
