"""Why an effect cannot be given; the list is shared by all studies (``assets.statistics``)."""

from __future__ import annotations

from assets.statistics.estimability import REASONS, NotEstimableError

__all__ = ["REASONS", "NotEstimableError"]
