"""Each check fires on its own defect, and on nothing else."""

from __future__ import annotations

import shutil

import duckdb
import pytest

from assets.quality.definition import CheckContext, UnknownCheckError, UnreadableUnit, gate
from assets.quality.validation import run_checks
from tests.factories.quality_case import write_case

WITH_HR = CheckContext(has_hr=True)


def by_id(results):
    return {result.id: result for result in results}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    return write_case(tmp_path_factory.mktemp("healthy"))


def run_with(healthy, tmp_path, *defects, lake=None, context=WITH_HR, **kwargs):
    """The healthy case with defects planted into a copy of it."""
    from tests.factories.lake import write_lake
    from tests.factories.working_file import execute

    working = tmp_path / "kithwork.duckdb"
    shutil.copy(healthy[0], working)
    execute(working, *defects)
    lake_folder = write_lake(tmp_path / "lake", lake) if lake else healthy[1]
    return by_id(run_checks(working, lake_folder, context, **kwargs))


def message(number, **changes):
    return {
        "message_id": f"m{number}",
        "channel_id": "c1",
        "author_account_id": "a" * 32,
        "kind": "post",
        "sent_at": "2024-01-01 10:00",
        "version_at": "2024-01-01 10:00",
        **changes,
    }


def test_a_healthy_organisation_passes_every_check_that_can_be_judged(healthy, tmp_path):
    results = run_with(healthy, tmp_path)
    assert {r.id: r.message for r in results.values() if r.status not in ("passed", "not_applicable")} == {}
    judged = {r.id for r in results.values() if r.status == "passed"}
    assert {"landing", "K1", "K2", "K3", "K4", "K6", "K8", "K9", "K13", "K16", "K17", "K19"} <= judged


DEFECTS = {
    "K1": (
        "failed",
        "delete from staging.stg_messages where sent_at::date = date '2024-09-24'",
        "chat 2024-09-24",
    ),
    "K2": ("failed", "update identity.accounts set person_key = null where account_key <= 6", None),
    "K2_units": (
        "warned",
        "update intermediate.int_person_months set has_account = false where org_unit_key = 2",
        "org unit 2",
    ),
    "K3": (
        "warned",
        "update intermediate.int_spells set termination_date = date '2024-03-01' where person_key = 7",
        None,
    ),
    "K4": (
        "failed",
        "insert into identity.accounts select account_key, account_id, source, kind, 99, 'email' "
        "from identity.accounts where account_key = 20",
        None,
    ),
    "K6": (
        "warned",
        "update intermediate.int_spells set hire_date = date '2024-06-01' where person_key = 8",
        "account 8 on 2024-01",
    ),
    "K8": (
        "failed",
        "delete from staging.stg_messages where kind = 'post' and hash(message_id) % 3 = 0",
        None,
    ),
    "K9": (
        "warned",
        "update intermediate.int_activities set local_at = local_at - interval 9 hour",
        None,
    ),
    "K9_clock": (
        "failed",
        "update intermediate.int_activities set local_at = local_at + interval 1 hour "
        "where local_at >= timestamp '2024-03-31'",
        "Europe/Warsaw",
    ),
    "K10": (
        "warned",
        "update staging.stg_messages set text_signature = 'same' where author_account_id = md5('account5')",
        "identical texts",
    ),
    "K12_reasons": (
        "warned",
        "update staging.stg_spells set termination_date = date '2024-12-31', termination_type = 'unknown', "
        "reason = 'X17' where worker_id = md5('worker4')",
        None,
    ),
    "K13": (
        "failed",
        "update intermediate.int_jobs set manager_person_key = 40 where person_key = 7",
        "manager cycle",
    ),
    "K13_managers": (
        "warned",
        "update intermediate.int_spells set termination_date = date '2024-09-29' where person_key = 5",
        None,
    ),
    "K13_roots": (
        "warned",
        "update intermediate.int_jobs set manager_person_key = null where person_key in (3, 9)",
        "person ",
    ),
    "K16": (
        "warned",
        "update staging.stg_reactions set reacted_at = m.sent_at from staging.stg_messages as m "
        "where m.message_id = stg_reactions.message_id",
        None,
    ),
    "K17": (
        "warned",
        "insert into staging.stg_meetings select 'chat', 'copy', false, starts_at, ends_at "
        "from staging.stg_meetings where meeting_id = 'meeting7'; insert into staging.stg_attendances "
        "select source, 'copy', account_id, response, joined_at from staging.stg_attendances "
        "where meeting_id = 'meeting7'",
        "meeting7",
    ),
    "K19": (
        "failed",
        "update marts.fct_participation_org_month set participation_rate = 1.2",
        "fct_participation_org_month.participation_rate",
    ),
}


