"""Keyed hashes: the only form in which an identity leaves the reader's border.

``HMAC-SHA-256(key, kind 0x1F source 0x1F original id)``, cut to 128 bits, as 32 hexadecimal
characters. Without the key nobody can test a guess; with 128 bits two of a billion identities
collide with a probability below 1e-20.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

KEY_BYTES: Final = 32
WORKER_SPACE: Final = "hr"
"""Worker ids share one space over all HR feeds, surveys and registries of the organisation."""
TERM_KIND: Final = "term"
"""Topic terms share one space over all sources: the same word is the same term everywhere."""

_PLUS_TAG = re.compile(r"\+[^@]*(?=@)")


def keyed_hash(key: bytes, kind: str, source: str, original_id: str) -> str:
    """The pseudonym of ``original_id``; 32 hexadecimal characters.

    Raises ``ValueError`` when the key is not 32 bytes long or the id is empty.
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"a pseudonym key has {KEY_BYTES} bytes, this one has {len(key)}")
    if not original_id:
        raise ValueError("an empty id has no pseudonym; absent ids are NULL")
    message = "\x1f".join((kind, source, original_id)).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:32]


def fingerprint(key: bytes) -> str:
    """What may be shown of a key: 16 hexadecimal characters that recognise it, and no more."""
    return hashlib.sha256(b"kithwork key fingerprint\x00" + key).hexdigest()[:16]


def normalised_email(address: str) -> str:
    """An e-mail address for comparison: trimmed, lower case, without a plus tag.

    >>> normalised_email(" Ana.Sofia+slack@Example.ORG ")
    'ana.sofia@example.org'
    """
    return _PLUS_TAG.sub("", address.strip().lower())
