-- What the models of initiatives and success run on beside attrition_tables.sql: {messages} messages per person-month,
-- four registered initiatives (units, two phases, persons) and five success metrics.
drop table reference.sources;
create table reference.sources as
    select 's' as source, 'collaboration' as kind, true as has_network, true as has_retention, true as has_engagement;
alter table reference.calendar_bounds add column as_of timestamp;
update reference.calendar_bounds set as_of = as_of_date + 1;
create table reference.calendar_days as
    select start_date + cast(d as integer) as date, unnest(['', 'P']) as location
    from reference.calendar_bounds, range({months} * 31) as r (d) where start_date + cast(d as integer) <= as_of_date;
create table intermediate.int_workday_counts as
    select location, date, location || '|' || cast(date as varchar) as calendar_day,
        n_workdays_before, n_workdays_before as n_engagement_workdays_before
    from (
        select location, date,
            count(*) filter (isodow(date) < 6) over (partition by location order by date) as n_workdays_before
        from (select * from reference.calendar_days union all
            select as_of_date + 1, unnest(['', 'P']) from reference.calendar_bounds)
    );
alter table intermediate.int_employment_segments add column calendar_location varchar default 'P';
alter table intermediate.int_employment_segments add column engagement_from date;
alter table intermediate.int_employment_segments add column engagement_to date;
update intermediate.int_employment_segments set engagement_from = segment_from, engagement_to = segment_to;
create table intermediate.int_absences as
    select p as person_key, start_date + cast(random() * 600 as integer) as absent_from,
        cast(null as date) as absent_to
    from range({people}) as r (p), reference.calendar_bounds where p % 10 = 0;
update intermediate.int_absences set absent_to = absent_from + 14;
create table identity.persons as select p as person_key, false as is_opted_out from range({people}) as r (p);
create table identity.workers as select p as person_key, 'w' || p as worker_id from range({people}) as r (p);
create table intermediate.int_org_units as
    select distinct ancestor_org_unit_key as org_unit_key, 'u' || ancestor_org_unit_key as org_unit_id,
        depth_of_ancestor as depth
    from intermediate.int_org_unit_ancestors;
drop table intermediate.int_person_months;
create table intermediate.int_person_months as
    select person_key, org_unit_key, 11 + org_unit_key % 100 as group_key, month_start, location, level, job_family,
        age_band, person_key % 90 as tenure_months, 20 as eligible_days, true as is_employed_month_end,
        true as is_eligible, false as is_opted_out
    from intermediate.int_employment_segments;
create table intermediate.int_person_unit_months as
    select person_key, month_start, case when random() < 0.7 then cast(random() * 9 as integer) else 0 end as n_contributions,
        cast(random() * 3 as integer) as n_creations, cast(random() * 6 as integer) as n_active_days
    from intermediate.int_person_months;
create table intermediate.int_person_timezones as
    select person_key, 'Europe/Warsaw' as timezone, cast(null as date) as valid_from, cast(null as date) as valid_to
    from identity.persons;
create table intermediate.int_person_contribution_days as
    select person_key, month_start + cast(random() * 27 as integer) as local_date, cast(null as date) as week_start,
        1 as n_contributions
    from intermediate.int_person_months, range(4);
update intermediate.int_person_contribution_days set week_start = date_trunc('week', local_date);
create table intermediate.int_messages as
    select m as message_key, cast(null as bigint) as parent_message_key,
        case when m % 3 = 0 then m else m - m % 3 end as thread_key, cast(random() * {people} as bigint) as author_person_key,
        case when m % 3 = 0 then 'post' else 'reply' end as activity_type,
        cast(month_start + to_minutes(cast(random() * 40000 as integer)) as timestamp) as sent_at,
        cast(null as date) as local_date, true as is_author_counted, true as has_engagement,
        true as has_visible_contributions
    from (
        select month_start, row_number() over () as m from reference.months, range({people} * {messages})
    );
update intermediate.int_messages set local_date = cast(sent_at as date);
create table staging.stg_initiatives as
    select i.*, target_id, 'org_unit' as target_kind from (values
        ('a', 'Guild', 'random', 'participation_rate', date '2023-10-01', date '2024-03-31', 1),
        ('b1', 'Coach', 'phased', 'participation_rate', date '2023-09-01', cast(null as date), 2),
        ('b2', 'Coach', 'phased', 'participation_rate', date '2024-01-01', cast(null as date), 3)
    ) as i (initiative_id, name, assignment, primary_metric, starts_on, ends_on, part),
        (select 'u' || u as target_id, u from range(11, 111) as r (u)) as units where u % 10 = part;
alter table staging.stg_initiatives drop column part;
insert into staging.stg_initiatives
    select 'c', 'Circle', 'self_selected', 'participation_rate', date '2023-11-01', null, 'w' || p, 'person'
    from range(0, {people}, 97) as r (p);
alter table staging.stg_initiatives add column hypothesis varchar default 'more people take part';
alter table staging.stg_initiatives add column registered_on date default date '2023-06-01';
create table staging.stg_success_metrics as
    select 's' as source, 'org_unit' as entity_type, 'u' || u as entity_id, metric, month_start as period_start,
        month_end as period_end, random() as value, 'points' as unit, true as higher_is_better
    from range(11, 111) as r (u), reference.months, (values ('sales'), ('nps'), ('ideas'), ('safety')) as v (metric)
    union all
    select 's', 'person', 'w' || p, 'rating', month_start, month_end, 1 + random() * 4, 'points', true
    from range({people}) as r (p), reference.months where extract(month from month_start) in (6, 12);
create table marts.fct_participation_org_month as
    select distinct ancestor_org_unit_key as org_unit_key, month_start, 900 as n_defined, random() as participation_rate,
        random() * 20 as contributions_per_20_days, true as is_final
    from intermediate.int_org_unit_ancestors, reference.months;
