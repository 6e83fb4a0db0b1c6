"""Checks of who is who: accounts to persons, persons to employment (K2, K3, K4, K6, K12, K13)."""

from __future__ import annotations

from typing import Final

from assets.quality.definition import Check

MIN_EVENTS: Final = 50
MIN_ACCOUNTS: Final = 10
"""Below these a share of matched accounts says more about the file's size than about matching."""
MIN_UNIT_PERSONS: Final = 10

_AUTHORED: Final = """
with authored as (
    select messages.source, messages.author_account_id as account_id, accounts.person_key,
        cast(messages.sent_at as date) as sent_on, count(*) as n_messages
    from staging.stg_messages as messages
    inner join identity.accounts as accounts
        on accounts.source = messages.source and accounts.account_id = messages.author_account_id
    where messages.kind <> 'system' and accounts.kind = 'person' and messages.sent_at is not null
    group by all
)
"""

_ACTIVE: Final = (
    _AUTHORED
    + """
, active as (
    select source, account_id, max(person_key) is null as is_unmatched,
        sum(n_messages) as n_messages
    from authored group by source, account_id
)
"""
)

_ORPHANS: Final = (
    _AUTHORED
    + """
, placed as (
    select authored.source, authored.account_id, authored.sent_on,
        bool_or(spells.spell_key is not null) as is_employed
    from authored
    left join intermediate.int_spells as spells
        on spells.person_key = authored.person_key
        and authored.sent_on >= coalesce(spells.hire_date, date '0001-01-01')
        and authored.sent_on <= coalesce(spells.termination_date, date '9999-12-31')
    group by all
),
orphans as (
    select source, account_id, bool_or(not is_employed) as is_orphan
    from placed group by all
)
"""
)

_UNIT_COVERAGE: Final = f"""
with present as (
    select org_unit_key, has_account
    from intermediate.int_person_months
    where is_employed_month_end
        and month_start = (
            select max(month_start) from intermediate.int_person_months where is_employed_month_end
        )
),
units as (
    select org_unit_key, count(*) as n_persons, count(*) filter (where not has_account) as n_without,
        avg(has_account::integer) as unit_share
    from present group by org_unit_key
    having count(*) >= {MIN_UNIT_PERSONS}
),
gaps as (
    select org_unit_key, n_persons,
        -- one person without an account decides nothing: in a unit of ten that alone is 10 points
        if(n_without = 1, null, (select avg(has_account::integer) from present) - unit_share) as gap
    from units
)
"""

_OUTSIDE: Final = """
with dated as (
    select distinct person_key from intermediate.int_spells where has_employment_dates
),
days as (
    select activities.source, activities.person_key, activities.account_key, activities.local_date,
        count(*) as n_events
    from intermediate.int_activities as activities
    inner join dated using (person_key)
    group by all
),
placed as (
    select days.source, days.account_key, days.local_date, days.n_events,
        bool_or(spells.spell_key is not null) as is_inside
    from days
    left join intermediate.int_spells as spells
        on spells.person_key = days.person_key
        and days.local_date >= coalesce(spells.hire_date, date '0001-01-01') - 1
        and days.local_date <= coalesce(spells.termination_date, date '9999-12-30') + 1
    group by all
)
"""

