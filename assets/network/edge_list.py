"""Edge lists and node lists from CSV or Parquet, in whatever columns they come.

Every refusal names the file, the line and the value, and says what to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assets.network.graph import GraphInputError, positions

END_NAMES: Final = (
    ("from", "to"),
    ("source", "target"),
    ("sender", "recipient"),
    ("respondent", "nominee"),
    ("src", "dst"),
)
NODE_NAMES: Final = ("node_id", "node", "id", "person_id", "person", "name", "label")
UNKNOWN_GROUP: Final = "(unknown)"
_DELIMITERS: Final = (",", ";", "\t", "|", " ")


@dataclass(frozen=True)
class EdgeList:
    """Edges in the order of the file: ends as text, weight (1 without a column), time if asked for."""

    sources: pl.Series
    targets: pl.Series
    weights: NDArray[np.float64]
    times: pl.Series | None
    columns: tuple[str, str]
    has_weights: bool


@dataclass(frozen=True)
class NodeList:
    """Nodes ordered by id, with a group number each (>= 1) and the groups' labels.

    ``has_groups`` is false when nobody named a group column; ``warnings`` tells what had to be assumed.
    """

    ids: NDArray[Any]
    group: NDArray[np.int64]
    group_labels: dict[int, str]
    has_groups: bool = False
    warnings: list[str] = field(default_factory=list)


def read_edges(
    path: Path, *, weight: str | None = None, time: str | None = None, has_header: bool | None = None
) -> EdgeList:
    """Read an edge list; raises :class:`GraphInputError`.

    The ends are columns named like one of :data:`END_NAMES` (whatever the case), else the first two.
    A column named ``weight`` is the weight, another only by ``weight=``. A CSV whose first line holds
    numbers where the names should be is read as one without a header.
    """
    frame, first_line = _read(path, has_header)
    ends = _ends(path, frame.columns)
    weight_column = _weight_column(path, frame.columns, weight)
    for end in ends:
        missing = frame[end].is_null() | (frame[end] == "")
        if missing.any():
            row = int(missing.arg_max() or 0)
            raise GraphInputError(
                f"{path.name}: {_place(row, first_line)}: {end} is empty; each edge has two ends"
            )
    weights = np.ones(frame.height)
    if weight_column is not None:
        weights = _numbers(path, frame[weight_column], first_line)
    times = None if time is None else _times(path, frame, time, first_line)
    return EdgeList(frame[ends[0]], frame[ends[1]], weights, times, ends, weight_column is not None)


def read_nodes(path: Path | None, edges: EdgeList, *, group: str | None = None) -> NodeList:
    """All nodes: those of the file, isolates included, and those that only edges name.

    Attributes are joined by id. Nodes that the file does not list, or lists without a group, fall
    into the group "(unknown)", with a warning. Without a group column all share one group.
    """
    named = pl.concat([edges.sources, edges.targets]).unique().sort()
    if path is None:
        if group is not None:
            raise GraphInputError(f"--group {group} needs --nodes: the file that holds that column")
        ids = named.to_numpy()
        return NodeList(ids, np.ones(ids.size, dtype=np.int64), {1: "all"})
    frame, first_line = _read(path, None)
    id_column = next((c for n in NODE_NAMES for c in frame.columns if c.lower() == n), frame.columns[0])
    listed = frame[id_column]
    if listed.null_count():
        row = int(listed.is_null().arg_max() or 0)
        raise GraphInputError(
            f"{path.name}: {_place(row, first_line)}: {id_column} is empty; each node has an id"
        )
    twice = listed.is_duplicated()
    if twice.any():
        value = listed.filter(twice)[0]
        rows = [_place(int(row), first_line) for row in (listed == value).arg_true()[:3]]
        raise GraphInputError(f"{path.name}: node {value} stands on {' and '.join(rows)}; one row per node")
    if group is not None and group not in frame.columns:
        raise GraphInputError(f"{path.name}: no column {group}; there are {', '.join(frame.columns)}")
    ids = pl.concat([listed, named]).unique().sort().to_numpy()
    return _grouped(path, ids, listed, frame[group] if group is not None else None)


def vertex_numbers(nodes: NodeList, edges: EdgeList) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of each edge's source and target among the ordered nodes."""
    lookup = pl.DataFrame(
        {"id": pl.Series(nodes.ids.tolist(), dtype=pl.String), "number": np.arange(nodes.ids.size)}
    )
    found = []
    for end in (edges.sources, edges.targets):
        joined = end.rename("id").to_frame().join(lookup, on="id", how="left", maintain_order="left")
        found.append(joined["number"].to_numpy().astype(np.int64))
    return found[0], found[1]


def _grouped(path: Path, ids: NDArray[Any], listed: pl.Series, group: pl.Series | None) -> NodeList:
    warnings = []
    at = positions(ids, listed.to_numpy())
    is_listed = np.zeros(ids.size, dtype=bool)
    is_listed[at] = True
    strangers = ids[~is_listed]
    labels = np.full(ids.size, UNKNOWN_GROUP if group is not None else "all", dtype=object)
    if group is not None:
        text = group.cast(pl.String).fill_null(UNKNOWN_GROUP)
        labels[at] = text.to_numpy()
        blank = int(group.null_count())
        if blank:
            warnings.append(
                f"{path.name}: {blank} nodes have no {group.name}; they form the group {UNKNOWN_GROUP}"
            )
    if strangers.size:
        shown = ", ".join(strangers[:3])
        warnings.append(
            f"{path.name}: {strangers.size} ends of edges are not listed ({shown}, ...); "
            f"they are kept, in the group {UNKNOWN_GROUP if group is not None else 'all'}"
        )
    names, number = np.unique(labels.astype(str), return_inverse=True)
    group_labels = {i + 1: str(name) for i, name in enumerate(names)}
    return NodeList(ids, number.astype(np.int64) + 1, group_labels, group is not None, warnings)


