"""Every verb, universal, announcement and emergency, in any order: nobody is stuck, no secret is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from dialplan_caller import Caller
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.check import Site, load_plan
from ivrcore.dialplan.interpreter import next_deadline
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.state import Phase, outcome
from ivrcore.dialplan.world import HearingNow, QueueNow
from ivrcore.model import events as ev
from ivrcore.model.announcement import Announcement, Emergency
from ivrcore.model.event import encode
from ivrcore.model.names import EmergencyAction, PromptEnd, Scalar, Told, Verdict
from ivrcore.reference import own

pytestmark = pytest.mark.slow

SECRET = "7391"
"""What the lookups answer; callers press no 7, 3 and 9."""
TEXT = """
name: everything
languages: [en, ko]
variables: {tries: 0}
numbers: {"1": start, "2": main, "3": pin}
hours: {branch: {open: {mon-fri: "09:00-16:00"}}}
universals:
  help: {keys: "*"}
  repeat: {keys: "#"}
  back: {keys: "5"}
  start_over: {keys: "8"}
  agent: {keys: "0", go: [{do: person}, {hang_up: normal}]}
blocks:
  start:
    - say: {en: Hello., ko: 안녕하세요.}
    - do: who
    - if: tries < 3 and hours.branch == 'open'
      then: [{set: {tries: "{tries + 1}"}}, {do: main}, {goto: start}]
      else: [{say: {en: Well., ko: 네.}}]
    - menu: main
  who:
    - collect: account
      prompt: {en: Account?, ko: 번호?}
      length: 2-4
      confirm: yes
      otherwise: [return]
    - do: pin
    - return
  pin:
    - identify: customers
      who: "{account}"
      prompt: {en: PIN?, ko: 비밀번호?}
      length: 4
      into: {full: name}
      otherwise: [{say: {en: No., ko: 아니요.}}]
    - contact: {tier: "{full}", priority: 3}
    - return
  person:
    - confirm: {en: Wait?, ko: 기다릴까요?}
      yes: [{queue: q}]
      no: [{call_back: q, failed: [{queue: q}]}]
      otherwise: [{queue: q}]
    - disposition: asked
menus:
  main:
    prompt: {en: "Main {tries}?", ko: 무엇을?}
    choices:
      look:
        say: {en: look, ko: 보기}
        keys: "1"
        go:
          - lookup: crm
            into: {balance: balance}
            default: {balance: "{account}"}
            failed: [{pause: 2s}]
          - say: {en: "You have {balance:amount KRW}.", ko: "{balance:amount KRW}"}
          - menu: main
      out:
        keys: "2"
        go: [{transfer: "{call.caller}", failed: [{record: box, prompt: {en: Speak., ko: 말씀}}]}]
      sub: {say: {en: sub, ko: 하위}, keys: "4", go: [{do: sub}, {menu: main}]}
      tongue: {keys: "6", go: [{language: ko}, {emergency: close}, {menu: main}]}
    otherwise: [{do: person}, {goto: start}]
  sub:
    prompt: {en: Sub?, ko: 하위?}
    barge_in: no
    choices:
      up: {say: {en: up, ko: 위}, keys: "1", go: [return]}
      down: {keys: "4", go: [{do: sub}]}
    otherwise: [return]
