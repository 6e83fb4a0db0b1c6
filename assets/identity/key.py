"""The key of the pseudonyms: made once, kept private, recognised by its fingerprint.

Whoever holds the key can test guesses about who stands behind a pseudonym, so it never lies in
the warehouse: it is a file of mode 600 beside the settings, or an environment variable.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from assets.identity.pseudonyms import KEY_BYTES, fingerprint

PENDING_SUFFIX = ".next"
"""A key that a rotation has made and not yet put in place."""


class KeyProblemError(Exception):
    """The key is missing, unreadable or of a wrong shape; the message says how to get one."""


class KeyMismatchError(KeyProblemError):
    """The key is a key, but not the one of this warehouse."""

    def __init__(self, place: str, found: str, given: str) -> None:
        super().__init__(
            f"the {place} was written with the key of fingerprint {found}, the key given now has "
            f"{given}. Use the first one (look in backups and password stores for it). If it is "
            "lost, `kithwork key rekey` makes new pseudonyms from the vault; to change keys on "
            "purpose, `kithwork key rotate`"
        )
        self.found = found
        self.given = given


def make_key(file: Path) -> bytes:
    """Write a new random key to ``file`` (mode 600). Never overwrites: ``KeyProblemError``."""
    key = secrets.token_bytes(KEY_BYTES)
    write_key(file, key)
    return key


def write_key(file: Path, key: bytes) -> None:
    """Write ``key`` as hexadecimal text to a file that does not exist yet, readable by its owner only."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyProblemError(
            f"{file} exists already and is not overwritten: without the old key an existing "
            "warehouse cannot be read. `kithwork key rotate` changes a key"
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        os.fchmod(stream.fileno(), 0o600)  # whatever the umask was
        stream.write(key.hex() + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def load_key(text: str | None, file: Path) -> bytes:
    """The key from ``text`` (the setting ``privacy.key``, taken from the environment), else from ``file``.

    Raises ``KeyProblemError``; the message never repeats what was found.
    """
    if text is not None:
        return parse_key(text, "privacy.key")
    try:
        content = file.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        raise KeyProblemError(
            f"{file}: no key there, and privacy.key is not set; `kithwork init` makes one. If this "
            "warehouse has been built before, restore its key instead of making a new one"
        ) from None
    except OSError as error:
        raise KeyProblemError(f"{file}: the key cannot be read ({error.strerror})") from None
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise KeyProblemError(f"{file}: others can read the key; run: chmod 600 '{file}'")
    return parse_key(content, str(file))


def parse_key(text: str, place: str) -> bytes:
    """A key from its hexadecimal text. ``place`` is named when it is not one."""
    digits = text.strip()
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyProblemError(
            f"{place}: expected {2 * KEY_BYTES} hexadecimal digits ({KEY_BYTES} bytes), "
            f"found {len(digits)} characters that are not such a key"
        )
    return key


def must_match(place: str, found: str | None, key: bytes) -> None:
    """Raise ``KeyMismatchError`` if ``place`` (vault, ledger) carries another key's fingerprint."""
    given = fingerprint(key)
    if found is not None and found != given:
        raise KeyMismatchError(place, found, given)