CHECKS: Final = (
    Check(
        id="K2",
        title="identity match rate",
        table="identity.accounts",
        asset_key=("identity", "accounts"),
        description="Share of a source's messages by person accounts whose author is a person in HR. "
        f"Judged from {MIN_EVENTS} messages on.",
        remedy="add aliases or identity overrides (the match report lists the unmatched accounts), "
        "or set quality.K2 with a reason",
        needs=("staging.stg_messages", "identity.accounts"),
        measure=_ACTIVE
        + f"""
            select source as subject, sum(n_messages) as n_judged,
                coalesce(sum(n_messages) filter (where is_unmatched), 0) as n_failing,
                if(n_judged >= {MIN_EVENTS}, 1 - n_failing / n_judged, null) as measured
            from active group by source
        """,
        examples=_ACTIVE
        + """
            select source as subject, account_id as key from active
            where is_unmatched order by n_messages desc, account_id
        """,
        warn=0.97,
        block=0.90,
        direction="at_least",
        needs_hr=True,
    ),
    Check(
        id="K2_accounts",
        title="matched accounts",
        table="identity.accounts",
        asset_key=("identity", "accounts"),
        description="Share of a source's active person accounts that belong to a person in HR. "
        f"Judged from {MIN_ACCOUNTS} accounts on.",
        remedy="add aliases or identity overrides",
        needs=("staging.stg_messages", "identity.accounts"),
        measure=_ACTIVE
        + f"""
            select source as subject, count(*) as n_judged,
                count(*) filter (where is_unmatched) as n_failing,
                if(n_judged >= {MIN_ACCOUNTS}, 1 - n_failing / n_judged, null) as measured
            from active group by source
        """,
        examples=_ACTIVE
        + "select source as subject, account_id as key from active where is_unmatched order by key",
        warn=0.97,
        direction="at_least",
        needs_hr=True,
    ),
    Check(
        id="K2_units",
        title="units with few accounts",
        table="intermediate.int_person_months",
        asset_key=("identity", "accounts"),
        description="How far a unit's share of employees with an account lies below the organisation's, "
        f"in the last month, for units of at least {MIN_UNIT_PERSONS} where not just one person is without: "
        "figures of such a unit are biased.",
        remedy="look whether that unit uses another platform or another e-mail domain",
        needs=("intermediate.int_person_months",),
        measure=_UNIT_COVERAGE
        + """
            select 'org unit ' || org_unit_key as subject, n_persons as n_judged,
                coalesce(gap > 0.05, false)::integer as n_failing, gap as measured
            from gaps
        """,
        examples=_UNIT_COVERAGE
        + """
            select 'org unit ' || org_unit_key as subject, 'org unit ' || org_unit_key as key
            from gaps where gap > 0.05 order by gap desc
        """,
        warn=0.05,
        needs_hr=True,
    ),
    Check(
        id="K3",
        title="accounts without employment",
        table="identity.accounts",
        asset_key=("identity", "accounts"),
        description="Share of active person accounts that wrote on a day without a spell of employment.",
        remedy="tell security about activity after an exit; add missing people to the HR feed",
        needs=("staging.stg_messages", "identity.accounts", "intermediate.int_spells"),
        measure=_ORPHANS
        + f"""
            select source as subject, count(*) as n_judged, count(*) filter (where is_orphan) as n_failing,
                if(n_judged >= {MIN_ACCOUNTS}, n_failing / n_judged, null) as measured
            from orphans group by source
        """,
        examples=_ORPHANS
        + "select source as subject, account_id as key from orphans where is_orphan order by key",
        warn=0.01,
        needs_hr=True,
    ),
    Check(
        id="K4",
        title="accounts of two persons",
        table="identity.accounts",
        asset_key=("identity", "accounts"),
        description="Accounts mapped to more than one person.",
        remedy="decide with an identity override which person the account belongs to",
        needs=("identity.accounts",),
        measure="""
            select source as subject, count(*) as n_judged,
                count(*) filter (where n_persons > 1) as n_failing, n_failing::double as measured
            from (
                select source, account_id, count(distinct person_key) as n_persons
                from identity.accounts group by all
            ) group by source
        """,
        examples="""
            select source as subject, account_id as key from identity.accounts
            group by all having count(distinct person_key) > 1 order by key
        """,
        block=0.0,
        unit="count",
    ),
    Check(
        id="K6",
        title="activity outside employment",
        table="intermediate.int_activities",
        asset_key=("identity", "accounts"),
        description="Share of dated employees' activities more than one day before hire or after exit. "
        f"Judged from {MIN_EVENTS} activities on.",
        remedy="check hire and termination dates, and whether a left person's account is in use",
        needs=("intermediate.int_activities", "intermediate.int_spells"),
        measure=_OUTSIDE
        + f"""
            select source as subject, sum(n_events) as n_judged,
                coalesce(sum(n_events) filter (where not is_inside), 0) as n_failing,
                if(n_judged >= {MIN_EVENTS}, n_failing / n_judged, null) as measured
            from placed group by source
        """,
        examples=_OUTSIDE
        + """
            select distinct source as subject, 'account ' || account_key || ' on ' || min(local_date) as key
            from placed where not is_inside group by source, account_key order by key
        """,
        warn=0.005,
        needs_hr=True,
    ),
    Check(
        id="K12_reasons",
        title="unclassified exits",
        table="staging.stg_spells",
        asset_key=("lake", "spells"),
        description="Exits whose reason was given but is not known to the mapping of termination types; "
        "they count as unclassified, never as voluntary.",
        remedy="deliver termination_type, or have the HR reader map the new reason code",
        needs=("staging.stg_spells",),
        measure="""
            select 'exits' as subject, count(*) as n_judged,
                count(*) filter (where termination_type = 'unknown' and reason is not null) as n_failing,
                n_failing / nullif(n_judged, 0) as measured
            from staging.stg_spells where termination_date is not null
        """,
        examples="""
            select 'exits' as subject, worker_id as key from staging.stg_spells
            where termination_date is not null and termination_type = 'unknown' and reason is not null
            order by key
        """,
        warn=0.0,
        needs_hr=True,
    ),
)
