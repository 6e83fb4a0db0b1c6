"""Topics leave the vault only without names and with enough authors, and go with those who go."""

from __future__ import annotations

import duckdb
import pytest

from assets.extract.closure import current_refusals
from assets.extract.extraction import Feed, extract_feed
from assets.extract.readers import slack
from assets.extract.reading import ReaderOptions
from assets.identity import vault
from assets.identity.declared import DeclarationError, OptOut
from assets.identity.declared_topics import HiddenTopic, read_hidden_topics, read_topics
from assets.identity.erasure import erase, find_strings
from assets.identity.identity_tables import identify
from assets.identity.name_clearing import NameClearing
from assets.identity.pseudonyms import TERM_KIND, keyed_hash
from assets.identity.refusals import Declarations
from assets.identity.rotation import rotate
from assets.identity.topics import TopicRules
from assets.identity.vault_format import FILE_NAME, FORMAT_VERSION
from tests.factories import slack_export
from tests.factories.lines import KEY, lake_rows, warehouse_at

NEW = b"n" * 32
RULES = TopicRules({"discount": "Pricing"}, min_authors=5)
DECLARED = Declarations(sources=("chat",))
QUENTIN = "U6"
OF_HIM = "#quentin-fans #QuentinMarlow #quentinmarlow #askmarlow"


@pytest.fixture
def built(tmp_path):
    """Seven people in a channel called offers; one of them is called Quentin Marlow."""
    people = [f"U{n}" for n in range(7)]
    users = [slack_export.user(u, f"handle{u}", email=f"{u}@acme.test") for u in people]
    users[6]["profile"]["real_name"] = users[6]["real_name"] = "Quentin Marlow"
    records = [
        slack_export.message(f"17083400{n:02}.000100", user, f"a discount, #launch {OF_HIM}")
        for n, user in enumerate(people)
    ]
    records += [slack_export.message(f"17083401{n:02}.000100", u, "#rare") for n, u in enumerate(people[:4])]
    records.append(slack_export.message("1708340200.000100", QUENTIN, "#only-his"))
    members = slack_export.export_members(
        users=users,
        channels=[slack_export.channel("C1", "offers", people), slack_export.channel("C2", "random", people)],
        days={"offers/2024-02-19": records},
    )
    slack_export.write_folder(tmp_path / "export", members)
    feed = Feed("chat", slack, [tmp_path / "export"], ReaderOptions(vocabulary=("discount",)))
    warehouse = warehouse_at(tmp_path / "warehouse")
    extract_feed(feed, warehouse, KEY)
    return warehouse, feed


def identified(warehouse, key=KEY, rules=RULES):
    refusals = current_refusals(warehouse, key, DECLARED)
    return identify(warehouse, key, ["chat"], DECLARED, refusals, has_hr=False, topics=rules)


def labels(found):
    return {row["topic"]: row["kind"] for row in found.tables["topics"].to_pylist()}


def terms_in(warehouse):
    with vault.opened(warehouse.vault, None) as opened:
        return set(opened.terms().values())


def test_only_topics_without_names_and_with_enough_authors_are_shown(built):
    warehouse, _ = built
    found = identified(warehouse)
    assert labels(found) == {"Pricing": "declared", "#launch": "hashtag", "offers": "channel"}
    assert any("2 possible topics" in said and "fewer than 5" in said for said in found.messages)
    assert any("4 possible topics" in said and "name a person" in said for said in found.messages)
    assert not any("marlow" in said.casefold() for said in found.messages)
    assert {row["n_authors"] for row in found.tables["topics"].to_pylist()} == {7}
    known = found.tables["topic_terms"].to_pylist()
    assert {row["term"] for row in known} == {
        keyed_hash(KEY, TERM_KIND, "", t) for t in ("discount", "#launch")
    }


def test_more_people_can_be_asked_for_and_channels_left_out(built):
    warehouse, _ = built
    assert labels(identified(warehouse, rules=TopicRules(min_authors=8))) == {}
    rules = TopicRules(min_authors=4, ignored_channels=["Offers"])
    assert labels(identified(warehouse, rules=rules)) == {
        "discount": "hashtag", "#launch": "hashtag", "#rare": "hashtag",
    }  # fmt: skip


def test_a_new_key_renames_terms_and_keeps_topics(built):
    warehouse, feed = built
    before = identified(warehouse)
    rotate(warehouse, KEY, NEW)
    extract_feed(feed, warehouse, NEW)
    after = identified(warehouse, NEW)
    assert after.tables["topics"].equals(before.tables["topics"])
    assert after.tables["topic_terms"]["term"].to_pylist() != before.tables["topic_terms"]["term"].to_pylist()
    assert terms_in(warehouse) >= {"#launch", "discount"}


