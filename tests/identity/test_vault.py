"""The vault ends in one state whatever arrives first, and numbers people once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.extract.reading import Identity
from assets.identity.vault import VaultFormatError, opened
from tests.factories.lines import KEY


def seen(name=None, email=None, identifier="U1"):
    return Identity("account", "chat", identifier.lower().rjust(32, "0"), identifier, name, None, email)


MONDAY, TUESDAY = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)
SIGHTINGS = [
    ("u1", MONDAY, seen("Ana S.", "ana@x.org")),
    ("u2", TUESDAY, seen("Ana Sofia")),
    ("u3", None, seen("A", "old@x.org")),
]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2, 1, 0)])
def test_the_latest_description_counts_in_any_order_of_arrival(tmp_path, order):
    for index in order:
        unit, instant, identity = SIGHTINGS[index]
        with opened(tmp_path / "vault", KEY) as vault:
            vault.learn([identity], unit, instant)
    with opened(tmp_path / "vault", KEY) as vault:
        (known,) = vault.known("account").to_pylist()
        assert (known["name"], known["email"]) == ("Ana Sofia", "ana@x.org")
        assert {address for *_, address in vault.addresses()} == {"ana@x.org", "old@x.org"}
        assert {"ana", "sofia"} <= vault.known_words()


def test_keys_are_given_once_in_order_of_the_pseudonym(tmp_path):
    with opened(tmp_path / "vault", KEY) as vault:
        assert vault.assign_keys("person", ["c", "a"]) == {"c": 2, "a": 1}
    with opened(tmp_path / "vault", KEY) as vault:
        assert vault.assign_keys("person", ["b", "c"]) == {"b": 3, "c": 2}
        assert vault.assign_keys("account", ["b"]) == {"b": 1}


def test_landing_paths_and_originals_can_be_looked_up(tmp_path):
    with opened(tmp_path / "vault", KEY) as vault:
        vault.remember_landing("chat", "s", Path("/in/ana.zip"))
        vault.remember_landing("chat", "s", Path("/in/moved.zip"))
        assert vault.landing_path("chat", "s") == "/in/moved.zip"
        vault.keep_originals("chat", "s", [("q1", "row"), ("q2", "row 2")])
        vault.keep_originals("chat", "s", [("q1", "row, read again")])
        assert (vault.original("q1"), vault.original("q2")) == ("row, read again", None)


def test_a_newer_vault_is_refused_with_words(tmp_path):
    with opened(tmp_path / "vault", KEY) as vault:
        vault.connection.execute("update meta set value = '99' where name = 'format_version'")
    with pytest.raises(VaultFormatError, match="format 99"), opened(tmp_path / "vault", KEY):
        pass
