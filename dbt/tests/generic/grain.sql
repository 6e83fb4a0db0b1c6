{#-
    The grain of a model in one scan: `columns` together identify a row, NULL counting as a
    value, and none of the `complete` columns is NULL. One test instead of a dozen keeps a build
    short.
-#}
{% test grain(model, columns, complete=[]) %}

    select
        {{ columns | join(", ") }},
        count(*) as n_rows
    from {{ model }}
    group by {{ columns | join(", ") }}
    having
        count(*) > 1
        {% for column in complete %}
            or count({{ column }}) < count(*)
        {% endfor %}

{% endtest %}
