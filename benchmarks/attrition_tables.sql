-- What turnover, survival and attrition in the network run on: random people, ties and exits; {people}, {months}
-- and {ties} are filled in.
create schema reference; create schema intermediate; create schema marts; create schema network;
create schema staging; create schema identity;
create table reference.calendar_bounds as
    select date '2023-01-01' as start_date, cast(date '2023-01-01' + to_months({months}) as date) - 1 as as_of_date;
create table reference.months as
    select cast(date '2023-01-01' + to_months(cast(m as integer)) as date) as month_start,
        cast(date '2023-01-01' + to_months(cast(m as integer) + 1) as date) as month_end, true as is_final
    from range({months}) as r (m);
create table reference.sources as select 'collaboration' as kind, true as has_network, true as has_retention;
create table intermediate.int_org_unit_ancestors as
    select u as org_unit_key, unnest([0, 1 + u % 10, 11 + u % 100, u]) as ancestor_org_unit_key,
        unnest([0, 1, 2, 3]) as depth_of_ancestor
    from range(1000, 3000) as r (u);
create table intermediate.int_spells as
    select p as person_key, p as spell_key, hire_date, hire_date as employed_from, termination_date,
        case when termination_date is null then date '9999-12-31' else termination_date + 1 end as employed_to,
        case when termination_date is null then null when random() < 0.7 then 'voluntary' else 'involuntary' end
            as termination_type,
        case when termination_date is not null and random() < 0.5 then termination_date - 60 end as notice_date,
        case when random() < 0.4 then true when random() < 0.9 then false end as is_regretted,
        true as has_employment_dates, true as has_retention, false as is_contingent,
        termination_date is not null as is_separation
    from (
        select p, hire_date, case when stay < 1500 then hire_date + cast(stay as integer) end as termination_date
        from (
            select p, date '2018-01-01' + cast(random() * 2400 as integer) as hire_date, 1200 + random() * 4000 as stay
            from range({people}) as r (p)
        )
    );
create table intermediate.int_job_periods as
    select person_key, 1000 + person_key % 2000 as org_unit_key, 'L' || person_key % 8 as level,
        'P' || person_key % 20 as location, 'F' || person_key % 12 as job_family, 'A' || person_key % 6 as age_band,
        'permanent' as employment_type, date '1900-01-01' as period_from, date '9999-12-31' as period_to
    from intermediate.int_spells;
create table intermediate.int_employment_segments as
    select s.spell_key, s.person_key, j.org_unit_key, j.level, j.location, j.job_family, j.age_band, j.employment_type,
        m.month_start, greatest(m.month_start, s.employed_from) as segment_from,
        least(m.month_end, s.employed_to) as segment_to,
        least(m.month_end, s.employed_to) - greatest(m.month_start, s.employed_from) as employed_days,
        true as has_employment_dates
    from intermediate.int_spells s join intermediate.int_job_periods j using (person_key)
    join reference.months m on s.employed_from < m.month_end and s.employed_to > m.month_start;
create table intermediate.int_person_months as
    select person_key, org_unit_key, 11 + org_unit_key % 100 as group_key, month_start
    from intermediate.int_employment_segments;
create table intermediate.int_network_population as select * from intermediate.int_person_months;
create table intermediate.int_retention_person_months as
    select spell_key, person_key, month_start from intermediate.int_employment_segments;
create table intermediate.int_retention_exposures as
    select spell_key, month_start, lag_months, 'exit' as event_clock,
        case when hash(spell_key, month_start) % 2 = 0 then 'engaged' else 'not_engaged' end as exposure
    from intermediate.int_retention_person_months, (values (0), (1), (2), (3), (6)) as l (lag_months)
    where month_start >= date '2023-06-01';
create table marts.fct_tie_month as
    select month_start, cast(random() * {people} as bigint) as from_person_key,
        cast(random() * {people} as bigint) as to_person_key, round(0.5 + random() * 5, 9) as weight, true as is_tie,
        0.5 + random() * 5 as mutual_weight, 3 as n_pair_event_days
    from reference.months, range({people} * {ties});
create table network.person_quarter as
    select month_start as quarter_start, person_key, random() < 0.03 as is_information_broker,
        random() < 0.05 as is_boundary_spanner
    from intermediate.int_person_months where extract(month from month_start) in (1, 4, 7, 10);
create table network.person_month as
    select month_start, person_key, cast(random() * 90 as bigint) as gf_total, true as is_measured
    from intermediate.int_person_months;
create table network.org_unit_pair_month as
    select month_start, a.g as from_org_unit_key, b.g as to_org_unit_key, 900 as n_from, 900 as n_to,
        random() as bridge_dependency
    from reference.months, range(11, 111) as a (g), range(11, 111) as b (g) where a.g <> b.g;
create table intermediate.int_adoption_spells as
    select spell_key, person_key, 1000 + person_key % 2000 as org_unit_key,
        greatest(employed_from, date '2023-01-01') as origin_date, least(employed_to, bounds.as_of_date + 1) as observed_to,
        case when random() < 0.7 then greatest(employed_from, date '2023-01-01') + cast(random() * 500 as integer) end
            as adoption_date
    from intermediate.int_spells cross join reference.calendar_bounds as bounds
    where employed_to > date '2023-01-01';
