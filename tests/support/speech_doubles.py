"""A speech server that behaves as Vosk's own does, until it is told to do something wrong."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

if TYPE_CHECKING:
    import vosk

EOF, RESET = '{"eof" : 1}', '{"reset" : 1}'
"""The only texts that it knows, but configurations."""
Ear = Callable[[str | bytes], str]
"""Answers a message of one stream."""


class Wrong(StrEnum):
    """What it does wrong."""

    NOTHING = "nothing"
    REFUSES = "refuses"
    FORBIDS = "forbids"
    BUSY = "busy"
    SENDS_ELSEWHERE = "sends us to another server"
    SILENT_AT_DOOR = "silent at the door"
    HANGS = "hangs in mid-utterance"
    HANGS_AT_END = "hangs at the end"
    CLOSES = "closes in mid-utterance"
    CLOSES_AT_END = "closes at the end"
    BREAKS_OFF = "breaks the connection off"
    NO_JSON = "answers no JSON"
    NO_ANSWER = "answers something else"
    LIES = "answers a result that is none"
    NESTS = "answers lists in lists in lists"
    OVERDOES = "answers a number too large for any"
    TALKS = "answers what nobody asked"
    HUGE = "answers too much"


STATUSES = {
    Wrong.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    Wrong.FORBIDS: HTTPStatus.FORBIDDEN,
    Wrong.SENDS_ELSEWHERE: HTTPStatus.FOUND,
}


class Double:
    """Vosk's own server, as clients see it: no token, an answer for each message, eof by the letter.

    As it does, it takes a text with the word config for a configuration, at any time, and breaks at every
    other text but its two signs. What is said is scripted, or heard by ``vosk`` (a model), with each stream's
    own phrases.
    """

    def __init__(self, text: str = "", vosk: vosk.Model | None = None) -> None:
        self.text = text
        self._vosk = vosk
        self.wrong = Wrong.NOTHING
        self.elsewhere = "ws://127.0.0.1:1"
        """Where it sends those who come, if it does."""
        self.configs: list[dict[str, object]] = []
        self.audio = b""
        self.streams = 0
        self.released = threading.Event()
        self._server = serve(
            self._serve,
            "127.0.0.1",
            0,
            process_request=self._door,
            close_timeout=0.5,
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join(10)

    def _door(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.wrong is Wrong.REFUSES:
            connection.socket.close()
        if self.wrong is Wrong.SILENT_AT_DOOR:
            self.released.wait(30)
        status = STATUSES.get(self.wrong)
        if status is None:
            return None
        response = connection.respond(status, "no\n")
        if self.wrong is Wrong.SENDS_ELSEWHERE:
            response.headers["Location"] = self.elsewhere
        return response

    def _serve(self, connection: ServerConnection) -> None:
        self.streams += 1
        try:
            with suppress(ConnectionClosed, OSError):
                self._talk(connection)
        finally:
            self.streams -= 1

    def _talk(self, connection: ServerConnection) -> None:
        config: dict[str, Any] = {}
        ear: Ear | None = None
        self.audio = b""
        while True:
            message = connection.recv()
            if isinstance(message, str) and "config" in message:
                config |= json.loads(message)["config"]
                self.configs.append(config)
                continue
            if message not in (EOF, RESET) and not isinstance(message, bytes):
                raise TypeError("audio is bytes")  # closes the stream with code 1011
            ear = ear or self._ear(config)
            if isinstance(message, bytes):
                self.audio += message
            over = message == EOF
            connection.send(self._wrong(connection, over=over) or ear(message))
            if over:
                return

    def _ear(self, config: Mapping[str, Any]) -> Ear:
        """Give what answers a message of a stream."""
        if self._vosk is not None:
            return by_vosk(self._vosk, config)
        return lambda message: '{"partial" : ""}' if isinstance(message, bytes) else self._result()

    def _result(self) -> str:
        words = [{"word": word, "conf": 0.95, "start": 0.0, "end": 0.5} for word in self.text.split()]
        return json.dumps({"result": words, "text": self.text}) if words else '{"text" : ""}'

    def _wrong(self, connection: ServerConnection, *, over: bool) -> str:
        match self.wrong:
            case Wrong.HANGS:
                self.released.wait(30)
            case Wrong.HANGS_AT_END if over:
                self.released.wait(30)
            case Wrong.CLOSES:
                connection.close(1011)
            case Wrong.CLOSES_AT_END if over:
                connection.close(1000)
            case Wrong.BREAKS_OFF:
                connection.socket.shutdown(socket.SHUT_RDWR)
            case Wrong.NO_JSON:
                return '{"partial'
            case Wrong.NO_ANSWER:
                return '{"words": 5}'
            case Wrong.LIES if over:
                return '{"text": "x", "result": [{"word": "x", "conf": "very"}]}'
            case Wrong.NESTS:
                return "[" * 200_000
            case Wrong.OVERDOES if over:
                return f'{{"text": "x", "result": [{{"word": "x", "conf": 1{"0" * 400}}}]}}'
            case Wrong.TALKS:
                connection.send('{"partial" : ""}')
                connection.send('{"partial" : ""}')
            case Wrong.HUGE:
                return json.dumps({"text": "x" * 2_000_000})
        return ""


def by_vosk(model: vosk.Model, config: Mapping[str, Any]) -> Ear:
    """Answer as the real recogniser does, by what the stream's configuration says."""
    import vosk

    phrases = config.get("phrase_list")
    grammar = (json.dumps(phrases, ensure_ascii=False),) if phrases else ()
    made = vosk.KaldiRecognizer(model, float(config.get("sample_rate", 8000)), *grammar)
    made.SetWords(bool(config.get("words", True)))
    made.SetMaxAlternatives(int(config.get("max_alternatives", 0)))

    def answer(message: str | bytes) -> str:
        if isinstance(message, str):
            return str(made.FinalResult())
        return str(made.Result() if made.AcceptWaveform(message) else made.PartialResult())

    return answer


@contextmanager
def double(text: str = "billing", vosk: vosk.Model | None = None) -> Iterator[Double]:
    made = Double(text, vosk)
    try:
        yield made
    finally:
        made.close()
