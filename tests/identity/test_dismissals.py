"""Dismissed recommendations: read line by line, turned into keys at the door (metric specification, E4)."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from assets.identity import vault as vaults
from assets.identity.declared import DeclarationError, OptOut
from assets.identity.dismissals import RULES, Dismissal, dismissed_rules, read_dismissals
from assets.identity.pseudonyms import keyed_hash
from assets.identity.refusals import Declarations

KEY = bytes(range(32))
MACRO = Path(__file__).resolve().parents[2] / "dbt" / "macros" / "scorecard.sql"


def test_the_rules_are_those_of_the_warehouse():
    assert re.findall(r'"rule": "(R\d)"', MACRO.read_text()) != []
    assert set(re.findall(r'"rule": "(R\d)"', MACRO.read_text())) == set(RULES)


def test_a_line_names_person_rule_and_days(tmp_path):
    file = tmp_path / "dismissed.csv"
    file.write_text(
        "rule;worker_id;email;dismissed_on;until\n"
        "R2;w1;;2025-03-14;2025-09-01\n"
        "r7;;ana@x.org;2025-03-14;\n"
    )  # fmt: skip
    first, second = read_dismissals(file, ["chat"])
    assert first == Dismissal(OptOut(2, None, None, "w1", None), "R2", date(2025, 3, 14), date(2025, 9, 1))
    assert (second.rule, second.until, second.person.email) == ("R7", None, "ana@x.org")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("w1,R9,2025-03-14,", "row 3: rule is 'R9'; expected one of R1, R2, R3, R4, R5, R6, R7, R8: take"),
        ("w1,Ana Novak,2025-03-14,", "row 3: rule is something that is not repeated here; expected"),
        ("w1,R2,14.3.2025,", "row 3: dismissed_on is '14.3.2025'; expected a day such as 2024-03-01"),
        ("w1,R2,2025-02-30,", "row 3: dismissed_on is '2025-02-30'; expected a day such as 2024-03-01"),
        ("w1,R2,2025-03-14,never", "row 3: until is something .*; expected a day .*, or leave it empty"),
        ("w1,R2,2025-03-14,2025-03-14", "row 3: until is 2025-03-14, expected a day after dismissed_on"),
        (",R2,2025-03-14,", "row 3: has neither email, account nor worker_id, so nobody dismisses anything"),
        ("w1,,2025-03-14,", "row 3: rule is empty"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_named_with_row_value_and_remedy(tmp_path, line, said):
    file = tmp_path / "dismissed.csv"
    file.write_text(f"worker_id,rule,dismissed_on,until\nw1,R1,2025-01-01,\n{line}\n")
    with pytest.raises(DeclarationError, match=said) as caught:
        read_dismissals(file, ["chat"])
    assert str(caught.value).startswith("dismissed.csv") and "Novak" not in str(caught.value)


def test_every_problem_is_told_at_once_and_a_missing_column_too(tmp_path):
    file = tmp_path / "dismissed.csv"
    file.write_text("worker_id,rule,dismissed_on\nw1,R9,2025-01-01\nw2,R1,soon\n")
    with pytest.raises(DeclarationError) as caught:
        read_dismissals(file, ["chat"])
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "dismissed.csv row 2", "dismissed.csv row 3",
    ]  # fmt: skip
    file.write_text("worker_id,dismissed_on\nw1,2025-01-01\n")
    with pytest.raises(DeclarationError, match="the header lacks rule"):
        read_dismissals(file, ["chat"])


def test_names_become_keys_and_nobody_is_guessed(tmp_path):
    accounts = pa.table(
        {"account_id": [keyed_hash(KEY, "account", "chat", "U1")], "person_key": pa.array([7], pa.int64())}
    )
    workers = pa.table(
        {"worker_id": [keyed_hash(KEY, "worker", "hr", "w1")], "person_key": pa.array([8], pa.int64())}
    )
    day = date(2025, 1, 1)
    entries = [
        Dismissal(OptOut(2, None, "U1", None, "chat"), "R2", day, None),
        Dismissal(OptOut(3, None, "U1", None, None), "R2", day, None),
        Dismissal(OptOut(4, None, None, "w9", None), "R3", day, None),
    ]
    with vaults.opened(tmp_path, KEY) as vault:
        table, messages = dismissed_rules(
            vault, KEY, entries, Declarations(sources=["chat"]), accounts, workers
        )
    assert table.to_pylist() == [
        {"person_key": 7, "rule_id": "R2", "dismissed_on": day, "dismissed_until": None}
    ]
    assert messages == ["dismissed recommendations, row 4: names nobody whom the sources know"]
