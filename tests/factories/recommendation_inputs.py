"""What the recommendation rules read, as tables of a few columns; and the rules written a second time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tests.factories.dbt_project import DbtProject

Row = Mapping[str, Any]

TABLES = {
    "intermediate.int_scorecard_population": (
        "person_key bigint, person_id varchar, month_start date, window_to date, tenure_days integer, "
        "is_measured boolean, group_key bigint"
    ),
    "marts.fct_person_network_month": (
        "person_key bigint, month_start date, is_measured boolean, participation_coef double, "
        "is_overload_risk boolean, strength_in double, strength_out double"
    ),
    "marts.fct_tie_kind_month": (
        "person_key bigint, other_person_key bigint, month_start date, tie_kind varchar, weight double"
    ),
    "marts.fct_tie_month": (
        "month_start date, from_person_key bigint, to_person_key bigint, mutual_weight double"
    ),
    "intermediate.int_dyad_weeks": (
        "from_person_key bigint, to_person_key bigint, week_start date, first_event_on date, "
        "last_event_on date"
    ),
    "intermediate.int_absences": "person_key bigint, absent_from date, absent_to date",
    "intermediate.int_scorecard_contributions": (
        "person_key bigint, month_start date, channel_id varchar, source varchar, group_key bigint, "
        "is_responded_7d boolean"
    ),
    "intermediate.int_scorecard_responses": (
        "person_key bigint, month_start date, window_to date, local_date date"
    ),
    "intermediate.int_person_contribution_days": (
        "person_key bigint, local_date date, n_post integer, n_reply integer, n_reaction integer"
    ),
    "marts.fct_recognition_person_month": (
        "person_key bigint, month_start date, n_received integer, n_given integer"
    ),
    "intermediate.int_person_load_quarter": (
        "person_key bigint, quarter_start date, after_hours_share double"
    ),
    "marts.dim_channel": "source varchar, channel_id varchar, kind varchar",
    "marts.fct_expertise_month": "person_key bigint, month_start date, topic_key bigint",
    "intermediate.int_messages": (
        "message_key bigint, author_person_key bigint, channel_id varchar, local_date date"
    ),
    "intermediate.int_thread_topics": "thread_key bigint, topic_key bigint",
    "marts.fct_waiting_question_month": (
        "person_key bigint, month_start date, n_open integer, latest_message_id varchar, "
        "channel_1 varchar, channel_2 varchar, channel_3 varchar"
    ),
}  # fmt: skip


def recommend(
    project: DbtProject,
    tables: Mapping[str, Sequence[Row]],
    dismissed: Sequence[tuple[int, str, date, date | None]] = (),
) -> list[dict[str, Any]]:
    """Rows of ``fct_scorecard_recommendation_month`` from ``tables`` (short names); others are empty."""
    project.reset()
    project.identity(dismissed_rules=dismissed)
    unknown = set(tables) - {name.partition(".")[2] for name in TABLES}
    assert not unknown, unknown
    for name, columns in TABLES.items():
        names = [column.split()[0] for column in columns.split(", ")]
        rows = [tuple(row.get(c) for c in names) for row in tables.get(name.partition(".")[2], ())]
        project.table(name, columns, rows)
    project.run("fct_fired_rule_month", "fct_scorecard_recommendation_month")
    return project.dicts("select * from marts.fct_scorecard_recommendation_month")


def person(key: int, month: date, window_to: date, **more: Any) -> dict[str, Any]:
    """Somebody measured, two years here."""
    return {
        "person_key": key, "person_id": f"p{key}", "month_start": month, "window_to": window_to,
        "tenure_days": 800, "is_measured": True, "group_key": 1, **more,
    }  # fmt: skip


def met(one: int, other: int, *days: date) -> list[dict[str, Any]]:
    """One acted towards the other on these days: a row per ISO week, with all its days for the second way."""
    weeks: dict[date, list[date]] = {}
    for day in sorted(days):
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(day)
    return [
        {"from_person_key": one, "to_person_key": other, "week_start": week,
         "first_event_on": found[0], "last_event_on": found[-1], "days": found}
        for week, found in weeks.items()
    ]  # fmt: skip


def lost_tie(tables: Mapping[str, Sequence[Row]], one: Row) -> int | None:
    """R6 a second time: the colleague of the strongest tie that halved and fell silent; None if none."""
    end, month = one["window_to"], one["month_start"]
    before = (month - timedelta(days=1)).replace(day=1)

    def is_away(key: int) -> bool:
        last = end - timedelta(days=1)
        return any(a["person_key"] == key and a["absent_from"] <= last < a["absent_to"]
                   for a in tables.get("int_absences", ()))  # fmt: skip

    def is_silent(other: int) -> bool:
        pair = {one["person_key"], other}
        return not any(
            {d["from_person_key"], d["to_person_key"]} == pair
            and any(end - timedelta(days=28) <= day < end for day in d["days"])
            for d in tables.get("int_dyad_weeks", ())
        )

    there = {p["person_key"] for p in tables["int_scorecard_population"] if p["month_start"] == month}
    now = {
        t["to_person_key"]: t["mutual_weight"]
        for t in tables.get("fct_tie_month", ())
        if t["month_start"] == month and t["from_person_key"] == one["person_key"]
    }
    lost = [
        (-tie["weight"], tie["other_person_key"])
        for tie in tables.get("fct_tie_kind_month", ())
        if tie["person_key"] == one["person_key"] and tie["month_start"] == before
        and tie["tie_kind"] == "strong" and tie["other_person_key"] in there
        and now.get(tie["other_person_key"], 0.0) < 0.5 * tie["weight"]
        and not is_away(one["person_key"]) and not is_away(tie["other_person_key"])
        and is_silent(tie["other_person_key"])
    ]  # fmt: skip
    return min(lost)[1] if lost else None


def narrow_ties(tables: Mapping[str, Sequence[Row]], one: Row) -> tuple[int, float, list[str | None]] | None:
    """R2 a second time: other units reached, mid-rank percentile, three channels; None if not."""
    key, month = one["person_key"], one["month_start"]
    spread = {
        row["person_key"]: row["participation_coef"]
        for row in tables.get("fct_person_network_month", ())
        if row["month_start"] == month and row["is_measured"] and row["participation_coef"] is not None
    }
    if key not in spread:
        return None
    own = spread[key]
    less, alike = (sum(f(x) for x in spread.values()) for f in (lambda x: x < own, lambda x: x == own))
    percentile = 100 * (less + 0.5 * alike) / len(spread)
    group = {
        p["person_key"]: p["group_key"]
        for p in tables["int_scorecard_population"]
        if p["month_start"] == month
    }
    reached = {
        group[tie["other_person_key"]]
        for tie in tables.get("fct_tie_kind_month", ())
        if tie["person_key"] == key and tie["month_start"] == month and tie["other_person_key"] in group
    } - {group[key]}
    if percentile >= 25 or len(reached) >= 2:
        return None
    public = {(c["source"], c["channel_id"]) for c in tables.get("dim_channel", ()) if c["kind"] == "public"}
    writers: dict[tuple[str, int], set[int]] = {}
    used = set()
    for row in tables.get("int_scorecard_contributions", ()):
        if row["month_start"] == month and row["person_key"] == key:
            used.add(row["channel_id"])
        is_other = row["month_start"] == month and row["group_key"] != group[key]
        if is_other and (row["source"], row["channel_id"]) in public:
            writers.setdefault((row["channel_id"], row["group_key"]), set()).add(row["person_key"])
    most: dict[str, int] = {}
    for (channel, _), people in writers.items():
        most[channel] = max(most.get(channel, 0), len(people))
    talked = _opened_topics(tables, one["window_to"], set(group))
    own_topics = {topic for author, _, topic in talked if author == key} | {
        row["topic_key"]
        for row in tables.get("fct_expertise_month", ())
        if (row["person_key"], row["month_start"]) == (key, month)
    }
    talking: dict[int, dict[str, dict[int, int]]] = {}
    for author, channel, topic in talked:
        units = talking.setdefault(topic, {}).setdefault(channel, {})
        units[group[author]] = units.get(group[author], 0) + 1
    sharing: dict[str, int] = {}
    for topic in own_topics:
        places = talking.get(topic, {})
        lively = sorted(places, key=lambda channel: (-max(places[channel].values()), channel))[:20]
        for channel in lively:
            others = [n for unit, n in places[channel].items() if unit != group[key]]
            if others and channel not in used:
                sharing[channel] = max(sharing.get(channel, 0), *others)
    if sharing:
        most = sharing
    ranked = [channel for channel in sorted(most, key=lambda c: (-most[c], c)) if channel not in used]
    return len(reached), percentile, [*ranked[:3], None, None, None][:3]


def _opened_topics(
    tables: Mapping[str, Sequence[Row]], end: date, there: set[int]
) -> set[tuple[int, str, int]]:
    """Author, channel and topic of the threads of the 91 days before ``end``."""
    topics: dict[int, set[int]] = {}
    for row in tables.get("int_thread_topics", ()):
        topics.setdefault(row["thread_key"], set()).add(row["topic_key"])
    return {
        (row["author_person_key"], row["channel_id"], topic)
        for row in tables.get("int_messages", ())
        if end - timedelta(days=91) <= row["local_date"] < end and row["author_person_key"] in there
        for topic in topics.get(row["message_key"], ())
    }


def little_echo(tables: Mapping[str, Sequence[Row]], one: Row) -> tuple[int, int] | None:
    """R3 a second time: contributions a week old, and how many found a response."""
    answers = [
        row["is_responded_7d"]
        for row in tables.get("int_scorecard_contributions", ())
        if (row["person_key"], row["month_start"]) == (one["person_key"], one["month_start"])
    ]
    judged = [answer for answer in answers if answer is not None]
    return (len(judged), sum(judged)) if len(judged) >= 5 and 10 * sum(judged) < 3 * len(judged) else None


def one_sided(tables: Mapping[str, Sequence[Row]], one: Row) -> tuple[int, int, int] | None:
    """R4 a second time: given, received and replies of the last 28 days; A8's balance of -0.2 or less."""
    key, end = one["person_key"], one["window_to"]
    begin = end - timedelta(days=28)
    days = [
        row for row in tables.get("int_person_contribution_days", ())
        if row["person_key"] == key and begin <= row["local_date"] < end
    ]  # fmt: skip
    replies = sum(row["n_reply"] for row in days)
    given = sum(row["n_post"] + row["n_reply"] + row["n_reaction"] for row in days)
    received = sum(
        row["person_key"] == key and row["month_start"] == one["month_start"] and row["local_date"] >= begin
        for row in tables.get("int_scorecard_responses", ())
    )
    is_one_sided = given >= 6 and 10 * (received - given) <= -2 * (received + given) and 5 * replies < given
    return (given, received, replies) if is_one_sided else None
