with

accounts as (

    select * from {{ source("identity", "accounts") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

identified_workers as (

    select * from {{ source("identity", "workers") }}

),

workers as (

    select * from {{ ref("stg_workers") }}

),

contingent_persons as (

    select
        identified_workers.person_key,
        bool_and(workers.is_contingent) as is_contingent
    from workers
    inner join identified_workers
        on workers.worker_id = identified_workers.worker_id
    group by identified_workers.person_key

),

counted_accounts as (

    select
        accounts.account_key,
        accounts.account_id,
        accounts.person_key,
        accounts.source,
        accounts.kind,
        (
            accounts.kind = 'person'
            and accounts.person_key is not null
            and not coalesce(persons.is_opted_out, false)
            and (
                {{ var("include_contingent") }}
                or not coalesce(contingent_persons.is_contingent, false)
            )
        ) as is_counted
    from accounts
    left join persons
        on accounts.person_key = persons.person_key
    left join contingent_persons
        on accounts.person_key = contingent_persons.person_key

)

select * from counted_accounts
