"""Dagster's event log on SQLite that keeps its connections instead of making one per statement.

Dagster's own storage makes a new SQLAlchemy engine for every read and write, opens the file anew
and compiles every statement anew: most of what a small build spends on its history. The files are
the same, and either class reads what the other wrote.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from sqlalchemy import QueuePool, create_engine

if TYPE_CHECKING:
    from dagster._serdes import ConfigurableClassData
    from sqlalchemy.engine import Connection, Engine

_OPEN_DATABASES: Final = 8
"""One per run and one over all runs; the one used longest ago is closed first."""


class RunHistory(SqliteEventLogStorage):
    """The event log of a warehouse; named in ``dagster.yaml``."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> RunHistory:
        """As Dagster makes it from ``dagster.yaml``."""
        return cls(inst_data=inst_data, **config_value)

    @property
    def open_databases(self) -> list[str]:
        """Databases with a connection, the one used longest ago first."""
        return list(self._engines)

    @cached_property
    def _engines(self) -> OrderedDict[str, Engine]:
        return OrderedDict()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A connection to one run's database, or to the index over all runs, in a transaction."""
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        """The engine of a database with its one connection (``_db_lock`` lets one user in at a time)."""
        engines = self._engines
        if shard not in engines:
            if len(engines) == _OPEN_DATABASES:
                engines.popitem(last=False)[1].dispose()
            engines[shard] = create_engine(
                create_db_conn_string(self._base_dir, shard),
                poolclass=QueuePool,
                pool_size=1,
                max_overflow=1,  # making a database looks at it while holding it
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
            )
        engines.move_to_end(shard)
        return engines[shard]