def _read(path: Path, has_header: bool | None) -> tuple[pl.DataFrame, int]:
    """The file as text columns (Parquet keeps its types, ends as text), and the line of the first row."""
    if not path.is_file():
        raise GraphInputError(f"{path}: no such file")
    if path.suffix.lower() in (".parquet", ".pq"):
        try:
            frame = pl.read_parquet(path)
        except Exception as error:
            raise GraphInputError(f"{path.name}: not a readable Parquet file ({error})") from error
        return frame.with_columns(pl.col(c).cast(pl.String) for c in frame.columns), 0
    head = _head(path)
    delimiter = max(_DELIMITERS, key=lambda d: (head.count(d), -_DELIMITERS.index(d)))
    if head.count(delimiter) == 0:
        raise GraphInputError(f"{path.name}: line 1 has one column; an edge list has at least two")
    with_header = has_header if has_header is not None else not _looks_like_data(head, delimiter)
    try:
        frame = pl.read_csv(
            path,
            separator=delimiter,
            has_header=with_header,
            infer_schema=False,
            comment_prefix="#",
            encoding="utf8-lossy",
        )
    except pl.exceptions.NoDataError as error:
        raise GraphInputError(f"{path.name}: the file is empty") from error
    except pl.exceptions.PolarsError as error:
        raise GraphInputError(
            _broken_line(path, delimiter) or f"{path.name}: not a readable table ({error})"
        ) from error
    return frame.rename({c: c.strip().strip('"') for c in frame.columns}), 2 if with_header else 1


def _head(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                return line.rstrip("\r\n")
    raise GraphInputError(f"{path.name}: the file is empty")


def _looks_like_data(head: str, delimiter: str) -> bool:
    """Column names are not numbers: two numbers in front mean that the first edge is line 1."""
    return all(_is_number(cell) for cell in head.split(delimiter)[:2])


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().strip('"'))
    except ValueError:
        return False
    return True


def _broken_line(path: Path, delimiter: str) -> str | None:
    """The first line with another number of cells than the first, quotes respected."""
    import csv

    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader((line for line in file), delimiter=delimiter)
        width = None
        for cells in reader:
            if not cells or cells[0].startswith("#"):
                continue
            width = width or len(cells)
            if len(cells) > width:
                return (
                    f"{path.name}: line {reader.line_num} has {len(cells)} cells, line 1 has {width}; "
                    "mend or remove that line"
                )
    return None


def _ends(path: Path, columns: list[str]) -> tuple[str, str]:
    lower = {column.lower(): column for column in reversed(columns)}
    for source, target in END_NAMES:
        if source in lower and target in lower:
            return lower[source], lower[target]
    if len(columns) < 2:
        raise GraphInputError(f"{path.name}: one column ({columns[0]}); an edge list has at least two")
    return columns[0], columns[1]


def _weight_column(path: Path, columns: list[str], asked: str | None) -> str | None:
    if asked is not None:
        if asked not in columns:
            raise GraphInputError(f"{path.name}: no column {asked}; there are {', '.join(columns)}")
        return asked
    return next((column for column in columns if column.lower() == "weight"), None)


def _numbers(path: Path, column: pl.Series, first_line: int) -> NDArray[np.float64]:
    numbers = column.str.strip_chars().cast(pl.Float64, strict=False)
    bad = numbers.is_null() | ~numbers.is_finite() | (numbers < 0)
    if bad.fill_null(True).any():
        row = int(bad.fill_null(True).arg_max() or 0)
        raise GraphInputError(
            f"{path.name}: {_place(row, first_line)}: {column.name} is {column[row]!r}; "
            "weights are finite numbers, 0 or more"
        )
    return numbers.to_numpy().astype(np.float64)


def _times(path: Path, frame: pl.DataFrame, name: str, first_line: int) -> pl.Series:
    if name not in frame.columns:
        raise GraphInputError(f"{path.name}: no column {name}; there are {', '.join(frame.columns)}")
    text = frame[name].str.strip_chars()
    seconds = text.cast(pl.Float64, strict=False)
    if seconds.null_count() == 0:
        return (seconds * 1_000_000).cast(pl.Int64).cast(pl.Datetime("us"))
    found = _parsed(text)
    if found.null_count():
        row = int(found.is_null().arg_max() or 0)
        raise GraphInputError(
            f"{path.name}: {_place(row, first_line)}: {name} is {text[row]!r}; "
            "times are ISO 8601 (2024-03-01 or 2024-03-01T09:30:00) or seconds since 1970"
        )
    return found


def _parsed(text: pl.Series) -> pl.Series:
    """ISO times as naive UTC; a date alone is its midnight. NULL where neither fits."""
    plain = text.str.replace(r"Z$", "").str.replace("T", " ")
    result = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    for pattern in ("%Y-%m-%d %H:%M", "%Y-%m-%d"):
        result = result.fill_null(plain.str.to_datetime(pattern, strict=False, time_unit="us"))
    zoned = plain.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", strict=False, time_unit="us")
    return result.fill_null(zoned.dt.replace_time_zone(None))


def _place(row: int, first_line: int) -> str:
    return f"line {row + first_line}" if first_line else f"row {row}"
