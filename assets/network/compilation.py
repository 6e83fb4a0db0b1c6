"""Which kernels a first run still has to compile, so that it can say so."""

from __future__ import annotations

from pathlib import Path
from typing import Final

KERNEL_MODULES: Final = (
    "kernels",
    "edge_kernels",
    "path_kernels",
    "weighted_kernels",
    "lane_kernels",
    "reach_kernels",
)


def kernels_to_compile() -> list[str]:
    """Kernel modules without a compiled file of their present source, by name."""
    missing = []
    for name in KERNEL_MODULES:
        source = Path(__file__).with_name(f"{name}.py")
        stamp = source.stat().st_mtime
        compiled = [f for folder in _cache_folders(source) for f in folder.glob(f"{name}.*.nbi")]
        if not any(file.stat().st_mtime >= stamp for file in compiled):
            missing.append(name)
    return missing


def _cache_folders(source: Path) -> list[Path]:
    """Where numba keeps compiled code: the set folder, the one beside the source, the user's."""
    from numba.core import config
    from numba.misc.appdirs import AppDirs

    chosen = getattr(config, "CACHE_DIR", "")
    roots = [Path(chosen)] if chosen else []
    user_wide = Path(AppDirs(appname="numba", appauthor=False).user_cache_dir)
    nested = [folder for root in (*roots, user_wide) if root.is_dir() for folder in root.glob("network_*")]
    return [source.parent / "__pycache__", *nested]
