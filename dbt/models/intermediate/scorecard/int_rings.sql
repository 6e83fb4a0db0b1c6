{{
    config(
        materialized="incremental",
        incremental_strategy="touched_months",
        meta={"rebuilt": {"from": "month_start"}},
    )
}}

{#-
    A ring: at most five people who all give to one another, and of whom one receives more than
    this share from the others (E2).
-#}
{% set ring_share = 0.6 %}
{% set max_partners = 4 %}
{#- Below this many received, any share is chance. -#}
{% set min_received = 10 %}

with

responses as (

    select *
    from {{ ref("int_scorecard_responses") }}
    where {{ is_rebuilt_from("month_start") }}

),

appreciations as (

    select * from {{ ref("int_appreciations") }}

),

population as (

    select *
    from {{ ref("int_scorecard_population") }}
    where {{ is_rebuilt_from("month_start") }}

),

gifts as (

    select
        'reaction' as kind,
        month_start,
        person_key,
        responder_person_key as giver_person_key,
        count(*) as n_given
    from responses
    where response_type = 'reaction'
    group by month_start, person_key, responder_person_key
    union all
    select
        'recognition' as kind,
        population.month_start,
        population.person_key,
        appreciations.from_person_key as giver_person_key,
        count(*) as n_given
    from appreciations
    inner join population
        on
            appreciations.to_person_key = population.person_key
            and appreciations.local_date >= population.observed_from
            and appreciations.local_date < population.observed_to
    where appreciations.is_recognition
    group by population.month_start, population.person_key, appreciations.from_person_key

),

measured_gifts as (

    select
        *,
        sum(n_given) over (partition by kind, month_start, person_key) as n_received
    from gifts

),

mutual_gifts as (

    select measured_gifts.*
    from measured_gifts
    inner join gifts as returned
        on
            measured_gifts.kind = returned.kind
            and measured_gifts.month_start = returned.month_start
            and measured_gifts.person_key = returned.giver_person_key
            and measured_gifts.giver_person_key = returned.person_key

),

ranked_gifts as (

    select
        *,
        row_number() over (
            partition by kind, month_start, person_key
            order by n_given desc, giver_person_key asc
        ) as gift_rank
    from mutual_gifts

),

possible_persons as (

    -- Only where the largest partners together pass the share can any ring do so ...
    select
        kind,
        month_start,
        person_key,
        max(n_received) as n_received,
        sum(case when gift_rank < {{ max_partners }} then n_given else 0 end) as n_of_largest
    from ranked_gifts
    where gift_rank <= {{ max_partners }}
    group by kind, month_start, person_key
    having
        max(n_received) >= {{ min_received }}
        and sum(n_given) > {{ ring_share }} * max(n_received)

),

partners as (

    -- ... and only with partners who, beside the largest ones, bring it above the share.
    select
        mutual_gifts.kind,
        mutual_gifts.month_start,
        mutual_gifts.person_key,
        mutual_gifts.giver_person_key,
        mutual_gifts.n_given,
        possible_persons.n_received
    from possible_persons
    inner join mutual_gifts
        on
            possible_persons.kind = mutual_gifts.kind
            and possible_persons.month_start = mutual_gifts.month_start
            and possible_persons.person_key = mutual_gifts.person_key
    where
        possible_persons.n_of_largest + mutual_gifts.n_given
        > {{ ring_share }} * possible_persons.n_received

),

groups_of_1 as (

    select
        *,
        giver_person_key as partner_1,
        n_given as n_given_together
    from partners

),

befriended_partners as (

    select
        first_partners.kind,
        first_partners.month_start,
        first_partners.person_key,
        first_partners.giver_person_key as first_partner,
        second_partners.giver_person_key as second_partner,
        second_partners.n_given as n_given_2
    from partners as first_partners
    inner join partners as second_partners
        on
            first_partners.kind = second_partners.kind
            and first_partners.month_start = second_partners.month_start
            and first_partners.person_key = second_partners.person_key
            and first_partners.giver_person_key < second_partners.giver_person_key
    inner join mutual_gifts
        on
            first_partners.kind = mutual_gifts.kind
            and first_partners.month_start = mutual_gifts.month_start
            and first_partners.giver_person_key = mutual_gifts.person_key
            and second_partners.giver_person_key = mutual_gifts.giver_person_key

),

{% for size in range(2, max_partners + 1) %}
groups_of_{{ size }} as (

    select
        smaller.kind,
        smaller.month_start,
        smaller.person_key,
        smaller.n_received,
        {% for position in range(1, size) %}
        smaller.partner_{{ position }},
        {% endfor %}
        pair_1.second_partner as partner_{{ size }},
        smaller.n_given_together + pair_1.n_given_2 as n_given_together
    from groups_of_{{ size - 1 }} as smaller
    {% for position in range(1, size) %}
    inner join befriended_partners as pair_{{ position }}
        on
            smaller.kind = pair_{{ position }}.kind
            and smaller.month_start = pair_{{ position }}.month_start
            and smaller.person_key = pair_{{ position }}.person_key
            and smaller.partner_{{ position }} = pair_{{ position }}.first_partner
            {% if position > 1 -%}
            and pair_1.second_partner = pair_{{ position }}.second_partner
            {%- endif %}
    {% endfor %}

),

{% endfor %}
all_groups as (

    {% for size in range(1, max_partners + 1) %}
    select
        kind,
        month_start,
        person_key,
        n_received,
        n_given_together,
        {{ size }} as n_partners,
        {% for position in range(1, max_partners + 1) %}
        {{ partners_or_null(position, size) }},
        {% endfor %}
        n_given_together > {{ ring_share }} * n_received as is_ring
    from groups_of_{{ size }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

ranked_groups as (

    -- The smallest ring that explains it; among those the heaviest.
    select
        *,
        row_number() over (
            partition by kind, month_start, person_key
            order by
                n_partners asc,
                n_given_together desc,
                partner_1 asc,
                coalesce(partner_2, 0) asc,
                coalesce(partner_3, 0) asc,
                coalesce(partner_4, 0) asc
        ) as group_rank
    from all_groups
    where is_ring

),

rings as (

    select *
    from ranked_groups
    where group_rank = 1

),

final as (

    {% for position in range(1, max_partners + 1) %}
    select
        kind,
        month_start,
        person_key,
        partner_{{ position }} as partner_person_key,
        cast(n_partners as integer) as n_partners,
        cast(n_received as integer) as n_received,
        cast(1.0 * n_given_together / n_received as double) as ring_share
    from rings
    where partner_{{ position }} is not null
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
