{#-
    The personal scorecard, metric specification E: what it is made of. Every constant here is a
    choice of the specification, not a finding.
-#}

{#- Days of a window: thirteen weeks, so that every window holds the same weekdays (R91). -#}
{% macro scorecard_window_days() -%}
    91
{%- endmacro %}

{#- Fewer eligible peers than this make no percentile (E1). -#}
{% macro scorecard_min_peers() -%}
    30
{%- endmacro %}

{#- A ratio of few cases is drawn towards the peers' mean as if by this many cases (E2). -#}
{% macro scorecard_shrinkage() -%}
    10
{%- endmacro %}

{#- A score needs this share of its weight to be defined (E2). -#}
{% macro scorecard_min_weight() -%}
    0.6
{%- endmacro %}

{#- Evidence: at most this many messages per component (E3). -#}
{% macro scorecard_max_events() -%}
    50
{%- endmacro %}

{#-
    The components of the four scores and their weights (E2).

    kind: `flow` grows with days and is compared per 20 eligible days; `ratio` is shrunk;
    `state` is what stands at the end of the window. `is_capped`: volume beyond the peers' 90th
    percentile earns nothing more.
-#}
{% macro scorecard_components() -%}
    {{ return([
        {"score": "activity", "component": "posts", "weight": 0.30, "kind": "flow", "is_capped": true},
        {"score": "activity", "component": "replies", "weight": 0.40, "kind": "flow", "is_capped": true},
        {"score": "activity", "component": "active_days", "weight": 0.30, "kind": "flow", "is_capped": true},
        {"score": "reaction", "component": "responders", "weight": 0.60, "kind": "ratio", "is_capped": false},
        {"score": "reaction", "component": "responded", "weight": 0.40, "kind": "ratio", "is_capped": false},
        {"score": "eminence", "component": "appreciators", "weight": 0.50, "kind": "flow", "is_capped": false},
        {"score": "eminence", "component": "h_index", "weight": 0.20, "kind": "flow", "is_capped": false},
        {"score": "eminence", "component": "reuse", "weight": 0.30, "kind": "flow", "is_capped": false},
        {"score": "network", "component": "effective_size", "weight": 0.35, "kind": "state", "is_capped": false},
        {"score": "network", "component": "diverse_ties", "weight": 0.25, "kind": "state", "is_capped": false},
        {"score": "network", "component": "reciprocity", "weight": 0.20, "kind": "ratio", "is_capped": false},
        {"score": "network", "component": "persistence", "weight": 0.20, "kind": "ratio", "is_capped": false},
    ]) }}
{%- endmacro %}

{#- The same as rows: score, component, weight, kind, is_capped. -#}
{% macro scorecard_component_rows() -%}
    {%- for row in scorecard_components() %}
    select
        '{{ row["score"] }}' as score,
        '{{ row["component"] }}' as component,
        cast({{ row["weight"] }} as double) as weight,
        '{{ row["kind"] }}' as kind,
        {{ "true" if row["is_capped"] else "false" }} as is_capped
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- The distinct values of the `n` latest rows of a group that meet a condition, as an ordered list. -#}
{% macro latest_values(value, instant, n, condition="true") -%}
    {{ return(adapter.dispatch("latest_values", "kithwork")(value, instant, n, condition)) }}
{%- endmacro %}

{% macro duckdb__latest_values(value, instant, n, condition) -%}
    list_sort(list_distinct(max_by({{ value }}, {{ instant }}, {{ n }}) filter (where {{ condition }})))
{%- endmacro %}

{% macro spark__latest_values(value, instant, n, condition) -%}
    array_sort(array_distinct(transform(
        slice(
            sort_array(collect_list(struct({{ instant }}, {{ value }})) filter (where {{ condition }}), false),
            1, {{ n }}
        ),
        entry -> entry.{{ value.split(".")[-1] }}
    )))
{%- endmacro %}

{#- The first `n` values of two lists one after the other; NULL if both are. -#}
{% macro joined_lists(first_list, second_list, n) -%}
    {{ return(adapter.dispatch("joined_lists", "kithwork")(first_list, second_list, n)) }}
{%- endmacro %}

{% macro duckdb__joined_lists(first_list, second_list, n) -%}
    list_concat({{ first_list }}, {{ second_list }})[1:{{ n }}]
{%- endmacro %}

{% macro spark__joined_lists(first_list, second_list, n) -%}
    slice(
        concat(coalesce({{ first_list }}, array()), coalesce({{ second_list }}, array())), 1, {{ n }}
    )
{%- endmacro %}

{#- A linear quantile of a group, NULL without values. -#}
{% macro linear_quantile(value, share) -%}
    percentile_cont({{ share }}) within group (order by {{ value }})
{%- endmacro %}

{#- The value that a map of texts holds under a key; NULL if none. -#}
{% macro map_value(map, key) -%}
    {{ map }}['{{ key }}']
{%- endmacro %}

{#-
    The recommendation rules (E4) in the order in which they are shown: R8 and R5 first, then by
    number. R8 silences all others. What the rules read never comes from HR outcomes.
-#}
{% macro recommendation_rules() -%}
    {{ return([
        {"rule": "R8", "rank": 1, "suggestion": "Meet your manager one to one, find a contact outside your own unit, and ask your first question."},
        {"rule": "R5", "rank": 2, "suggestion": "Pass questions on to others who know the topic, or answer them together in fixed office hours."},
        {"rule": "R1", "rank": 3, "suggestion": "Answer a question in a topic that you know well."},
        {"rule": "R2", "rank": 4, "suggestion": "Join one of these channels: another unit writes there (on your topics, where any are known), and you do not yet."},
        {"rule": "R3", "rank": 5, "suggestion": "Add a question, mention somebody who knows, or choose a smaller community."},
        {"rule": "R4", "rank": 6, "suggestion": "Reply in the threads that you started."},
        {"rule": "R6", "rank": 7, "suggestion": "Get in touch again with a colleague you used to work with closely."},
        {"rule": "R7", "rank": 8, "suggestion": "Thank somebody: you were thanked, and have thanked nobody since."},
    ]) }}
{%- endmacro %}

{#- A number without decimals, as text. -#}
{% macro whole_number(value) -%}
    cast(cast(round({{ value }}) as integer) as varchar)
{%- endmacro %}

{#- The sum of the two largest values of a group: who dominates a sum (specification 0.8). -#}
{% macro sum_of_two_largest(value) -%}
    {{ return(adapter.dispatch("sum_of_two_largest", "kithwork")(value)) }}
{%- endmacro %}

{% macro duckdb__sum_of_two_largest(value) -%}
    list_sum(max({{ value }}, 2))
{%- endmacro %}

{% macro spark__sum_of_two_largest(value) -%}
    aggregate(slice(sort_array(collect_list({{ value }}), false), 1, 2), cast(0 as double), (a, b) -> a + b)
{%- endmacro %}

{#- How long somebody is here, in bands wide enough for comparisons; NULL if unknown. -#}
{% macro tenure_band(tenure_days) -%}
    case
        when {{ tenure_days }} is null then null
        when {{ tenure_days }} < 365 then 'below 1 year'
        when {{ tenure_days }} < 3 * 365 then '1 to 3 years'
        else '3 years and more'
    end
{%- endmacro %}

{#- A peer group in words: what its people have in common. -#}
{% macro peer_group_text(columns) -%}
    {%- for column in columns -%}
    '{{ "" if loop.first else ", " }}{{ column | replace("_", " ") }} ' || coalesce({{ column }}, 'unknown')
    {%- if not loop.last %} || {% endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- A column of a ring's other members; NULL in rings that have fewer. -#}
{% macro partners_or_null(position, size) -%}
    {%- if position > size -%}cast(null as bigint) as {% endif -%}
    partner_{{ position }}
{%- endmacro %}

{#- One key for everybody who is compared with each other in one month and component. -#}
{% macro scorecard_peer_key(month_start, peer_group, component) -%}
    {{ hash64("concat_ws('|', " ~ month_start ~ ", " ~ peer_group ~ ", " ~ component ~ ")") }}
{%- endmacro %}

{#-
    What is compared: a ratio drawn towards the peers' mean, anything else as it is. Rounded,
    because the order in which an engine adds must not part equal values.
-#}
{% macro scorecard_rate(relation, peer_mean) -%}
    case
        when {{ relation }}.kind = 'ratio'
            then round(
                ({{ relation }}.numerator + {{ scorecard_shrinkage() }} * {{ peer_mean }})
                / (nullif({{ relation }}.denominator, 0) + {{ scorecard_shrinkage() }}), 9
            )
        else {{ relation }}.unshrunk_rate
    end
{%- endmacro %}
