-- What adoption and onboarding run on beside attrition_tables.sql and initiative_tables.sql: accounts, covered days,
-- managers, and {messages} interactions per person and month. The adoption spells are the model's own here.
drop table intermediate.int_adoption_spells;
alter table identity.persons add column person_id varchar;
update identity.persons set person_id = 'p' || person_key;
alter table intermediate.int_job_periods add column manager_person_key bigint;
update intermediate.int_job_periods set manager_person_key = person_key - person_key % 12;
create table intermediate.int_person_accounts as
    select person_key, date '2023-01-01' + cast(random() * 200 as integer) as engagement_from from identity.persons;
create table intermediate.int_covered_days as
    select date, true as is_engagement_covered from reference.calendar_days where location = '';
create table intermediate.int_interactions as
    select author_person_key as from_person_key, cast(random() * {people} as bigint) as to_person_key, local_date,
        'direct_message' as interaction_type, 1.0 as attention
    from intermediate.int_messages;
create table intermediate.int_questions as
    select message_key as question_key, author_person_key as person_key, sent_at as asked_at, local_date,
        cast(null as timestamp) as deleted_at
    from intermediate.int_messages where activity_type = 'post' and message_key % 9 = 0;
create table intermediate.int_answers as
    select message_key as answer_key, thread_key as question_key, sent_at as answered_at, message_key % 7 = 0 as is_own,
        author_person_key as person_key
    from intermediate.int_messages where activity_type = 'reply' and thread_key % 9 = 0;
