"""Why an effect cannot be given: one exception, one list of reasons.

Every estimator raises ``NotEstimableError`` instead of returning a number from a fit that did not
work; tables then show NULL and the reason.
"""

from __future__ import annotations

from typing import Final

REASONS: Final = {
    "unknown_targets": "none of the targets exists in the organisation",
    "unknown_primary_metric": "the registry names no metric that is measured here",
    "not_started": "the first full month of the initiative is not final yet",
    "no_pre_period": "there is no complete month before the start",
    "pre_period_too_short": "there are fewer complete months before the start than the method needs",
    "post_period_too_short": "there are fewer months after the start than the method needs",
    "not_yet_ended": "the initiative has not ended long enough ago",
    "too_few_treated_units": "fewer than two targeted units are large enough and observed throughout",
    "too_few_control_units": "fewer than two units are left to compare with",
    "no_control_units": "every unit is targeted: there is nothing to compare with",
    "overlapping_initiatives": "every targeted unit is also target of another initiative at the same time",
    "not_staggered": "all units start together: the plain comparison says the same",
    "not_applicable": "the method does not fit this kind of target or assignment",
    "no_variation": "the outcome or a covariate never changes",
    "collinear": "two covariates say the same, so their effects cannot be told apart",
    "separation": "a covariate tells treated from untreated perfectly: nobody is comparable",
    "not_converged": "the fit did not converge",
    "no_overlap": "no untreated unit or person is similar enough to a treated one",
    "not_balanced": "after matching a standardised difference is still 0.1 or more",
    "outcome_not_measured": "no source measures this outcome",
    "too_few_assignments": "too few ways to assign the units: no 95 % interval exists",
    "no_events": "nobody left",
    "too_few_events": "there are fewer than ten events for each number to be estimated",
    "too_few_clusters": "there are too few units to say how sure the estimate is",
    "too_few_expected_events": "fewer than 20 events expected in one of the groups under equal rates",
    "few_events_in_one_group": "one of the groups has 0 to 2 events: such counts are a band, without a rate",
    "too_few_teams": "fewer than ten teams: errors clustered by team would be too small",
    "no_exposure_contrast": "everybody, or nobody, is engaged",
    "weights_not_stable": "the mean of the weights is outside of 0.9 to 1.1",
    "no_source": "no source measures it",
    "purpose_missing": "a source that it rests on is not permitted for the purpose retention",
}
"""Code of each reason and what it means."""


class NotEstimableError(ValueError):
    """An estimate does not exist for these data; ``reason`` is a key of ``REASONS``."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{REASONS[reason]}{f' ({detail})' if detail else ''}")
        self.reason = reason
