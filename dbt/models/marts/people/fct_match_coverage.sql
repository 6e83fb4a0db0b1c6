with

accounts as (

    select * from {{ ref("int_accounts") }}

),

identified_accounts as (

    select * from {{ source("identity", "accounts") }}

),

persons as (

    select * from {{ ref("dim_person") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

feeds as (

    select * from {{ source("reference", "sources") }}
    where kind = 'collaboration'

),

finality as (

    -- The last covered day is as final as the month that holds it.
    select min(case when is_final then 1 else 0 end) = 1 as is_final
    from {{ source("reference", "months") }}

),

employed_persons as (

    -- Who is expected to have an account on the last covered day.
    select
        person_key,
        coalesce(org_unit_key, 0) as org_unit_key
    from persons
    where
        is_employed
        and not is_opted_out
        and {{ counts_in_population("is_contingent") }}

),

persons_of_units as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        employed_persons.person_key
    from employed_persons
    inner join ancestors on employed_persons.org_unit_key = ancestors.org_unit_key

),

person_accounts as (

    select
        source,
        person_key,
        count(*) as n_accounts
    from accounts
    where is_counted
    group by source, person_key

),

summed_units as (

    select
        feeds.source,
        persons_of_units.org_unit_key,
        count(*) as n_population,
        count(person_accounts.person_key) as n_matched_persons,
        coalesce(sum(person_accounts.n_accounts), 0) as n_matched_accounts
    from feeds
    cross join persons_of_units
    left join person_accounts
        on
            feeds.source = person_accounts.source
            and persons_of_units.person_key = person_accounts.person_key
    group by feeds.source, persons_of_units.org_unit_key

),

summed_sources as (

    -- An unmatched account belongs to no unit, so these stand at the whole organisation only.
    select
        source,
        cast(0 as bigint) as org_unit_key,
        sum(case when kind = 'person' then 1 else 0 end) as n_person_accounts,
        sum(case when kind = 'person' and person_key is null then 1 else 0 end)
            as n_unmatched_accounts,
        sum(case when kind <> 'person' then 1 else 0 end) as n_other_accounts
    from identified_accounts
    group by source

),

final as (

    select
        summed_units.source,
        summed_units.org_unit_key,
        cast(summed_units.n_population as integer) as n_population,
        cast(summed_units.n_population as integer) as n_defined,
        0 as n_partial,
        cast(summed_units.n_matched_persons as integer) as n_matched_persons,
        cast(summed_units.n_matched_accounts as integer) as n_matched_accounts,
        cast(summed_sources.n_person_accounts as integer) as n_person_accounts,
        cast(summed_sources.n_unmatched_accounts as integer) as n_unmatched_accounts,
        cast(summed_sources.n_other_accounts as integer) as n_other_accounts,
        cast(1.0 * summed_units.n_matched_persons / summed_units.n_population as double)
            as match_coverage,
        cast(
            1
            - 1.0
            * summed_sources.n_unmatched_accounts
            / nullif(summed_sources.n_person_accounts, 0)
            as double
        ) as account_match_rate,
        case
            when summed_units.org_unit_key <> 0 then 'accounts_have_no_unit'
            when coalesce(summed_sources.n_person_accounts, 0) = 0 then 'no_accounts'
        end as account_match_reason,
        finality.is_final,
        cast(null as varchar) as suppression_reason
    from summed_units
    cross join finality
    left join summed_sources
        on
            summed_units.source = summed_sources.source
            and summed_units.org_unit_key = summed_sources.org_unit_key

)

select * from final
