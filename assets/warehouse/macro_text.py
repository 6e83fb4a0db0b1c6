"""A macro of the dbt project as SQL for DuckDB, without dbt: where Python runs what a model runs too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

MACROS: Final = Path(__file__).resolve().parents[2] / "dbt" / "macros"
PORTABLE: Final = "portable_sql"


class _Adapter:
    """The part of dbt's ``adapter`` that the portable macros use."""

    def __init__(self, macro: Callable[[str], Any]) -> None:
        self._macro = macro

    def dispatch(self, name: str, _project: str) -> Any:
        """The macro as DuckDB has it."""
        return self._macro(f"duckdb__{name}") or self._macro(f"default__{name}")


def filled_in(text: str, *files: str) -> str:
    """``text`` with the macros of the named files, and the portable ones, filled in.

    For macros that need nothing else of dbt: no ``ref``, no ``var``. Raises
    ``jinja2.UndefinedError`` for a macro that the files do not have.
    """
    from jinja2 import Environment, StrictUndefined

    macros = "".join((MACROS / f"{name}.sql").read_text(encoding="utf-8") for name in (PORTABLE, *files))
    environment = Environment(undefined=StrictUndefined)
    known: dict[str, Any] = {}
    adapter = _Adapter(known.get)
    module = environment.from_string(macros).make_module({"adapter": adapter, "return": lambda value: value})
    known.update({name: getattr(module, name) for name in dir(module) if not name.startswith("_")})
    return environment.from_string(text).render(known)
