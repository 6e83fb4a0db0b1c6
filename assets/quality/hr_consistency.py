"""K13: do the HR records contradict themselves?

The reader and staging put contradictory rows (overlapping spells, a termination before the
hire) into quarantine. This check counts workers with such rows, and workers on whom a
contradiction is still to be seen, and blocks above 1 % of all workers (metric specification,
K13).
"""

from __future__ import annotations

from typing import Final

from assets.quality.definition import Check

_CONTRADICTIONS: Final = """
with recursive overlapping as (
    select distinct earlier.worker_id
    from staging.stg_spells as earlier
    inner join staging.stg_spells as later
        on earlier.worker_id = later.worker_id
        and earlier.spell_number < later.spell_number
        and coalesce(later.hire_date, date '0001-01-01')
            <= coalesce(earlier.termination_date, date '9999-12-31')
        and coalesce(earlier.hire_date, date '0001-01-01')
            <= coalesce(later.termination_date, date '9999-12-31')
),
reversed as (
    select distinct worker_id from staging.stg_spells where termination_date < hire_date
),
managers as (
    select person_key, manager_person_key
    from intermediate.int_jobs
    where valid_to is null and manager_person_key is not null and manager_person_key <> person_key
),
chains as (
    select person_key, manager_person_key, [person_key] as path from managers
    union all
    select chains.person_key, managers.manager_person_key,
        list_append(chains.path, managers.person_key)
    from chains
    inner join managers on managers.person_key = chains.manager_person_key
    where not list_contains(chains.path, managers.person_key) and len(chains.path) < 60
),
circular as (
    select distinct person_key from chains where manager_person_key = person_key
),
quarantined as (
    select distinct coalesce(original_id, left(_file_sha256, 12) || ' ' || position) as key
    from lake_quarantine
    where target_table in ('workers', 'spells', 'jobs', 'employees')
),
offending as (
    select 'overlapping spells' as reason, worker_id as key from overlapping
    union all select 'termination before hire', worker_id from reversed
    union all select 'manager cycle', 'person ' || person_key from circular
    union all select 'quarantined', key from quarantined
)
"""

_MANAGERS: Final = """
with days as (
    select as_of_date from reference.calendar_bounds
),
employed as (
    select distinct spells.person_key
    from intermediate.int_spells as spells cross join days
    where coalesce(spells.hire_date, date '0001-01-01') <= as_of_date
        and coalesce(spells.termination_date, date '9999-12-31') >= as_of_date
),
current_jobs as (
    select jobs.person_key, arg_max(jobs.manager_person_key, coalesce(jobs.valid_from, date '0001-01-01'))
        as manager_person_key
    from intermediate.int_jobs as jobs
    inner join employed using (person_key)
    cross join days
    where coalesce(jobs.valid_from, date '0001-01-01') <= as_of_date
        and coalesce(jobs.valid_to, date '9999-12-31') > as_of_date
    group by jobs.person_key
),
judged as (
    select current_jobs.person_key,
        current_jobs.manager_person_key is not null and managers.person_key is null as is_without
    from current_jobs
    left join employed as managers on managers.person_key = current_jobs.manager_person_key
)
"""

CHECKS: Final = (
    Check(
        id="K13",
        title="HR consistency",
        table="staging.stg_spells",
        asset_key=("lake", "spells"),
        description="Share of workers with overlapping spells, a termination before the hire, a manager "
        "cycle, or rows in quarantine for such a reason.",
        remedy="correct these workers in the HR system and deliver the files again "
        "(kithwork quarantine show)",
        needs=(
            "staging.stg_spells",
            "staging.stg_workers",
            "intermediate.int_jobs",
            "lake_quarantine",
        ),
        measure=_CONTRADICTIONS
        + """
            , counted as (
                select (select count(*) from staging.stg_workers) as n_workers,
                    (select count(distinct key) from offending) as n_offending
            )
            select 'workers' as subject, n_workers as n_judged, n_offending as n_failing,
                n_offending / nullif(n_workers, 0) as measured
            from counted
        """,
        examples=_CONTRADICTIONS
        + "select 'workers' as subject, reason || ': ' || key as key from offending order by key",
        warn=0.0,
        block=0.01,
        needs_hr=True,
    ),
    Check(
        id="K13_managers",
        title="managers who left",
        table="intermediate.int_jobs",
        asset_key=("lake", "jobs"),
        description="Share of employed persons whose manager is not employed on the last covered day.",
        remedy="ask HR for the new managers; figures along the hierarchy miss these people",
        needs=("intermediate.int_jobs", "intermediate.int_spells", "reference.calendar_bounds"),
        measure=_MANAGERS
        + """
            select 'persons' as subject, count(*) as n_judged,
                count(*) filter (where is_without) as n_failing,
                n_failing / nullif(n_judged, 0) as measured
            from judged
        """,
        examples=_MANAGERS
        + """
            select 'persons' as subject, 'person ' || person_key as key from judged
            where is_without order by person_key
        """,
        warn=0.01,
        needs_hr=True,
    ),
    Check(
        id="K13_roots",
        title="persons without manager",
        table="intermediate.int_jobs",
        asset_key=("lake", "jobs"),
        description="Employed persons without a manager, beyond one at the top. Not judged where the HR "
        "feed gives no managers at all.",
        remedy="fill manager_id in the HR feed, or accept several tops",
        needs=("intermediate.int_jobs", "intermediate.int_spells", "reference.calendar_bounds"),
        measure=_MANAGERS
        + """
            select 'persons' as subject, count(*) as n_judged,
                count(*) filter (
                    where coalesce(manager_person_key, person_key) = person_key
                ) as n_failing,
                if(n_failing < n_judged, greatest(n_failing - 1, 0)::double, null) as measured
            from current_jobs
        """,
        examples=_MANAGERS
        + """
            select 'persons' as subject, 'person ' || person_key as key from current_jobs
            where coalesce(manager_person_key, person_key) = person_key order by person_key
        """,
        warn=0.0,
        unit="count",
        needs_hr=True,
    ),
)
