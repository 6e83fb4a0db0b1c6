{{ config(materialized="view") }}

with

all_interactions as (

    select * from {{ ref("int_message_interactions") }}
    union all
    select * from {{ ref("int_thread_interactions") }}
    union all
    select * from {{ ref("int_meeting_interactions") }}

)

select * from all_interactions
