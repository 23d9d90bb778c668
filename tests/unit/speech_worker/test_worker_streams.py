"""A worker's port with an engine that does as told: who comes in, what is answered, what ends a stream."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from ivrcore.speech.audio import FRAME_BYTES
from ivrcore.speech.recogniser import Grammar, Hypothesis, Recogniser
from tests.support.engines import ScriptedEngine, ScriptedRecogniser, Stall, broken, ends_the_process
from tests.support.speech_workers import TOKEN, InThread, in_thread, wait

VOICED = b"\x01\x00" * (FRAME_BYTES // 2)
SILENT = bytes(FRAME_BYTES)
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def come(worker: InThread, headers: dict[str, str] | None = None) -> ClientConnection:
    return connect(
        worker.url, additional_headers=BEARER if headers is None else headers, proxy=None, max_size=2**22
    )


def ask(client: ClientConnection, message: str | bytes) -> dict[str, object]:
    client.send(message)
    answer = json.loads(client.recv(timeout=10))
    assert isinstance(answer, dict)
    return answer


def closed(client: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as told:
        client.recv(timeout=10)
    assert told.value.rcvd is not None
    return told.value.rcvd.code, told.value.rcvd.reason


def refused(worker: InThread, headers: dict[str, str] | None = None) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as told:
        come(worker, headers)
    body = told.value.response.body
    assert body is not None
    return told.value.response.status_code, bytes(body).decode()


# --- what is heard --------------------------------------------------------------------------------


def test_silence_costs_nothing_and_an_utterance_is_answered_when_it_ends() -> None:
    engine = ScriptedEngine("billing", "sales")
    with in_thread(engine) as worker, come(worker) as client:
        client.send('{"config": {"sample_rate": 16000, "phrase_list": ["billing", "sales"]}}')
        assert ask(client, SILENT * 100) == {"partial": ""}
        assert engine.recognisers == []
        assert ask(client, VOICED * 20) == {"partial": ""}
        assert ask(client, SILENT * 30)["text"] == "billing"
        assert ask(client, VOICED * 20) == {"partial": ""}
        assert ask(client, '{"eof" : 1}')["text"] == "sales"
        assert closed(client) == (1000, "")
    # The sound before the first voiced frame is heard too, and no more of the silence than the pauses.
    assert engine.recognisers[0].audio.startswith(SILENT * 12 + VOICED)
    assert len(engine.recognisers[0].audio) < 60 * FRAME_BYTES
    assert worker.total("audio_seconds_total") == pytest.approx(3.4)
    assert worker.total("utterances_total") == 2


def test_a_client_with_a_gate_of_its_own_is_heard_as_it_is() -> None:
    engine = ScriptedEngine("billing")
    with in_thread(engine) as worker, come(worker) as client:
        client.send('{"config": {"gate": 0, "partials": 0, "phrase_list": ["billing"]}}')
        ask(client, SILENT * 3 + b"\x05")
        ask(client, b"\x00" + VOICED)
        assert ask(client, '{"eof" : 1}')["text"] == "billing"
    assert engine.recognisers[0].audio == SILENT * 3 + b"\x05\x00" + VOICED


def test_telephone_audio_is_brought_to_the_engines_rate() -> None:
    engine = ScriptedEngine("billing")
    with in_thread(engine, rate=8000) as worker, come(worker) as client:
        client.send('{"config": {"gate": 0}}')
        for _ in range(10):
            ask(client, VOICED * 5)
        ask(client, '{"eof" : 1}')
    assert len(engine.recognisers[0].audio) == pytest.approx(100 * FRAME_BYTES, rel=0.05)


def test_a_reset_ends_the_utterance_and_not_the_stream() -> None:
    with in_thread(ScriptedEngine("billing", "sales")) as worker, come(worker) as client:
        ask(client, VOICED * 20)
        assert ask(client, '{"reset" : 1}')["text"] == "billing"
        ask(client, VOICED * 20)
        assert ask(client, '{"eof" : 1}')["text"] == "sales"


class AtEnd(ScriptedEngine):
    """Decodes what was said once it is over."""

    after = 0.12


def test_words_that_the_model_lacks_are_told() -> None:
    with in_thread(ScriptedEngine()) as worker, come(worker) as client:
        assert ask(client, '{"vocabulary": ["billing"]}') == {"unknown": []}


def test_it_is_told_how_late_an_engine_answers_that_decodes_at_the_end() -> None:
    with in_thread(AtEnd()) as worker, come(worker) as client:
        assert ask(client, '{"vocabulary": []}') == {"unknown": [], "after": 0.12}


def test_a_worker_says_what_it_is() -> None:
    with in_thread(ScriptedEngine()) as worker, come(worker) as client:
        assert client.response is not None
        assert client.response.headers["Server"] == "ivrcore-speech"


# --- who comes in ---------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_without_the_token_nobody_comes_in(given: str) -> None:
    with in_thread(ScriptedEngine()) as worker:
        assert refused(worker, {"Authorization": given} if given else {})[0] == HTTPStatus.UNAUTHORIZED
        assert worker.page("metrics", token="")[0] == HTTPStatus.UNAUTHORIZED
        assert worker.total("refused_total", reason="token") == 2


def test_where_no_token_is_wanted_anybody_comes_in() -> None:
    with in_thread(ScriptedEngine("billing"), token="") as worker, come(worker, {}) as client:
        ask(client, VOICED * 20)
        assert ask(client, '{"eof" : 1}')["text"] == "billing"


def test_above_the_limit_a_stream_is_refused_at_once_and_the_others_go_on() -> None:
    with in_thread(ScriptedEngine("billing"), streams=2) as worker:
        with come(worker) as first, come(worker):
            ask(first, VOICED * 20)
            assert refused(worker) == (HTTPStatus.SERVICE_UNAVAILABLE, "no stream is taken: full\n")
            assert worker.page("readyz") == (200, '{"ready": true, "full": true, "why": "full"}\n')
            assert ask(first, '{"eof" : 1}')["text"] == "billing"
        wait(lambda: worker.total("streams") == 0)
        with come(worker) as again:
            assert ask(again, SILENT) == {"partial": ""}
        assert worker.total("refused_total", reason="full") == 1


def test_while_the_model_loads_the_worker_lives_and_takes_nobody() -> None:
    with in_thread(None) as worker:
        assert worker.page("healthz", token="")[0] == 200
        assert worker.page("readyz", token="")[0] == 503
        assert refused(worker)[1] == "no stream is taken: loading\n"
        worker.open_for(ScriptedEngine())
        with come(worker) as client:
            assert ask(client, SILENT) == {"partial": ""}


def test_figures_are_given_as_prometheus_reads_them() -> None:
    with in_thread(ScriptedEngine()) as worker, come(worker):
        status, text = worker.page("metrics")
        assert status == 200
        assert "ivrcore_speech_worker_streams 1.0" in text
        assert "process_resident_memory_bytes" in text


# --- what ends a stream ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "code", "why"),
    [
        ('{"config": {"model": "/other"}}', 1008, "cannot be changed"),
        ("nonsense", 1008, "JSON"),
        (SILENT * 4000, 1009, "exceeds limit"),
    ],
)
def test_a_message_that_is_refused_ends_the_stream(message: str | bytes, code: int, why: str) -> None:
    with in_thread(ScriptedEngine()) as worker, come(worker) as client:
        client.send(message)
        told = closed(client)
        assert told[0] == code
        assert why in told[1]
        wait(lambda: worker.total("streams") == 0)


def test_a_client_that_sends_nothing_is_closed() -> None:
    with in_thread(ScriptedEngine(), idle=0.1) as worker, come(worker) as client:
        assert closed(client) == (1008, "nothing was sent for 0.1 s")
        assert worker.total("refused_total", reason="idle") == 1


@pytest.mark.parametrize("where", ["on_create", "on_feed", "on_finish"])
@pytest.mark.parametrize("fault", [broken, ends_the_process])
def test_an_engine_that_raises_ends_its_stream_alone(
    where: str, fault: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    engine = ScriptedEngine("billing", **{where: fault})  # type: ignore[arg-type]
    with in_thread(engine) as worker, come(worker) as client, come(worker) as other:
        client.send(VOICED * 20)
        if where == "on_finish":
            client.recv(timeout=10)
            client.send('{"eof" : 1}')
        assert closed(client) == (1011, "the recogniser failed")
        setattr(engine, where, lambda: None)
        ask(other, VOICED * 20)
        assert ask(other, '{"eof" : 1}')["text"] == "billing"
        assert worker.total("engine_failures_total", kind="raised") == 1
    assert "scripted failed" in caplog.text
    assert "caller said" not in caplog.text


def test_a_thread_that_hangs_is_written_off_and_others_are_heard() -> None:
    stall = Stall()
    engine = ScriptedEngine("billing", on_finish=stall)
    with in_thread(engine, stall=0.2) as worker:
        with come(worker) as client:
            ask(client, VOICED * 20)
            client.send('{"eof" : 1}')
            assert closed(client) == (1011, "the recogniser gave no answer in time")
        assert worker.total("engine_failures_total", kind="stuck") == 1
        assert worker.workers.threads == 2
        engine.on_finish = lambda: None
        with come(worker) as client:
            ask(client, VOICED * 20)
            assert ask(client, '{"eof" : 1}')["text"] == "billing"
        stall.released.set()


def test_a_client_that_goes_in_mid_speech_leaves_nothing() -> None:
    with in_thread(ScriptedEngine("billing")) as worker:
        with come(worker) as client:
            ask(client, VOICED * 20)
            client.socket.shutdown(socket.SHUT_RDWR)
        wait(lambda: worker.total("streams") == 0)


# --- stopping -------------------------------------------------------------------------------------


def test_when_told_to_stop_utterances_end_and_nobody_else_comes_in() -> None:
    with in_thread(ScriptedEngine("billing")) as worker, come(worker) as speaking, come(worker) as silent:
        ask(speaking, VOICED * 20)
        ask(silent, SILENT)
        worker.stop()
        assert closed(silent) == (1001, "the worker stops")
        assert refused(worker)[1] == "no stream is taken: stopping\n"
        assert worker.page("readyz")[0] == 503
        assert ask(speaking, SILENT * 30)["text"] == "billing"
        assert closed(speaking) == (1001, "the worker stops")


def test_when_told_to_stop_an_utterance_without_end_is_cut() -> None:
    with in_thread(ScriptedEngine("billing")) as worker, come(worker) as client:
        ask(client, VOICED * 20)
        worker.stop(grace=0.1)
        assert closed(client)[0] == 1001


class Echo(ScriptedEngine):
    """Says how many frames each utterance had."""

    def recogniser(self, grammar: Grammar) -> Recogniser:
        made = ScriptedRecogniser(self)
        made.finish = lambda: (Hypothesis(str(len(made.audio) // FRAME_BYTES), 1.0),)  # type: ignore[method-assign]
        return made


def test_many_at_once_do_not_mix() -> None:
    said: dict[int, object] = {}

    def one(frames: int) -> None:
        with come(worker) as client:
            client.send('{"config": {"gate": 0}}')
            for _ in range(frames):
                ask(client, VOICED)
            said[frames] = ask(client, '{"eof" : 1}')["text"]

    with in_thread(Echo()) as worker:
        threads = [threading.Thread(target=one, args=(frames,)) for frames in range(3, 15)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert said == {frames: str(frames) for frames in range(3, 15)}


def test_pages_in_a_browser_are_refused_where_no_token_is_wanted() -> None:
    with in_thread(ScriptedEngine("billing"), token="") as worker:
        with pytest.raises(InvalidStatus) as told:
            connect(worker.url, proxy=None, origin="https://evil.example")
        assert told.value.response.status_code == HTTPStatus.FORBIDDEN
        with connect(worker.url, proxy=None) as client:
            assert ask(client, SILENT) == {"partial": ""}


@pytest.mark.slow
def test_what_a_busy_stream_is_sent_is_left_to_the_network() -> None:
    stall = Stall()
    sent = threading.Semaphore(0)
    with in_thread(ScriptedEngine("billing", on_feed=stall), stall=30.0) as worker, come(worker) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        client.send('{"config": {"gate": 0}}')

        def flood() -> None:
            with suppress(ConnectionClosed, OSError):
                for _ in range(100):
                    client.send(bytes(1 << 20))
                    sent.release()

        flooding = threading.Thread(target=flood)
        flooding.start()
        count = 0
        while sent.acquire(timeout=1.0):
            count += 1
        stall.released.set()
        client.socket.shutdown(socket.SHUT_RDWR)
        flooding.join(10)
    assert count < 60, "of 100 messages of 1 MiB: the machine's own buffers grow to some tens of them"
