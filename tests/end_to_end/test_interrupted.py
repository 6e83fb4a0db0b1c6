"""Builds that die by kill -9 in any stage: the next one ends as if nothing had happened."""

from __future__ import annotations

from tests.factories.builds import build, lake_rows, warehouse_of


def test_the_kills_came_in_time(killed_houston):
    assert killed_houston.killed == {"extract": True, "dbt": True, "publish": True}


def test_nothing_half_is_published(killed_houston):
    first, _ = killed_houston.versions
    assert killed_houston.after_kill == {"extract": None, "dbt": None, "publish": first}


def test_the_build_after_two_kills_gives_what_an_uninterrupted_one_gives(houston, killed_houston):
    """Also under another time zone of the machine: nothing depends on it."""
    assert killed_houston.outcomes[0].code == 0
    assert killed_houston.contents[0] == houston.contents


def test_the_build_after_a_kill_while_publishing_gives_the_same_numbers(houston, killed_houston):
    assert killed_houston.outcomes[1].code == 0
    assert killed_houston.contents[1] == houston.contents


def test_leftovers_of_killed_builds_are_gone(killed_houston):
    root = warehouse_of(killed_houston.settings).root
    for side in ("published", "restricted"):
        names = {path.name for path in (root / side).iterdir()}
        assert names == {*killed_houston.versions, "current"}
    assert list((root / "lake" / ".staging").iterdir()) == []


def test_nothing_is_lost_or_read_twice(killed_houston):
    messages = lake_rows(killed_houston.settings, "messages", "message_id")
    assert len(messages) == len(set(messages)) == 1_382
    assert len(lake_rows(killed_houston.settings, "reactions")) == 199


def test_afterwards_there_is_nothing_to_do(killed_houston):
    again = build(killed_houston.settings)
    assert again.code == 0 and "nothing new" in again.out
