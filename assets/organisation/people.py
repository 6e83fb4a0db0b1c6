"""What a person is born with: latent values that no system records, drawn once per person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.organisation.arrays import Flags, Floats
from assets.organisation.plan import Plan
from assets.organisation.streams import BLOCK, Streams


@dataclass
class Latent:
    """Columns of equal length, indexed by person."""

    sociability: Floats
    """Multiplies activity; mean 1."""
    adoption: Floats
    """Months after the observed start at which a person of the initial staff begins to post."""
    never_posts: Flags
    without_account: Floats
    """Uniform; below the plan's share a frontline person has no account at all."""
    evening: Floats
    """Share of activity outside working hours."""
    chattiness: Floats
    """Direct chats compared with public posts; mean about 1."""


def draw_latent(plan: Plan, streams: Streams, first: int, count: int) -> Latent:
    """Latent values of people ``first .. first + count``; the same for a person whatever the count."""
    parts: dict[str, list[Floats]] = {}
    for rng, wanted in streams.blocks("latent", first, count):
        drawn = {
            "sociability": np.exp(plan.sociability * rng.normal(size=BLOCK) - plan.sociability**2 / 2),
            # logistic S-curve with its middle before the observed start: most have adopted by then
            "adoption": rng.logistic(-2.0, 2.5, size=BLOCK),
            "never": rng.random(BLOCK),
            "account": rng.random(BLOCK),
            "evening": rng.beta(1.2, 14, size=BLOCK),
            "chattiness": np.exp(rng.normal(0, 0.5, size=BLOCK) - 0.125),
        }
        for name, values in drawn.items():
            parts.setdefault(name, []).append(values[wanted])
    joined = {name: np.concatenate(values) for name, values in parts.items()}
    return Latent(
        joined["sociability"], joined["adoption"], joined["never"] < plan.never_users, joined["account"],
        joined["evening"], joined["chattiness"],
    )  # fmt: skip


def extend(latent: Latent, more: Latent) -> Latent:
    """Both, one after the other."""
    return Latent(*(np.concatenate([getattr(latent, k), getattr(more, k)]) for k in latent.__dict__))
