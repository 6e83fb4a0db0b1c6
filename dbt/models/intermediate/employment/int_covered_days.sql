{#- An ISO date, or empty for none. -#}
{% set go_live = var("go_live") %}
{% set kinds = ["engagement", "network", "retention", "reading"] %}

with

calendar as (

    select * from {{ source("reference", "calendar_days") }}

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

coverage as (

    select * from {{ ref("stg_source_coverage") }}

),

days as (

    select
        date,
        max(case when is_covered then 1 else 0 end) as is_engagement_covered
    from calendar
    group by date

),

covered_ranges as (

    -- By whole days: exports that look at every channel tell the same thing many times.
    select distinct
        source,
        case when {{ list_holds("contains", "'meetings'") }} then 0 else 1 end as has_messages,
        cast(covered_from as date) as first_date,
        case
            when covered_to > cast(covered_to as date) then cast(covered_to as date)
            else {{ add_days("cast(covered_to as date)", -1) }}
        end as last_date,
        {{ list_holds("contains", "'views'") }} as has_views
    from coverage

),

covered_days as (

    select
        days.date,
        max(case when feeds.has_network then 1 else 0 end) as is_network_covered,
        max(
            case
                when feeds.has_retention and feeds.has_visible_contributions
                    then covered_ranges.has_messages
                else 0
            end
        ) as is_retention_covered,
        max(case when feeds.has_engagement and covered_ranges.has_views then 1 else 0 end)
            as is_reading_covered
    from days
    inner join covered_ranges
        on
            days.date >= covered_ranges.first_date
            and days.date <= covered_ranges.last_date
    inner join feeds on covered_ranges.source = feeds.source
    where feeds.kind = 'collaboration'
    group by days.date

),

uncovered_feeds as (

    -- A source that never states what it covers is taken at the calendar's word.
    select
        max(case when feeds.has_network then 1 else 0 end) as has_network,
        max(case when feeds.has_retention then 1 else 0 end) as has_retention
    from feeds
    left join coverage on feeds.source = coverage.source
    where
        coverage.source is null
        and feeds.kind = 'collaboration'
        and feeds.has_engagement
        and feeds.has_visible_contributions

),

combined_days as (

    select
        days.date,
        days.is_engagement_covered,
        greatest(
            coalesce(covered_days.is_network_covered, 0),
            days.is_engagement_covered * coalesce(uncovered_feeds.has_network, 0)
        ) as is_network_covered,
        greatest(
            coalesce(covered_days.is_retention_covered, 0),
            days.is_engagement_covered * coalesce(uncovered_feeds.has_retention, 0)
        ) as is_retention_covered,
        coalesce(covered_days.is_reading_covered, 0) as is_reading_covered
    from days
    cross join uncovered_feeds
    left join covered_days on days.date = covered_days.date

),

final as (

    select
        date,
    {% for kind in kinds %}
    is_{{ kind }}_covered = 1
    {% if go_live %}and date >= cast('{{ go_live }}' as date){% endif %}
        as is_{{ kind }}_covered{{ "," if not loop.last }}
    {% endfor %}
    from combined_days

)

select * from final
