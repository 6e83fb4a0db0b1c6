-- The five Gould-Fernandez roles of a person add up to the total.
select
    month_start,
    person_key
from {{ ref("fct_person_network_month") }}
where
    gf_coordinator + gf_consultant + gf_gatekeeper + gf_representative + gf_liaison
    <> gf_total
