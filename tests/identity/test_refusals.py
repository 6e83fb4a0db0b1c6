"""Opt-outs: the whole person, as actor and as target, whatever was known when."""

from __future__ import annotations

import pytest

from assets.extract.closure import close_refusals, current_refusals, sources_to_repeat
from assets.extract.extraction import extract_feed
from assets.identity import vault
from assets.identity.declared import (
    DeclarationError,
    OptOut,
    read_aliases,
    read_opt_outs,
    read_overrides,
)
from assets.identity.identity_tables import identify
from assets.identity.pseudonyms import keyed_hash
from assets.identity.refusals import Declarations
from tests.factories.lines import (
    KEY,
    account,
    lake_rows,
    line_feed,
    message,
    warehouse_at,
    worker,
    write_lines,
)

SOURCES = ("chat", "forum", "hris", "survey")


@pytest.fixture
def warehouse(tmp_path):
    return warehouse_at(tmp_path / "warehouse")


def opt_out(**given):
    fields = {"email": None, "account": None, "worker_id": None, "source": None}
    return OptOut(2, **{**fields, **given})


def declared(*opt_outs, **more):
    return Declarations(sources=SOURCES, opt_outs=opt_outs, **more)


def landing(tmp_path):
    """Ana is U1 in the chat (her address stands in another file), 77 in the forum, W1 in HR."""
    write_lines(tmp_path / "chat/1.jsonl", message("m1", "U1"), message("m2", "U2", mentions=["U1"]))
    write_lines(tmp_path / "chat/2.jsonl", account("U1", email="Ana@example.org"), account("U2"))
    write_lines(
        tmp_path / "forum/1.jsonl",
        account("77", email="ana+forum@example.org", handle="anasofia"),
        message("f1", "77"),
        message("f2", "78", mentions=["77"]),
    )
    write_lines(tmp_path / "hris/1.jsonl", worker("W1", email="ana@example.org"), worker("W2"))
    survey = {"is": "nomination", "from": "W1", "to": "W2"}
    write_lines(tmp_path / "survey/1.jsonl", survey, {"is": "nomination", "from": "W2", "to": "W2"})
    return [line_feed(name, tmp_path / name) for name in SOURCES]


def extract(feeds, warehouse, declarations):
    reports = {}
    for feed in feeds:
        refusals = current_refusals(warehouse, KEY, declarations)
        reports[feed.name] = extract_feed(feed, warehouse, KEY, refusals)
    return reports, close_refusals(feeds, warehouse, KEY, declarations)


def traces(warehouse):
    hashes = {keyed_hash(KEY, "account", source, i) for source, i in (("chat", "U1"), ("forum", "77"))}
    hashes.add(keyed_hash(KEY, "worker", "hr", "W1"))
    found = []
    for table, columns in (
        ("messages", ["author_account_id"]),
        ("mentions", ["account_id"]),
        ("accounts", ["account_id"]),
        ("nominations", ["respondent_worker_id", "nominee_worker_id"]),
    ):
        rows = lake_rows(warehouse, table, ", ".join(columns))
        found += [table for row in rows if hashes & set(row)]
    return found


@pytest.mark.parametrize(
    "entry",
    [
        {"email": "ANA@example.org"},
        {"account": "U1", "source": "chat"},
        {"account": "anasofia"},
        {"worker_id": "W1"},
    ],
    ids=str,
)
def test_whatever_is_given_the_whole_person_is_left_out(tmp_path, warehouse, entry):
    feeds = landing(tmp_path)
    extract(feeds, warehouse, declared(opt_out(**entry)))
    assert traces(warehouse) == []
    assert [row[0] for row in lake_rows(warehouse, "messages", "message_id")] == ["f2", "m2"]
    assert len(lake_rows(warehouse, "workers")) == 2, "HR rows stay after an opt-out"
    refusals = current_refusals(warehouse, KEY, declared(opt_out(**entry)))
    assert sources_to_repeat(warehouse, KEY, refusals) == []


def test_opting_out_later_removes_and_coming_back_restores(tmp_path, warehouse):
    def content():
        return [
            lake_rows(warehouse, table, "* exclude (_extracted_at)") for table in ("messages", "mentions")
        ]

    feeds = landing(tmp_path)
    extract(feeds, warehouse, declared())
    before = content()
    assert set(traces(warehouse)) == {"messages", "mentions", "accounts", "nominations"}
    extract(feeds, warehouse, declared(opt_out(email="ana@example.org")))
    assert traces(warehouse) == []
    extract(feeds, warehouse, declared())
    assert content() == before


