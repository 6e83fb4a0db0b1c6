from __future__ import annotations

from datetime import date
from pathlib import Path

from assets.extract.readers import success_metrics
from assets.extract.reading import Border, ReaderOptions, Refusals
from tests.factories.delimited_files import KEY, outcome, write

HEADER = "entity_type,entity_id,metric,period_start,period_end,value,unit,higher_is_better\n"


def test_units_in_clear_people_hashed_and_refusals_left_out(tmp_path: Path) -> None:
    content = HEADER + (
        'org_unit,T1,sales,2024-02-01,2024-02-29,"12,5",kEUR,yes\n'
        ",T2,sales,2024-02-01,,13,kEUR,\n"
        "Person,4711,rating,2024-01-01,2024-03-31,4,,false\n"
        "person,4712,rating,2024-01-01,2024-03-31,5,,false\n"
    )
    refusals = Refusals(workers=frozenset({"4712"}))
    found = outcome(success_metrics.read, write(tmp_path, content), None, refusals)
    rows = found.tables["success_metrics"]
    assert [(r["entity_type"], r["metric"], r["value"], r["higher_is_better"]) for r in rows] == [
        ("org_unit", "sales", 12.5, True),
        ("org_unit", "sales", 13.0, None),
        ("person", "rating", 4.0, False),
    ]
    assert [r["entity_id"] for r in rows] == ["T1", "T2", found.border.worker("4711")]
    # the file's last day is inclusive, the contract's exclusive; without one it is the calendar month
    assert [r["period_end"] for r in rows] == [date(2024, 3, 1), date(2024, 3, 1), date(2024, 4, 1)]
    assert found.border.rejected == []


def test_bad_rows_go_to_quarantine(tmp_path: Path) -> None:
    content = HEADER + (
        "org_unit,T1,sales,2024-01-01,,1,,\n"
        "org_unit,,sales,2024-01-01,,1,,\n"
        "org_unit,T1,,2024-01-01,,1,,\n"
        "org_unit,T1,sales,,,1,,\n"
        "org_unit,T1,sales,2024-01-01,,many,,\n"
        "org_unit,T1,sales,2024-01-01,,inf,,\n"
        "org_unit,T1,sales,2024-02-01,2024-01-01,1,,\n"
        "planet,T1,sales,2024-01-01,,1,,\n"
        "org_unit,T1,sales,2024-01-01,,1,,perhaps\n"
        "org_unit,T1,sales,some day,,1,,\n"
    )
    found = outcome(success_metrics.read, write(tmp_path, content))
    assert len(found.tables["success_metrics"]) == 1
    assert [reason for _, reason in found.reasons()] == [
        "success_without_entity",
        "success_without_metric",
        "success_without_period",
        "unreadable_value",
        "unreadable_value",
        "period_ends_before_start",
        "unknown_entity_type",
        "unreadable_flag",
        "unreadable_date",
    ]


def test_a_known_person_is_not_named_in_texts(tmp_path: Path) -> None:
    content = HEADER + "org_unit,T1,Sales of Quornfeather,2024-01-01,,1,,\n"
    border = Border("sales", KEY, known_names=frozenset({"quornfeather"}))
    batches = success_metrics.read(write(tmp_path, content), ReaderOptions(), border)
    (row,) = [row for _, batch in batches for row in batch.to_pylist()]
    assert row["metric"] == "Sales of [name]"
