"""What the server tells of speech when it has loaded its engines."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from queue import SimpleQueue

import pytest
from twisted.internet.task import Clock

from ivrcore.config import EngineChoice, LanguageSpeech, SpeechConfig
from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.parse import parse_plan
from ivrcore.errors import ModelMissing
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.figures import Figures
from ivrcore.problems import Problems
from ivrcore.service.ears import change_speech, in_words, load_speech, speech_now, words_of
from ivrcore.session.engines import EngineStatus
from ivrcore.session.listening import LanguageStatus, SpeechService
from ivrcore.speech.grammar import vocabulary
from ivrcore.speech.recogniser import Engine, Grammar, ServerNow
from tests.support.engines import ScriptedEngine, broken
from tests.support.hearing_bench import benches

PLAN = """
name: bank
language: {language}
numbers: {{"5000": main}}
menus:
  main:
    prompt: Well?
    accept: {accept}
    choices:
      cards: {{say: [credit card, "{word}"], keys: "1", go: [{{queue: cards}}]}}
    otherwise: [{{queue: cards}}]
"""


class Knowing(ScriptedEngine):
    """An engine with a vocabulary."""

    def __init__(self, *known: str, asked: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._known = known
        self._asked = asked

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        self._asked()
        return vocabulary(grammar) - frozenset(self._known)


def plan(language: str = "en", word: str = "kredit", accept: float = 0.7) -> Plan:
    problems = Problems()
    parsed = parse_plan(PLAN.format(language=language, word=word, accept=accept), "bank.yaml", problems)
    assert parsed is not None
    assert not problems.errors
    return parsed


def loaded(caplog: pytest.LogCaptureFixture, given: Plan, **engines: Engine | Exception) -> list[str]:
    """Load engines (by name, best first) for every language; give what the log says."""
    back: SimpleQueue[Callable[[], None]] = SimpleQueue()
    reports: list[str] = []

    def load(name: str, language: str, options: Mapping[str, str]) -> Engine:
        engine = engines[name]
        if isinstance(engine, Exception):
            raise engine
        return engine

    speech = LanguageSpeech(recognisers=tuple(map(EngineChoice, engines)))
    service = SpeechService(
        Clock(),
        back.put,
        load,
        SpeechConfig(languages={given.language: speech}),
        report=lambda plugin, what, error: reports.append(f"{plugin} {what}"),
    )
    with caplog.at_level(logging.WARNING, "ivrcore.speech"):
        told: list[None] = []
        load_speech(service, [given]).addCallback(told.append)
        while not told:
            back.get(timeout=5)()
        assert service.stop()
    return [record.getMessage() for record in caplog.records] + reports


def test_a_phrase_outside_the_vocabulary_is_told_with_its_menu(caplog: pytest.LogCaptureFixture) -> None:
    assert loaded(caplog, plan(), one=Knowing("credit", "card")) == [
        "dialplan bank, menu main: 'kredit' can never be heard: "
        "the model for en does not know all of its words"
    ]


def test_everything_known_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    assert loaded(caplog, plan(), one=Knowing("credit", "card", "kredit")) == []


def test_words_for_confirming_are_looked_at_where_menus_confirm(caplog: pytest.LogCaptureFixture) -> None:
    said = loaded(caplog, plan(accept=0.9), one=Knowing("credit", "card", "kredit", "yes", "please", "no"))
    assert [line.partition(":")[0] for line in said] == ["dialplan bank, confirming"] * 3


def test_another_spelling_that_is_known_will_do(caplog: pytest.LogCaptureFixture) -> None:
    given = plan("ko", "creditcard")
    assert loaded(caplog, given, one=Knowing("credit", "card")) == []


def test_the_engine_that_is_used_instead_is_told_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    missing = ModelMissing("no model here", hint="put it there")
    assert loaded(caplog, plan(word="card"), best=missing, next=Knowing("credit", "card")) == [
        "speech in en: no model here (IVR401); put it there; scripted is used"
    ]


def test_no_engine_at_all_means_keys(caplog: pytest.LogCaptureFixture) -> None:
    said = loaded(caplog, plan(), best=ModelMissing("no model here"))
    assert said == ["speech in en: no model here (IVR401); menus take keys only"]


def test_an_engine_that_raises_when_asked_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    assert loaded(caplog, plan(), one=Knowing(asked=broken)) == ["scripted unknown_words"]


def test_changed_recognisers_are_told_of_and_what_they_cannot_hear(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "ivrcore.speech"), benches() as make:
        bench = make(Knowing("credit", "card", "kredit"), Knowing("credit", "card"))
        second = LanguageSpeech(recognisers=(EngineChoice("scripted", {"at": "1"}),))
        told: list[None] = []
        change_speech(bench.service, None, SpeechConfig({"en": second}), [plan(), plan("ko")]).addCallback(
            told.append
        )
        assert in_words(bench.service.status()["en"]) == "scripted"
        bench.pump(lambda: told)
    assert [record.getMessage() for record in caplog.records] == [
        "speech in en changed: scripted",
        "dialplan bank, menu main: 'kredit' can never be heard: "
        "the model for en does not know all of its words",
    ]


SERVES, STANDS_BY = EngineStatus("vosk", 1), EngineStatus("pocketsphinx", 2)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (LanguageStatus("en"), "loading"),
        (LanguageStatus("en", False), "none configured"),
        (LanguageStatus("en", False, problems=(ModelMissing("no model here"),)), "no model here"),
        (LanguageStatus("en", False, "vosk", engines=(SERVES,)), "vosk"),
        (
            LanguageStatus("en", False, "vosk", engines=(SERVES,), changing=True),
            "vosk (others are being loaded)",
        ),
        (
            LanguageStatus("en", False, "vosk", engines=(SERVES, STANDS_BY)),
            "vosk (then pocketsphinx)",
        ),
        (
            LanguageStatus("en", False, "pocketsphinx", (ModelMissing("no model here"),), (STANDS_BY,)),
            "pocketsphinx (no model here)",
        ),
        (
            LanguageStatus(
                "en", False, "pocketsphinx", engines=(EngineStatus("vosk", 1, False, 4.2), STANDS_BY)
            ),
            "pocketsphinx (vosk is out, tried again in 4 s)",
        ),
        (
            LanguageStatus("en", False, "", engines=(EngineStatus("vosk", 1, False, 4.2),)),
            "keys only (vosk is out, tried again in 4 s)",
        ),
        (
            LanguageStatus("en", False, "vosk", engines=(EngineStatus("vosk", 1, False),)),
            "vosk (vosk is out, tried with the next utterance)",
        ),
    ],
)
def test_the_status_page_says_who_hears_and_why_not_the_best(status: LanguageStatus, said: str) -> None:
    assert in_words(status) == said


def test_metrics_show_every_engine_that_is_loaded() -> None:
    with benches() as make:
        given = make(ScriptedEngine(name="best"), ModelMissing("no model here"), ScriptedEngine(name="next"))
        engines = speech_now(given.service).engines
    assert [(each.name, each.language, each.rank, each.serves) for each in engines] == [
        ("best", "en", 1, True),
        ("next", "en", 3, True),
    ]


UP = ServerNow("wss://a:1", True, streams=3, heard=4, refused=2, seconds=0.8)
DOWN = ServerNow("wss://b:1", False, failed=5)


class Far(ScriptedEngine):
    """Has others recognise."""

    fault: BaseException | None = None

    def servers(self) -> tuple[ServerNow, ...]:
        if self.fault is not None:
            raise self.fault
        return (UP, DOWN)


def test_the_status_page_shows_the_servers_that_a_recogniser_asks() -> None:
    with benches() as make:
        said = words_of(make(Far(name="far"), ScriptedEngine(name="here")).service)
    assert list(said) == ["en", "en, wss://a:1", "en, wss://b:1", "callers listened to"]
    assert said["en, wss://a:1"] == "in service, 3 streams; answered 4, 200 ms each; failed 0, full 2 times"
    assert said["en, wss://b:1"].startswith("out of service, 0 streams; answered 0; failed 5")


def test_a_recogniser_that_cannot_tell_of_its_servers_is_reported() -> None:
    engine = Far(name="far")
    engine.fault = SystemExit(1)
    with benches() as make:
        given = make(engine)
        assert list(words_of(given.service)) == ["en", "callers listened to"]
    assert given.reports[0][:2] == ("far", "servers")


def test_metrics_show_each_server() -> None:
    with benches() as make:
        speech = speech_now(make(Far(name="far")).service)
    exposition = Exposition(FiguresCollector(Figures(), lambda: 0.0, speech=lambda: speech))
    shown = exposition.render("text/plain")[0].decode()
    for name, up, down in (
        ("up", 1, 0),
        ("streams", 3, 0),
        ("answers_total", 4, 0),
        ("answer_seconds_total", 0.8, 0),
        ("failures_total", 0, 5),
        ("full_total", 2, 0),
    ):
        for server, value in ((UP, up), (DOWN, down)):
            labels = f'engine="far",language="en",server="{server.address}"'
            assert f"ivrcore_speech_server_{name}{{{labels}}} {float(value)}\n" in shown
