"""Complementary log-log and logistic regression against statsmodels and lifelines, and what they refuse."""

from __future__ import annotations

import lifelines
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from lifelines.datasets import load_rossi
from lifelines.statistics import proportional_hazard_test
from scipy import stats

from assets.statistics.binary_regression import fit, probabilities
from assets.statistics.estimability import NotEstimableError

LINKS = {"cloglog": sm.families.links.CLogLog, "logit": sm.families.links.Logit}


def data(n: int = 3_000, seed: int = 1):
    rng = np.random.default_rng(seed)
    columns = np.column_stack([np.ones(n), rng.normal(size=n), rng.integers(0, 2, n), rng.gamma(2, 3, n)])
    cluster = rng.integers(0, 60, n)
    eta = -2 + columns[:, 1:] @ [0.4, -0.5, 0.05] + rng.normal(0, 0.4, 60)[cluster]
    event = rng.random(n) < 1 - np.exp(-np.exp(eta))
    return columns, event, cluster, rng


@pytest.mark.parametrize("link", list(LINKS))
@pytest.mark.parametrize("extra", ["", "offset", "weights"])
def test_coefficients_and_clustered_errors_are_those_of_statsmodels(link: str, extra: str) -> None:
    columns, event, cluster, rng = data()
    offset = rng.normal(0, 0.3, len(event)) if extra == "offset" else None
    weights = rng.uniform(0.5, 2, len(event)) if extra == "weights" else None
    found = fit(link, columns, event, cluster, offset=offset, weights=weights)
    model = sm.GLM(
        event.astype(float),
        columns,
        family=sm.families.Binomial(LINKS[link]()),
        offset=offset,
        freq_weights=weights,
    )
    peer = model.fit(cov_type="cluster", cov_kwds={"groups": cluster}, tol=1e-12)
    assert found.coefficients == pytest.approx(peer.params, abs=1e-6)
    if extra == "weights":  # statsmodels counts them as copies of rows
        peer_n, k = weights.sum(), columns.shape[1]
        n = len(event)
        factor = (n - 1) / (n - k) / ((peer_n - 1) / (peer_n - k))
        assert found.standard_errors == pytest.approx(peer.bse * factor**0.5, rel=2e-3)
    else:
        assert found.standard_errors == pytest.approx(peer.bse, rel=1e-5)


def test_the_covariance_is_the_sandwich_of_observed_information() -> None:
    columns, event, cluster, _ = data(800, 2)
    found = fit("cloglog", columns, event, cluster)
    p = probabilities("cloglog", columns, found.coefficients)
    hazard = -np.log1p(-p)
    slope = hazard * (1 - p)
    curvature = np.where(event, slope / p * (hazard + slope / p - 1), hazard)
    information = columns.T @ (columns * curvature[:, None])
    scores = columns * (slope * (event - p) / (p * (1 - p)))[:, None]
    summed = np.array([scores[cluster == g].sum(axis=0) for g in range(cluster.max() + 1)])
    n, g, k = len(event), len(summed), columns.shape[1]
    bread = np.linalg.inv(information)
    expected = g / (g - 1) * (n - 1) / (n - k) * bread @ summed.T @ summed @ bread
    assert found.covariance == pytest.approx(expected, rel=1e-6)
    assert scores.sum(axis=0) == pytest.approx(np.zeros(k), abs=1e-4)


def weekly_rossi() -> tuple[pd.DataFrame, pd.DataFrame]:
    rossi = load_rossi()
    weeks = rossi.loc[rossi.index.repeat(rossi["week"])].reset_index(names="person")
    weeks["time"] = weeks.groupby("person").cumcount() + 1
    weeks["event"] = (weeks["time"] == weeks["week"]) & (weeks["arrest"] == 1)
    return rossi, weeks


