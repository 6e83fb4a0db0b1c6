"""The page of metrics, generated from the registry: one section per area, one table per metric."""

from __future__ import annotations

from assets.publish.metrics import Area, Metric, Registry

_ROWS = (
    ("grain", "grain"),
    ("unit", "unit"),
    ("numerator", "numerator"),
    ("denominator", "denominator"),
    ("null_rule", "NULL if"),
    ("minimum_n", "least group"),
    ("purpose", "purpose"),
    ("roll_up", "from persons to the organisation"),
)


def metrics_page(registry: Registry) -> str:
    """Markdown; areas by title, metrics in the order of their file."""
    parts = [
        "# Metrics\n",
        "Generated from `dbt/metrics`, the registry of metrics: what each one means, once. The version rises "
        "when a meaning changes. The source is the section of the metric specification; `k_view` and "
        "`k_outcome` are the least group sizes of the settings; the purpose is the one that a feed's "
        "permission must name for its rows to count. Columns are described in the "
        "[data dictionary](data_dictionary.md).\n",
    ]
    parts += [f"* [{area.title}](#{_anchor(area.title)})" for area in registry.areas]
    parts.append("")
    parts += [_section(area) for area in registry.areas]
    return "\n".join(parts)


def _section(area: Area) -> str:
    return "\n".join([f"## {area.title}\n", f"{area.about}\n", *map(_entry, area.metrics)])


def _entry(metric: Metric) -> str:
    lines = [f"### {metric.name}\n", "| | |\n| --- | --- |"]
    lines.append(f"| version, source | {metric.version}, {metric.source} |")
    lines += [f"| {title} | {_cell(getattr(metric, name))} |" for name, title in _ROWS]
    if metric.settings:
        lines.append(f"| settings | {', '.join(f'`{name}`' for name in metric.settings)} |")
    if metric.tags:
        lines.append(f"| tags | {', '.join(metric.tags)} |")
    shown = (
        f"`{table}` ({', '.join(f'`{column}`' for column in columns)})"
        for table, columns in metric.columns.items()
    )
    lines.append(f"| columns | {', '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
