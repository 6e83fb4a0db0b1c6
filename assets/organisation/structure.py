"""The tree of divisions, departments and teams, the places of work, and what is special about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.organisation.arrays import Flags, Ints
from assets.organisation.plan import Plan
from assets.organisation.streams import Streams

TEAM_SIZE = 9
"""Median of the lognormal team sizes."""


@dataclass(frozen=True)
class Place:
    """A place of work. ``hazard`` multiplies the voluntary hazard of its people."""

    name: str
    timezone: str
    country: str
    share: float
    hazard: float


PLACES = (
    Place("Kraków", "Europe/Warsaw", "PL", 0.42, 1.0),
    Place("Porto", "Europe/Lisbon", "PT", 0.28, 0.9),
    Place("Austin", "America/Chicago", "US-TX", 0.30, 1.12),
    Place("Tromsø", "Europe/Oslo", "NO", 0.0, 1.0),
)
ISOLATED_PLACE = 3
"""Its people talk among themselves; it takes whole teams, not a share."""

DIVISIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Technology", ("Platform Engineering", "Product Engineering", "Research", "Data & Analytics")),
    ("Commercial", ("Sales", "Marketing", "Customer Success", "Partnerships")),
    ("Operations", ("Manufacturing", "Logistics", "Quality", "Field Service")),
    ("Corporate", ("Finance", "People & Culture", "Legal & Compliance", "Procurement")),
)
FRONTLINE = ("Manufacturing", "Logistics", "Field Service")
FAMILIES = {
    "Technology": "Engineering",
    "Commercial": "Commercial",
    "Operations": "Operations",
    "Corporate": "Administration",
}
REGIONS = ("", "North", "South", "East", "West", "Nordics", "Iberia", "Americas", "Asia", "Global")
TEAM_WORDS = (
    "Harbour", "Falcon", "Cedar", "Lantern", "Atlas", "Willow", "Summit", "Compass", "Amber", "Meadow",
    "Orbit", "Granite", "Heron", "Juniper", "Beacon", "Delta", "Maple", "Ridge", "Kestrel", "Prism",
    "Quarry", "Saffron", "Tundra", "Velvet", "Anchor", "Birch", "Copper", "Dune", "Ember", "Fjord",
)  # fmt: skip


@dataclass(frozen=True)
class Structure:
    """The org tree as arrays; a unit's id is ``V``, ``D`` or ``T`` and its number.

    The first team of a department is its office: the department's head manages it. The head of
    a division's first department also heads the division, the first of all heads the company.
    """

    divisions: list[str]
    departments: list[str]
    department_division: Ints
    teams: list[str]
    team_department: Ints
    team_place: Ints
    team_size: Ints
    team_frontline: Flags
    silo: int
    """Department turned inwards, -1 for none."""
    bridged: tuple[int, int]
    """Two departments joined by a single person, (-1, -1) for none."""
    renamed_team: int
    moved_team: int
    moved_to: int
    """The department that the moved team belongs to after the reorganisation."""

    @property
    def offices(self) -> Ints:
        """The first team of each department."""
        return np.searchsorted(self.team_department, np.arange(len(self.departments))).astype(np.int64)

    @property
    def division_offices(self) -> Ints:
        """The first team of each division's first department."""
        first = np.searchsorted(self.department_division, np.arange(len(self.divisions)))
        return self.offices[first]

    @property
    def team_division(self) -> Ints:
        """The division of each team."""
        return self.department_division[self.team_department]

    def path(self, team: int, after_reorganisation: bool) -> str:
        """``Division > Department > Team``."""
        name, department = self.teams[team], int(self.team_department[team])
        if after_reorganisation and team == self.renamed_team:
            name = f"{name} & Friends"
        if after_reorganisation and team == self.moved_team:
            department = self.moved_to
        division = self.divisions[int(self.department_division[department])]
        return f"{division} > {self.departments[department]} > {name}"

    def family(self, team: int) -> str:
        """The job family of a team's people."""
        return FAMILIES[self.divisions[int(self.team_division[team])].split(" ")[0]]


def build_structure(plan: Plan, streams: Streams) -> Structure:
    """The tree for a plan: about four divisions and twelve departments at 500 people."""
    rng = streams.of("structure")
    n_divisions = max(2, round(4 * (plan.people / 500) ** 0.22))
    n_departments = max(n_divisions, round(12 * (plan.people / 500) ** 0.5))
    divisions, departments, department_division = _departments(n_divisions, n_departments)
    sizes, team_department = _teams(plan.people, len(departments), rng)
    names = _team_names(departments, team_department)
    frontline = np.array([departments[d].startswith(FRONTLINE) for d in team_department])
    silo, bridged = _special_departments(plan, departments, department_division, team_department, sizes)
    ordinary = ~frontline & ~np.isin(team_department, [silo, *bridged])
    places = _places(plan, ordinary, team_department, rng)
    renamed, moved, moved_to = _reorganised(plan, team_department, department_division, {silo, *bridged})
    return Structure(
        divisions, departments, department_division, names, team_department, places, sizes, frontline,
        silo, bridged, renamed, moved, moved_to,
    )  # fmt: skip


