"""Checks of how the traces look in time: working hours and machines (K9, K10)."""

from __future__ import annotations

from typing import Final

from assets.quality.definition import Check

MIN_TIMED_EVENTS: Final = 500
MIN_SIGNATURES: Final = 50

LOCAL_TIMES: Final = """
with zones as (
    select person_key, timezone, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to
    from intermediate.int_person_timezones
),
timed as (
    select activities.source, activities.person_key, zones.timezone, activities.occurred_at,
        activities.local_at
    from intermediate.int_activities as activities
    inner join zones
        on zones.person_key = activities.person_key
        and activities.local_date >= zones.valid_from and activities.local_date < zones.valid_to
    where activities.has_exact_time and activities.activity_type <> 'reaction'
)
"""
"""CTEs; ``timed`` holds every timed activity with the local time of the person's zone."""

_HOURS: Final = (
    LOCAL_TIMES
    + f"""
, hours as (
    select source || ' ' || timezone as subject, hour(local_at) as local_hour, count(*) as n_events
    from timed group by all
),
shares as (
    select subject, sum(n_events)::bigint as n_judged,
        coalesce(sum(n_events) filter (where local_hour < 5), 0)::bigint as n_failing,
        arg_max(local_hour, n_events) as peak_hour
    from hours group by subject
    having sum(n_events) >= {MIN_TIMED_EVENTS}
)
"""
)

_SUSPICIONS: Final = f"""
with acted as (
    select activities.source, accounts.account_id, activities.occurred_at, activities.has_exact_time
    from intermediate.int_activities as activities
    inner join identity.accounts as accounts using (account_key)
    where accounts.kind = 'person'
),
hourly as (
    select source, account_id, date_trunc('hour', occurred_at) as hour_start, count(*) as n_events
    from acted where has_exact_time group by all
),
bursts as (
    select distinct source, account_id, 'more than 200 events in an hour' as suspicion
    from hourly where n_events > 200
),
sleepless as (
    select source, account_id, 'active around the clock on more than 5 days' as suspicion
    from (
        select source, account_id, cast(hour_start as date) as day
        from hourly group by all having count(*) = 24
    )
    group by source, account_id having count(*) > 5
),
gaps as (
    select source, account_id, epoch(occurred_at - lag(occurred_at) over (
        partition by source, account_id order by occurred_at
    )) as gap
    from acted where has_exact_time
),
regular as (
    select source, account_id, 'events at regular intervals' as suspicion
    from gaps where gap is not null
    group by source, account_id
    having count(*) >= 49 and avg(gap) > 0 and stddev_samp(gap) / avg(gap) < 0.1
),
texts as (
    select messages.source, messages.author_account_id as account_id, messages.text_signature,
        count(*) as n_messages
    from staging.stg_messages as messages
    inner join identity.accounts as accounts
        on accounts.source = messages.source and accounts.account_id = messages.author_account_id
    where accounts.kind = 'person' and messages.kind <> 'system' and messages.text_signature is not null
    group by all
),
repeating as (
    select source, account_id, 'more than 95 % identical texts' as suspicion
    from texts group by source, account_id
    having sum(n_messages) >= {MIN_SIGNATURES} and max(n_messages) / sum(n_messages) > 0.95
),
suspicions as (
    select * from bursts union all select * from sleepless
    union all select * from regular union all select * from repeating
)
"""

CHECKS: Final = (
    Check(
        id="K9",
        title="events at night",
        table="intermediate.int_activities",
        asset_key=("lake", "messages"),
        description="Share of events between 00 and 05 local time, per source and time zone "
        f"({MIN_TIMED_EVENTS} timed events at least).",
        remedy="check the timezone settings of the source and of the locations",
        needs=("intermediate.int_activities", "intermediate.int_person_timezones"),
        measure=_HOURS + "select subject, n_judged, n_failing, n_failing / n_judged as measured from shares",
        examples=_HOURS + "select subject, subject || ', peak at ' || peak_hour || ' h' as key from shares",
        warn=0.15,
    ),
    Check(
        id="K9_peak",
        title="peak outside office hours",
        table="intermediate.int_activities",
        asset_key=("lake", "messages"),
        description="Hours between the busiest local hour and the span 9 to 17.",
        remedy="check the timezone settings of the source and of the locations",
        needs=("intermediate.int_activities", "intermediate.int_person_timezones"),
        measure=_HOURS
        + """
            select subject, n_judged, (peak_hour not between 9 and 17)::integer as n_failing,
                greatest(9 - peak_hour, peak_hour - 17, 0)::double as measured
            from shares
        """,
        examples=_HOURS
        + """
            select subject, subject || ', peak at ' || peak_hour || ' h' as key
            from shares where peak_hour not between 9 and 17
        """,
        warn=2.0,
        unit="count",
    ),
    Check(
        id="K10",
        title="accounts that act like machines",
        table="identity.accounts",
        asset_key=("identity", "accounts"),
        description="Person accounts with over 200 events in an hour, activity in all 24 hours on more than "
        "5 days, events at regular intervals, or almost only identical texts. Nothing is removed.",
        remedy="review them; where one is a bot, say so in the identity overrides",
        needs=("intermediate.int_activities", "identity.accounts", "staging.stg_messages"),
        measure=_SUSPICIONS
        + """
            select source as subject, count(distinct account_id) as n_judged, n_judged as n_failing,
                n_judged::double as measured
            from suspicions group by source
            union all select 'all sources', 0, 0, 0.0
        """,
        examples=_SUSPICIONS
        + "select source as subject, account_id || ': ' || suspicion as key from suspicions order by key",
        warn=0.0,
        unit="count",
    ),
)
