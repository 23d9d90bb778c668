"""Imported dialplans walked by the interpreter: what a caller of the source would have heard is heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.check import Site, load_plan
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.state import Phase
from ivrcore.plugin_manager import load_plugins
from tests.unit.dialplan.dialplan_caller import Caller
from tests.unit.importing.imports import SAMPLES, conf, read

SITE = Site(verbs=load_plugins().verbs())
CALLING = 200
"""Inputs after which a call has no end."""


def loaded(text: str) -> Plan:
    plan, problems = load_plan(text, "new.yaml", SITE)
    assert plan is not None, [str(problem) for problem in problems]
    return plan


def walked(plan: Plan, number: str, keys: str) -> list[str]:
    """Call and press one key in each menu (``.`` is silence); give recordings, texts and how it ended."""
    caller = Caller(plan).call(number)
    waiting = list(keys)
    for _ in range(CALLING):
        if any(isinstance(command, c.DoHangUp | c.DoEnqueue | c.DoAsk) for command in caller.log):
            break
        if caller.state.phase in (Phase.PROMPT, Phase.MENU) and caller.state.prompt:
            caller.hear()
        elif caller.state.phase is Phase.MENU and waiting and waiting[0] != ".":
            caller.press(waiting.pop(0))
        else:
            if caller.state.phase is Phase.MENU and waiting:
                waiting.pop(0)
            caller.wait()
    return [_shown(command) for command in caller.log if _shown(command)]


def _shown(command: c.Command) -> str:
    if isinstance(command, c.DoPlay):
        parts = [part.path if isinstance(part, c.Recorded) else part.text for part in command.prompt]
        return " ".join(parts)
    if isinstance(command, c.DoEnqueue):
        return f"queue {command.queue}"
    if isinstance(command, c.DoAsk):
        return f"ask {command.service}"
    return f"hang up {command.cause:d}" if isinstance(command, c.DoHangUp) else ""


MENU = "shop-welcome shop-menu"
SHOP = {
    "2": [MENU, "queue orders"],
    "12": [MENU, "shop-hours", MENU, "queue orders"],
    ".": [MENU, "shop-goodbye", "hang up 16"],
    "9.": [MENU, f"shop-invalid {MENU}", "shop-goodbye", "hang up 16"],
    "0": [MENU, "ask transfer"],
}


@pytest.mark.parametrize("keys", SHOP)
def test_the_shop_as_asterisk_would(keys: str) -> None:
    assert walked(loaded(read(SAMPLES / "shop.conf").text), "0", keys) == SHOP[keys]


def test_the_banks_hotline_by_voicexml() -> None:
    plan = loaded(read(SAMPLES / "hotline.vxml").text)
    question = "Please choose. For cards, press 1. For loans, press 2. For opening hours, press 9."
    assert walked(plan, "0", "9") == ["sounds/welcome", question, "hours", "hang up 16"]
    again = "I did not hear you. Once more: cards, loans or hours?"
    assert walked(plan, "0", "...") == ["sounds/welcome", question, again, again, "ask transfer"]
    assert walked(plan, "0", "0") == ["sounds/welcome", question, "ask transfer"]


COUNTED = """
[line]
exten => s,1,Set(TRIES=0)
 same => n(ask),Set(TRIES=$[${TRIES} + 1])
 same => n,GotoIf($[${TRIES} > 3]?bye)
 same => n,Background(which)
 same => n,WaitExten(3)
 same => n,Goto(ask)
 same => n(bye),Playback(bye)
 same => n,Hangup()
exten => 1,1,Gosub(told,s,1)
 same => n,Goto(s,ask)
exten => _2X,1,SayDigits(${EXTEN})
 same => n,Hangup()
exten => i,1,Goto(s,ask)
[told]
exten => s,1,Playback(told)
 same => n,Return()
"""


@pytest.mark.parametrize(
    ("keys", "heard"),
    [
        ("....", ["which", "which", "which", "bye", "hang up 16"]),
        ("9999", ["which", "which", "which", "bye", "hang up 16"]),
        ("1...", ["which", "told", "which", "which", "bye", "hang up 16"]),
        ("25", ["which", "two five", "hang up 16"]),
    ],
)
def test_counting_and_subroutines_go_as_in_asterisk(tmp_path: Path, keys: str, heard: list[str]) -> None:
    assert walked(loaded(conf(tmp_path, COUNTED).text), "0", keys) == heard
