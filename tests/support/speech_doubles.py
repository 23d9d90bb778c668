"""A speech server that behaves as Vosk's own does, until it is told to do something wrong."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from http import HTTPStatus

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve


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
    """Vosk's own server, as clients see it: no token, an answer for each message, eof by the letter."""

    def __init__(self, text: str) -> None:
        self.text = text
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
            server_header=None,
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
        config = json.loads(connection.recv())["config"]
        self.configs.append(config)
        self.audio = b""
        while True:
            message = connection.recv()
            over = message == '{"eof" : 1}'
            if isinstance(message, bytes):
                self.audio += message
            answer = self._wrong(connection, over=over)
            connection.send(answer or (self._result() if over else '{"partial" : ""}'))
            if over:
                return

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


@contextmanager
def double(text: str = "billing") -> Iterator[Double]:
    made = Double(text)
    try:
        yield made
    finally:
        made.close()
