"""HR staging: the latest file that describes a worker wins, whatever the order of arrival."""

from __future__ import annotations

from datetime import date


def _spell(worker: str, number: int, hired: str, left: str | None, file: str, seen: str) -> dict:
    return {
        "worker_id": worker,
        "spell_number": number,
        "hire_date": hired,
        "termination_date": left,
        "source": "hris",
        "_file_sha256": file,
        "_observed_at": seen,
    }


def _job(
    worker: str, start: str | None, end: str | None, unit: str, file: str, seen: str, snapshot=False
) -> dict:
    return {
        "worker_id": worker,
        "valid_from": start,
        "valid_to": end,
        "org_unit_id": unit,
        "is_snapshot": snapshot,
        "source": "hris",
        "_file_sha256": file,
        "_observed_at": seen,
    }


def test_rows_of_the_latest_file_replace_a_workers_earlier_rows(dbt_project):
    dbt_project.lake(
        {
            "spells": [
                _spell("w1", 1, "2020-01-01", None, "b", "2024-02-01"),
                _spell("w1", 1, "2020-01-01", "2024-01-15", "a", "2024-03-01"),
                _spell("w2", 1, "2021-05-01", None, "b", "2024-02-01"),
            ],
            "jobs": [
                _job("w1", "2020-01-01", "2022-01-01", "old", "z", "2024-02-01"),
                _job("w1", "2022-01-01", None, "old2", "z", "2024-02-01"),
                _job("w1", "2020-01-01", None, "new", "a", "2024-03-01"),
            ],
        }
    )
    dbt_project.run("stg_spells", "stg_jobs")
    assert dbt_project.rows(
        "select worker_id, termination_date from staging.stg_spells order by worker_id"
    ) == [("w1", date(2024, 1, 15)), ("w2", None)]
    assert dbt_project.rows("select org_unit_id, valid_to from staging.stg_jobs") == [("new", None)]


def test_a_snapshot_holds_until_the_next_one_across_files(dbt_project):
    dbt_project.lake(
        {
            "jobs": [
                _job("w1", "2024-02-01", None, "b", "f2", "2024-02-01", snapshot=True),
                _job("w1", "2024-01-01", None, "a", "f1", "2024-01-01", snapshot=True),
                _job("w1", "2024-01-01", None, "a-corrected", "f3", "2024-03-01", snapshot=True),
                _job("w1", "2024-03-01", None, "c", "f3", "2024-03-01", snapshot=True),
            ]
        }
    )
    dbt_project.run("stg_jobs")
    assert dbt_project.rows(
        "select org_unit_id, valid_from, valid_to from staging.stg_jobs order by valid_from"
    ) == [
        ("a-corrected", date(2024, 1, 1), date(2024, 2, 1)),
        ("b", date(2024, 2, 1), date(2024, 3, 1)),
        ("c", date(2024, 3, 1), None),
    ]
