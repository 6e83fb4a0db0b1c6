"""Brandes' accumulation for eight sources at once, without a branch per source.

Path counts of the eight searches lie side by side in one row of 64 bytes, so that one pass over the
arcs serves all of them with vector instructions. A row holds a vertex on one level; row 0 stays zero
and stands for every vertex that is not on the level asked about.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

LANES: Final = 8
PULL_FROM: Final = 4
"""A level is pulled once this many times its arcs exceed all arcs."""


@njit(cache=True, nogil=True, error_model="numpy")
def _gather(begin: int, end: int, indices: Any, row_of: Any, rows: Any, into: Any) -> None:
    """Add up the rows of the neighbours ``indices[begin:end]``, lane by lane."""
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
    for k in range(begin, end):
        r = np.uintp(row_of[np.uintp(indices[np.uintp(k)])])
        if r == 0:
            continue
        a0 += rows[r, 0]
        a1 += rows[r, 1]
        a2 += rows[r, 2]
        a3 += rows[r, 3]
        a4 += rows[r, 4]
        a5 += rows[r, 5]
        a6 += rows[r, 6]
        a7 += rows[r, 7]
    into[0], into[1], into[2], into[3] = a0, a1, a2, a3
    into[4], into[5], into[6], into[7] = a4, a5, a6, a7


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_new(rows: Any, r: int, found: Any, unseen: Any, v: int) -> bool:
    """Write to row ``r`` what ``found`` brings to lanes in which ``v`` is unseen; whether anything."""
    total = 0.0
    for lane in range(LANES):
        new = found[lane] * unseen[v, lane]
        rows[r, lane] = new
        total += new
    if total == 0.0:
        return False
    for lane in range(LANES):
        unseen[v, lane] = 0.0 if rows[r, lane] > 0.0 else unseen[v, lane]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _pull(
    indptr: Any, indices: Any, row_of: Any, rows: Any, members: Any, unseen: Any, is_done: Any, tail: int
) -> int:
    """Every vertex that misses a source asks its predecessors; returns the new end of the rows."""
    found = np.zeros(LANES, np.float64)
    for v in range(indptr.size - 1):
        if is_done[v]:
            continue
        _gather(indptr[v], indptr[v + 1], indices, row_of, rows, found)
        if _keep_new(rows, tail, found, unseen, v):
            members[tail] = v
            tail += 1
            is_done[v] = _is_done(unseen, v)
    return tail


@njit(cache=True, nogil=True, error_model="numpy")
def _is_done(unseen: Any, v: int) -> bool:
    left = 0.0
    for lane in range(LANES):
        left += unseen[v, lane]
    return left == 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _push(
    indptr: Any,
    indices: Any,
    next_row: Any,
    rows: Any,
    members: Any,
    unseen: Any,
    is_done: Any,
    first: int,
    tail: int,
) -> int:
    """The rows from ``first`` to ``tail`` reach ahead; returns the new end of the rows."""
    found = np.zeros(LANES, np.float64)
    end = tail
    for r in range(first, tail):
        v = members[r]
        for k in range(indptr[v], indptr[v + 1]):
            w = indices[k]
            if is_done[w]:
                continue
            to = next_row[w]
            if to == 0:
                to = end
                next_row[w] = to
                members[to] = w
                for lane in range(LANES):
                    rows[to, lane] = 0.0
                end += 1
            for lane in range(LANES):
                rows[to, lane] += rows[r, lane]
    kept = tail
    for r in range(tail, end):
        w = members[r]
        next_row[w] = 0
        for lane in range(LANES):
            found[lane] = rows[r, lane]
        if _keep_new(rows, kept, found, unseen, w):
            members[kept] = w
            kept += 1
            is_done[w] = _is_done(unseen, w)
    return kept


@njit(cache=True, nogil=True, error_model="numpy")
def _accumulate(
    indptr: Any,
    indices: Any,
    row_of: Any,
    rows: Any,
    members: Any,
    bounds: Any,
    last: int,
    first: Any,
    second: Any,
) -> None:
    """From the last level back; a row's path counts give way to ``(1 + dependency) / paths``."""
    gathered = np.zeros(LANES, np.float64)
    for level in range(last, 0, -1):
        for r in range(bounds[level], bounds[level + 1]):
            v = members[r]
            _gather(indptr[v], indptr[v + 1], indices, row_of, rows, gathered)
            total, squares = 0.0, 0.0
            for lane in range(LANES):
                paths = rows[r, lane]
                through = paths * gathered[lane]
                total += through
                squares += through * through
                rows[r, lane] = (1.0 + through) / paths if paths > 0.0 else 0.0
            first[v] += total
            second[v] += squares
        for r in range(bounds[level + 1], bounds[level + 2]):
            row_of[members[r]] = 0
        for r in range(bounds[level], bounds[level + 1]):
            row_of[members[r]] = r
    for r in range(bounds[1], bounds[2]):
        row_of[members[r]] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def dependencies(out_indptr: Any, out_indices: Any, in_indptr: Any, in_indices: Any, sources: Any) -> Any:
    """Unweighted, uncut: sum over sources of each vertex' dependency, and of its square.

    Arrays as in ``kernels``; two float64 (n,). A level with few arcs ahead is pushed along them, one
    with many is pulled by the vertices that still miss a source (Brandes 2001; Beamer et al. 2012).
    """
    n = out_indptr.size - 1
    first, second = np.zeros(n, np.float64), np.zeros(n, np.float64)
    rows = np.zeros((n * LANES + 2, LANES), np.float64)
    members = np.zeros(n * LANES + 2, np.int32)
    row_of, next_row = np.zeros(n, np.int32), np.zeros(n, np.int32)
    unseen, is_done = np.ones((n, LANES), np.float64), np.zeros(n, np.bool_)
    bounds = np.zeros(n + 4, np.int64)
    for begin in range(0, sources.size, LANES):
        batch = min(LANES, sources.size - begin)
        is_done[:] = False
        for v in range(n):
            for lane in range(LANES):
                unseen[v, lane] = 1.0 if lane < batch else 0.0
        tail = 1
        for lane in range(batch):
            s = sources[begin + lane]
            for other in range(LANES):
                rows[tail, other] = 1.0 if other == lane else 0.0
            unseen[s, lane] = 0.0
            members[tail], row_of[s] = s, tail
            is_done[s] = _is_done(unseen, s)
            tail += 1
        bounds[0], bounds[1] = 1, tail
        level = 0
        while bounds[level + 1] > bounds[level]:
            ahead = 0
            for r in range(bounds[level], bounds[level + 1]):
                ahead += out_indptr[members[r] + 1] - out_indptr[members[r]]
            if ahead * PULL_FROM < out_indices.size:
                tail = _push(
                    out_indptr,
                    out_indices,
                    next_row,
                    rows,
                    members,
                    unseen,
                    is_done,
                    bounds[level],
                    tail,
                )
            else:
                tail = _pull(in_indptr, in_indices, row_of, rows, members, unseen, is_done, tail)
            for r in range(bounds[level], bounds[level + 1]):
                row_of[members[r]] = 0
            level += 1
            bounds[level + 1] = tail
            for r in range(bounds[level], tail):
                row_of[members[r]] = r
        bounds[level + 1] = bounds[level]
        _accumulate(out_indptr, out_indices, row_of, rows, members, bounds, level - 1, first, second)
    return first, second
