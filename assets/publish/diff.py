"""Why did a number move? Two published versions compared, cell by cell.

Each manifest holds fingerprints of everything that can move a number: the landing units per
feed, the HR files, identity, settings, code. A number's candidates are the fingerprints that
changed and that its table depends on (by lineage). One candidate is the cause; of several, all
are named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from assets.publish.version import read_manifest

TOP: Final = 5
CAUSES: Final = {
    "data": "data",
    "hr": "HR corrections",
    "identity": "identity",
    "initiatives": "initiatives",
    "settings": "settings",
    "code": "code",
    "key": "key",
}
_ALWAYS: Final = ("settings", "code", "key")
"""Every table depends on these."""


@dataclass(frozen=True)
class Mover:
    """One number that moved; None is NULL."""

    key: str
    column: str
    before: Any
    after: Any
    note: str = ""


@dataclass(frozen=True)
class TableDiff:
    """What moved in one table, and why."""

    name: str
    causes: tuple[str, ...]
    n_moved: int
    n_added: int
    n_removed: int
    movers: tuple[Mover, ...]

    @property
    def is_silent(self) -> bool:
        """Whether the files differ, but no number and no row does."""
        return not (self.n_moved or self.n_added or self.n_removed)


@dataclass(frozen=True)
class VersionDiff:
    """Two versions: what changed at the source, and which numbers moved."""

    before: str
    after: str
    changes: Mapping[str, str]
    """Cause to what changed in words."""
    tables: tuple[TableDiff, ...]

    def lines(self) -> list[str]:
        """The comparison for a terminal."""
        out = [f"{self.before} -> {self.after}"]
        out += [f"  changed: {CAUSES[cause]} ({text})" for cause, text in self.changes.items()]
        if not self.changes:
            out.append("  nothing changed: same data, HR files, identity, settings and code")
        silent = [table.name for table in self.tables if table.is_silent]
        for table in (table for table in self.tables if not table.is_silent):
            out.append(
                f"{table.name}: {table.n_moved:,} numbers moved, {table.n_added:,} rows new, "
                f"{table.n_removed:,} rows gone; moved by {' or '.join(table.causes) or 'nothing known'}"
            )
            for mover in table.movers:
                note = f" ({mover.note})" if mover.note else ""
                out.append(
                    f"    {mover.key} {mover.column}: {_shown(mover.before)} -> {_shown(mover.after)}{note}"
                )
            if table.n_moved > len(table.movers):
                out.append(f"    and {table.n_moved - len(table.movers):,} more, which moved less")
        if silent:
            out.append(f"no number moved, only columns, reasons or last digits, in: {', '.join(silent)}")
        if not self.tables:
            out.append("no published number moved")
        return out


def diff(root: Path, before: str, after: str) -> VersionDiff:
    """Compare two versions' published tables. Raises ``VersionError`` when one is not there."""
    old, new = read_manifest(root, before), read_manifest(root, after)
    changes = _changes(old, new)
    tables = []
    for name in sorted(set(old["tables"]) | set(new["tables"])):
        then, now = old["tables"].get(name), new["tables"].get(name)
        if then is not None and now is not None and then["content"] == now["content"]:
            continue
        inputs = {*(then or {}).get("inputs", ()), *(now or {}).get("inputs", ()), *_ALWAYS}
        causes = tuple(CAUSES[cause] for cause in changes if cause in inputs)
        if then is None or now is None:
            n_rows = (then or now or {}).get("rows", 0)
            tables.append(
                TableDiff(name, causes, 0, 0 if now is None else n_rows, 0 if then is None else n_rows, ())
            )
            continue
        files = [root / "published" / version / f"{name}.parquet" for version in (before, after)]
        tables.append(_table(name, causes, files[0], files[1], now["keys"]))
    return VersionDiff(before, after, changes, tuple(tables))


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    changes = {}
    for cause in CAUSES:
        then, now = old["fingerprints"].get(cause), new["fingerprints"].get(cause)
        if then == now:
            continue
        if isinstance(now, dict) or isinstance(then, dict):
            changes[cause] = _feeds(then or {}, now or {})
        elif cause == "code":
            changes[cause] = f"{old['code_version']} to {new['code_version']}, {then} to {now}"
        else:
            changes[cause] = f"{str(then)[:12]} to {str(now)[:12]}"
    return changes


