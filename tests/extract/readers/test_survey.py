from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.extract.readers import survey
from assets.extract.reading import Refusals, UnreadableLandingError
from tests.factories.delimited_files import outcome, write

ANSWERS = """respondent,nominee,relation,strength,answered_at
1,2,advice,3,2024-05-01
2,1,advice,"0,5",2024-05-02 10:00
1,2,advice,3,2024-05-01
9,1,advice,1,
1,9,advice,1,
"""


def test_nominations_are_read_once_without_refused_people(tmp_path: Path) -> None:
    refusals = Refusals(workers=frozenset({"9"}))
    found = outcome(survey.read, write(tmp_path, ANSWERS), None, refusals, "network_2024")
    rows = found.tables["nominations"]
    assert [(r["survey"], r["relation"], r["strength"]) for r in rows] == [
        ("network_2024", "advice", 3.0),
        ("network_2024", "advice", 0.5),
    ]
    assert rows[0]["respondent_worker_id"] == rows[1]["nominee_worker_id"] == found.border.worker("1")
    assert found.border.observed_at == datetime(2024, 5, 2, 10, tzinfo=UTC)
    assert ("worker", "9") not in found.border.identities


def test_bad_answers_go_to_quarantine_and_the_rest_goes_on(tmp_path: Path) -> None:
    content = ANSWERS + "2,2,advice,1,\n,1,advice,1,\n1,,advice,1,\n1,3,advice,much,\n1,3,advice,1,once\n"
    found = outcome(survey.read, write(tmp_path, content))
    assert [reason for _, reason in found.reasons()] == [
        "self_nomination",
        "nomination_without_respondent",
        "nomination_without_nominee",
        "unreadable_strength",
        "unreadable_date",
    ]
    assert len(found.tables["nominations"]) == 4


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLandingError, match=r"columns: \{respondent: participant\}"):
        outcome(survey.read, write(tmp_path, "participant,nominee\n1,2\n"))
