"""Role labels, ties at the cut, persistence and the bootstrap: section C3."""

import numpy as np
import pytest

from assets.network import roles
from assets.network.role_stability import Events, bootstrap_survival, confirmed_labels, ties_of
from assets.network.ties import directed_ties


def network(n: int = 200, **changes) -> roles.PersonNetwork:
    """Everyone distinct and unremarkable; ``changes`` set single people by number."""
    spread = np.linspace(1, 2, n)
    columns = {
        "degree": spread * 10,
        "degree_in": spread,
        "strength_in": spread,
        "strength_out": spread,
        "pagerank": spread,
        "coreness": np.full(n, 3.0),
        "betweenness": spread,
        "constraint": spread,
        "participation": spread / 4,
        "boundary_ratio": spread,
        "external_units": np.zeros(n),
    }
    for name, people in changes.items():
        columns[name] = columns[name].copy()
        for person, value in people.items():
            columns[name][person] = value
    return roles.PersonNetwork(group=np.arange(n) % 4, measured=np.ones(n, dtype=bool), **columns)


def who(mask) -> set[int]:
    return set(np.flatnonzero(mask).tolist())


def test_information_broker_needs_both_cuts():
    given = network(betweenness={0: 99, 50: 98}, constraint={50: 5.0})
    assert who(roles.role_labels(given)["information_broker"]) == {0}


def test_hub_needs_the_highest_core_of_its_unit():
    given = network(pagerank={10: 9.0, 11: 8.0}, coreness={10: 7.0, 15: 9.0, 19: 9.0})
    assert who(roles.role_labels(given)["hub"]) == {10}  # 11 sits in the unit of 15


def test_no_percentile_reaches_99_below_50_people():
    values = np.arange(49.0)
    assert roles.at_least(values, 99.0, np.ones(49, dtype=bool)) is None
    assert roles.at_least(np.arange(50.0), 99.0, np.ones(50, dtype=bool)).sum() == 1


@pytest.mark.parametrize(("block", "labelled"), [(8, 8), (20, 20), (21, 0), (60, 0)])
def test_a_tied_block_is_labelled_whole_or_not_at_all(block, labelled):
    """Top 10 % of 100: a block of equals may double the share, a larger one gets no label."""
    values = np.r_[np.arange(100.0 - block), np.full(block, 500.0)]
    found = roles.at_least(values, 90.0, np.ones(100, dtype=bool))
    assert found[100 - block :].sum() == labelled


def test_connectors_are_found_inside_units_of_twenty():
    given = network(degree_in={3: 50.0}, strength_in={3: 50.0})
    assert 3 in who(roles.role_labels(given)["central_connector"])
    small = network(n=40, degree_in={3: 50.0}, strength_in={3: 50.0})  # units of ten
    assert roles.role_labels(small)["central_connector"] is None


def test_boundary_spanner_needs_three_other_units():
    change = {"participation": {0: 0.8, 1: 0.8}, "boundary_ratio": {0: 9.0, 1: 9.0}}
    given = network(**change, external_units={0: 3, 1: 2})
    assert who(roles.role_labels(given)["boundary_spanner"]) == {0}


def test_peripheral_is_split_by_what_is_known():
    loners = {person: 0.1 * (person + 1) for person in range(5)}
    given = network(degree=loners, coreness=dict.fromkeys(range(5), 1.0))
    tenure = np.full(200, 40.0)
    tenure[1] = 2.0
    answers = np.arange(200.0) % 7
    answers[2] = 100
    found = roles.role_labels(given, roles.PersonContext(tenure_months=tenure, answers_accepted=answers))
    assert who(found["peripheral"]) == set(range(5))
    assert who(found["peripheral_new"]) == {1}
    assert 2 in who(found["peripheral_specialist"])
    assert found["peripheral_by_role"] is None


def test_overload_needs_three_signs_and_three_known_ones():
    given = network(strength_in={7: 50.0}, strength_out={7: 0.0})
    assert roles.role_labels(given)["overload_risk"] is None
    after_hours = np.linspace(0, 0.1, 200)
    after_hours[7] = 0.9
    found = roles.role_labels(given, roles.PersonContext(after_hours_share=after_hours))
    assert who(found["overload_risk"]) == {7}


def test_unmeasured_people_carry_no_label():
    given = network(betweenness={0: 99.0})
    measured = given.measured.copy()
    measured[0] = False
    hidden = roles.PersonNetwork(**{**given.__dict__, "measured": measured})
    for mask in roles.role_labels(hidden).values():
        assert mask is None or not mask[0]


def test_load_concentration():
    strength = np.r_[np.ones(95), np.full(5, 19.0)]
    assert roles.load_concentration(strength, np.ones(100, dtype=bool)) == pytest.approx(0.5)
    assert np.isnan(roles.load_concentration(np.zeros(10), np.ones(10, dtype=bool)))


def test_a_label_needs_two_quarters_and_the_bootstrap():
    current = np.array([True, True, True, False])
    previous = np.array([True, False, True, True])
    survival = np.array([0.9, 0.9, 0.5, 0.0])
    assert confirmed_labels(current, previous, survival) == [True, None, None, False]
    assert confirmed_labels(current, None, survival) == [None, None, None, False]
    assert confirmed_labels(None, previous, survival) == []


def test_ties_from_events_count_distinct_days_each_way_and_together():
    events = Events(
        src=np.array([0, 0, 1, 0]),
        dst=np.array([1, 1, 0, 2]),
        weight=np.array([1.0, 0.5, 2.0, 1.0]),
        day=np.array([3, 3, 4, 9]),
    )
    found = ties_of(events)
    assert list(zip(found.src.tolist(), found.dst.tolist(), strict=True)) == [(0, 1), (0, 2), (1, 0)]
    assert found.weight.tolist() == [1.5, 1.0, 2.0]
    assert found.event_days.tolist() == [1, 1, 1]
    assert found.event_days_both.tolist() == [2, 1, 2]


def test_bootstrap_keeps_what_rests_on_many_events_and_drops_what_rests_on_few():
    """Person 0 is reached on ten days by each of five; person 1 on exactly two days by one."""
    src = np.r_[np.repeat(np.arange(2, 7), 10), [7, 7]]
    dst = np.r_[np.zeros(50, int), [1, 1]]
    day = np.r_[np.tile(np.arange(10), 5), [0, 5]]
    events = Events(src, dst, np.full(52, 0.6), day)

    def label(times):
        graph = directed_ties(8, ties_of(events, times))
        return {"reached": np.bincount(graph.dst, minlength=8) > 0, "never": None}

    found = bootstrap_survival(src.size, label, resamples=200, seed=1)
    assert set(found) == {"reached"}
    assert found["reached"][0] == 1.0
    assert 0.2 < found["reached"][1] < 0.6  # both of two events drawn: about 0.63 squared
    again = bootstrap_survival(src.size, label, resamples=200, seed=1)
    np.testing.assert_array_equal(again["reached"], found["reached"])
