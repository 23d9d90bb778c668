"""What a trial call is given: number, time, the world's figures and news, and what services answer.

Pure values. Must not know of YAML or of how a call runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.world import HearingNow, QueueNow
from ivrcore.model.announcement import EVERYWHERE, Announcement, Emergency
from ivrcore.model.names import EmergencyAction, Scalar, Service, Told

CALLER = "0215550100"
"""The number that calls, where nobody says otherwise."""
QUIET = QueueNow(waiting=0, ready=1, longest_wait=0.0, expected_wait=0.0)
"""A queue of which nothing is said: nobody waits, one agent is ready."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answers; ``values`` are the fields of a lookup's answer."""

    how: Told
    values: Mapping[str, Scalar] = field(default_factory=dict, repr=False)


Asked = tuple[Service, str]
"""A service, and which of its kind: a lookup's name, a queue, …; an empty name is any of them."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when a trial call comes in. ``at`` in UTC seconds; ``variables`` begin with these values."""

    number: str
    at: float
    caller: str = field(default=CALLER, repr=False)
    language: str = ""
    variables: Mapping[str, Scalar] = field(default_factory=dict)
    queues: Mapping[str, QueueNow] = field(default_factory=dict)
    announcements: tuple[Announcement, ...] = ()
    emergency: Emergency | None = None
    answers: Mapping[Asked, Sequence[Answer]] = field(default_factory=dict)
    """One after another; the last one stays."""

    def adapted(self, plan: Plan) -> Plan:
        """Give the plan with the language and the first values that the setting wants."""
        numbers = dict(plan.numbers)
        number = numbers.get(self.number)
        if self.language and number is not None:
            numbers[self.number] = replace(number, language=self.language)
        return replace(plan, numbers=numbers, variables={**plan.variables, **self.variables})


class TrialWorld:
    """The world that a trial call looks at; the tester may change it at any time.

    Texts of no language are of ``language``.
    """

    def __init__(self, setting: Setting, language: str) -> None:
        self.language = language
        self.queues = dict(setting.queues)
        self.news: list[Announcement] = []
        self.switch: Emergency | None = None
        self.announce(setting.announcements)
        self.set_switch(setting.emergency)

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """Announce this too; one of the same name takes the place of the one before."""
        for one in announcements:
            version = 1 + max((old.version for old in self.news if old.name == one.name), default=0)
            self.news = [old for old in self.news if old.name != one.name]
            self.news.append(replace(one, texts=self._texts(one.texts), version=version))

    def set_switch(self, emergency: Emergency | None) -> None:
        """Set the emergency switch; None: open."""
        self.switch = emergency and replace(emergency, texts=self._texts(emergency.texts))

    def _texts(self, texts: Mapping[str, str]) -> dict[str, str]:
        return {tag or self.language: text for tag, text in texts.items()}

    def queue(self, name: str) -> QueueNow | None:
        """Give a queue's figures; any name is a queue."""
        return self.queues.get(name, QUIET)

    def hearing(self, _language: str, *, stays: bool) -> HearingNow:
        """Everybody is listened to."""
        return HearingNow()

    def announcements(self, number: str, now: float) -> Sequence[Announcement]:
        """Give what callers of this number are to hear now."""
        return [one for one in self.news if one.holds(number, now)]

    def emergency(self, number: str) -> Emergency | None:
        """Give the switch, where it holds for the number and is not open."""
        one = self.switch
        if one is None or one.action is EmergencyAction.OPEN or one.scope not in (EVERYWHERE, number):
            return None
        return one


class Answers:
    """What services answer, one after another."""

    def __init__(self, given: Mapping[Asked, Sequence[Answer]]) -> None:
        self._left = {asked: list(answers) for asked, answers in given.items()}

    def add(self, given: Mapping[Asked, Sequence[Answer]]) -> None:
        """Take these from now on."""
        self._left |= {asked: list(answers) for asked, answers in given.items()}

    def next(self, service: Service, name: str) -> Answer | None:
        """Take the next answer; None if nothing was said of that service."""
        left = self._left.get((service, name)) or self._left.get((service, ""))
        if not left:
            return None
        return left.pop(0) if len(left) > 1 else left[0]
