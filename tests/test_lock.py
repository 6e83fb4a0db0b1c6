"""One build at a time, freed by the death of the process that holds it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from assets.lock import BuildLock, WarehouseBusyError

HOLD = """
import sys, time
from pathlib import Path
from assets.lock import BuildLock
BuildLock(Path(sys.argv[1])).acquire("the nightly schedule")
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_build_is_told_who_holds_the_warehouse_until_that_process_dies(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WarehouseBusyError) as error:
            BuildLock(tmp_path).acquire("kithwork build")
        assert f"the nightly schedule (process {holder.pid})" in str(error.value)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    lock = BuildLock(tmp_path)
    lock.acquire("kithwork build")
    lock.release()


def test_one_process_may_nest_the_lock(tmp_path: Path) -> None:
    outer, inner = BuildLock(tmp_path), BuildLock(tmp_path)
    outer.acquire("kithwork build")
    inner.acquire("the Dagster run 1a2b3c4d")
    inner.release()
    assert _is_busy(tmp_path)
    outer.release()
    assert not _is_busy(tmp_path)


def _is_busy(folder: Path) -> bool:
    code = (
        "import sys; from pathlib import Path; from assets.lock import *\n"
        "try: BuildLock(Path(sys.argv[1])).acquire('x')\n"
        "except WarehouseBusyError: sys.exit(3)"
    )
    return subprocess.run([sys.executable, "-c", code, str(folder)], check=False).returncode == 3
