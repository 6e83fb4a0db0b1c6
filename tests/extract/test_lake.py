"""Lake files: contract, common columns, replacement, sweeping."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.extract import lake
from assets.extract.contract import TABLES, lake_schema
from assets.extract.lake import ContractViolationError, UnitWriter, ensure_tables, put, sweep, take_away
from assets.extract.ledger import UnitEntry, opened
from assets.extract.touched import Span
from assets.extract.vanished import Rewriting, rewrite
from tests.factories.line_reader import batch
from tests.factories.lines import lake_rows, warehouse_at

AUTHOR = "a" * 32
NOON = datetime(2024, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def warehouse(tmp_path):
    return warehouse_at(tmp_path / "warehouse")


def messages(*identifiers, **more):
    common = {"author_account_id": AUTHOR, "sent_at": NOON, "kind": "post", **more}
    return batch("messages", [{"message_id": identifier, **common} for identifier in identifiers])


def stored(warehouse, *batches, sha="f" * 64, observed_at=NOON):
    writer = UnitWriter(warehouse.lake, "chat", sha, "7")
    for table, rows in batches:
        writer.add(table, rows)
    written = writer.finish(observed_at)
    with opened(warehouse.ledger) as book:
        put(warehouse.lake, book, written, UnitEntry("chat", sha, "s", "r"))
    return written


def test_every_table_can_be_queried_before_anything_arrived(warehouse):
    ensure_tables(warehouse.lake)
    for table in TABLES:
        file = warehouse.lake / table / "source=_empty/empty.parquet"
        assert pq.read_schema(file).equals(lake_schema(table)) and lake_rows(warehouse, table) == []


def test_a_lake_of_before_a_column_is_read_and_rewritten_with_it_null(warehouse):
    """Meetings had no chat and no version at first; nothing is to be migrated."""
    rows = [{"meeting_id": name, "organiser_account_id": AUTHOR, "starts_at": NOON} for name in ("m1", "m2")]
    stored(warehouse, ("meetings", batch("meetings", rows)))
    path = lake.lake_file(warehouse.lake, "meetings", "chat", "f" * 64)
    pq.write_table(pq.read_table(path).drop_columns(["channel_id", "version_at"]), path)
    empty = warehouse.lake / "meetings" / lake.EMPTY
    empty.parent.mkdir(parents=True)
    pq.write_table(lake_schema("meetings").empty_table().drop_columns(["channel_id", "version_at"]), empty)
    ensure_tables(warehouse.lake)
    wanted = [("m1", AUTHOR, None, None), ("m2", AUTHOR, None, None)]
    columns = "meeting_id, organiser_account_id, channel_id, version_at"
    assert sorted(lake_rows(warehouse, "meetings", columns)) == wanted
    with opened(warehouse.ledger) as book:
        (entry,) = book.units("chat")
        rewrite(warehouse.lake, book, entry, Rewriting({}, frozenset({AUTHOR}), frozenset()))
    assert pq.read_schema(path).equals(lake_schema("meetings"))
    assert sorted(lake_rows(warehouse, "meetings", columns)) == [
        (name, None, *rest) for name, _, *rest in wanted
    ]


def test_files_have_the_lake_schema_and_bounded_row_groups(warehouse):
    part = messages(*map(str, range(30_000)))
    written = stored(warehouse, *[("messages", part)] * 10)
    file = pq.ParquetFile(lake.lake_file(warehouse.lake, "messages", "chat", "f" * 64))
    assert file.schema_arrow.equals(lake_schema("messages")) and file.metadata.num_rows == 300_000
    assert written.rows == {"messages": 300_000}
    groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert max(groups) <= lake.ROW_GROUP and len(groups) < 10
    common = lake_rows(warehouse, "messages", "distinct source, _observed_at::varchar, _reader_version")
    assert common == [("chat", "2024-01-15 12:00:00+00", "7")]


def test_reading_again_replaces_all_tables_of_the_unit(warehouse):
    mention = batch("mentions", [{"message_id": "m1", "account_id": AUTHOR, "is_broadcast": False}])
    stored(warehouse, ("messages", messages("m1", "m2")), ("mentions", mention))
    stored(warehouse, ("messages", messages("m3")))
    assert lake_rows(warehouse, "messages", "message_id") == [("m3",)]
    assert lake_rows(warehouse, "mentions") == []


def test_taking_away_leaves_no_file(warehouse):
    stored(warehouse, ("messages", messages("m1")))
    with opened(warehouse.ledger) as book:
        take_away(warehouse.lake, book, "chat", "f" * 64)
        assert book.units() == []
    assert list(warehouse.lake.rglob("*.parquet")) == []


def test_sweeping_removes_what_nobody_accounts_for_and_only_that(warehouse):
    stored(warehouse, ("messages", messages("m1")))
    kept = lake.lake_file(warehouse.lake, "messages", "chat", "f" * 64)
    orphan = lake.lake_file(warehouse.lake, "mentions", "chat", "e" * 64)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"half")
    foreign = lake.lake_file(warehouse.lake, "mentions", "other", "e" * 64)
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"not ours")
    UnitWriter(warehouse.lake, "chat", "d" * 64, "7").add("messages", messages("m9"))
    with opened(warehouse.ledger) as book:
        assert sweep(warehouse.lake, book, "chat") == 1
    assert kept.exists() and foreign.exists() and not orphan.exists()
    assert not list(warehouse.lake.rglob("*.arrow"))


def test_a_batch_that_breaks_the_contract_is_refused_without_values(warehouse):
    writer = UnitWriter(warehouse.lake, "chat", "f" * 64, "7")
    with pytest.raises(ContractViolationError, match="author_account_id") as caught:
        writer.add("messages", messages("m1", author_account_id="Ana Sofia"))
    assert "Ana" not in str(caught.value)
    with pytest.raises(ContractViolationError, match="is_question"):
        writer.add("messages", messages("m1").drop_columns(["is_question"]))
    shifted = messages("m1").set_column(6, "sent_at", pa.array([NOON], pa.timestamp("ms", tz="UTC")))
    with pytest.raises(ContractViolationError, match="sent_at"):
        writer.add("messages", shifted)
    with pytest.raises(ContractViolationError, match="'posts'"):
        writer.add("posts", messages("m1"))
    assert writer.n_rows == 0


def test_words_outside_a_closed_vocabulary_are_handed_back_by_position(warehouse):
    writer = UnitWriter(warehouse.lake, "chat", "f" * 64, "7")
    writer.add("messages", messages("m0"))
    mixed = pa.concat_batches([messages("m1"), messages("m2", kind="shout"), messages("m3", kind=None)])
    (outsider,) = writer.add("messages", mixed)
    assert (outsider.position, outsider.column, outsider.value) == ("row 3 of messages", "kind", "shout")
    assert "announcement" in outsider.detail and "shout" not in outsider.detail
    assert writer.n_rows == 3


def touched(*instants, coverage=()):
    span = Span()
    span.add("messages", batch("messages", [{"sent_at": instant} for instant in instants]))
    rows = [{"covered_from": start, "covered_to": end} for start, end in coverage]
    span.add("source_coverage", batch("source_coverage", rows))
    return span


def test_a_month_is_touched_by_events_coverage_and_the_neighbouring_local_day():
    assert touched(NOON).months == {date(2024, 1, 1)}
    assert touched(datetime(2024, 1, 31, 23, tzinfo=UTC)).months == {date(2024, 1, 1), date(2024, 2, 1)}
    covered = touched(coverage=[(NOON, NOON + timedelta(days=70))])
    assert covered.months == {date(2024, month, 1) for month in (1, 2, 3)}
    assert covered.first_at is None
    assert touched(None, NOON, NOON - timedelta(days=1)).first_at == NOON - timedelta(days=1)


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)), min_size=1, max_size=5))
@settings(deadline=None, max_examples=50)
def test_no_event_is_outside_the_touched_months_in_any_time_zone(instants):
    months = touched(*(instant.replace(tzinfo=UTC) for instant in instants)).months
    for instant in instants:
        for offset in (-12, 0, 14):
            assert (instant + timedelta(hours=offset)).date().replace(day=1) in months