def test_terms_of_a_file_that_is_gone_follow_a_new_key(built, tmp_path):
    warehouse, feed = built
    (tmp_path / "export").rename(tmp_path / "elsewhere")
    rotate(warehouse, KEY, NEW)
    extract_feed(Feed("chat", slack, [], feed.options), warehouse, NEW)
    assert labels(identified(warehouse, NEW)) == {
        "Pricing": "declared",
        "#launch": "hashtag",
        "offers": "channel",
    }


def test_an_erased_name_stays_a_name_and_words_of_the_erased_are_forgotten(built):
    warehouse, feed = built
    erase(warehouse, KEY, DECLARED, email=f"{QUENTIN}@acme.test")
    assert "#only-his" not in terms_in(warehouse)
    refusals = current_refusals(warehouse, KEY, DECLARED)
    extract_feed(feed, warehouse, KEY, refusals)
    found = identified(warehouse)
    # Six others still write them; nobody called so is known any more, and yet they are not shown.
    assert labels(found) == {"Pricing": "declared", "#launch": "hashtag", "offers": "channel"}
    assert "#only-his" not in terms_in(warehouse)
    assert find_strings(warehouse.root, ["only-his"]) == []
    assert len(lake_rows(warehouse, "messages", "message_id")) == 10


def test_who_hides_a_topic_is_found_by_account_or_address(built):
    warehouse, _ = built
    entries = [
        HiddenTopic(OptOut(2, None, "U1", None, "chat"), "Pricing"),
        HiddenTopic(OptOut(3, "u2@acme.test", None, None, None), "*"),
        HiddenTopic(OptOut(4, None, "U9", None, "chat"), "Pricing"),
        HiddenTopic(OptOut(5, None, "U3", None, "chat"), "not there"),
    ]
    found = identified(warehouse, rules=TopicRules(RULES.vocabulary, entries, min_authors=5))
    person = {row["account_id"]: row["person_key"] for row in found.tables["accounts"].to_pylist()}
    topic = {row["topic"]: row["topic_key"] for row in found.tables["topics"].to_pylist()}
    one, two = (person[keyed_hash(KEY, "account", "chat", u)] for u in ("U1", "U2"))
    pairs = {(r["person_key"], r["topic_key"]) for r in found.tables["hidden_topics"].to_pylist()}
    assert pairs == {(one, topic["Pricing"]), *((two, key) for key in topic.values())}
    assert "hidden topics, row 4: names nobody whom the sources know" in found.messages


def test_an_older_vault_is_brought_up_to_date(built):
    warehouse, _ = built
    with duckdb.connect(str(warehouse.vault / FILE_NAME)) as connection:
        connection.execute("drop table terms")
        connection.execute("update meta set value = '1' where name = 'format_version'")
    with vault.opened(warehouse.vault, KEY) as opened:
        assert opened.terms() == {}
        assert opened.meta("format_version") == str(FORMAT_VERSION)


@pytest.mark.parametrize(
    ("label", "is_refused"),
    [
        ("#marlow", True), ("#team-marlow", True), ("#marlow2024", True), ("#quentinmarlow", True),
        ("#askquentin", True), ("#quentins", True), ("#market", False), ("#marketing", False),
        ("#smart", False), ("#remark", False), ("#ana-2", True), ("#manage", False), ("#markana", True),
    ],
)  # fmt: skip
def test_hashtags_run_together_and_names_in_them_are_found(label, is_refused):
    clearing = NameClearing({"quentin", "marlow", "mark", "ana"})
    assert clearing.names_a_person(label, runs_together=True) is is_refused


def test_declared_topics_are_checked_word_by_word_and_erased_names_count():
    clearing = NameClearing({"grant"}, lambda word: word == "quentin")
    assert clearing.names_a_person("Grant applications")
    assert clearing.names_a_person("For Quentin")
    assert not clearing.names_a_person("Immigrants and quentinite")


def test_the_lists_are_checked_row_by_row(tmp_path):
    topics = tmp_path / "topics.csv"
    topics.write_text("topic,terms\nPricing,Discount | special  price\nSales, discount\n")
    with pytest.raises(DeclarationError, match="row 3: the term 'discount' belongs to 'Pricing' above"):
        read_topics(topics)
    topics.write_text("topic;terms\nPricing;Discount | special  price\n")
    assert read_topics(topics) == dict.fromkeys(["pricing", "discount", "special price"], "Pricing")
    hidden = tmp_path / "hidden.csv"
    hidden.write_text("topic,email\nDiscount,ana@x.org\n*,\n")
    with pytest.raises(DeclarationError, match="row 3: has neither"):
        read_hidden_topics(hidden, ["chat"], {})
    hidden.write_text("topic,email\nDiscount,ana@x.org\n")
    (entry,) = read_hidden_topics(hidden, ["chat"], {"discount": "Pricing"})
    assert (entry.topic, entry.person.email) == ("Pricing", "ana@x.org")
