"""Asterisk's dialplans over the server's own speech service: its gate, decision, budget and stand-ins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ivrcore.config import AeapConfig, ListedGrammar
from ivrcore.service.aeap import LiveAeap, SpeechEars
from ivrcore.session.clock import UtcClock
from ivrcore.speech.decide import Bounds
from ivrcore.speech.recogniser import Grammar, Phrase
from ivrcore.telephony.aeap.claims import Claims
from ivrcore.telephony.aeap.conversation import Conversation
from ivrcore.telephony.aeap.figures import Figures
from ivrcore.telephony.aeap.grammars import Asked, UnknownGrammar
from ivrcore.telephony.aeap.settings import Settings
from ivrcore.telephony.aeap.turns import Site
from tests.support.aio import asyncio_test
from tests.support.engines import ScriptedEngine
from tests.support.hearing_bench import GRAMMAR, Bench, Make, benches

VOICED, SILENT = b"\x01\x00" * 160, bytes(320)
"""20 ms at 8 kHz."""
UTTERANCE = "1" * 20 + "0" * 30


class OneGrammar:
    def find(self, wanted: Settings) -> Asked:
        return Asked("menu", Grammar("en", GRAMMAR.phrases), Bounds(0.9, 0.7))


class Talk:
    """One connection over a bench's service."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.raw: list[str] = []
        self.figures = Figures()
        site = Site(SpeechEars(bench.service), OneGrammar(), Claims(), self.figures, Settings(grammar="menu"))
        self.conversation = Conversation(site, self.raw.append, lambda *_: None, self.now)
        setup = {"request": "setup", "version": "0.1.0", "codecs": [{"name": "slin"}], "id": "1"}
        self.conversation.text(json.dumps(setup), self.now)

    @property
    def now(self) -> float:
        return self.bench.clock.seconds()

    def say(self, pattern: str) -> None:
        for char in pattern:
            self.bench.clock.advance(0.02)
            self.conversation.audio(VOICED if char == "1" else SILENT, self.now)

    @property
    def results(self) -> list[Any]:
        read = [json.loads(one) for one in self.raw]
        return [one["params"]["results"][0] for one in read if "request" in one]

    def heard(self) -> Any:
        self.bench.pump(lambda: self.results)
        return self.results[-1]


@pytest.fixture
def make() -> Iterator[Make]:
    with benches() as give:
        yield give


def test_words_go_the_way_of_a_menus_words(make: Make) -> None:
    engine = ScriptedEngine("billing", confidence=0.93)
    talk = Talk(make(engine))
    talk.say(UTTERANCE)
    assert talk.heard() == {"text": "b", "score": 93, "grammar": "menu", "best": 0}
    assert engine.asked[0].phrases == GRAMMAR.phrases
    assert talk.bench.service.admission.streams == 0


def test_when_one_recogniser_fails_the_next_one_hears_the_same_words(make: Make) -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    talk = Talk(
        make(ScriptedEngine("sales", name="first", on_feed=fail), ScriptedEngine("billing", name="b"))
    )
    talk.say(UTTERANCE)
    assert talk.heard()["text"] == "b"


def test_when_all_fail_the_result_says_so(make: Make) -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    talk = Talk(make(ScriptedEngine("sales", on_feed=fail)))
    talk.say(UTTERANCE)
    assert talk.heard() == {"text": "", "score": 0, "grammar": "failed", "best": 0}


def test_above_the_budget_it_is_busy_at_once(make: Make) -> None:
    bench = make(ScriptedEngine("billing", cost=1.0), budget=1.0)
    first, second = Talk(bench), Talk(bench)
    first.say("0")
    second.say("0")
    bench.clock.advance(0)
    assert second.heard()["grammar"] == "busy"
    assert bench.service.admission.streams == 1
    first.conversation.over()
    assert bench.service.admission.streams == 0


def test_without_a_recogniser_it_failed(make: Make) -> None:
    talk = Talk(make(RuntimeError("no model")))
    talk.say("0")
    talk.bench.clock.advance(0)
    assert talk.heard()["grammar"] == "failed"


def test_other_grammars_of_the_configuration_count_from_the_next_recognition_on(make: Make) -> None:
    def listing(name: str) -> AeapConfig:
        grammar = Grammar("en", (Phrase(name, name),))
        return AeapConfig("a-token-of-the-tests", port=0, grammars={name: ListedGrammar(grammar)})

    bench = make(ScriptedEngine("red"))
    clock = UtcClock(bench.clock, lambda: 1e9)
    live = LiveAeap(listing("red"), bench.service, tuple, clock, bench.clock)
    assert live._door is not None
    grammars = live._door._site.grammars
    assert grammars.find(Settings(grammar="red")).name == "red"
    live.take(listing("blue"))
    assert grammars.find(Settings(grammar="blue")).name == "blue"
    with pytest.raises(UnknownGrammar):
        grammars.find(Settings(grammar="red"))
    assert "0 connections" in "".join(live.words().values())


@asyncio_test
async def test_a_port_that_cannot_be_served_is_told(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = AeapConfig("a-token-of-the-tests", port=0)
    with benches() as make:
        bench = make(ScriptedEngine("red"))
        live = LiveAeap(config, bench.service, tuple, UtcClock(bench.clock, lambda: 1e9), bench.clock)
        monkeypatch.setattr("ivrcore.telephony.aeap.door.SUBPROTOCOL", "no sub protocol")
        live.start()
        await live.stop()
    assert "IVR900" in caplog.text
    assert "cannot connect" in caplog.text