"""


def everything() -> Plan:
    plan, problems = load_plan(TEXT, "everything.yaml", Site(verbs=own().verbs()))
    assert plan is not None, [str(problem) for problem in problems]
    return plan


PLAN = everything()
WAITS = (Phase.NEW, Phase.QUEUE, Phase.ENDING, Phase.ENDED)
"""Phases that the telephony or routing ends."""
CHOICES = ["look", "sub", "up", "yes", "no", "@help", "@back", "@agent", "@repeat", "@start_over", "?"]


class Day:
    """A world that changes under the call."""

    def __init__(self) -> None:
        self.notices: list[Announcement] = []
        self.switch: Emergency | None = None

    def queue(self, name: str) -> QueueNow | None:
        return QueueNow() if name == "q" else None

    def announcements(self, number: str, now: float) -> Sequence[Announcement]:
        return self.notices

    def hearing(self, language: str, *, stays: bool) -> HearingNow:
        return HearingNow()

    def emergency(self, number: str) -> Emergency | None:
        return self.switch


class AnyDay(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.day = Day()
        self.caller = Caller(PLAN, self.day)
        self.gone = False

    @initialize(number=st.sampled_from(["1", "2", "3"]))
    def call(self, number: str) -> None:
        self.caller.give(c.Begin(number, "+8225550166"))
        self.caller.answered()

    @rule(how=st.sampled_from(list(PromptEnd)))
    def prompt_over(self, how: PromptEnd) -> None:
        self.caller.hear(how)

    @rule(key=st.sampled_from("1246"))
    def as_expected(self, key: str) -> None:
        """What callers and services do mostly."""
        state = self.caller.state
        if state.prompt:
            self.caller.hear()
        elif state.phase is Phase.SERVICE:
            self.told(Told.DONE, late=False)
        elif (
            state.phase is Phase.MENU and state.turn and "/" in state.turn.menu and not state.turn.confirming
        ):
            self.caller.press("1246#")
        else:
            self.caller.press(key)

    @rule(keys=st.text("0124568*#", min_size=1, max_size=6))
    def keys(self, keys: str) -> None:
        self.caller.press(keys)

    @rule(choice=st.sampled_from(CHOICES), verdict=st.sampled_from(Verdict))
    def said(self, choice: str, verdict: Verdict) -> None:
        self.caller.say(choice, verdict)

    @rule(how=st.sampled_from(list(Told)), late=st.sampled_from([False, False, False, True]))
    def told(self, how: Told, late: bool) -> None:
        values: dict[str, Scalar] = {"name": SECRET, "balance": int(SECRET)}
        self.caller.give(c.ServiceTold(f"c1.s{self.caller.state.requests - late}", how, values))

    @rule(answered=st.booleans())
    def queue_over(self, answered: bool) -> None:
        self.caller.come_back(answered)

    @rule(seconds=st.sampled_from([0.0, 2.0, 20.0, 20_000.0]))
    def time(self, seconds: float) -> None:
        self.caller.now += seconds
        self.caller.give(c.Tick())

    @rule(whole=st.booleans(), version=st.integers(1, 4))
    def announced(self, whole: bool, version: int) -> None:
        self.day.notices = [Announcement("news", version, {"en": "News."}, whole=whole)]

    @rule(action=st.sampled_from([None, *EmergencyAction]))
    def switched(self, action: EmergencyAction | None) -> None:
        texts = {"en": "Fire."}
        self.day.switch = Emergency("all", action, texts, "+8221") if action else None

    @precondition(lambda self: len(self.caller.events) > 80 and not self.gone)
    @rule()
    def hang_up(self) -> None:
        self.caller.go()
        self.gone = True

    @invariant()
    def waits_for_something_that_comes(self) -> None:
        state = self.caller.state
        assert state.prompt or next_deadline(state) is not None or state.phase in WAITS, state

    @invariant()
    def every_prompt_that_is_waited_for_was_played(self) -> None:
        played = {one.prompt_id for one in self.caller.done(c.DoPlay)}
        assert not self.caller.state.prompt or self.caller.state.prompt in played

    @invariant()
    def replay_gives_the_same(self) -> None:
        assert self.caller.replayed() == self.caller.state

    @invariant()
    def what_is_secret_is_in_no_event(self) -> None:
        told = b"\n".join(encode(event) for event in self.caller.events)
        assert SECRET.encode() not in told
        assert b"5550166" not in told
        assert SECRET not in repr(self.caller.state)

    @invariant()
    def nothing_fails_and_nothing_is_done_after_the_end(self) -> None:
        assert not self.caller.seen(ev.PluginFailed)
        assert not self.caller.seen(ev.CommandFailed)
        ends = [i for i, command in enumerate(self.caller.log) if isinstance(command, c.DoHangUp)]
        assert ends in ([], [len(self.caller.log) - 1])
        assert outcome(self.caller.state)

    @invariant()
    def who_must_hear_something_is_not_cut_short(self) -> None:
        stopped = {one.prompt_id for one in self.caller.done(c.DoStopPlay)}
        must = {one.prompt for one in self.caller.seen(ev.AnnouncementPlayed) if one.whole}
        assert not stopped & must


AnyDay.TestCase.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, database=None, derandomize=True
)
TestAnyDay = AnyDay.TestCase
