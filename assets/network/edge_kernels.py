"""Compiled edge building: from events in any order to one sorted, summed arc per ordered pair.

Edges are first dealt into buckets of neighbouring sources, small enough for the processor's nearest
cache, and then ordered within each bucket digit by digit. Both steps keep the order of arrival among
equal pairs, and both are linear in edges, whatever their order and however large a hub is.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

MAX_EDGES: Final = 2**31 - 1
"""Places are counted in 32 bits: half the memory traffic of 64."""

MAX_VERTICES: Final = 2**26
"""The number of buckets grows with the square of vertices beyond 2^21; here it reaches 2^20."""

_BUCKET_BITS: Final = 10
"""1,024 buckets or more: their write positions fit the nearest cache."""
_DIGIT_BITS: Final = 8
_DIGIT: Final = np.uint32(2**_DIGIT_BITS - 1)


def summed_pairs(n: int, src: Any, dst: Any, weight: Any | None) -> Any:
    """Source (int32), target (int32) and summed weight (float64) per ordered pair, sorted by both ends.

    ``src`` and ``dst`` are int32 arrays of ends below ``n``; ``weight`` is float64, or None where each
    edge weighs 1. Loops and weights of 0 are dropped. Weights of one pair are added in the order of
    arrival. At most :data:`MAX_EDGES` edges and :data:`MAX_VERTICES` vertices.
    """
    end_bits = max(n - 1, 1).bit_length()
    bucket_bits = min(end_bits, max(_BUCKET_BITS, 2 * end_bits - 32))
    low_bits = end_bits - bucket_bits
    bounds, keys, arrival = _dealt(src, dst, weight, end_bits, low_bits)
    arrays = _summed(bounds, keys, arrival, weight, end_bits, low_bits)
    # Where most edges repeat a pair, the room made for them is given back.
    many_repeats = arrays[0].size < keys.size // 2
    return tuple(array.copy() for array in arrays) if many_repeats else arrays


@njit(cache=True, nogil=True)
def _dealt(src: Any, dst: Any, weight: Any, end_bits: int, low_bits: int) -> Any:
    """Edges by bucket of their source, in order of arrival.

    Returns where each bucket begins (int32, buckets + 1), the rest of each pair in one number (uint32: the
    low bits of the source, then the target) and, for weighted edges, the edge each came from (int32).
    """
    low_mask = (1 << low_bits) - 1
    bounds = np.zeros((1 << (end_bits - low_bits)) + 1, np.int32)
    for e in range(src.size):
        counts = src[e] != dst[e]
        if weight is not None:
            counts &= weight[e] > 0
        bounds[(src[e] >> low_bits) + 1] += counts
    for b in range(bounds.size - 1):
        bounds[b + 1] += bounds[b]
    fill = bounds[:-1].copy()
    keys = np.empty(bounds[-1], np.uint32)
    arrival = np.empty(0 if weight is None else bounds[-1], np.int32)
    for e in range(src.size):
        counts = src[e] != dst[e]
        if weight is not None:
            counts &= weight[e] > 0
        if counts:
            bucket = src[e] >> low_bits
            k = fill[bucket]
            fill[bucket] = k + 1
            keys[k] = np.uint32(((src[e] & low_mask) << end_bits) | dst[e])
            if weight is not None:
                arrival[k] = e
    return bounds, keys, arrival


@njit(cache=True, nogil=True)
def _summed(bounds: Any, keys: Any, arrival: Any, weight: Any, end_bits: int, low_bits: int) -> Any:
    """Each bucket ordered, equal pairs merged; arrays of sources, targets and sums.

    Merged without a branch on equality: whether an edge repeats the last one cannot be predicted.
    Targets take the place of keys that were read already: fresh memory is what costs most here.
    """
    sources, targets, sums = np.empty(keys.size, np.int32), keys.view(np.int32), np.empty(keys.size)
    largest = np.max(np.diff(bounds))
    now, then = np.empty(largest, np.uint32), np.empty(largest, np.uint32)
    now_from, then_from = np.empty(largest, np.int32), np.empty(largest, np.int32)
    digits = (end_bits + low_bits + _DIGIT_BITS - 1) // _DIGIT_BITS
    places = np.empty((digits, 1 << _DIGIT_BITS), np.int32)
    at = -1
    for b in range(bounds.size - 1):
        size = bounds[b + 1] - bounds[b]
        now[:size] = keys[bounds[b] : bounds[b + 1]]
        if weight is not None:
            now_from[:size] = arrival[bounds[b] : bounds[b + 1]]
        _count_digits(now, size, places)
        for d in range(digits):
            _order_by_digit(now, now_from, then, then_from, weight, size, d, places[d])
            now, then = then, now
            now_from, then_from = then_from, now_from
        last, total = np.int64(-1), 0.0
        for i in range(size):
            key = np.int64(now[i])
            is_new = key != last
            at += is_new
            sources[at] = (b << low_bits) | (key >> end_bits)
            targets[at] = key & ((1 << end_bits) - 1)
            added = 1.0 if weight is None else weight[now_from[i]]
            total = added if is_new else total + added
            sums[at] = total
            last = key
    n_pairs = at + 1
    return sources[:n_pairs], targets[:n_pairs], sums[:n_pairs]


@njit(cache=True, nogil=True)
def _count_digits(keys: Any, size: int, places: Any) -> None:
    """Fills ``places`` (digits, values) with where the keys of each value of each digit begin."""
    places[:] = 0
    for i in range(size):
        for d in range(places.shape[0]):
            places[d, (keys[i] >> np.uint32(d * _DIGIT_BITS)) & _DIGIT] += 1
    for d in range(places.shape[0]):
        total = 0
        for value in range(places.shape[1]):
            total, places[d, value] = total + places[d, value], total


@njit(cache=True, nogil=True)
def _order_by_digit(
    keys: Any, origins: Any, to_keys: Any, to_origins: Any, weight: Any, size: int, digit: int, place: Any
) -> None:
    """One pass over a bucket: equal digits keep their order. Uses up ``place``."""
    shift = np.uint32(digit * _DIGIT_BITS)
    for i in range(size):
        value = (keys[i] >> shift) & _DIGIT
        k = place[value]
        place[value] = k + 1
        to_keys[k] = keys[i]
        if weight is not None:
            to_origins[k] = origins[i]
