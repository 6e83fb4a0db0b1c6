"""Checks of what arrived: times, duplicates, references, vocabularies (K5, K7, K8, K12, K16, K17).

The relations ``lake_<table>`` are views over the lake's Parquet files that the runner makes;
they hold every version and the columns that staging leaves out.
"""

from __future__ import annotations

from typing import Final

from assets.extract.contract import ENUMS
from assets.quality.definition import Catalogue, Check

NO_CODES: Final = ("unknown_manager", "unknown_target")
"""Reasons of quarantined rows that name somebody or something absent, not a word of a vocabulary."""
MIN_REFERENCES: Final = 20
"""Fewer references than this say nothing about a share."""
SETTLING_DAYS: Final = 30
"""Replies in a source's first days answer posts from before the export began."""
MIN_TIMED_REACTIONS: Final = 50

_FUTURE: Final = """
with timed as (
    select source, message_id as key, sent_at as occurred_at, _extracted_at from lake_messages
    union all
    select source, message_id, reacted_at, _extracted_at from lake_reactions
)
"""

_VERSIONS: Final = """
with versions as (
    select source, message_id, version_at,
        count(distinct hash(author_account_id, channel_id, sent_at)) as n_contents,
        count(*) - count(distinct _file_sha256) as n_repeated
    from lake_messages
    where message_id is not null
    group by source, message_id, version_at
)
"""

_REFERENCES: Final = f"""
with starts as (
    select source, min(sent_at) + interval {SETTLING_DAYS} day as settled_at
    from staging.stg_messages group by source
),
referring as (
    select source, 'reply' as kind, parent_message_id as target_id, message_id as key
    from staging.stg_messages inner join starts using (source)
    where kind = 'reply' and parent_message_id is not null and sent_at >= settled_at
    union all
    select source, 'reaction', message_id, message_id from staging.stg_reactions
    union all
    select source, 'mention', message_id, message_id from staging.stg_mentions
),
resolved as (
    select referring.source || ' ' || referring.kind as subject, referring.key,
        messages.message_id is null as is_absent
    from referring
    left join (select distinct source, message_id from staging.stg_messages) as messages
        on messages.source = referring.source and messages.message_id = referring.target_id
)
"""

_REACTION_TIMES: Final = """
with timed as (
    select reactions.source, reactions.message_id,
        reactions.reacted_at = messages.sent_at as is_copied
    from staging.stg_reactions as reactions
    inner join staging.stg_messages as messages using (source, message_id)
    where reactions.reacted_at is not null
)
"""


_MEETINGS: Final = """
with present as (
    select meetings.source, meetings.meeting_id, meetings.starts_at, meetings.ends_at,
        list_sort(list(distinct coalesce(accounts.person_key::varchar, attendances.account_id))) as people
    from staging.stg_meetings as meetings
    inner join staging.stg_attendances as attendances using (source, meeting_id)
    left join identity.accounts as accounts using (source, account_id)
    where not coalesce(meetings.is_cancelled, false)
        and (attendances.joined_at is not null or coalesce(attendances.response, 'accepted') = 'accepted')
    group by all
),
counted as (
    select source, meeting_id,
        row_number() over (partition by starts_at, ends_at, people order by source, meeting_id) > 1
            as is_repeated
    from present where len(people) > 1
)
"""


def _vocabulary(catalogue: Catalogue) -> str:
    """Rows outside the contract's vocabularies, and rows quarantined because of one."""
    parts = [
        "select target_table as subject, 0 as n_rows, 1 as n_unknown, "
        "coalesce(original_id, left(_file_sha256, 12) || ' ' || position) as key "
        "from lake_quarantine where starts_with(reason, 'unknown_') "
        f"and reason not in ({', '.join(map(repr, NO_CODES))})"
    ]
    for (table, column), words in sorted(ENUMS.items()):
        if column not in catalogue.get(f"staging.stg_{table}", frozenset()):
            continue
        known = ", ".join(f"'{word}'" for word in sorted(words))
        parts.append(
            f"select '{table}' as subject, 1 as n_rows, "
            f"cast({column} is not null and {column} not in ({known}) as integer) as n_unknown, "
            f"'{table}.{column}' as key from staging.stg_{table}"
        )
    return "with judged as (" + " union all ".join(parts) + ")"


