"""What is published: read from the dbt manifest, where every mart says it about itself.

``config.meta.publish`` is ``published`` (group tables) or ``restricted`` (persons, ties).
A published table with numbers about groups carries ``config.meta.disclosure``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

HR_TABLES = frozenset({"workers", "spells", "jobs", "absences"})
"""Lake tables that HR feeds fill."""


class PublicationError(ValueError):
    """A mart's publication meta cannot be understood; the message names model, key and expectation."""


@dataclass(frozen=True)
class DisclosureRule:
    """How one group table is protected.

    ``keys`` are never suppressed; ``unit`` names the org unit column (two for pair tables), ``period``
    the period column; whatever else is in ``keys`` separates layers, but for flags (``is_...``) and
    ``labels``, which only say more of a row and may differ between the units of a layer. ``numerators``
    are outcome counts to band; ``rates`` maps a rate to the numerator it is made of (None: to no
    outcome); ``total`` is the numerator of which ``parts`` (default: the others) are parts; ``sums``
    maps several totals to their parts instead. ``windows`` maps a count of twelve months to the monthly
    count it adds up. ``counts`` are further small counts to band, without rates (default: numbers of
    role holders). ``minimums`` maps other person counts to the least they may be (a number, ``k_view``
    or ``k_outcome``). ``proportions`` are columns in 0..1 that are not shown at 0 or 1; ``zeros`` maps
    one to the amounts that are withheld with it at 0, because they are 0 then too; ``reasons`` maps a
    further reason column to the proportions of which it speaks, so that the row's reason is of the row;
    ``withheld`` maps a reason column to columns that are shown only where it is NULL. ``categories``
    maps a number of persons to the shares that divide them, with further columns that tell these;
    ``movements`` maps a change since the period before to the amount that changed; ``amounts`` maps a
    reason column to the sums that it says one or two people dominate. ``dominance`` maps ``largest`` and
    ``two_largest`` to the columns with those shares. ``whole`` is the value of the unit column that
    holds everybody, where the units are no org units but values of an attribute: the others are its
    parts.
    """

    threshold: Literal["k_view", "k_outcome"]
    population: str
    keys: tuple[str, ...]
    numerators: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    period: str | None = None
    total: str | None = None
    parts: tuple[str, ...] = ()
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    windows: Mapping[str, str] = field(default_factory=dict)
    counts: tuple[str, ...] | None = None
    minimums: Mapping[str, int | str] = field(default_factory=dict)
    rates: Mapping[str, str | None] = field(default_factory=dict)
    proportions: tuple[str, ...] | None = None
    zeros: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    withheld: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    movements: Mapping[str, str] = field(default_factory=dict)
    amounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dominance: Mapping[str, str] = field(default_factory=dict)
    whole: str | None = None
    labels: tuple[str, ...] = ()

    @property
    def separating(self) -> tuple[str, ...]:
        """The keys whose values are layers: nothing is subtracted from one to another."""
        return tuple(
            key
            for key in self.keys
            if key not in self.unit and key not in self.labels and not key.startswith("is_")
        )


@dataclass(frozen=True)
class PublishedTable:
    """One mart that leaves the working file."""

    name: str
    relation: str
    audience: Literal["published", "restricted"]
    grain: str
    description: str
    columns: Mapping[str, str]
    """Column name to its description, in the yml's order."""
    rule: DisclosureRule | None
    inputs: frozenset[str]
    """What it is made of: ``data``, ``hr``, ``identity``, ``initiatives`` (by lineage)."""


def published_tables(manifest: Mapping[str, Any]) -> list[PublishedTable]:
    """Every model of a dbt manifest that says where it is published, by name.

    Raises ``PublicationError`` when the meta is incomplete or has a word that nobody knows.
    """
    nodes = manifest.get("nodes", {})
    tables = []
    for node_id, node in nodes.items():
        if node.get("resource_type") != "model":
            continue
        meta = {**node.get("meta", {}), **node.get("config", {}).get("meta", {})}
        audience = meta.get("publish")
        if audience is None:
            continue
        if audience not in ("published", "restricted"):
            raise PublicationError(
                f"model {node['name']}: meta.publish is {audience!r}, expected published or restricted"
            )
        rule = _rule(node["name"], meta.get("disclosure"))
        tables.append(
            PublishedTable(
                name=node["name"],
                relation=f'"{node["schema"]}"."{node.get("alias") or node["name"]}"',
                audience=audience,
                grain=str(meta.get("grain", "")),
                description=str(node.get("description", "")).strip(),
                columns={
                    name: str(column.get("description", "")).strip()
                    for name, column in node.get("columns", {}).items()
                },
                rule=rule,
                inputs=_inputs(manifest, node_id),
            )
        )
    return sorted(tables, key=lambda table: table.name)


