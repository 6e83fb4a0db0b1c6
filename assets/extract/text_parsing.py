"""One block of records as columns of text.

The fast parser reads the block; where it counts other rows than the block has records (a quote
within a value that is not quoted), the block is read record by record instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv

from assets.extract.text_records import Block, RejectLine, split_record


def parse_block(
    block: Block, header: Sequence[str], used: Collection[str], delimiter: str, reject: RejectLine
) -> tuple[pl.Series, dict[str, pl.Series]]:
    """The rows' line numbers, and the ``used`` columns of the header as text.

    Records of another width than the header go to ``reject``; blank lines are rows of NULL or ''.
    """
    counts = Counter(header)
    unique = [
        name if counts[name] == 1 and name in used else f"unused {index}" for index, name in enumerate(header)
    ]
    wanted = [name for name in unique if name in used]
    invalid: list[tuple[int, int, str]] = []
    parsed = _parse_fast(block, unique, wanted, delimiter, invalid)
    if parsed is None or parsed.num_rows + len(invalid) != len(block.starts):
        return _parse_slowly(block, unique, wanted, delimiter, reject)
    for number, n_fields, text in invalid:
        _reject_width(block.starts[number - 1], n_fields, len(header), text, reject)
    lines = pl.Series(block.starts, dtype=pl.Int64)
    if invalid:
        skipped = {number - 1 for number, _, _ in invalid}
        lines = lines.filter(pl.Series(at not in skipped for at in range(len(block.starts))))
    return lines, {name: pl.Series(parsed.column(name)) for name in wanted}


def _parse_fast(
    block: Block, unique: list[str], wanted: list[str], delimiter: str, invalid: list[tuple[int, int, str]]
) -> pa.Table | None:
    def on_invalid(row: Any) -> str:
        invalid.append((row.number, row.actual_columns, row.text))
        return "skip"

    try:
        return pacsv.read_csv(
            pa.BufferReader(block.content),
            pacsv.ReadOptions(
                column_names=unique, use_threads=False, block_size=max(len(block.content) + 1, 1024)
            ),
            pacsv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=block.records is not None,
                ignore_empty_lines=False,
                invalid_row_handler=on_invalid,
            ),
            pacsv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()), include_columns=wanted, null_values=[]
            ),
        )
    except pa.ArrowInvalid:
        return None


def _parse_slowly(
    block: Block, unique: list[str], wanted: list[str], delimiter: str, reject: RejectLine
) -> tuple[pl.Series, dict[str, pl.Series]]:
    records = block.records if block.records is not None else block.content.split(b"\n")
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, record in zip(block.starts, records, strict=False):
        text = record.decode().rstrip("\r")
        fields = split_record(text, delimiter)
        if not text:
            continue
        if fields is None:
            reject(line, "unbalanced_quote", "a quoted value is never closed", text)
        elif len(fields) != len(unique):
            _reject_width(line, len(fields), len(unique), text, reject)
        else:
            rows.append(fields)
            lines.append(line)
    places = {name: unique.index(name) for name in wanted}
    return pl.Series(lines, dtype=pl.Int64), {
        name: pl.Series([row[at] for row in rows], dtype=pl.String) for name, at in places.items()
    }


def _reject_width(line: int, n_fields: int, n_expected: int, text: str, reject: RejectLine) -> None:
    detail = f"{n_fields} fields, expected {n_expected} as in the header"
    reject(line, "wrong_number_of_fields", detail, text)
