"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: ``fail`` means that a build cannot succeed."""

    status: Literal["good", "warn", "fail"]
    text: str
    remedy: str = ""