def _rule(model: str, meta: Mapping[str, Any] | None) -> DisclosureRule | None:
    if meta is None:
        return None
    unknown = set(meta) - set(DisclosureRule.__dataclass_fields__)
    if unknown:
        raise PublicationError(f"model {model}: meta.disclosure has no key {sorted(unknown)[0]!r}")
    for key in ("threshold", "population", "keys"):
        if key not in meta:
            raise PublicationError(f"model {model}: meta.disclosure.{key} is missing")
    if meta["threshold"] not in ("k_view", "k_outcome"):
        raise PublicationError(
            f"model {model}: meta.disclosure.threshold is {meta['threshold']!r}, expected k_view or k_outcome"
        )
    unit = _names(meta.get("unit"))
    if len(unit) > 2:
        raise PublicationError(
            f"model {model}: meta.disclosure.unit has {len(unit)} columns, expected 1 or 2"
        )
    if meta.get("whole") is not None and len(unit) != 1:
        raise PublicationError(f"model {model}: meta.disclosure.whole needs exactly one column in unit")
    labels = _names(meta.get("labels"))
    stray = [name for name in (*unit, *labels, meta.get("period")) if name and name not in meta["keys"]]
    if stray:
        raise PublicationError(f"model {model}: meta.disclosure.keys lacks {stray[0]!r}")
    proportions = meta.get("proportions")
    return DisclosureRule(
        threshold=meta["threshold"],
        population=str(meta["population"]),
        keys=_names(meta["keys"]),
        numerators=_names(meta.get("numerators")),
        unit=unit,
        period=meta.get("period"),
        total=meta.get("total"),
        parts=_names(meta.get("parts")),
        sums={total: _names(parts) for total, parts in (meta.get("sums") or {}).items()},
        windows=dict(meta.get("windows") or {}),
        counts=None if meta.get("counts") is None else _names(meta["counts"]),
        minimums=dict(meta.get("minimums") or {}),
        rates=dict(meta.get("rates") or {}),
        proportions=None if proportions is None else _names(proportions),
        zeros={share: _names(amounts) for share, amounts in (meta.get("zeros") or {}).items()},
        reasons={name: _names(shares) for name, shares in (meta.get("reasons") or {}).items()},
        withheld={name: _names(columns) for name, columns in (meta.get("withheld") or {}).items()},
        categories={name: _names(columns) for name, columns in (meta.get("categories") or {}).items()},
        movements=dict(meta.get("movements") or {}),
        amounts={name: _names(columns) for name, columns in (meta.get("amounts") or {}).items()},
        dominance=dict(meta.get("dominance") or {}),
        whole=meta.get("whole"),
        labels=labels,
    )


def _names(value: str | Sequence[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _inputs(manifest: Mapping[str, Any], node_id: str) -> frozenset[str]:
    """Kinds of input upstream of a model, following every ``ref`` to the sources."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [node_id]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        source = manifest.get("sources", {}).get(current)
        if source is not None:
            found |= _kinds(str(source.get("source_name")), str(source.get("name")))
        node = manifest.get("nodes", {}).get(current)
        if node is not None:
            waiting.extend(node.get("depends_on", {}).get("nodes", ()))
    return frozenset(found)


def _kinds(source: str, table: str) -> set[str]:
    if source == "identity":
        return {"identity"}
    if source in ("network", "outcomes"):
        return {"data", "hr", "identity"}  # computed in Python from marts of every kind
    if source == "reference":
        return set()  # made of settings, which every table depends on
    if table in HR_TABLES:
        return {"hr"}
    return {"initiatives"} if table == "initiatives" else {"data"}
