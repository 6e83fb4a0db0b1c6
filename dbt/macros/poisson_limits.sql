{#-
    The exact 95 % limits of a count of events (Garwood 1936): `chi2(.025, 2n)/2` and
    `chi2(.975, 2n+2)/2`. Divided by the person-time they are the limits of its rate.

    SQL has no quantile of chi-square, so counts below 30 are listed and larger ones use the
    Cornish-Fisher expansion (Goldberg and Levine 1946), which is off by less than 2 in a million
    there (tested against scipy). `n` is a whole number, 0 or more; NULL gives NULL.
-#}
{% macro poisson_low(n) -%}
    {%- set listed = [
    0, 0.025317808, 0.2422092785, 0.6186721229, 1.0898653736, 1.6234863901, 2.2018942535,
    2.8143630515, 3.4538321767, 4.1153730974, 4.7953886961, 5.4911603672, 6.2005751087,
    6.921952491, 7.6539302763, 8.3953861328, 9.1453824536, 9.9031264696, 10.6679407804,
    11.4392411644, 12.2165195854, 12.9993309841, 13.7872828722, 14.580027037, 15.3772528547,
    16.1786818478, 16.9840632156, 17.7931701318, 18.6057966559, 19.4217551375,
    ] -%}
    {{ _listed_or_expanded(n, listed, "(2.0 * (" ~ n ~ "))", -1) }}
{%- endmacro %}

{% macro poisson_high(n) -%}
    {%- set listed = [
    3.6888794541, 5.5716433909, 7.2246876677, 8.7672730697, 10.2415886754, 11.6683320793,
    13.0594740225, 14.4226753617, 15.7631892202, 17.0848034514, 18.390356042, 19.6820385133,
    20.9615850482, 22.2303959182, 23.4896211218, 24.7402188715, 25.9829975976, 27.2186468159,
    28.4477602675, 29.6708535716, 30.8883779027, 32.1007307349, 33.3082643871, 34.5112928948,
    35.7100975938, 36.9049316975, 38.0960240831, 39.2835824452, 40.4677959433, 41.6488374386,
    ] -%}
    {{ _listed_or_expanded(n, listed, "(2.0 * (" ~ n ~ ") + 2)", 1) }}
{%- endmacro %}

{#- Half the quantile of chi-square with `freedom` degrees, `sign` standard deviations 1.96 away. -#}
{% macro _listed_or_expanded(n, listed, freedom, sign) -%}
    {%- set x = sign * 1.959963984540054 -%}
    {%- set root = "sqrt(" ~ freedom ~ ")" -%}
    case
        {%- for value in listed %}
        when {{ n }} = {{ loop.index0 }} then {{ value }}
        {%- endfor %}
        when {{ n }} >= {{ listed | length }}
            then (
                {{ freedom }}
                + {{ x * 1.4142135623730951 }} * {{ root }}
                + {{ 2 / 3 * (x * x - 1) }}
                + {{ (x ** 3 - 7 * x) / (9 * 1.4142135623730951) }} / {{ root }}
                - {{ (6 * x ** 4 + 14 * x * x - 32) / 405 }} / {{ freedom }}
                + {{ (9 * x ** 5 + 256 * x ** 3 - 433 * x) / (4860 * 1.4142135623730951) }}
                / ({{ freedom }} * {{ root }})
            ) / 2
    end
{%- endmacro %}
