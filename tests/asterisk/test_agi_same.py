"""What a caller meets is the same by AGI as by ARI; and what callers are called, or say, stays text.

One dialplan is called by both with the same keys, and the journals are compared. A caller who waits by AGI
hears music and announcements. Names, numbers and what a recogniser makes of speech come from a phone, and are
nothing but text to Asterisk and to us.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab import audio, hearing
from ivrcore.lab.hotline import speech_section
from ivrcore.lab.pbx_files import MUSIC
from ivrcore.lab.phones import Action, Answers, HangUp, Keys, Rejects, Say, Stay, Wait
from ivrcore.lab.voices import recorded_saying
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState, Outcome, Verdict
from ivrcore.web.client import ApiClient
from ivrcore.web.view import AgentAction
from tests.asterisk.agi_site import AgiSite, running
from tests.asterisk.hotlines import happened
from tests.asterisk.speech_site import Story, add_plugin, words

pytestmark = pytest.mark.asterisk

ARI, AGI, ROUTE, SPEECH = "5000", "700", "800", "900"
"""The first two are one entry of the dialplan."""
WARNING_HERTZ = 1730.0
"""The recorded warning; no prompt and no music has it."""
NASTY = "${GLOBAL(X)}, (y)&z|$[1+1]'; same => n,Hangup()"
HEARD = f'{NASTY}\n200 result=-1\r\nHANGUP\n"\n\nEXEC Hangup'
SPEECH_PLAN = """
[from-trunk](+)
exten => 900,1,Answer()
 same => n,SpeechCreate(ivrcore)
 same => n,Set(SPEECH_ENGINE(grammar)=bank.main)
 same => n,Set(SPEECH_RESULTS_TYPE()=nbest)
 same => n,SpeechStart()
 same => n,SpeechBackground(silence/10,10)
 same => n,Set(GLOBAL(SAID)=${SPEECH(results)} "${SPEECH_TEXT(0)}" "${SPEECH_GRAMMAR(0)}")
 same => n,Hangup()
"""
HOSTILE = f'''\
"""A recogniser that makes the same of whatever is said."""

from ivrcore.api import Hypothesis, hookimpl


@hookimpl
def ivrcore_recogniser(name, language, options):
    return Engine(language) if name == "hostile" else None


class Engine:
    name = "hostile"
    waits = 0
    cost = 0.02

    def __init__(self, language):
        self.language = language

    def recogniser(self, grammar):
        return Recogniser()

    def unknown_words(self, grammar):
        return frozenset()


class Recogniser:
    def feed(self, pcm):
        pass

    def partial(self):
        return {HEARD!r}

    def finish(self):
        return [Hypothesis({HEARD!r}, 1.0), Hypothesis({NASTY!r}, 0.9)]
'''

Steps = tuple[tuple[type[Event], int, tuple[Action, ...]], ...]
"""Once so many events of a kind have happened, what the caller does."""
PROMPT, STAYS = events.PromptStarted, (Stay(40.0),)
CALLS: dict[str, Steps] = {
    "a key, and the end": ((PROMPT, 1, (Keys("3"), *STAYS)),),
    "a wrong key first": ((PROMPT, 1, (Keys("9"),)), (events.PromptEnded, 1, (Keys("3"), *STAYS))),
    "no key, given up while a phone rings": ((events.LegDialled, 1, (Wait(0.5), HangUp())),),
    "rejected once, then a talk that the agent ends": ((PROMPT, 1, (Keys("1"), *STAYS)),),
    "a talk that the caller ends": (
        (PROMPT, 1, (Keys("2"),)),
        (events.VisitAnswered, 1, (Wait(0.5), HangUp())),
    ),
    "given up in the menu": ((PROMPT, 1, (HangUp(),)),),
}
DIFFERENT = {"no key, given up while a phone rings": Counter(HangUpRequested=1)}
"""What ARI has more of: there we hang up the phone that rings; over AGI Asterisk's own ``Dial`` does."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgiSite]:
    """A site to which calls come by both; what callers say is made the same of, whatever it is."""
    folder = tmp_path_factory.mktemp("same")
    with running(
        folder / "lab",
        more=SPEECH_PLAN,
        prepare=prepare,
        speech=speech_section("[hostile]"),
        plugins="{folder: plugins}",
    ) as both:
        both.pbx.rx("dialplan set global X evaluated")
        both.phones.add_agents(dict.fromkeys(("agent1", "agent2", "agent3"), Answers(0.1, talk=0.5)))
        yield both