def _feeds(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    parts = [f"{name} new" for name in sorted(set(now) - set(then))]
    parts += [f"{name} gone" for name in sorted(set(then) - set(now))]
    parts += [f"{name} changed" for name in sorted(set(now) & set(then)) if then[name] != now[name]]
    return ", ".join(parts)


def _table(name: str, causes: tuple[str, ...], before: Path, after: Path, keys: Sequence[str]) -> TableDiff:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for label, path in (("then", before), ("now", after)):
            quoted = str(path).replace("'", "''")
            connection.execute(f"create view {label}_rows as select * from read_parquet('{quoted}')")
        columns = {
            label: {row[0]: row[1] for row in connection.execute(f"describe {label}_rows").fetchall()}
            for label in ("then", "now")
        }
        shared = [c for c in columns["now"] if c in columns["then"] and c not in keys]
        on = " and ".join(f't."{key}" is not distinct from n."{key}"' for key in keys)
        counts = connection.execute(
            f"select (select count(*) from now_rows as n anti join then_rows as t on {on}), "
            f"(select count(*) from then_rows as t anti join now_rows as n on {on})"
        ).fetchall()[0]
        movers: list[tuple[float, Mover]] = []
        n_moved = 0
        for column in shared:
            if column == "suppression_reason":
                continue
            found, total = _moved(connection, column, columns["now"][column], keys, on, shared)
            n_moved += total
            movers += found
    movers.sort(key=lambda entry: (-entry[0], entry[1].key, entry[1].column))
    return TableDiff(name, causes, n_moved, counts[0], counts[1], tuple(mover for _, mover in movers[:TOP]))


def _moved(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    kind: str,
    keys: Sequence[str],
    on: str,
    shared: Sequence[str],
) -> tuple[list[tuple[float, Mover]], int]:
    """The largest movers of one column, and how many moved; size is the change relative to before."""
    is_number = kind.startswith(("DOUBLE", "FLOAT", "DECIMAL", "HUGEINT")) or "INT" in kind
    size = (
        f'coalesce(abs(n."{column}" - t."{column}") / greatest(abs(t."{column}"), 1e-9), 0.5)'
        if is_number
        else "0"
    )
    differs = f't."{column}" is distinct from n."{column}"'
    if is_number:  # sums of floats may differ in the last digits from run to run
        differs += f' and not coalesce(abs(n."{column}" - t."{column}") <= 1e-9 * abs(t."{column}"), false)'
    reasons = "t.suppression_reason, n.suppression_reason" if "suppression_reason" in shared else "null, null"
    key_list = ", ".join(f't."{key}"' for key in keys)
    joined = f"from then_rows as t inner join now_rows as n on {on} where {differs}"
    total = connection.execute(f"select count(*) {joined}").fetchall()[0][0]
    rows = connection.execute(
        f'select {size}, t."{column}", n."{column}", {reasons}, {key_list} {joined} '
        f"order by 1 desc, {key_list} limit {TOP}"
    ).fetchall()
    movers = []
    for magnitude, before, after, old_reason, new_reason, *values in rows:
        key = ", ".join(f"{name} {value}" for name, value in zip(keys, values, strict=True))
        note = ""
        if after is None and new_reason and new_reason != old_reason:
            note = f"now withheld: {new_reason}"
        elif before is None and old_reason and old_reason != new_reason:
            note = f"was withheld: {old_reason}"
        movers.append((float(magnitude), Mover(key, column, before, after, note)))
    return movers, int(total)


def _shown(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
