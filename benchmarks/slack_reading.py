"""How fast a Slack export is read, beside DuckDB's ``read_json`` over the same files.

Writes a synthetic export (records shaped as Slack writes them today: ``blocks``,
``user_profile``, threads, reactions, links, code) into a temporary folder and reads it

* with the reader: parsed, pseudonymised, texts turned into features, all contract tables,
* with DuckDB, the same files into a table: every column as it detects them, and only the
  columns that the reader uses, declared.

Run: ``python benchmarks/slack_reading.py --messages 300000``
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import orjson

from assets.extract.readers import slack
from assets.extract.reading import Border, ReaderOptions

N_PEOPLE = 2_000
N_CHANNELS = 40
SECONDS_PER_DAY = 86_400
FIRST_DAY = 19_724  # 2024-01-02 in days since 1970
SYLLABLES = ["ka", "lo", "mi", "ren", "sta", "vor", "pel", "du", "fin", "gra", "hex", "jun"]
NEEDED = (
    "{type: 'VARCHAR', subtype: 'VARCHAR', user: 'VARCHAR', bot_id: 'VARCHAR', username: 'VARCHAR',"
    " text: 'VARCHAR', ts: 'VARCHAR', thread_ts: 'VARCHAR', edited: 'STRUCT(\"user\" VARCHAR, ts VARCHAR)',"
    " reactions: 'STRUCT(\"name\" VARCHAR, users VARCHAR[], count INTEGER)[]', files: 'JSON[]'}"
)


def write_export(folder: Path, n_messages: int, per_file: int, seed: int = 7) -> int:
    """Write the export; returns its size in bytes."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(20_000)]
    weights = [1 / (rank + 10) for rank in range(len(words))]
    vocabulary = chance.choices(words, weights, k=200_000)
    users = [_user(number) for number in range(N_PEOPLE)]
    channels = [
        {"id": f"C{number:09d}", "name": f"channel-{number}", "created": 1_700_000_000, "members": []}
        for number in range(N_CHANNELS)
    ]
    (folder / "users.json").write_bytes(orjson.dumps(users))
    (folder / "channels.json").write_bytes(orjson.dumps(channels))
    size = 0
    n_files = -(-n_messages // per_file)
    for file_number in range(n_files):
        channel = channels[file_number % N_CHANNELS]
        day = FIRST_DAY + file_number // N_CHANNELS
        records = [
            _message(chance, users, vocabulary, day, index, per_file)
            for index in range(min(per_file, n_messages - file_number * per_file))
        ]
        place = (
            folder / str(channel["name"]) / (time.strftime("%Y-%m-%d", time.gmtime(day * 86_400)) + ".json")
        )
        place.parent.mkdir(exist_ok=True)
        size += place.write_bytes(orjson.dumps(records, option=orjson.OPT_INDENT_2))
    return size


def _user(number: int) -> dict[str, Any]:
    name = f"person{number}"
    profile = {"real_name": f"Person Number{number}", "display_name": name, "email": f"{name}@example.org"}
    return {"id": f"U{number:09d}", "name": name, "deleted": False, "is_bot": False, "profile": profile}


def _message(
    chance: random.Random,
    users: list[dict[str, Any]],
    vocabulary: list[str],
    day: int,
    index: int,
    per_file: int,
) -> dict[str, Any]:
    user = chance.choice(users)
    start = chance.randrange(len(vocabulary) - 60)
    text = " ".join(vocabulary[start : start + min(60, int(chance.lognormvariate(2.6, 0.8)) + 1)])
    if chance.random() < 0.15:
        text = f"<@{chance.choice(users)['id']}> {text}"
    if chance.random() < 0.12:
        text += f" <https://example.org/{chance.randrange(10**9)}|{vocabulary[start]}>"
    if chance.random() < 0.04:
        text += " ```select * from x where y > 1;```"
    if chance.random() < 0.15:
        text = f"does anyone know {text}?"
    seconds = day * SECONDS_PER_DAY + index * SECONDS_PER_DAY // per_file
    ts = f"{seconds}.{chance.randrange(10**6):06d}"
    record: dict[str, Any] = {
        "client_msg_id": f"{chance.getrandbits(128):032x}",
        "type": "message",
        "text": text,
        "user": user["id"],
        "ts": ts,
        "team": "T000000001",
        "user_team": "T000000001",
        "source_team": "T000000001",
        "user_profile": {
            "avatar_hash": "g0123456789a",
            "image_72": f"https://avatars.example.org/{user['id']}_72.png",
            "first_name": "Person",
            "real_name": user["profile"]["real_name"],
            "display_name": user["name"],
            "team": "T000000001",
            "name": user["name"],
            "is_restricted": False,
            "is_ultra_restricted": False,
        },
        "blocks": [
            {
                "type": "rich_text",
                "block_id": f"{chance.getrandbits(24):06x}",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}],
            }
        ],
    }
    if chance.random() < 0.3:
        record["thread_ts"] = f"{seconds - 3_600}.000100"
        record["parent_user_id"] = chance.choice(users)["id"]
    if chance.random() < 0.2:
        reactors = [chance.choice(users)["id"] for _ in range(chance.randint(1, 4))]
        record["reactions"] = [{"name": "clap", "users": reactors, "count": len(reactors)}]
    if chance.random() < 0.05:
        record["edited"] = {"user": user["id"], "ts": f"{seconds + 60}.000000"}
    return record


