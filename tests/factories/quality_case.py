"""A healthy little organisation as a working file and a lake, in which tests plant one defect each.

40 people with an account each, one source, about 100 messages on every workday from January to
September 2024, replies and reactions, HR with a manager chain. Every number is a function of
the row number: no chance is involved.
"""

from __future__ import annotations

from pathlib import Path

from tests.factories.lake import write_lake
from tests.factories.working_file import execute, write_working_file

LAST_DAY = "2024-09-30"

HEALTHY = (
    f"insert into reference.calendar_bounds values ('2024-01-01', '{LAST_DAY} 17:00', '{LAST_DAY}', 'UTC')",
    """
    insert into reference.calendar_days
    select '', d::date, isodow(d) <= 5 and d <> timestamp '2024-05-01', true
    from generate_series(timestamp '2023-01-01', timestamp '2024-09-30', interval 1 day) t(d)
    """,
    """
    insert into identity.accounts
    select i, md5('account' || i), 'chat', 'person', i, 'email' from range(1, 41) t(i)
    """,
    f"""
    insert into staging.stg_source_coverage values
        ('chat', null, '2024-01-01', '{LAST_DAY} 17:00', ['messages']),
        ('chat', null, '2023-12-04', '{LAST_DAY} 17:00', ['meetings'])
    """,
    """
    insert into staging.stg_meetings
    select 'chat', 'meeting' || i, i % 10 = 0, timestamp '2024-02-05 09:00' + to_days(i // 2),
        timestamp '2024-02-05 10:00' + to_days(i // 2)
    from range(100) t(i)
    """,
    """
    insert into staging.stg_attendances
    select 'chat', 'meeting' || i, md5('account' || (1 + (i * 3 + n) % 40)), 'accepted', null
    from range(100) t(i), range(3) p(n)
    """,
    """
    insert into staging.stg_messages
    select 'chat', 'm' || d::date || '-' || i, 'c' || (i % 5),
        if(i % 4 = 0 and i > 0, 'm' || d::date || '-' || (i - 1), null),
        md5('account' || (1 + (i * 7 + dayofyear(d)) % 40)),
        if(i % 4 = 0 and i > 0, 'reply', 'post'),
        d + interval 9 hour + to_seconds((i * 263 + (i * i * 97) % 179) % 28800),
        md5('text' || d || i)
    from generate_series(timestamp '2024-01-01', timestamp '2024-09-30', interval 1 day) t(d),
        range(0, 120) n(i)
    where isodow(d) <= 5 and i < 90 + (dayofyear(d) * 7) % 23
    """,
    """
    insert into staging.stg_reactions
    select source, message_id, author_account_id, sent_at + interval 7 minute
    from staging.stg_messages where hash(message_id) % 3 = 0
    """,
    "insert into staging.stg_workers select md5('worker' || i) from range(1, 41) t(i)",
    """
    insert into staging.stg_spells
    select md5('worker' || i), 1, date '2020-01-01', null, null, null from range(1, 41) t(i)
    """,
    """
    insert into intermediate.int_spells
    select i, i, date '2020-01-01', null, true from range(1, 41) t(i)
    """,
    """
    insert into intermediate.int_jobs
    select i, date '2020-01-01', null, if(i = 1, null, i // 6 + 1) from range(1, 41) t(i) where i <> 1
    """,
    "insert into intermediate.int_jobs values (1, '2020-01-01', null, null)",
    "insert into intermediate.int_person_timezones "
    "select i, date '2000-01-01', null, 'Europe/Warsaw' from range(1, 41) t(i)",
    """
    insert into intermediate.int_activities
    select m.source, m.kind, a.person_key, a.account_key,
        timezone('UTC', timezone('Europe/Warsaw', m.sent_at)), true,
        cast(m.sent_at as date), m.sent_at
    from staging.stg_messages as m inner join identity.accounts as a
        on a.account_id = m.author_account_id
    """,
    """
    insert into intermediate.int_person_months
    select i, date '2024-09-01', i % 3, true, true from range(1, 41) t(i)
    """,
    """
    create table marts.fct_scorecard_fairness_month (
        month_start date, score varchar, attribute_name varchar, attribute_value varchar,
        n_defined integer, standardised_difference double, is_beyond_limit boolean, is_final boolean
    );
    create table marts.fct_participation_org_month as
    select 0::bigint as org_unit_key, date '2024-09-01' as month_start, 40::bigint as n_population,
        40::bigint as n_defined, 0.9::double as participation_rate
    """,
)


def write_case(folder: Path, *defects: str, lake: dict | None = None) -> tuple[Path, Path]:
    """The healthy organisation, then the defects as SQL; the working file and the lake folder."""
    working = write_working_file(folder / "kithwork.duckdb")
    execute(working, *HEALTHY, *defects)
    return working, write_lake(folder / "lake", lake or {})
