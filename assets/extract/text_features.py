"""What is kept of a message text: counts, two flags, a keyed signature and its terms.

Terms are its hashtags and the words that the organisation declared as topics
(``topic_terms``); they leave the reader as keyed hashes. No other word is kept.

A *word* is a run of non-space characters with at least one letter or digit that is neither a
link nor an emoji code like ``:tada:``; code does not count as text. Readers first turn their
platform's markup into plain text, in which code stands between backticks and links are bare.

The *signature* (Broder 1997, min-wise hashing) has ``LANES`` lanes of one byte: two texts agree
in a lane with probability J + (1 - J)/256, J being the Jaccard similarity of their sets of
words. Words are hashed with the warehouse's key, so that signatures cannot be compared with
those of guessed texts by anybody without the key.

Tokens repeat, so everything that depends on one token alone (is it a word, a link, a thanks;
its lanes) is worked out once and looked up afterwards.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

from assets.extract.question import is_question, without_code_and_links, words_of
from assets.extract.topic_terms import EDGES, TermFinder

LANES: Final = 32
MIN_SIGNATURE_WORDS: Final = 5
"""Shorter texts ("yes, done") resemble each other by chance."""
_MAX_SIGNATURE_TOKENS: Final = 5_000
"""A pasted log is no question; its beginning identifies it well enough."""
_MAX_VOCABULARY: Final = 1 << 18
"""Distinct tokens remembered; 32 lanes of 4 bytes each make this 34 MB."""
_CHUNK_TEXTS: Final = 2_048
"""Texts worked on together: their lanes stay within a processor's cache."""

RECOGNITION_REACTIONS: Final = words_of(
    """
    clap clapping pray raised_hands bow person_bowing bouquet
    trophy medal sports_medal military_medal first_place_medal kudos
    thanks thank_you thank-you thankyou thx ty danke merci gracias dzieki dziekuje
    """
)
"""Reaction names that say thanks or well done. Liking and agreeing (``+1``, ``heart``) do not count."""

_NOT_A_WORD, _LINK, _THANKS, _WORD = 0, 1, 2, 3
_EMOJI = re.compile(r"\W*(?::[\w+'-]+:)+\W*")
_LINK_START: Final = ("http://", "https://", "www.")
_THANKS_WORDS: Final = words_of(
    """
    thanks thank thx thankyou tysm kudos
    danke dankeschön dankeschoen dankesehr
    merci
    gracias
    dziękuję dziękujemy dziękuje dzięki dziekuje dziekujemy dzieki
    """
)
_DECLINED = re.compile(
    r"\b(?:no|nein|non|nie|kein(?:en)?)[\s,]+(?:danke|thank(?:s| you)|merci|gracias|dzi[eę]k\w+)"
)
_THANKED = re.compile(r"\b(?:thank(?:s|you| you| u)|thx|tysm|kudos|danke\w*|merci|gracias|dzi[eę]k\w+)")


@dataclass
class TextFeatures:
    """One entry per text; every entry is NULL (``None``) where there was no text at all."""

    n_words: list[int | None] = field(default_factory=list)
    n_links: list[int | None] = field(default_factory=list)
    is_question: list[bool | None] = field(default_factory=list)
    is_thanks: list[bool | None] = field(default_factory=list)
    text_signature: list[str | None] = field(default_factory=list)
    """``2 * LANES`` hexadecimal characters; NULL below ``MIN_SIGNATURE_WORDS`` words."""
    topic_terms: list[list[str] | None] = field(default_factory=list)
    """Readable terms, to be hashed at the border; NULL without any."""

    def append_nothing(self) -> None:
        """The entries of an absent text."""
        self.n_words.append(None)
        self.n_links.append(None)
        self.is_question.append(None)
        self.is_thanks.append(None)
        self.text_signature.append(None)
        self.topic_terms.append(None)


class FeatureExtractor:
    """Turns texts into features; remembers tokens, so use one for a whole landing unit."""

    def __init__(self, key: bytes, finder: TermFinder | None = None) -> None:
        self._finder = finder or TermFinder()
        self._vocabulary = _Vocabulary(key, self._finder)

    def features(self, texts: Sequence[str | None]) -> TextFeatures:
        """The features of ``texts``, plain text or None, in their order."""
        result = TextFeatures()
        for chunk in _chunks(texts):
            self._add(chunk, result)
        return result

    def _add(self, texts: list[str | None], result: TextFeatures) -> None:
        vocabulary = self._vocabulary
        vocabulary.forget_if_full()
        ids: list[int] = []
        lengths: list[int] = []
        for text in texts:
            tokens = _tokens(text)
            ids.extend(map(vocabulary.__getitem__, tokens))
            lengths.append(len(tokens))
        sizes = np.asarray(lengths, dtype=np.int64)
        token_ids = np.asarray(ids, dtype=np.int64)
        kinds = vocabulary.kinds[token_ids]
        n_words = _sum_per_text(kinds >= _THANKS, sizes)
        n_links = _sum_per_text(kinds == _LINK, sizes)
        n_thanks = _sum_per_text(kinds == _THANKS, sizes)
        n_openings = _sum_per_text(vocabulary.openings[token_ids], sizes)
        signatures = _signatures(token_ids, n_words, sizes, vocabulary)
        counts = (n_words.tolist(), n_links.tolist(), n_thanks.tolist(), n_openings.tolist())
        for text, words, links, thanks, openings, signature in zip(texts, *counts, signatures, strict=True):
            if text is None:
                result.append_nothing()
                continue
            result.n_words.append(words)
            result.n_links.append(links)
            result.is_question.append("?" in text and is_question(text))
            result.is_thanks.append(thanks > 0 and is_thanks(text))
            result.text_signature.append(signature)
            has_terms = openings > 0 or "#" in text
            result.topic_terms.append((has_terms and self._finder.terms(text)) or None)


