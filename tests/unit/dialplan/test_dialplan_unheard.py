"""Callers whom nobody can listen to for a while: where the call goes on, and what they are told."""

from __future__ import annotations

import pytest
from dialplan_caller import Caller
from dialplan_sites import full_site

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.check import load_plan
from ivrcore.dialplan.state import Phase
from ivrcore.dialplan.world import CALM, HearingNow
from ivrcore.model import events as ev
from ivrcore.model.names import SpeechRefusal

KEYS = "Please use the keys."


class Deaf(type(CALM)):  # type: ignore[misc]
    """A world in which nobody can be listened to."""

    def hearing(self, _language: str, *, stays: bool) -> HearingNow:
        return HearingNow(SpeechRefusal.LOADING, (c.Spoken(KEYS, "en"),))


def caller_of(text: str, world: object = CALM) -> Caller:
    plan, problems = load_plan(text, "t.yaml", full_site())
    assert plan is not None, [str(problem) for problem in problems]
    return Caller(plan, world).call("1")  # type: ignore[arg-type]


def said(caller: Caller) -> list[str]:
    parts = [part for play in caller.done(c.DoPlay) for part in play.prompt]
    return [part.text for part in parts if isinstance(part, c.Spoken)]


TO_A_MENU = """
name: t
language: en
numbers: {"1": main}
universals:
  agent: {keys: "0", go: AGENT}
menus:
  main:
    prompt: Sales or loans?
    choices:
      one: {say: sales, go: [{queue: general}]}
    otherwise: hang_up
  which:
    prompt: Which department?
    choices:
      cards: {say: cards, go: [{queue: general}]}
    otherwise: [{queue: loans}]
"""


@pytest.mark.parametrize("agent", ["[{goto: which}]", "[{say: One moment.}, {goto: which}]"])
def test_given_an_agent_that_is_a_menu_without_keys_when_nobody_listens_then_its_default_is_taken(
    agent: str,
) -> None:
    caller = caller_of(TO_A_MENU.replace("AGENT", agent), Deaf())
    if caller.state.phase is Phase.PROMPT:
        caller.hear()
    assert [one.queue for one in caller.done(c.DoEnqueue)] == ["loans"]
    assert caller.state.phase is Phase.QUEUE
    assert not caller.seen(ev.CommandFailed)


LANGUAGES = """
name: t
languages: [en, ko]
numbers: {"1": main}
menus:
  main:
    prompt: {en: One?, ko: 하나?}
    choices:
      one: {say: {en: one, ko: 하나}, keys: "1", go: [{language: LANGUAGE}, {menu: second}]}
    otherwise: hang_up
  second:
    prompt: {en: Two?, ko: 둘?}
    choices: {two: {say: {en: two, ko: 둘}, keys: "2", go: hang_up}}
    otherwise: hang_up
"""


@pytest.mark.parametrize(("language", "listened"), [("ko", 2), ("en", 1)])
def test_given_no_speech_for_good_in_one_language_when_another_is_chosen_then_it_is_tried_there(
    language: str, listened: int
) -> None:
    caller = caller_of(LANGUAGES.replace("LANGUAGE", language))
    caller.give(c.SpeechGone(caller.state.turns, "", "IVR401", for_good=True))
    caller.press("1")
    assert caller.state.menu == "second"
    assert len(caller.done(c.DoListen)) == listened
    assert caller.replayed() == caller.state
