"""From messages to activities, interactions and ties, on one small organisation."""

from __future__ import annotations

from datetime import date

import pytest

CHAIN = ("+fct_tie_month", "+int_activities")


def _message(message: str, author: str, sent_at: str, **columns) -> dict:
    return {
        "message_id": message,
        "channel_id": "general",
        "kind": "post",
        "author_account_id": author,
        "sent_at": sent_at,
        "version_at": sent_at,
        **columns,
    }


LAKE = {
    "channels": [
        {"channel_id": "general", "kind": "public"},
        {"channel_id": "talk", "kind": "direct"},
        {"channel_id": "general", "kind": "public", "source": "survey_tool"},
    ],
    "messages": [
        _message("m1", "ann", "2024-01-10 09:00", thread_id="m1"),
        _message("m2", "bob", "2024-01-10 10:00", kind="reply", thread_id="m1", parent_message_id="m1"),
        _message("m3", "ann", "2024-01-10 11:00", kind="reply", thread_id="m1", parent_message_id="m1"),
        _message("joined", "bob", "2024-01-10 12:00", kind="system"),
        _message("oops", "bob", "2024-01-10 12:30", deleted_at="2024-01-11 12:29"),
        _message("kept", "bob", "2024-01-10 12:30", deleted_at="2024-01-11 12:30"),
        _message("robot", "bot", "2024-01-10 13:00"),
        _message("dm", "ann", "2024-01-15 09:00", channel_id="talk"),
        _message("night", "cem", "2024-01-31 23:30"),
        _message("tomorrow", "ann", "2024-04-01 00:00"),
        _message("no_network", "ann", "2024-01-10 09:00", source="survey_tool"),
    ],
    "recipients": [{"message_id": "dm", "account_id": "bob", "role": "direct"}],
    "mentions": [
        {"message_id": "m1", "account_id": "bob", "is_broadcast": False},
        {"message_id": "m1", "account_id": "bot", "is_broadcast": False},
        {"message_id": "no_network", "account_id": "bob", "is_broadcast": False, "source": "survey_tool"},
    ],
    "reactions": [
        {"message_id": "m1", "account_id": "bob", "name": "+1"},
        {"message_id": "m1", "account_id": "ann", "name": "+1"},
        {"message_id": "m1", "account_id": "cem", "name": "+1", "reacted_at": "2024-02-05 12:00"},
    ],
}


@pytest.fixture
def organisation(dbt_project):
    dbt_project.reference(
        timezone="Europe/Warsaw",
        sources=[{}, {"source": "survey_tool", "has_network": False, "has_retention": False}],
    )
    dbt_project.identity(
        accounts=[
            {"account_id": "ann"},
            {"account_id": "bob"},
            {"account_id": "cem"},
            {"account_id": "bot", "kind": "bot"},
            {"account_id": "ann", "source": "survey_tool", "person_key": 1},
            {"account_id": "bob", "source": "survey_tool", "person_key": 2},
        ]
    )
    dbt_project.lake(LAKE)
    return dbt_project


def test_activities_interactions_and_ties_follow_the_specification(organisation):
    organisation.run(*CHAIN)
    activities = organisation.rows(
        "select person_key, activity_type, count(*) from intermediate.int_activities "
        "where source = 'chat' group by all order by all"
    )
    # out: answering oneself (m3), liking oneself, naming a bot, system posts, bots, a post that
    # was deleted within a day, and what lies after the last covered instant
    assert activities == [
        (1, "direct_message", 1),
        (1, "mention", 1),
        (1, "post", 1),
        (2, "post", 1),
        (2, "reaction", 1),
        (2, "reply", 1),
        (3, "post", 1),
        (3, "reaction", 1),
    ]
    assert organisation.rows(
        "select person_key, has_exact_time, local_date from intermediate.int_activities "
        "where activity_type = 'reaction' order by person_key"
    ) == [(2, False, date(2024, 1, 10)), (3, True, date(2024, 2, 5))]
    assert organisation.rows(
        "select distinct activity_type from intermediate.int_activities where not is_visible_contribution"
    ) == [("direct_message",)]
    # half past eleven in the evening UTC is the next day, and the next month, in Warsaw
    assert organisation.rows(
        "select local_date, month_start, event_month from intermediate.int_activities "
        "where person_key = 3 and activity_type = 'post'"
    ) == [(date(2024, 2, 1), date(2024, 2, 1), date(2024, 1, 1))]

    interactions = organisation.rows(
        "select from_person_key, to_person_key, interaction_type, base, attention "
        "from intermediate.int_interactions order by all"
    )
    assert interactions == [
        (1, 2, "direct_message", 1.0, 1.0),
        (1, 2, "mention", 0.8, 0.5),
        (1, 2, "thread", 0.1, 1.0),
        (2, 1, "reaction", 0.2, 1.0),
        (2, 1, "reply", 1.0, 1.0),
        (2, 1, "thread", 0.1, 1.0),
        (3, 1, "reaction", 0.2, 1.0),
    ]
    ties = organisation.rows(
        "select from_person_key, to_person_key, n_event_days, n_pair_event_days, is_tie "
        "from marts.fct_tie_month where month_start = '2024-01-01' order by all"
    )
    assert ties == [(1, 2, 2, 2, True), (2, 1, 1, 2, False)]


def test_a_source_without_the_purpose_network_feeds_activities_but_no_ties(organisation):
    organisation.run(*CHAIN)
    assert organisation.rows(
        "select count(*) from intermediate.int_activities where source = 'survey_tool'"
    ) == [(2,)]
    assert organisation.rows("select distinct source from intermediate.int_interactions") == [("chat",)]


def test_imported_history_before_go_live_does_not_count(organisation):
    organisation.run(*CHAIN, variables={"go_live": "2024-01-15"})
    assert organisation.rows("select min(local_date) from intermediate.int_activities") == [
        (date(2024, 1, 15),)
    ]
    assert organisation.rows("select interaction_type from intermediate.int_interactions") == [
        ("direct_message",)
    ]
