from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.extract.readers import search_log
from assets.extract.reading import ReaderOptions, Refusals, UnreadableLandingError
from tests.factories.delimited_files import outcome, write

HEADER = "account,searched_at,query,opened_object,opened_at,dwell_seconds\n"
LINK = "https://acme.slack.com/archives/C0PJCX8G000/p1704224746000164"
LOG = HEADER + (
    f"Ana@Example.org,2024-05-01 08:00Z,Special discount Norway #PriceList,{LINK},2024-05-01 08:01Z,42\n"
    "ana@example.org,2024-05-01T09:00:00Z,special discount norway #PriceList,,,\n"
    "bob@example.org,2024-05-02T09:00:00Z,lunch,https://wiki.example/~bob.smith,2024-05-02T09:00:30Z,\"3,5\"\n"
    "eve@example.org,2024-05-02T10:00:00Z,lunch,page-7,,\n"
)  # fmt: skip


def test_queries_become_features_and_refused_people_leave_no_trace(tmp_path: Path) -> None:
    options = ReaderOptions(vocabulary=("special discount",))
    refusals = Refusals(emails=frozenset({"eve@example.org"}))
    found = outcome(search_log.read, write(tmp_path, LOG), options, refusals)
    rows = found.tables["searches"]
    ana, bob = (found.border.account(name) for name in ("ana@example.org", "bob@example.org"))
    assert [row["account_id"] for row in rows] == [ana, ana, bob]
    assert [sorted(found.border.terms[term] for term in row["topic_terms"] or ()) for row in rows] == [
        ["#price-list", "special discount"],
        ["#price-list", "special discount"],
        [],
    ]
    assert rows[0]["query_signature"] == rows[1]["query_signature"] != rows[2]["query_signature"]
    assert rows[0]["opened_object_id"] == "C0PJCX8G000:1704224746.000164", (
        "the message that the link leads to"
    )
    assert rows[1]["opened_object_id"] is rows[1]["opened_at"] is rows[1]["dwell_seconds"] is None
    assert (rows[2]["dwell_seconds"], rows[0]["opened_at"]) == (3.5, datetime(2024, 5, 1, 8, 1, tzinfo=UTC))
    assert {row["account_id"] for row in found.tables["accounts"]} == {ana, bob}
    assert [row["contains"] for row in found.tables["source_coverage"]] == [["searches"]]
    assert found.border.observed_at == datetime(2024, 5, 2, 10, tzinfo=UTC)
    said = repr(found.tables)
    assert not any(word in said for word in ("Norway", "norway", "smith", "example.org", "lunch", "discount"))


def test_unusable_rows_go_to_quarantine_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad = (
        ",2024-05-01 08:00,x,,,\n"
        "a1,,x,,,\n"
        "a1,2024-05-01 08:00,x,p1,2024-05-01 08:01,long\n"
        "a1,2024-05-01 08:00,x,p1,2024-05-01 08:01,-1\n"
        "a1,2024-05-01 08:00,x,p1,2024-05-01 07:59,10\n"
        "a1,someday,x,,,\n"
    )
    found = outcome(search_log.read, write(tmp_path, LOG + bad))
    assert [reason for _, reason in found.reasons()] == [
        "search_without_account",
        "search_without_time",
        "unreadable_dwell",
        "unreadable_dwell",
        "opened_before_search",
        "unreadable_date",
    ]
    assert len(found.tables["searches"]) == 4


def test_a_log_of_two_columns_is_enough_and_fewer_are_not(tmp_path: Path) -> None:
    found = outcome(search_log.read, write(tmp_path, "account,searched_at\na1,2024-05-01 08:00\n"))
    assert [row["query_signature"] for row in found.tables["searches"]] == [None]
    with pytest.raises(UnreadableLandingError, match="searched_at"):
        outcome(search_log.read, write(tmp_path, "account,query\na1,x\n"))


def test_a_log_without_searches_is_no_mistake(tmp_path: Path) -> None:
    assert outcome(search_log.read, write(tmp_path, HEADER)).tables == {}
