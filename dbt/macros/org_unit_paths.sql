{#-
    Paths of org units: lists of names from the top unit down to the unit itself. A path as
    text joins the names with ' > ', so that equal paths compare as equal texts.
-#}

{#- How many units a path names; NULL without a path. -#}
{% macro path_depth(path) -%}
    {{ return(adapter.dispatch("path_depth", "kithwork")(path)) }}
{%- endmacro %}

{% macro duckdb__path_depth(path) -%}
    cast(len({{ path }}) as integer)
{%- endmacro %}

{% macro spark__path_depth(path) -%}
    size({{ path }})
{%- endmacro %}

{#- The name at a position of a path, 1 for the top unit. -#}
{% macro path_name(path, position) -%}
    {{ return(adapter.dispatch("path_name", "kithwork")(path, position)) }}
{%- endmacro %}

{% macro duckdb__path_name(path, position) -%}
    list_extract({{ path }}, {{ position }})
{%- endmacro %}

{% macro spark__path_name(path, position) -%}
    element_at({{ path }}, {{ position }})
{%- endmacro %}

{#- The first names of a path as text. -#}
{% macro path_prefix(path, depth) -%}
    {{ return(adapter.dispatch("path_prefix", "kithwork")(path, depth)) }}
{%- endmacro %}

{% macro duckdb__path_prefix(path, depth) -%}
    array_to_string(list_slice({{ path }}, 1, {{ depth }}), ' > ')
{%- endmacro %}

{% macro spark__path_prefix(path, depth) -%}
    array_join(slice({{ path }}, 1, {{ depth }}), ' > ')
{%- endmacro %}

{#- Per org unit the one of its ancestors that is a group of the network: the deepest down to that level. -#}
{% macro group_of_each_unit(ancestors) -%}
    select
        org_unit_key,
        max_by(ancestor_org_unit_key, depth_of_ancestor) as group_key
    from {{ ancestors }}
    where depth_of_ancestor <= {{ var("network_group_level") }}
    group by org_unit_key
{%- endmacro %}
