{#-
    Columns that order the versions of one row, the latest first.

    `version_at` is the platform's own word on when the row changed (a list of columns; may be
    empty), then the export that saw it last, then the file's hash, so that the order never
    depends on the order of arrival. `relation` qualifies the columns.
-#}
{% macro newest_first(version_columns=[], relation=none) -%}
    {%- set prefix = relation ~ "." if relation else "" -%}
    {%- for column in version_columns %}{{ prefix }}{{ column }} desc nulls last, {% endfor -%}
    {{ prefix }}_observed_at desc nulls last, {{ prefix }}_file_sha256 desc
{%- endmacro %}
