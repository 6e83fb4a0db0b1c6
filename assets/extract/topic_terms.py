"""The terms of a text: its hashtags and the words that the organisation declared, nothing else.

No other word of a text is a candidate. A list of all its words, hashed or not, beside a readable
dictionary would be the text again; a hashtag is put there to be found by, and a declared term
says no more than that the organisation's own word occurs (see ``docs/adr/0008-topics.md``).

A *hashtag* is written ``#word`` outside of code and links; its parts (``#PriceList``,
``#price_list``) are joined by hyphens: ``#price-list``. A *declared term* is one word or several,
compared without case and without punctuation at their ends.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from assets.extract.question import without_code_and_links

MAX_TERMS: Final = 20
"""Terms kept of one text: more are a list of tags, not what the text is about."""
EDGES: Final = "".join(chr(c) for c in range(0x21, 0x7F) if not chr(c).isalnum()) + "¿¡«»„“”‘’…–—"
"""Punctuation that is no part of a word at whose end it stands."""

_HASHTAG = re.compile(r"(?<![\w&/#])#([^\W\d_][\w-]{1,39})(?![\w-])")
_HUMP = re.compile(r"(?<=[^\W\d_A-ZÀ-ÖØ-Þ])(?=[A-ZÀ-ÖØ-Þ])")


class TermFinder:
    """Finds terms in texts; ``vocabulary`` holds the declared ones."""

    def __init__(self, vocabulary: Sequence[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for term in sorted({normalised_term(text) for text in vocabulary} - {""}):
            words = tuple(term.split())
            self._by_first[words[0]].append((words, term))

    def opens(self, word: str) -> bool:
        """Whether a declared term begins with this word (folded, without punctuation)."""
        return word in self._by_first

    def terms(self, text: str) -> list[str]:
        """The distinct terms of a plain text in alphabetical order, at most ``MAX_TERMS``."""
        plain = without_code_and_links(text)
        found = {hashtag(tag) for tag in _HASHTAG.findall(plain)} if "#" in plain else set()
        if self._by_first:
            words = [token.strip(EDGES) for token in _folded(plain).split()]
            for place, word in enumerate(words):
                for wanted, term in self._by_first.get(word, ()):
                    if tuple(words[place : place + len(wanted)]) == wanted:
                        found.add(term)
        return sorted(found)[:MAX_TERMS]


def hashtag(label: str) -> str:
    """The term of a hashtag: ``PriceList``, ``price_list`` and ``price list`` are ``#price-list``."""
    parts = re.split(r"[\W_]+", _HUMP.sub("-", label))
    return "#" + "-".join(_folded(part) for part in parts if part)


def normalised_term(text: str) -> str:
    """A declared term as it is compared: folded, its words without punctuation at their ends."""
    return " ".join(word for token in _folded(text).split() if (word := token.strip(EDGES)))


def _folded(text: str) -> str:
    return (text if text.isascii() else unicodedata.normalize("NFC", text)).casefold()