def _read(unit: Path) -> dict[str, int]:
    rows: dict[str, int] = {}
    for table, batch in slack.read(unit, ReaderOptions(), Border("bench", b"k" * 32)):
        rows[table] = rows.get(table, 0) + batch.num_rows
    return rows


def _duckdb(folder: Path, columns: str | None) -> None:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        declared = f", columns = {columns}" if columns else ", union_by_name = true"
        connection.execute(
            f"create table records as select * from read_json('{folder}/*/*.json', format = 'array',"
            f" maximum_object_size = 100000000{declared})"
        )


def _best(action: Callable[[], object], repeats: int) -> tuple[float, float]:
    """(wall, CPU) seconds of the quickest run; CPU time also tells on a machine that others use."""
    runs = []
    for _ in range(repeats):
        start, cpu = time.perf_counter(), time.process_time()
        action()
        runs.append((time.perf_counter() - start, time.process_time() - cpu))
    return min(runs)


def _line(what: str, run: tuple[float, float], reader: tuple[float, float]) -> str:
    ratios = f"{reader[0] / run[0]:.2f} (wall), {reader[1] / run[1]:.2f} (CPU)"
    return f"{what:32} {run[0]:7.2f} s wall {run[1]:7.2f} s CPU   reader / this: {ratios}"


def main() -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--per-file", type=int, default=100, help="messages of one channel and day")
    parser.add_argument("--repeats", type=int, default=3, help="the best of so many runs counts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = write_export(folder, arguments.messages, arguments.per_file)
        n_files = sum(1 for _ in folder.glob("*/*.json"))
        print(f"{arguments.messages:,} messages, {n_files:,} files, {size / 1e6:,.0f} MB")
        print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()},", end=" ")
        print(f"DuckDB {duckdb.__version__}; best of {arguments.repeats}")
        ours = _best(lambda: _read(folder), arguments.repeats)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        detected = _best(lambda: _duckdb(folder, None), arguments.repeats)
        declared = _best(lambda: _duckdb(folder, NEEDED), arguments.repeats)
        print(_line("reader", ours, ours))
        print(_line("DuckDB read_json, all columns", detected, ours))
        print(_line("DuckDB read_json, needed columns", declared, ours))
        print(f"peak memory of the reader's process: {peak:,.0f} MB")


if __name__ == "__main__":
    main()
