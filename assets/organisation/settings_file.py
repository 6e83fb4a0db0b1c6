"""``kithwork.yaml`` for the generated organisation, ready to build."""

from __future__ import annotations

from assets.organisation.plan import Plan
from assets.organisation.structure import PLACES

PERMISSION = (
    "{{basis: invented data, purposes: [{purposes}], reference: nobody is described by this organisation}}"
)

SUCCESS = """success_metrics:
  - name: business_outcomes
    landing: ./landing/success/success_metrics.csv
    permission: {permission}

"""


def settings_text(plan: Plan) -> str:
    """The settings file; all paths are relative to it."""
    every = PERMISSION.format(purposes="engagement, network, retention")
    # quoted: YAML reads Norway's NO as false
    places = "\n".join(
        f"  {place.name}: {{timezone: {place.timezone}, holidays: '{place.country}'}}" for place in PLACES
    )
    success = SUCCESS.format(permission=PERMISSION.format(purposes="engagement, network"))
    success = success if plan.success_metrics else ""
    return f"""# A synthetic organisation: {plan.people} people, seed {plan.seed}; from `kithwork generate`.
# Build it with: kithwork build --config kithwork.yaml
warehouse: ./warehouse
timezone: {PLACES[0].timezone}

sources:
  - name: acme_slack
    platform: slack
    landing: ./landing/slack
    permission: {every}
  - name: acme_viva_engage
    platform: viva_engage
    landing: ./landing/viva_engage
    permission: {every}
  - name: intranet_search
    platform: search_log
    landing: ./landing/searches
    permission: {PERMISSION.format(purposes="engagement")}

hr:
  - name: hris
    system: csv
    landing: ./landing/hr
    permission: {PERMISSION.format(purposes="engagement, network, retention")}

surveys:
  - name: network_survey
    landing: ./landing/survey/network_survey.csv
    permission: {PERMISSION.format(purposes="network")}

{success}initiatives: ./initiatives.csv
identity: {{aliases: ./aliases.csv, overrides: ./identity_overrides.csv}}
privacy: {{opt_out: ./opt_out.csv}}
knowledge: {{topics: ./topics.csv, hidden: ./hidden_topics.csv}}
calendar: {{start: {plan.start}}}

locations:
{places}
"""