@pytest.fixture(scope="module")
def diseased(healthy, tmp_path_factory):
    """All defects at once, but for the two about time of day, which would hide each other."""
    defects = [sql for check_id, (_, sql, _) in DEFECTS.items() if check_id != "K9_clock"]
    results = run_with(healthy, tmp_path_factory.mktemp("diseased"), *defects)
    clock = run_with(healthy, tmp_path_factory.mktemp("clock"), DEFECTS["K9_clock"][1])
    return {**results, "K9_clock": clock["K9_clock"]}


@pytest.mark.parametrize("check_id", DEFECTS)
def test_a_planted_defect_is_found_and_says_what_to_do(check_id, diseased):
    status, _, example = DEFECTS[check_id]
    result = diseased[check_id]
    assert result.status == status, result.message
    assert "\n" not in result.message and len(result.message) < 600
    assert result.examples, "no example of a failing row"
    if example:
        assert any(example in key for key in result.examples)


def test_messages_from_the_future_block_and_a_rare_one_warns(healthy, tmp_path):
    one = message(1, sent_at="2031-01-01 10:00")
    assert run_with(healthy, tmp_path, lake={"messages": [one]})["K5"].status == "failed"
    many = [message(n) for n in range(2, 1500)]
    assert run_with(healthy, tmp_path, lake={"messages": [one, *many]})["K5"].status == "warned"


def test_equal_versions_may_repeat_over_exports_but_not_contradict_each_other(healthy, tmp_path):
    rows = [
        message(1, source="overlapping_exports"),
        message(1, source="overlapping_exports", _file_sha256="file2"),
        message(1, source="one_export"),
        message(1, source="one_export"),
        message(1, source="contradiction"),
        message(1, source="contradiction", _file_sha256="file2", author_account_id="b" * 32),
        message(1, source="edited"),
        message(1, source="edited", author_account_id="b" * 32, version_at="2024-01-01 11:00"),
    ]
    results = run_with(healthy, tmp_path, lake={"messages": rows})
    assert (results["K7"].status, results["K7"].subject) == ("failed", "contradiction")
    assert (results["K7_repeated"].status, results["K7_repeated"].subject) == ("warned", "one_export")
    with duckdb.connect(str(tmp_path / "kithwork.duckdb")) as connection:
        failing = connection.execute(
            "select check_id, subject from quality.measurements "
            "where n_failing > 0 and check_id in ('K7', 'K7_repeated') order by all"
        ).fetchall()
    assert failing == [("K7", "contradiction"), ("K7_repeated", "one_export")]


def test_quarantine_counts_for_hr_consistency_and_for_unknown_codes(healthy, tmp_path):
    rows = [
        {"position": "row 3", "target_table": "spells", "reason": "overlapping_spells", "original_id": "q1"},
        {"position": "row 4", "target_table": "recipients", "reason": "unknown_role"},
        {"position": "row 5", "target_table": "initiatives", "reason": "unknown_target"},  # is no code
    ]
    results = run_with(healthy, tmp_path, lake={"quarantine": rows})
    assert (results["K13"].status, results["K13"].n_failing) == ("failed", 1)
    assert (results["K12"].status, results["K12"].subject) == ("failed", "recipients")
    assert results["K12"].examples and all("row 4" in key for key in results["K12"].examples)


