"""What many tests share: a private copy of the real example."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

# No test sends anything anywhere, whatever a library would like to report.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")


@pytest.fixture(scope="module")
def houston_warehouse_settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The settings file of a fresh copy of `examples/houston`, key included, nothing built yet."""
    from assets.identity.key import make_key

    folder = tmp_path_factory.mktemp("houston") / "example"
    left_out = shutil.ignore_patterns("warehouse", "*.key")
    shutil.copytree(ROOT / "examples" / "houston", folder, ignore=left_out)
    make_key(folder / "kithwork.key")
    return folder / "kithwork.yaml"
