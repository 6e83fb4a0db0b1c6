"""Brokers, hubs and the bridge: who holds these positions in the network, and from when until when.

A holder is chosen by chance from those who have a desk and a voice, never by what comes later.
Holders may leave like anybody else; then somebody else takes the position.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assets.organisation.arrays import FAR, Flags, Floats, Ints
from assets.organisation.people import Latent
from assets.organisation.plan import Plan
from assets.organisation.roster import PERMANENT, Roster
from assets.organisation.streams import Streams
from assets.organisation.structure import ISOLATED_PLACE, Structure

HUB, BROKER, BRIDGE = "hub", "broker", "bridge"
BOOST = {HUB: 3.0, BROKER: 1.8, BRIDGE: 1.8}
"""What multiplies a holder's activity."""
PEOPLE_PER_HUB, PEOPLE_PER_BROKER = 125, 80
LIVELY = 0.7
"""Least latent sociability of a holder."""


@dataclass
class Term:
    """One person's time in one position, in months as ``Period`` counts them."""

    role: str
    person: int
    since: int
    until: int = FAR


def holders(terms: list[Term], role: str, month: int, only_new: bool = False) -> list[int]:
    """The people who hold a role in a month, or only those who have just taken it."""
    return [
        t.person
        for t in terms
        if t.role == role and (t.since == month if only_new else t.since <= month < t.until)
    ]


def boost(terms: list[Term], month: int, persons: int) -> Floats:
    """What multiplies each person's activity in a month."""
    factor = np.ones(persons)
    for role, times in BOOST.items():
        factor[holders(terms, role, month)] = times
    return factor


def appoint(
    plan: Plan, structure: Structure, streams: Streams, roster: Roster, latent: Latent, day: int, month: int,
    terms: list[Term],
) -> None:  # fmt: skip
    """End the terms of those who are gone, and fill what is vacant, as of ``day``."""
    rng = streams.of("roles", month)
    here = roster.employed(day)
    department = structure.team_department[roster.team]
    in_bridged = here & (department == structure.bridged[0])
    stays = {role: set(roster.person[here].tolist()) for role in (HUB, BROKER)}
    stays[BRIDGE] = set(roster.person[in_bridged].tolist())
    for term in terms:
        if term.until == FAR and term.person not in stays[term.role]:
            term.until = month
    taken = {t.person for t in terms if t.until == FAR}
    lively = _lively(structure, roster, latent, here)
    ordinary = lively & ~np.isin(department, [structure.silo, *structure.bridged])
    has_bridge = plan.bridge and structure.bridged[0] >= 0
    wanted = (
        (HUB, max(2, plan.people // PEOPLE_PER_HUB) if plan.hubs else 0, ordinary),
        (BROKER, max(3, plan.people // PEOPLE_PER_BROKER) if plan.brokers else 0, ordinary),
        (BRIDGE, 1 if has_bridge else 0, lively & in_bridged),
    )
    for role, number, among in wanted:
        vacant = number - len(holders(terms, role, month))
        free: Ints = np.array([p for p in roster.person[among].tolist() if p not in taken], dtype=np.int64)
        for person in rng.permutation(free)[:vacant].tolist():
            terms.append(Term(role, person, month))
            taken.add(person)


def _lively(structure: Structure, roster: Roster, latent: Latent, here: Flags) -> Flags:
    person = roster.person
    at_desk = ~structure.team_frontline[roster.team] & (roster.place != ISOLATED_PLACE)
    voice = (
        ~latent.never_posts[person] & (latent.adoption[person] < 0) & (latent.sociability[person] > LIVELY)
    )
    return np.asarray(here & at_desk & voice & (roster.contract == PERMANENT) & (roster.exit == FAR))
