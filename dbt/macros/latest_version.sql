{#-
    Columns that order the versions of one row, the latest first.

    `version_at` is the platform's own word on when the row changed (a list of columns; may be
    empty), then the export that saw it last, then the file's hash, so that the order never
    depends on the order of arrival.
-#}
{% macro newest_first(version_columns=[]) -%}
    {%- for column in version_columns %}{{ column }} desc nulls last, {% endfor -%}
    _observed_at desc nulls last, _file_sha256 desc
{%- endmacro %}
