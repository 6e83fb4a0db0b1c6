{#-
    People whose reactions are seen: with an account in a source that delivers them. CTEs `accounts`
    (int_accounts) and `feeds` (reference.sources) must be there.
-#}
{%- macro people_with_reactions() -%}
    select distinct accounts.person_key
    from accounts
    inner join feeds on accounts.source = feeds.source
    where
        accounts.is_counted
        and feeds.has_engagement
        and feeds.has_visible_contributions
        and feeds.reactions_reason is null
{%- endmacro %}
