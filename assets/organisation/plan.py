"""Every parameter of the synthetic organisation, with its default and what it does.

Whatever is planted can be switched off here; a switch changes its own mechanism only, because
each mechanism draws from a stream of its own (``streams.py``).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

ASSIGNMENTS = ("random", "phased", "targeted")
SMALLEST = 30
"""Below this no tree of divisions, departments and teams is worth its name."""


@dataclass(frozen=True)
class Plan:
    """What is to be made. Rates are per year unless they say otherwise; shares are 0..1."""

    people: int = 500
    """Headcount at the start."""
    months: int = 18
    """Observed calendar months."""
    seed: int = 7
    start: str = "2024-01"
    """First observed month, ``YYYY-MM``."""
    company: str = "Acme"
    domain: str = "acme.example"
    other_domain: str = "acme-group.example"

    # ---------- structure
    reorganisation: bool = True
    """One team is renamed and another moves to a neighbouring department, halfway."""

    # ---------- employment
    growth: float = 0.04
    voluntary_rate: float = 0.12
    involuntary_rate: float = 0.02
    tenure_shape: float = 0.65
    """Weibull shape of the voluntary hazard by tenure; below 1 the first years are the riskiest."""
    notice_known: float = 0.7
    """Share of voluntary exits whose notice date HR kept."""
    regretted: float = 0.4
    """Chance that the employer regrets a resignation at the second level; higher levels more."""
    regret_assessed: float = 1.0
    """Share of the resignations since the first observed month of which HR wrote down whether it does."""
    rehires: float = 0.05
    """Share of voluntary leavers who come back after some months."""
    transfers: float = 0.07
    leaves: float = 0.05
    """Long leaves of absence; short holidays come on top."""
    part_time: float = 0.12
    fixed_term: float = 0.06
    contingent: float = 0.03

    # ---------- engagement
    contributions: float = 16.0
    """Mean visible contributions (posts, replies, reactions) of an adopter with a desk, per month."""
    direct_sessions: float = 3.0
    """Mean direct chats begun per person and month; a chat has about three messages."""
    sociability: float = 0.9
    """Sigma of the lognormal latent sociability; 0 makes all people equally talkative."""
    never_users: float = 0.15
    """Share of people who never post."""
    frontline_without_account: float = 0.1

    # ---------- planted effects
    confounding: float = 1.0
    """Tenure and level raise engagement and lower the hazard; 0 is off."""
    withdrawal_depth: float = 0.7
    """How much of a leaver's activity is gone from the decision on; 0 is off."""
    withdrawal_months: int = 3
    """Calendar months from the decision to the exit, the exit's own month included; at least 1."""
    hazard_ratio: float = 0.8
    """Engagement multiplies the voluntary hazard by this; 1 is the null."""

    contagion: float = 1.0
    """What a strong tie who left multiplies the voluntary hazard by, for three months; 1 is off."""
    hardship: float = 0.0
    """Standard deviation of the log hazard between teams and quarters, shared by a team; 0 is off."""

    initiative_effect: float = 0.12
    """Participation (share of people who contribute in a month) gained in targeted teams; 0 is off."""
    initiative_assignment: str = "random"
    """How the working programme's teams are chosen: random, phased, or targeted (the quietest)."""
    mix_shift: bool = True
    """Trainees arrive halfway, and the young are hardly ever silent. Newcomers are young and leave more
    often, which works a little against the confounding."""

    success_metrics: bool = True
    """Sales, satisfaction and what depends on nothing, by team and month, and ratings of people."""
    success_effect: float = 1.0
    """Strength with which sales and satisfaction depend on a team's bridges; 0 is off."""
    success_lag: int = 2
    """Months from the bridges to the sales and the satisfaction that depend on them."""

    # ---------- ties
    brokers: bool = True
    hubs: bool = True
    silo: bool = True
    bridge: bool = True
    isolated_site: bool = True
    reciprocity: float = 0.8
    tie_ramp_months: int = 6

    # ---------- knowledge
    knowledge: bool = True
    """Questions with a topic, experts who answer them, accepted answers, links to earlier ones; thanks."""

    # ---------- platforms
    viva_engage_share: float = 0.2
    """Share of posts and replies that go to Viva Engage instead of Slack."""

    # ---------- dirt
    bots: bool = True
    other_accounts: bool = True
    """Service, shared and guest accounts, and two people without an HR record."""
    untidy_emails: bool = True
    """Another domain, plus tags, upper case, missing addresses."""
    nicknames: bool = True
    second_export: bool = True
    """A second Slack zip that overlaps the first, with edits and deletions in between."""
    messages_without_time: int = 3
    future_messages: int = 0
    """Off by default: one such message moves a naive "latest instant" far ahead."""
    overlapping_spells: int = 0
    """Blocks publication, as it should; for trying the quality gate."""
    manager_cycle: bool = False
    """Blocks publication, as it should."""

    def __post_init__(self) -> None:
        if self.people < SMALLEST:
            raise ValueError(f"people is {self.people}; expected at least {SMALLEST}")
        if self.months < 1:
            raise ValueError(f"months is {self.months}; expected at least 1")
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", self.start):
            raise ValueError(f"start is {self.start!r}; expected a month such as '2024-01'")
        if self.hazard_ratio <= 0:
            raise ValueError(f"hazard_ratio is {self.hazard_ratio}; expected more than 0 (1 is the null)")
        for name in ("regretted", "regret_assessed"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected 0 to 1")
        if not 0 <= self.withdrawal_depth <= 1:
            raise ValueError(f"withdrawal_depth is {self.withdrawal_depth}; expected 0 (off) to 1")
        if self.withdrawal_months < 1:
            raise ValueError(
                f"withdrawal_months is {self.withdrawal_months}; expected at least 1 "
                "(withdrawal_depth 0 switches withdrawal off)"
            )

        if self.contagion <= 0:
            raise ValueError(f"contagion is {self.contagion}; expected more than 0 (1 is off)")
        if self.hardship < 0:
            raise ValueError(f"hardship is {self.hardship}; expected 0 (off) or more")
        if not 0 <= self.initiative_effect <= 1:
            raise ValueError(f"initiative_effect is {self.initiative_effect}; expected 0 (off) to 1")
        if self.success_effect < 0:
            raise ValueError(f"success_effect is {self.success_effect}; expected 0 (off) or more")
        if self.success_lag < 0:
            raise ValueError(f"success_lag is {self.success_lag}; expected 0 or more months")
        if self.initiative_assignment not in ASSIGNMENTS:
            raise ValueError(
                f"initiative_assignment is {self.initiative_assignment!r}; expected one of "
                f"{', '.join(ASSIGNMENTS)}"
            )

    def as_dict(self) -> dict[str, Any]:
        """All parameters, for the truth folder."""
        return asdict(self)
