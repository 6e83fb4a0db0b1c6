"""Accounts to persons, as an analyst would expect it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.extract.extraction import extract_feed
from assets.extract.reading import Refusals
from assets.identity.bots import automation_kind
from assets.identity.declared import Override
from assets.identity.dismissals import DISMISSED_RULES
from assets.identity.dismissals import SCHEMA as DISMISSED
from assets.identity.identity_tables import SCHEMAS, identify
from assets.identity.matching import Account, Worker, match_to_hr, match_to_themselves
from assets.identity.pseudonyms import keyed_hash
from assets.identity.refusals import Declarations
from assets.identity.topics import SCHEMAS as TOPICS
from tests.factories.lines import KEY, account, line_feed, message, warehouse_at, worker, write_lines


def chat(identifier, email=None, source="chat", kind="person", earlier=(), **labels):
    addresses = frozenset([*([email] if email else []), *earlier])
    return Account(
        source, f"h-{source}-{identifier}", identifier, kind, email=email, addresses=addresses, **labels
    )


def hired(identifier, email=None, earlier=(), is_in_hr=True):
    addresses = frozenset([*([email] if email else []), *earlier])
    return Worker(f"w-{identifier}", identifier, email, addresses, is_in_hr)


def outcome(accounts, workers, **more):
    matching = match_to_hr(accounts, workers, **more)
    return {m.account.original_id: (m.kind, m.person_id, m.method, m.reason) for m in matching.matches}


def test_each_way_to_a_worker():
    workers = [
        hired("1", "ana@x.org"),
        hired("2", "bo@x.org"),
        hired("3"),
        hired("4", "di@x.org", ["dee@x.org"]),
    ]
    accounts = [
        chat("by email", "ana@x.org"),
        chat("by alias", "robert@x.org"),
        chat("by override", "ana@x.org", handle="cy"),
        chat("by former address", "dee@x.org"),
        chat("3", source="mail"),
        chat("unknown", "zoe@x.org"),
        chat("silent"),
    ]
    found = outcome(
        accounts,
        workers,
        aliases={"robert@x.org": "bo@x.org"},
        overrides=[Override(2, "chat", "cy", "3")],
        worker_id_sources=frozenset({"mail"}),
    )
    assert found == {
        "by email": ("person", "w-1", "email", None),
        "by alias": ("person", "w-2", "alias", None),
        "by override": ("person", "w-3", "override", None),
        "by former address": ("person", "w-4", "email", None),
        "3": ("person", "w-3", "worker_id", None),
        "unknown": ("person", None, "none", "address_unknown_in_hr"),
        "silent": ("person", None, "none", "no_address"),
    }


def test_an_address_of_two_workers_matches_neither_unless_it_is_said_who():
    workers = [hired("1", "desk@x.org"), hired("2", "desk@x.org")]
    assert outcome([chat("a", "desk@x.org")], workers)["a"] == ("person", None, "none", "several_workers")
    said = [Override(2, "chat", "desk@x.org", "2")]
    assert outcome([chat("a", "desk@x.org")], workers, overrides=said)["a"][1] == "w-2"


def test_an_address_passed_on_belongs_to_who_has_it_today():
    workers = [hired("1", "ana.new@x.org", ["ana@x.org"]), hired("2", "ana@x.org")]
    assert outcome([chat("a", "ana@x.org")], workers)["a"][1] == "w-2"


def test_bots_are_recognised_but_never_a_person_of_the_hr_records():
    accounts = [
        chat("flagged", "ana@x.org", kind="bot"),
        chat("named", name="Deploy Bot"),
        chat("service", "no-reply@x.org"),
        chat("shared", "help-desk@x.org"),
        chat("Bot by surname", "ian.bot@x.org"),
        chat("guest in HR", "cy@x.org", kind="guest"),
        chat("guest", "someone@client.org", kind="guest"),
    ]
    workers = [hired("1", "ana@x.org"), hired("2", "ian.bot@x.org"), hired("3", "cy@x.org")]
    kinds = {name: (kind, person) for name, (kind, person, *_) in outcome(accounts, workers).items()}
    assert kinds == {
        "flagged": ("bot", None),
        "named": ("bot", None),
        "service": ("service", None),
        "shared": ("shared", None),
        "Bot by surname": ("person", "w-2"),
        "guest in HR": ("person", "w-3"),
        "guest": ("guest", None),
    }


@pytest.mark.parametrize(
    "labels",
    [
        ("Jane Abbot", "jabbot", "jane.abbot@x.org"),
        ("Root Ina", "rina", "r.ina@x.org"),
        ("Info Weber", "iweber", "i.weber@x.org"),
        ("Tim Support", None, "tim.support@x.org"),
        (None, None, None),
    ],
)
def test_people_are_not_taken_for_machines(labels):
    assert automation_kind(*labels) is None


def test_overrides_that_lead_nowhere_are_told_by_row():
    overrides = [Override(2, "chat", "a", "99"), Override(3, "chat", "nobody", "1")]
    matching = match_to_hr([chat("a")], [hired("1")], overrides=overrides)
    assert [m.split(":")[0] for m in matching.messages] == ["overrides row 2", "overrides row 3"]
    assert "99" not in " ".join(matching.messages) and "nobody" not in " ".join(matching.messages)


def test_people_named_by_address_in_a_survey_are_the_workers_of_hr():
    workers = [hired("1", "ana@x.org"), hired("ana@x.org", "ana@x.org", is_in_hr=False)]
    workers += [hired("zoe@x.org", "zoe@x.org", is_in_hr=False)]
    matching = match_to_hr([], workers)
    assert matching.workers == {"w-1": "w-1", "w-ana@x.org": "w-1"}
    assert set(matching.persons) == {"w-1"}


def test_opted_out_workers_stay_persons_and_are_flagged():
    matching = match_to_hr([], [hired("1"), hired("2")], refusals=Refusals(workers=frozenset({"2"})))
    assert matching.persons == {"w-1": False, "w-2": True}


def test_without_hr_accounts_of_one_address_are_one_person_across_sources():
    accounts = [
        chat("a", "ana@x.org"),
        chat("b", "ana.s@x.org", source="forum"),
        chat("c", source="forum"),
        chat("d", "no-reply@x.org"),
    ]
    matching = match_to_themselves(accounts, [], aliases={"ana.s@x.org": "ana@x.org"})
    person = {m.account.original_id: (m.person_id, m.method) for m in matching.matches}
    assert person == {
        "a": ("h-chat-a", "self"),
        "b": ("h-chat-a", "self"),
        "c": ("h-forum-c", "self"),
        "d": (None, "none"),
    }
    assert set(matching.persons) == {"h-chat-a", "h-forum-c"}


def test_a_person_keeps_the_id_when_an_earlier_sorted_account_joins():
    later = chat("z", "ana@x.org")
    joined = match_to_themselves([chat("a", "ana@x.org"), later], [], known_persons={"h-chat-z": 1})
    assert {m.person_id for m in joined.matches} == {"h-chat-z"}


@given(st.permutations(range(8)), st.permutations(range(5)))
@settings(deadline=None, max_examples=40)
def test_the_order_of_accounts_and_workers_changes_nothing(accounts, workers):
    people = [chat(str(i), f"p{i % 6}@x.org", source=("chat", "forum")[i % 2]) for i in range(8)]
    staff = [hired(str(i), f"p{i % 4}@x.org") for i in range(5)]
    assert outcome([people[i] for i in accounts], [staff[i] for i in workers]) == outcome(people, staff)
    alone = match_to_themselves([people[i] for i in accounts], [])
    reference = match_to_themselves(people, [])
    assert alone.persons == reference.persons


def test_the_tables_have_their_schema_and_keys_are_stable(tmp_path):
    warehouse = warehouse_at(tmp_path / "w")
    write_lines(
        tmp_path / "c.jsonl", account("U1", email="Ana+x@X.org"), message("m", "U2"), account("B", kind="bot")
    )
    write_lines(tmp_path / "h.jsonl", worker("W1", email="ana@x.org"))
    extract_feed(line_feed("chat", tmp_path / "c.jsonl"), warehouse, KEY)
    extract_feed(line_feed("hris", tmp_path / "h.jsonl"), warehouse, KEY)
    found = identify(warehouse, KEY, ["chat"], Declarations(), Refusals(), has_hr=True)
    assert {name: table.schema for name, table in found.tables.items()} == {
        **SCHEMAS,
        **TOPICS,
        DISMISSED_RULES: DISMISSED,
    }
    hashed = {name: keyed_hash(KEY, "account", "chat", name) for name in ("U1", "U2", "B")}
    by_id = {row["account_id"]: row for row in found.tables["accounts"].to_pylist()}
    assert by_id[hashed["U1"]]["person_key"] == 1 and by_id[hashed["U1"]]["match_method"] == "email"
    assert by_id[hashed["U2"]]["person_key"] is None and by_id[hashed["B"]]["kind"] == "bot"
    assert found.tables["workers"].to_pylist() == [
        {"worker_id": keyed_hash(KEY, "worker", "hr", "W1"), "person_key": 1}
    ]
    (lonely,) = found.tables["unmatched_accounts"].to_pylist()
    assert (lonely["source"], lonely["kind"], lonely["reason"]) == ("chat", "person", "no_address")
    write_lines(tmp_path / "d.jsonl", account("U0"), account("U9"))
    extract_feed(line_feed("chat", tmp_path / "c.jsonl", tmp_path / "d.jsonl"), warehouse, KEY)
    again = identify(warehouse, KEY, ["chat"], Declarations(), Refusals(), has_hr=True)
    keys = {row["account_id"]: row["account_key"] for row in again.tables["accounts"].to_pylist()}
    assert {one: keys[one] for one in by_id} == {one: row["account_key"] for one, row in by_id.items()}
    assert len(set(keys.values())) == 5