CHECKS: Final = (
    Check(
        id="landing",
        title="unreadable landing files",
        table="quality.unreadable_landing",
        asset_key=("lake", "quarantine"),
        description="Landing units that no reader could read as a whole.",
        remedy="repair or remove the file (kithwork quarantine show names it), or deliver it again",
        needs=("quality.unreadable_landing",),
        measure="""
            select source as subject, count(*) as n_judged, count(*) as n_failing,
                count(*)::double as measured
            from quality.unreadable_landing group by source
            union all select 'all sources', 0, 0, 0.0
        """,
        examples="""
            select source as subject, source || ' ' || left(unit, 12) || ' (' || reason || ')' as key
            from quality.unreadable_landing order by source, unit
        """,
        block=0.0,
        unit="count",
    ),
    Check(
        id="K5",
        title="events in the future",
        table="lake.messages",
        asset_key=("lake", "messages"),
        description="Messages and reactions dated more than five minutes after they were read.",
        remedy="check the source's timezone and time_format settings and the exporting clock",
        needs=("lake_messages", "lake_reactions"),
        measure=_FUTURE
        + """
            select source as subject, count(*) as n_judged,
                count(*) filter (where occurred_at > _extracted_at + interval 5 minute) as n_failing,
                n_failing / n_judged as measured
            from timed where occurred_at is not null group by source
        """,
        examples=_FUTURE
        + """
            select source as subject, key from timed
            where occurred_at > _extracted_at + interval 5 minute order by occurred_at desc
        """,
        warn=0.0,
        block=0.001,
    ),
    Check(
        id="K7",
        title="message ids that name two messages",
        table="lake.messages",
        asset_key=("lake", "messages"),
        description="Rows of one message id and one version with different author, channel or time.",
        remedy="the source's message ids are not unique, or two exports contradict each other: "
        "check the columns mapping",
        needs=("lake_messages",),
        measure=_VERSIONS
        + """
            select source as subject, count(*) as n_judged,
                count(*) filter (where n_contents > 1) as n_failing, n_failing::double as measured
            from versions group by source
        """,
        examples=_VERSIONS
        + "select source as subject, message_id as key from versions where n_contents > 1 order by key",
        block=0.0,
        unit="count",
    ),
    Check(
        id="K7_repeated",
        title="messages repeated inside one export",
        table="lake.messages",
        asset_key=("lake", "messages"),
        description="The same message version more than once in one landing unit (overlapping exports "
        "are normal and do not count). Staging keeps one of them.",
        remedy="nothing is counted twice; ask whoever makes the export why it repeats rows",
        needs=("lake_messages",),
        measure=_VERSIONS
        + """
            select source as subject, count(*) as n_judged,
                count(*) filter (where n_repeated > 0 and n_contents = 1) as n_failing,
                n_failing / n_judged as measured
            from versions group by source
        """,
        examples=_VERSIONS
        + """
            select source as subject, message_id as key from versions
            where n_repeated > 0 and n_contents = 1 order by key
        """,
        warn=0.0,
    ),
    Check(
        id="K8",
        title="references to absent messages",
        table="staging.stg_messages",
        asset_key=("lake", "messages"),
        description="Replies, reactions and mentions whose message is not there. Replies of a source's "
        f"first {SETTLING_DAYS} days are left out (they answer older posts), and so is a kind with fewer "
        f"than {MIN_REFERENCES} rows.",
        remedy="an export is missing, or opted-out authors' posts were removed at the border",
        needs=("staging.stg_messages", "staging.stg_reactions", "staging.stg_mentions"),
        measure=_REFERENCES
        + f"""
            select subject, count(*) as n_judged, count(*) filter (where is_absent) as n_failing,
                if(n_judged >= {MIN_REFERENCES}, n_failing / n_judged, null) as measured
            from resolved group by subject
        """,
        examples=_REFERENCES + "select subject, key from resolved where is_absent order by key",
        warn=0.02,
        block=0.10,
    ),
    Check(
        id="K12",
        title="unknown codes",
        table="staging",
        asset_key=("lake", "quarantine"),
        description="Rows with a value outside the contract's vocabularies, quarantined ones included.",
        remedy="the platform or HR system has a new code: map it in the source's settings or report it",
        needs=("lake_quarantine", "staging.stg_messages"),
        measure=lambda catalogue: (
            _vocabulary(catalogue)
            + """
            select subject, sum(n_rows + if(n_rows = 0, n_unknown, 0)) as n_judged,
                sum(n_unknown) as n_failing, n_failing / nullif(n_judged, 0) as measured
            from judged group by subject
        """
        ),
        examples=lambda catalogue: (
            _vocabulary(catalogue)
            + "select distinct subject, key from judged where n_unknown > 0 order by key"
        ),
        warn=0.0,
        block=0.01,
    ),
    Check(
        id="K16",
        title="reaction times copied from their message",
        table="staging.stg_reactions",
        asset_key=("lake", "reactions"),
        description="Share of a source's reaction times that equal their message's time: such times tell "
        "nothing about latency or time of day. Judged from "
        f"{MIN_TIMED_REACTIONS} timed reactions on.",
        remedy="leave this source's reactions out of latencies and time-of-day figures",
        needs=("staging.stg_reactions", "staging.stg_messages"),
        measure=_REACTION_TIMES
        + f"""
            select source as subject, count(*) as n_judged, count(*) filter (where is_copied) as n_failing,
                if(n_judged >= {MIN_TIMED_REACTIONS}, n_failing / n_judged, null) as measured
            from timed group by source
        """,
        examples=_REACTION_TIMES
        + "select source as subject, message_id as key from timed where is_copied order by key",
        warn=0.5,
    ),
    Check(
        id="K17",
        title="meetings counted twice",
        table="staging.stg_meetings",
        asset_key=("lake", "meetings"),
        description="Share of a source's meetings at which the same people meet at the very same time as in "
        "another one, of this or another source. Copies in several calendars of one source count once "
        "already.",
        remedy="if two sources deliver the same calendars, take one of them out of the settings; else ask "
        "whoever makes the export why one meeting has two ids",
        needs=("staging.stg_meetings", "staging.stg_attendances", "identity.accounts"),
        measure=_MEETINGS
        + """
            select source as subject, count(*) as n_judged, count(*) filter (where is_repeated) as n_failing,
                n_failing / n_judged as measured
            from counted group by source
        """,
        examples=_MEETINGS
        + "select source as subject, meeting_id as key from counted where is_repeated order by key",
        warn=0.0,
    ),
)
