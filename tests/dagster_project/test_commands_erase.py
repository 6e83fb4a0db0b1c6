"""`kithwork erase`: a person goes, the proof looks everywhere, and neither repeats what it was told."""

from __future__ import annotations

import pytest

from assets.identity import vault
from assets.identity.key import load_key
from assets.publish.inputs import LastBuild, last_build, remember
from tests.factories.houston_lake import read_into_lake
from tests.factories.lines import lake_rows

NAME, EMAIL, WORKER = "Andrew Murray", "andrew.murray@example.org", "E101"


def known(config, folder="warehouse/vault"):
    with vault.opened(config.parent / folder, load_key(None, config.parent / "kithwork.key")) as opened:
        people = opened.known("worker").to_pylist() + opened.known("account").to_pylist()
    return {row["email"] for row in people}


@pytest.mark.parametrize("words", [("--worker-id", WORKER), ("--email", "Andrew.Murray+x@example.org")])
def test_the_vault_forgets_and_the_lake_follows(config, kithwork, words):
    state = config.parent / "warehouse/state"
    remember(state, LastBuild("f", "published", "v1"))
    assert EMAIL in known(config)
    result = kithwork(config, "erase", *words, "--yes")
    assert result.exit_code == 0, result.output
    assert "worker ids 1" in result.output and "hris" in result.output and "kithwork build" in result.output
    assert NAME not in result.output and EMAIL not in result.output
    assert EMAIL not in known(config)
    assert last_build(state) is None, "or the next build would say that nothing is new"
    warehouse = read_into_lake(config)
    assert len(lake_rows(warehouse, "workers")) == 70
    proof = kithwork(config, "erase", "--prove", EMAIL, "--prove", NAME)
    assert proof.exit_code == 0 and proof.output.count("not found") == 2
    assert "the vault knows it" not in proof.output


def test_nothing_happens_without_consent_or_without_a_person(config, kithwork):
    assert kithwork(config, "erase", "--worker-id", WORKER, answer="n\n").exit_code == 1
    assert EMAIL in known(config)
    assert kithwork(config, "erase").exit_code == 2
    assert kithwork(config, "erase", "--prove", NAME, "--worker-id", WORKER).exit_code == 2
    assert kithwork(config, "erase", "--prove", "e").exit_code == 2


def test_the_proof_fails_where_something_is_left_and_does_not_repeat_it(config, kithwork):
    (config.parent / "warehouse/state/note.json").write_text(f'{{"who": "{NAME.upper()}"}}')
    result = kithwork(config, "erase", "--prove", "Nobody Known", "--prove", NAME)
    assert result.exit_code == 1
    assert "text 2 is in state/note.json" in result.output and "text 1: not found" in result.output
    assert "text 2: the vault knows it" in result.output
    assert NAME.lower() not in result.output.lower()


def test_a_text_that_hashes_hold_by_chance_is_called_so(config, kithwork):
    (config.parent / "warehouse/state/note.json").write_text('{"sha256": "99e101aa", "who": "Eve"}')
    assert "by chance" in kithwork(config, "erase", "--prove", WORKER).output
    assert "by chance" not in kithwork(config, "erase", "--prove", "Eve").output
