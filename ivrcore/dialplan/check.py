"""What is wrong with a plan as a whole, or against the site that it is to run on. All of it, at once."""

from __future__ import annotations

from collections.abc import Iterable

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.conditions import Conditions
from ivrcore.dialplan.checks.dates import check_hours
from ivrcore.dialplan.checks.flow import Flow
from ivrcore.dialplan.checks.handed_over import check_handed_over
from ivrcore.dialplan.checks.hearing import Hearing
from ivrcore.dialplan.checks.languages import Languages
from ivrcore.dialplan.checks.menus import Menus, plain_phrase
from ivrcore.dialplan.checks.references import References
from ivrcore.dialplan.checks.secrets import Secrets
from ivrcore.dialplan.checks.site import ANY_SITE, Site
from ivrcore.dialplan.checks.survey import Survey
from ivrcore.dialplan.checks.variables import Variables
from ivrcore.dialplan.checks.ways import Ways
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.parse import parse_plan
from ivrcore.location import Location
from ivrcore.problems import Problems, quoted

__all__ = ["ANY_SITE", "Site", "check", "check_together", "load_plan", "plain_phrase"]


def load_plan(text: str, file: str, site: Site = ANY_SITE) -> tuple[Plan | None, Problems]:
    """Parse and check; the plan is None if there is any error. Warnings may come with a plan."""
    problems = Problems()
    draft = parse_plan(text, file, problems, site.verbs)
    if draft is not None:
        check(draft, site, problems)
    return (None if problems.errors else draft), problems


def check(plan: Plan, site: Site, problems: Problems) -> None:
    """Report everything that is wrong with a plan (or a draft of one); what only a sound one tells, last."""
    survey = Survey(plan, site, problems)
    References(survey).run()
    Menus(survey).run()
    Languages(survey).run()
    flow = Flow(survey)
    check_handed_over(survey, flow)
    ways = Ways(survey, flow)
    ways.never_run()
    if problems.errors:
        return
    ways.sound()
    Variables(survey).run()
    Secrets(survey).run()
    Conditions(survey).run()
    Hearing(survey).run()
    check_hours(survey)


def check_together(plans: Iterable[Plan], problems: Problems) -> None:
    """Report numbers and names that several dialplans claim."""
    numbers: dict[str, Location] = {}
    names: dict[str, Location] = {}
    for plan in plans:
        for number in plan.numbers.values():
            _claim(numbers, number.number, number.location, f"number {number.number}", problems)
        _claim(names, plan.name, plan.location, f"the dialplan name {quoted(plan.name)}", problems)


def _claim(taken: dict[str, Location], key: str, location: Location, what: str, problems: Problems) -> None:
    first = taken.setdefault(key, location)
    if first != location:
        problems.report(rules.NUMBER_TWICE, location, f"{what} is used twice", f"it is at {first} already")
