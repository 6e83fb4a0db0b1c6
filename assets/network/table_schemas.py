"""Columns of the network tables, monthly and quarterly. Grain: the period and the keys that follow it."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

_INT, _REAL, _TEXT, _BOOL, _DAY = pa.int64(), pa.float64(), pa.string(), pa.bool_(), pa.date32()

ROLE_NAMES: Final = (
    "central_connector",
    "boundary_spanner",
    "information_broker",
    "hub",
    "peripheral",
    "peripheral_new",
    "peripheral_by_role",
    "peripheral_specialist",
    "overload_risk",
)
CHANNELS: Final = ("direct_message", "reply", "thread", "mention", "reaction", "mail", "meeting")
BROKERAGE: Final = ("coordinator", "consultant", "gatekeeper", "representative", "liaison")
VARIANTS: Final = ("reports", "siblings")
"""Formal ties: manager and report; with ``siblings`` also reports of one manager."""
LOSSES: Final = (1, 3, 5)
"""Percent of the people that the loss of key persons takes away."""


def _columns(kind: pa.DataType, *names: str) -> dict[str, pa.DataType]:
    return dict.fromkeys(names, kind)


MONTHLY: Final = {
    "person_month": pa.schema(
        {
            "month_start": _DAY,
            "person_key": _INT,
            "group_key": _INT,
            **_columns(_INT, "network_size", "degree_in", "degree_out"),
            **_columns(_REAL, "strength_in", "strength_out", "degree_centrality"),
            **_columns(_REAL, "betweenness", "betweenness_weighted", "betweenness_se"),
            "betweenness_method": _TEXT,
            "betweenness_weighted_se": _REAL,
            "betweenness_weighted_method": _TEXT,
            "harmonic_centrality": _REAL,
            "harmonic_se": _REAL,
            "harmonic_method": _TEXT,
            **_columns(_REAL, "eigenvector", "pagerank", "influence_rank"),
            "coreness": _INT,
            **_columns(_REAL, "local_clustering", "effective_size", "efficiency", "constraint_wholenet"),
            "is_articulation": _BOOL,
            **_columns(_REAL, "ei_index_person", "participation_coef", "reach2"),
            **_columns(_INT, *(f"gf_{role}" for role in BROKERAGE), "gf_total"),
            **_columns(_REAL, *(f"gf_{role}_ratio" for role in BROKERAGE), "gf_boundary_ratio"),
            **_columns(_INT, "n_external_units", "n_strong_ties", "n_diverse_ties"),
            "mean_reciprocity": _REAL,
            "community": _INT,
            "is_measured": _BOOL,
        }
    ),
    "org_unit_month": pa.schema(
        {
            "month_start": _DAY,
            "org_unit_key": _INT,
            **_columns(_INT, "n_nodes", "n_ties"),
            **_columns(_REAL, "density", "mean_degree", "ei_index", "ei_expected", "ei_excess"),
            "ei_p_value": _REAL,
            "ei_p_method": _TEXT,
            "ei_index_weighted": _REAL,
            **_columns(_INT, "n_external_ties", "n_internal_ties"),
            "share_without_external": _REAL,
            "n_units_reached": _INT,
            "silo_flag": _BOOL,
            **_columns(_INT, "n_hubs", "n_brokers", "n_articulation", "n_isolates"),
            **_columns(_INT, *(f"gf_{role}" for role in BROKERAGE), "gf_total"),
        }
    ),
    "org_unit_pair_month": pa.schema(
        {
            "month_start": _DAY,
            **_columns(_INT, "from_org_unit_key", "to_org_unit_key"),
            "weight": _REAL,
            **_columns(_INT, "n_ties", "n_people_from", "n_people_to", "n_from", "n_to"),
            **_columns(_REAL, "flow", "flow_ratio", "bridge_dependency"),
        }
    ),
    "organisation_month": pa.schema(
        {
            "month_start": _DAY,
            **_columns(_INT, "n_nodes", "n_arcs", "n_ties", "n_isolates", "n_components"),
            "largest_component": _INT,
            **_columns(_REAL, "reciprocity", "density", "transitivity"),
            **_columns(_REAL, "modularity_formal", "modularity_detected"),
            "n_communities": _INT,
            **_columns(_REAL, "community_nmi", "community_adjusted_rand", "community_stability"),
            "community_method": _TEXT,
            **_columns(_REAL, "graph_coverage", "blind_spot_rate"),
            **_columns(_REAL, "ei_index", "ei_expected", "ei_p_value"),
            "ei_p_method": _TEXT,
            "ei_index_weighted": _REAL,
            **_columns(_REAL, *(f"share_{channel}" for channel in CHANNELS)),
            "load_concentration": _REAL,
        }
    ),
}

QUARTERLY: Final = {
    "person_quarter": pa.schema(
        {
            "quarter_start": _DAY,
            **_columns(_INT, "person_key", "group_key"),
            **_columns(_BOOL, *(f"is_{role}" for role in ROLE_NAMES)),
            **_columns(_REAL, "fragmentation_loss", "share_cut_off", "efficiency_loss"),
            "is_critical": _BOOL,
            **_columns(_REAL, "tie_persistence", "position_vs_network"),
            "is_measured": _BOOL,
        }
    ),
    "person_role_quarter": pa.schema(
        {
            "quarter_start": _DAY,
            "person_key": _INT,
            "role": _TEXT,
            **_columns(_BOOL, "was_candidate", "is_confirmed"),
            "survival": _REAL,
            "n_resamples": _INT,
            "status": _TEXT,
        }
    ),
    "tie_quarter": pa.schema(
        {
            "quarter_start": _DAY,
            **_columns(_INT, "person_key", "other_person_key"),
            **_columns(_REAL, "weight", "weight_max", "weight_mean", "reciprocity"),
            **_columns(_REAL, "overlap", "strength_percentile"),
            "tie_type": _TEXT,
            "is_new": _BOOL,
        }
    ),
    "org_unit_quarter": pa.schema(
        {
            "quarter_start": _DAY,
            **_columns(_INT, "org_unit_key", "n_nodes", "n_arcs", "n_ties", "n_measured"),
            **_columns(_REAL, "connectedness", "hierarchy", "efficiency_k94", "efficiency_ucinet"),
            **_columns(_REAL, "least_upper_boundedness", "least_upper_boundedness_se"),
            "least_upper_boundedness_method": _TEXT,
            **{
                f"{name}_{variant}": kind
                for variant in VARIANTS
                for name, kind in {
                    **_columns(_REAL, "formal_informal_jaccard", "informal_outside_formal", "unused_formal"),
                    **_columns(_REAL, "qap_r", "qap_p_value"),
                }.items()
            },
            **_columns(_REAL, "mrqap_chart", "mrqap_chart_p_value"),
            **_columns(_REAL, "mrqap_location", "mrqap_location_p_value"),
            "qap_method": _TEXT,
            **_columns(_REAL, "mean_orgchart_distance", "mean_orgchart_distance_all"),
            "n_unreachable_ties": _INT,
            **_columns(_INT, "n_continuing", "n_ties_before"),
            **_columns(_REAL, "tie_persistence", "tie_turnover_lost", "tie_turnover_new"),
            **_columns(_REAL, "jaccard_all", "jaccard_continuing", "change_behaviour", "change_membership"),
            **_columns(_REAL, "fragmentation", "mean_reciprocal_distance", "attack_curve_r"),
            "attack_curve_r_random": _REAL,
            "attack_method": _TEXT,
            **{
                f"{name}_without_top_{share}": kind
                for share in LOSSES
                for name, kind in (("largest_component", _INT), ("mean_distance", _REAL))
            },
            **_columns(_INT, "n_critical", *(f"n_{role}" for role in ROLE_NAMES)),
            **_columns(_REAL, "share_strong_ties", "share_diverse_ties", "reciprocity"),
            "load_concentration": _REAL,
        }
    ),
    "org_unit_quartile_quarter": pa.schema(
        {
            "quarter_start": _DAY,
            "org_unit_key": _INT,
            "metric": _TEXT,
            **_columns(_INT, "n_nodes", "n_defined"),
            **_columns(_REAL, "p25", "p50", "p75"),
        }
    ),
    "level_quarter": pa.schema(
        {
            "quarter_start": _DAY,
            "level": _TEXT,
            **_columns(_INT, "n_nodes", "n_defined"),
            **_columns(_REAL, "p25", "p50", "p75"),
        }
    ),
}
