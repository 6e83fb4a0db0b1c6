with

accounts as (

    select * from {{ ref("int_accounts") }}

),

account_versions as (

    select * from {{ ref("stg_accounts") }}

),

feeds as (

    select * from {{ source("reference", "sources") }}

),

provisioned_accounts as (

    -- A platform that does not tell since when an account exists: since ever.
    select
        accounts.person_key,
        feeds.has_engagement,
        feeds.has_network,
        feeds.has_retention,
        feeds.has_visible_contributions,
        feeds.reactions_reason is null as has_reactions,
        coalesce(cast(account_versions.created_at as date), {{ first_date() }}) as provisioned_date
    from accounts
    inner join feeds on accounts.source = feeds.source
    left join account_versions
        on
            accounts.source = account_versions.source
            and accounts.account_id = account_versions.account_id
    where accounts.is_counted

),

first_accounts as (

    select
        person_key,
        min(
            case when has_engagement and has_visible_contributions then provisioned_date end
        ) as engagement_from,
        min(
            case
                when has_engagement and has_visible_contributions and has_reactions
                    then provisioned_date
            end
        ) as reactions_from,
        min(case when has_network then provisioned_date end) as network_from,
        min(
            case when has_retention and has_visible_contributions then provisioned_date end
        ) as retention_from
    from provisioned_accounts
    group by person_key

)

select * from first_accounts
