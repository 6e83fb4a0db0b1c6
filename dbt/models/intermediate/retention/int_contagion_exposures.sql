{{ config(materialized="view") }}

{#- With so many months of history the headline lag is six months (H3), else three. -#}
{% set long_history_months = 24 %}

with

risk_months as (

    select * from {{ ref("int_retention_person_months") }}

),

spells as (

    select * from {{ ref("int_spells") }}

),

ties as (

    select * from {{ ref("fct_tie_month") }}

),

employed_months as (

    select * from {{ ref("int_person_months") }}

),

months as (

    select * from {{ source("reference", "months") }}

),

collaboration_feeds as (

    select min(case when has_network and not has_retention then 0 else 1 end) as allows_retention
    from {{ source("reference", "sources") }}
    where kind = 'collaboration'

),

history as (

    -- Ties are those of the month before the exposure window: lag and window together.
    select case when count(*) >= {{ long_history_months }} then 9 else 6 end as months_before
    from months

),

person_months as (

    select
        risk_months.person_key,
        risk_months.month_start,
        history.months_before
    from risk_months
    cross join history

),

{{ contagion_exposures("person_months", "person_months.months_before") }}

select
    person_key,
    month_start,
    exposure,
    team_exposure
from contagion
