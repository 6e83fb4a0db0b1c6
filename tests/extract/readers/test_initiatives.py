from __future__ import annotations

from datetime import date
from pathlib import Path

from assets.extract.readers import initiatives
from assets.extract.reading import Border, ReaderOptions, Refusals
from tests.factories.delimited_files import KEY, outcome, write

HEADER = "initiative_id,name,targets,starts_on,ends_on,assignment,primary_metric,hypothesis,registered_on\n"


def test_one_row_per_target_and_people_are_hashed(tmp_path: Path) -> None:
    content = HEADER + (
        "I1,Doors,unit:sales; unit:service,2024-01-01,2024-06-30,Self-selected,reach_rate,more,2023-12-01\n"
        "I2,Coaching,person:4711;person:4712,2024-02-01,,targeted,,,\n"
    )
    refusals = Refusals(workers=frozenset({"4712"}))
    found = outcome(initiatives.read, write(tmp_path, content), None, refusals)
    rows = found.tables["initiatives"]
    assert [(r["initiative_id"], r["target_kind"], r["assignment"]) for r in rows] == [
        ("I1", "org_unit", "self_selected"),
        ("I1", "org_unit", "self_selected"),
        ("I2", "person", "targeted"),
    ]
    assert [r["target_id"] for r in rows[:2]] == ["sales", "service"]
    assert rows[2]["target_id"] == found.border.worker("4711")
    assert (rows[0]["starts_on"], rows[0]["ends_on"], rows[2]["ends_on"]) == (
        date(2024, 1, 1),
        date(2024, 6, 30),
        None,
    )
    assert found.border.rejected == []


def test_bad_rows_go_to_quarantine(tmp_path: Path) -> None:
    content = HEADER + (
        "I1,,unit:a,2024-01-01,,,,,\n"
        "I1,,unit:b,2024-01-01,,,,,\n"
        "I2,,everybody,2024-01-01,,,,,\n"
        "I3,,unit:a,2024-01-01,2023-01-01,,,,\n"
        "I4,,unit:a,2024-01-01,,by lot,,,\n"
        "I5,,unit:a,,,,,,\n"
        "I6,,unit:a,soon,,,,,\n"
    )
    found = outcome(initiatives.read, write(tmp_path, content))
    assert [r["initiative_id"] for r in found.tables["initiatives"]] == ["I1"]
    assert [reason for _, reason in found.reasons()] == [
        "duplicate_initiative",
        "unknown_target",
        "initiative_ends_before_start",
        "unknown_assignment",
        "initiative_without_start",
        "unreadable_date",
    ]


def test_a_known_person_is_not_named_in_texts(tmp_path: Path) -> None:
    content = HEADER + "I1,Lunch with Zyxwilda Quornfeather,unit:a,2024-01-01,,,,asks quorn_q more,\n"
    border = Border("registry", KEY, known_names=frozenset({"zyxwilda", "quornfeather", "quorn"}))
    batches = initiatives.read(write(tmp_path, content), ReaderOptions(), border)
    (row,) = [row for _, batch in batches for row in batch.to_pylist()]
    assert (row["name"], row["hypothesis"]) == ("Lunch with [name] [name]", "asks [name]_q more")
