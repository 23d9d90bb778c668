"""Opening hours that are never open, and dates that passed long ago."""

from __future__ import annotations

from datetime import timedelta

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.survey import Survey
from ivrcore.dialplan.hours import Hours
from ivrcore.problems import quoted

LONG_PAST = timedelta(days=366)
"""What ended longer ago matters to nobody; a date of last year may be there to be compared with."""


def check_hours(survey: Survey) -> None:
    """Check every set of hours; dates only if it is known what day it is."""
    for hours in survey.plan.hours.values():
        _open(survey, hours)
        _dates(survey, hours)


def _open(survey: Survey, hours: Hours) -> None:
    if not any(hours.week) and not any(dates.ranges for dates in hours.special):
        message = f"the hours {quoted(hours.name)} are never open"
        survey.report(rules.NEVER_OPEN, hours.location, message, 'write when: open: {mon-fri: "09:00-17:00"}')


def _dates(survey: Survey, hours: Hours) -> None:
    today = survey.site.today
    if today is None:
        return
    for dates in (*hours.special, *hours.closed):
        if dates.last < today - LONG_PAST:
            message = f"hours {quoted(hours.name)}: {dates.last} is long past"
            hint = "remove it, and see whether this year's dates are there"
            survey.report(rules.LONG_PAST, dates.location, message, hint)
