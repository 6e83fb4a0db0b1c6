"""Complementary suppression over a hierarchy: what subtraction must not reveal.

The cells of one layer (one period, one value of every other key) form a forest: a unit's cell
holds everybody below it. Whatever an attacker adds and subtracts, he obtains unions of
*remainders*: a published cell minus the nearest published cells below it. (Published cells are
nested or disjoint, so the step from cells to remainders can be undone, and remainders are
disjoint.) A layer is therefore safe exactly when every remainder is empty or large enough. The
unit's own members, who sit in none of its sub-units, are part of its remainder: a head of
department who alone belongs to the department itself is protected like a small team.

Metric specification, 0.8 (complementary suppression) and P29 (bands of outcome counts).
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

SMALL: Final = 2
"""Outcome counts of 0 to 2, and of n-2 to n, are one band each."""

Key = Hashable


@dataclass(frozen=True)
class Tree:
    """How cells lie inside each other: each cell's nearest cell above, and those right below it.

    ``bottom_up`` holds every cell after all cells below it, in a fixed order.
    """

    above: Mapping[Key, Key | None]
    below: Mapping[Key, Sequence[Key]]
    bottom_up: Sequence[Key]


@dataclass(frozen=True)
class Layer:
    """Cells of one layer: persons per cell, and the tree of these cells."""

    n: Mapping[Key, int]
    tree: Tree


def tree_of(cells: Iterable[Key], parents: Mapping[Key, Key | None]) -> Tree:
    """The tree of ``cells``; units that are absent are skipped on the way up.

    Raises ``ValueError`` when the parents form a cycle.
    """
    present = frozenset(cells)
    above: dict[Key, Key | None] = {}
    below: dict[Key | None, list[Key]] = {}
    for cell in sorted(present, key=str):
        seen = {cell}
        parent = parents.get(cell)
        while parent is not None and parent not in present:
            if parent in seen:
                raise ValueError(f"org unit {cell} is its own ancestor")
            seen.add(parent)
            parent = parents.get(parent)
        above[cell] = None if parent == cell else parent
        below.setdefault(above[cell], []).append(cell)
    order: list[Key] = []
    waiting = list(below.pop(None, ()))
    while waiting:
        cell = waiting.pop()
        order.append(cell)
        waiting.extend(below.get(cell, ()))
    return Tree(above, {cell: inner for cell, inner in below.items() if cell is not None}, order[::-1])


class Trees:
    """Trees of layers by their cells: the periods of a table mostly hold the same org units."""

    def __init__(self, parents: Mapping[Key, Key | None]) -> None:
        self._parents = parents
        self._known: dict[tuple[Key, ...], Tree] = {}

    def of(self, cells: Iterable[Key]) -> Tree:
        """The tree of ``cells``; raises as ``tree_of``."""
        key = tuple(cells)
        if key not in self._known:
            self._known[key] = tree_of(key, self._parents)
        return self._known[key]


@dataclass
class _Group:
    """What lies between a cell and the nearest published cells below it."""

    persons: int = 0
    frontier: list[Key] = field(default_factory=list)
    sensitive: dict[Key, int] = field(default_factory=dict)
    """Sensitive cells, and how many of these persons are theirs."""
    owner: dict[Key, Key] = field(default_factory=dict)
    """The sensitive cell around a cell of the frontier, if there is one."""

    def hide(self, cell: Key, freed: _Group) -> None:
        """A cell of the frontier is withheld: what it covered lies open, within its owner."""
        self.frontier.remove(cell)
        self.persons += freed.persons
        self.frontier += freed.frontier
        owner = self.owner.get(cell)
        if owner is None:
            self.sensitive |= freed.sensitive
            self.owner |= freed.owner
        else:  # whoever is with the owner is with every sensitive cell in it
            self.sensitive[owner] += freed.persons
            self.owner |= dict.fromkeys(freed.frontier, owner)


def complementary(cells: Layer, hidden: Collection[Key], sensitive: Collection[Key], k: int) -> set[Key]:
    """Further cells to withhold so that no remainder tells of fewer than ``k`` persons.

    ``hidden`` are the cells below the minimum, ``sensitive`` those withheld for another reason
    although they are large enough: such a cell must not follow from a remainder either, so
    at least ``k`` other persons, none of its own, are hidden with it. The smallest neighbouring
    cell goes first; where nothing below can help, the cell itself.
    """
    withheld: set[Key] = set()
    out = set(hidden) | set(sensitive)
    inside: dict[Key, _Group] = {}
    for cell in cells.tree.bottom_up:
        if cell not in cells.tree.below and cell not in sensitive:
            if cell not in out and 0 < cells.n[cell] < k:
                withheld.add(cell)
                out.add(cell)
            continue
        group = _merged(cells, cell, inside, out)
        is_out = cell in hidden or cell in sensitive
        while not is_out and not _is_safe(group, k):
            if not group.frontier:
                withheld.add(cell)
                out.add(cell)
                break
            smallest = min(group.frontier, key=lambda other: (cells.n[other], str(other)))
            withheld.add(smallest)
            out.add(smallest)
            group.hide(smallest, inside.get(smallest) or _Group(cells.n[smallest]))
        if cell in sensitive:
            group.sensitive = {cell: group.persons}
            group.owner = dict.fromkeys(group.frontier, cell)
        inside[cell] = group
    return withheld


def _merged(cells: Layer, cell: Key, inside: Mapping[Key, _Group], out: Collection[Key]) -> _Group:
    group = _Group()
    for child in cells.tree.below.get(cell, ()):
        if child not in out:
            group.frontier.append(child)
        elif child in inside:
            group.frontier += inside[child].frontier
            group.sensitive |= inside[child].sensitive
            group.owner |= inside[child].owner
    group.persons = cells.n[cell] - sum(cells.n[other] for other in group.frontier)
    return group


def _is_safe(group: _Group, k: int) -> bool:
    if group.persons <= 0 and not group.sensitive:
        return True
    return group.persons >= k and all(group.persons - size >= k for size in group.sensitive.values())


@dataclass(frozen=True)
class Band:
    """What is said of an outcome count that is not shown: it lies within ``low`` .. ``high``."""

    low: int
    high: int


def band_of(count: int, n: int) -> Band | None:
    """The band of a count of ``n``: 0..2, n-2..n, or None where the count may be shown."""
    if count <= SMALL:
        return Band(0, min(SMALL, n))
    if count >= n - SMALL:
        return Band(max(n - SMALL, 0), max(n, count))
    return None


@dataclass
class _Counts:
    """Persons, events, nearest shown cells and bands between a cell and what is shown below it."""

    persons: int = 0
    events: int = 0
    frontier: list[Key] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    banded_persons: int = 0


def hidden_counts(
    cells: Layer,
    counts: Mapping[Key, int],
    suppressed: Collection[Key],
    already_hidden: Collection[Key] = (),
) -> set[Key]:
    """Cells whose outcome count must be hidden too, so that no band can be narrowed.

    ``suppressed`` cells show nothing at all; a cell in a band shows its band. A shown count
    minus the shown counts below it must not itself fall into a band, and every value of every
    band inside must stay possible.
    """
    hidden: set[Key] = set(already_hidden)
    inside: dict[Key, _Counts] = {}
    for cell in cells.tree.bottom_up:
        if cell not in cells.tree.below:  # nothing below it: its count is in no band or not shown
            continue
        group = _counts_inside(cells, counts, cell, inside, suppressed, hidden)
        is_shown = (
            cell not in suppressed and cell not in hidden and band_of(counts[cell], cells.n[cell]) is None
        )
        while is_shown and not _bands_hold(group):
            if not group.frontier:
                hidden.add(cell)
                break
            smallest = min(group.frontier, key=lambda other: (counts[other], str(other)))
            hidden.add(smallest)
            group.frontier.remove(smallest)
            freed = inside.get(smallest) or _Counts(cells.n[smallest], counts[smallest])
            group.persons += freed.persons
            group.events += freed.events
            group.frontier += freed.frontier
            group.bands += freed.bands
            group.banded_persons += freed.banded_persons
        inside[cell] = group
    return hidden - set(already_hidden)


def _counts_inside(
    cells: Layer,
    counts: Mapping[Key, int],
    cell: Key,
    inside: Mapping[Key, _Counts],
    suppressed: Collection[Key],
    hidden: Collection[Key],
) -> _Counts:
    group = _Counts()
    for child in cells.tree.below.get(cell, ()):
        band = None if child in suppressed else band_of(counts[child], cells.n[child])
        if band is not None:
            group.bands.append(band)
            group.banded_persons += cells.n[child]
        elif child not in suppressed and child not in hidden:
            group.frontier.append(child)
        elif child in inside:
            group.frontier += inside[child].frontier
            group.bands += inside[child].bands
            group.banded_persons += inside[child].banded_persons
    group.persons = cells.n[cell] - sum(cells.n[other] for other in group.frontier)
    group.events = counts[cell] - sum(counts[other] for other in group.frontier)
    return group


def _bands_hold(group: _Counts) -> bool:
    if group.persons <= 0 and group.events == 0 and not group.bands:
        return True
    if band_of(group.events, group.persons) is not None:
        return False
    return bands_stay_open(group.bands, group.events, max(group.persons - group.banded_persons, 0))


def bands_stay_open(bands: Sequence[Band], total: int, slack: int) -> bool:
    """Whether every band keeps its whole width once the bands' and the rest's sum is known.

    ``slack`` is the largest value of the rest that is neither shown nor banded.
    """
    lowest = sum(band.low for band in bands)
    highest = sum(band.high for band in bands) + slack
    for band in bands:
        can_be_low = total - band.low <= highest - band.high
        can_be_high = total - band.high >= lowest - band.low
        if not (can_be_low and can_be_high):
            return False
    return True
