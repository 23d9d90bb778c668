"""The sample bank on the real Asterisk: what its callers' phones do, and what must be nowhere afterwards."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest

from ivrcore.lab import audio, hearing
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.packages import lab_folder
from ivrcore.lab.phones import Answers, Call, HangUp, Keys
from ivrcore.lab.tools import tool
from ivrcore.model import events as e
from ivrcore.model.event import encode
from ivrcore.samples import sample_files
from ivrcore.web.view import AgentAction
from tests.asterisk.hotlines import AGENT_HERTZ, check, hears, tone
from tests.asterisk.speech_site import Story

pytestmark = pytest.mark.asterisk

ACCOUNT, PIN = "79927398713", "4071"
"""A customer of the sample; its README tells them."""
WRONG = ("5180", "9264", "3817")
SPEAKING = 240.0
"""Seconds for speaking the whole dialplan where that was never done before."""
BY_DAY = ('open: {mon-fri: "09:00-16:00"}\n    country: KR', 'open: {daily: "00:00-24:00"}')
"""The branch is open whenever this test runs."""


def speech() -> str:
    """A voice for English alone: callers here press keys, and choose that; the rest takes long to speak."""
    flite = shlex.join(tool("flite"))
    return f'threads: 2\nlanguages:\n  en: {{voices: [{{name: flite, command: "{flite}"}}]}}'


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HotlineLab]:
    """The bank, open; its agents' phones answer at once. What it says is spoken once for all labs."""
    folder = tmp_path_factory.mktemp("bank")
    plan = sample_files("bank")["dialplans/bank.yaml"].decode()
    assert BY_DAY[0] in plan
    lab = HotlineLab(
        folder / "lab",
        made_of="bank",
        config={"speech": speech(), "cache": "var/cache"},
        dialplans={"bank.yaml": plan.replace(*BY_DAY)},
        inbound=("_6X.",),
    )
    prompts = lab_folder() / "prompts/prompts"
    prompts.mkdir(parents=True, exist_ok=True)
    (lab.site / "var/cache/prompts").symlink_to(prompts)
    with lab:
        names = [f"agent{number}" for number in range(1, 5)]
        behaviours = dict.fromkeys(names, Answers(0.3, talk=3.0))
        lab.phones.add_agents(behaviours, say=tone(folder, AGENT_HERTZ), repeat=True)
        lab.serve(ready=False)
        lab.wait_ready(SPEAKING)
        yield lab


@pytest.fixture
def lab(bank: HotlineLab) -> Iterator[HotlineLab]:
    """The bank; when the test is over everything adds up, and no digit typed is anywhere."""
    yield bank
    check(bank)
    assert not list((bank.site / "var/cache/personal").glob("*/*")), "a call's own prompts are erased"
    told = b"\n".join(encode(record.event) for record in bank.records())
    told += (bank.folder / "server.log").read_bytes()
    kept = told + b"".join(path.read_bytes() for path in (bank.site / "var").rglob("journal*"))
    assert ACCOUNT.encode() not in kept
    for pin in (PIN, *WRONG):  # not as a part of a time or an id
        assert not re.search(rb"(?<![\w.])" + pin.encode() + rb"(?![\w.])", told), "a PIN"


def asked(lab: HotlineLab, story: Story, menu: str, count: int = 1) -> None:
    """Wait until something is asked."""
    lab.wait_for(menu, lambda: sum(one.menu == menu for one in story.of(e.MenuEntered)) >= count)


def at_pin(lab: HotlineLab, story: Story) -> Call:
    """Call, choose English and the balance, and enter the account; the PIN is asked for."""
    call = lab.phones.call("6000")
    for menu, keys in (("language", "1"), ("main", "1"), ("account/1", f"{ACCOUNT}#")):
        asked(lab, story, menu)
        call.do(Keys(keys))
    asked(lab, story, "pin/3")
    return call


def test_given_account_and_pin_then_the_balance_is_heard_and_what_was_spoken_of_it_is_erased(
    lab: HotlineLab,
) -> None:
    story = Story(lab, "6000")
    call = at_pin(lab, story)
    call.do(Keys(PIN))
    spoken = lab.site / "var/cache/personal"
    lab.wait_for("the balance is spoken", lambda: list(spoken.glob("*/*.wav")))
    story.wait_for(e.CallerServed)
    [said] = [audio.read_wav(file) for file in spoken.glob("*/*.wav")]
    asked(lab, story, "told")
    call.do(HangUp())
    heard = call.result().heard
    assert heard is not None
    assert hearing.heard(said, audio.read_wav(heard)).score > 0.8
    story.wait_for(e.ContactClosed)
    assert [one.disposition for one in story.of(e.DispositionSet)] == ["balance_told"]


def test_given_three_wrong_pins_then_the_caller_talks_to_a_person(lab: HotlineLab) -> None:
    lab.ready("choi")
    story = Story(lab, "6000")
    call = at_pin(lab, story)
    for count, pin in enumerate(WRONG, 1):
        call.do(Keys(pin))
        story.wait_for(e.NoMatch, count)
    talk = story.wait_for(e.VisitAnswered)
    assert (talk.queue, talk.agent) == ("personal", "choi")
    result = call.result()
    assert result.ended_by == "far", "after the goodbye"
    assert hears(result.heard, AGENT_HERTZ)
    assert [one.disposition for one in story.of(e.DispositionSet)] == ["pin_refused"]
    lab.agent("choi", AgentAction.LOGOUT)


def test_given_a_lost_card_then_it_is_served_before_who_waits_already(lab: HotlineLab) -> None:
    waiting, urgent = Story(lab, "6000"), Story(lab, "6001")
    first = lab.phones.call("6000")
    for menu, keys in (("language", "1"), ("main", "2"), ("cards", "2")):
        asked(lab, waiting, menu)
        first.do(Keys(keys))
    assert waiting.wait_for(e.ContactQueued).queue == "cards"
    lost = lab.phones.call("6001")
    queued = urgent.wait_for(e.ContactQueued)
    assert (queued.queue, queued.priority) == ("urgent", 50 + 100)
    lab.ready("kim")
    assert urgent.wait_for(e.VisitAnswered).agent == "kim"
    assert not waiting.of(e.OfferMade)
    for call in (lost, first):
        call.do(HangUp())
        call.result()
    lab.agent("kim", AgentAction.LOGOUT)
