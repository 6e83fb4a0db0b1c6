{#-
    R6 (E4, P32) as CTEs of the calling model: strong ties of the month before that lost more than
    half their weight, without any interaction for 28 days. `silent_ties` ranks them per person
    (tie_rank 1: the strongest).

    Reads the CTEs `population`, `tie_kinds`, `ties`, `dyad_weeks` and `absences`.
-#}
{% macro people_who_lost_touch() -%}
{%- set fallen_to = 0.5 -%}
{%- set silent_days = 28 -%}
faded_ties as (

    -- Strong a month ago, now less than half of it; both there, neither on leave.
    select
        population.person_key,
        population.month_start,
        population.window_to,
        earlier.other_person_key,
        earlier.weight as earlier_weight,
        coalesce(ties.mutual_weight, 0) as weight
    from tie_kinds as earlier
    inner join population
        on
            earlier.person_key = population.person_key
            and population.month_start = {{ add_months("earlier.month_start", 1) }}
    inner join population as colleagues
        on
            earlier.other_person_key = colleagues.person_key
            and population.month_start = colleagues.month_start
    left join ties
        on
            population.month_start = ties.month_start
            and population.person_key = ties.from_person_key
            and earlier.other_person_key = ties.to_person_key
    {% for absence, who in [("absences", "person_key"), ("other_absences", "other_person_key")] %}
    left join absences as {{ absence }}
        on
            earlier.{{ who }} = {{ absence }}.person_key
            and {{ add_days("population.window_to", -1) }} >= {{ absence }}.absent_from
            and population.window_to <= {{ absence }}.absent_to
    {% endfor %}
    where
        earlier.tie_kind = 'strong'
        and coalesce(ties.mutual_weight, 0) < {{ fallen_to }} * earlier.weight
        and absences.person_key is null
        and other_absences.person_key is null

),

silent_ties as (

    -- No interaction, in either direction, on any of the last 28 days.
    select
        faded_ties.*,
        row_number() over (
            partition by faded_ties.person_key, faded_ties.month_start
            order by faded_ties.earlier_weight desc, faded_ties.other_person_key asc
        ) as tie_rank
    from faded_ties
    where
        {% for own, other in [("from", "to"), ("to", "from")] %}
        {{ "and " if not loop.first }}not exists (
            select 1
            from dyad_weeks
            where
                dyad_weeks.{{ own }}_person_key = faded_ties.person_key
                and dyad_weeks.{{ other }}_person_key = faded_ties.other_person_key
                and dyad_weeks.last_event_on
                >= {{ add_days("faded_ties.window_to", -silent_days) }}
                and dyad_weeks.first_event_on < faded_ties.window_to
        )
        {% endfor %}

)
{%- endmacro %}
