"""A network survey: whom people name when asked, a noisy view of their true ties."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from assets.organisation.accounts import worker_id
from assets.organisation.alters import alters_of
from assets.organisation.hr_files import write_csv
from assets.organisation.period import DAY_SECONDS
from assets.organisation.streams import Streams
from assets.organisation.traces import Traces

COLUMNS = ("respondent", "nominee", "relation", "strength", "answered_at", "survey")
RELATIONS = ("information", "advice", "energy")
RESPONSE_RATE = 0.7
NOMINATIONS = 5
NOISE = 0.6
"""Sigma of the lognormal error with which people remember how much they turn to somebody."""


def write_survey(path: Path, traces: Traces, streams: Streams) -> None:
    """One wave in the last month but one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_csv(path, COLUMNS, _answers(traces, streams))


def _answers(traces: Traces, streams: Streams) -> Iterable[Sequence[object]]:
    history = traces.history
    month = history.period.months - min(2, history.plan.months)
    rng = streams.of("survey")
    first = int(history.period.bounds[month])
    wave = f"pulse-{history.period.label(month)[:7]}"
    population = traces.populations[month]
    alters = alters_of(history.plan, traces.ties, population, month)
    weight = np.diff(alters.cumulated, prepend=0.0)
    remembered = weight * np.exp(rng.normal(0, NOISE, len(weight)))
    answers = rng.random(len(population.team)) < RESPONSE_RATE
    for person in population.here.tolist():
        day = first + int(rng.integers(2, 20))
        if not answers[person] or traces.last_exit[person] < day or traces.first_hired[person] > first:
            continue
        begin, stop = int(alters.begin[person]), int(alters.begin[person + 1])
        order = begin + np.argsort(-remembered[begin:stop], kind="stable")[:NOMINATIONS]
        moment = np.datetime64(day * DAY_SECONDS + int(rng.integers(28_800, 61_200)), "s")
        for place, i in enumerate(order.tolist()):
            strength = 5 - place if place < 5 else 1
            relation = RELATIONS[int(rng.choice(3, p=[0.55, 0.35, 0.1]))]
            nominee = int(alters.alter[i])
            yield worker_id(person), worker_id(nominee), relation, strength, f"{moment}Z", wave