def test_rossi_as_lifelines_and_the_discrete_model_close_to_it() -> None:
    """H6's engine vector; weeks are short, so the grouped-time model gives nearly the same ratios."""
    rossi, weeks = weekly_rossi()
    cox = lifelines.CoxPHFitter().fit(rossi, "week", "arrest")
    names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    published = [-0.3794, -0.0574, 0.3139, -0.1498, -0.4337, -0.0849, 0.0915]
    assert cox.params_[names].to_numpy() == pytest.approx(published, abs=5e-5)
    assert cox.log_likelihood_ == pytest.approx(-658.7477, abs=5e-5)
    assert cox.concordance_index_ == pytest.approx(0.6403, abs=5e-5)
    eventful = np.unique(weeks.loc[weeks["event"], "time"])
    kept = weeks[weeks["time"].isin(eventful)]  # a week without any arrest says nothing
    dummies = (kept["time"].to_numpy()[:, None] == eventful).astype(float)
    columns = np.column_stack([dummies, kept[names].to_numpy(dtype=float)])
    found = fit("cloglog", columns, kept["event"].to_numpy(), kept["person"].to_numpy())
    assert found.coefficients[len(eventful) :] == pytest.approx(published, abs=0.004)
    errors = cox.standard_errors_[names].to_numpy()
    assert found.standard_errors[len(eventful) :] == pytest.approx(errors, rel=0.2)


def test_a_ratio_that_changes_with_time_is_that_of_a_cox_model_with_the_same_term() -> None:
    """H6's test of proportional hazards on Rossi: the ratio of age changes, by every method."""
    rossi, weeks = weekly_rossi()
    names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]
    eventful = np.unique(weeks.loc[weeks["event"], "time"])
    kept = weeks[weeks["time"].isin(eventful)].astype({"event": int})
    kept["crossed"], kept["start"] = kept["age"] * np.log(kept["time"]), kept["time"] - 1
    cox = lifelines.CoxTimeVaryingFitter().fit(
        kept[[*names, "crossed", "start", "time", "event", "person"]],
        id_col="person",
        event_col="event",
        start_col="start",
        stop_col="time",
    )
    plain = lifelines.CoxPHFitter().fit(rossi, "week", "arrest")
    dummies = (kept["time"].to_numpy()[:, None] == eventful).astype(float)
    columns = np.column_stack([dummies, kept[[*names, "crossed"]].to_numpy(dtype=float)])
    found = fit("cloglog", columns, kept["event"].to_numpy() == 1, kept["person"].to_numpy())
    crossed = columns.shape[1] - 1
    assert found.coefficients[crossed] == pytest.approx(cox.params_["crossed"], abs=5e-4)
    assert found.p_value(crossed) < 0.05
    ratio = 2 * (cox.log_likelihood_ - plain.log_likelihood_)
    assert stats.chi2.sf(ratio, 1) == pytest.approx(0.01, abs=2e-3)
    peer = proportional_hazard_test(plain, rossi, time_transform="log").summary["p"]
    assert peer["age"] < 0.05 < peer["fin"]


def test_time_varying_exposure_is_close_to_lifelines_with_entry_and_clusters() -> None:
    """H4's twenty people; tied times and few events keep the two models a little apart."""
    rows = []
    never = [(t, 1) for t in (1, 2, 3, 4, 5, 6, 8, 10)] + [(12, 0)] * 4
    active = [(8, 1), (10, 1)] + [(12, 0)] * 6
    for person, (end, event) in enumerate(never):
        rows.append((person, 0, end, event, 0))
    for person, (end, event) in enumerate(active, start=100):
        rows += [(person, 0, 6, 0, 0), (person, 6, end, event, 1)]
    frame = pd.DataFrame(rows, columns=["person", "start", "stop", "event", "active"])
    cox = lifelines.CoxPHFitter().fit(
        frame, "stop", "event", entry_col="start", cluster_col="person", formula="active"
    )
    assert cox.params_["active"] == pytest.approx(-0.3255, abs=5e-5)
    assert cox.standard_errors_["active"] == pytest.approx(1.1654, abs=5e-4)
    months = [
        (person, t, event and t == stop, is_active)
        for person, start, stop, event, is_active in rows
        for t in range(start + 1, stop + 1)
    ]
    months = [m for m in months if m[1] in {1, 2, 3, 4, 5, 6, 8, 10}]
    person, time, event, is_active = (np.array(column) for column in zip(*months, strict=True))
    dummies = (time[:, None] == np.unique(time)).astype(float)
    # every month but two loses one: the saturated baseline is bounded there
    cluster = np.unique(person, return_inverse=True)[1]
    found = fit("cloglog", np.column_stack([dummies, is_active]), event.astype(bool), cluster)
    assert found.coefficients[-1] == pytest.approx(-0.3255, abs=0.05)
    assert found.standard_errors[-1] == pytest.approx(1.1654, rel=0.15)