def test_only_sources_that_know_the_person_are_read_again(tmp_path, warehouse):
    feeds = landing(tmp_path)
    extract(feeds, warehouse, declared())
    someone = declared(opt_out(email="unknown@example.org"))
    reports, repeated = extract(feeds, warehouse, someone)
    assert not any(report.did_work for report in reports.values()) and repeated == []
    reports, _ = extract(feeds, warehouse, declared(opt_out(account="78", source="forum")))
    assert [name for name, report in reports.items() if report.did_work] == ["forum"]


def test_rows_whose_file_is_gone_lose_the_person_too(tmp_path, warehouse):
    feeds = landing(tmp_path)
    extract(feeds, warehouse, declared())
    (tmp_path / "chat/1.jsonl").unlink()
    extract(feeds, warehouse, declared(opt_out(email="ana@example.org")))
    assert traces(warehouse) == []
    assert [row[0] for row in lake_rows(warehouse, "messages", "message_id")] == ["f2", "m2"]


def test_a_shared_address_does_not_refuse_a_colleague(tmp_path, warehouse):
    write_lines(
        tmp_path / "hris/1.jsonl",
        worker("W1", email="desk@example.org"),
        worker("W2", email="desk@example.org"),
    )
    feeds = [line_feed("hris", tmp_path / "hris")]
    extract(feeds, warehouse, declared())
    refusals = current_refusals(warehouse, KEY, declared(opt_out(worker_id="W1")))
    assert refusals.workers == {"W1"} and refusals.emails == frozenset()


def test_aliases_and_overrides_lead_to_the_other_accounts(tmp_path, warehouse):
    feeds = landing(tmp_path)
    rows = tmp_path / "overrides.csv"
    rows.write_text("source;account;worker_id\nchat;U2;W1\n", encoding="utf-8-sig")
    overrides = read_overrides(rows, SOURCES)
    aliases = {"a.sofia@example.org": "ana@example.org"}
    declarations = declared(opt_out(email="a.sofia@example.org"), aliases=aliases, overrides=overrides)
    extract(feeds, warehouse, declarations)
    assert [row[0] for row in lake_rows(warehouse, "messages", "message_id")] == ["f2"]


def test_the_opted_out_are_flagged_and_their_accounts_are_not_listed(tmp_path, warehouse):
    feeds = landing(tmp_path)
    declarations = declared(opt_out(email="ana@example.org"))
    extract(feeds, warehouse, declarations)
    refusals = current_refusals(warehouse, KEY, declarations)
    found = identify(warehouse, KEY, ("chat", "forum"), declarations, refusals, has_hr=True)
    persons = {row["person_id"]: row["is_opted_out"] for row in found.tables["persons"].to_pylist()}
    assert persons == {keyed_hash(KEY, "worker", "hr", w): w == "W1" for w in ("W1", "W2")}
    listed = found.tables["accounts"]["account_id"].to_pylist()
    assert keyed_hash(KEY, "account", "chat", "U1") not in listed and len(listed) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nAna\n", "at least one of email, account, worker_id"),
        ("email,source\nana@x.org,chat\n,chat\n", "row 3: has neither"),
        ("email\nana\n", "row 2: email has no @"),
        ("account,source\nU1,slak\n", "row 2: source is none of chat"),
    ],
)
def test_a_wrong_opt_out_list_is_told_by_row_without_values(tmp_path, text, message):
    (tmp_path / "opt_out.csv").write_text(text)
    with pytest.raises(DeclarationError, match=message) as caught:
        read_opt_outs(tmp_path / "opt_out.csv", SOURCES)
    assert "Ana" not in str(caught.value) and "ana" not in str(caught.value)


def test_wrong_aliases_and_overrides_are_told(tmp_path):
    aliases = tmp_path / "aliases.csv"
    aliases.write_text("alias_email,email\na@x.org,b@x.org\nA@x.org,c@x.org\n")
    with pytest.raises(DeclarationError, match=r"row 3: this alias was given to another"):
        read_aliases(aliases)
    aliases.write_text("alias,email\na@x.org,b@x.org\n")
    with pytest.raises(DeclarationError, match="lacks alias_email"):
        read_aliases(aliases)
    overrides = tmp_path / "overrides.csv"
    overrides.write_text("source,account,worker_id\nchat,U1,W1\nchat,U1,W2\n")
    with pytest.raises(DeclarationError, match=r"another worker in row 2"):
        read_overrides(overrides, SOURCES)
    with pytest.raises(DeclarationError, match="no such file"):
        read_opt_outs(tmp_path / "absent.csv", SOURCES)


def test_the_vault_knows_opted_out_accounts_but_not_in_the_lake(tmp_path, warehouse):
    feeds = landing(tmp_path)
    extract(feeds, warehouse, declared(opt_out(email="ana@example.org")))
    with vault.opened(warehouse.vault, KEY) as opened:
        assert {row["original_id"] for row in opened.known("account").to_pylist()} >= {"U1", "77"}
