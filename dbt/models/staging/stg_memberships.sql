with

observed_memberships as (

    -- Without a time of leaving somebody was a member when the export was made.
    select
        source,
        channel_id,
        account_id,
        {{ utc_timestamp("joined_at") }} as joined_at,
        {{ utc_timestamp("left_at") }} as left_at,
        {{ utc_timestamp("_observed_at") }} as observed_at,
        case when left_at is null then {{ utc_timestamp("_observed_at") }} end as listed_at
    from {{ source("lake", "memberships") }}

),

summed_memberships as (

    select
        source,
        channel_id,
        account_id,
        max(joined_at) as joined_at,
        max(left_at) as left_at,
        max(listed_at) as listed_at,
        min(observed_at) as observed_from
    from observed_memberships
    group by source, channel_id, account_id

),

observed_channels as (

    select
        source,
        channel_id,
        min(observed_from) as observed_from
    from summed_memberships
    group by source, channel_id

),

exports as (

    select
        source,
        {{ utc_timestamp("_observed_at") }} as observed_at,
        {{ utc_timestamp("min(covered_from)") }} as covered_from
    from {{ source("lake", "source_coverage") }}
    group by source, _observed_at

),

final as (

    -- Whoever is first listed by a later export than the channel has joined by then; the first
    -- list is taken to hold as far back as its export looks.
    select
        summed_memberships.channel_id,
        summed_memberships.account_id,
        summed_memberships.source,
        coalesce(
            summed_memberships.joined_at,
            case
                when summed_memberships.observed_from > observed_channels.observed_from
                    then summed_memberships.observed_from
                else exports.covered_from
            end
        ) as joined_at,
        case
            when
                summed_memberships.listed_at is null
                or summed_memberships.left_at > summed_memberships.listed_at
                then summed_memberships.left_at
        end as left_at
    from summed_memberships
    inner join observed_channels
        on
            summed_memberships.source = observed_channels.source
            and summed_memberships.channel_id = observed_channels.channel_id
    left join exports
        on
            observed_channels.source = exports.source
            and observed_channels.observed_from = exports.observed_at

)

select * from final
