"""Named streams of random numbers: one seed, one stream per mechanism and month.

Switching a mechanism off, or changing its parameters, leaves the draws of every other
mechanism as they were; a month's draws do not depend on how many were taken before.
"""

from __future__ import annotations

import zlib

import numpy as np

BLOCK = 1024
"""Latent values of people are drawn in blocks, so that one more person changes nobody else."""


class Streams:
    """Child streams of a seed, found by name and number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, mechanism: str, number: int = 0) -> np.random.Generator:
        """The stream of a mechanism; ``number`` is usually the month. Always starts afresh."""
        spawn_key = (zlib.crc32(mechanism.encode()), number)
        return np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=spawn_key))

    def blocks(self, mechanism: str, first: int, count: int) -> list[tuple[np.random.Generator, slice]]:
        """For each block that touches ``first .. first + count``: its stream and the wanted slice."""
        parts = []
        for block in range(first // BLOCK, (first + count - 1) // BLOCK + 1):
            begin = block * BLOCK
            low, high = max(first, begin) - begin, min(first + count, begin + BLOCK) - begin
            parts.append((self.of(mechanism, block), slice(low, high)))
        return parts