def test_an_unreadable_landing_file_stops_the_publication(healthy, tmp_path):
    context = CheckContext(True, (UnreadableUnit("chat", "f" * 64, "not_a_zip", "not a zip archive"),))
    results = run_with(healthy, tmp_path, context=context)
    (blocking,) = gate(results.values())
    assert blocking.id == "landing" and "not_a_zip" in blocking.message


def test_without_hr_the_hr_checks_do_not_apply(healthy, tmp_path):
    results = run_with(
        healthy,
        tmp_path,
        "update identity.accounts set person_key = null",
        "delete from intermediate.int_spells",
        context=CheckContext(has_hr=False),
    )
    for check_id in ("K2", "K3", "K6", "K13"):
        assert results[check_id].status == "not_applicable"
        assert "no HR feed" in results[check_id].message
    assert gate(results.values()) == []


def test_sparse_data_is_not_judged_by_volume(healthy, tmp_path):
    results = run_with(healthy, tmp_path, "delete from staging.stg_messages where hash(message_id) % 60 > 0")
    assert results["K1"].status == "not_applicable"


def test_an_empty_day_only_warns_while_no_public_holiday_is_known(healthy, tmp_path):
    results = run_with(
        healthy,
        tmp_path,
        "update reference.calendar_days set is_workday = isodow(date) <= 5",
        "delete from staging.stg_messages where sent_at::date = date '2024-09-24'",
    )
    assert results["K1"].status == "warned"


def test_steady_growth_is_no_anomaly(healthy, tmp_path):
    results = run_with(
        healthy,
        tmp_path,
        "insert into staging.stg_messages select source, message_id || 'x' || i, channel_id, null, "
        "author_account_id, 'post', sent_at, null from staging.stg_messages, range(4) t(i) "
        "where hash(message_id, i) % 274 < dayofyear(sent_at)",
    )
    assert results["K1"].status == "passed", results["K1"].message


def test_an_override_changes_the_verdict_and_shows_its_reason(healthy, tmp_path):
    reason = "two agencies without HR records"
    defect = DEFECTS["K2"][1]
    result = run_with(healthy, tmp_path, defect, overrides={"K2": {"block": 0.5, "reason": reason}})["K2"]
    assert result.status == "warned" and result.override_reason == reason and reason in result.message
    with pytest.raises(UnknownCheckError, match=r"quality\.K99 is not a check; expected one of K1"):
        run_with(healthy, tmp_path, overrides={"K99": {"block": 0.5, "reason": reason}})
    with pytest.raises(ValueError, match="reason is missing"):
        run_with(healthy, tmp_path, overrides={"K2": {"block": 0.5}})


def test_a_check_that_cannot_be_computed_is_our_error_and_still_stops(healthy, tmp_path):
    results = run_with(healthy, tmp_path, "alter table staging.stg_reactions drop column message_id")
    assert results["K8"].status == "error" and "not of the data" in results["K8"].message
    assert results["K16"].status == "error"
    assert [r.id for r in gate(results.values())] == ["K8"]
    assert results["K2"].status == "passed"


def test_the_results_are_a_table_and_the_file_is_free_again(healthy, tmp_path):
    run_with(healthy, tmp_path, DEFECTS["K19"][1])
    with duckdb.connect(str(tmp_path / "kithwork.duckdb"), config={"memory_limit": "300MB"}) as connection:
        rows = connection.execute(
            "select status, examples from quality.check_results where check_id = 'K19'"
        ).fetchall()
    assert rows == [("failed", ["marts.fct_participation_org_month.participation_rate"])]


@pytest.mark.parametrize(("n_without", "status"), [(1, "passed"), (2, "warned")])
def test_one_person_without_account_makes_no_biased_unit(healthy, tmp_path, n_without, status):
    """In a unit of 13 one person is 7 points; three units of the case have 13 or 14 people."""
    defect = (
        "update intermediate.int_person_months set has_account = false where person_key in "
        f"(select person_key from intermediate.int_person_months where org_unit_key = 2 limit {n_without})"
    )
    result = run_with(healthy, tmp_path, defect)["K2_units"]
    assert result.status == status, result.message