def is_thanks(text: str) -> bool:
    """Whether the text thanks somebody (en, de, fr, es, pl); "no thanks" alone does not."""
    folded = without_code_and_links(text).casefold()
    return bool(_THANKED.search(_DECLINED.sub(" ", folded)))


def similarity(one: str, other: str) -> float:
    """The estimated Jaccard similarity (0..1) of two texts' words from their signatures.

    Its standard error is at most 0.09. Raises ``ValueError`` for signatures of unlike length.
    """
    left, right = bytes.fromhex(one), bytes.fromhex(other)
    if len(left) != len(right):
        raise ValueError(f"signatures of {len(left)} and {len(right)} lanes cannot be compared")
    agreement = sum(a == b for a, b in zip(left, right, strict=True)) / len(left)
    return max(0.0, (agreement - 1 / 256) / (1 - 1 / 256))


class _Vocabulary(dict[str, int]):
    """Token to a running number; row 0 is for everything that is no word."""

    def __init__(self, key: bytes, finder: TermFinder) -> None:
        super().__init__()
        self._finder = finder
        self._key = hmac.new(key, b"kithwork text signature", hashlib.sha256).digest()
        self._kinds = np.zeros(1 << 12, dtype=np.int8)
        self._openings = np.zeros(1 << 12, dtype=np.bool_)
        self._lanes = np.zeros((1 << 12, LANES), dtype=np.uint32)
        self._used = 0
        self._start()

    def __missing__(self, token: str) -> int:
        kind, word = _kind(token)
        if kind <= _LINK:
            number = kind
        elif word != token:
            number = self[word]
        else:
            number = self._append(kind, self._word_lanes(word), self._finder.opens(word))
        self[token] = number
        return number

    @property
    def kinds(self) -> npt.NDArray[np.int8]:
        """By number: not a word, link, thanks or another word."""
        return self._kinds[: self._used]

    @property
    def openings(self) -> npt.NDArray[np.bool_]:
        """By number: whether a declared term begins with the word."""
        return self._openings[: self._used]

    @property
    def lanes(self) -> npt.NDArray[np.uint32]:
        """By number: the word's hashes; the greatest possible ones where it is no word."""
        return self._lanes[: self._used]

    def forget_if_full(self) -> None:
        if len(self) > _MAX_VOCABULARY:
            self.clear()
            self._start()

    def _start(self) -> None:
        self._used = 0
        for kind in (_NOT_A_WORD, _LINK):
            self._append(kind, b"\xff" * 4 * LANES)

    def _append(self, kind: int, lanes: bytes, opens: bool = False) -> int:
        number = self._used
        if number == len(self._kinds):
            self._kinds = np.concatenate((self._kinds, np.zeros_like(self._kinds)))
            self._openings = np.concatenate((self._openings, np.zeros_like(self._openings)))
            self._lanes = np.concatenate((self._lanes, np.zeros_like(self._lanes)))
        self._kinds[number] = kind
        self._openings[number] = opens
        self._lanes[number] = np.frombuffer(lanes, dtype="<u4")
        self._used += 1
        return number

    def _word_lanes(self, word: str) -> bytes:
        raw = word.encode("utf-8", "surrogatepass")
        return b"".join(
            hashlib.blake2b(raw, key=self._key, digest_size=64, salt=bytes([part])).digest()
            for part in range(4 * LANES // 64)
        )


def _tokens(text: str | None) -> list[str]:
    if not text:
        return []
    if "`" in text:
        text = without_code_and_links(text, keep_links=True)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.casefold().split()


def _kind(token: str) -> tuple[int, str]:
    """What a token is, and the word in it without punctuation at its ends."""
    word = token.strip(EDGES)
    if word.startswith(_LINK_START):
        return _LINK, ""
    if _EMOJI.fullmatch(token) or not any(character.isalnum() for character in word):
        return _NOT_A_WORD, ""
    return (_THANKS if word in _THANKS_WORDS else _WORD), word


def _sum_per_text(flags: npt.NDArray[np.bool_], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    running = np.concatenate(([0], np.cumsum(flags)))
    ends = np.cumsum(sizes)
    return np.asarray(running[ends] - running[ends - sizes], dtype=np.int64)


def _signatures(
    token_ids: npt.NDArray[np.int64],
    n_words: npt.NDArray[np.int64],
    sizes: npt.NDArray[np.int64],
    vocabulary: _Vocabulary,
) -> list[str | None]:
    signatures: list[str | None] = [None] * len(sizes)
    chosen = n_words >= MIN_SIGNATURE_WORDS
    if not chosen.any():
        return signatures
    starts = np.cumsum(sizes) - sizes
    place_in_text = np.arange(len(token_ids)) - np.repeat(starts, sizes)
    is_looked_at = np.repeat(chosen, sizes) & (place_in_text < _MAX_SIGNATURE_TOKENS)
    lengths = np.minimum(sizes[chosen], _MAX_SIGNATURE_TOKENS)
    lanes = vocabulary.lanes[token_ids[is_looked_at]]
    smallest = np.minimum.reduceat(lanes, np.cumsum(lengths) - lengths, axis=0)
    packed = (smallest & 0xFF).astype(np.uint8).tobytes().hex()
    for row, index in enumerate(np.flatnonzero(chosen).tolist()):
        signatures[index] = packed[row * 2 * LANES : (row + 1) * 2 * LANES]
    return signatures


def _chunks(texts: Sequence[str | None]) -> Iterator[list[str | None]]:
    remaining = iter(texts)
    while chunk := list(islice(remaining, _CHUNK_TEXTS)):
        yield chunk
