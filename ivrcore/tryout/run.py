"""Runs call tests on dialplans, in memory. Must not know of files or of how results are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from time import perf_counter

from ivrcore.dialplan.model import Plan
from ivrcore.location import NOWHERE, Location
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import Outcome
from ivrcore.problems import Problem, Problems, did_you_mean, quoted
from ivrcore.tryout import rules
from ivrcore.tryout.conversation import Line, place_text, written
from ivrcore.tryout.coverage import Coverage
from ivrcore.tryout.ends import Ends
from ivrcore.tryout.expectations import check_language, check_variable
from ivrcore.tryout.script import Failure, Scene
from ivrcore.tryout.testfile import CallTest
from ivrcore.tryout.trial import TrialCall


@dataclass(frozen=True, slots=True)
class TestResult:
    """How a test went. ``at`` is where it failed in the test, ``step`` where the call was then."""

    __test__ = False  # pytest collects what is called Test…

    test: CallTest
    plan: str
    failure: Failure | None = None
    at: Location = NOWHERE
    step: Location = NOWHERE
    conversation: tuple[str, ...] = ()
    took: float = 0.0
    """Seconds."""

    @property
    def passed(self) -> bool:
        """Whether all went as the test says."""
        return self.failure is None

    @property
    def problem(self) -> Problem:
        """What is wrong, as `ivrcore check` shows it."""
        assert self.failure is not None, "a test that passed has no problem"
        text = f"test {quoted(self.test.name)}: {self.failure.message}"
        where = place_text(self.step)
        message = f"{text} (the call was at {where})" if where else text
        return Problem(self.failure.rule, self.at, message, self.failure.hint)


@dataclass(frozen=True, slots=True)
class Report:
    """All results. ``problems`` are those of files: dialplans and tests that cannot be used, and warnings."""

    results: tuple[TestResult, ...]
    coverage: Coverage
    problems: Problems = field(default_factory=Problems)

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """Those that failed."""
        return tuple(one for one in self.results if not one.passed)


def run_tests(
    tests: Iterable[CallTest],
    plans: Sequence[Plan],
    problems: Problems,
    *,
    universals: bool = False,
    go_on: Callable[[], bool] = lambda: True,
) -> Report:
    """Run tests on the dialplans whose numbers they call; ``problems`` are those of the files.

    ``go_on`` is asked before each test: from its no on, the rest is left out.
    """
    by_number = {number: plan for plan in plans for number in plan.numbers}
    coverage = Coverage.of(plans, universals=universals)
    results = []
    for test in takewhile(lambda _: go_on(), tests):
        plan = by_number.get(test.number)
        misfits = check_test(test, plan, by_number)
        if plan is None or misfits:
            results.append(_misfit(test, plan, misfits))
            continue
        result, events = run_test(test, plan)
        coverage.take(plan, events)
        results.append(result)
    return Report(tuple(results), coverage, problems)


def check_test(test: CallTest, plan: Plan | None, known: Iterable[str]) -> Sequence[Problem]:
    """Tell what a test names and the dialplan that it calls does not have; ``known`` are all numbers."""
    problems = Problems()
    if plan is None:
        message = f"no dialplan has the number {test.number}"
        problems.report(rules.UNKNOWN_NUMBER, test.number_at, message, did_you_mean(test.number, known))
        return problems.errors
    check_language(test.language, plan, problems, test.location)
    for name in test.given.variables:
        check_variable(name, plan, problems, test.given.places.get(name, test.location))
    for line in test.lines:
        line.check(plan, problems)
    return problems.errors


def _misfit(test: CallTest, plan: Plan | None, misfits: Sequence[Problem]) -> TestResult:
    first, *others = misfits
    failure = Failure(first.rule, first.message, first.hint)
    also = tuple(f"also: {one}" for one in others)
    return TestResult(test, plan.name if plan else "", failure, first.location, conversation=also)


def run_test(
    test: CallTest, plan: Plan, seen: Callable[[Scene], None] = lambda scene: None
) -> tuple[TestResult, Sequence[Event]]:
    """Run one test; give how it went, and the events of its call. ``seen`` is told after every line."""
    began = perf_counter()
    call = TrialCall(plan, test.setting(plan.zone))
    scene = Scene(call)
    call.dial()
    failure, at = None, test.location
    for line in test.lines:
        failure, at = line.play(scene), line.location
        seen(scene)
        if failure is not None:
            break
    failure = failure or _broken(test, call)
    step = call.narrator.where(call.state)[1]
    conversation = tuple(_conversation(call.lines, call.began)) if failure else ()
    call.hang_up()
    took = perf_counter() - began
    return TestResult(test, plan.name, failure, at, step, conversation, took), call.events


def _broken(test: CallTest, call: TrialCall) -> Failure | None:
    """Tell of a step that failed unless the test expects it: the call went on, but not as it was written."""
    if any(isinstance(line, Ends) and line.outcome is Outcome.FAILED for line in test.lines):
        return None
    for event in call.events:
        if isinstance(event, ev.PluginFailed):
            return Failure(rules.BROKEN, f"the step {event.plugin} failed with {event.error}")
        if isinstance(event, ev.CommandFailed):
            return Failure(rules.BROKEN, f"the dialplan could not go on ({event.code})")
    return None


def _conversation(lines: Sequence[Line], began: float) -> Iterable[str]:
    return (written(line, began) for line in lines)
