with

answers as (

    select *
    from {{ ref("int_answers") }}
    where not is_own and person_key is not null

),

person_months as (

    select * from {{ ref("int_person_months") }}

),

quarters as (

    -- The last month of each quarter that has begun.
    select
        {{ quarter_of("month_start") }} as quarter_start,
        max(month_start) as month_start
    from {{ source("reference", "months") }}
    group by {{ quarter_of("month_start") }}

),

observed_sources as (

    select count(*) as n_sources
    from {{ source("reference", "sources") }}
    where kind = 'collaboration' and reactions_reason is null

),

persons as (

    select
        person_months.person_key,
        quarters.quarter_start
    from person_months
    inner join quarters on person_months.month_start = quarters.month_start
    where person_months.is_employed_month_end and not person_months.is_opted_out

),

summed_answers as (

    select
        person_key,
        {{ quarter_of("local_date") }} as quarter_start,
        count(*) as n_answers,
        sum(case when is_accepted then 1 else 0 end) as n_accepted
    from answers
    group by person_key, {{ quarter_of("local_date") }}

),

counted_persons as (

    -- NULL, not 0, where no source shows what is accepted.
    select
        persons.person_key,
        persons.quarter_start,
        coalesce(summed_answers.n_answers, 0) as n_answers,
        case
            when observed_sources.n_sources > 0 then coalesce(summed_answers.n_accepted, 0)
        end as n_accepted
    from persons
    cross join observed_sources
    left join summed_answers
        on
            persons.person_key = summed_answers.person_key
            and persons.quarter_start = summed_answers.quarter_start

),

ranked_persons as (

    select
        *,
        100.0 * (
            rank() over (partition by quarter_start order by n_accepted) - 1
            + 0.5 * count(*) over (partition by quarter_start, n_accepted)
        ) / count(*) over (partition by quarter_start) as percentile
    from counted_persons

),

final as (

    select
        person_key,
        quarter_start,
        cast(n_answers as integer) as n_answers,
        cast(n_accepted as integer) as n_accepted_answers,
        case when n_accepted is not null then cast(percentile as double) end
            as accepted_answers_percentile
    from ranked_persons

)

select * from final
