with

reported_values as (

    select * from {{ ref("stg_success_metrics") }}

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

org_units as (

    select * from {{ ref("int_org_units") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

workers as (

    select * from {{ source("identity", "workers") }}

),

person_months as (

    select * from {{ ref("int_person_months") }}

),

dated_values as (

    -- A period belongs to the month of its last day.
    select
        reported_values.*,
        months.month_start,
        months.is_final,
        feeds.has_engagement,
        feeds.has_network
    from reported_values
    inner join feeds on reported_values.source = feeds.source
    inner join months
        on {{ month_of(add_days("reported_values.period_end", -1)) }} = months.month_start
    where feeds.has_engagement or feeds.has_network

),

unit_values as (

    select
        dated_values.metric,
        'org_unit' as entity_type,
        dated_values.unit,
        dated_values.higher_is_better,
        dated_values.has_engagement,
        dated_values.has_network,
        org_units.org_unit_key,
        dated_values.month_start,
        dated_values.is_final,
        dated_values.value,
        cast(null as bigint) as person_key
    from dated_values
    inner join org_units on dated_values.entity_id = org_units.org_unit_id
    where dated_values.entity_type = 'org_unit'

),

person_values as (

    -- People count in the group that they belong to in that month.
    select
        dated_values.metric,
        'person' as entity_type,
        dated_values.unit,
        dated_values.higher_is_better,
        dated_values.has_engagement,
        dated_values.has_network,
        person_months.group_key as org_unit_key,
        dated_values.month_start,
        dated_values.is_final,
        dated_values.value,
        person_months.person_key
    from dated_values
    inner join workers on dated_values.entity_id = workers.worker_id
    inner join person_months
        on
            workers.person_key = person_months.person_key
            and dated_values.month_start = person_months.month_start
    where
        dated_values.entity_type = 'person'
        and not person_months.is_opted_out
        and person_months.group_key is not null

),

all_values as (

    select * from unit_values
    union all
    select * from person_values

),

averaged_values as (

    -- Several periods within a month (weeks) count as their mean.
    select
        metric,
        entity_type,
        org_unit_key,
        month_start,
        max(unit) as unit,
        bool_and(higher_is_better) as higher_is_better,
        bool_and(has_engagement) as has_engagement,
        bool_and(has_network) as has_network,
        bool_and(is_final) as is_final,
        cast(avg(cast(value as decimal(28, 9))) as double) as metric_value,
        count(distinct person_key) as n_rated
    from all_values
    group by metric, entity_type, org_unit_key, month_start

),

counted_persons as (

    select
        ancestors.ancestor_org_unit_key as org_unit_key,
        person_months.month_start,
        count(*) as n_employed
    from person_months
    inner join ancestors on person_months.org_unit_key = ancestors.org_unit_key
    where person_months.is_employed_month_end
    group by ancestors.ancestor_org_unit_key, person_months.month_start

),

sized_values as (

    select
        averaged_values.*,
        org_units.depth,
        case
            when averaged_values.entity_type = 'person' then averaged_values.n_rated
            else coalesce(counted_persons.n_employed, 0)
        end as n_population
    from averaged_values
    inner join org_units on averaged_values.org_unit_key = org_units.org_unit_key
    left join counted_persons
        on
            averaged_values.org_unit_key = counted_persons.org_unit_key
            and averaged_values.month_start = counted_persons.month_start

),

counted_depths as (

    select
        metric,
        entity_type,
        depth,
        row_number() over (
            partition by metric, entity_type
            order by count(*) desc, depth desc
        ) as depth_rank
    from sized_values
    group by metric, entity_type, depth

),

final as (

    -- What people are rated on is an outcome: k_outcome of them make a value.
    select
        sized_values.metric,
        sized_values.entity_type,
        sized_values.org_unit_key,
        cast(sized_values.depth as integer) as depth,
        sized_values.month_start,
        sized_values.unit,
        sized_values.higher_is_better,
        sized_values.has_engagement,
        sized_values.has_network,
        sized_values.is_final,
        cast(sized_values.n_population as integer) as n_population,
        sized_values.n_population
        >= case
            when sized_values.entity_type = 'person' then {{ var("k_outcome") }}
            else {{ var("k_view") }}
        end as is_large_enough,
        sized_values.metric_value,
        counted_depths.depth_rank = 1 as is_compared
    from sized_values
    inner join counted_depths
        on
            sized_values.metric = counted_depths.metric
            and sized_values.entity_type = counted_depths.entity_type
            and sized_values.depth = counted_depths.depth

)

select * from final
