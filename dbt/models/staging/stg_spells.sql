with

ranked_files as (

    -- A file states all spells of the workers that it describes, so the latest one
    -- replaces what earlier ones said.
    select
        *,
        dense_rank() over (
            partition by worker_id
            order by {{ newest_first() }}
        ) as file_rank
    from {{ source("lake", "spells") }}

),

numbered_rows as (

    select
        *,
        row_number() over (
            partition by worker_id, spell_number
            order by hire_date desc nulls last, termination_date desc nulls first
        ) as row_rank
    from ranked_files
    where file_rank = 1

),

latest_spells as (

    select
        worker_id,
        source,
        reason,
        termination_type,
        spell_number,
        hire_date,
        termination_date,
        notice_date,
        is_regretted
    from numbered_rows
    where row_rank = 1

)

select * from latest_spells