def _departments(n_divisions: int, n_departments: int) -> tuple[list[str], list[str], Ints]:
    divisions, departments, owner = [], [], []
    for v in range(n_divisions):
        base, kinds = DIVISIONS[v % len(DIVISIONS)]
        region = REGIONS[v // len(DIVISIONS) % len(REGIONS)]
        divisions.append(f"{base} {region}".strip())
        share = n_departments // n_divisions + (v < n_departments % n_divisions)
        for i in range(share):
            number = i // len(kinds)
            area = " ".join(part for part in (region, REGIONS[number % len(REGIONS)]) if part)
            suffix = f" {number // len(REGIONS) + 1}" if number >= len(REGIONS) else ""
            departments.append(f"{kinds[i % len(kinds)]} {area}".strip() + suffix)
            owner.append(v)
    return divisions, departments, np.array(owner, dtype=np.int64)


def _teams(people: int, n_departments: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Team sizes that add up to ``people`` and the department of each, sorted by department."""
    n_teams = max(n_departments, round(people / (TEAM_SIZE * 1.08)))
    raw = np.exp(rng.normal(np.log(TEAM_SIZE), 0.4, n_teams))
    sizes = np.maximum(3, np.floor(raw * people / raw.sum())).astype(np.int64)
    while sizes.sum() != people:
        step = 1 if sizes.sum() < people else -1
        sizes[np.argmin(sizes) if step > 0 else np.argmax(sizes)] += step
    weight = np.exp(rng.normal(0, 0.3, n_departments))
    extra = rng.choice(n_departments, size=n_teams - n_departments, p=weight / weight.sum())
    return sizes, np.sort(np.concatenate([np.arange(n_departments), extra])).astype(np.int64)


def _team_names(departments: list[str], team_department: Ints) -> list[str]:
    names, counts = [], [0] * len(departments)
    for d in team_department.tolist():
        i = counts[d]
        counts[d] += 1
        if i == 0:
            names.append(f"{departments[d]} Office")
        else:
            word = TEAM_WORDS[(i - 1 + 7 * d) % len(TEAM_WORDS)]
            names.append(word if i <= len(TEAM_WORDS) else f"{word} {(i - 1) // len(TEAM_WORDS) + 1}")
    return names


def _places(plan: Plan, ordinary: Flags, team_department: Ints, rng: np.random.Generator) -> Ints:
    n_teams = len(team_department)
    shares = np.array([place.share for place in PLACES])
    places = rng.choice(len(PLACES), size=n_teams, p=shares).astype(np.int64)
    not_offices = np.diff(team_department, prepend=-1) == 0
    if plan.isolated_site and n_teams > 12:
        # one team of each of some departments, so that the site is no department in disguise
        able = np.flatnonzero(ordinary & not_offices)[::-1]
        _, last = np.unique(team_department[able], return_index=True)
        largest = np.argsort(-np.bincount(team_department)[team_department[able[last]]], kind="stable")
        places[able[last][largest][: max(2, n_teams // 25)]] = ISOLATED_PLACE
    return places


def _special_departments(
    plan: Plan, departments: list[str], division: Ints, team_department: Ints, sizes: Ints
) -> tuple[int, tuple[int, int]]:
    """The silo and the bridged pair: departments with desks, not first in their division."""
    people = np.bincount(team_department, weights=sizes, minlength=len(departments))
    plain = [
        d
        for d in range(len(departments))
        if division[d] == (division[d - 1] if d else -1)
        and not departments[d].startswith(FRONTLINE)
        and people[d] >= 12
    ]
    # set aside even where no silo is wanted, so that the switch moves nothing else
    inward = plain.pop(int(np.argmax([people[d] for d in plain]))) if plain else -1
    silo = inward if plan.silo else -1
    bridged = (-1, -1)
    pairs = [(a, b) for a in plain for b in reversed(plain) if division[a] < division[b]]
    if plan.bridge and pairs:
        bridged = pairs[0]
    return silo, bridged


def _reorganised(
    plan: Plan, team_department: Ints, division: Ints, special: set[int]
) -> tuple[int, int, int]:
    not_offices = np.flatnonzero(np.diff(team_department, prepend=-1) == 0)
    free = [int(t) for t in not_offices if int(team_department[t]) not in special]
    if not plan.reorganisation or len(free) < 2:
        return -1, -1, -1
    for team in free[1:]:
        own = int(team_department[team])
        near = [
            d for d in np.flatnonzero(division == division[own]).tolist() if d != own and d not in special
        ]
        if near:
            return free[0], team, int(near[0])
    return free[0], -1, -1
