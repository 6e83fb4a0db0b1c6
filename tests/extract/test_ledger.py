"""What the ledger remembers of units and months."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from assets.extract.ledger import LedgerFormatError, UnitEntry, opened

JANUARY, FEBRUARY, MARCH = (date(2024, month, 1) for month in (1, 2, 3))
UNIT = UnitEntry(
    "chat",
    "a" * 64,
    "signature",
    "refusals",
    rows={"messages": 3, "quarantine": 1},
    n_quarantined=1,
    observed_at=datetime(2024, 1, 5, 1, 2, 3, 4, tzinfo=UTC),
    first_at=datetime(2024, 1, 1, tzinfo=UTC),
    last_at=datetime(2024, 1, 5, tzinfo=UTC),
    months=frozenset({JANUARY}),
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "lake/ledger.sqlite"


def test_a_unit_comes_back_as_it_was_entered(file):
    with opened(file) as book:
        book.record(UNIT)
    with opened(file) as book:
        assert book.units() == [UNIT] and book.units("other") == [] and book.sources() == ["chat"]


def test_added_replaced_and_removed_units_leave_their_months_pending(file):
    with opened(file) as book:
        book.record(UNIT)
        assert book.pending_months().months == {JANUARY}
        book.record(replace(UNIT, months=frozenset({FEBRUARY})))
        first = book.pending_months()
        assert first.months == {JANUARY, FEBRUARY}
        book.mark_merged(first.token)
        assert book.pending_months().months == frozenset()
        book.record(replace(UNIT, sha256="b", months=frozenset({MARCH})))
        book.remove("chat", UNIT.sha256)
        assert book.pending_months().months == {FEBRUARY, MARCH}


def test_what_arrives_during_a_merge_stays_pending(file):
    with opened(file) as book:
        book.record(UNIT)
        token = book.pending_months().token
        book.record(replace(UNIT, sha256="b", months=frozenset({MARCH})))
        book.mark_merged(token)
        assert book.pending_months().months == {MARCH}


def test_the_state_changes_with_content_and_way_of_reading_only(file):
    with opened(file) as book:
        book.record(UNIT)
        before = book.state_fingerprint()
        book.record(UNIT)
        book.settle("chat", [UNIT.sha256])
        assert book.state_fingerprint() == before
        for changed in (replace(UNIT, signature="x"), replace(UNIT, rows={"messages": 4})):
            book.record(changed)
            assert book.state_fingerprint() != before
        book.invalidate_source("chat")
        assert book.units()[0].signature == ""


def test_a_unit_whose_file_vanished_is_marked(file):
    with opened(file) as book:
        book.record(UNIT)
        book.settle("chat", [], "later")
        assert (book.units()[0].is_present, book.units()[0].refusals) == (False, "later")


def test_a_ledger_of_another_format_is_refused(file):
    with opened(file):
        pass
    with sqlite3.connect(file) as connection:
        connection.execute("update meta set value = '9' where name = 'format_version'")
    with pytest.raises(LedgerFormatError, match="format 9"), opened(file):
        pass
