"""Names stay in the vault, refusals hold for actors and targets, purposes are kept apart."""

from __future__ import annotations

import json
import stat

import pytest

from assets.identity import vault
from assets.identity.erasure import find_strings
from assets.identity.pseudonyms import WORKER_SPACE, keyed_hash
from tests.factories import slack_export
from tests.factories import small_company as company
from tests.factories.builds import build, lake_rows, published_rows, warehouse_of, working_rows

PERSONAL = [
    "Zyxwilda",
    "Quornfeather",
    company.PLANTED_EMAIL,
    company.PLANTED_HANDLE,
    company.PLANTED_WORKER,
    company.PLANTED_ACCOUNT,
    "zq.former@elsewhere.test",
    company.WORD,
    "Family07",
    "person07@acme.test",
]
TAGGERS = 6
TAGS = "#launch with #zyxwilda, #AskQuornfeather, #zyxwildaquornfeather and #zyxq77"
"""What enough people write: one topic, and four that would name the planted person."""
RETENTION = ("int_retention_exposure_counts", "int_retention_exposures", "int_retention_windows")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Three sources with one purpose more or less, and the planted person in every corner of the files."""
    folder = tmp_path_factory.mktemp("privacy") / "case"
    landing = folder / "landing"
    company.write_hr(landing / "hr")
    columns = ["worker_id", "name", "email", "hire_date", "termination_date", "reason"]
    broken = [  # ended before it began, of nobody, no date
        ["W500", company.PLANTED, "w500@acme.test", "2024-01-01", "2020-01-01", f"{company.PLANTED} left"],
        ["", company.PLANTED, company.PLANTED_EMAIL, "2024-01-01", "", ""],
        ["W501", "Other Name", "w501@acme.test", company.PLANTED, "", ""],
    ]
    company.write_csv(landing / "hr" / f"{company.PLANTED} and others.csv", columns, broken)
    company.write_slack(
        landing / "chat" / f"Export by {company.PLANTED}.zip",
        **{
            "general/2024-02-17": [
                {"type": "message", "text": f"{company.PLANTED} has no time", "user": company.account(0)},
                {"ts": "yesterday", "text": company.WORD, "user_profile": {"name": company.PLANTED}},
                slack_export.message("1708165000.000100", company.account(0), "hi", reactions=[
                    {"name": "zyxwilda", "users": [company.account(1)], "count": 1}
                ]),
            ],
            "general/2024-02-18": f'[{{"text": "{company.PLANTED} {company.WORD}", "ts": "17'.encode(),
            "farewell-zyxwilda/2024-02-19": [slack_export.message("1708340000.000100", company.account(2))],
            "general/2024-02-24": [
                slack_export.message(f"17087712{n:02}.000100", company.account(n), TAGS)
                for n in range(4, 4 + TAGGERS)
            ],
        },
    )  # fmt: skip
    company.write_mail(landing / "mail" / f"{company.PLANTED_EMAIL}.csv")
    company.write_csv(
        folder / "aliases.csv",
        ["alias_email", "email"],
        [["zq.former@elsewhere.test", company.PLANTED_EMAIL]],
    )
    company.write_csv(folder / "opt_out.csv", ["email"], [[company.email(company.OPTED_OUT)]])
    company.write_csv(
        folder / "dismissed.csv",
        ["email", "worker_id", "account", "source", "rule", "dismissed_on", "until", company.PLANTED],
        [
            [company.PLANTED_EMAIL, "", "", "", "R2", "2024-02-01", "", company.PLANTED],
            ["", company.PLANTED_WORKER, "", "", "R3", "2024-02-01", "2024-09-01", company.WORD],
            ["", "", company.PLANTED_HANDLE, "chat", "R4", "2024-02-01", "", ""],
            ["nobody." + company.PLANTED_EMAIL, "", "", "", "R4", "2024-02-01", "", ""],
        ],
    )
    company.write_csv(
        folder / "initiatives.csv",
        ["initiative_id", "name", "targets", "starts_on", "hypothesis", company.PLANTED],
        [
            ["i1", f"Mentoring with {company.PLANTED}", f"person:{company.PLANTED_WORKER};unit:u0",
             "2024-02-01", f"{company.PLANTED} answers more", company.WORD],
            ["i2", "No target", company.PLANTED, "2024-02-01", "", ""],
            ["i3", "No date", "unit:u0", company.PLANTED, company.PLANTED_EMAIL, ""],
        ],
    )  # fmt: skip
    company.write_csv(
        landing / "survey" / f"{company.PLANTED}.csv",
        ["respondent", "nominee", "relation", "strength", "survey", company.PLANTED_EMAIL],
        [
            [company.worker(2), company.PLANTED_WORKER, "advice", "3", "spring", company.PLANTED],
            [company.PLANTED_EMAIL, company.email(4), f"what {company.PLANTED} knows", "1", "", ""],
            [company.worker(5), company.email(6), "advice", "2", f"For {company.PLANTED_HANDLE}", ""],
            [company.PLANTED_WORKER, company.PLANTED_WORKER, "trust", "1", "", ""],
            [company.worker(7), company.worker(8), "trust", company.PLANTED, "", ""],
            ["", company.PLANTED_EMAIL, "trust", "1", "", ""],
        ],
    )  # fmt: skip
    settings = company.settings_file(
        folder,
        sources=[
            company.source("chat", "slack", "./landing/chat", ["engagement"]),
            company.source("mail", "interactions", "./landing/mail", ["network"]),
        ],
        identity={"aliases": "./aliases.csv"},
        privacy={"opt_out": "./opt_out.csv"},
        scorecard={"dismissed": "./dismissed.csv"},
        initiatives="./initiatives.csv",
        surveys=[
            {"name": "asked", "landing": "./landing/survey", "permission": company.permission(["network"])}
        ],
        quality={"K13": {"block": 0.5, "reason": "rows that are broken on purpose"}},
    )
    outcome = build(settings)
    assert outcome.code == 0, outcome.said
    return settings, outcome


def found_in(folder, leave_out=()):
    return [
        (each.file, PERSONAL[each.number - 1], each.where)
        for each in find_strings(folder, PERSONAL, leave_out=leave_out)
    ]


def test_the_search_itself_finds_them_in_the_vault(built):
    names = {string for _, string, _ in found_in(warehouse_of(built[0]).vault)}
    assert {"Zyxwilda", company.PLANTED_EMAIL, company.PLANTED_WORKER, "Family07"} <= names


def test_nothing_outside_the_vault_holds_a_planted_name(built):
    root = warehouse_of(built[0]).root
    assert found_in(root, leave_out=["vault"]) == []


def test_hashtags_that_name_somebody_are_no_topics(built):
    """All five are in the vault, so that what is missing elsewhere was withheld and not overlooked."""
    shown = working_rows(built[0], "select topic from identity.topics where kind = 'hashtag'")
    assert shown == [("#launch",)]
    assert published_rows(built[0], "select n_defined from dim_topic where topic = '#launch'") == [(TAGGERS,)]
    with vault.opened(warehouse_of(built[0]).vault, None) as opened:
        kept = set(opened.terms().values())
    assert kept == {"#launch", "#zyxwilda", "#ask-quornfeather", "#zyxwildaquornfeather", "#zyxq77"}


def test_survey_and_registry_arrived_without_the_names(built):
    """What is searched for in vain elsewhere was really there, and the rest of the row is kept."""
    planted = keyed_hash(company.KEY, "worker", WORKER_SPACE, company.PLANTED_WORKER)
    answers = lake_rows(built[0], "nominations", "nominee_worker_id, relation, survey")
    assert (planted, "advice", "spring") in answers
    assert {"what [name] [name] knows", "advice"} == {relation for _, relation, _ in answers}
    assert "For [name]" in {survey for *_, survey in answers}
    targets = lake_rows(built[0], "initiatives", "initiative_id, name, target_id, hypothesis")
    assert ("i1", "Mentoring with [name] [name]", planted, "[name] [name] answers more") in targets
    assert {row[0] for row in targets} == {"i1"}
    reasons = set(lake_rows(built[0], "quarantine", "source, reason"))
    assert reasons >= {
        ("asked", "self_nomination"),
        ("asked", "unreadable_strength"),
        ("asked", "nomination_without_respondent"),
        ("initiatives", "unknown_target"),
        ("initiatives", "unreadable_date"),
    }


def test_dismissed_recommendations_arrived_as_keys(built):
    """By address, worker id and handle it is one person; who is not known is told by row."""
    rows = working_rows(
        built[0],
        "select rule_id, dismissed_on::varchar, dismissed_until::varchar from identity.dismissed_rules "
        "where person_key = (select person_key from identity.workers where worker_id = "
        f"'{keyed_hash(company.KEY, 'worker', WORKER_SPACE, company.PLANTED_WORKER)}') order by all",
    )
    wanted = [("R2", "2024-02-01", None), ("R3", "2024-02-01", "2024-09-01"), ("R4", "2024-02-01", None)]
    assert rows == wanted
    assert working_rows(built[0], "select count(*) from identity.dismissed_rules") == [(3,)]


def test_the_terminal_shows_no_name(built):
    shown = (built[1].out + built[1].err).casefold()
    assert [string for string in PERSONAL if string.casefold() in shown] == []


def test_broken_rows_are_quarantined_and_the_rest_goes_on(built):
    reasons = {row[0] for row in lake_rows(built[0], "quarantine", "reason")}
    assert {"broken_json", "termination_before_hire", "row_without_worker_id", "unreadable_date"} <= reasons
    # The refused person's messages are missing, the one readable record of the broken days is not.
    expected = company.WEEKS * (company.PEOPLE - 1) * 2 + 2 + TAGGERS
    chat = [row for row in lake_rows(built[0], "messages", "message_id, source") if row[1] == "chat"]
    assert len(chat) == expected


def test_a_build_that_fails_tells_no_name(built, tmp_path):
    """The list of aliases is broken, which is an error with a traceback in the run history."""
    settings, _ = built
    aliases = settings.parent / "aliases.csv"
    kept = aliases.read_text()
    aliases.write_text(
        kept + f"zq.former@elsewhere.test,{company.email(5)}\n{company.PLANTED},{company.PLANTED}\n"
    )
    try:
        failed = build(settings)
    finally:
        aliases.write_text(kept)
    assert failed.code == 1, failed.said
    assert "aliases.csv row 3" in failed.err and "aliases.csv row 4" in failed.err
    shown = (failed.out + failed.err).casefold()
    assert [string for string in PERSONAL if string.casefold() in shown] == []
    assert found_in(warehouse_of(settings).root, leave_out=["vault"]) == []


def test_nobody_else_can_enter_the_warehouse(built):
    settings, _ = built
    root = warehouse_of(settings).root
    for folder in (root, warehouse_of(settings).vault, warehouse_of(settings).lake):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    versions = {root / side for side in ("published", "restricted")}
    for path in root.rglob("*"):
        if path.is_symlink() or versions & set(path.parents):
            continue  # versions are read-only for whoever is let into their folder; see below
        if path == root / ".pointers" or path.parent == root / ".pointers":
            continue  # links only
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    for side in versions:
        assert stat.S_IMODE(side.stat().st_mode) == 0o700
        assert {stat.S_IMODE(p.stat().st_mode) for p in side.rglob("*") if p.is_file()} == {0o444}


def account_hashes(person):
    chat = keyed_hash(company.KEY, "account", "chat", company.account(person))
    mail = keyed_hash(company.KEY, "account", "mail", company.email(person))
    return {chat, mail}


def test_who_opted_out_is_neither_actor_nor_target(built):
    settings, _ = built
    refused, other = account_hashes(company.OPTED_OUT), account_hashes(4)
    places = {
        "messages": "author_account_id",
        "mentions": "account_id",
        "reactions": "account_id",
        "recipients": "account_id",
        "accounts": "account_id",
        "memberships": "account_id",
    }
    for table, column in places.items():
        present = {row[0] for row in lake_rows(settings, table, column)}
        assert not refused & present, table
        assert other & present, f"{table}: the test looks for the wrong pseudonym"
    persons = dict(working_rows(settings, "select person_id, is_opted_out from identity.persons"))
    assert persons[keyed_hash(company.KEY, "worker", WORKER_SPACE, company.worker(company.OPTED_OUT))] is True
    assert sum(persons.values()) == 1


def test_a_source_without_the_purpose_network_makes_no_ties(built):
    interactions = dict(
        working_rows(built[0], "select source, count(*) from intermediate.int_interactions group by all")
    )
    assert interactions.keys() == {"mail"}
    ties = published_rows(built[0], "select count(*) from fct_tie_month where is_tie", "restricted")
    assert ties[0][0] > 0
    seen = dict(
        working_rows(built[0], "select source, count(*) from intermediate.int_activities group by all")
    )
    assert seen["chat"] > 200


def test_a_source_without_the_purpose_retention_feeds_no_retention_mart(built):
    known = "exposure in ('engaged', 'not_engaged')"
    for model in RETENTION:
        rows = working_rows(built[0], f"select count(*) from intermediate.{model} where {known}")
        assert rows == [(0,)], model
    shown = published_rows(
        built[0], "select coalesce(sum(n_events_engaged), 0) from fct_retention_by_engagement"
    )
    assert shown == [(0,)]
    # The same people do take part in what the source may be used for.
    took_part = working_rows(
        built[0],
        "select max(participation_rate) from marts.fct_participation_org_month where org_unit_key = 0",
    )
    assert took_part == [(1.0,)]


def test_the_manifest_names_nobody(built):
    told = json.dumps(
        json.loads((warehouse_of(built[0]).published / "current" / "manifest.json").read_text())
    )
    assert all(
        pseudonym not in told for person in range(company.PEOPLE) for pseudonym in account_hashes(person)
    )