def prepare(lab: AgiSite) -> None:
    """Add what the server reads at its start."""
    add_plugin(lab, "hostile", HOSTILE)
    audio.write_wav(lab.site / "prompts/warning.wav", audio.tone(WARNING_HERTZ, 1.5))


def ready(lab: AgiSite, *names: str) -> None:
    """Have these agents ready, and no others; wait until they are."""
    for name in ("ann", "bob", "cho"):
        if name not in names:
            lab.agent(name, AgentAction.PAUSE, "lunch")
    lab.ready(*names)
    lab.wait_for("they are ready", lambda: {states(lab)[name] for name in names} <= {AgentState.READY})


def states(lab: AgiSite) -> dict[str, AgentState]:
    """Give each agent's last state."""
    return {one.agent: one.state for one in happened(lab, events.AgentStateChanged)}


def of(lab: AgiSite, contact: str) -> list[Event]:
    """Give what the journal has of a contact, in order."""
    return [one.event for one in lab.records() if getattr(one.event, "contact", "") == contact]


def told(lab: AgiSite, number: str, steps: Steps) -> list[str]:
    """Make a call; give the kinds of what the journal tells of it, in order."""
    story = Story(lab)
    call = lab.phones.call(number)
    for kind, count, actions in steps:
        story.wait_for(kind, count)
        call.do(*actions)
    call.result()
    closed = story.wait_for(events.ContactClosed)
    legs = 1 + len(story.of(events.LegDialled))
    story.wait_for(events.LegEnded, legs)
    return [type(one).__name__ for one in of(lab, closed.contact)]


def test_one_dialplan_by_ari_and_by_agi_with_the_same_keys_is_the_same_story(lab: AgiSite) -> None:
    lab.phones.behave(
        {
            "agent1": [Rejects(), Answers(0.5, talk=1.0), Rejects(), Answers(0.5, talk=1.0)],
            "agent3": [Answers(20.0), Answers(20.0), Answers(0.5, talk=30.0)],
        }
    )
    for what, steps in CALLS.items():
        by = {}
        for number in (ARI, AGI):
            ready(lab, "ann", "cho")
            by[number] = told(lab, number, steps)
        more = DIFFERENT.get(what, Counter())
        assert Counter(by[ARI]) - Counter(by[AGI]) == more, what
        same = [[one for one in told if one not in more] for told in by.values()]
        assert same[0] == same[1], what


def test_who_waits_over_agi_hears_music_and_what_is_announced(lab: AgiSite) -> None:
    ready(lab)
    story = Story(lab)
    call = lab.phones.call(AGI)
    story.wait_for(PROMPT)
    call.do(Keys("2"))
    story.wait_for(events.ContactQueued)
    call.do(Wait(1.5))
    call.wait_for("wait ends")
    api = ApiClient(lab.url, lab.token)
    api.announce("fraud", {"author": "kim", "recording": "warning"})
    played = story.wait_for(events.AnnouncementPlayed)
    lab.wait_for(
        "it was heard",
        lambda: (
            {one.playback for one in story.of(PROMPT) if "announcement" in one.name}
            & {one.playback for one in story.of(events.PromptEnded)}
        ),
    )
    call.do(Wait(1.5), HangUp())
    heard = call.result().heard
    api.withdraw("fraud", "kim")
    assert played.prompt == 0, "while waiting, not in a menu"
    assert heard is not None
    samples = audio.read_wav(heard)
    first, last = span(samples, WARNING_HERTZ)
    assert 1.2 * audio.RATE < last - first < 2.0 * audio.RATE
    for part in (samples[:first], samples[last:]):  # it stops for the warning, and goes on behind it
        assert all(hearing.contains_tone(part, hertz, 0.3, 0.01) for hertz in MUSIC)
    assert not any(hearing.contains_tone(samples[first:last], hertz, 0.3, 0.01) for hertz in MUSIC)