def test_a_cox_model_with_entry_and_clusters_agrees_on_random_careers() -> None:
    """Delayed entry, an exposure that changes, teams: lifelines' Cox against the monthly model."""
    rng = np.random.default_rng(5)
    people, rows, months = 900, [], []
    effect = np.log(0.6)
    for person in range(people):
        team, z = person % 45, rng.normal()
        entry = int(rng.integers(0, 20))
        engaged = rng.integers(0, 2)
        for month in range(entry, entry + 24):
            engaged = 1 - engaged if rng.random() < 0.1 else engaged
            hazard = 0.025 * np.exp(effect * engaged + 0.3 * z - 0.02 * month)
            event = rng.random() < 1 - np.exp(-hazard)
            rows.append((month, month + 1, event, engaged, z, team))
            months.append((month, event, engaged, z, team))
            if event:
                break
    frame = pd.DataFrame(rows, columns=["start", "stop", "event", "engaged", "z", "team"])
    cox = lifelines.CoxPHFitter().fit(
        frame, "stop", "event", entry_col="start", cluster_col="team", formula="engaged + z"
    )
    month, event, engaged, z, team = (np.array(column) for column in zip(*months, strict=True))
    columns = np.column_stack([np.ones(len(month)), engaged, z, month, month**2 / 100, month**3 / 1e4])
    found = fit("cloglog", columns, event.astype(bool), team)
    assert found.coefficients[1:3] == pytest.approx(cox.params_[["engaged", "z"]].to_numpy(), abs=0.02)
    assert found.standard_errors[1:3] == pytest.approx(
        cox.standard_errors_[["engaged", "z"]].to_numpy(), rel=0.2
    )
    naive = lifelines.CoxPHFitter().fit(frame, "stop", "event", entry_col="start", formula="engaged + z")
    # the teams share nothing here, so that both errors estimate the same
    assert found.standard_errors[1:3] == pytest.approx(
        naive.standard_errors_[["engaged", "z"]].to_numpy(), rel=0.2
    )


def refused(columns: np.ndarray, event: np.ndarray, cluster: np.ndarray | None = None) -> str:
    cluster = np.arange(len(event)) % 20 if cluster is None else cluster
    with pytest.raises(NotEstimableError) as error:
        fit("cloglog", columns, event, cluster)
    return error.value.reason


def test_what_cannot_be_estimated_is_refused() -> None:
    columns, event, _, rng = data(500, 3)
    nobody, everybody = np.zeros(500, dtype=bool), np.ones(500, dtype=bool)
    assert (refused(columns, nobody), refused(columns, everybody)) == ("no_events", "no_variation")
    assert refused(np.column_stack([columns, columns[:, 1] - columns[:, 3]]), event) == "collinear"
    assert refused(np.column_stack([columns, np.full(500, 3.0)]), event) == "collinear"
    assert refused(np.column_stack([columns, event]), event) == "separation"
    quiet = np.where(event, 0, rng.integers(0, 2, 500))  # nobody of this group has an event
    assert refused(np.column_stack([columns, quiet]), event) == "separation"
    assert refused(columns, event, np.zeros(500, dtype=int)) == "too_few_teams"


def test_the_order_of_rows_and_the_size_of_blocks_do_not_matter() -> None:
    columns, event, cluster, rng = data(2_000, 4)
    order = rng.permutation(2_000)
    one, other = (
        fit("logit", columns, event, cluster),
        fit("logit", columns[order], event[order], cluster[order]),
    )
    assert one.coefficients == pytest.approx(other.coefficients, abs=1e-9)
    assert one.covariance == pytest.approx(other.covariance, rel=1e-6)


def test_the_start_from_some_rows_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    columns, event, cluster, _ = data(4_000, 6)
    cold = fit("cloglog", columns, event, cluster)
    monkeypatch.setattr("assets.statistics.binary_regression.LARGE", 1_000)
    warm = fit("cloglog", columns, event, cluster)
    assert warm.coefficients == pytest.approx(cold.coefficients, abs=1e-7)
    assert warm.covariance == pytest.approx(cold.covariance, rel=1e-6)
