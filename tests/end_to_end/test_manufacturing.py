"""Nine months of real mail and a list of who reports to whom, without any date of employment."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
import yaml

from assets.identity.key import make_key
from tests.factories.builds import build, lake_rows, manifest, published_rows, working_rows

FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "manufacturing_email"
PERMISSION = {"basis": "published", "purposes": ["engagement", "network", "retention"], "reference": "README"}
SETTINGS = {
    "warehouse": "./warehouse",
    "calendar": {"start": "2010-01"},
    "sources": [
        {
            "name": "mail",
            "platform": "interactions",
            "landing": "./landing/mail",
            "columns": {"sender": "Sender", "recipient": "Recipient", "sent_at": "EventDate"},
            "account_ids": "worker_id",
            "permission": PERMISSION,
        }
    ],
    "hr": [
        {
            "name": "hris",
            "system": "csv",
            "landing": "./landing/hr",
            "columns": {"worker_id": "ID", "manager_id": "ReportsToID"},
            "permission": PERMISSION,
        }
    ],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    if not FILES.exists():
        pytest.skip("the mail trace is not beside this repository (../shared/data/manufacturing_email)")
    folder = tmp_path_factory.mktemp("manufacturing")
    for kind, name in (("mail", "communication.csv"), ("hr", "reportsto.csv")):
        (folder / "landing" / kind).mkdir(parents=True)
        shutil.copy(FILES / name, folder / "landing" / kind)
    settings = folder / "kithwork.yaml"
    settings.write_text(yaml.safe_dump(SETTINGS))
    make_key(folder / "kithwork.key")
    outcome = build(settings)
    assert outcome.code == 0, outcome.said
    return settings, outcome


def rows_of_the_file():
    with (FILES / "communication.csv").open(newline="") as stream:
        return [(row["Sender"], row["Recipient"]) for row in csv.DictReader(stream, delimiter=";")]


def test_the_lake_holds_every_pair_of_the_file(built):
    rows = rows_of_the_file()
    assert len(rows) == 82_927 and len({account for row in rows for account in row}) == 167
    assert len(lake_rows(built[0], "accounts", "distinct account_id")) == 167
    assert lake_rows(built[0], "quarantine") == []


def test_mails_to_oneself_are_left_out_of_ties(built):
    rows = rows_of_the_file()
    to_oneself = [sender for sender, recipient in rows if sender == recipient]
    assert len(to_oneself) == 51 and len(set(to_oneself)) == 1
    assert len({row for row in rows if row[0] != row[1]}) == 5_783
    pairs = working_rows(
        built[0],
        """
        select count(*), count(*) filter (sender = recipient) from (
            select distinct messages.author_account_id as sender, recipients.account_id as recipient
            from staging.stg_messages as messages
            inner join staging.stg_recipients as recipients using (source, message_id)
        )
        """,
    )
    assert pairs == [(5_783 + 1, 1)]


def test_ties_come_from_the_pairs_of_the_file(built):
    interactions = working_rows(
        built[0],
        """
        select count(distinct (from_person_key, to_person_key)),
            count(*) filter (from_person_key = to_person_key), count(distinct source)
        from intermediate.int_interactions where interaction_type = 'mail'
        """,
    )
    n_pairs, to_oneself, n_sources = interactions[0]
    assert (to_oneself, n_sources) == (0, 1)
    # Mails to more than eight people make no tie, so some of the 5,783 pairs never become one.
    assert 0.5 * 5_783 < n_pairs <= 5_783


def test_network_marts_fill_for_every_month(built):
    found = published_rows(
        built[0],
        """
        select month_start::varchar, n_population, n_ties from fct_org_network_month
        where org_unit_key = 0 order by month_start
        """,
    )
    assert [month for month, _, _ in found] == [f"2010-0{n}-01" for n in range(1, 10)]
    assert all(people > 100 and ties > 100 for _, people, ties in found)
    people = published_rows(
        built[0], "select count(*) from fct_person_network_month where is_measured", "restricted"
    )
    assert people[0][0] > 900
    with_ties = published_rows(built[0], "select count(*) from fct_tie_month where is_tie", "restricted")
    assert with_ties[0][0] > 1_000


def test_participation_stands_there_as_not_observed(built):
    rows = published_rows(
        built[0],
        "select distinct participation_rate, suppression_reason, 1 from fct_participation_org_month",
    )
    assert len(rows) >= 1
    assert {(rate, reason) for rate, reason, _ in rows} == {(None, "no_visible_contributions")}


def test_turnover_stands_there_as_unknown(built):
    columns = [
        c for (c,) in published_rows(built[0], "select column_name from (describe fct_turnover_org_month)")
    ]
    rates = [name for name in columns if "rate" in name and not name.endswith("_band")]
    assert rates
    rows = published_rows(
        built[0],
        f"select suppression_reason, {', '.join(rates)} from fct_turnover_org_month where org_unit_key = 0",
    )
    assert rows
    assert {row[0] for row in rows} == {"no_employment_dates"}
    assert all(value is None for row in rows for value in row[1:])


def test_people_without_dates_are_present_and_flagged(built):
    months = working_rows(
        built[0],
        """
        select count(*), bool_or(has_employment_dates), count(distinct month_start)
        from intermediate.int_person_months
        """,
    )
    n_rows, any_dates, n_months = months[0]
    assert any_dates is False and n_months == 9
    assert n_rows >= 9 * 150


def test_the_summary_says_why_figures_are_missing(built):
    assert "no_visible_contributions" in built[1].out
    assert {check["status"] for check in manifest(built[0])["checks"]} <= {
        "passed",
        "warned",
        "not_applicable",
    }
