"""What a dialplan cannot do for callers whom a dialplan of Asterisk's own hands over by AGI.

Looks at what their numbers lead to, and at nothing else of the plan.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ivrcore.dialplan import rules
from ivrcore.dialplan.checks.references import EARLY_MEDIA
from ivrcore.dialplan.graph import reachable
from ivrcore.dialplan.model import AnswerPolicy, Menu
from ivrcore.problems import quoted

if TYPE_CHECKING:
    from ivrcore.dialplan.checks.flow import Flow
    from ivrcore.dialplan.checks.site import HandedOver
    from ivrcore.dialplan.checks.survey import Survey
    from ivrcore.dialplan.model import Number
    from ivrcore.location import Location

AUDIO = "audio"
"""What listening to callers needs of the driver."""
OTHERWISE = "leave it out for these callers, or let their number come by ARI"


def check_handed_over(survey: Survey, flow: Flow) -> None:
    """Report what the numbers that come by AGI lead to and cannot have."""
    over = survey.site.handed_over
    if over is None:
        return
    numbers = [one for one in survey.plan.numbers.values() if one.number in over.numbers]
    if numbers:
        _Check(survey, flow, over, numbers).run()


class _Check:
    def __init__(self, survey: Survey, flow: Flow, over: HandedOver, numbers: Collection[Number]) -> None:
        self.survey = survey
        self.over = over
        self.numbers = numbers
        self.reached = reachable(flow.leads, [one.start.text for one in numbers if one.start])

    def run(self) -> None:
        for number in self.numbers:
            if number.answer is AnswerPolicy.EARLY_MEDIA:
                self.needed({EARLY_MEDIA}, f"number {number.number}", number.location)
        for block, step, refers in self.survey.steps:
            if block not in self.reached:
                continue
            self.needed(step.needs, f"{step.verb!r} in block {quoted(block)}", step.location)
            for kind, name in refers.site:
                if kind == "queue":
                    self.queue(name.text, name.location)
        if AUDIO not in self.over.capabilities:
            for menu in self.survey.menus:
                if menu.name in self.reached:
                    self.unheard(menu)

    def needed(self, needs: Collection[str], what: str, place: Location) -> None:
        lacking = sorted(set(needs) - set(self.over.capabilities))
        if lacking:
            message = (
                f"{what}: for callers who come by AGI this cannot be done: it needs {', '.join(lacking)}"
            )
            self.survey.report(rules.NOT_OVER_AGI, place, message, OTHERWISE)

    def queue(self, queue: str, place: Location) -> None:
        strategy = self.over.ring_several.get(queue)
        if strategy is not None:
            message = (
                f"queue {quoted(queue)}: for callers who come by AGI one phone rings at a time, "
                f"and its strategy {strategy} rings several"
            )
            self.survey.report(rules.NOT_OVER_AGI, place, message, OTHERWISE)

    def unheard(self, menu: Menu) -> None:
        mute = [quoted(choice.name) for choice in menu.choices if not choice.keys]
        if mute:
            message = (
                f"menu {quoted(menu.name)}: callers who come by AGI are not heard here, "
                f"and have no key for {', '.join(mute)}"
            )
            hint = "give each choice a key, or configure 'aeap'"
            self.survey.report(rules.LESS_OVER_AGI, menu.location, message, hint)