def span(samples: audio.Samples, hertz: float) -> tuple[int, int]:
    """Give the samples between which a tone sounds."""
    at = [
        start
        for start in range(0, len(samples), hearing.WINDOW)
        if hearing.contains_tone(samples[start : start + hearing.WINDOW], hertz, 0.05)
    ]
    assert at, "it is not heard at all"
    return at[0], at[-1] + hearing.WINDOW


@pytest.mark.parametrize("number", [AGI, ROUTE])
def test_what_a_phone_says_it_is_called_is_text(lab: AgiSite, number: str) -> None:
    ready(lab, "bob")
    story = Story(lab)
    name = f'Kim\\\\ \\" {NASTY}'  # a backslash and a quote, as SIP has them: Asterisk keeps both as they are
    call = lab.phones.call(number, caller_id="02%24%7BGLOBAL(X)%7D%22;%5C", caller_name=name)
    if number == AGI:
        story.wait_for(PROMPT)
        call.do(Keys("1"))
    call.do(Stay(30.0))
    call.result()
    assert story.wait_for(events.VisitAnswered).agent == "bob"
    assert story.wait_for(events.ContactClosed).outcome is Outcome.QUEUED
    shown = lab.phones.agents["agent2"].calls[-1].invite.text
    assert f' {NASTY}" <sip:02$%7bGLOBAL(X)%7d%22@' in shown
    assert "evaluated" not in shown


def test_a_number_with_a_line_end_is_turned_away_to_what_the_dialplan_has_for_that(lab: AgiSite) -> None:
    """Asterisk says it as it is: what stands behind the line end would be a line of its own to us."""
    lines = (
        "HANGUP",
        "%0d%0a200%20result=1%0a200%20result=51",
        "agi_dnid%3a%205000",
        "agi_dnid%3a%205000%0a",
    )
    lab.phones.behave({"agent1": Answers(0.1, talk=0.5)})
    before, calls = len(happened(lab, events.ContactArrived)), len(lab.phones.agents["agent1"].calls)
    made = [
        lab.phones.call(number, [Stay(20.0)], caller_id=f"02%0a{line}")
        for line in lines
        for number in (AGI, ROUTE)
    ]
    for one in made:
        one.result()
    assert len(lab.phones.agents["agent1"].calls) == calls + len(made), "the fallback dials"
    assert len(happened(lab, events.ContactArrived)) == before


def test_what_a_recogniser_makes_of_speech_is_text(lab: AgiSite, tmp_path: Path) -> None:
    says = [Wait(0.7), Say(words(tmp_path, recorded_saying("call forwarding")))]
    lab.phones.call(SPEECH, [*says, Stay(20.0)]).result()
    assert lab.pbx.variable("SAID") == '1 "" "no_match"'
    ready(lab)
    story = Story(lab)
    call = lab.phones.call(AGI)
    story.wait_for(PROMPT)
    call.do(*says)
    spoken = story.wait_for(events.SpeechHeard)
    assert spoken.verdict is Verdict.REJECT
    story.wait_for(events.NoMatch)
    call.do(Keys("3"), Stay(20.0))
    assert call.result().ended_by == "far"
    assert story.wait_for(events.ContactClosed).outcome is Outcome.SELF_SERVED
    assert not story.of(events.CommandFailed)
    assert lab.pbx.variable("X") == "evaluated"
