{#- As many hires on one day, and this share of the people there, came as a whole: acquired. -#}
{% set bulk_hires = 10 %}
{% set bulk_share = 0.05 %}
{#- Days of presence at which newcomers are looked at (J2, J3). -#}
{% set marks = [14, 30, 60, 90, 180] %}
{#- An answer counts as one within so many days (F2). -#}
{% set answer_days = 7 %}

with

spells as (

    select * from {{ ref("int_spells") }}

),

periods as (

    select * from {{ ref("int_job_periods") }}

),

ancestors as (

    select * from {{ ref("int_org_unit_ancestors") }}

),

absences as (

    select * from {{ ref("int_absences") }}

),

persons as (

    select * from {{ source("identity", "persons") }}

),

person_months as (

    select * from {{ ref("int_person_months") }}

),

one_to_one_events as (

    -- One of the two wrote to the other alone, or they met alone. Read once: an engine would keep
    -- every row of what is read twice.
    select
        from_person_key,
        to_person_key,
        local_date
    from {{ ref("int_interactions") }}
    where
        interaction_type in ('direct_message', 'mail', 'meeting')
        and attention = 1

),

contribution_days as (

    select * from {{ ref("int_person_contribution_days") }}

),

questions as (

    select * from {{ ref("int_questions") }}

),

answers as (

    select *
    from {{ ref("int_answers") }}
    where not is_own

),

bounds as (

    select * from {{ source("reference", "calendar_bounds") }}

),

groups_of_units as (

    {{ group_of_each_unit("ancestors") }}

),

followed_spells as (

    select
        spells.*,
        lag(spells.employed_to) over (
            partition by spells.person_key order by spells.employed_from
        ) as previous_employed_to
    from spells

),

hires as (

    -- A spell that goes on where another ended is a new contract, not a new colleague.
    select
        followed_spells.spell_key,
        followed_spells.person_key,
        persons.person_id,
        followed_spells.hire_date,
        followed_spells.has_retention,
        followed_spells.previous_employed_to is not null as is_rehire,
        least(followed_spells.employed_to, {{ add_days("bounds.as_of_date", 1) }}) as observed_to,
        followed_spells.employed_to <= {{ add_days("bounds.as_of_date", 1) }}
        and followed_spells.is_separation as is_exit,
        followed_spells.termination_type,
        bounds.as_of_date
    from followed_spells
    inner join persons on followed_spells.person_key = persons.person_key
    cross join bounds
    where
        followed_spells.has_employment_dates
        and not persons.is_opted_out
        and followed_spells.hire_date >= bounds.start_date
        and followed_spells.hire_date <= bounds.as_of_date
        and {{ counts_in_population("followed_spells.is_contingent") }}
        and coalesce(followed_spells.previous_employed_to < followed_spells.hire_date, true)

),

headcounts as (

    select
        month_start,
        count(*) as n_people
    from person_months
    group by month_start

),

hire_days as (

    select
        hires.hire_date,
        count(*) >= {{ bulk_hires }}
        and count(*) >= {{ bulk_share }} * max(headcounts.n_people) as is_bulk_hire
    from hires
    inner join headcounts on {{ month_of("hires.hire_date") }} = headcounts.month_start
    group by hires.hire_date

),

placed_hires as (

    select
        hires.*,
        coalesce(periods.org_unit_key, 0) as org_unit_key,
        coalesce(groups_of_units.group_key, 0) as group_key,
        periods.level,
        periods.job_family,
        periods.manager_person_key,
        hire_days.is_bulk_hire
    from hires
    inner join hire_days on hires.hire_date = hire_days.hire_date
    left join periods
        on
            hires.person_key = periods.person_key
            and hires.hire_date >= periods.period_from
            and hires.hire_date < periods.period_to
    left join groups_of_units on periods.org_unit_key = groups_of_units.org_unit_key

),

absences_of_hires as (

    select
        hires.spell_key,
        hires.hire_date,
        greatest(absences.absent_from, hires.hire_date) as absent_from,
        {{ days_between(
            "greatest(absences.absent_from, hires.hire_date)",
            "least(absences.absent_to, hires.observed_to)"
        ) }} as n_days
    from hires
    inner join absences
        on
            hires.person_key = absences.person_key
            and hires.hire_date < absences.absent_to
            and hires.observed_to > absences.absent_from

),

stopped_clocks as (

    -- How many days of presence lie before each absence: the clock stands during it.
    select
        spell_key,
        absent_from,
        n_days,
        {{ days_between("hire_date", "absent_from") }} - coalesce(
            sum(n_days) over (
                partition by spell_key
                order by absent_from
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as days_before
    from absences_of_hires

),

pauses as (

    select
        spell_key,
        sum(n_days) as n_absent_days,
    {% for mark in marks %}
    sum(case when days_before < {{ mark }} then n_days else 0 end)
        as pause_{{ mark }}{{ "," if not loop.last }}
    {% endfor %}
    from stopped_clocks
    group by spell_key

),

clocked_hires as (

    select
        placed_hires.*,
        coalesce(pauses.n_absent_days, 0) as n_absent_days,
    {% for mark in marks %}
    {{ add_days(
        "placed_hires.hire_date", (mark - 1) ~ " + coalesce(pauses.pause_" ~ mark ~ ", 0)"
    ) }} as date_{{ mark }}{{ "," if not loop.last }}
    {% endfor %}
    from placed_hires
    left join pauses on placed_hires.spell_key = pauses.spell_key

),

talking_pairs as (

    {% for sender, receiver in [("person", "manager_person"), ("manager_person", "person")] %}
    select
        spell_key,
        hire_date,
        date_14,
        date_30,
        {{ sender }}_key as from_person_key,
        {{ receiver }}_key as to_person_key
    from clocked_hires
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

one_to_ones as (

    -- Days on which one of the two wrote to the other alone.
    select
        talking_pairs.spell_key,
        count(
            distinct case
                when one_to_one_events.local_date <= talking_pairs.date_14
                    then one_to_one_events.local_date
            end
        ) as n_days_14,
        count(distinct one_to_one_events.local_date) as n_days_30
    from talking_pairs
    inner join one_to_one_events
        on
            talking_pairs.from_person_key = one_to_one_events.from_person_key
            and talking_pairs.to_person_key = one_to_one_events.to_person_key
            and talking_pairs.hire_date <= one_to_one_events.local_date
            and talking_pairs.date_30 >= one_to_one_events.local_date
    group by talking_pairs.spell_key

),

one_to_one_feeds as (

    -- Whether any source shows such talks.
    select exists(
        select 1 as is_seen
        from {{ ref("int_interactions") }}
        where
            interaction_type in ('direct_message', 'mail', 'meeting')
            and attention = 1
    ) as has_one_to_ones

),

first_contributions as (

    select
        hires.spell_key,
        min(contribution_days.local_date) as first_date
    from hires
    inner join contribution_days
        on
            hires.person_key = contribution_days.person_key
            and hires.hire_date <= contribution_days.local_date
            and hires.observed_to > contribution_days.local_date
    where contribution_days.n_contributions > 0
    group by hires.spell_key

),

standing_questions as (

    -- A question withdrawn before anybody had the time to answer is none (F2).
    select
        hires.spell_key,
        questions.question_key,
        questions.asked_at,
        {{ add_hours("questions.asked_at", 24 * answer_days) }} as due_at,
        row_number() over (
            partition by hires.spell_key order by questions.asked_at, questions.question_key
        ) as question_number
    from hires
    inner join questions
        on
            hires.person_key = questions.person_key
            and hires.hire_date <= questions.local_date
            and hires.observed_to > questions.local_date
    where
        questions.deleted_at is null
        or questions.deleted_at >= {{ add_hours("questions.asked_at", 24 * answer_days) }}

),

first_questions as (

    select
        standing_questions.spell_key,
        standing_questions.due_at <= bounds.as_of as is_mature,
        max(
            case when answers.answered_at <= standing_questions.due_at then 1 else 0 end
        ) = 1 as is_answered
    from standing_questions
    cross join bounds
    left join answers on standing_questions.question_key = answers.question_key
    where standing_questions.question_number = 1
    group by standing_questions.spell_key, standing_questions.due_at, bounds.as_of

),

described_hires as (

    select
        clocked_hires.*,
        {{ days_between("clocked_hires.hire_date", "clocked_hires.observed_to") }} as duration,
        clocked_hires.date_30 < clocked_hires.observed_to
        and clocked_hires.date_30 <= clocked_hires.as_of_date as is_observed_30,
        one_to_one_feeds.has_one_to_ones,
        coalesce(one_to_ones.n_days_14, 0) as n_manager_days_14,
        coalesce(one_to_ones.n_days_30, 0) as n_manager_days_30,
        {{ days_between("clocked_hires.hire_date", "first_contributions.first_date") }} + 1
            as first_contribution_days,
        first_questions.spell_key is not null as has_question,
        coalesce(first_questions.is_mature, false) as is_question_mature,
        coalesce(first_questions.is_answered, false) as is_question_answered
    from clocked_hires
    cross join one_to_one_feeds
    left join one_to_ones on clocked_hires.spell_key = one_to_ones.spell_key
    left join first_contributions on clocked_hires.spell_key = first_contributions.spell_key
    left join first_questions on clocked_hires.spell_key = first_questions.spell_key

),

final as (

    select
        spell_key,
        person_key,
        person_id,
        org_unit_key,
        group_key,
        level,
        job_family,
        manager_person_key,
        case when is_bulk_hire then 'acquisition' else 'hire' end as cohort_kind,
        termination_type,
        cast(duration as integer) as duration,
        cast(n_absent_days as integer) as n_absent_days,
        cast(first_contribution_days as integer) as first_contribution_days,
        case
            when is_observed_30 and manager_person_key is not null and has_one_to_ones
                then n_manager_days_14 >= 1 and n_manager_days_30 >= 3
        end as has_manager_contact_30d,
        case when is_observed_30 and is_question_mature then is_question_answered end
            as is_first_question_answered,
        case
            when is_observed_30 and is_question_mature then null
            when is_exit and not is_observed_30 then 'left_before_day_30'
            when not is_observed_30 then 'not_30_days_yet'
            when has_question then 'question_too_young'
            else 'no_question'
        end as first_question_reason,
        hire_date,
        {{ month_of("hire_date") }} as cohort_month,
        observed_to,
        as_of_date,
        {% for mark in marks %}
        date_{{ mark }},
        {% endfor %}
        is_observed_30,
        is_exit,
        is_rehire,
        has_retention
    from described_hires

)

select * from final
